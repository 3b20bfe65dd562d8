/* SPDX-License-Identifier: Apache-2.0 */
/* Interfaces made up for one key each: what a connection gives the apps at both ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <unistd.h>

#include "fd.h"
#include "iface_got.h"

struct fixture {
	char dir[64];
	struct mem_arena a;
	struct meta_diag d;
	struct model known;
	struct policy_templates t;
	struct row row;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	snprintf(f->dir, sizeof(f->dir), "/tmp/bulkhead-test-XXXXXX");
	*state = f;
	return mkdtemp(f->dir) ? 0 : -1;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	remove(mem_printf(&f->a, "%s/x.yaml", f->dir));
	rmdir(f->dir);
	row_free(&f->row);
	mem_free(&f->a);
	meta_diag_free(&f->d);
	free(f);
	return 0;
}

/* The interface x of this text, and one connection of a row's attributes. */
static int build(struct fixture *f, const char *offered, const char *text, const char *row)
{
	const char *whole = mem_printf(
		&f->a, "interface: x\nsummary: s\nslots: { offered-by: [%s] }\n%s", offered, text);
	struct err e = { 0 };

	assert_int_equal(fd_write_file(mem_printf(&f->a, "%s/x.yaml", f->dir), whole, strlen(whole),
				       0644, &e),
			 0);
	if (model_load_ifaces(&f->a, f->dir, &f->known, &f->d))
		fail_msg("%s", f->d.messages[0].text);
	f->row.known = &f->known;
	f->row.iface = &f->known.ifaces[0];
	f->row.from = f->row.iface->offered_by;
	f->row.node = row_parse(&f->row, row);
	return row_build(&f->row, &f->t);
}

static void builds(struct fixture *f, const char *offered, const char *text, const char *row)
{
	if (build(f, offered, text, row))
		fail_msg("%s", f->row.d.messages[0].text);
}

static void refuses(struct fixture *f, const char *text, const char *row, const char *message)
{
	assert_int_equal(build(f, "app", text, row), -1);
	assert_string_equal(f->row.d.messages[0].text, message);
}

/* The label's app has exactly these texts of that kind, in this order, joined by "; ". */
static void has(struct fixture *f, const char *label, void (*get)(struct got *g), const char *texts)
{
	struct got g = { .r = &f->row };
	CLEANUP_STR struct str s = { 0 };

	for (size_t i = 0; i < f->row.p.app_count; i++)
		if (str_eq(f->row.p.apps[i].app->label, label))
			g.app = &f->row.p.apps[i];
	assert_non_null(g.app);
	get(&g);
	for (size_t i = 0; i < g.count; i++)
		str_printf(&s, "%s%s", i ? "; " : "", g.items[i]);
	assert_string_equal(str_text(&s), texts);
}

#define APP    "snap.consumer.app"
#define DAEMON "snap.provider.daemon"

static void both_ends_know_each_other(void **state)
{
	struct fixture *f = *state;

	builds(f, "app",
	       "variants:\n"
	       "  - name: v\n"
	       "    apparmor: |\n"
	       "      unix peer=(label=%{slot-label}),\n"
	       "    permanent-slot: { apparmor: ['/run/%{slot}-%{slot-snap} rw,'] }\n"
	       "    connected-slot: { apparmor: ['signal peer=%{plug-label},'], seccomp: [bind] "
	       "}\n",
	       "{}\n");
	has(f, APP, got_apparmor, "unix peer=(label=snap.provider.daemon),");
	has(f, APP, got_seccomp, "");
	has(f, DAEMON, got_apparmor, "/run/slot-provider rw,; signal peer=snap.consumer.app,");
	has(f, DAEMON, got_seccomp, "bind");
}

static void system_slots_are_unconfined(void **state)
{
	struct fixture *f = *state;

	builds(f, "system",
	       "variants:\n  - name: v\n    apparmor: ['unix peer=(label=%{slot-label}),',\n"
	       "      '/%{slot-snap} r,']\n",
	       "{}\n");
	has(f, APP, got_apparmor, "unix peer=(label=unconfined),");
}

static void attributes_of_both_ends(void **state)
{
	struct fixture *f = *state;

	builds(f, "app",
	       "plug-attrs: { a: { type: name }, list: { type: name, list: true } }\n"
	       "variants:\n"
	       "  - name: v\n"
	       "    attrs: { a: { type: name }, n: { type: int, default: 7 } }\n"
	       "    apparmor: ['/%{a}%{slot.a}%{plug.a}%{n} r,', '/x{%{list|join:,}} r,']\n",
	       "{ plug: { a: p, list: [b, c] }, slot: { a: s } }\n");
	has(f, APP, got_apparmor, "/ssp7 r,; /x{b,c} r,");
}

