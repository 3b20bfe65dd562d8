/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A whole launch over a kernel that takes notes: its system calls are compared with
 * tests/golden-launch/NAME.txt (UPDATE=1 writes them), and each of them is made to fail once: the
 * app must never be reached then.
 */
#include "launch_world.h"

static char preload[] = "LD_PRELOAD=/evil.so", term[] = "TERM=vt100", snap[] = "SNAP=/evil";
static char *const no_environ[] = { preload, term, snap, NULL };

static void test_first_launch(void **state)
{
	struct launch l = LAUNCH_INIT;
	struct err e = { 0 };
	size_t from;

	(void)state;
	assert_int_equal(launch(&l, no_environ, &from, &e), -1);
	assert_string_equal(e.text, "phase exec: cannot execute /snap/demo/x1/bin/app: "
				    "No such file or directory");
	assert_int_equal(l.status, LAUNCH_NOT_FOUND);
	compare_file("first", ".txt", sys_fake_text() + from);
}

static void test_second_launch(void **state)
{
	struct launch first = LAUNCH_INIT, l = LAUNCH_INIT;
	struct err e = { 0 };
	size_t from;

	(void)state;
	assert_int_equal(launch(&first, no_environ, &from, &e), -1);
	sys_fake_value("execve", EACCES);
	assert_int_equal(launch(&l, no_environ, &from, &e), -1);
	assert_int_equal(l.status, LAUNCH_NOT_EXECUTABLE);
	compare_file("second", ".txt", sys_fake_text() + from);
}

/* With the caller's terminal on 0, 1 and 2: the child's part of it. */
static void test_terminal_launch(void **state)
{
	struct launch l = LAUNCH_INIT;
	struct err e = { 0 };
	size_t from;

	(void)state;
	sys_fake_value("isatty", 1);
	assert_int_equal(launch(&l, no_environ, &from, &e), -1);
	compare_file("terminal", ".txt", sys_fake_text() + from);
}

static void set_plain(void)
{
}

static void set_joined(void)
{
	struct launch l = LAUNCH_INIT;
	struct err e = { 0 };
	size_t from;

	assert_int_equal(launch(&l, no_environ, &from, &e), -1);
}

static void set_terminal(void)
{
	sys_fake_value("isatty", 1);
}

static void (*const settings[])(void) = { set_plain, set_joined, set_terminal };

/* A launch in that setting, of which the n-th call fails. What was noted of it, or NULL where it
 * has no call of that number. */
static const char *launch_failing(size_t setting, unsigned n, struct launch *l, struct err *e)
{
	const char *noted;
	size_t from;

	assert_int_equal(world(NULL), 0);
	settings[setting]();
	sys_fake_fail_at(n);
	assert_int_equal(launch(l, no_environ, &from, e), -1);
	noted = sys_fake_text() + from;
	if (strstr(noted, " = EIO\n"))
		return noted;
	assert_non_null(strstr(noted, "execve"));
	return NULL;
}

/* Every call fails once; exec is the last and is never made. */
static void test_every_fault(void **state)
{
	unsigned tried = 0;

	(void)state;
	for (size_t s = 0; s < ARRAY_SIZE(settings); s++)
		for (unsigned n = 1;; n++, tried++) {
			struct launch l = LAUNCH_INIT;
			struct err e = { 0 };
			const char *noted = launch_failing(s, n, &l, &e);

			if (!noted)
				break;
			assert_int_equal(l.status, LAUNCH_FAILED);
			if (reached(noted))
				fail_msg("exec reached after call %u failed:\n%s", n, noted);
		}
	assert_true(tried > 300);
}

/* What is said of each call that fails: the phase, the reason, and what to do. */
static void test_every_message(void **state)
{
	CLEANUP_STR struct str said = { 0 };

	(void)state;
	for (size_t s = 0; s < ARRAY_SIZE(settings); s++)
		for (unsigned n = 1;; n++) {
			CLEANUP_STR struct str line = { 0 };
			struct launch l = LAUNCH_INIT;
			struct err e = { 0 };

			if (!launch_failing(s, n, &l, &e))
				break;
			str_printf(&line, "%s; %s\n", e.text, l.step.hint);
			if (!strstr(str_text(&said), str_text(&line)))
				str_add(&said, str_text(&line));
		}
	compare_file("messages", ".txt", str_text(&said));
}

/* --- what the read-back and the rest refuse -----------------------------------------------------
 */

static void bad_caps(void)
{
	give_text("status", STATUS("0000000000000411"));
}

static void more_groups(void)
{
	give_text("status", "Groups:\t27 29 \n" STATUS("0000000000000401"));
}

static void other_gid(void)
{
	give_text("status", "Gid:\t1001\t1001\t0\t1001\n" STATUS("0000000000000401"));
}

static void no_status(void)
{
	give_text("status", "");
}

