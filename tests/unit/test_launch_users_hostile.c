/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an ordinary user can do to the process that becomes the launcher, before it does: nothing
 * of it gets past exec with the capabilities, and nothing of it stays in the way of a next start.
 */
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "mem.h"
#include "native.h"

/* A launch takes a few milliseconds. */
#define TIMED	   40
#define TIMED_USEC 150

/* --- no capability is lent ---------------------------------------------------------------------
 */

static int no_new_privs(void)
{
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

/* Another process of the user's has the same working directory, root and umask: it could change
 * them. */
static int shares_directory(void)
{
	pid_t pid = (pid_t)syscall(SYS_clone, CLONE_FS | SIGCHLD, NULL, NULL, NULL, NULL);

	if (pid == 0) {
		syscall(SYS_close_range, 0, ~0U, 0);
		alarm(20);
		pause();
		_exit(0);
	}
	return pid < 0;
}

/* A tracer that has the user's rights and no others. */
static int is_traced(void)
{
	int ready[2];
	pid_t tracer, self = getpid();
	char byte;

	if (pipe(ready))
		return -1;
	tracer = fork();
	if (tracer == 0) {
		int status;

		alarm(20);
		/* Until the other has said who may trace it. */
		while (ptrace(PTRACE_SEIZE, self, NULL, NULL))
			poll(NULL, 0, 5);
		(void)!write(ready[1], "", 1);
		syscall(SYS_close_range, 0, ~0U, 0);
		while (waitpid(self, &status, __WALL) == self && WIFSTOPPED(status))
			ptrace(PTRACE_CONT, self, NULL, NULL);
		_exit(0);
	}
	(void)prctl(PR_SET_PTRACER, tracer, 0, 0, 0);
	return tracer < 0 || read(ready[0], &byte, 1) != 1;
}

/* In a user namespace of its own the user has every capability, over what is its own. */
static int in_namespace(const char *map)
{
	int fd;

	if (unshare(CLONE_NEWUSER | CLONE_NEWNS))
		return -1;
	fd = open("/proc/self/uid_map", O_WRONLY);
	return fd < 0 || write(fd, map, strlen(map)) != (ssize_t)strlen(map);
}

static int is_root_there(void)
{
	return in_namespace("0 4301 1");
}

static int is_itself_there(void)
{
	return in_namespace("4301 4301 1");
}

static void test_not_lent(void **state)
{
	static const struct {
		int (*last)(void);
		const char *text;
	} rows[] = {
		{ no_new_privs, "cannot confine an app: only root can" },
		{ shares_directory, "cannot confine an app: only root can" },
		{ is_traced, "cannot confine an app: only root can" },
		{ is_root_there, ": cannot " },
		{ is_itself_there, "cannot confine an app: only root can" },
	};
	char out[ROOM];

	(void)state;
	NEEDS_KERNEL();
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		/* A launcher with sanitizers cannot look for leaks where it is traced. */
		const struct native t = { .script = "echo started",
					  .env = { "ASAN_OPTIONS=detect_leaks=0" },
					  .as = NATIVE_USER,
					  .last = rows[i].last };

		assert_int_equal(native_launch(&t, out), 125);
		native_expect_line(out, rows[i].text);
		assert_null(strstr(out, "started"));
	}
}

/* --- the names and words it is called by ---------------------------------------------------------
 */

static int without_arguments(void)
{
	char *const none[] = { NULL };

	execve(NATIVE_LENT, none, none);
	return -1;
}

static int as_boot(void)
{
	char *const boot[] = { (char *)(uintptr_t) "bulkhead-boot", NULL };

	execve(NATIVE_LENT, boot, boot + 1);
	return -1;
}

static void test_names(void **state)
{
	static int (*const rows[])(void) = { without_arguments, as_boot };
	char out[ROOM];

	(void)state;
	NEEDS_KERNEL();
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct native t = { .script = "", .as = NATIVE_USER, .last = rows[i] };

		assert_int_equal(native_launch(&t, out), 125);
		native_expect_line(out, "phase arguments: cannot use these arguments: ");
	}
}

/* --- what exec keeps
 * ------------------------------------------------------------------------------ */

/* Its children are then gone as they end, and their numbers are others'. */
static int ignores_children(void)
{
	/* Who waits in vain is ended. */
	alarm(20);
	return signal(SIGCHLD, SIG_IGN) == SIG_ERR;
}

static void test_ignored_children(void **state)
{
	static const struct native t = { .script = "exit 7",
					 .as = NATIVE_USER,
					 .last = ignores_children };
	struct native root = t;
	char out[ROOM];

	(void)state;
	NEEDS_KERNEL();
	assert_int_equal(native_launch_on_terminal(&t, NULL, out), 7);
	root.as = 0;
	root.flags = PLAN_FLAG_PID_OWN;
	assert_int_equal(native_launch(&root, out), 7);
}

static int has_timers(void)
{
	static const struct itimerval far = { { 0, 0 }, { 1000, 0 } };

	return setitimer(ITIMER_REAL, &far, NULL) | setitimer(ITIMER_PROF, &far, NULL) |
	       setitimer(ITIMER_VIRTUAL, &far, NULL);
}

/* alarm(0) says how long it would have been. */
static void test_timers(void **state)
{
	static const struct native t = {
		.script = "exec perl -e 'print \"left \", alarm(0), \"\\n\"'",
		.as = NATIVE_USER,
		.last = has_timers
	};
	char out[ROOM];

	(void)state;
	NEEDS_KERNEL();
	native_expect_start(&t, out);
	native_expect_line(out, "left 0\n");
}

