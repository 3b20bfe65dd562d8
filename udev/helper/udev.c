/* SPDX-License-Identifier: Apache-2.0 */
#include "helper.h"

#include <libudev.h>
#include <sys/sysmacros.h>

#include "cleanup.h"
#include "guard.h"
#include "str.h"

static void cleanup_udev(struct udev **u)
{
	udev_unref(*u);
}

static void cleanup_enumerate(struct udev_enumerate **en)
{
	udev_enumerate_unref(*en);
}

static void cleanup_device(struct udev_device **d)
{
	udev_device_unref(*d);
}

/* False for a device that has no node, or does not carry the tag any more. */
static bool read_device(struct udev_device *dev, const char *tag, struct sys_device_key *key)
{
	const char *subsystem;
	dev_t number;

	/* Tags stay in udev's files after a rule has gone; only the current ones count. */
	if (udev_device_has_current_tag(dev, tag) <= 0 && GUARD(helper_current_tag))
		return false;
	number = udev_device_get_devnum(dev);
	subsystem = udev_device_get_subsystem(dev);
	if (major(number) == 0 || !subsystem)
		return false;
	key->type = str_eq(subsystem, "block") ? PLAN_DEVICE_BLOCK : PLAN_DEVICE_CHAR;
	key->major = major(number);
	key->minor = minor(number);
	return true;
}

static int udev_tagged(void *source, const char *tag, helper_tagged_visit *visit, void *ctx,
		       struct err *e)
{
	CLEANUP(cleanup_udev) struct udev *u = udev_new();
	CLEANUP(cleanup_enumerate) struct udev_enumerate *en = NULL;
	struct udev_list_entry *entry;

	(void)source;
	if (!u)
		return err_env(e, "cannot ask udev: no memory");
	en = udev_enumerate_new(u);
	if (!en || udev_enumerate_add_match_tag(en, tag) < 0 || udev_enumerate_scan_devices(en) < 0)
		return err_env(e, "cannot ask udev for the devices tagged %s", tag);
	udev_list_entry_foreach(entry, udev_enumerate_get_list_entry(en))
	{
		CLEANUP(cleanup_device)
		struct udev_device *dev =
			udev_device_new_from_syspath(u, udev_list_entry_get_name(entry));
		const char *devpath = dev ? udev_device_get_devpath(dev) : NULL;
		struct sys_device_key key;

		/* NULL: gone between listing and looking. */
		if (devpath && read_device(dev, tag, &key) && visit(ctx, devpath, &key, e))
			return -1;
	}
	return 0;
}

const struct helper_source helper_udev = { .tagged = udev_tagged };
