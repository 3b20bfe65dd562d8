/* SPDX-License-Identifier: Apache-2.0 */
/* What the caller hands over, all of it hostile: environment and descriptors. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "build.h"
#include "launch.h"
#include "mem.h"
#include "str.h"
#include "sys_fake.h"

#define ALL_PASS PLAN_PASS_ALL

/* Reads the environment and builds the app's; out is it as lines, or the refusal. */
static int pass(char *environ_[], uint32_t pass_mask, uint32_t passed_fds, struct str *out)
{
	struct build_plan p = { 0 };
	struct launch l = LAUNCH_INIT;
	struct err e = { 0 };
	size_t size;
	int r;

	build_plan_start(&p);
	p.header.pass = pass_mask;
	p.header.passed_fds = passed_fds;
	build_plan_text(&p, PLAN_TABLE_ENV, "SNAP=/snap/demo/x1");
	l.plan_bytes = build_plan_end(&p, &size);
	assert_int_equal(plan_read(l.plan_bytes, size, &l.plan, &e), 0);
	r = launch_caller_read(environ_, &l.caller, &e) || launch_environment(&l, &e) ||
	    launch_descriptors(&l, &e);
	for (size_t i = 0; !r && l.envp[i]; i++)
		str_printf(out, "%s\n", l.envp[i]);
	if (r)
		str_add(out, e.text);
	launch_release(&l);
	return r;
}

static void check(const char *const vars[], uint32_t mask, uint32_t fds, const char *want)
{
	CLEANUP_STR struct str out = { 0 };
	char *environ_[16] = { NULL };

	sys_fake_reset();
	for (size_t i = 0; vars[i]; i++)
		environ_[i] = mem_must(strdup(vars[i]));
	(void)!pass(environ_, mask, fds, &out);
	for (size_t i = 0; environ_[i]; i++)
		free(environ_[i]);
	assert_string_equal(str_text(&out), want);
}

#define VARS(...) ((const char *const[]){ __VA_ARGS__, NULL })
#define OWN	  "SNAP=/snap/demo/x1\n"

static void test_nothing_else_passes(void **state)
{
	(void)state;
	check(VARS("LD_PRELOAD=/x.so", "LD_LIBRARY_PATH=:", "GCONV_PATH=/x", "TMPDIR=/x",
		   "SNAP=/evil", "PATH=/evil", "=x", "", "TERM", "TERMX=1", "NOTIFY_SOCKET2=/x"),
	      ALL_PASS, 0, OWN);
	check(VARS("TERM=xterm", "NOTIFY_SOCKET=/run/n", "WATCHDOG_USEC=5"), 0, 0, OWN);
}

static void test_passes(void **state)
{
	(void)state;
	check(VARS("TERM=xterm-256color", "NOTIFY_SOCKET=@abc", "WATCHDOG_USEC=5000000",
		   "WATCHDOG_PID=4242"),
	      ALL_PASS, 0,
	      OWN "NOTIFY_SOCKET=@abc\nWATCHDOG_USEC=5000000\nWATCHDOG_PID=4242\n"
		  "TERM=xterm-256color\n");
	check(VARS("LISTEN_FDS=2", "LISTEN_PID=4242", "LISTEN_FDNAMES=a:b"), ALL_PASS, 2,
	      OWN "LISTEN_FDS=2\nLISTEN_FDNAMES=a:b\nLISTEN_PID=4242\n");
	assert_non_null(
		strstr(sys_fake_text(), "<stderr>\nfstat <?>\nfstat <?>\nclose_range 5 end\n"));
	assert_non_null(strstr(sys_fake_text(), "fcntl 3 setfd 0\nfcntl 4 setfd 0\n"
						"close_range 5 end at exec\n"));
}

/* Variables that name another process are not for this one: neither they nor descriptors pass. */
static void test_for_another(void **state)
{
	(void)state;
	check(VARS("LISTEN_FDS=2", "LISTEN_PID=4243"), ALL_PASS, 2, OWN);
	assert_non_null(strstr(sys_fake_text(), "close_range 3 end\n"));
	check(VARS("LISTEN_FDS=2"), ALL_PASS, 2, OWN);
	check(VARS("WATCHDOG_USEC=1", "WATCHDOG_PID=1"), ALL_PASS, 0, OWN);
}

