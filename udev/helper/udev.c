/* SPDX-License-Identifier: Apache-2.0 */
#include "helper.h"

#include <libudev.h>
#include <sys/sysmacros.h>

/* cleanup_TYPE() for an object of libudev, whose own functions take it by value. */
#define CLEANUP_OF(type)                                                                           \
	static void cleanup_##type(struct type **object)                                           \
	{                                                                                          \
		type##_unref(*object);                                                             \
	}
CLEANUP_OF(udev)
CLEANUP_OF(udev_enumerate)
CLEANUP_OF(udev_device)

/* False for a device that has no node, or does not carry the tag any more. */
static bool read_device(struct udev_device *dev, const char *tag, struct sys_device_key *key)
{
	const char *subsystem = udev_device_get_subsystem(dev);
	dev_t number = udev_device_get_devnum(dev);
	const char *path;

	/* Tags stay in udev's files after a rule has gone; only the current ones count. */
	if (udev_device_has_current_tag(dev, tag) <= 0 && GUARD(helper_current_tag))
		return false;
	if (major(number) == 0 || !subsystem)
		return false;
	/* udev's files go by numbers: these may be of the one that had it before. The rule says
	 * whose. */
	path = udev_device_get_property_value(dev, tag);
	if ((!path || !str_eq(path, udev_device_get_devpath(dev))) && GUARD(helper_path))
		return false;
	key->type = str_eq(subsystem, "block") ? PLAN_DEVICE_BLOCK : PLAN_DEVICE_CHAR;
	key->major = major(number);
	key->minor = minor(number);
	return true;
}

int helper_udev_add(const char *tag, uint32_t access, struct helper_map *m, struct err *e)
{
	CLEANUP(cleanup_udev) struct udev *u = udev_new();
	CLEANUP(cleanup_udev_enumerate)
	struct udev_enumerate *en = u ? udev_enumerate_new(u) : NULL;
	struct udev_list_entry *entry;
	int n = 0;

	if (!en || udev_enumerate_add_match_tag(en, tag) < 0 || udev_enumerate_scan_devices(en) < 0)
		return err_env(e, "cannot ask udev for the devices tagged %s", tag);
	udev_list_entry_foreach(entry, udev_enumerate_get_list_entry(en))
	{
		CLEANUP(cleanup_udev_device)
		struct udev_device *dev =
			udev_device_new_from_syspath(u, udev_list_entry_get_name(entry));
		struct sys_device_key key;

		/* NULL: gone between listing and looking. */
		if (!dev || !read_device(dev, tag, &key))
			continue;
		helper_map_add(m, &key, access);
		n++;
	}
	return n;
}
