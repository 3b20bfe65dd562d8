/* SPDX-License-Identifier: Apache-2.0 */
/* What daemons write to the console, and what /proc must say of them. */
#include "supervise.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "plan.h"
#include "str.h"

static void emit(void *ctx, const char *text, size_t len)
{
	str_add_bytes(ctx, text, len);
}

static void expect_lines(const char *const *parts, const char *want)
{
	CLEANUP_STR struct str out = { 0 };
	const struct lines_to to = { "snap.a.b", emit, &out };
	struct lines l = { 0 };

	for (; *parts; parts++)
		lines_add(&l, &to, *parts, strlen(*parts));
	assert_string_equal(str_text(&out), want);
}

static void test_lines(void **state)
{
	(void)state;
	expect_lines((const char *const[]){ "one\ntw", "o\n\nrest", NULL },
		     "snap.a.b: one\nsnap.a.b: two\nsnap.a.b: \n");
	expect_lines((const char *const[]){ "\033[2J\r\t\\x\177\303\244\n", NULL },
		     "snap.a.b: \\x1b[2J\\x0d\\x09\\x5cx\\x7f\\xc3\\xa4\n");
	/* A daemon cannot speak as another one, or as supervise. */
	expect_lines((const char *const[]){ "bulkhead-supervise: snap.c.d: started\n", NULL },
		     "snap.a.b: bulkhead-supervise: snap.c.d: started\n");
}

static void test_long_line(void **state)
{
	CLEANUP_STR struct str out = { 0 };
	const struct lines_to to = { "l", emit, &out };
	char big[LINES_MAX * 2 + 10];
	struct lines l = { 0 };
	size_t lines = 0;

	(void)state;
	memset(big, 'x', sizeof(big));
	lines_add(&l, &to, big, sizeof(big));
	lines_add(&l, &to, "\0\n", 2);
	for (size_t i = 0; i < out.len; i++)
		lines += out.text[i] == '\n';
	assert_int_equal(lines, 3);
	assert_non_null(strstr(out.text, "x\\x00\n"));
	assert_int_equal(out.len, sizeof(big) + 3 * strlen("l: \n") + 4);
}

#define STATUS(uid, seccomp, nnp, inh, prm, eff, bnd, amb)                                         \
	"Name:\tx\nUid:\t" uid "\t" uid "\t" uid "\t" uid "\nCapInh:\t" inh "\nCapPrm:\t" prm      \
	"\nCapEff:\t" eff "\nCapBnd:\t" bnd "\nCapAmb:\t" amb "\nNoNewPrivs:\t" nnp                \
	"\nSeccomp:\t" seccomp "\nSeccomp_filters:\t1\n"
#define ZERO "0000000000000000"
#define GOOD STATUS("990", "2", "1", ZERO, ZERO, ZERO, ZERO, ZERO)

static const struct expected production = {
	.label = "snap.a.b",
	.layers = PLAN_LAYERS_ALL,
	.caps = 0x400,
	.uid = 990,
};

static void refused(const char *status, const char *current, const char *want)
{
	struct err e = { 0 };

	assert_int_equal(expected_check(&production, status, current, &e), -1);
	assert_string_equal(e.text, want);
}

static void test_expected(void **state)
{
	const char *label = "snap.a.b (enforce)\n";
	struct expected dev = production;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(expected_check(&production, GOOD, label, &e), 0);
	assert_int_equal(expected_check(&production,
					STATUS("990", "2", "1", ZERO, "0000000000000400", ZERO,
					       "0000000000000400", ZERO),
					label, &e),
			 0);
	refused(GOOD, "unconfined\n",
		"its AppArmor label is \"unconfined\", not \"snap.a.b (enforce)\"");
	refused(GOOD, "snap.a.b (complain)\n",
		"its AppArmor label is \"snap.a.b (complain)\", not \"snap.a.b (enforce)\"");
	refused(GOOD, "", "its AppArmor label is \"\", not \"snap.a.b (enforce)\"");
	refused(GOOD, "snap.a.b (enforce)x\n",
		"its AppArmor label is \"snap.a.b (enforce)x\", not \"snap.a.b (enforce)\"");
	refused(STATUS("990", "0", "1", ZERO, ZERO, ZERO, ZERO, ZERO), label,
		"Seccomp is 0, not 2");
	refused(STATUS("990", "2", "0", ZERO, ZERO, ZERO, ZERO, ZERO), label,
		"NoNewPrivs is 0, not 1");
	refused(STATUS("0", "2", "1", ZERO, ZERO, ZERO, ZERO, ZERO), label, "Uid is 0, not 990");
	refused("Name:\tx\n", label, "cannot read Seccomp of its status");
	dev.development = true;
	assert_int_equal(expected_check(&dev, GOOD, "snap.a.b (complain)\n", &e), 0);
	dev.layers = 0;
	assert_int_equal(expected_check(&dev, GOOD, "", &e), 0);
}

#define MORE "0000000000200000"

static void test_expected_caps(void **state)
{
	static const char *const statuses[] = {
		STATUS("990", "2", "1", MORE, ZERO, ZERO, ZERO, ZERO),
		STATUS("990", "2", "1", ZERO, MORE, ZERO, ZERO, ZERO),
		STATUS("990", "2", "1", ZERO, ZERO, MORE, ZERO, ZERO),
		STATUS("990", "2", "1", ZERO, ZERO, ZERO, MORE, ZERO),
		STATUS("990", "2", "1", ZERO, ZERO, ZERO, ZERO, "0000000000000400"),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		struct err e = { 0 };

		assert_int_equal(
			expected_check(&production, statuses[i], "snap.a.b (enforce)\n", &e), -1);
		assert_non_null(strstr(e.text, "its plan allows"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_long_line),
		cmocka_unit_test(test_expected),
		cmocka_unit_test(test_expected_caps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
