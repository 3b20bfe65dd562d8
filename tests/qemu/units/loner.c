/* SPDX-License-Identifier: Apache-2.0 */
/*
 * loner KIND: a daemon with processes of its own numbers. What it is and what it is asked goes line
 * by line into SNAP_COMMON/said. "stay" has a child, and each of the two counts the signals that
 * reach it; "crash" and "leave" end as one by SIGSEGV and with the status that stands for it.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static volatile sig_atomic_t terms, users;

static void count(int sig)
{
	if (sig == SIGTERM)
		terms++;
	else
		users++;
}

static void say(const char *who, const char *what, int n)
{
	const char *dir = getenv("SNAP_COMMON");
	char path[256], line[128];
	int fd;

	snprintf(path, sizeof(path), "%s/said", dir ? dir : "");
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	snprintf(line, sizeof(line), "%s %s %d\n", who, what, n);
	if (fd < 0 || write(fd, line, strlen(line)) < 0)
		_exit(9);
	close(fd);
}

/* The whole time, whatever interrupts it: a signal that comes twice has come by then. */
static void pause_ms(unsigned ms)
{
	for (unsigned i = 0; i < ms / 20; i++)
		usleep(20000);
}

static int stay(const char *who, unsigned ms)
{
	say(who, "is", (int)getpid());
	while (!terms)
		pause_ms(ms);
	pause_ms(ms);
	say(who, "USR1", users);
	say(who, "TERM", terms);
	return 0;
}

int main(int argc, char *argv[])
{
	const struct sigaction act = { .sa_handler = count };

	if (argc != 2 || sigaction(SIGTERM, &act, NULL) || sigaction(SIGUSR1, &act, NULL))
		return 9;
	if (strcmp(argv[1], "stay") == 0) {
		pid_t child = fork();

		/* All of it ends with the app: the child is the faster one. */
		return child < 0 ? 9 : child ? stay("app", 3000) : stay("child", 1000);
	}
	say(argv[1], "is", (int)getpid());
	if (strcmp(argv[1], "crash") == 0)
		return raise(SIGSEGV);
	return strcmp(argv[1], "leave") == 0 ? 128 + SIGSEGV : 0;
}
