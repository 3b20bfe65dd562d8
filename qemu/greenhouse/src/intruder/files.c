/* SPDX-License-Identifier: Apache-2.0 */
/* Hardware and files of others. */
#include "attempt.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "../lures.h"

#define READINGS "/var/snap/sensord/x1/readings"

/* The UART of QEMU's virt machine, by the kernel's fixed numbers. */
#define NODE_MAJOR 204
#define NODE_MINOR 64

static enum result open_close(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd >= 0)
		close(fd);
	return attempt_result(fd);
}

static enum result append_to(const char *path)
{
	static const char line[] = "# intruder\n";
	int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
	long rc = fd < 0 ? -1 : write(fd, line, strlen(line));
	int saved = errno;

	if (fd >= 0)
		close(fd);
	errno = saved;
	return attempt_result(rc);
}

static enum result gpio_open(const struct victims *v, const char **fact)
{
	(void)v;
	(void)fact;
	return open_close("/dev/gpiochip0", O_RDWR);
}

/* In each place that is writable somewhere: a place mounted nodev proves nothing. */
static enum result node_mknod(const struct victims *v, const char **fact)
{
	static const char *const places[] = { "intruder.node", "/tmp/intruder.node",
					      "/dev/intruder.node", "/run/intruder.node" };
	enum result result = STOPPED;
	int saved = 0;

	(void)v;
	(void)fact;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		if (mknod(places[i], S_IFCHR | 0600, makedev(NODE_MAJOR, NODE_MINOR)) < 0) {
			saved = errno;
			continue;
		}
		if (open_close(places[i], O_RDWR) == SUCCEEDED)
			result = SUCCEEDED;
		else
			saved = errno;
		unlink(places[i]);
	}
	errno = saved;
	return result;
}

static enum result data_read(const struct victims *v, const char **fact)
{
	(void)v;
	(void)fact;
	return open_close(READINGS, O_RDONLY);
}

static enum result data_write(const struct victims *v, const char **fact)
{
	(void)v;
	(void)fact;
	return append_to(READINGS);
}

/* Files that whoever runs this has put there: in a private mount namespace they are not. */
static enum result outside_write(const struct victims *v, const char **fact)
{
	static const char *const paths[] = { "/var/outside", "/run/outside", "/home/outside",
					     "/root/outside" };

	(void)v;
	(void)fact;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		if (append_to(paths[i]) == SUCCEEDED)
			return SUCCEEDED;
	return STOPPED;
}

static enum result tmp_path(const struct victims *v, const char **fact)
{
	(void)v;
	(void)fact;
	return open_close(LURE_TMP, O_RDONLY);
}

static enum result tmp_through_proc(const struct victims *v, const char **fact)
{
	char path[64];

	(void)fact;
	for (size_t i = 0; i < v->count; i++) {
		snprintf(path, sizeof(path), "/proc/%d/root" LURE_TMP, (int)v->pids[i]);
		if (open_close(path, O_RDONLY) == SUCCEEDED)
			return SUCCEEDED;
	}
	return STOPPED;
}

const struct attempt attempts_files[] = {
	{ "gpio-open", gpio_open },
	{ "node-mknod", node_mknod },
	{ "data-read", data_read },
	{ "data-write", data_write },
	{ "outside-write", outside_write },
	{ "tmp-of-other", tmp_path },
	{ "tmp-through-proc", tmp_through_proc },
	{ NULL, NULL },
};
