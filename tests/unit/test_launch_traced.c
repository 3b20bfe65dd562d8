/* SPDX-License-Identifier: Apache-2.0 */
/*
 * N-36: at each system call that the launcher makes from its start to exec, a process of its own
 * user without capabilities, as an app left at root has, gets at nothing of it. The test stops it
 * there by ptrace, as root may.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "mem.h"
#include "native.h"

static const char *const files[] = { "exe", "mem", "environ", "fd/0", "root", "cwd" };

static const struct native trial = { .script = "echo app" };

static int give_up_capabilities(void)
{
	cap_t none = cap_init();
	int rc = none ? cap_set_proc(none) : -1;

	cap_free(none);
	return rc;
}

static bool denied(const char *path, int flags)
{
	return open(path, flags | O_CLOEXEC | O_NONBLOCK) < 0 && errno == EACCES;
}

/* The number of files that it did not get at, as an exit status. */
_Noreturn static void spy(pid_t pid)
{
	int refused = 0;
	char path[64];

	if (give_up_capabilities())
		_exit(90);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, files[i]);
		refused += denied(path, O_RDONLY) && denied(path, O_RDWR);
	}
	_exit(refused);
}

static int refused_files(pid_t pid)
{
	pid_t child = fork();
	int status;

	if (child == 0)
		spy(pid);
	return waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Where it stops next: 0 at the entry of a call, whose number is told; 1 elsewhere, -1 at its end.
 */
static int next_stop(pid_t pid, int *execs, long *number)
{
	struct __ptrace_syscall_info info = { 0 };
	int status;

	if (ptrace(PTRACE_SYSCALL, pid, NULL, NULL) || waitpid(pid, &status, 0) != pid ||
	    !WIFSTOPPED(status))
		return -1;
	*execs += status >> 8 == (SIGTRAP | PTRACE_EVENT_EXEC << 8);
	if (WSTOPSIG(status) != (SIGTRAP | 0x80))
		return 1;
	if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, (void *)sizeof(info), &info) <= 0)
		return -1;
	*number = (long)info.entry.nr;
	return info.op != PTRACE_SYSCALL_INFO_ENTRY;
}

/* Of the launcher between its exec and the app's. */
static int watch(void)
{
	int execs = 0, calls = 0, open_calls = 0, status, stop;
	long number = 0, last = 0;
	pid_t pid = fork();

	if (pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) || raise(SIGSTOP))
			_exit(91);
		native_exec(&trial);
	}
	if (waitpid(pid, &status, 0) != pid ||
	    ptrace(PTRACE_SETOPTIONS, pid, NULL,
		   (void *)(PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL)))
		return -1;
	while (execs < 2 && (stop = next_stop(pid, &execs, &number)) >= 0) {
		if (stop || execs != 1)
			continue;
		calls++;
		last = number;
		open_calls += refused_files(pid) != (int)ARRAY_SIZE(files);
	}
	ptrace(PTRACE_DETACH, pid, NULL, NULL);
	printf("%s, %s of %d, %s\n", execs == 2 ? "watched to the end" : "not watched to the end",
	       open_calls ? "open at some" : "closed at all", calls > 20 ? 20 : calls,
	       last == SYS_execve || last == SYS_execveat ? "exec last" : "another call last");
	fflush(stdout);
	return waitpid(pid, &status, 0) == pid && status == 0 ? 0 : -1;
}

static void test_closed_until_exec(void **state)
{
	struct native t = trial;
	char out[ROOM];

	(void)state;
	NEEDS_KERNEL();
	t.before = watch;
	native_expect_start(&t, out);
	native_expect_line(out, "watched to the end, closed at all of 20, exec last\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_closed_until_exec),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
