/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of snap.yaml that no image has yet: what is understood of them when a file is looked at. */

#include "app.h"
#include "names.h"
#include "snap_fixture.h"
#include "str.h"

/* As "bulkhead check" reads it. */
static int look(struct fixture *f, const char *rest)
{
	const char *text = mem_printf(&f->a, "name: app\nversion: 1\n%s", rest);
	const struct meta_node *n = yaml(f, "snap.yaml", text);
	struct reader r = { .a = &f->a, .d = &f->d, .m = &f->m };

	f->snap = (struct model_snap){ 0 };
	return model_snap_read(&r, n, &f->given, &f->snap);
}

static bool warned(const struct fixture *f, const char *text)
{
	for (size_t i = 0; i < f->d.count; i++)
		if (f->d.messages[i].severity == META_WARNING &&
		    str_eq(f->d.messages[i].text, text))
			return true;
	return false;
}

/* Written ones and those that are only files, by name. */
static void hooks(void **state)
{
	static const char *const files[] = { "configure", "remove" };
	struct fixture *f = *state;
	const struct model_app *h;

	f->given = (struct snap_given){ .hooks = files, .hook_count = 2 };
	assert_int_equal(look(f, "plugs: {everybody: , mine: network}\n"
				 "slots: {out: }\n"
				 "apps: {run: {command: x}}\n"
				 "hooks:\n"
				 "  install: \n"
				 "  configure:\n"
				 "    plugs: [mine, new]\n"
				 "    command-chain: [bin/first]\n"
				 "    environment: {A: b}\n"),
			 0);
	assert_int_equal(f->snap.hook_count, 3);
	h = f->snap.hooks;
	assert_string_equal(h[0].name, "configure");
	assert_string_equal(h[0].label, "snap.app.hook.configure");
	assert_string_equal(h[1].name, "install");
	assert_string_equal(h[2].name, "remove");
	assert_ptr_equal(h[2].snap, &f->snap);
	assert_int_equal(h[0].argc, 2);
	assert_int_equal(h[0].chain_count, 1);
	assert_string_equal(h[0].argv[0], "bin/first");
	assert_string_equal(h[0].argv[1], "meta/hooks/configure");
	/* Of one that no file is there for, its plugs are all. */
	assert_int_equal(h[1].argc, 0);
	assert_string_equal(h[2].argv[0], "meta/hooks/remove");
	assert_string_equal(h[0].env[0].value, "b");
	/* Only its own has "mine"; what nobody names is everybody's, of files as well. */
	assert_string_equal(names_of(f, h[0].plugs, h[0].plug_count), "everybody mine new");
	assert_string_equal(names_of(f, h[1].plugs, h[1].plug_count), "everybody");
	assert_string_equal(names_of(f, h[2].plugs, h[2].plug_count), "everybody");
	assert_string_equal(names_of(f, h[2].slots, h[2].slot_count), "out");
	assert_string_equal(names_of(f, f->snap.apps[0].plugs, f->snap.apps[0].plug_count),
			    "everybody");
	assert_int_equal(f->d.count, 0);
}

static void hook_names(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(look(f, "hooks: {connect-plug-net: , change-view-x: , configrue: }\n"), 0);
	assert_true(warned(f, "cannot use hook \"configrue\": nothing runs it"));
	assert_int_equal(f->d.count, 1);
}

/* A hook of a component takes a plug from everybody, and is no program of the snap. */
static void components(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(look(f, "plugs: {one: , two: }\n"
				 "apps: {run: {command: x}}\n"
				 "components:\n"
				 "  extra: {type: standard, hooks: {install: {plugs: [two]}}}\n"),
			 0);
	assert_string_equal(names_of(f, f->snap.apps[0].plugs, f->snap.apps[0].plug_count), "one");
	assert_int_equal(f->snap.plug_count, 2);
	assert_int_equal(f->snap.hook_count, 0);
}

