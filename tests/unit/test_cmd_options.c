/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cmd.h"

#define WORDS_MAX 8

/* Parses words, which end with NULL, as the command line of a command with all options. */
static int parse(struct mem_arena *a, const char *const *words, struct cmd_args *args,
		 struct err *e)
{
	char *argv[WORDS_MAX + 1] = { 0 };

	for (size_t i = 0; words[i] && i < WORDS_MAX; i++)
		argv[i] = mem_strdup(a, words[i]);
	*args = (struct cmd_args){ 0 };
	return cmd_parse(a, argv, ~0u, args, e);
}

static void forms(void **state)
{
	static const char *const lines[][WORDS_MAX] = {
		{ "-o", "dir", "x", NULL },    { "-odir", "x", NULL },
		{ "--out", "dir", "x", NULL }, { "--out=dir", "x", NULL },
		{ "x", "-o", "dir", NULL },    { "-o", "dir", "--", "x", NULL },
	};
	struct mem_arena a = { 0 };
	struct cmd_args args;
	struct err e = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		assert_int_equal(parse(&a, lines[i], &args, &e), 0);
		assert_string_equal(args.out, "dir");
		assert_int_equal(args.count, 1);
		assert_string_equal(args.operands[0], "x");
		assert_null(args.operands[1]);
	}
	mem_free(&a);
}

static void lists(void **state)
{
	static const char *const line[] = {
		"--snap", "a", "b", "--snap=c", "--connect", "d", NULL
	};
	struct mem_arena a = { 0 };
	struct cmd_args args;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(parse(&a, line, &args, &e), 0);
	assert_int_equal(args.snaps.count, 2);
	assert_string_equal(args.snaps.items[0], "a");
	assert_string_equal(args.snaps.items[1], "c");
	assert_int_equal(args.connections.count, 1);
	assert_string_equal(args.connections.items[0], "d");
	assert_int_equal(args.count, 1);
	assert_string_equal(args.operands[0], "b");
	mem_free(&a);
}

static void switches(void **state)
{
	static const char *const line[] = { "-n", "--", "-o", "-", NULL };
	struct mem_arena a = { 0 };
	struct cmd_args args;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(parse(&a, line, &args, &e), 0);
	assert_true(args.dry_run);
	assert_false(args.help);
	assert_null(args.out);
	assert_int_equal(args.count, 2);
	assert_string_equal(args.operands[0], "-o");
	assert_string_equal(args.operands[1], "-");
	mem_free(&a);
}

/* No option begins with a digit: arguments of system calls are negative at times. */
static void numbers(void **state)
{
	static const char *const line[] = { "sim", "-1", "-n", "-42", "-", NULL };
	struct mem_arena a = { 0 };
	struct cmd_args args;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(parse(&a, line, &args, &e), 0);
	assert_int_equal(args.count, 4);
	assert_string_equal(args.operands[1], "-1");
	assert_string_equal(args.operands[2], "-42");
	assert_true(args.dry_run);
	mem_free(&a);
}

static void refused(void **state)
{
	static const struct {
		const char *words[WORDS_MAX];
		const char *text;
	} lines[] = {
		{ { "-o", NULL }, "cannot use option --out: it needs DIR" },
		{ { "--out=", NULL }, "cannot use option --out: it needs DIR" },
		{ { "--out", "", NULL }, "cannot use option --out: it needs DIR" },
		{ { "--ou", "x", NULL }, "cannot use option --ou: unknown" },
		{ { "--outer=x", NULL }, "cannot use option --outer=x: unknown" },
		{ { "-z", NULL }, "cannot use option -z: unknown" },
		{ { "--dry-run=yes", NULL }, "cannot use option --dry-run=yes: it takes no value" },
		{ { "-nx", NULL }, "cannot use option -nx: it takes no value" },
	};
	struct mem_arena a = { 0 };
	struct cmd_args args;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		struct err e = { 0 };

		assert_int_equal(parse(&a, lines[i].words, &args, &e), -1);
		assert_string_equal(e.text, lines[i].text);
	}
	mem_free(&a);
}

/* A command has the options of its sets, and those of all. */
static void sets(void **state)
{
	struct mem_arena a = { 0 };
	char *out[] = { mem_strdup(&a, "-odir"), NULL };
	char *help[] = { mem_strdup(&a, "--help"), NULL };
	struct cmd_args args = { 0 };
	struct err e = { 0 };

	(void)state;
	assert_int_equal(cmd_parse(&a, out, CMD_OPTION_DATA, &args, &e), -1);
	assert_int_equal(cmd_parse(&a, help, 0, &args, &e), 0);
	assert_true(args.help);
	mem_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forms),   cmocka_unit_test(lists),   cmocka_unit_test(switches),
		cmocka_unit_test(numbers), cmocka_unit_test(refused), cmocka_unit_test(sets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
