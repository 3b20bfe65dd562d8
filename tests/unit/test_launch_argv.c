/* SPDX-License-Identifier: Apache-2.0 */
/*
 * N-16: who may run bulkhead-run is asked before its arguments are looked at. The program itself,
 * with arguments made at random from what it knows and what it does not.
 */
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "mem.h"
#include "native.h"

#define ROUNDS 300u
#define NOBODY 65534

static const char *const words[] = {
	"-h",
	"--help",
	"--version",
	"--verify",
	"--",
	"--shell",
	"-",
	"",
	"snap.demo.app",
	"snap.demo.app ",
	"snap..app",
	"../../etc/passwd",
	"%s%n",
	"\xff\xfe",
	"--verify=1",
	"snap.demo.app\n",
	"/proc/self/exe",
	"-vvvv",
};

/* xorshift32: the same words in every run. */
static uint32_t next(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

static void program(char path[PATH_MAX])
{
	ssize_t n = readlink("/proc/self/exe", path, PATH_MAX - 64);
	char *at;

	assert_true(n > 0);
	path[n] = '\0';
	at = strstr(path, "/tests/unit/");
	assert_non_null(at);
	strcpy(at, "/bin/bulkhead-run");
}

/* Its exit status; text gets what it printed. */
static int run(uid_t uid, char *const argv[], char text[1024])
{
	char path[PATH_MAX];
	int ends[2], status;
	size_t len = 0;
	ssize_t n;
	pid_t pid;

	program(path);
	assert_int_equal(pipe(ends), 0);
	pid = fork();
	if (pid == 0) {
		char *const envp[] = { NULL };
		int fd = open(path, O_RDONLY | O_CLOEXEC);

		dup2(ends[1], 1);
		dup2(ends[1], 2);
		if (uid && (setresgid(uid, uid, uid) || setresuid(uid, uid, uid)))
			_exit(1);
		fexecve(fd, argv, envp);
		_exit(1);
	}
	close(ends[1]);
	while (len < 1023 && (n = read(ends[0], text + len, 1023 - len)) > 0)
		len += (size_t)n;
	text[len] = '\0';
	close(ends[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void rounds(uid_t uid, const char *want)
{
	uint32_t seed = 0x2545f491;

	for (unsigned i = 0; i < ROUNDS; i++) {
		static char name[] = "bulkhead-run";
		char *argv[12] = { name };
		size_t count = next(&seed) % 10;
		char text[1024];
		int status;

		for (size_t k = 1; k <= count; k++)
			argv[k] = (char *)(uintptr_t)words[next(&seed) % ARRAY_SIZE(words)];
		status = run(uid, argv, text);
		if (status != 125 || strncmp(text, want, strlen(want)) != 0)
			fail_msg("round %u: exit status %d, \"%s\"", i, status, text);
		/* Without rights, not a word of what was given comes back. */
		if (uid)
			assert_string_equal(text, want);
	}
}

static void not_root(void **state)
{
	(void)state;
	NEEDS_KERNEL();
	rounds(NOBODY, "bulkhead-run: cannot start an app: cannot confine an app: only root can\n");
}

/* Every message is ours, and nothing starts where boot has not been. */
static void root(void **state)
{
	(void)state;
	NEEDS_KERNEL();
	rounds(0, "bulkhead-run: cannot ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(not_root),
		cmocka_unit_test(root),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