static void other_onexec(void)
{
	give_text("attr/apparmor/exec", "unconfined\n");
}

static void complain(void)
{
	give_text("profiles", LABEL " (complain)\nother (enforce)\n");
}

/* A plan of devmode, and a profile that enforces or complains. */
static void enforce_in_devmode(void)
{
	struct variant v = VARIANT_PLAIN;

	v.flags = PLAN_FLAG_DEVELOPMENT | PLAN_FLAG_COMPLAIN;
	give_plan(&v);
}

static void list_enforces_in_devmode(void)
{
	enforce_in_devmode();
	give_text("attr/apparmor/exec", LABEL " (complain)\n");
}

static void no_apparmor(void)
{
	sys_fake_apparmor_dir(NULL);
}

static void false_proc(void)
{
	sys_fake_fs("proc", TMPFS_MAGIC);
}

static void others_lock(void)
{
	sys_fake_value("flock", EWOULDBLOCK);
}

static void writable_lock(void)
{
	sys_fake_owner("run/snapd/lock", 0, 01777);
}

static void foreign_ns(void)
{
	sys_fake_owner("run/snapd/ns", 1000, 0700);
}

static void other_filter(void)
{
	sys_fake_file(FILTER_PATH, "x", 1);
}

static void short_plan(void)
{
	sys_fake_file(PLAN_PATH, "BHPLAN\0\0", 8);
}

/* What a plan that divides its cgroup refuses: a fault first, then a world in which it starts. */
static void test_delegate(void **state)
{
	static const struct {
		long freeze;
		const char *cgroup, *text;
	} rows[] = {
		{ 0, "0::/\n",
		  "phase own-namespaces: cannot give it cgroups to divide: mounted without "
		  "nsdelegate" },
		{ EROFS, "0::/\n", "mounted without nsdelegate" },
		{ EPERM, "0::/bulkhead/" LABEL "/app\n",
		  "phase read-back: cannot confirm the cgroup: not in 0::/ alone" },
		{ EPERM, "1:name=x:/\n0::/\n",
		  "phase read-back: cannot confirm the cgroup: not in 0::/ alone" },
		{ EPERM, "0::/\n", "phase exec: " },
	};
	struct variant v = VARIANT_PLAIN;

	v.flags |= PLAN_FLAG_DELEGATE;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct launch l = LAUNCH_INIT;
		struct err e = { 0 };
		size_t from;

		assert_int_equal(world(state), 0);
		give_plan(&v);
		give_text("cgroup", rows[i].cgroup);
		sys_fake_value("cgroup.freeze", rows[i].freeze);
		assert_int_equal(launch(&l, no_environ, &from, &e), -1);
		if (!strstr(e.text, rows[i].text))
			fail_msg("row %zu: %s", i, e.text);
	}
}

static void test_refused(void **state)
{
	static const struct {
		void (*set)(void);
		const char *text;
	} rows[] = {
		{ bad_caps, "phase read-back: cannot confirm CapPrm: not as the plan says" },
		{ more_groups, "phase read-back: cannot confirm Groups: not as the plan says" },
		{ other_gid, "phase read-back: cannot confirm Gid: not as the plan says" },
		{ no_status, "phase read-back: cannot confirm Uid Gid Groups NoNewPrivs "
			     "CapInh CapPrm CapEff CapBnd CapAmb: not as the plan says" },
		{ other_onexec, "phase read-back: cannot confirm the profile for exec: it is "
				"\"unconfined\", not \"snap.demo.app (enforce)\"" },
		{ complain, "phase read-back: cannot confirm profile \"snap.demo.app (enforce)\": "
			    "not loaded so" },
		{ enforce_in_devmode,
		  "phase read-back: cannot confirm the profile for exec: it is "
		  "\"snap.demo.app (enforce)\", not \"snap.demo.app (complain)\"" },
		{ list_enforces_in_devmode,
		  "phase read-back: cannot confirm profile \"snap.demo.app (complain)\": "
		  "not loaded so" },
		{ no_apparmor, "phase policy: cannot start apps: AppArmor is not enabled" },
		{ false_proc, "phase pack: cannot trust /proc: file system type" },
		{ others_lock, "phase lock: cannot lock demo.lock: another has it for 30 seconds" },
		{ writable_lock, "phase lock: cannot trust /run/snapd/lock: others may write it" },
		{ foreign_ns,
		  "phase namespaces: cannot trust /run/snapd/ns: its owner is not root" },
		{ other_filter, "phase pack: filters/snap.demo.app.bpf: cannot use filter: " },
		{ short_plan, "phase pack: plans/snap.demo.app.plan: cannot " },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct launch l = LAUNCH_INIT;
		struct err e = { 0 };
		size_t from;

		assert_int_equal(world(state), 0);
		rows[i].set();
		assert_int_equal(launch(&l, no_environ, &from, &e), -1);
		assert_int_equal(l.status, LAUNCH_FAILED);
		if (!str_starts(e.text, rows[i].text))
			fail_msg("\"%s\" does not begin with \"%s\"", e.text, rows[i].text);
		assert_null(strstr(sys_fake_text() + from, "execve "));
	}
}

