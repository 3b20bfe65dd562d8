/* SPDX-License-Identifier: Apache-2.0 */
/* A place that each snap has for itself, and one that connections share: for all of a snap. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model_fixture.h"
#include "policy.h"

struct fixture {
	struct model_fixture f;
	struct policy_templates t;
	struct policy p;
	struct model_line lines[2];
};

static int set_up(void **state)
{
	struct fixture *x = calloc(1, sizeof(*x));

	fixture_make(&x->f);
	*state = x;
	return policy_load_templates(&x->f.a, "gadget/templates", &x->t, &x->f.d);
}

static int tear_down(void **state)
{
	struct fixture *x = *state;

	fixture_free(&x->f);
	free(x);
	return 0;
}

/* A line of places in a group, as number at of all. */
static void says(struct fixture *x, struct model_group *g, size_t at, const char *text)
{
	x->lines[at] = (struct model_line){ text, FIXTURE_LOC("x.yaml", 7) };
	g->places = (struct model_lines){ &x->lines[at], 1 };
}

static int build(struct fixture *x)
{
	return policy_build(&x->f.a, &x->f.m, &x->t, &x->p, &x->f.d);
}

static void refuses(struct fixture *x, const char *message)
{
	assert_int_equal(build(x), -1);
	assert_string_equal(fixture_message(&x->f), message);
}

static const struct policy_app *app(struct fixture *x, const char *label)
{
	for (size_t i = 0; i < x->p.app_count; i++)
		if (str_eq(x->p.apps[i].app->label, label))
			return &x->p.apps[i];
	fail_msg("no app %s", label);
	return NULL;
}

/* All that the app's profile and its root have of that folder. */
static void has(struct fixture *x, const char *label, const char *expected)
{
	const struct policy_app *a = app(x, label);
	CLEANUP_STR struct str s = { 0 };

	for (size_t i = 0; i < a->apparmor.count; i++)
		if (strstr(a->apparmor.items[i].text, "/shm"))
			str_printf(&s, "%s\n", a->apparmor.items[i].text);
	for (size_t i = 0; i < a->mounts.count; i++) {
		const struct policy_mount *m = &a->mounts.items[i];

		if (str_eq(m->target, "dev/shm"))
			str_printf(&s, "%u '%s' %u\n", m->op, m->source, m->flags);
	}
	assert_string_equal(str_text(&s), expected);
}

#define OWN    "/dev/shm/{,**} mrwlk,\n5 '' 14\n"
#define IMAGES "/dev/shm/snap.web.** mrwk,\n4 '/dev/shm' 14\n"

static void each_snap_has_its_own(void **state)
{
	struct fixture *x = *state;

	assert_int_equal(build(x), 0);
	has(x, "snap.web.web", OWN);
	has(x, "snap.web.tool", OWN);
	has(x, "snap.sensord.sensord", OWN);
	assert_int_equal(app(x, "snap.web.web")->shared.count, 0);
}

/* One namespace: the command without the plug sees the image's too, and only its snap's names. */
static void one_command_decides_for_all(void **state)
{
	struct fixture *x = *state;

	says(x, &x->f.net_variant.group, 0, "shm shared");
	assert_int_equal(build(x), 0);
	has(x, "snap.web.web", IMAGES);
	has(x, "snap.web.tool", IMAGES);
	has(x, "snap.sensord.sensord", OWN);
	assert_int_equal(app(x, "snap.web.tool")->shared.count, 1);
	assert_string_equal(app(x, "snap.web.tool")->shared.items[0].reason, "net:net (net)");
}

/* A plug that nothing connects shares nothing. */
static void an_open_plug(void **state)
{
	struct fixture *x = *state;

	says(x, &x->f.net_variant.group, 0, "shm shared");
	x->f.m.connection_count = 1;
	assert_int_equal(build(x), 0);
	has(x, "snap.web.web", OWN);
}

static void the_plugs_own_variant(void **state)
{
	struct fixture *x = *state;
	struct model_variant v = { .name = "v" };

	says(x, &v.group, 0, "shm shared");
	x->f.net_plug.variant = &v;
	assert_int_equal(build(x), 0);
	has(x, "snap.web.tool", IMAGES);
}

/* The offering side: by being there, or for each connection. */
static void slots(void **state)
{
	struct model_end *offered[1];

	for (size_t i = 0; i < 2; i++) {
		struct fixture *x;
		struct model_variant *v;

		tear_down(state);
		set_up(state);
		x = *state;
		v = &x->f.serial_variant;
		says(x, i ? &v->slot : &v->peer, 0, "shm shared");
		offered[0] = &x->f.serial_slot;
		x->f.web_apps[1].slots = offered;
		x->f.web_apps[1].slot_count = 1;
		assert_int_equal(build(x), 0);
		has(x, "snap.web.web", IMAGES);
		has(x, "snap.sensord.sensord", OWN);
	}
}

static void of_each_item(void **state)
{
	struct fixture *x = *state;
	struct model_each each = { .of = "none" };

	says(x, &each.group, 0, "shm shared");
	x->f.net_variant.group.each = &each;
	x->f.net_variant.group.each_count = 1;
	assert_int_equal(build(x), 0);
	has(x, "snap.web.web", IMAGES);
}

static void shared_and_private(void **state)
{
	struct fixture *x = *state;

	says(x, &x->f.net_variant.group, 0, "shm shared");
	says(x, &x->f.serial_variant.slot, 1, "shm private");
	x->f.web_apps[1].slots = (struct model_end *[]){ &x->f.serial_slot };
	x->f.web_apps[1].slot_count = 1;
	refuses(x, "cannot connect net:net (net) and slot uart (serial): the snap's commands have "
		   "one \"shm\", shared or private");
}

static void unknown_words(void **state)
{
	static const char *const texts[] = { "shm", "shm own", "shm shared now", "tmp shared",
					     "shared" };

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct fixture *x;

		tear_down(state);
		set_up(state);
		x = *state;
		says(x, &x->f.net_variant.group, 0, texts[i]);
		refuses(x, mem_printf(&x->f.a,
				      "cannot use place \"%s\": expected PLACE private|shared, a "
				      "place of templates/mounts.yaml",
				      texts[i]));
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_snap_has_its_own),
		TEST(one_command_decides_for_all),
		TEST(an_open_plug),
		TEST(the_plugs_own_variant),
		TEST(slots),
		TEST(of_each_item),
		TEST(shared_and_private),
		TEST(unknown_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
