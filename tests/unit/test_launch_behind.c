/* SPDX-License-Identifier: Apache-2.0 */
/* bulkhead-run --verify of an app with processes of its own numbers, in a unit, where those that
 * wait for it are in its cgroup. */
#include "verify_world.h"

#define BEHIND_AS(real, prm)                                                                       \
	"Uid:\t" real "\t65534\t65534\t65534\nGid:\t65534\t65534\t65534\t65534\n"                  \
	"CapPrm:\t00000000000000" prm "\nCapEff:\t0000000000000020\n"
#define BEHIND BEHIND_AS("65534", "20")

/* The processes that wait in a unit for an app with processes of its own numbers, and no others. */
static void test_behind(void **state)
{
	static const struct {
		const char *path, *text; /* what is otherwise */
		uint32_t flags;
		bool other; /* another program than this one */
	} rows[] = {
		{ "attr/apparmor/current", LABEL " (enforce)\n", PLAN_FLAG_PID_OWN, false },
		{ "status", GOOD, PLAN_FLAG_PID_OWN, false },
		{ "status", BEHIND_AS("0", "20"), PLAN_FLAG_PID_OWN, false },
		{ "status", BEHIND_AS("65534", "21"), PLAN_FLAG_PID_OWN, false },
		{ "status", BEHIND, PLAN_FLAG_PID_OWN, true },
		{ "status", BEHIND, 0, false },
	};
	struct err e = { 0 };
	char out[ROOM];

	for (size_t i = 0; i <= ARRAY_SIZE(rows); i++) {
		assert_int_equal(
			world_of(PLAN_LAYERS_ALL, i ? rows[i - 1].flags : PLAN_FLAG_PID_OWN), 0);
		sys_fake_value("unit", 1);
		give("cgroup.threads", "17\n");
		give("status", BEHIND);
		give("attr/apparmor/current", "unconfined\n");
		if (i)
			give(rows[i - 1].path, rows[i - 1].text);
		if (i && rows[i - 1].other)
			sys_fake_inode("17/exe", 8);
		assert_int_equal(verify(out, &e), 1);
		/* In the group that boot made there are none. */
		if (i == 0)
			assert_null(strstr(strstr(out, "differs") + 1, "differs"));
		else
			assert_non_null(strstr(strstr(out, "differs") + 1, "differs"));
	}
	(void)state;
}

/* They are there before the app is, which is waited for. */
static void test_behind_started(void **state)
{
	struct err e = { 0 };
	char out[ROOM];

	(void)state;
	assert_int_equal(world_of(PLAN_LAYERS_ALL, PLAN_FLAG_PID_OWN), 0);
	sys_fake_value("unit", 1);
	sys_fake_value("cgroup_processes", 2);
	give("status", BEHIND);
	give("attr/apparmor/current", "unconfined\n");
	assert_int_equal(verify_as(true, out, &e), -1);
	assert_non_null(strstr(e.text, "the app is not executed after 30 seconds"));
	sys_fake_inode("18/exe", 8);
	assert_int_equal(verify_as(true, out, &e), 1);
	/* Two in the group that boot made, where each is judged, and one of the unit's. */
	assert_null(strstr(strstr(out, " 17: differs") + 1, " 17: differs"));
	assert_non_null(strstr(strstr(out, " 18: differs") + 1, " 18: differs"));
	/* One that is still about to become the app. */
	give("status", GOOD);
	assert_int_equal(verify_as(true, out, &e), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_behind),
		cmocka_unit_test(test_behind_started),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	sys_fake_reset();
	sys_fake_device_reset();
	return failed;
}