static void types(void **state)
{
	static const struct {
		const char *text;
		enum model_snap_type type;
	} all[] = {
		{ "type: app\n", MODEL_SNAP_APP },	 { "type: application\n", MODEL_SNAP_APP },
		{ "type: gadget\n", MODEL_SNAP_GADGET }, { "type: kernel\n", MODEL_SNAP_KERNEL },
		{ "type: os\n", MODEL_SNAP_OS },	 { "type: base\n", MODEL_SNAP_BASE },
		{ "type: snapd\n", MODEL_SNAP_SNAPD },	 { "", MODEL_SNAP_APP },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		assert_int_equal(look(f, all[i].text), 0);
		assert_int_equal(f->snap.type, all[i].type);
	}
}

/* Forms that the reference takes, one line each. */
static void accepted(void **state)
{
	static const char *const all[] = {
		"epoch: 0\n",
		"epoch: \"1*\"\n",
		"epoch: {read: [2, 4, 8], write: [2, 3, 5]}\n",
		"epoch: {read: [2]}\n",
		"license: GPL-2.0+ WITH x OR (MIT AND Apache-2.0)\n",
		"links: {website: [https://example.org], contact: [a@b.c, mailto:a@b.c]}\n",
		"provenance: my-store\n",
		"assumes: [snapd2.55, snapd2.55.4, snap-env, isa-arm64-crc32]\n",
		"system-usernames: {snap_daemon: shared, _daemon_: {scope: shared, x: [1]}}\n",
		"grade: devel\n",
		"grade: ''\n",
		"base: core22\n",
		"confinement: classic\n",
		"title: \n",
		"layout: {/usr/x: {bind: $SNAP/x}, $SNAP/y: {symlink: $SNAP_DATA/y},\n"
		"         /etc/z: {bind-file: $SNAP_COMMON/z}, /opt: {type: tmpfs, mode: 0755}}\n",
		"plugs: {a: {interface: b, x: {k: [1, z, 2.5, true]}}}\n",
		"apps: {a: {command: x, aliases: [a.b_c], common-id: x}}\n",
		"apps: {a: {daemon: notify, command: x, watchdog-timeout: 1s}}\n",
		"apps: {a: {daemon: dbus, command: x, bus-name: org.a}}\n",
		"apps: {a: {daemon: simple, command: x, success-exit-status: [42, 250]}}\n",
		"apps: {a: {daemon: simple, command: x, daemon-scope: user, restart-delay: 0}}\n",
		"apps: {a: {daemon: simple, command: x, refresh-mode: endure}}\n",
		"apps: {a: {command: x, refresh-mode: ignore-running}}\n",
		"apps: {a: {daemon: simple, command: x, stop-mode: sigint-all}}\n",
		"apps: {a: {daemon: simple, command: x, activates-on: [b], slots: [b]}}\n",
		"apps: {a: {daemon: simple, command: x,\n"
		"  sockets: {b: {listen-stream: $SNAP_COMMON/b/c, socket-mode: 0660},\n"
		"            c: {listen-stream: '@snap.app.x'}, d: {listen-stream: 80},\n"
		"            e: {listen-stream: '[::1]:8080', socket-mode: 0o600}}}}\n",
		"apps: {a: }\n",
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		if (look(f, all[i]))
			print_error("refused: %s", all[i]);
		assert_int_equal(f->d.errors, 0);
	}
}

/* Nothing that is the system's, or every snap's, can be covered. */
static void reserved_layouts(void **state)
{
	static const char *const places[] = {
		"/dev/x",  "/proc",	 "/sys/x",  "/run/x",	     "/tmp",
		"/home/x", "/var/run/x", "/snap/x", "/var/snap/b/x", "/usr/lib/bulkhead",
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(places); i++)
		assert_int_equal(
			look(f, mem_printf(&f->a, "layout: {%s: {bind: $SNAP/x}}\n", places[i])),
			-1);
}

