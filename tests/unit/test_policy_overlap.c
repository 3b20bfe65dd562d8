/* SPDX-License-Identifier: Apache-2.0 */
/* N-64: what is known of two udev matches: of one device, of none, or not to be told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model_fixture.h"
#include "policy.h"

#define TTY "SUBSYSTEM==\"tty\""
#define USB "SUBSYSTEMS==\"usb\""

/* Two slots of the gadget, a plug and an app for each; the fixture's slot is the first one. */
struct fixture {
	struct model_fixture f;
	struct policy_templates t;
	struct policy p;
	struct model_line udev;
	struct model_udev match;
	struct model_variant variant;
	struct model_end slot, plug, *plugs[2];
	struct model_connection connections[3];
};

static void make(struct fixture *x, const char *first, const char *second)
{
	memset(x, 0, sizeof(*x));
	fixture_make(&x->f);
	assert_int_equal(policy_load_templates(&x->f.a, "gadget/templates", &x->t, &x->f.d), 0);
	x->f.serial_udev[0].text = first;
	x->udev = (struct model_line){ second, FIXTURE_LOC("serial.yaml", 20) };
	x->match = (struct model_udev){ .parts = { &x->udev, 1 }, .access = 6 };
	x->variant = x->f.serial_variant;
	x->variant.group.udev = &x->match;
	x->slot = x->f.serial_slot;
	x->slot.name = "other";
	x->slot.variant = &x->variant;
	x->plug = x->f.serial_plug;
	x->plug.name = "second";
	x->plug.snap = x->f.net_plug.snap;
	x->plugs[0] = x->f.web_plugs[0];
	x->plugs[1] = &x->plug;
	x->f.web_apps[0].plugs = x->plugs;
	x->f.web_apps[0].plug_count = 2;
	for (size_t i = 0; i < x->f.m.connection_count; i++)
		x->connections[i] = x->f.m.connections[i];
	x->connections[x->f.m.connection_count] =
		(struct model_connection){ .plug = &x->plug, .slot = &x->slot };
	x->f.m.connections = x->connections;
	x->f.m.connection_count++;
}

static const struct policy_slot *slot_of(const struct fixture *x, const char *name)
{
	for (size_t i = 0; i < x->p.app_count; i++)
		for (size_t k = 0; k < x->p.apps[i].slots.count; k++)
			if (str_eq(x->p.apps[i].slots.items[k].name, name))
				return &x->p.apps[i].slots.items[k];
	return NULL;
}

