/* SPDX-License-Identifier: Apache-2.0 */
#include "parser.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "cleanup.h"
#include "fd.h"
#include "mem.h"

/*
 * Budget of one profile. A typical one takes 0.3 s and 14 MiB, some glob rules explode without
 * expression simplification and others with it (performance figures of parser 3.0.8), so there is
 * a second try. The limits are far from both, so that no machine's speed decides the bytes.
 */
#define CPU_SECONDS_MAX	 60
#define MEMORY_BYTES_MAX (2ull * 1024 * 1024 * 1024)
#define ARGS_MAX	 20

/* Debian and most others; PATH is not asked, so that nothing else answers to the name. */
static const char *const programs[] = { "/usr/sbin/apparmor_parser", "/sbin/apparmor_parser",
					"/usr/bin/apparmor_parser" };

static const char *find_program(struct err *e)
{
	for (size_t i = 0; i < ARRAY_SIZE(programs); i++)
		if (access(programs[i], X_OK) == 0)
			return programs[i];
	err_env(e, "cannot run apparmor_parser: it is not installed (package apparmor)");
	return NULL;
}

/* A file in memory that a child inherits on a number of our choice only. */
static int memory_file(const char *name, struct err *e)
{
	int fd = memfd_create(name, MFD_CLOEXEC);

	return fd < 0 ? err_sys(e, "cannot make a file in memory") : fd;
}

static void limit(int resource, unsigned long long value)
{
	const struct rlimit r = { value, value };

	if (setrlimit(resource, &r))
		_exit(127);
}

/* In the child: descriptors 0 to 2 are what the caller says, 3 the output; no environment. */
static void run_child(const char *const argv[], const int fds[4])
{
	static char *const no_environment[] = { NULL };

	limit(RLIMIT_CPU, CPU_SECONDS_MAX);
	limit(RLIMIT_AS, MEMORY_BYTES_MAX);
	limit(RLIMIT_CORE, 0);
	for (int i = 0; i < 4; i++) {
		/* Above 9 first, so that no dup2() closes what a later one needs. */
		int high = fds[i] < 0 ? -1 : fcntl(fds[i], F_DUPFD_CLOEXEC, 10);

		if (fds[i] >= 0 && (high < 0 || (i == 3 ? dup2(high, 3) : dup2(high, i)) < 0))
			_exit(127);
	}
	execve(argv[0], (char *const *)argv, no_environment);
	_exit(127);
}

static pid_t spawn(const char *const argv[], const int fds[4], struct err *e)
{
	int high[4];
	pid_t pid;

	for (int i = 0; i < 4; i++) {
		high[i] = fds[i] < 0 ? -1 : fcntl(fds[i], F_DUPFD_CLOEXEC, 10);
		if (fds[i] >= 0 && high[i] < 0)
			return err_sys(e, "cannot run %s", argv[0]);
	}
	pid = fork();
	if (pid == 0)
		run_child(argv, high);
	for (int i = 0; i < 4; i++)
		cleanup_fd(&high[i]);
	return pid < 0 ? err_sys(e, "cannot run %s", argv[0]) : pid;
}

static int wait_for(pid_t pid, int *status, struct err *e)
{
	while (waitpid(pid, status, 0) < 0)
		if (errno != EINTR)
			return err_sys(e, "cannot wait for apparmor_parser");
	return 0;
}

static char *read_back(int fd, const char *name, size_t *len, struct err *e)
{
	return fd_read_all(fd, name, PARSER_OUTPUT_MAX, len, e);
}

char *emit_parser_version(struct err *e)
{
	const char *argv[] = { find_program(e), "--version", NULL };
	CLEANUP_FD int out = -1;
	CLEANUP_FREE char *text = NULL;
	int status = 0;
	size_t len;
	pid_t pid;

	if (!argv[0] || (out = memory_file("version", e)) < 0)
		return NULL;
	pid = spawn(argv, (const int[]){ -1, out, out, -1 }, e);
	if (pid < 0 || wait_for(pid, &status, e) || lseek(out, 0, SEEK_SET) < 0)
		return NULL;
	text = read_back(out, "the parser's version", &len, e);
	if (!text)
		return NULL;
	text[strcspn(text, "\n")] = '\0';
	if (status != 0 || !text[0]) {
		err_env(e, "cannot run %s --version: no answer", argv[0]);
		return NULL;
	}
	return steal_ptr(&text);
}

static void add(const char *argv[], size_t *n, const char *word)
{
	argv[(*n)++] = word;
}

static void arguments(const struct parser_job *j, const char *program, const char *argv[])
{
	size_t n = 0;

	add(argv, &n, program);
	add(argv, &n, "-QTK");
	add(argv, &n, "--config-file");
	add(argv, &n, "/dev/null");
	add(argv, &n, "-M");
	add(argv, &n, j->features);
	add(argv, &n, "--warn=rule-not-enforced");
	add(argv, &n, "--warn=rule-downgraded");
	add(argv, &n, "--warn=abi");
	/*
	 * 3.0.8 counts a downgraded unix rule as not-enforced too, so with accept-unmediated no
	 * rule warning can be an error of the parser's: the caller judges each line itself.
	 */
	add(argv, &n, j->tolerant ? "--Werror=abi" : "--Werror");
	add(argv, &n, "-b");
	add(argv, &n, j->empty);
	if (j->plain) {
		add(argv, &n, "-O");
		add(argv, &n, "no-expr-simplify");
	}
	add(argv, &n, "-o");
	add(argv, &n, "/proc/self/fd/3");
	add(argv, &n, NULL);
}

int emit_parser_start(struct parser_job *j, struct err *e)
{
	const char *argv[ARGS_MAX];
	const char *program = find_program(e);
	CLEANUP_FD int in = -1;

	j->pid = -1;
	j->output_fd = j->message_fd = -1;
	if (!program || (in = memory_file("profile", e)) < 0 ||
	    (j->output_fd = memory_file("policy", e)) < 0 ||
	    (j->message_fd = memory_file("messages", e)) < 0)
		return -1;
	if (fd_write_all(in, j->text, strlen(j->text), "profile text", e))
		return -1;
	if (lseek(in, 0, SEEK_SET) < 0)
		return err_sys(e, "cannot rewind the profile text");
	arguments(j, program, argv);
	j->pid = spawn(argv, (const int[]){ in, j->message_fd, j->message_fd, j->output_fd }, e);
	return j->pid < 0 ? -1 : 0;
}

int emit_parser_wait(struct parser_job *j, struct err *e)
{
	size_t len;

	if (wait_for(j->pid, &j->status, e))
		return -1;
	if (lseek(j->output_fd, 0, SEEK_SET) < 0 || lseek(j->message_fd, 0, SEEK_SET) < 0)
		return err_sys(e, "cannot read what apparmor_parser wrote");
	j->messages = read_back(j->message_fd, "the parser's messages", &len, e);
	j->output = j->messages ? read_back(j->output_fd, "the policy", &j->output_size, e) : NULL;
	return j->output ? 0 : -1;
}

void emit_parser_free(struct parser_job *j)
{
	cleanup_fd(&j->output_fd);
	cleanup_fd(&j->message_fd);
	free(j->output);
	free(j->messages);
	*j = (struct parser_job){ .pid = -1, .output_fd = -1, .message_fd = -1 };
}