static void test_malformed(void **state)
{
	static const struct {
		const char *var;
		const char *text;
	} rows[] = {
		{ "TERM=", "cannot pass TERM: its value is malformed" },
		{ "TERM=a b", "cannot pass TERM: its value is malformed" },
		{ "TERM=\033[2J", "cannot pass TERM: its value is malformed" },
		{ "TERM=a\nLD_PRELOAD=x", "cannot pass TERM: its value is malformed" },
		{ "NOTIFY_SOCKET=", "cannot pass NOTIFY_SOCKET: its value is malformed" },
		{ "NOTIFY_SOCKET=run/x", "cannot pass NOTIFY_SOCKET: its value is malformed" },
		{ "NOTIFY_SOCKET=/run/../x", "cannot pass NOTIFY_SOCKET: its value is malformed" },
		{ "NOTIFY_SOCKET=@", "cannot pass NOTIFY_SOCKET: its value is malformed" },
		{ "NOTIFY_SOCKET=vsock:1:2", "cannot pass NOTIFY_SOCKET: its value is malformed" },
		{ "WATCHDOG_USEC=0x10", "cannot pass WATCHDOG_USEC: its value is malformed" },
		{ "WATCHDOG_USEC=-1", "cannot pass WATCHDOG_USEC: its value is malformed" },
		{ "WATCHDOG_USEC=1 ", "cannot pass WATCHDOG_USEC: its value is malformed" },
		{ "WATCHDOG_USEC=18446744073709551616",
		  "cannot pass WATCHDOG_USEC: its value is malformed" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		check(VARS(rows[i].var), ALL_PASS, 0, rows[i].text);
	check(VARS("TERM=a", "TERM=a"), ALL_PASS, 0, "cannot pass TERM: it is there twice");
	check(VARS("TERM=a", "TERM=b", "TERM=c"), ALL_PASS, 0,
	      "cannot pass TERM: it is there twice");
}

static void test_huge(void **state)
{
	CLEANUP_STR struct str var = { 0 };

	(void)state;
	str_add(&var, "TERM=");
	for (int i = 0; i < 100000; i++)
		str_add(&var, "a");
	check(VARS(var.text), ALL_PASS, 0, "cannot pass TERM: its value is malformed");
	check(VARS(var.text), 0, 0, OWN);
}

static void test_listen_fds(void **state)
{
	static const char *const bad[] = { "LISTEN_FDS=0",	   "LISTEN_FDS=65", "LISTEN_FDS=-1",
					   "LISTEN_FDS=0x2",	   "LISTEN_FDS=2 ", "LISTEN_FDS=",
					   "LISTEN_FDS=4294967297" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		check(VARS(bad[i], "LISTEN_PID=4242"), ALL_PASS, 64,
		      "cannot use LISTEN_FDS: not a number from 1 to 64");
	check(VARS("LISTEN_FDS=3", "LISTEN_PID=4242"), ALL_PASS, 2,
	      "cannot pass 3 descriptors: the plan allows 2");
	check(VARS("LISTEN_FDS=1", "LISTEN_PID=4242", "LISTEN_FDNAMES=a\nb"), ALL_PASS, 2,
	      "cannot pass LISTEN_FDNAMES: its value is malformed");
	/* The plan passes none: they are closed at exec as everything else is. */
	check(VARS("LISTEN_FDS=3", "LISTEN_PID=4242"), PLAN_PASS_TERM, 0, OWN);
	assert_non_null(strstr(sys_fake_text(), "close_range 3 end at exec\n"));
}

/* A descriptor that is not there would be taken by one of ours, and then passed. */
static void test_closed_descriptors(void **state)
{
	struct launch_caller c;
	struct err e = { 0 };
	char fds[] = "LISTEN_FDS=2", pid[] = "LISTEN_PID=4242";
	char *environ_[] = { fds, pid, NULL };

	(void)state;
	for (unsigned n = 1; n <= 5; n++) {
		sys_fake_reset();
		sys_fake_fail_at(n);
		assert_int_equal(launch_caller_read(environ_, &c, &e), -1);
		assert_true(str_starts(e.text, "cannot use descriptor "));
	}
	sys_fake_reset();
	sys_fake_fail_at(6);
	assert_int_equal(launch_caller_read(environ_, &c, &e), -1);
	assert_true(str_starts(e.text, "cannot close the caller's descriptors"));
}

static int done(void **state)
{
	(void)state;
	sys_fake_reset();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_else_passes),
		cmocka_unit_test(test_passes),
		cmocka_unit_test(test_for_another),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_huge),
		cmocka_unit_test(test_listen_fds),
		cmocka_unit_test(test_closed_descriptors),
	};

	return cmocka_run_group_tests(tests, NULL, done);
}
