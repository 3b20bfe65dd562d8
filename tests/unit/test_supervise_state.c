/* SPDX-License-Identifier: Apache-2.0 */
/* Daemons over a clock and processes that are only told: no test waits. */
#include "supervise_world.h"

static void world_one(struct world *w, enum daemons_kind kind, enum daemons_restart restart)
{
	struct build_daemons b = { 0 };

	one(&b, kind, restart);
	world_begin(w, &b);
}

static void test_simple(void **state)
{
	struct world w = { 0 };

	(void)state;
	w.verdict = VERDICT_NOT_YET;
	world_one(&w, DAEMONS_SIMPLE, DAEMONS_RESTART_ALWAYS);
	w.verdict = VERDICT_NOT_YET;
	assert_int_equal(supervise_due(&w.s, 0), 20);
	expect(&w, "0 start 0\n");
	at(&w, 20);
	w.verdict = VERDICT_GOOD;
	at(&w, 40);
	expect(&w, "say snap.ab.b: started\n");
	assert_true(supervise_due(&w.s, 40) == UINT64_MAX);
	ends(&w, 0, 1000, EXITED(3));
	expect(&w, "say snap.ab.b: exited with status 3\nsay snap.ab.b: restarting in 100 ms\n");
	assert_int_equal(supervise_due(&w.s, 1000), 1100);
	at(&w, 1099);
	expect(&w, "");
	at(&w, 1100);
	expect(&w, "1100 start 0\n");
	world_end(&w);
}

static void test_mismatch(void **state)
{
	struct world w = { 0 };

	(void)state;
	world_one(&w, DAEMONS_SIMPLE, DAEMONS_RESTART_ALWAYS);
	w.verdict = VERDICT_BAD;
	at(&w, 20);
	expect(&w, "0 start 0\nsay cannot keep snap.ab.b: Seccomp is 0, not 2\n20 kill 0\n"
		   "20 signal 0 15\n");
	ends(&w, 0, 30, SIGNALLED(SIGKILL));
	expect(&w, "say snap.ab.b: failed\n");
	at(&w, 100000);
	expect(&w, "");
	assert_true(supervise_finished(&w.s));
	world_end(&w);
}

/* The whole way of a daemon that falls at once: five starts, each later, then failed for good. */
static void test_crash_loop(void **state)
{
	struct world w = { 0 };
	uint64_t now = 0;

	(void)state;
	world_one(&w, DAEMONS_SIMPLE, DAEMONS_RESTART_ON_FAILURE);
	for (int i = 0; i < 8 && w.daemons[0].state != STATE_FAILED; i++) {
		ends(&w, 0, now, EXITED(1));
		now = supervise_due(&w.s, now);
		str_free(&w.text);
		at(&w, now);
	}
	/* 0, 100, 300, 700, 1500; the next would have been at 3100. */
	assert_int_equal(now, 3100);
	expect(&w, "say snap.ab.b: failed: 5 starts within 10 seconds\n");
	assert_int_equal(w.daemons[0].state, STATE_FAILED);
	world_end(&w);
}

static void test_backoff(void **state)
{
	static const uint64_t delays[] = { 100,	 200,	400,   800,   1600, 3200,
					   6400, 12800, 25600, 30000, 30000 };
	struct backoff b = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(delays) / sizeof(delays[0]); i++)
		assert_int_equal(backoff_delay(&b, BACKOFF_STABLE_MS - 1, 0), delays[i]);
	assert_int_equal(backoff_delay(&b, BACKOFF_STABLE_MS, 0), 100);
	assert_int_equal(backoff_delay(&b, 0, 5000), 5000);
}

static void test_window(void **state)
{
	struct backoff b = { 0 };

	(void)state;
	/* Each 2.5 s: no five starts lie within less than 10 s, for ever. */
	for (uint64_t i = 0; i < 1000; i++) {
		assert_true(backoff_may_start(&b, i * 2500));
		backoff_started(&b, i * 2500);
	}
	b = (struct backoff){ 0 };
	for (uint64_t i = 0; i < BACKOFF_STARTS; i++)
		backoff_started(&b, 50000 + i * 1000);
	assert_false(backoff_may_start(&b, 50000 + BACKOFF_WINDOW_MS - 1));
	assert_true(backoff_may_start(&b, 50000 + BACKOFF_WINDOW_MS));
}

