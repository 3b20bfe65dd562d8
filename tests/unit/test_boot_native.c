/* SPDX-License-Identifier: Apache-2.0 */
/* The program bulkhead-boot itself, where it must not go on: one line, a status, nothing left. */
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "native.h"

struct row {
	const char *cgroup, *bpf; /* what is mounted there */
	bool claimed;		  /* an earlier boot has been here */
	const char *argument;
	int status;
	const char *said;
};

static void become_boot(const struct row *r)
{
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 64);

	if (n < 0 || unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("t", "/run", "tmpfs", 0, "mode=0755") ||
	    mount("c", "/sys/fs/cgroup", r->cgroup, 0, NULL) ||
	    mount("b", "/sys/fs/bpf", r->bpf, 0, NULL) || (r->claimed && mkdir(RUN, 0700)))
		_exit(99);
	self[n] = '\0';
	strcpy(strstr(self, "/tests/unit/"), "/bin/bulkhead-boot");
	execl(self, self, r->argument, (char *)NULL);
	_exit(98);
}

static void test_stops(void **state)
{
	static const struct row rows[] = {
		{ "tmpfs", "bpf", false, "--again", 2, "usage: bulkhead-boot\n" },
		{ "tmpfs", "bpf", false, NULL, 1, "bulkhead-boot: cannot " },
		{ "cgroup2", "tmpfs", false, NULL, 1, "bulkhead-boot: cannot " },
		{ "cgroup2", "bpf", true, NULL, 1,
		  "bulkhead-boot: cannot start apps: boot has run already\n" },
	};

	(void)state;
	NEEDS_KERNEL();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[1024];
		int ends[2], status;
		size_t used;
		pid_t pid;

		assert_int_equal(pipe(ends), 0);
		pid = fork();
		if (pid == 0) {
			dup2(ends[1], 1);
			dup2(ends[1], 2);
			become_boot(&rows[i]);
		}
		close(ends[1]);
		used = native_read(ends[0], text, sizeof(text));
		assert_int_equal(waitpid(pid, &status, 0), pid);
		if (!WIFEXITED(status) || WEXITSTATUS(status) != rows[i].status)
			fail_msg("row %zu: status %#x: %s", i, (unsigned)status, text);
		/* One line. */
		assert_ptr_equal(strchr(text, '\n'), text + used - 1);
		if (strncmp(text, rows[i].said, strlen(rows[i].said)) != 0)
			fail_msg("row %zu: %s", i, text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stops),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
