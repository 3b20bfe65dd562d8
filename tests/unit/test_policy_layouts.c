/* SPDX-License-Identifier: Apache-2.0 */
/* layout: as mounts and rules, over a base and a snap whose files are known. */
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

#define SNAP "/snap/web/x1"
#define DATA "/var/snap/web/x1"

struct fixture {
	struct model_fixture f;
	struct policy_templates t;
	struct policy p;
};

/* Sorted by path. */
static struct model_base_entry base[] = {
	{ .path = "/bin", .type = '2', .link = "usr/bin" },
	{ .path = "/boot", .type = '5' },
	{ .path = "/etc", .type = '5' },
	{ .path = "/etc/fifo", .type = '6' },
	{ .path = "/etc/group", .type = '0' },
	{ .path = "/etc/localtime", .type = '2', .link = "/usr/share/zone" },
	{ .path = "/etc/resolv.conf", .type = '0' },
	{ .path = "/lib", .type = '2', .link = "usr/lib" },
	{ .path = "/opt", .type = '5' },
	{ .path = "/opt/away", .type = '2', .link = "../run" },
	{ .path = "/opt/deep", .type = '2', .link = "../usr/./lib/../share" },
	{ .path = "/opt/home", .type = '2', .link = SNAP },
	{ .path = "/srv", .type = '2', .link = "srv" },
	{ .path = "/usr", .type = '5' },
	{ .path = "/usr/bin", .type = '5' },
	{ .path = "/usr/lib", .type = '5' },
	{ .path = "/usr/lib/ld.so", .type = '1', .link = "/usr/bin/su" },
	{ .path = "/usr/share", .type = '5' },
	{ .path = "/usr/share/zone", .type = '0' },
};
static struct model_base_entry files[] = {
	{ .path = "/bin", .type = '5' },
	{ .path = "/bin/run", .type = '0' },
	{ .path = "/conf", .type = '0' },
	{ .path = "/link", .type = '2', .link = "share" },
	{ .path = "/out", .type = '2', .link = "/etc" },
	{ .path = "/share", .type = '5' },
};

