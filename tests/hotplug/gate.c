/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The app of tests/run-hotplug and tests/bench/hotplug: one command a line on standard input, one
 * answer a line. Node numbers follow where one is named loopN. open PATH          yes, or why not
 *   until PATH         opens it until it opens: the time then, nanoseconds of CLOCK_MONOTONIC
 *   while PATH         opens it until it is refused: the time then
 *   storm PATH...      opens them in turn until the next line comes: opens, refusals, other
 * failures cost PATH TIMES    nanoseconds of one open and close: the median of 20 times TIMES
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int try_open(const char *path)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

/* 10 s at most; the answer is 0 then. */
static int64_t until(const char *path, bool opens)
{
	const struct timespec pause = { 0, 20000 };
	int64_t end = now() + 10000000000;

	while ((try_open(path) == 0) != opens) {
		if (now() > end)
			return 0;
		nanosleep(&pause, NULL);
	}
	return now();
}

static void storm(char *paths)
{
	struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
	long opens = 0, refused = 0, failed = 0;
	char *list[64], *next = paths;
	int n = 0;

	while (n < 64 && (list[n] = strsep(&next, " ")))
		n++;
	puts("begun");
	while (poll(&in, 1, 0) == 0)
		for (int i = 0; i < n; i++) {
			int why = try_open(list[i]);

			opens++;
			refused += why == EPERM || why == EACCES;
			failed += why && why != EPERM && why != EACCES;
		}
	/* The line that ended it, and nothing behind it. */
	while (read(STDIN_FILENO, list, 1) == 1 && *(char *)list != '\n')
		;
	printf("%ld %ld %ld\n", opens, refused, failed);
}

static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

static void cost(char *words)
{
	char *path = strsep(&words, " ");
	long times = words ? (long)strtoul(words, NULL, 10) : 0;
	int64_t seen[20];

	for (int i = 0; i < 20; i++) {
		int64_t start = now();

		for (long k = 0; k < times; k++)
			if (try_open(path) != 0)
				exit(1);
		seen[i] = (now() - start) / (times ? times : 1);
	}
	qsort(seen, 20, sizeof(seen[0]), compare);
	printf("%lld\n", (long long)seen[10]);
}

int main(void)
{
	static char line[8192];

	setvbuf(stdout, NULL, _IOLBF, 0);
	/* No buffer: what comes next must be left for poll(). */
	for (size_t n = 0; read(STDIN_FILENO, line + n, 1) == 1;) {
		char *word = line, *rest;

		if (line[n] != '\n') {
			n = n + 1 < sizeof(line) - 1 ? n + 1 : 0;
			continue;
		}
		line[n] = '\0';
		n = 0;
		rest = line;
		word = strsep(&rest, " ");
		if (!rest)
			puts("ready");
		else if (strcmp(word, "open") == 0)
			puts(try_open(rest) ? strerrordesc_np(try_open(rest)) ?: "?" : "yes");
		else if (strcmp(word, "until") == 0)
			printf("%lld\n", (long long)until(rest, true));
		else if (strcmp(word, "while") == 0)
			printf("%lld\n", (long long)until(rest, false));
		else if (strcmp(word, "storm") == 0)
			storm(rest);
		else if (strcmp(word, "cost") == 0)
			cost(rest);
	}
	return 0;
}
