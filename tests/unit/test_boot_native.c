/* SPDX-License-Identifier: Apache-2.0 */
/* The program bulkhead-boot itself, where it must not go on: one line and a status. */
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
	bool false_sys; /* a tmpfs in its place */
	bool claimed;	/* an earlier boot has been here */
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
	    (r->false_sys && mount("s", "/sys", "tmpfs", 0, "mode=0755")) ||
	    (r->claimed && mkdir(RUN, 0700)))
		_exit(99);
	self[n] = '\0';
	strcpy(strstr(self, "/tests/unit/"), "/bin/bulkhead-boot");
	execl(self, self, r->argument, (char *)NULL);
	_exit(98);
}

static void test_stops(void **state)
{
	static const struct row rows[] = {
		{ false, false, "--again", 2, "usage: bulkhead-boot\n" },
		{ false, false, NULL, 1,
		  "bulkhead-boot: cannot use the policy pack: cannot open folder "
		  "usr/lib/bulkhead/pack: No such file or directory\n" },
		{ true, false, NULL, 1,
		  "bulkhead-boot: cannot start apps: cannot trust /sys: file system type "
		  "0x1021994, not 0x62656572\n" },
		{ false, true, NULL, 1,
		  "bulkhead-boot: cannot start apps: boot has run already\n" },
	};

	(void)state;
	NEEDS_KERNEL();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[1024];
		int ends[2], status;
		pid_t pid;

		assert_int_equal(pipe(ends), 0);
		pid = fork();
		if (pid == 0) {
			dup2(ends[1], 1);
			dup2(ends[1], 2);
			become_boot(&rows[i]);
		}
		close(ends[1]);
		(void)native_read(ends[0], text, sizeof(text));
		assert_int_equal(waitpid(pid, &status, 0), pid);
		if (!WIFEXITED(status) || WEXITSTATUS(status) != rows[i].status)
			fail_msg("row %zu: status %#x: %s", i, (unsigned)status, text);
		assert_string_equal(text, rows[i].said);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stops),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
