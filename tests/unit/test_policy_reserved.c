/* SPDX-License-Identifier: Apache-2.0 */
/* N-65: the console, debug UARTs and the boot medium go to an app only when image.yaml names them.
 */
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

struct fixture {
	struct model_fixture f;
	struct policy_templates t;
	struct policy p;
	struct model_reserved reserved[1];
	struct model_line allow[2];
};

/* A slot with that udev match on a board that reserves that node; allow is image.yaml's line. */
static struct fixture *make(const char *node, const char *match, const char *allow)
{
	struct fixture *x = calloc(1, sizeof(*x));

	fixture_make(&x->f);
	assert_int_equal(policy_load_templates(&x->f.a, "gadget/templates", &x->t, &x->f.d), 0);
	x->reserved[0] = (struct model_reserved){ node, strstr(node, "tty") != NULL };
	x->f.m.board.reserved = x->reserved;
	x->f.m.board.reserved_count = 1;
	x->f.serial_udev[0].text = match;
	if (allow) {
		x->allow[0] = (struct model_line){ allow, FIXTURE_LOC("image.yaml", 9) };
		x->f.m.image.allow_reserved = x->allow;
		x->f.m.image.allow_reserved_count = 1;
	}
	return x;
}

static int build(struct fixture *x)
{
	return policy_build(&x->f.a, &x->f.m, &x->t, &x->p, &x->f.d);
}

static void drop(struct fixture *x)
{
	fixture_free(&x->f);
	free(x);
}

