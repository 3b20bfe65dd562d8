/* SPDX-License-Identifier: Apache-2.0 */
/* bulkhead-run --verify over a kernel that takes notes: each difference is named, and answers 1. */
#include "verify_world.h"

/* A unit's first process is this program, then the app's. */
static void test_started(void **state)
{
	struct err e = { 0 };
	char out[ROOM];

	(void)state;
	sys_fake_value("cgroup_processes", 1);
	/* Of supervise nothing in the app's group can take that time. */
	assert_int_equal(verify_as(true, out, &e), 0);
	assert_null(strstr(sys_fake_text(), "sleep"));
	sys_fake_value("unit", 1);
	assert_int_equal(verify_as(true, out, &e), -1);
	assert_non_null(strstr(e.text, "the app is not executed after 30 seconds"));
	sys_fake_inode("17/exe", 8);
	assert_int_equal(verify_as(true, out, &e), 0);
	assert_string_equal(out, LABEL " 17: confined\n" LABEL " 18: confined\n" LABEL
				       " 17: confined\n" LABEL " 18: confined\n");
	give("attr/apparmor/current", "unconfined\n");
	assert_int_equal(verify_as(true, out, &e), 1);
}

/* In a unit one that has ended already is no fault; supervise asks of one that runs. */
static void test_nobody(void **state)
{
	struct err e = { 0 };
	char out[ROOM];

	(void)state;
	give("cgroup.threads", "");
	assert_int_equal(verify_as(true, out, &e), 1);
	assert_string_equal(out, "");
	sys_fake_value("unit", 1);
	assert_int_equal(verify_as(true, out, &e), 0);
	assert_string_equal(out, "");
	assert_int_equal(verify(out, &e), 1);
	/* There are no units in the groups of version 1. */
	sys_fake_value("v1", 1);
	give("tasks", "");
	assert_int_equal(verify_as(true, out, &e), 1);
}

#define SHOWN(pid, differs, label, nnp, prm)                                                       \
	"Pid:\t" pid "\nDiffers:\t" differs "\nLabel:\t" label "\nCgroup:\tbulkhead/" LABEL        \
	"\nUid:\t1001\t1001\t1001\t1001\nGid:\t1001\t1001\t1001"                                   \
	"\t1001\nGroups:\t29 70000 \nNoNewPrivs:\t" nnp "\nSeccomp:\t2\nCapInh:\t"                 \
	"0000000000000000\nCapPrm:\t" prm "\nCapEff:\t0000000000000000\nCapBnd:\t"                 \
	"0000000000000001\nCapAmb:\t0000000000000000\n"
#define NONE "0000000000000000"
#define ONE  "0000000000000001"

/* Nothing else than what was printed goes into the record; compared with it is what runs now. */
static void expect_recorded(const char *want)
{
	CLEANUP_FD int fd = sys_openat(-1, LABEL, O_RDONLY, 0);
	char text[ROOM] = "";

	assert_true(read(fd, text, sizeof(text) - 1) >= 0);
	assert_string_equal(text, want);
}

static void test_recorded(void **state)
{
	static const char first[] = SHOWN("17", "", LABEL " (enforce)", "1", ONE);
	struct err e = { 0 };
	char out[ROOM];

	(void)state;
	sys_fake_missing(LABEL, ENOENT);
	assert_int_equal(verify_as(false, out, &e), 0);
	assert_non_null(strstr(out, "confined\nPid:\t17\n"));
	assert_non_null(strstr(out, "\n" LABEL ": not as recorded at its start\n"));
	assert_int_equal(verify_as(true, out, &e), 0);
	assert_null(strstr(out, "Pid:"));
	expect_recorded(first);
	assert_int_equal(verify_as(false, out, &e), 0);
	assert_string_equal(out,
			    LABEL " 17: confined\n" LABEL
				  " 18: confined\n" SHOWN("17", "", LABEL " (enforce)", "1", ONE)
					  LABEL ": as recorded at its start\n");
	/* It gave up a capability: as its plan allows, and not as it was. */
	give("status", STATUS("2", "1", NONE, ONE));
	assert_int_equal(verify_as(false, out, &e), 0);
	assert_non_null(strstr(out, SHOWN("17", "", LABEL " (enforce)", "1", NONE) LABEL
			       ": not as recorded at its start\n"));
	expect_recorded(first);
	/* Another process, else the same. */
	give("status", GOOD);
	give("cgroup.threads", "18\n");
	assert_int_equal(verify_as(false, out, &e), 0);
	assert_non_null(strstr(out, LABEL ": not as recorded at its start\n"));
	/* What ended before it was seen leaves no other's record. */
	give("cgroup.threads", "");
	assert_int_equal(verify_as(true, out, &e), 1);
	expect_recorded("");
}

