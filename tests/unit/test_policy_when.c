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
#undef TEST
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
