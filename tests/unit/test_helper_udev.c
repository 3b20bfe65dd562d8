/* SPDX-License-Identifier: Apache-2.0 */
/* What counts as tagged now, with a libudev of our own in the place of the real one. */
#include "helper.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/sysmacros.h>

#include <cmocka.h>
#include <libudev.h>

#include "str.h"

#define TAG "snap_demo_dapp_suart-1"

struct udev_device {
	const char *syspath;
	const char *subsystem;
	unsigned major, minor;
	int current; /* what has_current_tag answers */
};

static struct udev_device devices[] = {
	{ "/sys/devices/a", "tty", 188, 0, 1 },
	/* Tagged by an earlier connection: in the tags, not in the current ones. */
	{ "/sys/devices/b", "tty", 188, 1, 0 },
	{ "/sys/devices/c", "block", 8, 0, 1 },
	/* No node. */
	{ "/sys/devices/d", "usb", 0, 0, 1 },
	{ "/sys/devices/e", "tty", 188, 2, -1 },
};

#define COUNT (sizeof(devices) / sizeof(devices[0]))

static bool scan_fails;

/* Handles are never followed here: entry n is the number n + 1. */
struct udev *udev_new(void)
{
	return (struct udev *)(uintptr_t)1;
}

struct udev *udev_unref(struct udev *u)
{
	(void)u;
	return NULL;
}

struct udev_enumerate *udev_enumerate_new(struct udev *u)
{
	(void)u;
	return (struct udev_enumerate *)(uintptr_t)1;
}

struct udev_enumerate *udev_enumerate_unref(struct udev_enumerate *en)
{
	(void)en;
	return NULL;
}

int udev_enumerate_add_match_tag(struct udev_enumerate *en, const char *tag)
{
	(void)en;
	assert_string_equal(tag, TAG);
	return 0;
}

int udev_enumerate_scan_devices(struct udev_enumerate *en)
{
	(void)en;
	return scan_fails ? -1 : 0;
}

struct udev_list_entry *udev_enumerate_get_list_entry(struct udev_enumerate *en)
{
	(void)en;
	return (struct udev_list_entry *)(uintptr_t)1;
}

/* One entry more than devices: that one is gone when it is looked at. */
struct udev_list_entry *udev_list_entry_get_next(struct udev_list_entry *entry)
{
	uintptr_t n = (uintptr_t)entry;

	return n <= COUNT ? (struct udev_list_entry *)(n + 1) : NULL;
}

const char *udev_list_entry_get_name(struct udev_list_entry *entry)
{
	uintptr_t n = (uintptr_t)entry;

	return n <= COUNT ? devices[n - 1].syspath : "/sys/devices/gone";
}

struct udev_device *udev_device_new_from_syspath(struct udev *u, const char *path)
{
	(void)u;
	for (size_t i = 0; i < COUNT; i++)
		if (str_eq(devices[i].syspath, path))
			return &devices[i];
	return NULL;
}

struct udev_device *udev_device_unref(struct udev_device *d)
{
	(void)d;
	return NULL;
}

const char *udev_device_get_devpath(struct udev_device *d)
{
	return d->syspath + strlen("/sys");
}

int udev_device_has_current_tag(struct udev_device *d, const char *tag)
{
	assert_string_equal(tag, TAG);
	return d->current;
}

dev_t udev_device_get_devnum(struct udev_device *d)
{
	return makedev(d->major, d->minor);
}

const char *udev_device_get_subsystem(struct udev_device *d)
{
	return d->subsystem;
}

static int note(void *ctx, const char *devpath, const struct sys_device_key *key, struct err *e)
{
	if (str_eq(devpath, "/devices/stop"))
		return err_env(e, "stop");
	str_printf(ctx, "%s %u %u:%u\n", devpath, key->type, key->major, key->minor);
	return 0;
}

static void test_current(void **state)
{
	CLEANUP_STR struct str seen = { 0 };
	struct err e = { 0 };

	(void)state;
	assert_int_equal(helper_udev.tagged(NULL, TAG, note, &seen, &e), 0);
	assert_string_equal(str_text(&seen), "/devices/a 2 188:0\n/devices/c 1 8:0\n");
}

static void test_failures(void **state)
{
	CLEANUP_STR struct str seen = { 0 };
	struct err e = { 0 };

	(void)state;
	scan_fails = true;
	assert_int_equal(helper_udev.tagged(NULL, TAG, note, &seen, &e), -1);
	assert_string_equal(e.text, "cannot ask udev for the devices tagged " TAG);
	scan_fails = false;
	devices[0].syspath = "/sys/devices/stop";
	assert_int_equal(helper_udev.tagged(NULL, TAG, note, &seen, &e), -1);
	assert_string_equal(e.text, "stop");
	devices[0].syspath = "/sys/devices/a";
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_current),
		cmocka_unit_test(test_failures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
