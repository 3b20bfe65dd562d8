/* SPDX-License-Identifier: Apache-2.0 */
/* What udevd, or anybody else, starts the helper with. */
#include "helper.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "mem.h"

#define LABEL "snap.demo.app"

static int read_event(const char *label, const char *variable, struct helper_event *event,
		      struct err *e)
{
	const char *argv[] = { "bulkhead-device", label, NULL };
	const char *env[] = { "SUBSYSTEM=tty", variable, "ACTIONS=x", NULL };

	return helper_event_read(argv, env, event, e);
}

static void test_actions(void **state)
{
	static const struct {
		const char *variable;
		bool known, asks;
	} cases[] = {
		{ "ACTION=add", true, true },
		{ "ACTION=change", true, true },
		{ "ACTION=bind", true, true },
		{ "ACTION=move", true, true },
		{ "ACTION=online", true, true },
		{ "ACTION=offline", true, true },
		{ "ACTION=remove", true, true },
		{ "ACTION=unbind", true, false },
		{ "ACTION=conjure", false, false },
		{ "ACTION=adds", false, false },
		{ "ACTION=abcdefghijklmnop", false, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct helper_event event;
		struct err e = { 0 };

		assert_int_equal(read_event(LABEL, cases[i].variable, &event, &e), 0);
		assert_string_equal(event.label, LABEL);
		assert_string_equal(event.action, strchr(cases[i].variable, '=') + 1);
		if (event.known != cases[i].known || event.asks != cases[i].asks)
			fail_msg("%s", cases[i].variable);
	}
}

static void refused(const char *const argv[], const char *const env[], const char *want)
{
	struct helper_event event;
	struct err e = { 0 };

	assert_int_equal(helper_event_read(argv, env, &event, &e), -1);
	assert_string_equal(e.text, want);
}

static void test_environment(void **state)
{
	static const char want[] = "cannot use this environment: expected ACTION of an event";
	static const char *const bad[] = { "ACTION=",	   "ACTION=Add", "ACTION=add ",
					   "ACTION=add\n", "ACTION=a%n", "ACTION=\x1b[2J",
					   "action=add",   "ACTION",	 "ACTION=abcdefghijklmnopq",
					   "ACTION=\xff" };
	const char *const argv[] = { "bulkhead-device", LABEL, NULL };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		refused(argv, (const char *const[]){ bad[i], NULL }, want);
	refused(argv, (const char *const[]){ NULL }, want);
	refused(argv, NULL, want);
	refused(argv, (const char *const[]){ "ACTION=add", "ACTION=remove", NULL }, want);
	refused(argv, (const char *const[]){ "ACTION=add", "ACTION=add", NULL }, want);
}

static void test_arguments(void **state)
{
	static const char want[] = "cannot use these arguments: expected LABEL (run by udevd)";
	static const char *const bad[] = { "", "demo.app", "../snap.demo.app", "snap.demo.app\n",
					   "snap.demo/app" };
	const char *const env[] = { "ACTION=add", NULL };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		refused((const char *const[]){ "bulkhead-device", bad[i], NULL }, env, want);
	refused((const char *const[]){ NULL }, env, want);
	refused((const char *const[]){ "bulkhead-device", NULL }, env, want);
	refused((const char *const[]){ "bulkhead-device", LABEL, LABEL, NULL }, env, want);
}

/* The number is one, or nobody knows: neither is refused. */
static void test_numbers(void **state)
{
	static const struct {
		const char *env[5];
		struct sys_device_key key;
	} rows[] = {
		{ { "SUBSYSTEM=tty", "MAJOR=188", "MINOR=0" }, { PLAN_DEVICE_CHAR, 188, 0 } },
		{ { "SUBSYSTEM=block", "MAJOR=8", "MINOR=1048575" },
		  { PLAN_DEVICE_BLOCK, 8, 1048575 } },
		{ { "MAJOR=188", "MINOR=0" }, { 0 } },
		{ { "SUBSYSTEM=tty" }, { 0 } },
		{ { "SUBSYSTEM=tty", "MAJOR=188" }, { 0 } },
		{ { "SUBSYSTEM=tty", "MAJOR=0", "MINOR=0" }, { 0 } },
		{ { "SUBSYSTEM=tty", "MAJOR=188", "MINOR=-1" }, { 0 } },
		{ { "SUBSYSTEM=tty", "MAJOR=188", "MINOR=4294967296" }, { 0 } },
		{ { "SUBSYSTEM=tty", "MAJOR=188 ", "MINOR=0" }, { 0 } },
		{ { "SUBSYSTEM=tty", "MAJOR=188", "MINOR=0", "MINOR=1" }, { 0 } },
		{ { "SUBSYSTEM=tty", "MAJOR=188", "MINOR=0", "SUBSYSTEM=block" }, { 0 } },
	};
	const char *const argv[] = { "bulkhead-device", LABEL, NULL };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *env[7] = { "ACTION=add" };
		struct helper_event event;
		struct err e = { 0 };

		memcpy(env + 1, rows[i].env, sizeof(rows[i].env));
		assert_int_equal(helper_event_read(argv, env, &event, &e), 0);
		assert_true(event.asks);
		if (memcmp(&event.key, &rows[i].key, sizeof(event.key)))
			fail_msg("%zu", i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_actions),
		cmocka_unit_test(test_environment),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_arguments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
