/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The program of the soak image. Without an argument it opens /dev/null and the GPIO controller
 * that its plug grants, without a pause, and once a second writes what came of it to
 * $SNAP_DATA/count: "opens N eperm N other N". "wait" waits for a signal, "crash" ends by one.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct count {
	unsigned long long opens, eperm, other;
};

static void try_open(const char *node, int flags, struct count *c)
{
	int fd = open(node, flags | O_CLOEXEC);

	c->opens++;
	if (fd >= 0)
		close(fd);
	else if (errno == EPERM)
		c->eperm++;
	else
		c->other++;
}

/* By rename, so that a reader and the boot after a power cut see a whole line or none. */
static bool write_count(const struct count *c)
{
	FILE *f = fopen("count.new", "we");
	bool done;

	if (!f)
		return false;
	done = fprintf(f, "opens %llu eperm %llu other %llu\n", c->opens, c->eperm, c->other) > 0;
	if (fclose(f) || !done)
		return false;
	return rename("count.new", "count") == 0;
}

static int hammer(void)
{
	struct count c = { 0 };
	time_t last = 0;

	for (;;) {
		struct timespec now;

		try_open("/dev/null", O_RDWR, &c);
		try_open("/dev/gpiochip0", O_RDONLY, &c);
		clock_gettime(CLOCK_MONOTONIC, &now);
		if (now.tv_sec == last)
			continue;
		last = now.tv_sec;
		if (!write_count(&c)) {
			printf("hammer: cannot write the count: %s\n", strerror(errno));
			return 1;
		}
	}
}

int main(int argc, char **argv)
{
	const char *data = getenv("SNAP_DATA");

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc > 1 && strcmp(argv[1], "crash") == 0)
		abort();
	if (argc > 1 && strcmp(argv[1], "wait") == 0)
		for (;;)
			pause();
	if (argc > 1 || !data || chdir(data)) {
		printf("hammer: cannot start: no data folder, or unknown arguments\n");
		return 2;
	}
	return hammer();
}
