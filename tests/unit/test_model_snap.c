/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/resource.h>

#include "duration.h"
#include "names.h"
#include "snap_fixture.h"
#include "str.h"

static int read_snap(struct fixture *f, const char *text)
{
	return model_read_snap(&f->a, yaml(f, "snap.yaml", text), &f->m, &f->snap, &f->d);
}

static const struct model_app *app_of(const struct fixture *f, const char *name)
{
	for (size_t i = 0; i < f->snap.app_count; i++)
		if (str_eq(f->snap.apps[i].name, name))
			return &f->snap.apps[i];
	fail();
	return NULL;
}

static void fields(void **state)
{
	struct fixture *f = *state;
	const struct model_app *app;

	assert_int_equal(read_snap(f, "name: sensord\n"
				      "version: 1.10\n"
				      "environment: {B: $SNAP/x, A: ''}\n"
				      "apps:\n"
				      "  run:\n"
				      "    command: bin/run  --fast $SNAP_DATA/x\n"
				      "    command-chain: [bin/first, bin/second]\n"
				      "    daemon: forking\n"
				      "    restart-condition: 'no'\n"
				      "    restart-delay: 1m30s\n"
				      "    stop-timeout: 1.5s\n"
				      "    environment: {Z: 1}\n"),
			 0);
	assert_string_equal(f->snap.name, "sensord");
	assert_string_equal(f->snap.instance, "sensord");
	assert_string_equal(f->snap.version, "1.10");
	assert_string_equal(f->snap.revision, "x1");
	/* The order is the writer's: later values may use earlier ones. */
	assert_string_equal(f->snap.env[0].name, "B");
	assert_string_equal(f->snap.env[0].value, "$SNAP/x");
	assert_string_equal(f->snap.env[1].name, "A");
	assert_string_equal(f->snap.env[1].value, "");
	app = app_of(f, "run");
	assert_string_equal(app->label, "snap.sensord.run");
	assert_ptr_equal(app->snap, &f->snap);
	assert_int_equal(app->argc, 5);
	assert_string_equal(app->argv[0], "bin/first");
	assert_string_equal(app->argv[1], "bin/second");
	assert_string_equal(app->argv[2], "bin/run");
	assert_string_equal(app->argv[3], "--fast");
	assert_string_equal(app->argv[4], "$SNAP_DATA/x");
	assert_int_equal(app->daemon, MODEL_DAEMON_FORKING);
	assert_int_equal(app->restart, MODEL_RESTART_NEVER);
	assert_int_equal(app->restart_delay_ms, 90000);
	assert_int_equal(app->stop_timeout_ms, 1500);
	assert_int_equal(app->start_timeout_ms, 30000);
	assert_int_equal(app->env_count, 1);
	assert_int_equal(f->d.count, 0);
}

/* What an app names is its own; what none names is everybody's. */
static void scoping(void **state)
{
	struct fixture *f = *state;
	const struct model_app *one;
	const struct model_app *two;

	assert_int_equal(read_snap(f, "name: app\n"
				      "version: 1\n"
				      "plugs:\n"
				      "  network:\n"
				      "  net: network\n"
				      "  mine: {interface: i2c, label: L, path: /dev/i2c-1}\n"
				      "slots:\n"
				      "  out: {interface: content}\n"
				      "apps:\n"
				      "  one: {command: a, plugs: [mine, home, mine]}\n"
				      "  two: {command: a, plugs: [home]}\n"),
			 0);
	one = app_of(f, "one");
	two = app_of(f, "two");
	assert_string_equal(names_of(f, one->plugs, one->plug_count), "home mine net network");
	assert_string_equal(names_of(f, two->plugs, two->plug_count), "home net network");
	assert_string_equal(names_of(f, one->slots, one->slot_count), "out");
	assert_string_equal(names_of(f, two->slots, two->slot_count), "out");
	/* One plug, however many apps name it. */
	assert_int_equal(f->snap.plug_count, 4);
	assert_ptr_equal(one->plugs[0], two->plugs[0]);
	assert_string_equal(one->plugs[0]->interface, "home");
	assert_int_equal(one->plugs[0]->loc.line, 10);
	assert_string_equal(one->plugs[2]->interface, "network");
	assert_string_equal(one->plugs[1]->interface, "i2c");
	/* Neither "interface" nor "label" is an attribute. */
	assert_int_equal(one->plugs[1]->attrs->count, 1);
	assert_string_equal(meta_get(one->plugs[1]->attrs, "path")->text, "/dev/i2c-1");
	assert_null(one->plugs[2]->attrs);
	assert_ptr_equal(one->plugs[1]->snap, &f->snap);
}