static void test_outcomes(void **state)
{
	static const struct {
		int status;
		bool oneshot;
		enum daemons_end outcome;
	} rows[] = {
		{ EXITED(0), false, DAEMONS_END_CLEAN },
		{ EXITED(1), false, DAEMONS_END_STATUS },
		{ EXITED(125), false, DAEMONS_END_STATUS },
		{ SIGNALLED(SIGTERM), false, DAEMONS_END_CLEAN },
		{ SIGNALLED(SIGTERM), true, DAEMONS_END_SIGNAL },
		{ SIGNALLED(SIGHUP), false, DAEMONS_END_CLEAN },
		{ SIGNALLED(SIGINT), false, DAEMONS_END_CLEAN },
		{ SIGNALLED(SIGPIPE), false, DAEMONS_END_CLEAN },
		{ SIGNALLED(SIGKILL), false, DAEMONS_END_SIGNAL },
		{ SIGNALLED(SIGSEGV), false, DAEMONS_END_SIGNAL },
		{ SIGNALLED(SIGABRT) | 0x80, false, DAEMONS_END_SIGNAL },
	};
	/* systemd.service(5), the table under Restart=: clean, status, signal, timeout. */
	static const struct {
		enum daemons_restart restart;
		const char *again;
	} table[] = {
		{ DAEMONS_RESTART_NEVER, "----" },	{ DAEMONS_RESTART_ON_SUCCESS, "x---" },
		{ DAEMONS_RESTART_ON_FAILURE, "-xxx" }, { DAEMONS_RESTART_ON_ABNORMAL, "--xx" },
		{ DAEMONS_RESTART_ON_ABORT, "--x-" },	{ DAEMONS_RESTART_ALWAYS, "xxxx" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(outcome_of(rows[i].status, rows[i].oneshot), rows[i].outcome);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		for (int o = 0; o < 4; o++)
			assert_int_equal(table[i].restart >> o & 1, table[i].again[o] == 'x');
}

static void test_oneshot(void **state)
{
	struct world w = { 0 };

	(void)state;
	world_one(&w, DAEMONS_ONESHOT, DAEMONS_RESTART_ON_FAILURE);
	at(&w, 20);
	expect(&w, "0 start 0\n");
	ends(&w, 0, 30, EXITED(0));
	expect(&w, "say snap.ab.b: done\n");
	assert_int_equal(w.daemons[0].state, STATE_DONE);
	world_end(&w);
}

static void test_forking(void **state)
{
	struct world w = { 0 };

	(void)state;
	world_one(&w, DAEMONS_FORKING, DAEMONS_RESTART_ALWAYS);
	at(&w, 20);
	w.survivor = 555;
	supervise_exited(&w.s, 100, EXITED(0), 30);
	at(&w, 30);
	expect(&w, "0 start 0\nsay snap.ab.b: started\n");
	ends(&w, 0, 5000, EXITED(0));
	expect(&w, "say snap.ab.b: exited with status 0\nsay snap.ab.b: restarting in 100 ms\n");
	world_end(&w);
}

static void test_forking_alone(void **state)
{
	struct world w = { 0 };

	(void)state;
	world_one(&w, DAEMONS_FORKING, DAEMONS_RESTART_NEVER);
	ends(&w, 0, 30, EXITED(0));
	expect(&w, "0 start 0\nsay snap.ab.b: exited with status 0\nsay snap.ab.b: failed\n");
	world_end(&w);
}

static void test_start_timeout(void **state)
{
	struct world w = { 0 };

	(void)state;
	world_one(&w, DAEMONS_ONESHOT, DAEMONS_RESTART_NEVER);
	at(&w, 4999);
	expect(&w, "0 start 0\n");
	at(&w, 5000);
	expect(&w, "say cannot start snap.ab.b: not ready after 5000 ms\n5000 signal 0 15\n");
	world_end(&w);
}

static void test_start_fails(void **state)
{
	struct world w = { .start_fails = true };

	(void)state;
	world_one(&w, DAEMONS_SIMPLE, DAEMONS_RESTART_ALWAYS);
	at(&w, 0);
	expect(&w, "0 start 0\nsay cannot start snap.ab.b: no memory\n"
		   "say snap.ab.b: restarting in 100 ms\n");
	world_end(&w);
}

/* What the daemon left behind gets its stop signal, then time, then SIGKILL until it is gone. */
static void test_stop(void **state)
{
	struct world w = { 0 };

	(void)state;
	world_one(&w, DAEMONS_SIMPLE, DAEMONS_RESTART_ALWAYS);
	at(&w, 20);
	str_free(&w.text);
	supervise_stop(&w.s, 1000);
	at(&w, 3999);
	assert_false(supervise_finished(&w.s));
	at(&w, 4000);
	at(&w, 4500);
	at(&w, 5000);
	expect(&w,
	       "20 signal 0 15\nsay snap.ab.b: killed after 3000 ms\n4000 kill 0\n5000 kill 0\n");
	ends(&w, 0, 5001, SIGNALLED(SIGKILL));
	assert_true(supervise_finished(&w.s));
	expect(&w, "");
	world_end(&w);
}

static void test_left_over(void **state)
{
	struct world w = { .populated = { true } };

	(void)state;
	world_one(&w, DAEMONS_SIMPLE, DAEMONS_RESTART_ALWAYS);
	expect(&w, "0 signal 0 15\n");
	at(&w, 100);
	expect(&w, "");
	w.populated[0] = false;
	assert_int_equal(supervise_due(&w.s, 100), 120);
	at(&w, 110);
	at(&w, 110);
	at(&w, 130);
	expect(&w, "110 start 0\nsay snap.ab.b: started\n");
	world_end(&w);
}

static void test_order(void **state)
{
	struct build_daemons b = { 0 };
	struct world w = { 0 };
	struct daemons_row row;

	(void)state;
	build_daemons_start(&b);
	row = build_daemons_row(&b, "snap.ab.first");
	row.kind = DAEMONS_ONESHOT;
	row.restart = DAEMONS_RESTART_NEVER;
	build_daemons_add(&b, &row);
	row = build_daemons_row(&b, "snap.ab.second");
	build_daemons_add(&b, &row);
	build_daemons_after(&b, 1, 0);
	world_begin(&w, &b);
	at(&w, 50);
	expect(&w, "0 start 0\n");
	ends(&w, 0, 60, EXITED(1));
	at(&w, 61);
	expect(&w,
	       "say snap.ab.first: exited with status 1\nsay snap.ab.first: failed\n60 start 1\n"
	       "say snap.ab.second: started\n");
	world_end(&w);
}

static void test_notify_refused(void **state)
{
	struct build_daemons b = { 0 };
	struct world w = { 0 };
	struct err e = { 0 };
	struct daemons_row row;
	size_t size;

	(void)state;
	build_daemons_start(&b);
	row = build_daemons_row(&b, "snap.ab.b");
	row.kind = DAEMONS_NOTIFY;
	build_daemons_add(&b, &row);
	w.bytes = build_daemons_end(&b, &size);
	assert_int_equal(daemons_read(w.bytes, size, &w.table, &e), 0);
	w.s.processes = (void *)&w;
	assert_int_equal(supervise_begin(&w.s, &w.table, w.daemons, 0, &e), -1);
	assert_string_equal(e.text, "cannot start snap.ab.b: daemon notify is not in this version");
	world_end(&w);
}

static void test_unknown_pid(void **state)
{
	struct world w = { 0 };

	(void)state;
	world_one(&w, DAEMONS_SIMPLE, DAEMONS_RESTART_ALWAYS);
	at(&w, 20);
	str_free(&w.text);
	supervise_exited(&w.s, 4242, EXITED(0), 30);
	at(&w, 30);
	expect(&w, "");
	assert_int_equal(w.daemons[0].state, STATE_RUNNING);
	world_end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_simple),	       cmocka_unit_test(test_mismatch),
		cmocka_unit_test(test_crash_loop),     cmocka_unit_test(test_backoff),
		cmocka_unit_test(test_window),	       cmocka_unit_test(test_outcomes),
		cmocka_unit_test(test_oneshot),	       cmocka_unit_test(test_forking),
		cmocka_unit_test(test_forking_alone),  cmocka_unit_test(test_start_timeout),
		cmocka_unit_test(test_start_fails),    cmocka_unit_test(test_stop),
		cmocka_unit_test(test_left_over),      cmocka_unit_test(test_order),
		cmocka_unit_test(test_notify_refused), cmocka_unit_test(test_unknown_pid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