static void plug_variants_differ_by_value(void **state)
{
	struct fixture *f = *state;

	builds(f, "system",
	       "plug-variants:\n"
	       "  - { name: off, attrs: { use: { type: bool, is: false, default: false } } }\n"
	       "  - { name: on, attrs: { use: { type: bool, is: true } }, capabilities: [net_raw] "
	       "}\n"
	       "variants: [{ name: v }]\n",
	       "plug: { use: true }\n");
	has(f, APP, got_capabilities, "net_raw");
}

static void sockets_are_said_to_both_layers(void **state)
{
	struct fixture *f = *state;

	builds(f, "system",
	       "variants:\n  - name: v\n    sockets: [can raw, netlink - 5, netlink raw "
	       "NETLINK_ROUTE]\n",
	       "{}\n");
	has(f, APP, got_apparmor, "network can raw,; network netlink,; network netlink raw,");
	has(f, APP, got_seccomp,
	    "socket AF_CAN 15|SOCK_RAW; socket AF_NETLINK - 5; "
	    "socket AF_NETLINK 15|SOCK_RAW NETLINK_ROUTE");
}

#define CONTENT                                                                                    \
	"plug-attrs: { target: { type: snap-path } }\n"                                            \
	"variants:\n"                                                                              \
	"  - name: v\n"                                                                            \
	"    attrs: { read: { type: snap-path, list: true } }\n"                                   \
	"    mounts: [{ from: '%{read}', to: '%{plug.target}', access: ro, below: true }]\n"

static void folders_are_mounted(void **state)
{
	struct fixture *f = *state;

	builds(f, "app", CONTENT,
	       "{ plug: { target: $SNAP/in }, slot: { read: [/lib, $SNAP_COMMON/data] } }\n");
	has(f, APP, got_mounts,
	    "/snap/provider/x1/lib -> /snap/consumer/x1/in/lib ro; "
	    "/var/snap/provider/common/data -> /snap/consumer/x1/in/data ro");
}

static void mounts_on_one_place(void **state)
{
	refuses(*state, CONTENT, "{ plug: { target: in }, slot: { read: [a/x, b/x] } }\n",
		"cannot mount \"/snap/provider/x1/b/x\" at \"/snap/consumer/x1/in/x\": "
		"\"/snap/provider/x1/a/x\" is there");
}

/* One namespace for all commands: the second would see what only the first may have. */
static void mounts_of_two_commands(void **state)
{
	static const struct model_line paths[] = { { "/snap/provider/x1/a", { 0 } },
						   { "/snap/provider/x1/b", { 0 } } };
	struct fixture *f = *state;
	struct model_iface_mount mounts[2];
	struct model_variant variants[2];
	struct model_end slots[2];
	struct model_end *plugs[2];
	struct model_connection connections[2];
	struct model_app apps[2];

	builds(f, "app", CONTENT, "{ plug: { target: in }, slot: { read: [a] } }\n");
	for (size_t i = 0; i < 2; i++) {
		variants[i] = *f->row.snaps[1].slots[0].variant;
		mounts[i] = variants[i].group.mounts[0];
		mounts[i].from = paths[i];
		mounts[i].below = false;
		variants[i].group.mounts = &mounts[i];
		slots[i] = f->row.snaps[1].slots[0];
		slots[i].variant = &variants[i];
		plugs[i] = mem_alloc(&f->a, sizeof(*plugs[i]));
		*plugs[i] = f->row.snaps[0].plugs[0];
		connections[i] = f->row.m.connections[0];
		connections[i].plug = plugs[i];
		connections[i].slot = &slots[i];
		apps[i] = f->row.snaps[0].apps[0];
		apps[i].plugs = &plugs[i];
		apps[i].plug_count = 1;
	}
	f->row.snaps[0].apps = apps;
	f->row.snaps[0].app_count = 2;
	f->row.m.connections = connections;
	f->row.m.connection_count = 2;
	assert_int_equal(policy_build(&f->a, &f->row.m, &f->t, &f->row.p, &f->d), -1);
	assert_string_equal(f->d.messages[0].text,
			    "cannot mount \"/snap/provider/x1/b\" at \"/snap/consumer/x1/in\": for "
			    "another command \"/snap/provider/x1/a\" is there");
}

static void mounts_elsewhere(void **state)
{
	refuses(*state, CONTENT, "{ plug: { target: $SNAP_DATA/in }, slot: { read: [a] } }\n",
		"cannot mount at \"/var/snap/consumer/x1/in/a\": not in this version, expected a "
		"folder below $SNAP");
}

