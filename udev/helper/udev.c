/* SPDX-License-Identifier: Apache-2.0 */
#include "helper.h"

#include <libudev.h>
#include <sys/sysmacros.h>

#include "cleanup.h"
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

static int visit_device(struct udev *u, const char *syspath, const char *tag,
			helper_tagged_visit *visit, void *ctx, struct err *e)
{
	CLEANUP(cleanup_device)
	struct udev_device *dev = udev_device_new_from_syspath(u, syspath);
	const char *subsystem, *devpath;
	struct sys_device_key key;
	dev_t number;

	/* Gone between listing and looking. */
	if (!dev)
		return 0;
	/* Tags stay in udev's files after a rule has gone; only the current ones count. */
	if (udev_device_has_current_tag(dev, tag) <= 0)
		return 0;
	number = udev_device_get_devnum(dev);
	subsystem = udev_device_get_subsystem(dev);
	devpath = udev_device_get_devpath(dev);
	if (major(number) == 0 || !subsystem || !devpath)
		return 0;
	key.type = str_eq(subsystem, "block") ? PLAN_DEVICE_BLOCK : PLAN_DEVICE_CHAR;
	key.major = major(number);
	key.minor = minor(number);
	return visit(ctx, devpath, &key, e);
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
		if (visit_device(u, udev_list_entry_get_name(entry), tag, visit, ctx, e))
			return -1;
	}
	return 0;
}

const struct helper_source helper_udev = { .tagged = udev_tagged };
