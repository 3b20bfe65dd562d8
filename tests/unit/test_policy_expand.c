/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "expand.h"
#include "str.h"

struct fixture {
	struct mem_arena a;
	struct meta_diag d;
	struct expand x;
	struct expand_texts out;
};

static const char *list_items[] = { "/dev/a", "/dev/b" };

static int set_up(void **state)
{
	static struct fixture f;

	f = (struct fixture){ 0 };
	f.x = (struct expand){ .a = &f.a, .d = &f.d };
	policy_expand_add(&f.x, "path", "/dev/i2c-7");
	policy_expand_add(&f.x, "vendor", "1027");
	policy_expand_add(&f.x, "big", "65536");
	policy_expand_add(&f.x, "word", "abc");
	policy_expand_add(&f.x, "none", NULL);
	policy_expand_add(&f.x, "nodes", "");
	f.x.values[f.x.count - 1].items = list_items;
	f.x.values[f.x.count - 1].count = 2;
	f.x.values[f.x.count - 1].list = true;
	policy_expand_add(&f.x, "others", "");
	f.x.values[f.x.count - 1].list = true;
	*state = &f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	mem_free(&f->a);
	meta_diag_free(&f->d);
	return 0;
}

static int expand(struct fixture *f, const char *text, enum expand_layer layer)
{
	const struct model_line line = { text, { "i.yaml", 4, 9 } };

	return policy_expand_line(&f->x, &line, layer, &f->out);
}

