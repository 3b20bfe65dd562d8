/* SPDX-License-Identifier: Apache-2.0 */
/* Interfaces made up for one key each: conditions, and what the image has. */
#include "iface_made.h"

#define WHEN                                                                                       \
	"plug-variants:\n"                                                                         \
	"  - name: p\n"                                                                            \
	"    attrs:\n"                                                                             \
	"      m:\n"                                                                               \
	"        type: map\n"                                                                      \
	"        list: true\n"                                                                     \
	"        optional: true\n"                                                                 \
	"        fields:\n"                                                                        \
	"          k: { type: name }\n"                                                            \
	"          o: { type: name, list: true, optional: true }\n"                                \
	"          b: { type: bool, optional: true }\n"                                            \
	"      u: { type: name, list: true, unique: true, optional: true }\n"                      \
	"    refuse:\n"                                                                            \
	"      - { of: m, when: ['!o', 'b=true'], because: one reason }\n"                         \
	"      - { when: ['u=all', m], because: another }\n"                                       \
	"    each:\n"                                                                              \
	"      - { of: m, when: [o], apparmor: ['/o/%{item.k} r,'] }\n"                            \
	"      - { of: m, when: ['!o'], apparmor: ['/none/%{item.k} r,'] }\n"                      \
	"      - { of: m, when: ['o=x', '!b=true'], apparmor: ['/x/%{item.k} r,'] }\n"             \
	"      - { of: m, when: ['!o=x'], apparmor: ['/%{item.o|drop:p+z|join:+} r,'] }\n"         \
	"      - { of: u, when: ['=a'], capabilities: [net_raw] }\n"                               \
	"      - { of: u, when: ['!=a'], capabilities: [net_admin] }\n"                            \
	"variants: [{ name: v }]\n"

static void conditions(void **state)
{
	struct fixture *f = *state;

	builds(f, "app", WHEN,
	       "plug: { u: [a], m: [{ k: one, o: [x, p] }, { k: two },\n"
	       "  { k: three, o: [x], b: true }, { k: four, o: [p, v, z, w] }] }\n");
	has(f, APP, got_apparmor,
	    "/o/one r,; /o/three r,; /o/four r,; /none/two r,; /x/one r,; /v+w r,; "
	    "capability net_raw,");
	has(f, APP, got_capabilities, "net_raw");
}

static void refusals_of_items(void **state)
{
	refuses(*state, WHEN, "plug: { m: [{ k: one, b: true }] }\n",
		"cannot use m of \"plug\": one reason");
}

static void refusals_of_all(void **state)
{
	refuses(*state, WHEN, "plug: { u: [all], m: [{ k: one }] }\n",
		"cannot use \"plug\": another");
}

static void items_once(void **state)
{
	refuses(*state, WHEN, "plug: { u: [b, a, b] }\n", "cannot use u \"b\": it is listed twice");
}

#define IMAGE                                                                                      \
	"variants:\n"                                                                              \
	"  - name: v\n"                                                                            \
	"    needs: [/usr/bin/a, /usr/bin/b]\n"                                                    \
	"    apparmor: ['/a r,']\n"                                                                \
	"    permanent-slot: { if-base-has: [/usr/bin/b], apparmor: ['/b r,'] }\n"                 \
	"    connected-slot: { not-yet: [flying], bus-names: [a.b], bus-talks: [c.d] }\n"

static void without_a_base_nothing_lacks(void **state)
{
	struct fixture *f = *state;

	builds(f, "app", IMAGE, "{}\n");
	has(f, APP, got_missing, "");
	has(f, DAEMON, got_apparmor, "/b r,");
	has(f, DAEMON, got_missing, "plug:slot (x): not in this version: flying");
	has(f, DAEMON, got_bus_names, "a.b");
	has(f, DAEMON, got_bus_talks, "c.d");
}

static void what_the_base_lacks(void **state)
{
	static struct model_base_entry entries[] = { { .path = "/usr" }, { .path = "/usr/bin/a" } };
	struct fixture *f = *state;

	builds(f, "app", IMAGE, "{}\n");
	f->row.m.image.base = (struct model_base){ .entries = entries, .count = 2 };
	assert_int_equal(policy_build(&f->a, &f->row.m, &f->t, &f->row.p, &f->d), 0);
	has(f, APP, got_apparmor, "/a r,");
	has(f, APP, got_missing, "plug:slot (x): the base has no /usr/bin/b");
	has(f, DAEMON, got_apparmor, "");
	assert_int_equal(f->row.p.apps[1].left_out.count, 1);
	assert_string_equal(f->row.p.apps[1].left_out.items[0].text,
			    "slot slot (x): the base has no /usr/bin/b");
}

static void binds_that_may_be_absent(void **state)
{
	struct fixture *f = *state;

	builds(f, "system",
	       "variants:\n  - name: v\n    binds: [/srv/a dir rw optional, /srv/b dir ro]\n",
	       "{}\n");
	has(f, APP, got_binds, "/srv/a rw; /srv/b ro");
	for (size_t i = 0; i < f->row.p.apps[0].mounts.count; i++) {
		const struct policy_mount *m = &f->row.p.apps[0].mounts.items[i];
		bool is_a = m->op == POLICY_MOUNT_BIND && str_eq(m->source, "/srv/a");

		assert_int_equal((m->flags & POLICY_MOUNT_OPTIONAL) != 0, is_a);
	}
}