static void relations(void **state)
{
	enum relation { APART, MAYBE, SAME };
	static const struct {
		const char *first, *second;
		enum relation is;
	} rows[] = {
		{ TTY ", KERNEL==\"ttyS1\"", "ENV{DEVNAME}==\"/dev/ttyS1\"", SAME },
		{ TTY ", KERNEL==\"ttyS1\"", "ENV{DEVNAME}==\"/dev/ttyS11\"", APART },
		{ TTY ", KERNEL==\"ttyS1\"", "KERNEL==\"ttyS[0-9]*\"", SAME },
		{ TTY ", KERNEL==\"ttyS1\"", "KERNEL==\"ttyUSB[0-9]*\"", APART },
		{ "KERNEL==\"ttyACM[0-9]*\"", "KERNEL==\"ttyUSB[0-9]*\"", APART },
		{ TTY ", KERNEL==\"ttyS1\"", TTY ", KERNEL!=\"ttyS1\"", APART },
		/* A UART of the SoC is no adapter; how its node is called only the board knows. */
		{ TTY ", KERNEL==\"ttyS1\"", TTY ", " USB ", KERNELS==\"1-1\"", APART },
		{ TTY ", KERNEL==\"ttyS1\"", TTY ", ENV{OF_FULLNAME}==\"/uart@1\"", MAYBE },
		{ TTY ", ENV{OF_FULLNAME}==\"/a@1\"", TTY ", ENV{OF_FULLNAME}==\"/a@2\"", APART },
		{ TTY ", ENV{OF_FULLNAME}==\"/a@1\"", TTY ", ENV{OF_FULLNAME}==\"/a@1\"", SAME },
		{ "SUBSYSTEM==\"i2c-dev\", ENV{OF_FULLNAME}==\"/a\"",
		  TTY ", ENV{OF_FULLNAME}==\"/a\"", APART },
		/* By port and by serial number. */
		{ TTY ", " USB ", KERNELS==\"1-1\"", TTY ", " USB ", ATTRS{serial}==\"A\"", MAYBE },
		{ TTY ", " USB ", KERNELS==\"1-1\"", TTY ", " USB ", KERNELS==\"1-2\"", APART },
		{ TTY ", " USB ", ATTRS{idVendor}==\"0403\"",
		  TTY ", " USB ", ATTRS{idVendor}==\"0403\", ATTRS{serial}==\"A\"", SAME },
		/* The raw node of an adapter. */
		{ "SUBSYSTEM==\"usb\"", TTY ", " USB ", KERNELS==\"1-1\"", SAME },
		{ "SUBSYSTEM==\"usb\"", TTY ", KERNEL==\"ttyUSB0\"", SAME },
		{ "SUBSYSTEM==\"usb\"", TTY ", KERNEL==\"ttyS0\"", APART },
		{ "SUBSYSTEM==\"usb\"", TTY ", ENV{ID_PATH}==\"platform-x-usb-0:1:1.0\"", SAME },
		{ "SUBSYSTEM==\"usb\", ATTR{idVendor}==\"0403\"",
		  TTY ", " USB ", ATTRS{idVendor}==\"067b\"", APART },
		{ "SUBSYSTEM==\"usb\", ATTR{idVendor}==\"0403\"",
		  TTY ", " USB ", ATTRS{idVendor}==\"0403\", ATTRS{idProduct}==\"6001\"", SAME },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct fixture x;
		enum relation is = SAME;

		make(&x, rows[i].first, rows[i].second);
		if (policy_build(&x.f.a, &x.f.m, &x.t, &x.p, &x.f.d) == 0)
			is = slot_of(&x, "other")->doubts.count ? MAYBE : APART;
		else
			assert_non_null(strstr(fixture_message(&x.f), "is the same hardware"));
		if (is != rows[i].is)
			fail_msg("%s and %s: %d", rows[i].first, rows[i].second, (int)is);
		/* Both sides are told. */
		if (is == MAYBE)
			assert_int_equal(slot_of(&x, "uart")->doubts.count, 1);
		fixture_free(&x.f);
	}
}

/* Both slots must say that they are shared. */
static void shared(void **state)
{
	static const char *const attrs[] = { "shared: true\npath: /dev/ttyS3\n",
					     "path: /dev/ttyS3\n" };

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		struct fixture x;
		int want = i == 0 ? 0 : -1;

		make(&x, TTY, TTY);
		x.f.serial_slot.attrs = fixture_map(&x.f, attrs[i & 1]);
		x.slot.attrs = fixture_map(&x.f, attrs[i >> 1]);
		assert_int_equal(policy_build(&x.f.a, &x.f.m, &x.t, &x.p, &x.f.d), want);
		fixture_free(&x.f);
	}
}

/* What the board says of a UART, a bus with a clock that has a driver, a chip with two banks. */
static struct model_hardware board[] = {
	{ .of_path = "/uart@1", .node = "/dev/ttyS1", .id_path = "platform-1.uart" },
	{ .of_path = "/i2c@2", .node = "/dev/i2c-1" },
	{ .of_path = "/i2c@3", .node = "/dev/i2c-2" },
	{ .of_path = "/i2c@3/rtc@68", .driver = "rtc-ds1307" },
	{ .of_path = "/pins@4", .node = "/dev/gpiochip0", .chip = "low" },
	{ .of_path = "/pins@4", .node = "/dev/gpiochip1", .chip = "high" },
};