static int root_is_input(void)
{
	return dup2(open("/", O_RDONLY | O_DIRECTORY), 0);
}

static int root_is_error(void)
{
	return dup2(open("/", O_PATH), 2) != 2;
}

static int none_open(void)
{
	return close(0) | close(1) | close(2);
}

static void test_descriptors(void **state)
{
	static const struct native input = { .script = "ls /proc/self/fd/0/",
					     .last = root_is_input };
	static const struct native error = { .script = "echo started",
					     .as = NATIVE_USER,
					     .last = root_is_error };
	/* The C library opens them where the file lends privilege; AppArmor, which does not know
	 * the caller's /dev, puts a null device of its own in their place. */
	static const struct native none = {
		.script = "for f in 0 1 2; do case $(readlink /proc/$$/fd/$f) in "
			  "*/null | */full | */.null) ;; *) exit 1 ;; esac; done; exit 7",
		.as = NATIVE_USER,
		.last = none_open,
	};
	char out[ROOM];

	(void)state;
	NEEDS_KERNEL();
	assert_int_equal(native_launch(&input, out), 125);
	native_expect_line(out, "cannot use descriptor 0: closed, or a folder; ");
	assert_int_equal(native_launch(&error, out), 125);
	assert_string_equal(out, "");
	assert_int_equal(native_launch(&none, out), 7);
}

/* --- a launcher that ends on its way -------------------------------------------------------------
 */

/* The first start of a world alone is hindered. */
static bool is_first(void)
{
	int fd = open(NATIVE_HOMES "/4301/first", O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	return fd >= 0 && close(fd) == 0;
}

static int writes_nothing(void)
{
	return is_first() && setrlimit(RLIMIT_FSIZE, &(struct rlimit){ 0, 0 });
}

static int opens_little(void)
{
	return is_first() && setrlimit(RLIMIT_NOFILE, &(struct rlimit){ 9, 9 });
}

/* Each a little later than the one before. */
static int ends_soon(void)
{
	struct itimerval soon = { 0 };

	for (int i = 0; i < TIMED; i++) {
		pid_t pid = fork();
		int status;

		if (pid == 0) {
			char *const argv[] = { (char *)(uintptr_t) "bulkhead-run",
					       (char *)(uintptr_t)LABEL, NULL };

			soon.it_value.tv_usec = 1 + i * TIMED_USEC;
			if (dup2(open("/dev/null", O_RDWR), 1) != 1 ||
			    setitimer(ITIMER_REAL, &soon, NULL))
				_exit(95);
			execve(NATIVE_LENT, argv, argv + 2);
			_exit(99);
		}
		if (waitpid(pid, &status, 0) != pid ||
		    (status && !(WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)))
			return -1;
	}
	return 0;
}

static void test_ended(void **state)
{
	static int (*const rows[])(void) = { writes_nothing, opens_little };
	static const struct native timed = { .script = "echo started",
					     .as = NATIVE_USER,
					     .last = ends_soon };
	char out[ROOM];

	(void)state;
	NEEDS_KERNEL();
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct native t = { .script = "echo started", .as = NATIVE_USER, .last = rows[i] };

		assert_int_not_equal(native_launch(&t, out), 0);
		assert_null(strstr(out, "started"));
		t.again = t.first_fails = true;
		native_expect_start(&t, out);
		native_expect_line(out, "started\n");
	}
	native_expect_start(&timed, out);
	native_expect_line(out, "started\n");
}

#define LITTLE                                                                                     \
	"phase caller: cannot have 4096 KiB of memory: Cannot allocate memory; start it with "

/* A status of ours, with its reason, whatever is left: the kernel or the C library end it before.
 */
static int has_little_memory(void)
{
	unsigned told = 0;

	for (rlim_t kib = 1024; kib < 6144; kib += 256) {
		const struct rlimit limit = { kib * 1024, kib * 1024 };
		char text[512] = "";
		int pipes[2], status = -1;
		pid_t pid = pipe2(pipes, O_CLOEXEC) ? -1 : fork();

		if (pid == 0) {
			char *const argv[] = { (char *)(uintptr_t) "bulkhead-run",
					       (char *)(uintptr_t)LABEL, NULL };

			if (dup2(pipes[1], 1) == 1 && dup2(pipes[1], 2) == 2 &&
			    setrlimit(RLIMIT_AS, &limit) == 0)
				execve(NATIVE_LENT, argv, argv + 2);
			_exit(99);
		}
		close(pipes[1]);
		(void)native_read(pipes[0], text, sizeof(text));
		if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
			continue;
		told += WEXITSTATUS(status) == 125 && strstr(text, LITTLE);
		if (strstr(text, "out of memory"))
			dprintf(1, "%lu KiB: %s\n", (unsigned long)kib, text);
	}
	dprintf(1, "%s\n", told ? "told" : "not told");
	return 0;
}

static void test_memory(void **state)
{
	static const struct native t = { .script = "echo started",
					 .as = NATIVE_USER,
					 .last = has_little_memory };
	char out[ROOM];

	(void)state;
	NEEDS_KERNEL();
#ifdef __SANITIZE_ADDRESS__
	return; /* It asks for more than any limit before main(). */
#endif
	native_expect_start(&t, out);
	native_expect_line(out, "started\n");
	if (strncmp(out, "told\n", 5) != 0)
		fail_msg("%s", out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_not_lent),	 cmocka_unit_test(test_names),
		cmocka_unit_test(test_ignored_children), cmocka_unit_test(test_timers),
		cmocka_unit_test(test_descriptors),	 cmocka_unit_test(test_ended),
		cmocka_unit_test(test_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
