/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A whole launch over a kernel that takes notes: its system calls are compared with
 * tests/golden-launch/NAME.txt (UPDATE=1 writes them), and each of them is made to fail once: the
 * app must never be reached then.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/magic.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "build.h"
#include "cleanup.h"
#include "fd.h"
#include "launch.h"
#include "mem.h"
#include "place.h"
#include "sha256.h"
#include "str.h"
#include "sys_fake.h"
#include "sys_fake_device.h"

#define LABEL	    "snap.demo.app"
#define PLAN_PATH   "plans/" LABEL ".plan"
#define FILTER_PATH "filters/" LABEL ".bpf"
#define PROFILES    "other (enforce)\n" LABEL " (enforce)\n"
#define STATUS(caps)                                                                               \
	"Name:\tx\nUid:\t1001\t1001\t1001\t1001\nGid:\t1001\t1001\t1001\t1001\n"                   \
	"Groups:\t29 \nNoNewPrivs:\t1\nCapInh:\t0000000000000400\nCapPrm:\t" caps                  \
	"\nCapEff:\t0000000000000401\nCapBnd:\t0000000000000401\n"                                 \
	"CapAmb:\t0000000000000400\n"

static void add_mount(struct build_plan *p, uint32_t op, const char *source, const char *target)
{
	struct plan_mount m = { .op = op,
				.source = build_text(&p->b, source),
				.target = build_text(&p->b, target) };

	if (op == PLAN_MOUNT_TMPFS) {
		m.flags = PLAN_MOUNT_NOSUID | PLAN_MOUNT_OWNED;
		m.size_kib = 64;
		m.mode = 0700;
	} else if (op == PLAN_MOUNT_BIND) {
		m.flags = PLAN_MOUNT_READONLY | PLAN_MOUNT_NODEV;
	} else if (op == PLAN_MOUNT_DIR) {
		m.mode = 0755;
	}
	build_plan_row(p, PLAN_TABLE_MOUNTS, &m);
}

static void give_plan(uint32_t flags, uint32_t pass)
{
	static const struct filter_insn insns[] = { { BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW } };
	struct build_plan p = { 0 };
	CLEANUP_FREE void *filter = NULL;
	CLEANUP_FREE void *plan = NULL;
	size_t size;

	build_plan_start(&p);
	p.header.flags = flags;
	p.header.caps = 0x401;
	p.header.ambient = 0x400;
	p.header.nice = -3;
	p.header.cwd = build_text(&p.b, "/var/snap/demo/x1");
	p.header.pass = pass;
	p.header.passed_fds = pass & PLAN_PASS_LISTEN_FDS ? 1 : 0;
	build_plan_text(&p, PLAN_TABLE_ARGV, "-v");
	build_plan_text(&p, PLAN_TABLE_ENV, "SNAP=/snap/demo/x1");
	build_plan_row(&p, PLAN_TABLE_GROUPS, &(uint32_t){ 29 });
	build_plan_row(&p, PLAN_TABLE_RLIMITS, &(struct plan_rlimit){ RLIMIT_CORE, 0, 0, 0 });
	add_mount(&p, PLAN_MOUNT_DIR, "", "usr");
	add_mount(&p, PLAN_MOUNT_BIND, "/usr", "usr");
	add_mount(&p, PLAN_MOUNT_SYMLINK, "usr/bin", "bin");
	add_mount(&p, PLAN_MOUNT_TMPFS, "", "usr/lib/bulkhead");
	add_mount(&p, PLAN_MOUNT_FILE, "", "one");
	filter = build_filter(insns, ARRAY_SIZE(insns), &size);
	sys_fake_file(FILTER_PATH, filter, size);
	sha256_of(filter, size, p.header.filter_digest);
	plan = build_plan_end(&p, &size);
	sys_fake_file(PLAN_PATH, plan, size);
}

static void give_text(const char *path, const char *text)
{
	sys_fake_file(path, text, strlen(text));
}

/* A device on which boot has done its work and no app has run. */
static int world(void **state)
{
	(void)state;
	sys_fake_reset();
	sys_fake_device_reset();
	sys_fake_apparmor_dir("/");
	if (sys_device_create(LABEL, NULL))
		return -1;
	give_plan(PLAN_FLAG_NETWORK_OWN, PLAN_PASS_TERM);
	give_text("status", STATUS("0000000000000401"));
	give_text("cgroup", "1:name=x:/\n0::/bulkhead/" LABEL "\n");
	give_text("attr/apparmor/exec", LABEL " (enforce)\n");
	give_text("profiles", PROFILES);
	give_text("sys/kernel/random/boot_id", "01234567-89ab-cdef-0123-456789abcdef\n");
	sys_fake_fs("proc", PROC_SUPER_MAGIC);
	sys_fake_missing("demo.info", ENOENT);
	sys_fake_fs("demo.mnt", NSFS_MAGIC);
	sys_fake_fs("demo.ipc", NSFS_MAGIC);
	return 0;
}