static void matches(void **state)
{
	static const struct {
		const char *node, *match;
		bool takes;
	} rows[] = {
		{ "/dev/ttyAMA0", "SUBSYSTEM==\"tty\", KERNEL==\"ttyAMA0\"", true },
		{ "/dev/ttyAMA0", "SUBSYSTEM==\"tty\", KERNEL==\"ttyAMA1\"", false },
		{ "/dev/ttyAMA0", "KERNEL==\"tty[A-Z]*\"", true },
		{ "/dev/ttyAMA0", "SUBSYSTEM==\"tty\"", true },
		{ "/dev/ttyAMA0", "SUBSYSTEM==\"block\", KERNEL==\"*\"", false },
		{ "/dev/ttyAMA0", "ENV{DEVNAME}==\"/dev/ttyAMA0\"", true },
		{ "/dev/ttyAMA0", "ENV{DEVNAME}==\"/dev/ttyAMA01\"", false },
		{ "/dev/ttyAMA0", "KERNELS==\"ttyAMA0\", ATTR{x}==\"1\"", true },
		{ "/dev/ttyAMA0", "SUBSYSTEM==\"tty\", KERNEL!=\"ttyAMA0\"", false },
		{ "/dev/ttyAMA0", "SUBSYSTEM==\"tty\", KERNEL!=\"ttyS*\"", true },
		{ "/dev/ttyAMA0", "KERNEL==\"ttyAMA0\", ENV{ID_MODEL}==\"x\"", true },
		/* Found by what a SoC's own UART is not. */
		{ "/dev/ttyAMA0",
		  "SUBSYSTEM==\"tty\", SUBSYSTEMS==\"usb\", ATTRS{idVendor}==\"0403\"", false },
		{ "/dev/vda", "SUBSYSTEM==\"block\", KERNEL==\"vda\"", true },
		{ "/dev/vda", "SUBSYSTEM==\"block\", ENV{DEVTYPE}==\"partition\", KERNEL==\"vda2\"",
		  true },
		{ "/dev/vda", "SUBSYSTEM==\"block\", ENV{DEVTYPE}==\"disk\", KERNEL==\"vda2\"",
		  false },
		{ "/dev/vda",
		  "SUBSYSTEM==\"block\", ENV{DEVTYPE}==\"partition\", "
		  "KERNEL==\"[hsv]d[a-z]*\"",
		  true },
		{ "/dev/vda", "SUBSYSTEM==\"block\", KERNEL==\"vdb*\"", false },
		{ "/dev/vda", "SUBSYSTEM==\"block\", KERNEL==\"vda!x\"", false },
		{ "/dev/mmcblk0", "SUBSYSTEM==\"block\", KERNEL==\"mmcblk0p17\"", true },
		{ "/dev/mmcblk0", "KERNEL==\"mmcblk0boot1\"", true },
		{ "/dev/mmcblk0", "SUBSYSTEM==\"block\", KERNEL==\"mmcblk1p1\"", false },
		{ "/dev/mtd0", "KERNEL==\"mtd0\"", true },
		{ "/dev/mtd0", "SUBSYSTEM==\"mtd\"", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct fixture *x = make(rows[i].node, rows[i].match, NULL);

		if (build(x) != (rows[i].takes ? -1 : 0))
			fail_msg("%s of %s: %s", rows[i].match, rows[i].node,
				 fixture_message(&x->f));
		drop(x);
	}
}

/* What only the board tells, udev is told to leave alone: N-65 by another name. */
static void excluded(void **state)
{
	static const struct {
		const char *node, *match, *more;
	} rows[] = {
		{ "/dev/ttyAMA0", "SUBSYSTEM==\"tty\", ENV{OF_FULLNAME}==\"/pl011@9000000\"",
		  ", KERNEL!=\"ttyAMA0\"" },
		{ "/dev/ttyUSB0", "SUBSYSTEM==\"tty\", SUBSYSTEMS==\"usb\", KERNELS==\"1-1\"",
		  ", KERNEL!=\"ttyUSB0\"" },
		{ "/dev/mmcblk0", "SUBSYSTEM==\"block\", ENV{ID_PATH}==\"platform-x.mmc\"",
		  ", KERNEL!=\"mmcblk0*\"" },
		{ "/dev/mtd0", "SUBSYSTEM==\"mtd\"", ", KERNEL!=\"mtd0\"" },
		/* It cannot be. */
		{ "/dev/ttyAMA0", "SUBSYSTEM==\"i2c-dev\", KERNEL==\"i2c-1\"", "" },
		{ "/dev/ttyAMA0", "SUBSYSTEM==\"tty\", KERNEL==\"ttyS[0-9]*\", ATTR{x}==\"1\"",
		  "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct fixture *x = make(rows[i].node, rows[i].match, NULL);
		const char *want = mem_printf(&x->f.a, "%s%s", rows[i].match, rows[i].more);

		assert_int_equal(build(x), 0);
		assert_string_equal(x->p.apps[0].slots.items[0].matches.items[0].text, want);
		drop(x);
		/* Whoever names the node means it; or is told that nothing is it. */
		x = make(rows[i].node, rows[i].match, rows[i].node);
		assert_int_equal(build(x), *rows[i].more ? 0 : -1);
		assert_string_equal(x->p.apps[0].slots.items[0].matches.items[0].text,
				    rows[i].match);
		drop(x);
	}
}

static void messages(void **state)
{
	struct fixture *x = make("/dev/ttyAMA0", "KERNEL==\"ttyAMA0\"", NULL);

	(void)state;
	assert_int_equal(build(x), -1);
	assert_string_equal(fixture_message(&x->f),
			    "cannot give /dev/ttyAMA0 to snap.sensord.sensord: it is the board's "
			    "console (port:uart (serial))");
	assert_string_equal(x->f.d.messages[0].loc.file, "gadget.yaml");
	drop(x);
	x = make("/dev/vda", "KERNEL==\"vda3\"", NULL);
	assert_int_equal(build(x), -1);
	assert_string_equal(fixture_message(&x->f),
			    "cannot give /dev/vda to snap.sensord.sensord: it is reserved by the "
			    "board (port:uart (serial))");
	drop(x);
}

/* The kernel's messages and a login would be on it too, whoever asked for them. */
static void gadgets_console(void **state)
{
	static const char *consoles[] = { "/dev/ttyS7", "/dev/ttyAMA1" };
	struct fixture *x = make("/dev/ttyAMA0", "KERNEL==\"ttyAMA1\"", NULL);

	(void)state;
	x->f.m.gadget.consoles = consoles;
	x->f.m.gadget.console_count = 2;
	assert_int_equal(build(x), -1);
	assert_string_equal(fixture_message(&x->f),
			    "cannot give /dev/ttyAMA1 to snap.sensord.sensord: it is a console of "
			    "the gadget's kernel arguments (port:uart (serial))");
	drop(x);
	x = make("/dev/ttyAMA0", "KERNEL==\"ttyAMA1\"", "/dev/ttyAMA1");
	x->f.m.gadget.consoles = consoles;
	x->f.m.gadget.console_count = 2;
	assert_int_equal(build(x), 0);
	drop(x);
}

/* A line that names the node, and no other, allows it; one that nothing needs is a mistake. */
static void allowed(void **state)
{
	struct fixture *x = make("/dev/ttyAMA0", "KERNEL==\"ttyAMA0\"", "/dev/ttyAMA0");

	(void)state;
	assert_int_equal(build(x), 0);
	drop(x);
	x = make("/dev/ttyAMA0", "KERNEL==\"ttyAMA0\"", "/dev/ttyAMA1");
	assert_int_equal(build(x), -1);
	drop(x);
	x = make("/dev/ttyAMA0", "KERNEL==\"ttyAMA1\"", "/dev/ttyAMA0");
	assert_int_equal(build(x), -1);
	assert_string_equal(fixture_message(&x->f),
			    "cannot use allow-reserved \"/dev/ttyAMA0\": no app is given a node of "
			    "this name that the board reserves");
	drop(x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(matches),  cmocka_unit_test(excluded),
		cmocka_unit_test(messages), cmocka_unit_test(gadgets_console),
		cmocka_unit_test(allowed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