/* A start that is not as planned answers 1, and its record says what differs. */
static void test_recorded_differs(void **state)
{
	static const struct {
		const char *path, *text, *want;
	} rows[] = {
		{ "attr/apparmor/current", "unconfined\n",
		  SHOWN("17", " label", "unconfined", "1", ONE) },
		{ "attr/apparmor/current", LABEL " (complain)\n",
		  SHOWN("17", " label", LABEL " (complain)", "1", ONE) },
		{ "status", STATUS("2", "0", ONE, ONE),
		  SHOWN("17", " NoNewPrivs", LABEL " (enforce)", "0", ONE) },
		{ "status", STATUS("2", "1", "0000000000000003", ONE),
		  SHOWN("17", " CapPrm", LABEL " (enforce)", "1", "0000000000000003") },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct err e = { 0 };
		char out[ROOM];

		assert_int_equal(world(state), 0);
		give(rows[i].path, rows[i].text);
		assert_int_equal(verify_as(true, out, &e), 1);
		expect_recorded(rows[i].want);
	}
}

/* Whatever of a start cannot be read or written: it is not verified. */
static void test_recorded_faults(void **state)
{
	unsigned n;

	for (n = 1;; n++) {
		struct err e = { 0 };
		char out[ROOM];
		size_t from;
		int r;

		assert_int_equal(world(state), 0);
		sys_fake_value("unit", 1);
		sys_fake_value("cgroup_processes", 1);
		sys_fake_inode("17/exe", 8);
		from = strlen(sys_fake_text());
		sys_fake_fail_at(n);
		r = verify_as(true, out, &e);
		if (!strstr(sys_fake_text() + from, " = EIO\n"))
			break;
		/* A look at a program that fails is repeated after a pause. */
		if (r == 0 && !strstr(sys_fake_text() + from, "sleep"))
			fail_msg("call %u:\n%s", n, sys_fake_text() + from);
	}
	assert_true(n > 40);
	sys_fake_reset();
	assert_int_equal(world(state), 0);
	sys_fake_owner("run/bulkhead/verified", 1000, 0700);
	{
		struct err e = { 0 };
		char out[ROOM];

		assert_int_equal(verify_as(true, out, &e), -1);
		assert_non_null(strstr(e.text, "cannot record what is seen of it"));
	}
}

/* Another that has more groups than there is room for has not gone as the one before it. */
static void test_many_groups(void **state)
{
	static char status[STATUS_MAX + 1 + sizeof(GOOD)];
	struct err e = { 0 };
	char out[ROOM];

	(void)state;
	memset(status, '1', STATUS_MAX);
	memcpy(status + STATUS_MAX, "\n" GOOD, sizeof("\n" GOOD));
	give("status", status);
	sys_fake_missing("17", ENOENT);
	assert_int_equal(verify(out, &e), -1);
	assert_string_equal(e.text, "cannot read status: larger than 8191 bytes");
	assert_int_equal(verify_as(true, out, &e), -1);
}