static int set_up(void **state)
{
	struct fixture *x = calloc(1, sizeof(*x));

	fixture_make(&x->f);
	x->f.m.image.base =
		(struct model_base){ .entries = base, .count = sizeof(base) / sizeof(base[0]) };
	x->f.snaps[1].files =
		(struct model_base){ .entries = files, .count = sizeof(files) / sizeof(files[0]) };
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

static int build(struct fixture *x, struct model_layout *layouts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		layouts[i].loc = (struct meta_loc)FIXTURE_LOC("snap.yaml", 20);
	x->f.snaps[1].layouts = layouts;
	x->f.snaps[1].layout_count = count;
	return policy_build(&x->f.a, &x->f.m, &x->t, &x->p, &x->f.d);
}

static const struct policy_app *app(const struct fixture *x, const char *label)
{
	for (size_t i = 0; i < x->p.app_count; i++)
		if (str_eq(x->p.apps[i].app->label, label))
			return &x->p.apps[i];
	fail_msg("no app %s", label);
	return NULL;
}

static const struct policy_mount *row(const struct fixture *x, unsigned op, const char *target)
{
	const struct policy_mounts *m = &app(x, "snap.web.tool")->mounts;

	for (size_t i = 0; i < m->count; i++)
		if (m->items[i].op == op && str_eq(m->items[i].target, target))
			return &m->items[i];
	return NULL;
}

static const struct policy_mount *need(const struct fixture *x, unsigned op, const char *target)
{
	const struct policy_mount *m = row(x, op, target);

	if (!m)
		fail_msg("no row %u for %s", op, target);
	return m;
}

static bool ruled(const struct fixture *x, const char *label, const char *text)
{
	const struct policy_rules *r = &app(x, label)->apparmor;

	for (size_t i = 0; i < r->count; i++)
		if (str_eq(r->items[i].text, text))
			return true;
	return false;
}

/* A name beside others: what was one bind is one for each of them, and nothing of theirs changes.
 */
static void a_name_is_made(void **state)
{
	struct model_layout l[] = { { .path = "/etc/own", .source = SNAP "/share" } };
	struct fixture *x = *state;

	assert_int_equal(build(x, l, 1), 0);
	assert_null(row(x, POLICY_MOUNT_BIND, "etc"));
	need(x, POLICY_MOUNT_DIR, "etc");
	need(x, POLICY_MOUNT_FILE, "etc/group");
	assert_string_equal(need(x, POLICY_MOUNT_BIND, "etc/group")->source, "/etc/group");
	assert_true(need(x, POLICY_MOUNT_BIND, "etc/group")->flags & POLICY_MOUNT_READONLY);
	assert_string_equal(need(x, POLICY_MOUNT_SYMLINK, "etc/localtime")->source,
			    "/usr/share/zone");
	/* As the image has them, whatever the base says. */
	assert_string_equal(need(x, POLICY_MOUNT_SYMLINK, "etc/resolv.conf")->source,
			    "/run/resolv.conf");
	assert_string_equal(need(x, POLICY_MOUNT_SYMLINK, "etc/machine-id")->source,
			    "/run/machine-id");
	assert_null(row(x, POLICY_MOUNT_FILE, "etc/fifo"));
	need(x, POLICY_MOUNT_DIR, "etc/own");
	assert_string_equal(need(x, POLICY_MOUNT_BIND, "etc/own")->source, SNAP "/share");
	/* Nobody asked for names there. */
	need(x, POLICY_MOUNT_BIND, "usr");
	assert_true(ruled(x, "snap.web.web", "/etc/own/{,**} mrix,"));
	assert_true(ruled(x, "snap.web.tool", "/etc/own/{,**} mrix,"));
	assert_false(ruled(x, "snap.sensord.sensord", "/etc/own/{,**} mrix,"));
}

/* Links of the base on the way, in all forms; links in the snap for a source. */
static void links_are_followed(void **state)
{
	struct model_layout l[] = {
		{ .path = "/lib/own", .source = SNAP "/link" },
		{ .path = "/opt/deep/own", .source = DATA },
	};
	struct fixture *x = *state;

	assert_int_equal(build(x, l, 2), 0);
	assert_string_equal(need(x, POLICY_MOUNT_BIND, "usr/lib/own")->source, SNAP "/share");
	assert_string_equal(need(x, POLICY_MOUNT_BIND, "usr/share/own")->source, DATA);
	assert_false(need(x, POLICY_MOUNT_BIND, "usr/share/own")->flags & POLICY_MOUNT_READONLY);
	need(x, POLICY_MOUNT_FILE, "usr/lib/ld.so");
	/* The image alone has this folder, which is covered. */
	need(x, POLICY_MOUNT_DIR, "usr/lib/bulkhead");
	need(x, POLICY_MOUNT_TMPFS, "usr/lib/bulkhead");
	assert_true(ruled(x, "snap.web.tool", "/usr/share/own/{,**} mrwlkix,"));
	assert_true(ruled(x, "snap.web.tool", "/usr/lib/own/{,**} mrix,"));
}

/* Onto what is there, nothing is opened; a link gives way. */
static void what_is_there(void **state)
{
	struct model_layout l[] = {
		{ .path = "/usr/share", .source = SNAP "/share" },
		{ .kind = MODEL_LAYOUT_BIND_FILE, .path = "/etc/group", .source = SNAP "/conf" },
	};
	struct model_layout link[] = {
		{ .kind = MODEL_LAYOUT_BIND_FILE, .path = "/etc/localtime", .source = DATA "/tz" },
	};
	struct fixture *x = *state;

	assert_int_equal(build(x, l, 2), 0);
	need(x, POLICY_MOUNT_BIND, "usr");
	need(x, POLICY_MOUNT_BIND, "etc");
	assert_null(row(x, POLICY_MOUNT_FILE, "etc/group"));
	assert_true(need(x, POLICY_MOUNT_BIND, "etc/group")->of_file);
	assert_int_equal(build(x, link, 1), 0);
	assert_null(row(x, POLICY_MOUNT_SYMLINK, "etc/localtime"));
	need(x, POLICY_MOUNT_FILE, "etc/localtime");
	assert_string_equal(need(x, POLICY_MOUNT_BIND, "etc/localtime")->source, DATA "/tz");
	assert_true(ruled(x, "snap.web.tool", "/etc/localtime mrwlkix,"));
}

static void other_kinds(void **state)
{
	struct model_layout l[] = {
		{ .kind = MODEL_LAYOUT_TMPFS, .path = "/mnt/a/b", .mode = 0700 },
		{ .kind = MODEL_LAYOUT_SYMLINK, .path = "/var/lib/own", .source = DATA "/lib" },
		{ .path = SNAP "/share/state", .source = DATA "/state" },
		{ .path = DATA "/code", .source = SNAP "/bin" },
	};
	struct fixture *x = *state;

	assert_int_equal(build(x, l, 4), 0);
	need(x, POLICY_MOUNT_DIR, "mnt");
	need(x, POLICY_MOUNT_DIR, "mnt/a/b");
	assert_int_equal(need(x, POLICY_MOUNT_TMPFS, "mnt/a/b")->mode, 0700);
	assert_true(need(x, POLICY_MOUNT_TMPFS, "mnt/a/b")->size_kib > 0);
	need(x, POLICY_MOUNT_DIR, "var/lib");
	assert_string_equal(need(x, POLICY_MOUNT_SYMLINK, "var/lib/own")->source, DATA "/lib");
	assert_null(row(x, POLICY_MOUNT_BIND, SNAP + 1));
	assert_string_equal(need(x, POLICY_MOUNT_BIND, "snap/web/x1/bin")->source, SNAP "/bin");
	need(x, POLICY_MOUNT_DIR, "snap/web/x1/share/state");
	/* In data the device finds or makes the place. */
	assert_null(row(x, POLICY_MOUNT_DIR, "var/snap/web/x1/code"));
	need(x, POLICY_MOUNT_BIND, "var/snap/web/x1/code");
}

/* No link of the base carries a layout where none may be. */
static void reserved_places(void **state)
{
	static const struct {
		const char *path, *text;
	} all[] = {
		{ "/opt/away/x",
		  "cannot use layout \"/opt/away/x\": it is /run/x, and /run is off limits" },
		{ "/opt/deep/../../dev/x", "it is /dev/x, and /dev is off limits" },
		{ "/srv/x", "links of the base lead in a circle there" },
	};
	struct fixture *x = *state;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		struct model_layout l = { .path = all[i].path, .source = SNAP "/share" };
		size_t before = x->f.d.count;

		assert_int_equal(build(x, &l, 1), -1);
		assert_true(x->f.d.count > before);
		if (!strstr(x->f.d.messages[before].text, all[i].text))
			fail_msg("%s", x->f.d.messages[before].text);
	}
}