/* Devmode is said, and comes as far as any other. */
static void test_devmode(void **state)
{
	CLEANUP_FD int kept = dup(2);
	CLEANUP_FD int said = memfd_create("said", MFD_CLOEXEC);
	struct launch l = LAUNCH_INIT;
	struct err e = { 0 };
	char text[256] = "";
	size_t from;

	(void)state;
	list_enforces_in_devmode();
	give_text("profiles", LABEL " (complain)\n");
	dup2(said, 2);
	assert_int_equal(launch(&l, no_environ, &from, &e), -1);
	dup2(kept, 2);
	assert_int_equal(l.status, LAUNCH_NOT_FOUND);
	assert_true(pread(said, text, sizeof(text) - 1, 0) > 0);
	assert_string_equal(text, "bulkhead-run: snap.demo.app: DEVMODE, not confined\n");
}

/* A parent that stays is nobody, and sends signals only. */
static void test_parent(void **state)
{
	struct launch l = LAUNCH_INIT;
	struct err e = { 0 };
	size_t from;

	(void)state;
	sys_fake_value("getpgrp", 4242);
	sys_fake_value("fork", 77);
	sys_fake_value("waitpid", 3 << 8);
	assert_int_equal(launch(&l, no_environ, &from, &e), 0);
	assert_int_equal(l.status, 3);
	compare_file("parent", ".txt", sys_fake_text() + from);
}

/* The first process of a PID namespace: nobody, it sends signals and takes every orphan. */
static void test_first(void **state)
{
	struct variant v = VARIANT_PLAIN;
	struct launch l = LAUNCH_INIT;
	struct err e = { 0 };
	size_t from;

	(void)state;
	v.flags |= PLAN_FLAG_PID_OWN;
	give_plan(&v);
	sys_fake_value("fork", 2);
	sys_fake_value("waitpid", 3 << 8);
	assert_int_equal(launch(&l, no_environ, &from, &e), 0);
	assert_int_equal(l.status, 3);
	compare_file("pid-first", ".txt", sys_fake_text() + from);
}

/* As the main process of a unit, whose app has processes of its own numbers: with its parent. */
static void unit_parent(void)
{
	struct variant v = VARIANT_PLAIN;

	v.flags |= PLAN_FLAG_PID_OWN;
	give_plan(&v);
	sys_fake_value("cgroup", SYS_CGROUP_UNIT);
	sys_fake_value("clone3", 77);
	sys_fake_value("fork", 77);
	sys_fake_value("waitpid", SIGSEGV);
}

/* It stays in the unit's cgroup, and ends by the signal that has ended the app. */
static void test_unit_parent(void **state)
{
	struct launch l = LAUNCH_INIT;
	struct err e = { 0 };
	size_t from;

	(void)state;
	unit_parent();
	assert_int_equal(launch(&l, no_environ, &from, &e), 0);
	assert_int_equal(l.status, 128 + SIGSEGV);
	compare_file("pid-unit", ".txt", sys_fake_text() + from);
}

/* Whatever fails before the app may begin: it is not told to. */
static void test_unit_parent_faults(void **state)
{
	for (unsigned n = 1;; n++) {
		struct launch l = LAUNCH_INIT;
		struct err e = { 0 };
		size_t from;

		assert_int_equal(world(state), 0);
		unit_parent();
		sys_fake_fail_at(n);
		if (launch(&l, no_environ, &from, &e) == 0) {
			assert_true(n > 30);
			break;
		}
		assert_int_equal(l.status, LAUNCH_FAILED);
		if (strstr(sys_fake_text() + from, "write <parent's end> 1 bytes = EIO\n"))
			break;
		assert_null(strstr(sys_fake_text() + from, "write <parent's end>"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_first_launch, world, done),
		cmocka_unit_test_setup_teardown(test_second_launch, world, done),
		cmocka_unit_test_setup_teardown(test_terminal_launch, world, done),
		cmocka_unit_test_setup_teardown(test_every_fault, world, done),
		cmocka_unit_test_setup_teardown(test_every_message, world, done),
		cmocka_unit_test_setup_teardown(test_refused, world, done),
		cmocka_unit_test_setup_teardown(test_delegate, world, done),
		cmocka_unit_test_setup_teardown(test_parent, world, done),
		cmocka_unit_test_setup_teardown(test_first, world, done),
		cmocka_unit_test_setup_teardown(test_unit_parent, world, done),
		cmocka_unit_test_setup_teardown(test_unit_parent_faults, world, done),
		cmocka_unit_test_setup_teardown(test_devmode, world, done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
