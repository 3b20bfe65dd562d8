/* SPDX-License-Identifier: Apache-2.0 */
/*
 * intruder [--turns] PID...     tries everything against these processes of sensord, one line each:
 *                               ATTEMPT NAME RESULT ERRNO PID [FACT]
 *                               --turns: before each an enquiry, which a line of input answers
 * intruder --pty COMMAND [ARG]  runs a command on a terminal of its own
 * intruder --bystander LABEL COMMAND [ARG]
 *                               the same, and answers enquiries after denials under that profile
 * intruder --console COMMAND [ARG]
 *                               runs a command whose input is a virtual console
 * intruder --keys               tries to put keys into the virtual console that is its input
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attempt.h"
#include "bystander.h"
#include "console.h"
#include "pty.h"

#define LIMIT_MS 5000

static const char *const result_names[] = {
	[SUCCEEDED] = "succeeded",
	[STOPPED] = "stopped",
	[ABSENT] = "absent",
	[BROKEN] = "broken",
};

enum result attempt_result(long rc)
{
	return rc < 0 ? STOPPED : SUCCEEDED;
}

/* One write, so that nothing comes between; the answer outlives what the attempt did. */
static void tell(const char *name, enum result result, int err, const char *fact)
{
	const char *errname = result == STOPPED ? strerrorname_np(err) : NULL;
	char line[256];
	int n = snprintf(line, sizeof(line), "ATTEMPT %s %s %s %d%s%s\n", name,
			 result_names[result], errname ? errname : "-", (int)getpid(),
			 fact ? " " : "", fact ? fact : "");

	if (write(1, line, (size_t)n) < 0)
		_exit(1);
}

static void run_in_child(const struct attempt *a, const struct victims *v)
{
	const char *fact = NULL;
	enum result result;

	errno = 0;
	result = a->run(v, &fact);
	tell(a->name, result, errno, fact);
	_exit(0);
}

/* The end of a child shows as the end of the pipe that it alone holds. */
static void run_attempt(const struct attempt *a, const struct victims *v)
{
	int ends[2], status = 0;
	struct pollfd p;
	char why[64];
	pid_t pid;

	if (pipe(ends) < 0 || (pid = fork()) < 0) {
		tell(a->name, BROKEN, 0, "no process could be made for it");
		return;
	}
	if (pid == 0) {
		close(ends[0]);
		run_in_child(a, v);
	}
	close(ends[1]);
	p = (struct pollfd){ .fd = ends[0], .events = POLLIN };
	if (poll(&p, 1, LIMIT_MS) == 0)
		kill(pid, SIGKILL);
	close(ends[0]);
	waitpid(pid, &status, 0);
	if (!WIFSIGNALED(status))
		return;
	snprintf(why, sizeof(why), "ended by signal %d", WTERMSIG(status));
	tell(a->name, BROKEN, 0, why);
}

static int parse_pid(const char *text, pid_t *out)
{
	long value = 0;

	for (const char *p = text; *p; p++) {
		if (*p < '0' || *p > '9' || value > 100000000)
			return -1;
		value = value * 10 + (*p - '0');
	}
	*out = (pid_t)value;
	return value > 1 ? 0 : -1;
}

static int parse_victims(char **argv, struct victims *v)
{
	for (; *argv; argv++)
		if (v->count == VICTIMS_MAX || parse_pid(*argv, &v->pids[v->count++]) < 0)
			return -1;
	return v->count > 0 ? 0 : -1;
}

/* What an attempt put into the terminal's input may stand before the end of the line. */
static int take_turn(void)
{
	char c = BYSTANDER_ENQUIRY;

	if (write(1, &c, 1) != 1)
		return -1;
	while (read(0, &c, 1) == 1)
		if (c == '\n')
			return 0;
	return -1;
}

static int try_all(const struct attempt *const *topics, const struct victims *v, bool turns)
{
	for (size_t i = 0; topics[i]; i++)
		for (const struct attempt *a = topics[i]; a->name; a++) {
			if (turns && take_turn() < 0)
				return 1;
			run_attempt(a, v);
		}
	return 0;
}

static int usage(void)
{
	fprintf(stderr,
		"usage: intruder [--turns] PID... | --pty COMMAND [ARG]... | "
		"--bystander LABEL COMMAND [ARG]... | --console COMMAND [ARG]... | --keys\n");
	return 2;
}

int main(int argc, char **argv)
{
	static const struct attempt *const keys[] = { attempts_console, NULL };
	struct victims v = { .count = 0 };
	const char *word = argc > 1 ? argv[1] : "";
	bool turns = strcmp(word, "--turns") == 0;

	if (argc > 2 && strcmp(word, "--pty") == 0)
		return pty_run(argv + 2, NULL);
	if (argc > 3 && strcmp(word, "--bystander") == 0)
		return pty_run(argv + 3, argv[2]);
	if (argc > 2 && strcmp(word, "--console") == 0)
		return console_run(argv + 2);
	if (argc == 2 && strcmp(word, "--keys") == 0)
		return try_all(keys, &v, false);
	if (argc < 2 || parse_victims(argv + 1 + turns, &v) < 0)
		return usage();
	return try_all(attempt_topics, &v, turns);
}