/* What a link of the snap leads to must be the snap's. */
static void sources(void **state)
{
	static const char *const all[] = { SNAP "/out", SNAP "/none", SNAP "/conf", SNAP "/../x" };
	struct fixture *x = *state;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		struct model_layout l = { .path = "/opt/x", .source = all[i] };

		assert_int_equal(build(x, &l, 1), -1);
	}
}

/* Web's base is a snap of the image. */
static void give_base(struct fixture *x, struct model_snap all[3], const struct model_snap *given)
{
	x->f.snaps[1].base = &all[2];
	all[0] = x->f.snaps[0];
	all[1] = x->f.snaps[1];
	all[2] = *given;
	x->f.m.snaps = all;
	x->f.m.snap_count = 3;
}

/* A base snap is the root; /etc is the image's with parts of the base's over it. */
static void base_snaps(void **state)
{
	static struct model_base_entry of_base[] = {
		{ .path = "/bin", .type = '2', .link = "usr/bin" },
		{ .path = "/etc", .type = '5' },
		{ .path = "/etc/alternatives", .type = '5' },
		{ .path = "/etc/group", .type = '0' },
		{ .path = "/etc/ld.so.cache", .type = '0' },
		{ .path = "/etc/nsswitch.conf", .type = '0' },
		{ .path = "/etc/ssl", .type = '0' },
		{ .path = "/usr", .type = '5' },
		{ .path = "/usr/share", .type = '5' },
	};
	static struct model_base_entry of_image[] = {
		{ .path = "/etc", .type = '5' },
		{ .path = "/etc/ld.so.cache", .type = '1' },
		{ .path = "/etc/nsswitch.conf", .type = '0' },
		{ .path = "/etc/ssl", .type = '5' },
		{ .path = "/opt", .type = '5' },
		{ .path = "/usr", .type = '5' },
	};
	struct model_snap tiny = { .name = "core99", .instance = "core99", .revision = "7" };
	struct model_snap all[3];
	struct fixture *x = *state;

	tiny.files = (struct model_base){ .entries = of_base, .count = ARRAY_SIZE(of_base) };
	x->f.m.image.base =
		(struct model_base){ .entries = of_image, .count = ARRAY_SIZE(of_image) };
	give_base(x, all, &tiny);
	assert_int_equal(build(x, NULL, 0), 0);
	assert_string_equal(need(x, POLICY_MOUNT_BIND, "usr")->source, "/snap/core99/7/usr");
	assert_string_equal(need(x, POLICY_MOUNT_BIND, "etc")->source, "/etc");
	assert_string_equal(need(x, POLICY_MOUNT_BIND, "etc/nsswitch.conf")->source,
			    "/snap/core99/7/etc/nsswitch.conf");
	need(x, POLICY_MOUNT_BIND, "etc/ld.so.cache");
	/* Not there in both, not of one kind in both, and nobody's business. */
	assert_null(row(x, POLICY_MOUNT_BIND, "etc/alternatives"));
	assert_null(row(x, POLICY_MOUNT_BIND, "etc/ssl"));
	assert_null(row(x, POLICY_MOUNT_BIND, "etc/group"));
	assert_null(row(x, POLICY_MOUNT_BIND, "opt"));
	/* There is no such folder to cover. */
	assert_null(row(x, POLICY_MOUNT_TMPFS, "usr/lib/bulkhead"));
	all[2].name = "core22";
	assert_int_equal(build(x, NULL, 0), 0);
	need(x, POLICY_MOUNT_BIND, "etc/nsswitch.conf");
	assert_null(row(x, POLICY_MOUNT_BIND, "etc/ld.so.cache"));
}

