/* SPDX-License-Identifier: Apache-2.0 */
/* What bulkheadctl drafts of devices that a test makes up. */
#include "ctl.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mem.h"

/* The strings of a table, by hand. */
#define STRINGS                                                                                    \
	"\0wire\0port\0serial\0tty\0usb\0(A|[0-9.-]+)\0at\0key\0[A-Z0-9]+"                         \
	"\0node\0idVendor\0number\0"
enum {
	WIRE = 1,
	PORT = 6,
	SERIAL = 11,
	TTY = 18,
	USB = 22,
	PORTS = 26,
	AT = 39,
	KEY = 42,
	KEYS = 46,
	NODE = 56,
	VENDOR = 61,
	NUMBER = 70,
};

static const struct hardware_row rows[] = {
	{ WIRE, 0, 0, 2 }, { WIRE, SERIAL, 0, 3 }, { WIRE, PORT, 0, 4 }, { USB, 0, 1, 1 }
};
static const struct hardware_term terms[] = {
	{ HARDWARE_SUBSYSTEM, 0, TTY, 0, HARDWARE_LITERAL, 0, 0 },
	{ HARDWARE_KERNEL, 0, 0, 0, HARDWARE_NODE, 0, 0 },
	{ HARDWARE_SUBSYSTEM, 0, TTY, 0, HARDWARE_LITERAL, 0, 0 },
	{ HARDWARE_SUBSYSTEMS, 0, USB, 0, HARDWARE_LITERAL, 0, 0 },
	{ HARDWARE_ATTRS_OF, SERIAL, 0, 0, HARDWARE_TEXT, 1, 0 },
	{ HARDWARE_SUBSYSTEM, 0, TTY, 0, HARDWARE_LITERAL, 0, 0 },
	{ HARDWARE_SUBSYSTEMS, 0, USB, 0, HARDWARE_LITERAL, 0, 0 },
	{ HARDWARE_KERNELS, 0, 0, 0, HARDWARE_TEXT, 2, 0 },
	{ HARDWARE_ATTRS_OF, VENDOR, 0, 0, HARDWARE_HEX, 3, 0 },
	{ HARDWARE_SUBSYSTEMS, 0, USB, 0, HARDWARE_LITERAL, 0, 0 },
};
static const struct hardware_attr attrs[] = {
	{ NODE, 0, 0, 0, 0 },
	{ KEY, KEYS, 0, 0, 0 },
	{ AT, PORTS, 0, 0, 0 },
	{ NUMBER, 0, 1, 0xffff, 1 },
};

/* What a device and its parent answer; subsystem NULL: "tty". */
struct fake {
	const char *port, *serial, *vendor, *subsystem;
};

static const char *answer(void *device, const struct ctl_ask *ask)
{
	const struct fake *f = device;

	if (ask->key == HARDWARE_SUBSYSTEM)
		return f->subsystem ? f->subsystem : "tty";
	if (ask->key == HARDWARE_KERNEL)
		return "name";
	if (ask->level != 1)
		return NULL;
	if (ask->key == HARDWARE_SUBSYSTEMS)
		return "usb";
	if (ask->key == HARDWARE_KERNELS)
		return f->port;
	return str_eq(ask->arg, "serial") ? f->serial : f->vendor;
}

/* The draft of up to four nodes, without its first lines. */
static void drafts(const char *const names[], const struct fake fakes[], const char *want)
{
	static const char any[] = STRINGS;
	struct hardware_attr own[ARRAY_SIZE(attrs)];
	struct ctl_table t = { rows, terms, own, ARRAY_SIZE(rows), ARRAY_SIZE(terms), any };
	struct ctl_node nodes[4] = { 0 };
	struct ctl_world w = { &t, answer, nodes, 0 };
	CLEANUP_STR struct str out = { 0 };

	memcpy(own, attrs, sizeof(own));
	/* "/dev/..." fits the last expression of none of them. */
	own[0].match = TTY;
	for (; names[w.count]; w.count++)
		nodes[w.count] = (struct ctl_node){ names[w.count], NULL, (void *)&fakes[w.count] };
	ctl_draft(&w, &out);
	assert_string_equal(strstr(str_text(&out), "slots:"), want);
}

