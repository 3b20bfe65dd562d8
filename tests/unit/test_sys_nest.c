/* SPDX-License-Identifier: Apache-2.0 */
/* Cgroups below an app's own, on the kernel of this machine where it has version 2. */
#include "cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "cleanup.h"
#include "fd.h"
#include "mem.h"
#include "str.h"

#define LABEL "snap.unit-test.nest"
#define GROUP SYS_CGROUP_ROOT "/" LABEL
#define SKIP  77

#define NEED(condition)                                                                            \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "line %d: %s (errno %d): %s\n", __LINE__, #condition,      \
				errno, e.text);                                                    \
			return 1;                                                                  \
		}                                                                                  \
	} while (0)

/* What this machine lacks, or NULL. A user-mode emulator, which has no openat2(2), is asked nothing
 * more: nothing is forked or moved there. */
static const char *missing(void)
{
	if (syscall(SYS_openat2, AT_FDCWD, "", NULL, 0) < 0 && errno == ENOSYS)
		return "openat2(2), which this emulator has not";
	return geteuid() ? "root" : NULL;
}

/* A namespace with version 2 at its place, and a group as boot makes it. */
static int set_up(void)
{
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return SKIP;
	/* What is mounted there already cannot be so over itself. */
	(void)!umount2("/sys/fs/cgroup", MNT_DETACH);
	if (mount("none", "/sys/fs/cgroup", "cgroup2", 0, NULL))
		return SKIP;
	(void)!mkdir(SYS_CGROUP_ROOT, 0755);
	return mkdir(GROUP, 0755) ? SKIP : 0;
}

static void clean_up(void)
{
	static const char *const left[] = { GROUP "/.control", GROUP "/app/t", GROUP "/app", GROUP,
					    SYS_CGROUP_ROOT };
	char path[128] = GROUP "/app/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x";

	for (; path[strlen(path) - 1] == 'x'; path[strlen(path) - 2] = '\0')
		rmdir(path);
	for (size_t i = 0; i < ARRAY_SIZE(left); i++)
		rmdir(left[i]);
}

/* No deeper than what walks there goes; path is the deepest. */
static int deepest(char path[128])
{
	struct err e = { 0 };
	int n = 1;

	while (n < 32 && mkdir(strcat(path, "/x"), 0755) == 0)
		n++;
	NEED(n == 16 && errno == EAGAIN);
	path[strlen(path) - 2] = '\0';
	return 0;
}

static int move(const char *group)
{
	int fd = fd_open_folder(AT_FDCWD, group, NULL);
	int r = fd_write_kernel(fd, "cgroup.procs", "0", 1, NULL);

	close(fd);
	return r;
}

static int nest(void)
{
	char path[128] = GROUP "/app";
	CLEANUP_STR struct str text = { 0 };
	CLEANUP_FD int fd = fd_open_folder(AT_FDCWD, GROUP, NULL);
	struct err e = { 0 };
	pid_t pids[4];

	NEED(sys_cgroup_has(AT_FDCWD, "/proc/self/cgroup", LABEL, &e) == SYS_CGROUP_NONE);
	NEED(sys_cgroup_nest(fd, &e) == 0 && sys_cgroup_nest(fd, &e) == 0);
	NEED(sys_cgroup_has(AT_FDCWD, "/proc/self/cgroup", LABEL, &e) == SYS_CGROUP_OWN);
	NEED(sys_cgroup_has(AT_FDCWD, "/proc/self/cgroup", "snap.unit-test.nes", &e) ==
	     SYS_CGROUP_NONE);
	NEED(deepest(path) == 0 && move(path) == 0);
	NEED(sys_cgroup_has(AT_FDCWD, "/proc/self/cgroup", LABEL, &e) == SYS_CGROUP_OWN);
	NEED(sys_cgroup_processes(fd, pids, 4, &e) == 1 && pids[0] == getpid());
	NEED(sys_cgroup_lines(fd, "cgroup.threads", &text, &e) == 0 && text.len > 1);
	/* What a threaded one has its domain lists. */
	NEED(mkdir(GROUP "/app/t", 0755) == 0 && move(GROUP "/app") == 0);
	NEED(fd_write_kernel(AT_FDCWD, GROUP "/app/t/cgroup.type", "threaded", 8, &e) == 0);
	NEED(sys_cgroup_processes(fd, pids, 4, &e) == 1 && pids[0] == getpid());
	/* A group that systemd makes beside it is none of the app's. */
	NEED(mkdir(GROUP "/.control", 0755) == 0 && move(GROUP "/.control") == 0);
	NEED(sys_cgroup_processes(fd, pids, 4, &e) == 0);
	NEED(sys_cgroup_populated(fd, &e) == 1);
	return 0;
}

/* What is killed with the group: all below it too. */
static int kill_all(void)
{
	CLEANUP_FD int fd = fd_open_folder(AT_FDCWD, GROUP, NULL);
	struct err e = { 0 };

	NEED(sys_cgroup_kill(fd, &e) == 0);
	for (int i = 0; i < 100 && sys_cgroup_populated(fd, &e) == 1; i++)
		usleep(20000);
	NEED(sys_cgroup_populated(fd, &e) == 0);
	return 0;
}

static int body(void)
{
	struct err e = { 0 };
	int status = 1, report[2];
	char done = 1;
	pid_t pid;

	NEED(pipe(report) == 0);
	pid = fork();
	if (pid == 0) {
		done = (char)nest();
		(void)!write(report[1], &done, 1);
		pause();
	}
	NEED(read(report[0], &done, 1) == 1);
	status = kill_all();
	/* Where it got into no group. */
	kill(pid, SIGKILL);
	NEED(status == 0 && waitpid(pid, &status, 0) == pid && WIFSIGNALED(status));
	return done;
}

static void test_nest(void **state)
{
	const char *lack = missing();
	int status = 0;
	pid_t pid;

	(void)state;
	if (lack) {
		print_message("skip: the test needs %s\n", lack);
		skip();
	}
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		status = set_up();
		status = status ? status : body();
		clean_up();
		_exit(status);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == SKIP) {
		print_message("skip: the test needs a kernel with cgroup2\n");
		skip();
	}
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* A list that is too long is one that could not be read, though what was there before it is none.
 */
static void test_too_long(void **state)
{
	char path[] = "/tmp/bulkhead-nest-XXXXXX";
	CLEANUP_STR struct str out = { 0 };
	CLEANUP_FD int dir = -1, file = -1;
	struct err e = { 0 };
	int r;

	(void)state;
	assert_non_null(mkdtemp(path));
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	file = openat(dir, "list", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(ftruncate(file, (4 << 20) + 1), 0);
	assert_int_equal(open("/proc/self/none", O_RDONLY), -1);
	r = sys_cgroup_lines(dir, "list", &out, &e);
	assert_int_equal(unlinkat(dir, "list", 0), 0);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(r, -1);
	assert_string_equal(e.text, "cannot read list: larger than 4194304 bytes");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nest),
		cmocka_unit_test(test_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