/* A base that asks for a name in its folders has them as any has. */
static void layout_in_a_base(void **state)
{
	static struct model_base_entry of_base[] = {
		{ .path = "/usr", .type = '5' },
		{ .path = "/usr/share", .type = '5' },
		{ .path = "/usr/share/zone", .type = '0' },
	};
	struct model_snap tiny = { .name = "tiny", .instance = "tiny", .revision = "x1" };
	struct model_snap all[3];
	struct model_layout l[] = { { .path = "/usr/share/own", .source = SNAP "/share" } };
	struct fixture *x = *state;

	tiny.files = (struct model_base){ .entries = of_base, .count = ARRAY_SIZE(of_base) };
	x->f.snaps[1].layouts = l;
	x->f.snaps[1].layout_count = 1;
	give_base(x, all, &tiny);
	assert_int_equal(policy_build(&x->f.a, &x->f.m, &x->t, &x->p, &x->f.d), 0);
	assert_string_equal(need(x, POLICY_MOUNT_BIND, "usr/share/zone")->source,
			    "/snap/tiny/x1/usr/share/zone");
	need(x, POLICY_MOUNT_BIND, "usr/share/own");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_name_is_made, set_up, tear_down),
		cmocka_unit_test_setup_teardown(links_are_followed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_is_there, set_up, tear_down),
		cmocka_unit_test_setup_teardown(other_kinds, set_up, tear_down),
		cmocka_unit_test_setup_teardown(reserved_places, set_up, tear_down),
		cmocka_unit_test_setup_teardown(sources, set_up, tear_down),
		cmocka_unit_test_setup_teardown(base_snaps, set_up, tear_down),
		cmocka_unit_test_setup_teardown(layout_in_a_base, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
