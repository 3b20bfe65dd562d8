/* SPDX-License-Identifier: Apache-2.0 */
/* Daemons that require hardware, or wait for it. */
#include "supervise_world.h"

/* Everything of the cgroup ends by itself at the stop signal. */
static void obeys(struct world *w, uint64_t now)
{
	ends(w, 0, now, EXITED(0));
}

/* Absent, there, gone, there: started each time, ended in its own way. */
static void test_required(void **state)
{
	struct build_daemons b = { 0 };
	struct world w = { 0 };

	(void)state;
	one(&b, DAEMONS_SIMPLE, DAEMONS_RESTART_ALWAYS);
	build_daemons_need(&b, 0, "left", 0);
	world_begin(&w, &b);
	expect(&w, "say snap.ab.b: waiting for hardware: slot left\n");
	assert_true(supervise_due(&w.s, 0) == UINT64_MAX);
	at(&w, 100000);
	expect(&w, "");
	w.there[0] = 7;
	at(&w, 200000);
	at(&w, 200020);
	expect(&w, "200000 start 0\nsay snap.ab.b: started\n");
	assert_true(supervise_due(&w.s, 200020) == UINT64_MAX);
	w.there[0] = 0;
	at(&w, 300000);
	expect(&w, "say snap.ab.b: waiting for hardware: slot left\n300000 signal 0 15\n");
	/* It does not listen. */
	at(&w, 303000);
	expect(&w, "say snap.ab.b: killed after 3000 ms\n303000 kill 0\n");
	ends(&w, 0, 303010, SIGNALLED(SIGKILL));
	expect(&w, "");
	assert_true(supervise_due(&w.s, 303010) == UINT64_MAX);
	w.there[0] = 8;
	at(&w, 400000);
	at(&w, 400020);
	expect(&w, "400000 start 0\nsay snap.ab.b: started\n");
	w.now = 500000;
	supervise_stop(&w.s, w.now);
	obeys(&w, 500001);
	assert_true(supervise_finished(&w.s));
	expect(&w, "500000 signal 0 15\n");
	world_end(&w);
}

/* Both have to be there; that either of them goes ends it. */
static void test_required_two(void **state)
{
	struct build_daemons b = { 0 };
	struct world w = { 0 };

	(void)state;
	one(&b, DAEMONS_SIMPLE, DAEMONS_RESTART_ALWAYS);
	build_daemons_need(&b, 0, "left", 0);
	build_daemons_need(&b, 0, "right", 0);
	world_begin(&w, &b);
	w.there[0] = 7;
	at(&w, 10);
	expect(&w, "say snap.ab.b: waiting for hardware: slot left\n"
		   "say snap.ab.b: waiting for hardware: slot right\n");
	w.there[1] = 8;
	at(&w, 20);
	at(&w, 40);
	expect(&w, "20 start 0\nsay snap.ab.b: started\n");
	w.there[1] = 0;
	at(&w, 50);
	expect(&w, "say snap.ab.b: waiting for hardware: slot right\n50 signal 0 15\n");
	/* Back before it has ended: it ends first. */
	w.there[1] = 9;
	at(&w, 60);
	expect(&w, "");
	obeys(&w, 70);
	at(&w, 70);
	at(&w, 70);
	expect(&w, "70 start 0\nsay snap.ab.b: started\n");
	world_end(&w);
}

/* It went and came between two looks: what holds the former one open has to go all the same. */
static void test_required_again(void **state)
{
	struct build_daemons b = { 0 };
	struct world w = { .there = { 7 } };

	(void)state;
	one(&b, DAEMONS_SIMPLE, DAEMONS_RESTART_NEVER);
	build_daemons_need(&b, 0, "left", 0);
	world_begin(&w, &b);
	at(&w, 20);
	expect(&w, "0 start 0\nsay snap.ab.b: started\n");
	w.there[0] = 8;
	at(&w, 1000);
	expect(&w, "1000 signal 0 15\n");
	obeys(&w, 1010);
	at(&w, 1010);
	at(&w, 1010);
	expect(&w, "1010 start 0\nsay snap.ab.b: started\n");
	/* The daemon is first to see it, and would not be started again. */
	ends(&w, 0, 2000, EXITED(1));
	expect(&w, "say snap.ab.b: exited with status 1\nsay snap.ab.b: failed\n");
	w.there[0] = 9;
	at(&w, 2010);
	at(&w, 2020);
	at(&w, 2030);
	expect(&w, "2020 start 0\nsay snap.ab.b: started\n");
	world_end(&w);
}

