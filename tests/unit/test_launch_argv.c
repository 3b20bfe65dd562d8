/* SPDX-License-Identifier: Apache-2.0 */
/*
 * N-16: who may run bulkhead-run is asked before its arguments are looked at. The program itself,
 * with arguments made at random from what it knows and what it does not.
 */
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "mem.h"
#include "native.h"

#define ROUNDS 300u
#define NOBODY 65534
#define COPY   "/run/copy"

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
static int run_at(const char *path, uid_t uid, char *const argv[], char text[1024])
{
	int ends[2], status;
	size_t len = 0;
	ssize_t n;
	pid_t pid;

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

static int run(uid_t uid, char *const argv[], char text[1024])
{
	char path[PATH_MAX];

	program(path);
	return run_at(path, uid, argv, text);
}

static int copy(const char *from, const char *to)
{
	int in = open(from, O_RDONLY | O_CLOEXEC);
	int out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0700);
	struct stat st;
	off_t at = 0;

	if (in < 0 || out < 0 || fstat(in, &st))
		return -1;
	while (at < st.st_size)
		if (sendfile(out, in, &at, (size_t)(st.st_size - at)) <= 0)
			return -1;
	/* A file that is open for writing cannot be executed. */
	return fchmod(out, 04755) || close(out) || close(in) ? -1 : 0;
}

static void rounds(uid_t uid, const char *want)
{
	uint32_t seed = 0x2545f491, all = native_rounds(ROUNDS);

	for (unsigned i = 0; i < all; i++) {
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
	rounds(NOBODY,
	       "bulkhead-run: cannot start an app: phase privilege: cannot confine an app: only "
	       "root can; start it as root, or as a user whom the image lets\n");
}

/* Every message is ours, and nothing starts where boot has not been. */
static void root(void **state)
{
	(void)state;
	NEEDS_KERNEL();
	rounds(0, "bulkhead-run: cannot ");
}

/* One file, several programs: the name says which, and no other name does anything. */
static void names(void **state)
{
	static const struct {
		const char *name;
		int status;
		const char *want;
	} rows[] = {
		{ "/x/bulkhead-boot", 2, "usage: bulkhead-boot\n" },
		{ "bulkhead-device", 125,
		  "bulkhead: cannot run as \"bulkhead-device\": expected " },
		{ "bulkhead-supervise", 2, "usage: bulkhead-supervise\n" },
		{ "./bulkhead-run", 125, "bulkhead-run: cannot start an app: " },
		{ "bulkhead-runtime", 125,
		  "bulkhead: cannot run as \"bulkhead-runtime\": expected bulkhead-run, "
		  "bulkhead-boot or bulkhead-supervise\n" },
		{ "bulkhead-boot/", 125, "bulkhead: cannot run as \"\": expected " },
		{ "", 125, "bulkhead: cannot run as \"\": expected " },
	};

	(void)state;
	NEEDS_KERNEL();
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		static char more[] = "a b";
		char *const argv[] = { (char *)(uintptr_t)rows[i].name, more, more, NULL };
		char text[1024];
		int status = run(0, argv, text);

		if (status != rows[i].status ||
		    strncmp(text, rows[i].want, strlen(rows[i].want)) != 0)
			fail_msg("%s: exit status %d, \"%s\"", rows[i].name, status, text);
	}
}

/* A copy of it that lends root's privileges, elsewhere: started by nobody it asks for nothing else,
 * and is no other program, whatever name it is given. */
static void set_id_as(char *name)
{
	static char label[] = "snap.demo.app";
	char *const argv[] = { name, label, NULL };
	char path[PATH_MAX], text[1024];
	int status;
	pid_t pid;

	program(path);
	pid = fork();
	if (pid == 0) {
		if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
		    mount("t", "/run", "tmpfs", 0, "mode=0755") || copy(path, COPY))
			_exit(1);
		status = run_at(COPY, NOBODY, argv, text);
		_exit(status != 125 || strcmp(text, "bulkhead-run: cannot start an app: phase "
						    "privilege: cannot run with more "
						    "privilege than the caller's; start it as "
						    "root, or as a user whom the image "
						    "lets\n") != 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void set_id_copy(void **state)
{
	static char run_name[] = "bulkhead-run", boot[] = "bulkhead-boot", other[] = "x";

	(void)state;
	NEEDS_KERNEL();
	set_id_as(run_name);
	set_id_as(boot);
	set_id_as(other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(not_root),
		cmocka_unit_test(root),
		cmocka_unit_test(names),
		cmocka_unit_test(set_id_copy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
