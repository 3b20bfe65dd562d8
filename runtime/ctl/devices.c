/* SPDX-License-Identifier: Apache-2.0 */
/* The devices of this machine, as libudev and udev's builtins tell them. */
#include "ctl.h"

#include <fcntl.h>
#include <libudev.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "mem.h"

#define IMPORTS	   4u
#define OUTPUT_MAX 16384u
#define UDEVADM	   "/bin/udevadm"

/* What a builtin of udev found out of the device, once asked: lines NAME=value. */
struct import {
	char *name, *lines;
};

struct device {
	struct udev_device *dev;
	char *value; /* answered last, of an import */
	struct import imports[IMPORTS];
};

struct machine {
	struct udev *udev;
	struct udev_enumerate *list;
	struct ctl_node *nodes;
	size_t count, room;
};

static void machine_free(struct machine *m)
{
	for (size_t i = 0; i < m->count; i++) {
		struct device *d = m->nodes[i].device;

		for (size_t k = 0; k < IMPORTS; k++) {
			free(d->imports[k].name);
			free(d->imports[k].lines);
		}
		free(d->value);
		udev_device_unref(d->dev);
		free(d);
	}
	free(m->nodes);
	udev_enumerate_unref(m->list);
	udev_unref(m->udev);
}

/* Owned text, cut where there is too much; "" where there is no such program, or it fails. */
static char *output_of(char *const argv[])
{
	char *out = mem_must(calloc(1, OUTPUT_MAX + 1));
	posix_spawn_file_actions_t actions;
	int ends[2];
	ssize_t n = 1;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC))
		return out;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
	posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	if (posix_spawn(&pid, argv[0], &actions, NULL, argv, environ))
		pid = -1;
	posix_spawn_file_actions_destroy(&actions);
	close(ends[1]);
	for (size_t len = 0; n > 0; len += (size_t)n)
		n = read(ends[0], out + len, OUTPUT_MAX - len);
	close(ends[0]);
	if (pid > 0)
		waitpid(pid, NULL, 0);
	return out;
}

static const char *lines_of(struct device *d, const char *import)
{
	for (size_t i = 0; i < IMPORTS; i++) {
		struct import *m = &d->imports[i];

		if (!m->name) {
			m->name = mem_must(strdup(import));
			m->lines = output_of(
				(char *const[]){ (char *)UDEVADM, (char *)"test-builtin", m->name,
						 (char *)udev_device_get_syspath(d->dev), NULL });
		}
		if (str_eq(m->name, import))
			return m->lines;
	}
	return "";
}

/* Not what udev's files have: they hold what some rule has asked for already. */
static const char *imported(struct device *d, const struct ctl_ask *ask)
{
	const char *line = *ask->import ? lines_of(d, ask->import) : "";
	size_t n = strlen(ask->arg);

	for (; *line; line += strcspn(line, "\n"), line += *line == '\n')
		if (str_starts(line, ask->arg) && line[n] == '=') {
			free(d->value);
			line += n + 1;
			return d->value = mem_must(strndup(line, strcspn(line, "\n")));
		}
	return NULL;
}

static const char *tests(struct udev_device *dev, const char *file)
{
	CLEANUP_STR struct str path = { 0 };

	str_printf(&path, "%s/%s", udev_device_get_syspath(dev), file);
	return access(str_text(&path), F_OK) ? NULL : file;
}

static const char *answer(void *device, const struct ctl_ask *ask)
{
	struct device *d = device;
	struct udev_device *dev = d->dev;
	const char *value;

	for (unsigned i = 0; i < ask->level && dev; i++)
		dev = udev_device_get_parent(dev);
	if (!dev)
		return NULL;
	switch (ask->key) {
	case HARDWARE_KERNEL:
	case HARDWARE_KERNELS:
		return udev_device_get_sysname(dev);
	case HARDWARE_SUBSYSTEM:
	case HARDWARE_SUBSYSTEMS:
		return udev_device_get_subsystem(dev);
	case HARDWARE_DRIVER:
	case HARDWARE_DRIVERS:
		return udev_device_get_driver(dev);
	case HARDWARE_ATTR:
	case HARDWARE_ATTRS_OF:
		return udev_device_get_sysattr_value(dev, ask->arg);
	case HARDWARE_TEST:
		return tests(dev, ask->arg);
	case HARDWARE_ENV:
		break;
	}
	value = udev_device_get_property_value(dev, ask->arg);
	return (value && *value) || ask->level || str_eq(ask->import, "parent") ? value
										: imported(d, ask);
}

/* Takes dev. */
static void add(struct machine *m, struct udev_device *dev, bool all)
{
	const char *path = udev_device_get_devpath(dev), *node = udev_device_get_devnode(dev);
	struct device *d;

	if (!node || !str_starts(node, "/dev/") || major(udev_device_get_devnum(dev)) == 0 ||
	    (!all && str_starts(path, "/devices/virtual/"))) {
		udev_device_unref(dev);
		return;
	}
	if (m->count == m->room) {
		m->room = 2 * m->room + 32;
		m->nodes = mem_must(realloc(m->nodes, m->room * sizeof(*m->nodes)));
	}
	d = mem_must(calloc(1, sizeof(*d)));
	d->dev = dev;
	m->nodes[m->count] = (struct ctl_node){ .name = node + strlen("/dev/"), .device = d };
	for (struct udev_device *p = dev; p && !m->nodes[m->count].product;
	     p = udev_device_get_parent(p))
		m->nodes[m->count].product = udev_device_get_sysattr_value(p, "product");
	m->count++;
}

static int by_name(const void *x, const void *y)
{
	return strverscmp(((const struct ctl_node *)x)->name, ((const struct ctl_node *)y)->name);
}

int ctl_probe(const struct ctl_table *t, bool all, struct str *out, struct err *e)
{
	CLEANUP(machine_free) struct machine m = { .udev = udev_new() };
	struct udev_list_entry *entry;
	struct ctl_world w = { .table = t, .answer = answer };

	m.list = m.udev ? udev_enumerate_new(m.udev) : NULL;
	if (!m.list || udev_enumerate_scan_devices(m.list) < 0)
		return err_env(e, "cannot ask udev for the devices");
	udev_list_entry_foreach(entry, udev_enumerate_get_list_entry(m.list))
	{
		struct udev_device *dev =
			udev_device_new_from_syspath(m.udev, udev_list_entry_get_name(entry));

		/* NULL: gone between listing and looking. */
		if (dev)
			add(&m, dev, all);
	}
	if (m.count)
		qsort(m.nodes, m.count, sizeof(*m.nodes), by_name);
	w.nodes = m.nodes;
	w.count = m.count;
	ctl_draft(&w, out);
	return 0;
}
