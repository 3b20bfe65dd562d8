/* SPDX-License-Identifier: Apache-2.0 */
/* Interfaces made up for one key each: what a connection gives the apps at both ends. */
#include "iface_made.h"

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
	struct fixture *f = *state;

	builds(f, "app", CONTENT, "{ plug: { target: $SNAP_DATA/in }, slot: { read: [a] } }\n");
	has(f, APP, got_mounts, "/snap/provider/x1/a -> /var/snap/consumer/x1/in/a ro");
}

/* One of several folders, and the folder that all of them would be in. */
static void mounts_in_each_other(void **state)
{
	refuses(*state,
		"plug-attrs: { target: { type: snap-path } }\n"
		"variants:\n"
		"  - name: v\n"
		"    mounts:\n"
		"      - { from: /snap/provider/x1/a, to: '%{target}', access: ro, below: true }\n"
		"      - { from: /snap/provider/x1/b, to: '%{target}', access: ro }\n",
		"plug: { target: in }\n",
		"cannot mount \"/snap/provider/x1/b\" at \"/snap/consumer/x1/in\": \"a folder of "
		"several\" is there");
}

static void mounts_in_a_mount(void **state)
{
	refuses(*state,
		"plug-attrs: { target: { type: snap-path } }\n"
		"variants:\n"
		"  - name: v\n"
		"    mounts:\n"
		"      - { from: /snap/provider/x1/b, to: '%{target}', access: ro }\n"
		"      - { from: /snap/provider/x1/a, to: '%{target}', access: ro, below: true }\n",
		"plug: { target: in }\n",
		"cannot mount \"/snap/provider/x1/a\" at \"/snap/consumer/x1/in/a\": "
		"\"/snap/provider/x1/b\" is there");
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
		TEST(mounts_in_each_other),
		TEST(mounts_in_a_mount),
		TEST(paths_leave_no_snap),
		TEST(records),
		TEST(links_stay_below_dev),
		TEST(globs_stay_where_they_may),
		TEST(globs_elsewhere),
		TEST(types_refuse),
		TEST(compatible_labels),
#undef TEST
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