/* One device by the name that the kernel has for it and by another (N-64). */
static void names(void **state)
{
	enum relation { APART, MAYBE, SAME, DRIVER };
#define I2C  "SUBSYSTEM==\"i2c-dev\""
#define GPIO "SUBSYSTEM==\"gpio\", KERNEL==\"gpiochip[0-9]*\""
	static const struct {
		const char *first, *second;
		enum relation is;
	} rows[] = {
		{ TTY ", KERNEL==\"ttyS1\"", TTY ", ENV{OF_FULLNAME}==\"/uart@1\"", SAME },
		{ TTY ", ENV{OF_FULLNAME}==\"/uart@1\"", "ENV{DEVNAME}==\"/dev/ttyS1\"", SAME },
		{ TTY ", ENV{OF_FULLNAME}==\"/uart@1\"", TTY ", ENV{ID_PATH}==\"platform-1.uart\"",
		  SAME },
		{ TTY ", KERNEL==\"ttyS2\"", TTY ", ENV{OF_FULLNAME}==\"/uart@1\"", APART },
		{ TTY ", KERNEL==\"ttyS2\"", TTY ", ENV{OF_FULLNAME}==\"/uart@9\"", MAYBE },
		/* A node of another class may be of the same device. */
		{ I2C ", ENV{OF_FULLNAME}==\"/uart@1\"", TTY ", KERNEL==\"ttyS1\"", APART },
		/* A bus and what hangs on it, whether or not the board knows the bus. */
		{ I2C ", KERNEL==\"i2c-1\"",
		  "SUBSYSTEM==\"iio\", ENV{OF_FULLNAME}==\"/i2c@2/adc@48\"", SAME },
		{ "SUBSYSTEM==\"iio\", ENV{OF_FULLNAME}==\"/i2c@8/adc@48\"",
		  I2C ", ENV{OF_FULLNAME}==\"/i2c@8\"", SAME },
		{ I2C ", ENV{OF_FULLNAME}==\"/i2c@8\"",
		  "SUBSYSTEM==\"iio\", ENV{OF_FULLNAME}==\"/i2c@80/adc@48\"", APART },
		{ I2C ", ENV{OF_FULLNAME}==\"/i2c@8\"",
		  I2C ", ENV{OF_FULLNAME}==\"/i2c@8/mux@70/i2c@0\"", SAME },
		{ "SUBSYSTEM==\"spidev\", ENV{OF_FULLNAME}==\"/spi@8\"",
		  "SUBSYSTEM==\"iio\", ENV{OF_FULLNAME}==\"/spi@8/adc@0\"", APART },
		{ TTY ", KERNEL==\"ttyS5\"", I2C ", KERNEL==\"i2c-2\"", DRIVER },
		{ TTY ", KERNEL==\"ttyS5\"", I2C ", ENV{OF_FULLNAME}==\"/i2c@3\"", DRIVER },
		{ TTY ", KERNEL==\"ttyS5\"", I2C ", ENV{OF_FULLNAME}==\"/i2c@2\"", APART },
		{ TTY ", KERNEL==\"ttyS5\"",
		  "SUBSYSTEM==\"rtc\", ENV{OF_FULLNAME}==\"/i2c@3/rtc@68\"", APART },
		/* Two chips of one path: it finds both. */
		{ GPIO ", ENV{OF_FULLNAME}==\"/pins@4\"", "KERNEL==\"gpiochip1\"", SAME },
		{ "KERNEL==\"gpiochip0\"", "KERNEL==\"gpiochip1\"", APART },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct fixture x;
		enum relation is = SAME;

		make(&x, rows[i].first, rows[i].second);
		x.f.m.board.hardware = board;
		x.f.m.board.hardware_count = ARRAY_SIZE(board);
		if (policy_build(&x.f.a, &x.f.m, &x.t, &x.p, &x.f.d) == 0)
			is = slot_of(&x, "other")->doubts.count ? MAYBE : APART;
		else if (strstr(fixture_message(&x.f), "the kernel's driver \"rtc-ds1307\" uses "))
			is = DRIVER;
		else
			assert_non_null(strstr(fixture_message(&x.f), "is the same hardware"));
		if (is != rows[i].is)
			fail_msg("%s and %s: %d", rows[i].first, rows[i].second, (int)is);
		fixture_free(&x.f);
	}
}