static void replaces(void **state)
{
	static const struct {
		const char *line, *text;
	} cases[] = {
		{ "plain", "plain" },
		{ "%{path} rw,", "/dev/i2c-7 rw," },
		{ "a%{path|base}b", "ai2c-7b" },
		{ "/sys/%{path|after:/dev/i2c-}/** r,", "/sys/7/** r," },
		{ "%{path|base|after:i2c-|hex2}", "07" },
		{ "%{vendor|hex4}", "0403" },
		{ "%{vendor|dec}-%{word}", "1027-abc" },
		{ "100%", "100%" },
		{ "%{word}%{word}", "abcabc" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(expand(f, cases[i].line, EXPAND_APPARMOR), 0);
		assert_int_equal(f->out.count, 1);
		assert_string_equal(f->out.items[0], cases[i].text);
	}
}

static void maps_over_lists(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(expand(f, "%{nodes} r, %{nodes|base} %{word}", EXPAND_APPARMOR), 0);
	assert_int_equal(f->out.count, 2);
	assert_string_equal(f->out.items[0], "/dev/a r, a abc");
	assert_string_equal(f->out.items[1], "/dev/b r, b abc");
}

static void drops_absent(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(expand(f, "%{word} %{none} r,", EXPAND_APPARMOR), 0);
	assert_int_equal(f->out.count, 0);
}

static void refuses(void **state)
{
	static const struct {
		const char *line, *message;
		unsigned col;
	} cases[] = {
		{ "x %{gone}", "cannot use placeholder %{gone}: no attribute \"gone\"", 11 },
		{ "%{word", "cannot use placeholder: \"%{\" has no \"}\"", 9 },
		{ "%{word|upper}",
		  "cannot use placeholder %{word|upper}: unknown filter \"upper\", expected base, "
		  "dir, after:PREFIX, hex2, hex4, dec, bus-path, others, of-path, key, "
		  "drop:WORDS or "
		  "join:TEXT",
		  9 },
		{ "%{word|hex2:3}",
		  "cannot use placeholder %{word|hex2:3}: unknown filter \"hex2:3\", expected "
		  "base, "
		  "dir, after:PREFIX, hex2, hex4, dec, bus-path, others, of-path, key, "
		  "drop:WORDS or "
		  "join:TEXT",
		  9 },
		{ "%{word|hex2}",
		  "cannot use placeholder %{word|hex2}: value \"abc\", expected a number of at "
		  "most 255",
		  9 },
		{ "%{vendor|hex2}",
		  "cannot use placeholder %{vendor|hex2}: value \"1027\", expected a number of "
		  "at most 255",
		  9 },
		{ "%{big|hex4}",
		  "cannot use placeholder %{big|hex4}: value \"65536\", expected a number of at "
		  "most 65535",
		  9 },
		{ "%{word|dec}",
		  "cannot use placeholder %{word|dec}: value \"abc\", expected a number", 9 },
		{ "%{path|after:/sys/}",
		  "cannot use placeholder %{path|after:/sys/}: value \"/dev/i2c-7\", expected a "
		  "value that begins with that prefix",
		  9 },
		{ "%{path|after:/dev/i2c-7}",
		  "cannot use \"\" for %{path|after:/dev/i2c-7}: it is empty", 9 },
		{ "%{nodes} %{others}",
		  "cannot use placeholder %{others}: \"others\" is a second list on one line", 18 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct fixture *f;

		tear_down(state);
		set_up(state);
		f = *state;
		assert_int_equal(expand(f, cases[i].line, EXPAND_APPARMOR), -1);
		assert_int_equal(f->d.count, 1);
		assert_string_equal(f->d.messages[0].text, cases[i].message);
		assert_int_equal(f->d.messages[0].loc.line, 4);
		assert_int_equal(f->d.messages[0].loc.col, cases[i].col);
	}
}

static void asks_the_board(void **state)
{
	static struct model_hardware hardware[] = {
		{ .of_path = "/pins@1", .chip = "other" },
		{ .of_path = "/pins@2", .chip = "abc" },
		{ .of_path = "/pins@3", .node = "/dev/gpiochip3" },
		{ .of_path = "/pins@2", .node = "/dev/ttyS1" },
		{ .of_path = "/pins@2", .chip = "second" },
	};
	struct model_board board = { .hardware = hardware, .hardware_count = 4 };
	const struct meta_loc slot = { .file = "snap.yaml", .line = 12, .col = 3 };
	struct fixture *f = *state;

	/* Without a board, and whoever named the chip. */
	assert_int_equal(expand(f, "%{word|of-path}", EXPAND_UDEV), -1);
	assert_string_equal(f->d.messages[0].text,
			    "cannot use placeholder %{word|of-path}: value \"abc\", expected the "
			    "label of a chip that board.yaml lists under \"hardware\" with an "
			    "of-path of its own");
	f->x.board = &board;
	f->x.user = &slot;
	assert_int_equal(expand(f, "%{word|of-path}", EXPAND_UDEV), 0);
	assert_string_equal(f->out.items[0], "/pins@2");
	/* Two chips that the path would find. */
	board.hardware_count = 5;
	assert_int_equal(expand(f, "%{word|of-path}", EXPAND_UDEV), -1);
	assert_string_equal(f->d.messages[1].text,
			    "cannot use word \"abc\": expected the label of a chip that board.yaml "
			    "lists under \"hardware\" with an of-path of its own");
	assert_int_equal(f->d.messages[1].loc.line, 12);
}

/* N-11, N-55: no byte that a layer's language reads as more than a value gets into it. */
static void values_stay_values(void **state)
{
	static const char *const bad[] = {
		[EXPAND_APPARMOR] = " \t\n\"',#{}[]()*?^\\@=<>|&;$%!~\x01\x7f\xff",
		[EXPAND_SECCOMP] = " \t\n\"'#/.,|~:+@=!<>&*",
		[EXPAND_UDEV] = "\t\n\"'{}\\|$%`!~^&;<>\x01\x7f\xff",
		[EXPAND_PATH] = " \t\n\"',#{}[]()*?^\\<>|&;$%!~\x01\x7f\xff",
	};
	struct fixture *f = *state;

	for (size_t layer = 0; layer < ARRAY_SIZE(bad); layer++) {
		for (const char *p = bad[layer]; *p; p++) {
			const char value[] = { 'a', *p, 'b', '\0' };

			f->x.values[0].items[0] = value;
			assert_int_equal(expand(f, "%{path}", (enum expand_layer)layer), -1);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(replaces, set_up, tear_down),
		cmocka_unit_test_setup_teardown(maps_over_lists, set_up, tear_down),
		cmocka_unit_test_setup_teardown(drops_absent, set_up, tear_down),
		cmocka_unit_test_setup_teardown(asks_the_board, set_up, tear_down),
		cmocka_unit_test_setup_teardown(refuses, set_up, tear_down),
		cmocka_unit_test_setup_teardown(values_stay_values, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