/* The paths of a layout are those of the revision and the instance that are built. */
static void layouts(void **state)
{
	struct fixture *f = *state;

	f->given.key = "two";
	assert_int_equal(look(f, "layout: {/usr/x: {bind: $SNAP/x}, $SNAP_DATA/y: {type: tmpfs,\n"
				 "  mode: 0700}, /etc/z: {bind-file: $SNAP_COMMON/z}}\n"),
			 0);
	assert_int_equal(f->snap.layout_count, 3);
	assert_int_equal(f->snap.layouts[0].kind, MODEL_LAYOUT_BIND);
	assert_string_equal(f->snap.layouts[0].source, "/snap/app_two/x1/x");
	assert_string_equal(f->snap.layouts[1].path, "/var/snap/app_two/x1/y");
	assert_int_equal(f->snap.layouts[1].kind, MODEL_LAYOUT_TMPFS);
	assert_int_equal(f->snap.layouts[1].mode, 0700);
	assert_int_equal(f->snap.layouts[2].kind, MODEL_LAYOUT_BIND_FILE);
	assert_string_equal(f->snap.layouts[2].source, "/var/snap/app_two/common/z");
	assert_int_equal(look(f, "layout: {/usr/x: {bind: /var/snap/app/common/x}}\n"), -1);
}

static void schedules(void **state)
{
	static const char *const good[] = {
		"mon",
		"10:00",
		"mon,10:00-12:00",
		"0:00~24:00/96",
		"mon2-fri,0:00~10:00,,mon5-fri,0:00-10:00",
		"mon,tue,9:00,10:00",
		"23:00-01:00",
		"mon1-tue1",
		"sat5",
	};
	static const char *const bad[] = {
		"",	     "monday", "mon,",	      ",mon",	   "mon,,", ",,mon",
		"mon6",	     "mon0",   "mon-tue2",    "mon2-wed3", "24:01", "1:0",
		"001:00",    "10:00-", "10:00/0",     "10:00/x",   "10",    "mon 10:00",
		"10:00,mon", "mon-",   "10:00/10000",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		assert_true(model_timer_is_schedule(good[i]));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(model_timer_is_schedule(bad[i]));
}

/* Found in real gadgets: left out, as the reference does, with the name to take. */
static void slots_with_dots(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(look(f, "type: gadget\nslots:\n  spidev0.0: {interface: spi}\n  ok: \n"),
			 0);
	assert_int_equal(f->snap.slot_count, 1);
	assert_string_equal(f->snap.slots[0].name, "ok");
	assert_int_equal(f->d.count, 1);
	assert_int_equal(f->d.messages[0].loc.line, 5);
	assert_string_equal(f->d.messages[0].hint, "name it \"spidev0-0\"");
}

/* Lists that no snap has end with an error, not with hours. */
static void many(void **state)
{
	struct fixture *f = *state;
	struct str text = { 0 };

	str_add(&text, "plugs:\n");
	for (int i = 0; i < 60000; i++)
		str_printf(&text, "  p%d: network\n", i);
	assert_int_equal(look(f, text.text), -1);
	assert_string_equal(f->d.messages[0].text, "cannot use plugs: more than 8192 names");
	str_free(&text);
	str_add(&text, "apps:\n");
	for (int i = 0; i < 60000; i++)
		str_printf(&text, "  a%d: {command: x}\n", i);
	assert_int_equal(look(f, text.text), -1);
	assert_string_equal(f->d.messages[1].text, "cannot use apps: more than 1024");
	str_free(&text);
	str_add(&text, "hooks:\n");
	for (int i = 0; i < 60000; i++)
		str_printf(&text, "  connect-plug-a%d:\n", i);
	assert_int_equal(look(f, text.text), -1);
	assert_string_equal(f->d.messages[2].text,
			    "cannot use hooks: 60000 of them (1024 at most)");
	str_free(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(hooks, set_up, tear_down),
		cmocka_unit_test_setup_teardown(hook_names, set_up, tear_down),
		cmocka_unit_test_setup_teardown(components, set_up, tear_down),
		cmocka_unit_test_setup_teardown(types, set_up, tear_down),
		cmocka_unit_test_setup_teardown(accepted, set_up, tear_down),
		cmocka_unit_test_setup_teardown(reserved_layouts, set_up, tear_down),
		cmocka_unit_test_setup_teardown(layouts, set_up, tear_down),
		cmocka_unit_test(schedules),
		cmocka_unit_test_setup_teardown(slots_with_dots, set_up, tear_down),
		cmocka_unit_test_setup_teardown(many, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