/* Who shares a bus with drivers of the kernel says so. */
static void driver_shared(void **state)
{
	struct fixture x;

	(void)state;
	make(&x, TTY ", KERNEL==\"ttyS5\"", I2C ", KERNEL==\"i2c-2\"");
	x.f.m.board.hardware = board;
	x.f.m.board.hardware_count = ARRAY_SIZE(board);
	x.slot.attrs = fixture_map(&x.f, "shared: true\npath: /dev/ttyS3\n");
	assert_int_equal(policy_build(&x.f.a, &x.f.m, &x.t, &x.p, &x.f.d), 0);
	fixture_free(&x.f);
}

/* Lines of a chip, as files or as a chip of their own, beside nodes and each other. */
static void parts(void **state)
{
	static struct model_hardware gpio[] = {
		{ .of_path = "/pins@4", .sysfs = "/sys/devices/platform/4.pins", .chip = "low" },
		{ .node = "/dev/gpiochip3", .sysfs = "/sys/devices/platform/5.pins" },
	};
	static const struct {
		const char *link, *prefix, *match;
		bool known;
		enum { NONE, DOUBT, REFUSED } is;
	} rows[] = {
		{ "/sys/class/gpio/gpio4", "/sys/devices/platform/4.pins",
		  GPIO ", ENV{OF_FULLNAME}==\"/pins@4\"", true, REFUSED },
		{ "/sys/class/gpio/gpio4", "/sys/devices/platform/4.pins/gpio",
		  GPIO ", ENV{OF_FULLNAME}==\"/pins@4\"", true, REFUSED },
		{ "/sys/class/gpio/gpio4", "/sys/devices/platform",
		  GPIO ", ENV{OF_FULLNAME}==\"/pins@4\"", true, DOUBT },
		{ "/sys/class/gpio/gpio4", "/sys/devices/platform/4.pins", "KERNEL==\"gpiochip3\"",
		  true, NONE },
		{ "/sys/class/gpio/gpio4", "/sys/devices/platform/5.pins", "KERNEL==\"gpiochip3\"",
		  true, REFUSED },
		{ "/sys/class/gpio/gpio4", "/sys/devices/platform/5.pins", GPIO, true, REFUSED },
		{ "/sys/class/gpio/gpio4", "/sys/devices/platform/4.pins", GPIO, false, DOUBT },
		{ "/sys/class/gpio/gpio4", "/sys/devices/platform/4.pins",
		  TTY ", KERNEL==\"ttyS1\"", false, NONE },
		{ "/sys/class/leds/red", "/sys/devices/platform/leds", GPIO, true, NONE },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct model_line link = { rows[i].link, FIXTURE_LOC("line.yaml", 3) };
		struct model_line file = { "value", FIXTURE_LOC("line.yaml", 5) };
		struct model_late late = { .link = link,
					   .prefix = { rows[i].prefix, link.loc },
					   .files = { &file, 1 },
					   .access = 6 };
		struct fixture x;
		int rc;

		make(&x, TTY ", KERNEL==\"ttyS5\"", "KERNEL==\"x\"");
		x.f.m.board.hardware = gpio;
		x.f.m.board.hardware_count = rows[i].known ? ARRAY_SIZE(gpio) : 0;
		x.f.serial_udev[0].text = rows[i].match;
		x.variant.group.udev_count = 0;
		x.variant.group.late = &late;
		x.variant.group.late_count = 1;
		rc = policy_build(&x.f.a, &x.f.m, &x.t, &x.p, &x.f.d);
		assert_int_equal(rc, rows[i].is == REFUSED ? -1 : 0);
		if (rc)
			assert_non_null(strstr(fixture_message(&x.f), "is the same hardware"));
		else if (slot_of(&x, "uart")->doubts.count != (rows[i].is == DOUBT))
			fail_msg("%s below %s and %s", rows[i].link, rows[i].prefix, rows[i].match);
		fixture_free(&x.f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(relations),	 cmocka_unit_test(shared), cmocka_unit_test(names),
		cmocka_unit_test(driver_shared), cmocka_unit_test(parts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