static void paths_leave_no_snap(void **state)
{
	refuses(*state, CONTENT, "{ plug: { target: in }, slot: { read: [$SNAP/../etc] } }\n",
		"cannot use read \"$SNAP/../etc\": expected a clean path below $SNAP, $SNAP_DATA "
		"or "
		"$SNAP_COMMON");
}

static void records(void **state)
{
	struct fixture *f = *state;

	builds(f, "system",
	       "plug-variants:\n"
	       "  - name: p\n"
	       "    attrs:\n"
	       "      modules:\n"
	       "        type: map\n"
	       "        list: true\n"
	       "        fields:\n"
	       "          name: { type: name }\n"
	       "          load: { type: enum, values: [on-boot, denied], optional: true }\n"
	       "          options: { type: word, optional: true }\n"
	       "    each:\n"
	       "      - of: modules\n"
	       "        kmod: [{ name: '%{item.name}', load: '%{item.load}', options: "
	       "'%{item.options}' }]\n"
	       "variants: [{ name: v }]\n",
	       "plug: { modules: [{ name: a, options: x=1 }, { name: b, load: denied }] }\n");
	has(f, APP, got_kmod, "a on-boot x=1; b denied");
}

#define LATE                                                                                       \
	"variants:\n"                                                                              \
	"  - name: v\n"                                                                            \
	"    attrs: { number: { type: int }, prefix: { type: sysfs-path } }\n"                     \
	"    late-binding:\n"                                                                      \
	"      - link: /sys/class/gpio/gpio%{number}\n"                                            \
	"        prefix: '%{prefix}'\n"                                                            \
	"        files: [value, direction]\n"                                                      \
	"        access: rw\n"                                                                     \
	"        export: { file: /sys/class/gpio/export, value: '%{number}' }\n"

static void late_binding(void **state)
{
	struct fixture *f = *state;

	builds(f, "app", LATE, "slot: { number: 4, prefix: /sys/devices/platform }\n");
	has(f, APP, got_late, "/sys/class/gpio/gpio4 value direction");
	has(f, APP, got_apparmor, "/run/slot/slot/value rw,; /run/slot/slot/direction rw,");
	assert_string_equal(f->row.p.apps[0].late.items[0].export_value, "4");
}

static void late_binding_stays_below_devices(void **state)
{
	refuses(*state, LATE, "slot: { number: 4, prefix: /sys/kernel }\n",
		"cannot use late binding of \"/sys/class/gpio/gpio4\" below \"/sys/kernel\": "
		"expected clean paths below /sys and /sys/devices");
}

static void links_stay_below_dev(void **state)
{
	refuses(*state,
		"variants:\n  - name: v\n    attrs: { l: { type: word } }\n"
		"    udev: ['KERNEL==\"a\"']\n    links: ['%{l}']\n",
		"slot: { l: slot/other }\n",
		"cannot use link \"slot/other\": expected a name below /dev, not in slot/");
}

static void globs_stay_where_they_may(void **state)
{
	struct fixture *f = *state;

	builds(f, "app",
	       "variants:\n  - name: v\n    attrs: { g: { type: glob-path } }\n"
	       "    apparmor: ['%{g} r,']\n",
	       "slot: { g: '/media/{a,b*}/**' }\n");
	has(f, APP, got_apparmor, "/media/{a,b*}/** r,");
}

static void globs_elsewhere(void **state)
{
	refuses(*state,
		"variants:\n  - name: v\n    attrs: { g: { type: glob-path } }\n"
		"    binds: ['%{g} dir ro']\n",
		"slot: { g: '/media/*' }\n",
		"cannot use \"/media/*\" for %{g}: byte 0x2a may not be in a path");
}

#define RANGES	  "numbers and ranges as 0-3,7, each once, 512 at most"
#define GLOB_NAME "one name, globs \"*\", \"?\", \"[]\" and \"{}\""
#define SNAP_GLOB "a clean path with globs, absolute or below $SNAP_DATA or $SNAP_COMMON"