#define LENT                                                                                       \
	"variants:\n"                                                                              \
	"  - name: v\n"                                                                            \
	"    binds: ['/run/slot/%{slot-snap}.%{slot} dir ro']\n"                                   \
	"    environment: ['A=/run/slot/%{slot-snap}.%{slot}/a']\n"                                \
	"    permanent-slot:\n"                                                                    \
	"      binds: ['/run/slot/%{slot-snap}.%{slot} dir rw made']\n"

static const struct policy_mount *lent(const struct fixture *f, size_t app)
{
	const struct policy_mounts *m = &f->row.p.apps[app].mounts;

	for (size_t i = 0; i < m->count; i++)
		if (m->items[i].op == POLICY_MOUNT_BIND &&
		    str_eq(m->items[i].source, "/run/slot/provider.slot"))
			return &m->items[i];
	fail();
	return NULL;
}

static bool writes(const struct fixture *f, size_t app)
{
	return !(lent(f, app)->flags & POLICY_MOUNT_READONLY);
}

/* The slot's app owns what boot makes, whoever connects reads it. */
static void a_folder_of_the_slot(void **state)
{
	struct fixture *f = *state;
	const struct policy_app *apps;

	builds(f, "app", LENT, "{}\n");
	apps = f->row.p.apps;
	assert_false(writes(f, 0));
	assert_true(writes(f, 1));
	assert_int_equal(apps[0].made.count, 0);
	assert_int_equal(apps[1].made.count, 1);
	assert_string_equal(apps[1].made.items[0].text, "/run/slot/provider.slot");
	assert_string_equal(apps[0].env[apps[0].env_count - 1], "A=/run/slot/provider.slot/a");
}

/* Which of the two rows of one namespace comes first means nothing. */
static void a_folder_of_both_ends(void **state)
{
	struct fixture *f = *state;
	struct model_snap *s = &f->row.snaps[1];
	struct model_app *apps;

	builds(f, "app", LENT, "{}\n");
	apps = mem_array(&f->a, 2, sizeof(*apps));
	apps[0] = f->row.snaps[0].apps[0];
	apps[1] = s->apps[0];
	apps[0].label = "snap.provider.app";
	apps[0].snap = s;
	s->apps = apps;
	s->app_count = 2;
	f->row.m.snaps = s;
	f->row.m.snap_count = 1;
	assert_int_equal(policy_build(&f->a, &f->row.m, &f->t, &f->row.p, &f->d), 0);
	assert_true(writes(f, 0) && writes(f, 1));
	/* One app that is both. */
	apps[1].plugs = apps[0].plugs;
	apps[1].plug_count = 1;
	s->apps++;
	s->app_count = 1;
	assert_int_equal(policy_build(&f->a, &f->row.m, &f->t, &f->row.p, &f->d), 0);
	assert_true(writes(f, 0));
}

static void what_boot_does_not_make(void **state)
{
	static const char *const bad[] = { "/srv/a dir rw", "/run/slot/a/b dir rw",
					   "/run/slot/a dir ro", "/run/slot/a file rw" };
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		refuses(f,
			mem_printf(&f->a, "variants: [{ name: v, binds: ['%s made'] }]\n", bad[i]),
			"{}\n",
			mem_printf(&f->a,
				   "cannot use bind of \"%.*s\": what is made is /run/slot/NAME "
				   "dir rw",
				   (int)strcspn(bad[i], " "), bad[i]));
}

static void environment(void **state)
{
	static const char two[] = "variants: [{ name: v, environment: [A=1, A=2] }]\n";
	static struct model_env own[] = { { .name = "A", .value = "3" } };
	struct fixture *f = *state;

	refuses(f, "variants: [{ name: v, environment: [1A=x] }]\n", "{}\n",
		"cannot use environment \"1A=x\": expected NAME=VALUE");
	refuses(f, two, "{}\n",
		"cannot set A for plug:slot (x) and plug:slot (x): the app's own environment has "
		"to "
		"say which");
	meta_diag_free(&f->d);
	f->row.snaps[0].env = own;
	f->row.snaps[0].env_count = 1;
	assert_int_equal(policy_build(&f->a, &f->row.m, &f->t, &f->row.p, &f->d), 0);
	assert_string_equal(f->row.p.apps[0].env[f->row.p.apps[0].env_count - 1], "A=3");
}

static void names_of_the_bus(void **state)
{
	struct fixture *f = *state;

	builds(f, "app",
	       "variants:\n  - name: v\n    attrs: { k: { type: dbus-name } }\n"
	       "    apparmor: ['dbus path=%{k|bus-path}{,/**},']\n",
	       "slot: { k: org.a-b.C }\n");
	has(f, APP, got_apparmor, "dbus path=/org/a_b/C{,/**},");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(conditions),
		TEST(refusals_of_items),
		TEST(refusals_of_all),
		TEST(items_once),
		TEST(without_a_base_nothing_lacks),
		TEST(what_the_base_lacks),
		TEST(binds_that_may_be_absent),
		TEST(names_of_the_bus),
		TEST(a_folder_of_the_slot),
		TEST(a_folder_of_both_ends),
		TEST(what_boot_does_not_make),
		TEST(environment),
#undef TEST
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
