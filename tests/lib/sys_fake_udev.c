/* SPDX-License-Identifier: Apache-2.0 */
#include "sys_fake_udev.h"

#include <libudev.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "str.h"

#define ROWS 2048

/* The library's types are opaque. Here a list entry and a device are a row, udev and its
 * enumeration any address. */
struct row {
	char tag[64];
	char id[32];
	enum sys_fake_tagged how;
	const char *apps;
	struct row *parent;
};

static struct {
	struct row rows[ROWS];
	size_t count;
	const char *failing;
	const char *tag; /* of the enumeration */
	const char *sysfs;
	size_t looks;
} fake;

/* Fuzz targets link this too: no cmocka. */
static void must(bool holds)
{
	if (!holds)
		abort();
}

void sys_fake_udev_reset(void)
{
	memset(&fake, 0, sizeof(fake));
}

void sys_fake_udev_tag(const char *tag, const char *id, enum sys_fake_tagged how)
{
	struct row *row = &fake.rows[fake.count++];

	must(fake.count < ROWS);
	snprintf(row->tag, sizeof(row->tag), "%s", tag);
	snprintf(row->id, sizeof(row->id), "%s", id);
	row->how = how;
}

static void *find(size_t from, const char *tag, const char *id)
{
	for (size_t i = from; i < fake.count; i++)
		if (str_eq(fake.rows[i].tag, tag) && (!id || str_eq(fake.rows[i].id, id)))
			return &fake.rows[i];
	return NULL;
}

static struct row *any(const char *id)
{
	for (size_t i = 0; i < fake.count; i++)
		if (str_eq(fake.rows[i].id, id))
			return &fake.rows[i];
	return NULL;
}

void sys_fake_udev_untag(const char *tag, const char *id)
{
	struct row *row = find(0, tag, id);

	must(row);
	*row = fake.rows[--fake.count];
}

void sys_fake_udev_apps(const char *id, const char *apps, const char *parent)
{
	for (size_t i = 0; i < fake.count; i++)
		if (str_eq(fake.rows[i].id, id)) {
			fake.rows[i].apps = apps;
			fake.rows[i].parent = parent ? any(parent) : NULL;
		}
}

void sys_fake_udev_sysfs(const char *folder)
{
	fake.sysfs = folder;
}

size_t sys_fake_udev_looks(void)
{
	return fake.looks;
}

void sys_fake_udev_fail(const char *function)
{
	fake.failing = function;
}

static void *made(const char *function)
{
	return fake.failing && str_eq(fake.failing, function) ? NULL : &fake;
}

struct udev *udev_new(void)
{
	return made(__func__);
}

struct udev *udev_unref(struct udev *u)
{
	(void)u;
	return NULL;
}

struct udev_enumerate *udev_enumerate_new(struct udev *u)
{
	must(u);
	return made(__func__);
}

struct udev_enumerate *udev_enumerate_unref(struct udev_enumerate *en)
{
	(void)en;
	return NULL;
}

int udev_enumerate_add_match_tag(struct udev_enumerate *en, const char *tag)
{
	must(en);
	fake.tag = tag;
	return made(__func__) ? 0 : -1;
}

int udev_enumerate_scan_devices(struct udev_enumerate *en)
{
	must(en);
	return made(__func__) ? 0 : -1;
}

struct udev_list_entry *udev_enumerate_get_list_entry(struct udev_enumerate *en)
{
	must(en);
	return find(0, fake.tag, NULL);
}

struct udev_list_entry *udev_list_entry_get_next(struct udev_list_entry *entry)
{
	return find((size_t)((struct row *)entry - fake.rows) + 1, fake.tag, NULL);
}

const char *udev_list_entry_get_name(struct udev_list_entry *entry)
{
	return ((struct row *)entry)->id;
}

struct udev_device *udev_device_new_from_syspath(struct udev *u, const char *syspath)
{
	struct row *row = find(0, fake.tag, syspath);

	must(u);
	fake.looks++;
	return row && row->how != TAGGED_GONE ? (struct udev_device *)row : NULL;
}

struct udev_device *udev_device_new_from_devnum(struct udev *u, char type, dev_t number)
{
	struct row *row;
	char id[32];

	must(u);
	snprintf(id, sizeof(id), "%c%u:%u", type, major(number), minor(number));
	row = any(id);
	fake.looks++;
	return row && row->how != TAGGED_GONE ? (struct udev_device *)row : NULL;
}

struct udev_device *udev_device_get_parent(struct udev_device *dev)
{
	return (struct udev_device *)((struct row *)dev)->parent;
}

const char *udev_device_get_sysname(struct udev_device *dev)
{
	return ((struct row *)dev)->id;
}

const char *udev_device_get_devnode(struct udev_device *dev)
{
	const struct row *row = (struct row *)dev;

	return str_starts(row->id, "c0:") ? NULL : row->id;
}

const char *udev_device_get_syspath(struct udev_device *dev)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", fake.sysfs ? fake.sysfs : "/none",
		 ((struct row *)dev)->id);
	return path;
}

struct udev_device *udev_device_unref(struct udev_device *dev)
{
	(void)dev;
	return NULL;
}

int udev_device_has_current_tag(struct udev_device *dev, const char *tag)
{
	const struct row *row = find(0, tag, ((struct row *)dev)->id);

	return row && row->how != TAGGED_ONCE;
}

const char *udev_device_get_subsystem(struct udev_device *dev)
{
	const struct row *row = (struct row *)dev;

	if (row->how == TAGGED_BARE)
		return NULL;
	return row->id[0] == 'b' ? "block" : "tty";
}

dev_t udev_device_get_devnum(struct udev_device *dev)
{
	unsigned int major = 0, minor = 0;

	must(sscanf(((struct row *)dev)->id + 1, "%u:%u", &major, &minor) == 2);
	return makedev(major, minor);
}

/* The path is the number here. */
const char *udev_device_get_devpath(struct udev_device *dev)
{
	return ((struct row *)dev)->id;
}

const char *udev_device_get_property_value(struct udev_device *dev, const char *key)
{
	const struct row *row = (struct row *)dev;

	if (str_eq(key, "BULKHEAD_APPS"))
		return row->apps;
	row = find(0, key, row->id);
	must(row);
	return row->how == TAGGED_LATER ? "/devices/former" : row->id;
}