/* The group of its unit too, where one runs; a group without the program is not confined. */
static void test_groups(void **state)
{
	struct err e = { 0 };
	char out[ROOM];

	(void)state;
	sys_fake_value("unit", 1);
	assert_int_equal(verify(out, &e), 0);
	assert_string_equal(out, LABEL " 17: confined\n" LABEL " 18: confined\n" LABEL
				       " 17: confined\n" LABEL " 18: confined\n");
	sys_fake_value("unit", 0);
	sys_fake_value("attached", 0);
	assert_int_equal(verify(out, &e), 1);
	assert_non_null(strstr(out, LABEL ": differs in devices\n"));
	assert_int_equal(verify_as(true, out, &e), 1);
	expect_recorded(SHOWN("17", "", LABEL " (enforce)", "1", ONE) "Devices:\tdiffers\n");
}

static void test_confined(void **state)
{
	struct err e = { 0 };
	char out[ROOM];

	(void)state;
	assert_int_equal(verify(out, &e), 0);
	assert_string_equal(out, LABEL " 17: confined\n" LABEL " 18: confined\n");
}

static void test_differs(void **state)
{
	static const struct {
		const char *path, *text, *names;
	} rows[] = {
		{ "attr/apparmor/current", "unconfined\n", "label" },
		{ "attr/apparmor/current", LABEL " (complain)\n", "label" },
		{ "attr/apparmor/current", LABEL "2 (enforce)\n", "label" },
		{ "attr/apparmor/current", LABEL "//null-/bin/sh (enforce)\n", "label" },
		{ "attr/apparmor/current", LABEL "//null-/bin/sh (complain)\n", "label" },
		{ "status", STATUS("0", "1", "0000000000000000", "0000000000000001"), "Seccomp" },
		{ "status", STATUS("2", "0", "0000000000000000", "0000000000000000"),
		  "NoNewPrivs" },
		{ "status", STATUS("2", "1", "0000000000000003", "0000000000000001"), "CapPrm" },
		{ "status", STATUS("2", "1", "0000000000000000", "000001ffffffffff"), "CapBnd" },
		{ "status", "Uid:\t0\t0\t0\t0\n" GOOD, "Uid" },
		{ "status", "Uid:\t10010\t1001\t1001\t1001\n" GOOD, "Uid" },
		{ "status", "CapEff:\t0000000000200000\n" GOOD, "CapEff" },
		{ "status", "CapInh:\t0000000000000001\n" GOOD, "CapInh" },
		{ "status", "CapAmb:\t0000000000000001\n" GOOD, "CapAmb" },
		{ "status", "CapPrm:\t0x1\n" GOOD, "CapPrm" },
		{ "status", "Seccomp:\t2\n",
		  "Uid Gid Groups NoNewPrivs CapInh CapPrm CapEff CapBnd CapAmb" },
		{ "status", "Uid:\t1001\t0\t1001\t1001\n" GOOD, "Uid" },
		{ "status", "Gid:\t1001\t1001\t0\t1001\n" GOOD, "Gid" },
		{ "status", "Groups:\t29 \n" GOOD, "Groups" },
		{ "status", "Groups:\t0 29 70000 \n" GOOD, "Groups" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct err e = { 0 };
		char out[ROOM], want[ROOM];

		assert_int_equal(world(state), 0);
		give("cgroup.threads", "17\n");
		give(rows[i].path, rows[i].text);
		assert_int_equal(verify(out, &e), 1);
		snprintf(want, sizeof(want), LABEL " 17: differs in %s\n", rows[i].names);
		assert_string_equal(out, want);
	}
}

/* An app that may change its ids is not called unconfined for it; its capabilities still count. */
static void test_ids_of_its_own(void **state)
{
	struct err e = { 0 };
	char out[ROOM];

	(void)state;
	assert_int_equal(world_with(PLAN_LAYERS_ALL, 0, 1 | 1u << CAP_SETGID | 1u << CAP_SETUID),
			 0);
	give("cgroup.threads", "17\n");
	give("status", "Uid:\t7\t7\t7\t7\nGid:\t7\t7\t7\t7\nGroups:\t \n" GOOD);
	assert_int_equal(verify(out, &e), 0);
	assert_string_equal(out, LABEL " 17: confined\n");
	assert_int_equal(world_with(PLAN_LAYERS_ALL, 0, 1 | 1u << CAP_SETUID), 0);
	give("cgroup.threads", "17\n");
	give("status", "Uid:\t7\t7\t7\t7\nGid:\t7\t7\t7\t7\nGroups:\t \n" GOOD);
	assert_int_equal(verify(out, &e), 1);
	assert_string_equal(out, LABEL " 17: differs in Gid Groups\n");
}

/* No device map and no profile to ask for, and it is not called confined. */
static void test_development(void **state)
{
	struct err e = { 0 };
	char out[ROOM];

	(void)state;
	assert_int_equal(world_of(PLAN_LAYER_SECCOMP, 0), 0);
	give("cgroup.threads", "17\n");
	give("status", STATUS("2", "0", "000001ffffffffff", "000001ffffffffff"));
	give("attr/apparmor/current", "unconfined\n");
	if (verify(out, &e))
		fail_msg("%s %s", out, e.text);
	assert_string_equal(out, LABEL " 17: as its development plan says\n");
}

/* Its profile complains, and so does what the kernel makes of it for other programs. */
static void test_devmode(void **state)
{
	static const struct {
		const char *label;
		bool planned;
	} rows[] = {
		{ LABEL " (complain)\n", true },
		{ LABEL "//null-/bin/sh (complain)\n", true },
		{ LABEL "//null-/bin/sh//null-/bin/ls (complain)\n", true },
		{ LABEL " (enforce)\n", false },
		{ LABEL "//null-/bin/sh (enforce)\n", false },
		{ LABEL "//hat (complain)\n", false },
		{ LABEL "2 (complain)\n", false },
		{ "snap.other.app//null-/bin/sh (complain)\n", false },
		{ "unconfined\n", false },
		{ "\n", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct err e = { 0 };
		char out[ROOM];

		assert_int_equal(
			world_of(PLAN_LAYERS_ALL, PLAN_FLAG_DEVELOPMENT | PLAN_FLAG_COMPLAIN), 0);
		give("cgroup.threads", "17\n");
		give("attr/apparmor/current", rows[i].label);
		assert_int_equal(verify(out, &e), !rows[i].planned);
		assert_string_equal(out, rows[i].planned ? LABEL " 17: DEVMODE, not confined\n"
							 : LABEL " 17: differs in label\n");
	}
}

static void test_not_running(void **state)
{
	struct err e = { 0 };
	char out[ROOM];

	(void)state;
	give("cgroup.threads", "");
	assert_int_equal(verify(out, &e), 1);
	assert_string_equal(out, LABEL ": not running\n");
	/* A thread that ended meanwhile is no thread. */
	give("cgroup.threads", "17\n18\n");
	sys_fake_missing("17", ENOENT);
	assert_int_equal(verify(out, &e), 0);
	assert_string_equal(out, LABEL " 18: confined\n");
	sys_fake_missing("17", EACCES);
	assert_int_equal(verify(out, &e), -1);
	assert_string_equal(e.text, "cannot open 17: Permission denied");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_confined, world),
		cmocka_unit_test_setup(test_started, world),
		cmocka_unit_test_setup(test_nobody, world),
		cmocka_unit_test_setup(test_recorded, world),
		cmocka_unit_test(test_recorded_differs),
		cmocka_unit_test(test_recorded_faults),
		cmocka_unit_test_setup(test_many_groups, world),
		cmocka_unit_test_setup(test_groups, world),
		cmocka_unit_test_setup(test_differs, world),
		cmocka_unit_test(test_development),
		cmocka_unit_test(test_devmode),
		cmocka_unit_test(test_ids_of_its_own),
		cmocka_unit_test_setup(test_not_running, world),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	sys_fake_reset();
	sys_fake_device_reset();
	return failed;
}
