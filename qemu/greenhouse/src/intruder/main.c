/* SPDX-License-Identifier: Apache-2.0 */
/*
 * intruder PID...               tries everything against these processes of sensord, one line each:
 *                               ATTEMPT NAME RESULT ERRNO PID [FACT]
 * intruder --pty COMMAND [ARG]  runs a command on a terminal of its own
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attempt.h"
#include "pty.h"

#define LIMIT_MS 5000

static const struct attempt *const topics[] = {
	attempts_files, attempts_processes, attempts_ipc, attempts_kernel, attempts_privilege,
};

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

int main(int argc, char **argv)
{
	struct victims v = { .count = 0 };

	if (argc > 2 && strcmp(argv[1], "--pty") == 0)
		return pty_run(argv + 2);
	for (int i = 1; i < argc && v.count < VICTIMS_MAX; i++)
		if (parse_pid(argv[i], &v.pids[v.count++]) < 0)
			v.count = VICTIMS_MAX + 1;
	if (v.count == 0 || v.count > VICTIMS_MAX) {
		fprintf(stderr, "usage: intruder PID... | intruder --pty COMMAND [ARG]...\n");
		return 2;
	}
	for (size_t i = 0; i < sizeof(topics) / sizeof(topics[0]); i++)
		for (const struct attempt *a = topics[i]; a->name; a++)
			run_attempt(a, &v);
	return 0;
}
