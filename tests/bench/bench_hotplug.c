/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_hotplug ROUNDS EVENTS OURS TRUE NOTHING: three loop devices whose rules run our helper,
 * /bin/true, and nothing. Prints "KIND TAB nanoseconds" for each round, and "KIND.storm TAB events
 * a second" thrice. In the root that tests/hotplug/world makes. open     from the event to the
 * first successful open in the app, which has been trying helper   from the event to udevd's word
 * that it is handled, with our helper true, nothing   the same with the other two
 */
#include <fcntl.h>
#include <libudev.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static struct udev_monitor *monitor;
static int to_app, from_app;

static int64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void die(const char *what)
{
	fprintf(stderr, "bench_hotplug: cannot %s\n", what);
	exit(3);
}

static void tell(const char *number, const char *action)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/sys/block/loop%s/uevent", number);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, action, strlen(action)) < 0)
		die("write an event");
	close(fd);
}

/* The time when udevd says that it has handled an event of that device. */
static int64_t handled(const char *number)
{
	struct pollfd p = { .fd = udev_monitor_get_fd(monitor), .events = POLLIN };
	char want[32];

	snprintf(want, sizeof(want), "loop%s", number);
	while (poll(&p, 1, 60000) == 1) {
		struct udev_device *dev = udev_monitor_receive_device(monitor);
		int64_t at = now();
		int same = dev && strcmp(udev_device_get_sysname(dev), want) == 0;

		udev_device_unref(dev);
		if (same)
			return at;
	}
	die("hear of an event");
	return 0;
}

static void start_app(void)
{
	int in[2], out[2];

	if (pipe(in) || pipe(out))
		die("make pipes");
	if (fork() == 0) {
		dup2(in[0], 0);
		dup2(out[1], 1);
		close(in[1]);
		execl("/usr/bin/bulkhead-run", "bulkhead-run", "snap.bench.gate", NULL);
		_exit(127);
	}
	to_app = in[1];
	from_app = out[0];
	close(in[0]);
	close(out[1]);
}

static int64_t answer(void)
{
	char text[64] = "";
	size_t n = 0;

	while (n + 1 < sizeof(text) && read(from_app, text + n, 1) == 1 && text[n] != '\n')
		n++;
	return strtoll(text, NULL, 10);
}

static void ask(const char *command, const char *number)
{
	char text[64];
	int n = snprintf(text, sizeof(text), "%s /dev/loop%s\n", command, number);

	if (write(to_app, text, (size_t)n) != n)
		die("ask the app");
}

static int64_t round_trip(const char *number, int app)
{
	const struct timespec pause = { 0, 5000000 };
	int64_t start, end;

	tell(number, "remove");
	handled(number);
	if (app)
		ask("until", number);
	nanosleep(&pause, NULL);
	start = now();
	tell(number, "add");
	end = handled(number);
	if (app)
		printf("open\t%lld\n", (long long)(answer() - start));
	return end - start;
}

static void storm(const char *kind, const char *number, long events)
{
	int64_t start = now();

	for (long i = 0; i < events; i++)
		tell(number, "change");
	for (long i = 0; i < events; i++)
		handled(number);
	printf("%s.storm\t%lld\n", kind, (long long)(events * 1000000000 / (now() - start)));
}

int main(int argc, char *argv[])
{
	static const char *const kinds[] = { "helper", "true", "nothing" };
	struct udev *u = udev_new();
	long rounds, events;

	monitor = u ? udev_monitor_new_from_netlink(u, "udev") : NULL;
	if (argc != 6 || !monitor || udev_monitor_set_receive_buffer_size(monitor, 64 << 20) < 0 ||
	    udev_monitor_filter_add_match_subsystem_devtype(monitor, "block", NULL) < 0 ||
	    udev_monitor_enable_receiving(monitor) < 0)
		die("listen to udevd");
	rounds = strtol(argv[1], NULL, 10);
	events = strtol(argv[2], NULL, 10);
	start_app();
	for (long i = 0; i < rounds; i++)
		for (int k = 0; k < 3; k++)
			printf("%s\t%lld\n", kinds[k], (long long)round_trip(argv[3 + k], k == 0));
	for (int i = 0; i < 3; i++)
		for (int k = 0; k < 3; k++)
			storm(kinds[k], argv[3 + k], events);
	return 0;
}