/* What has failed, and a oneshot that is done, begin anew when their hardware comes again. */
static void test_required_over(void **state)
{
	struct build_daemons b = { 0 };
	struct world w = { .there = { 7 } };
	uint64_t now = 0;

	(void)state;
	one(&b, DAEMONS_SIMPLE, DAEMONS_RESTART_ALWAYS);
	build_daemons_need(&b, 0, "left", 0);
	world_begin(&w, &b);
	while (w.daemons[0].state != STATE_FAILED) {
		ends(&w, 0, now, EXITED(1));
		now = supervise_due(&w.s, now);
		at(&w, now);
	}
	str_free(&w.text);
	w.there[0] = 0;
	at(&w, now + 1);
	at(&w, now + 2);
	w.there[0] = 8;
	at(&w, 10000);
	expect(&w, "say snap.ab.b: waiting for hardware: slot left\n10000 start 0\n");
	world_end(&w);

	b = (struct build_daemons){ 0 };
	w = (struct world){ .there = { 7 } };
	one(&b, DAEMONS_ONESHOT, DAEMONS_RESTART_NEVER);
	build_daemons_need(&b, 0, "left", 0);
	world_begin(&w, &b);
	ends(&w, 0, 30, EXITED(0));
	at(&w, 40);
	expect(&w, "0 start 0\nsay snap.ab.b: done\n");
	w.there[0] = 0;
	at(&w, 50);
	w.there[0] = 8;
	at(&w, 60);
	expect(&w, "say snap.ab.b: waiting for hardware: slot left\n60 start 0\n");
	world_end(&w);
}

/* The wait is of the boot, and once: then it starts and runs without. */
static void test_waits(void **state)
{
	struct build_daemons b = { 0 };
	struct world w = { .now = 1000 };

	(void)state;
	one(&b, DAEMONS_SIMPLE, DAEMONS_RESTART_ALWAYS);
	build_daemons_need(&b, 0, "right", 30000);
	world_begin(&w, &b);
	assert_int_equal(supervise_due(&w.s, 1000), 31000);
	at(&w, 30999);
	expect(&w, "say snap.ab.b: waiting for hardware: slot right\n");
	at(&w, 31000);
	at(&w, 31020);
	expect(&w, "31000 start 0\nsay snap.ab.b: started\n");
	assert_true(supervise_due(&w.s, 31020) == UINT64_MAX);
	w.there[1] = 7;
	at(&w, 40000);
	w.there[1] = 0;
	at(&w, 50000);
	expect(&w, "");
	world_end(&w);

	b = (struct build_daemons){ 0 };
	w = (struct world){ .now = 1000 };
	one(&b, DAEMONS_SIMPLE, DAEMONS_RESTART_ALWAYS);
	build_daemons_need(&b, 0, "right", 30000);
	world_begin(&w, &b);
	w.there[1] = 7;
	at(&w, 2000);
	at(&w, 2020);
	/* No start after the first one is held up, nor does it end with what it did not require. */
	w.there[1] = 0;
	at(&w, 3000);
	ends(&w, 0, 4000, EXITED(1));
	at(&w, 4100);
	at(&w, 4120);
	expect(&w, "say snap.ab.b: waiting for hardware: slot right\n2000 start 0\n"
		   "say snap.ab.b: started\nsay snap.ab.b: exited with status 1\n"
		   "say snap.ab.b: restarting in 100 ms\n4100 start 0\nsay snap.ab.b: started\n");
	world_end(&w);
}

/* Who comes after one without hardware does not wait for it, and after one that waits it does. */
static void test_needs_order(void **state)
{
	static const uint32_t waits[] = { 0, 5000 };

	(void)state;
	for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
		struct build_daemons b = { 0 };
		struct world w = { 0 };
		struct daemons_row row;

		one(&b, DAEMONS_SIMPLE, DAEMONS_RESTART_ALWAYS);
		row = build_daemons_row(&b, "snap.ab.second");
		build_daemons_add(&b, &row);
		build_daemons_after(&b, 1, 0);
		build_daemons_need(&b, 0, "left", waits[i]);
		world_begin(&w, &b);
		expect(&w, waits[i]
				   ? "say snap.ab.b: waiting for hardware: slot left\n"
				   : "say snap.ab.b: waiting for hardware: slot left\n0 start 1\n");
		if (waits[i]) {
			assert_int_equal(supervise_due(&w.s, 0), 5000);
			at(&w, 5000);
			at(&w, 5020);
			expect(&w, "5000 start 0\nsay snap.ab.b: started\n5020 start 1\n");
		}
		world_end(&w);
	}
}

/* What an earlier supervise left is ended, and not started without its hardware. */
static void test_required_left_over(void **state)
{
	struct build_daemons b = { 0 };
	struct world w = { .populated = { true } };

	(void)state;
	one(&b, DAEMONS_SIMPLE, DAEMONS_RESTART_ALWAYS);
	build_daemons_need(&b, 0, "left", 0);
	world_begin(&w, &b);
	w.populated[0] = false;
	at(&w, 10);
	at(&w, 20);
	expect(&w, "0 signal 0 15\nsay snap.ab.b: waiting for hardware: slot left\n");
	assert_int_equal(w.daemons[0].state, STATE_WAITING);
	supervise_stop(&w.s, 30);
	at(&w, 30);
	assert_true(supervise_finished(&w.s));
	world_end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_required),
		cmocka_unit_test(test_required_two),
		cmocka_unit_test(test_required_again),
		cmocka_unit_test(test_required_over),
		cmocka_unit_test(test_waits),
		cmocka_unit_test(test_needs_order),
		cmocka_unit_test(test_required_left_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
