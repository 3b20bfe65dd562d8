/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a snap's kept namespace on a real kernel: starts at the same time, starts that are
 * killed, and commands that run on when it is made anew. */
#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "mem.h"
#include "native.h"

#define INFO   "/run/snapd/ns/demo.info"
#define ROUNDS 25
#define FAILED 98

/* As if the plan were another now: one bit of the digest in the record. */
static int change_record(void)
{
	int fd = open(INFO, O_RDWR);
	char byte;
	ssize_t n = pread(fd, &byte, 1, 8);

	byte ^= 1;
	n += pwrite(fd, &byte, 1, 8);
	close(fd);
	return n == 2 ? 0 : -1;
}

/* What launchers of development plans say at each start. */
static void hush(void)
{
	int fd = open("/dev/null", O_WRONLY);

	dup2(fd, 2);
	close(fd);
}

static pid_t start_beside(const struct native *t)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(native_start(t));
	return pid;
}

static int status_of(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

/* What a start leaves: the record and two namespaces, each mounted once. */
static int left_as_one(void)
{
	char line[4096];
	unsigned mounts = 0, names = 0;
	FILE *f = fopen("/proc/self/mounts", "r");
	DIR *d = opendir("/run/snapd/ns");

	while (f && fgets(line, sizeof(line), f))
		mounts += strncmp(line, "nsfs /run/snapd/ns/", 19) == 0;
	for (const struct dirent *e; d && (e = readdir(d));)
		names += e->d_name[0] != '.';
	if (f)
		fclose(f);
	if (d)
		closedir(d);
	return mounts == 2 && names == 3 ? 0 : -1;
}

/* --- at the same time --------------------------------------------------------------------------
 */

#define WHICH "readlink /proc/self/ns/ipc /proc/self/ns/mnt | head -n 1"

/* None is kept, or one that fits no more. */
static int start_together(void)
{
	const struct native t = { 0 };

	hush();
	for (int i = 0; i < ROUNDS; i++) {
		pid_t first = start_beside(&t), second = start_beside(&t);

		if (status_of(first) || status_of(second) || left_as_one())
			return -1;
		if (i % 2 ? unlink(INFO) : change_record())
			return -1;
	}
	return 0;
}

static void test_two_first_starts(void **state)
{
	const struct native t = { .script = WHICH, .before = start_together };
	char out[ROOM], first[64], second[64];
	const char *at = out;

	(void)state;
	NEEDS_KERNEL();
	native_expect_start(&t, out);
	for (int i = 0; i < ROUNDS; i++) {
		int n = 0;

		assert_int_equal(sscanf(at, "%63s %63s%n", first, second, &n), 2);
		assert_int_equal(strncmp(first, "ipc:[", 5), 0);
		assert_string_equal(first, second);
		at += n;
	}
}

/* --- killed ------------------------------------------------------------------------------------
 */

#define STEPS_MAX 4000

/* Starts it and kills it when it has returned from its n-th system call: 1 when it was still the
 * launcher, 0 when the app had begun, -1 on failure. */
static int kill_after(const struct native *t, unsigned n)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL))
			_exit(FAILED);
		native_exec(t);
	}
	/* Stopped by its first exec. */
	if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status) ||
	    ptrace(PTRACE_SETOPTIONS, pid, NULL,
		   PTRACE_O_TRACEEXEC | PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL))
		return -1;
	for (unsigned stops = 0; stops < 2 * n; stops++) {
		if (ptrace(PTRACE_SYSCALL, pid, NULL, NULL) || waitpid(pid, &status, 0) != pid ||
		    !WIFSTOPPED(status))
			return -1;
		if (status >> 8 == (SIGTRAP | PTRACE_EVENT_EXEC << 8))
			break;
	}
	n = status >> 8 != (SIGTRAP | PTRACE_EVENT_EXEC << 8);
	kill(pid, SIGKILL);
	return waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) ? (int)n : -1;
}

static int fail_after(unsigned n, const char *what)
{
	printf("after call %u: %s\n", n, what);
	fflush(stdout);
	return -1;
}

/*
 * With a namespace that fits no more each start takes it down and makes one. Whatever call was its
 * last, the next start succeeds, and the one after finds what that one has left.
 */
static int kill_everywhere(void)
{
	const struct native again = { .arg = "again" }, t = { .arg = "first" };
	int going = 1;

	hush();
	if (native_start(&again))
		return -1;
	for (unsigned n = 1; going == 1 && n < STEPS_MAX; n++) {
		if (change_record())
			return fail_after(n, "no record");
		going = kill_after(&t, n);
		if (going < 0)
			return fail_after(n, "it cannot be traced");
		if (native_start(&t))
			return fail_after(n, "the next start fails");
		if (native_start(&again))
			return fail_after(n, "the one after does not find what that left");
		if (left_as_one())
			return fail_after(n, "something is left over");
		if (!going) {
			printf("killed %u times\n", n);
			fflush(stdout);
		}
	}
	return going;
}

static void test_killed(void **state)
{
	const struct native t = { .script = "case $0 in first) touch /tmp/mark;; again) "
					    "test -e /tmp/mark || test ! -e /tmp/more;; esac; "
					    "touch /tmp/more",
				  .arg = "again",
				  .before = kill_everywhere };
	char out[ROOM];
	unsigned times = 0;

	(void)state;
	NEEDS_KERNEL();
	native_expect_start(&t, out);
	assert_int_equal(sscanf(strstr(out, "killed ") ? strstr(out, "killed ") : "",
				"killed %u times", &times),
			 1);
	assert_in_range(times, 150, STEPS_MAX);
}

/* --- running commands --------------------------------------------------------------------------
 */

static int replace_under_it(void)
{
	const struct native old = { .arg = "old" }, new = { .arg = "new" };
	pid_t pid = start_beside(&old);
	int fd, failed;

	for (int i = 0; i < 500 && access("/run/up/up", F_OK); i++)
		usleep(20000);
	failed = change_record() || native_start(&new);
	/* It ends, whatever was found. */
	fd = open("/run/shown", O_WRONLY | O_TRUNC);
	failed |= write(fd, "go\n", 3) != 3;
	close(fd);
	return failed | status_of(pid);
}

static int make_up(void)
{
	return mkdir("/run/up", 0777) ? -1 : replace_under_it();
}

static const struct native_mount up[] = { { PLAN_MOUNT_DIR, 0, "", "up", 0755, 0 },
					  { PLAN_MOUNT_BIND, 0, "/run/up", "up", 0, 0 },
					  { 0 } };

/* A command keeps the namespace that it has; the next one is given another. */
static void test_running_command_keeps_its_own(void **state)
{
	const struct native t = {
		.script = "case $0 in "
			  "old) touch /tmp/old /up/up; until grep -q go /one; do sleep 0.05; done; "
			  "test -e /tmp/old && test ! -e /tmp/new && echo still;; "
			  "new) test ! -e /tmp/old && touch /tmp/new && echo anew;; "
			  "after) test -e /tmp/new && echo kept;; esac",
		.arg = "after",
		.mounts = up,
		.before = make_up,
	};
	char out[ROOM];

	(void)state;
	NEEDS_KERNEL();
	native_expect_start(&t, out);
	native_expect_line(out, "anew\n");
	native_expect_line(out, "still\n");
	native_expect_line(out, "kept\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_two_first_starts),
		cmocka_unit_test(test_killed),
		cmocka_unit_test(test_running_command_keeps_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