static void order(void **state)
{
	struct fixture *f = *state;
	const struct model_app *c;

	assert_int_equal(read_snap(f, "name: app\n"
				      "version: 1\n"
				      "apps:\n"
				      "  c: {command: x, daemon: simple, after: [b, b]}\n"
				      "  b: {command: x, daemon: simple}\n"
				      "  a: {command: x, daemon: simple, before: [c, b]}\n"),
			 0);
	c = app_of(f, "c");
	assert_int_equal(c->after_count, 2);
	assert_ptr_equal(c->after[0], app_of(f, "a"));
	assert_ptr_equal(c->after[1], app_of(f, "b"));
	assert_int_equal(app_of(f, "b")->after_count, 1);
	assert_int_equal(app_of(f, "a")->after_count, 0);
}

/* As many as there can be: what is kept of them grows with their number only. */
static void order_of_many(void **state)
{
	enum { APPS = 1024 };
	struct fixture *f = *state;
	struct str text = { 0 };
	struct rusage before, after;

	str_add(&text, "name: app\nversion: 1\napps:\n");
	for (int i = 0; i < APPS; i++) {
		str_printf(&text, "  a%d: {command: x, daemon: simple, after: [", i);
		for (int k = 0; k < i; k += 8)
			str_printf(&text, "a%d, ", k);
		str_add(&text, "]}\n");
	}
	assert_int_equal(getrusage(RUSAGE_SELF, &before), 0);
	assert_int_equal(read_snap(f, str_text(&text)), 0);
	assert_int_equal(getrusage(RUSAGE_SELF, &after), 0);
	assert_int_equal(app_of(f, "a0")->after_count, 0);
	assert_int_equal(app_of(f, "a1023")->after_count, APPS / 8);
	assert_in_range(after.ru_maxrss - before.ru_maxrss, 0, 256 << 10);
	str_free(&text);
}

static void unknown_interface_warns(void **state)
{
	static struct model_variant plug = { .name = "plug", .auto_connect = -1 };
	static struct model_iface ifaces[] = {
		{ .name = "network", .plug_variants = &plug, .plug_variant_count = 1 }
	};
	struct fixture *f = *state;

	f->m.ifaces = ifaces;
	f->m.iface_count = 1;
	assert_int_equal(
		read_snap(f, "name: app\nversion: 1\nplugs: {netwrok: , network: , x11: }\n"), 0);
	assert_int_equal(f->d.count, 2);
	assert_int_equal(f->d.errors, 0);
	assert_string_equal(f->d.messages[0].text,
			    "cannot use plug \"netwrok\": no interface \"netwrok\"");
	assert_string_equal(f->d.messages[0].hint, "did you mean \"network\"?");
	assert_string_equal(f->d.messages[1].text, "cannot use plug \"x11\": no interface \"x11\"");
	assert_string_equal(f->d.messages[1].hint,
			    "\"bulkhead interface\" lists those that are here");
	assert_null(f->snap.plugs[0].iface);
	assert_ptr_equal(f->snap.plugs[1].iface, &ifaces[0]);
}

static void unknown_key_warns(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(read_snap(f, "name: app\nversion: 1\nsumary: x\ntitle: y\n"), 0);
	assert_int_equal(f->d.count, 1);
	assert_string_equal(f->d.messages[0].hint, "did you mean \"summary\"?");
}

/* One run tells all errors. */
static void all_errors(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(read_snap(f, "name: app\n"
				      "version: 1\n"
				      "apps:\n"
				      "  a_: {command: x}\n"
				      "  b: {command: ../x}\n"
				      "  c: {command: x, daemon: y}\n"),
			 -1);
	assert_int_equal(f->d.errors, 3);
}

/* What is wrong with an app hides nothing of its plugs, and one plug nothing of another. */
static void errors_of_all_parts(void **state)
{
	static const char *const expected[] = {
		"3:15: cannot use \"B C\" as the name of a variable",
		"3:28: cannot use D: its value has more than one line",
		"5:6: cannot use plug \"a\": expected an interface or a map, got 7",
		"6:22: cannot use attribute \"$x\" of \"b\": the name is reserved",
		"7:3: cannot use \"E\" as the name of a plug: expected lower-case letters, digits "
		"and "
		"single hyphens",
		"8:9: cannot use slot \"f\": a plug has the same name",
		"10:16: cannot use command \"x;y\": expected letters, digits and the bytes \"/. "
		"_#:$-\"",
		"10:39: cannot use command-chain \"c d\": expected a clean path relative to the "
		"snap",
		"10:53: cannot use \"9\" as the name of a plug: expected lower-case letters, "
		"digits and "
		"single hyphens",
		"10:56: cannot use plugs: expected text, got a list",
	};
	struct fixture *f = *state;

	assert_int_equal(
		read_snap(f, "name: app\n"
			     "version: 1\n"
			     "environment: {\"B C\": 2, D: \"x\\ny\"}\n"
			     "plugs:\n"
			     "  a: 7\n"
			     "  b: {interface: x1, $x: 1}\n"
			     "  E: x1\n"
			     "slots: {f: null}\n"
			     "apps:\n"
			     "  a: {command: 'x;y', command-chain: [c d], plugs: [9, [f], f]}\n"),
		-1);
	expect_messages(f, expected, ARRAY_SIZE(expected));
}