static void types_refuse(void **state)
{
	static const struct {
		const char *type, *value, *expected;
	} cases[] = {
		{ "glob-path", "/a{b",
		  "a clean absolute path, globs \"*\", \"?\", \"[]\" and \"{}\"" },
		{ "glob-path", "/a,b",
		  "a clean absolute path, globs \"*\", \"?\", \"[]\" and \"{}\"" },
		{ "glob-path", "/a/../b",
		  "a clean absolute path, globs \"*\", \"?\", \"[]\" and \"{}\"" },
		{ "snap-path", "$SNAPX/a", "a clean path below $SNAP, $SNAP_DATA or $SNAP_COMMON" },
		{ "snap-path", "//a", "a clean path below $SNAP, $SNAP_DATA or $SNAP_COMMON" },
		{ "dbus-name", "org", "a well-known bus name" },
		{ "dbus-name", "org.1x", "a well-known bus name" },
		{ "dbus-name", "org..x", "a well-known bus name" },
		{ "dbus-name", "org.x.", "a well-known bus name" },
		{ "ranges", "1-", RANGES },
		{ "ranges", "1 2", RANGES },
		{ "ranges", "3-1", RANGES },
		{ "ranges", "1-3,2", RANGES },
		{ "ranges", "0-512", RANGES },
		{ "ranges", "00001", RANGES },
		{ "ranges", "1,", RANGES },
		{ "glob-source", "nothing", "\"none\" or a clean absolute path with globs" },
		{ "glob-name", "a/b", GLOB_NAME },
		{ "glob-name", "a**", GLOB_NAME },
		{ "glob-name", "..", GLOB_NAME },
		{ "snap-glob", "$SNAP/a", SNAP_GLOB },
		{ "snap-glob", "$SNAP_DATA", SNAP_GLOB },
		{ "snap-glob", "$SNAP_COMMONS/a", SNAP_GLOB },
		{ "snap-glob", "a", SNAP_GLOB },
		{ "snap-path", "$SNAP/", "a clean path below $SNAP, $SNAP_DATA or $SNAP_COMMON" },
		{ "word", "a b", "letters, digits and any of \"/_.:+=-\"" },
		{ "compat", "1-a", "a label as gl-1-(2..4), or several joined by OR" },
		{ "compat", "a-(3..2)", "a label as gl-1-(2..4), or several joined by OR" },
		{ "compat", "a OR ", "a label as gl-1-(2..4), or several joined by OR" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct fixture *f;

		tear_down(state);
		set_up(state);
		f = *state;
		refuses(f,
			mem_printf(&f->a,
				   "variants:\n  - name: v\n    attrs: { t: { type: %s } }\n",
				   cases[i].type),
			mem_printf(&f->a, "slot: { t: '%s' }\n", cases[i].value),
			mem_printf(&f->a, "cannot use t \"%s\": expected %s", cases[i].value,
				   cases[i].expected));
	}
}

static void compatible_labels(void **state)
{
	static const struct {
		const char *plug, *slot;
		bool fits;
	} cases[] = {
		{ "gl-1", "gl-1", true },	   { "gl-1", "gl-(1..3)", true },
		{ "gl-4", "gl-(1..3)", false },	   { "gl-(3..5)", "gl-(1..3)", true },
		{ "gl-1-2", "gl-1", false },	   { "vk-1", "gl-1", false },
		{ "vk-1 OR gl-2", "gl-2", true },  { "gl-mesa-2", "gl-mesa-(1..9)", true },
		{ "vk-1 OR gl-3", "gl-2", false }, { "g-1", "gl-1", false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct fixture *f;

		tear_down(state);
		set_up(state);
		f = *state;
		assert_int_equal(
			build(f, "app",
			      "match: { c: compatible }\nplug-attrs: { c: { type: compat } }\n"
			      "variants:\n  - name: v\n    attrs: { c: { type: compat } }\n",
			      mem_printf(&f->a, "{ plug: { c: '%s' }, slot: { c: '%s' } }\n",
					 cases[i].plug, cases[i].slot)),
			cases[i].fits ? 0 : -1);
	}
}

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
		TEST(both_ends_know_each_other),
		TEST(system_slots_are_unconfined),
		TEST(attributes_of_both_ends),
		TEST(plug_variants_differ_by_value),
		TEST(sockets_are_said_to_both_layers),
		TEST(folders_are_mounted),
		TEST(mounts_on_one_place),
		TEST(mounts_of_two_commands),
		TEST(mounts_elsewhere),
		TEST(paths_leave_no_snap),
		TEST(records),
		TEST(conditions),
		TEST(refusals_of_items),
		TEST(refusals_of_all),
		TEST(items_once),
		TEST(without_a_base_nothing_lacks),
		TEST(what_the_base_lacks),
		TEST(binds_that_may_be_absent),
		TEST(names_of_the_bus),
		TEST(late_binding),
		TEST(late_binding_stays_below_devices),
		TEST(links_stay_below_dev),
		TEST(globs_stay_where_they_may),
		TEST(globs_elsewhere),
		TEST(types_refuse),
		TEST(compatible_labels),
#undef TEST
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
