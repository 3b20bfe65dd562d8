/* SPDX-License-Identifier: Apache-2.0 */
#include "helper.h"

#include <glob.h>
#include <libudev.h>
#include <limits.h>
#include <sys/sysmacros.h>

#define APPS "BULKHEAD_APPS"

/* cleanup_TYPE() for an object of libudev, whose own functions take it by value. */
#define CLEANUP_OF(type)                                                                           \
	static void cleanup_##type(struct type **object)                                           \
	{                                                                                          \
		type##_unref(*object);                                                             \
	}
CLEANUP_OF(udev)
CLEANUP_OF(udev_enumerate)
CLEANUP_OF(udev_device)

/*
 * An app of another snap that the device is tagged for, as its rules wrote it (BULKHEAD_APPS): apps
 * and hooks of one snap have its connections together. alone: "!" is before it, its slot is nobody
 * else's. Into who, or false.
 */
static bool has_other(struct udev_device *dev, const char *label, bool alone,
		      char who[LABEL_MAX + 1])
{
	const char *p = udev_device_get_property_value(dev, APPS);
	size_t n, snap = strlen("snap.") + strcspn(label + strlen("snap."), ".+");

	for (; p && *p; p += n + strspn(p + n, " ")) {
		bool one = *p == '!';

		n = strcspn(p, " ");
		snprintf(who, LABEL_MAX + 1, "%.*s", (int)n - one, p + one);
		if ((one || !alone) && (strncmp(who, label, snap) != 0 || who[snap] != '.'))
			return true;
	}
	return false;
}

/* What else uses it, which takes nothing from the app: below, of an I2C bus and a GPIO chip. */
static void say_beside(const struct helper_asked *asked, struct udev_device *dev, const char *node)
{
	static const char *const users[] = { "/device/*-00*/driver", "/gpio/gpio*" };
	const char *apps = udev_device_get_property_value(dev, APPS);
	char who[LABEL_MAX + 1], pattern[PATH_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(users); i++) {
		CLEANUP(globfree) glob_t found = { 0 };

		str_join(pattern, PATH_MAX, udev_device_get_syspath(dev), users[i], NULL);
		if (glob(pattern, 0, NULL, &found) == 0)
			helper_say(asked->root_fd, "%s: %s is used beside it by %s", asked->label,
				   node, found.gl_pathv[0]);
	}
	/* Where it is the app's alone any other one is said. */
	while ((dev = udev_device_get_parent(dev)))
		if (has_other(dev, asked->label, !apps || !strchr(apps, '!'), who))
			helper_say(asked->root_fd, "%s: %s is part of %s, which %s has",
				   asked->label, node, udev_device_get_sysname(dev), who);
}

/* Owns dev, NULL for one that is gone. 0 for a device that has no node, does not carry the tag any
 * more, or is another's alone; 1 for one that the map gets, unless it is NULL. */
static int add(const struct helper_asked *asked, const char *tag, struct udev_device *owned,
	       uint32_t access, struct helper_map *m)
{
	CLEANUP(cleanup_udev_device) struct udev_device *dev = owned;
	const char *subsystem = dev ? udev_device_get_subsystem(dev) : NULL;
	const char *path, *node = subsystem ? udev_device_get_devnode(dev) : NULL;
	char who[LABEL_MAX + 1];
	dev_t number;

	/* Tags stay in udev's files after a rule has gone; only the current ones count. */
	if (!node || (udev_device_has_current_tag(dev, tag) <= 0 && GUARD(helper_current_tag)))
		return 0;
	/* udev's files go by numbers: these may be of the one that had it before. The rule says
	 * whose. */
	path = udev_device_get_property_value(dev, tag);
	if ((!path || !str_eq(path, udev_device_get_devpath(dev))) && GUARD(helper_path))
		return 0;
	if (has_other(dev, asked->label, true, who) && GUARD(helper_alone)) {
		if (m)
			helper_say(asked->root_fd, "%s: cannot allow %s: it is of %s alone",
				   asked->label, node, who);
		return 0;
	}
	if (!m)
		return 1;
	say_beside(asked, dev, node);
	number = udev_device_get_devnum(dev);
	helper_map_add(
		m, &(struct sys_device_key){ helper_type(subsystem), major(number), minor(number) },
		access);
	return 1;
}

int helper_udev_add(const struct helper_asked *asked, const char *tag, uint32_t access,
		    struct helper_map *m, struct err *e)
{
	const struct sys_device_key *only = m ? asked->only : NULL;
	CLEANUP(cleanup_udev) struct udev *u = udev_new();
	CLEANUP(cleanup_udev_enumerate)
	struct udev_enumerate *en = u ? udev_enumerate_new(u) : NULL;
	struct udev_list_entry *entry;
	int n = 0;

	if (en && only)
		return add(asked, tag,
			   udev_device_new_from_devnum(u, "?bc"[only->type],
						       makedev(only->major, only->minor)),
			   access, m);
	if (!en || udev_enumerate_add_match_tag(en, tag) < 0 || udev_enumerate_scan_devices(en) < 0)
		return err_env(e, "cannot ask udev for the devices tagged %s", tag);
	udev_list_entry_foreach(entry, udev_enumerate_get_list_entry(en))
	{
		const char *path = udev_list_entry_get_name(entry);

		n += add(asked, tag, udev_device_new_from_syspath(u, path), access, m);
	}
	return n;
}