/* One wrong name does not hide the next, nor the circle that the right ones make. */
static void errors_of_order(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(
		read_snap(f, "name: app\n"
			     "version: 1\n"
			     "apps:\n"
			     "  a: {command: x, daemon: simple, after: [nix, b], before: [no]}\n"
			     "  b: {command: x, daemon: simple, after: [a]}\n"),
		-1);
	meta_sort(&f->d);
	assert_int_equal(f->d.errors, 3);
	assert_string_equal(f->d.messages[0].text,
			    "cannot use app \"a\": after and before go in a circle");
	assert_string_equal(f->d.messages[1].text, "cannot use after: no app \"nix\"");
	assert_string_equal(f->d.messages[2].text, "cannot use before: no app \"no\"");
}

static void durations(void **state)
{
	static const struct {
		const char *text;
		unsigned ms;
	} good[] = {
		{ "0", 0 },	     { "30s", 30000 },	  { "1m30s", 90000 },
		{ "500ms", 500 },    { "1.5h", 5400000 }, { "0.25s", 250 },
		{ "24h", 86400000 }, { "100us", 0 },	  { "1h1m1s1ms", 3661001 },
	};
	static const char *const bad[] = {
		"",	 "30",	  "s",
		"-1s",	 "1d",	  "1s ",
		" 1s",	 "24h1s", "99999999999999999999s",
		"1..5s", "1e3s",  "1,5s",
		"1sx",
	};
	unsigned ms;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		assert_int_equal(model_duration_parse(good[i].text, &ms), 0);
		assert_int_equal(ms, good[i].ms);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(model_duration_parse(bad[i], &ms), -1);
}

static void names(void **state)
{
	static const char long_key[] = "abcdefghijk";

	(void)state;
	assert_true(model_names_is_snap("a1"));
	assert_true(model_names_is_snap("0-a-0"));
	assert_false(model_names_is_snap("a"));
	assert_false(model_names_is_snap("10"));
	assert_false(model_names_is_snap("-ab"));
	assert_false(model_names_is_snap("ab-"));
	assert_false(model_names_is_snap("a--b"));
	assert_false(model_names_is_snap("a_b"));
	assert_false(model_names_is_snap("aB"));
	assert_false(model_names_is_snap("a b"));
	assert_false(model_names_is_snap("abcdefghijabcdefghijabcdefghijabcdefghij1"));
	assert_true(model_names_is_snap("abcdefghijabcdefghijabcdefghijabcdefghij"));
	assert_true(model_names_is_key("a1"));
	assert_false(model_names_is_key(""));
	assert_false(model_names_is_key(long_key));
	assert_false(model_names_is_key("a-b"));
	assert_true(model_names_is_app("Run-2"));
	assert_false(model_names_is_app("run_2"));
	assert_false(model_names_is_app("run."));
	assert_true(model_names_is_end("i2c-1"));
	assert_false(model_names_is_end("1i2c"));
	assert_false(model_names_is_end("i2c/1"));
	assert_true(model_names_is_version("1.0+git~a"));
	assert_false(model_names_is_version("1.0."));
	assert_false(model_names_is_version(".1"));
	assert_false(model_names_is_version("1 0"));
	assert_false(model_names_is_version("123456789012345678901234567890123"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(fields, set_up, tear_down),
		cmocka_unit_test_setup_teardown(scoping, set_up, tear_down),
		cmocka_unit_test_setup_teardown(order, set_up, tear_down),
		cmocka_unit_test_setup_teardown(order_of_many, set_up, tear_down),
		cmocka_unit_test_setup_teardown(unknown_interface_warns, set_up, tear_down),
		cmocka_unit_test_setup_teardown(unknown_key_warns, set_up, tear_down),
		cmocka_unit_test_setup_teardown(all_errors, set_up, tear_down),
		cmocka_unit_test_setup_teardown(errors_of_all_parts, set_up, tear_down),
		cmocka_unit_test_setup_teardown(errors_of_order, set_up, tear_down),
		cmocka_unit_test(durations),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
