/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The greenhouse's sensor daemon: reads lines of the GPIO controller that its plug grants, once a
 * second in one thread, and writes them to $SNAP_DATA/readings in another. An ordinary program: it
 * knows nothing of its confinement. It also leaves about what an attacker would go for (lures.h).
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/gpio.h>
#include <mqueue.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "lures.h"

#define CHIP	     "/dev/gpiochip0"
#define LINES	     3 /* 0 to 2; the board's power key has line 3 */
#define REPORT_EVERY 10
#define READINGS_MAX (64 * 1024) /* of the readings; then the file starts anew */

struct sensord {
	pthread_mutex_t lock;
	pthread_cond_t fresh;
	int chip;
	int readings;
	unsigned samples;
	char values[LINES + 1];
};

static const char *env_value(char **envp, const char *name)
{
	size_t n = strlen(name);

	for (; *envp; envp++)
		if (strncmp(*envp, name, n) == 0 && (*envp)[n] == '=')
			return *envp + n + 1;
	return NULL;
}

/* The lines are asked for anew each time, so that two readers can share a controller. */
static int read_lines(int chip, char values[LINES + 1])
{
	struct gpio_v2_line_request req = { .num_lines = LINES,
					    .config.flags = GPIO_V2_LINE_FLAG_INPUT,
					    .consumer = "sensord" };
	struct gpio_v2_line_values v = { .mask = (1u << LINES) - 1 };
	int rc;

	for (unsigned i = 0; i < LINES; i++)
		req.offsets[i] = i;
	if (ioctl(chip, GPIO_V2_GET_LINE_IOCTL, &req) < 0)
		return -1;
	rc = ioctl(req.fd, GPIO_V2_LINE_GET_VALUES_IOCTL, &v);
	close(req.fd);
	if (rc < 0)
		return -1;
	for (unsigned i = 0; i < LINES; i++)
		values[i] = v.bits >> i & 1 ? '1' : '0';
	values[LINES] = '\0';
	return 0;
}

static void *sample_thread(void *arg)
{
	struct sensord *s = arg;

	for (;;) {
		char values[LINES + 1];
		int rc = read_lines(s->chip, values);

		pthread_mutex_lock(&s->lock);
		if (rc == 0) {
			memcpy(s->values, values, sizeof(values));
			s->samples++;
			pthread_cond_signal(&s->fresh);
		} else if (errno != EBUSY) {
			printf("sensord: cannot read lines: %s\n", strerror(errno));
		}
		pthread_mutex_unlock(&s->lock);
		nanosleep(&(struct timespec){ .tv_sec = 1 }, NULL);
	}
	return NULL;
}

static void write_reading(int fd, unsigned sample, const char *values)
{
	struct timespec now;
	struct stat st;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (fstat(fd, &st) == 0 && st.st_size > READINGS_MAX && ftruncate(fd, 0) < 0)
		printf("sensord: cannot shorten readings: %s\n", strerror(errno));
	if (dprintf(fd, "%u %lld.%03ld %s\n", sample, (long long)now.tv_sec, now.tv_nsec / 1000000,
		    values) < 0)
		printf("sensord: cannot write readings: %s\n", strerror(errno));
}

static void *write_thread(void *arg)
{
	struct sensord *s = arg;
	unsigned written = 0;

	for (;;) {
		char values[LINES + 1];

		pthread_mutex_lock(&s->lock);
		while (s->samples == written)
			pthread_cond_wait(&s->fresh, &s->lock);
		written = s->samples;
		memcpy(values, s->values, sizeof(values));
		pthread_mutex_unlock(&s->lock);
		write_reading(s->readings, written, values);
		if (written % REPORT_EVERY == 1)
			printf("sensord: reading %u: lines 0-%d are %s\n", written, LINES - 1,
			       values);
	}
	return NULL;
}

static bool lure_socket(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memcpy(a.sun_path + 1, LURE_SOCKET, strlen(LURE_SOCKET));
	return fd >= 0 &&
	       bind(fd, (struct sockaddr *)&a,
		    offsetof(struct sockaddr_un, sun_path) + 1 + strlen(LURE_SOCKET)) == 0 &&
	       listen(fd, 4) == 0;
}

static bool lure_shm(void)
{
	int id = shmget(LURE_SHM_KEY, 4096, IPC_CREAT | 0600);
	char *p = id < 0 ? (void *)-1 : shmat(id, NULL, 0);

	if (p == (void *)-1)
		return false;
	memcpy(p, LURE_TEXT, sizeof(LURE_TEXT));
	return true;
}

static bool lure_queue(void)
{
	struct mq_attr attr = { .mq_maxmsg = 4, .mq_msgsize = 64 };

	return mq_open(LURE_QUEUE, O_RDWR | O_CREAT, 0600, &attr) >= 0;
}

static bool lure_tmp(void)
{
	int fd = open(LURE_TMP, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	bool ok = fd >= 0 && write(fd, LURE_TEXT, strlen(LURE_TEXT)) > 0;

	if (fd >= 0)
		close(fd);
	return ok;
}

static const struct {
	const char *name;
	bool (*make)(void);
} lures[] = {
	{ "socket", lure_socket },
	{ "shm", lure_shm },
	{ "queue", lure_queue },
	{ "tmp", lure_tmp },
};

static void make_lures(void)
{
	for (size_t i = 0; i < sizeof(lures) / sizeof(lures[0]); i++) {
		bool ok = lures[i].make();

		printf("sensord: lure %s: %s\n", lures[i].name, ok ? "laid" : strerror(errno));
	}
}

static int open_all(struct sensord *s, const char *data)
{
	struct gpiochip_info info;
	char path[512];

	s->chip = open(CHIP, O_RDWR | O_CLOEXEC);
	if (s->chip < 0 || ioctl(s->chip, GPIO_GET_CHIPINFO_IOCTL, &info) < 0) {
		printf("sensord: cannot open %s: %s\n", CHIP, strerror(errno));
		return -1;
	}
	snprintf(path, sizeof(path), "%s/readings", data);
	s->readings = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (s->readings < 0) {
		printf("sensord: cannot open %s: %s\n", path, strerror(errno));
		return -1;
	}
	printf("sensord: %s is %s with %u lines, uid %u, readings in %s\n", CHIP, info.label,
	       info.lines, getuid(), path);
	return 0;
}

/* Runs until it is told to stop; returns the exit status. */
static int run(struct sensord *s)
{
	pthread_t threads[2];
	sigset_t set;
	int sig;

	/* Blocked before the threads start, so that this thread alone takes them. */
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	if (pthread_create(&threads[0], NULL, sample_thread, s) != 0 ||
	    pthread_create(&threads[1], NULL, write_thread, s) != 0) {
		printf("sensord: cannot start a thread\n");
		return 1;
	}
	sigwait(&set, &sig);
	printf("sensord: stopping after %u readings\n", s->samples);
	return 0;
}

int main(int argc, char **argv, char **envp)
{
	struct sensord s = { .lock = PTHREAD_MUTEX_INITIALIZER, .fresh = PTHREAD_COND_INITIALIZER };
	const char *data = env_value(envp, "SNAP_DATA");

	(void)argv;
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc != 1 || !data) {
		printf("sensord: cannot start: SNAP_DATA is not set, or arguments were given\n");
		return 2;
	}
	if (open_all(&s, data) < 0)
		return 1;
	make_lures();
	return run(&s);
}