static int done(void **state)
{
	(void)state;
	sys_fake_reset();
	sys_fake_device_reset();
	return 0;
}

/* One launch; what it noted is the text from *from on. Returns launch_app's answer. */
static int launch(struct launch *l, char *const environ_[], size_t *from, struct err *e)
{
	static char one[] = "one", two[] = "two words";
	static char *const args[] = { one, two, NULL };
	int r;

	*from = strlen(sys_fake_text());
	l->label = LABEL;
	l->args = args;
	r = launch_app(l, environ_, e);
	launch_release(l);
	return r;
}

static void compare(const char *name, const char *text)
{
	char path[128];
	CLEANUP_FREE char *want = NULL;
	struct err e = { 0 };
	size_t len;

	snprintf(path, sizeof(path), "tests/golden-launch/%s.txt", name);
	if (getenv("UPDATE"))
		place_file(path, text, strlen(text), 0644);
	want = fd_read_file(path, 1 << 20, &len, &e);
	if (!want)
		fail_msg("%s", e.text);
	assert_string_equal(text, want);
}

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
	compare("first", sys_fake_text() + from);
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
	compare("second", sys_fake_text() + from);
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
	compare("terminal", sys_fake_text() + from);
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

/* Every call fails once; exec is the last and is never made. */
static void test_every_fault(void **state)
{
	static void (*const settings[])(void) = { set_plain, set_joined, set_terminal };
	unsigned tried = 0;

	for (size_t s = 0; s < ARRAY_SIZE(settings); s++)
		for (unsigned n = 1;; n++) {
			struct launch l = LAUNCH_INIT;
			struct err e = { 0 };
			size_t from;

			assert_int_equal(world(state), 0);
			settings[s]();
			sys_fake_fail_at(n);
			assert_int_equal(launch(&l, no_environ, &from, &e), -1);
			if (!strstr(sys_fake_text() + from, " = EIO\n")) {
				assert_non_null(strstr(sys_fake_text() + from, "execve"));
				break;
			}
			tried++;
			assert_int_equal(l.status, LAUNCH_FAILED);
			/* Reached only when it is the one that failed, which ends the text. */
			if (strstr(sys_fake_text() + from, "execve ") &&
			    !str_ends(sys_fake_text(),
				      "with SNAP=/snap/demo/x1 TERM=vt100 = EIO\n"))
				fail_msg("exec reached after call %u failed:\n%s", n,
					 sys_fake_text() + from);
		}
	assert_true(tried > 300);
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

static void other_cgroup(void)
{
	give_text("cgroup", "0::/bulkhead/" LABEL "2\n");
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
	give_plan(PLAN_FLAG_DEVELOPMENT | PLAN_FLAG_COMPLAIN, PLAN_PASS_TERM);
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

static void not_root(void)
{
	sys_fake_value("geteuid", 1000);
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
		{ other_cgroup,
		  "phase read-back: cannot confirm the cgroup: not in 0::/bulkhead/" },
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
		{ false_proc, "phase proc: cannot trust /proc: file system type" },
		{ others_lock, "phase lock: cannot lock demo.lock: another has it for 30 seconds" },
		{ writable_lock, "phase lock: cannot trust /run/snapd/lock: others may write it" },
		{ foreign_ns,
		  "phase namespaces: cannot trust /run/snapd/ns: its owner is not root" },
		{ other_filter, "cannot use filters/snap.demo.app.bpf: it is not the filter" },
		{ short_plan, "plans/snap.demo.app.plan: cannot " },
		{ not_root, "cannot confine an app: only root can" },
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
	compare("parent", sys_fake_text() + from);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_first_launch, world, done),
		cmocka_unit_test_setup_teardown(test_second_launch, world, done),
		cmocka_unit_test_setup_teardown(test_terminal_launch, world, done),
		cmocka_unit_test_setup_teardown(test_every_fault, world, done),
		cmocka_unit_test_setup_teardown(test_refused, world, done),
		cmocka_unit_test_setup_teardown(test_parent, world, done),
		cmocka_unit_test_setup_teardown(test_devmode, world, done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