static void test_serial(void **state)
{
	static const struct fake fakes[] = { { "1-1", "A1", "0403", NULL } };

	(void)state;
	drafts((const char *const[]){ "ttyUSB0", NULL }, fakes,
	       "slots:\n"
	       "  # /dev/ttyUSB0: unstable, numbered in order of discovery\n"
	       "  #   by serial: key: \"A1\"\n"
	       "  #   by port: at: \"1-1\"\n"
	       "  #     or more narrowly: at: \"1-1\", number: 0x0403\n"
	       "  #   with all others of its kind by usb of the system\n"
	       "  ttyusb0: { interface: wire, key: \"A1\" }\n");
}

/* What both say is said, and the port tells them apart; of a third in the same place nothing does.
 */
static void test_twins(void **state)
{
	static const struct fake fakes[] = { { "1-1", "A1", NULL, NULL },
					     { "1-2", "A1", NULL, NULL } };
	static const struct fake same[] = { { "1-1", NULL, NULL, NULL },
					    { "1-1", NULL, NULL, NULL } };

	(void)state;
	drafts((const char *const[]){ "ttyA0", "ttyA1", NULL }, fakes,
	       "slots:\n"
	       "  # /dev/ttyA0: unstable, numbered in order of discovery\n"
	       "  #   by serial: key: \"A1\" (duplicate: /dev/ttyA1)\n"
	       "  #   by port: at: \"1-1\"\n"
	       "  #   with all others of its kind by usb of the system\n"
	       "  ttya0: { interface: wire, at: \"1-1\" }\n"
	       "  # /dev/ttyA1: unstable, numbered in order of discovery\n"
	       "  #   by serial: key: \"A1\" (duplicate: /dev/ttyA0)\n"
	       "  #   by port: at: \"1-2\"\n"
	       "  #   with all others of its kind by usb of the system\n"
	       "  ttya1: { interface: wire, at: \"1-2\" }\n");
	drafts((const char *const[]){ "a", "b", NULL }, same,
	       "slots: {}\n"
	       "  # /dev/a\n"
	       "  #   by port: at: \"1-1\" (duplicate: /dev/b)\n"
	       "  #   with all others of its kind by usb of the system\n"
	       "  #   no slot of a gadget is for it alone\n"
	       "  # /dev/b\n"
	       "  #   by port: at: \"1-1\" (duplicate: /dev/a)\n"
	       "  #   with all others of its kind by usb of the system\n"
	       "  #   no slot of a gadget is for it alone\n");
}

/* Equal names of slots; a device that says of itself what nobody takes; one that nothing is for. */
static void test_odd(void **state)
{
	static const struct fake fakes[] = { { "1-1", "x\"\n\x1b\\\xff", NULL, NULL },
					     { "1-2", NULL, "10000", NULL },
					     { "1-3", NULL, NULL, "none" } };

	(void)state;
	drafts((const char *const[]){ "9/a.b", "a:b", "\x1b[2J", NULL }, fakes,
	       "slots:\n"
	       "  # /dev/9/a.b: unstable, numbered in order of discovery\n"
	       "  #   by port: at: \"1-1\"\n"
	       "  #   with all others of its kind by usb of the system\n"
	       "  #   no slot takes key \"x\\x22\\x0a\\x1b\\x5c\\xff\"\n"
	       "  a-b: { interface: wire, at: \"1-1\" }\n"
	       "  # /dev/a:b\n"
	       "  #   by port: at: \"1-2\"\n"
	       "  #   with all others of its kind by usb of the system\n"
	       "  a-b-2: { interface: wire, at: \"1-2\" }\n"
	       "  # /dev/\\x1b[2J: unstable, numbered in order of discovery\n"
	       "  #   with all others of its kind by usb of the system\n"
	       "  #   no slot of a gadget is for it alone\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_serial),
		cmocka_unit_test(test_twins),
		cmocka_unit_test(test_odd),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
