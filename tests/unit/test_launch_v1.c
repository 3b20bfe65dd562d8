/* SPDX-License-Identifier: Apache-2.0 */
/* An app in its device cgroup of version 1, where this machine has the controller. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "cgroup.h"
#include "device.h"
#include "native.h"
#include "plan.h"

#define LABEL "snap.demo.app"
#define GROUP SYS_CGROUP_ROOT_V1 "/" LABEL
#define TRY                                                                                        \
	"cat /proc/self/cgroup; for d in null full; do if (: </dev/$d) 2>/dev/null; "              \
	"then echo $d opens; else echo $d refused; fi; done"

static bool possible(void)
{
	return native_possible() && access("/sys/fs/cgroup/devices/devices.allow", W_OK) == 0;
}

/* As boot leaves it for a plan with one device. */
static int prepare(void)
{
	struct sys_device_record r = { 0 };
	struct stat st;

	mkdir(SYS_CGROUP_ROOT_V1, 0755);
	if (mkdir(GROUP, 0755) || stat(GROUP, &st))
		return -1;
	native_put(GROUP "/devices.deny", "a", 1, 0);
	native_put(GROUP "/devices.allow", "c 1:3 rw", 8, 0);
	r.cgroup_inode = st.st_ino;
	if (mkdir(SYS_DEVICE_RECORD_ROOT, 0700))
		return -1;
	native_put(SYS_DEVICE_RECORD_ROOT "/" LABEL, &r, sizeof(r), 0400);
	return 0;
}

static int prepare_open(void)
{
	if (prepare())
		return -1;
	native_put(GROUP "/devices.allow", "a", 1, 0);
	return 0;
}

static int prepare_other(void)
{
	struct sys_device_record r = { 0 };

	if (prepare())
		return -1;
	native_put(SYS_DEVICE_RECORD_ROOT "/" LABEL, &r, sizeof(r), 0400);
	return 0;
}

/* A process in it that nothing confines. */
static int prepare_member(void)
{
	int ends[2];
	char byte;

	if (prepare() || pipe2(ends, O_CLOEXEC))
		return -1;
	if (fork() == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		native_put(GROUP "/cgroup.procs", "0", 1, 0);
		(void)!write(ends[1], "", 1);
		for (;;)
			pause();
	}
	/* Told that it is in the group; the end of the pipe is that it is not. */
	close(ends[1]);
	return read(ends[0], &byte, 1) == 1 ? 0 : -1;
}

static int clean(void **state)
{
	(void)state;
	for (int i = 0; i < 50 && rmdir(GROUP) && access(GROUP, F_OK) == 0; i++)
		usleep(20000);
	rmdir(SYS_CGROUP_ROOT_V1);
	return 0;
}

static void test_devices(void **state)
{
	const struct native t = {
		.script = TRY, .uid = 4321, .layers = PLAN_LAYER_DEVICES, .before = prepare
	};
	char out[ROOM];

	(void)state;
	if (!possible())
		skip();
	native_expect_start(&t, out);
	native_expect_line(out, "development plan without apparmor\n");
	native_expect_line(out, ":devices:/bulkhead/" LABEL "\n");
	native_expect_line(out, "null opens\nfull refused\n");
}

static void refused(int (*before)(void), const char *why)
{
	const struct native t = { .script = TRY, .layers = PLAN_LAYER_DEVICES, .before = before };
	char out[ROOM];

	if (!possible())
		skip();
	assert_int_equal(native_launch(&t, out), 125);
	native_expect_line(out, why);
	assert_null(strstr(out, "opens"));
}

static void test_open_list(void **state)
{
	(void)state;
	refused(prepare_open,
		"cannot verify device cgroup of " LABEL ": nothing of ours guards it");
}

static void test_other_cgroup(void **state)
{
	(void)state;
	refused(prepare_other, "cannot use device cgroup of " LABEL ": not the one boot made");
}

static void test_delegate(void **state)
{
	const struct native t = { .script = TRY,
				  .layers = PLAN_LAYER_DEVICES,
				  .flags = PLAN_FLAG_DELEGATE,
				  .before = prepare };
	char out[ROOM];

	(void)state;
	if (!possible())
		skip();
	assert_int_equal(native_launch(&t, out), 125);
	native_expect_line(out, "cannot give it cgroups to divide, which takes version 2: ");
	assert_null(strstr(out, "opens"));
	assert_int_equal(access(GROUP "/" SYS_CGROUP_NESTED, F_OK), -1);
}

static void test_verify(void **state)
{
	static const char *const argv[] = { LABEL, "--verify", NULL };
	const struct native t = {
		.script = TRY, .argv = argv, .layers = PLAN_LAYER_DEVICES, .before = prepare_member
	};
	char out[ROOM];

	(void)state;
	if (!possible())
		skip();
	assert_int_equal(native_launch(&t, out), 1);
	native_expect_line(out, ": differs in Groups Seccomp NoNewPrivs");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_devices, clean),
		cmocka_unit_test_teardown(test_open_list, clean),
		cmocka_unit_test_teardown(test_delegate, clean),
		cmocka_unit_test_teardown(test_other_cgroup, clean),
		cmocka_unit_test_teardown(test_verify, clean),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
