/* SPDX-License-Identifier: Apache-2.0 */
/* What is asked of this machine's own devices: /dev/null is one of each. */
#include "ctl.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "mem.h"

/* The strings of a table, by hand. */
static const char strings[] = "\0wire\0id\0mem\0path_id\0DEVNAME\0ID_PATH\0uevent\0dev\0"
			      "[a-z0-9:/-]+\0none\0parent\0";
enum {
	WIRE = 1,
	ID = 6,
	MEM = 9,
	BUILTIN = 13,
	DEVNAME = 21,
	ID_PATH = 29,
	UEVENT = 37,
	DEV = 44,
	ANY = 48,
	NONE = 61,
	PARENT = 66,
};

static const struct hardware_attr attrs[] = { { DEVNAME, ANY, 0, 0, 0 },
					      { DEV, ANY, 0, 0, 0 },
					      { ID_PATH, ANY, 0, 0, 1 },
					      { ID, ANY, 0, 0, 1 },
					      { WIRE, ANY, 0, 0, 0 } };
static const struct hardware_term terms[] = {
	{ HARDWARE_SUBSYSTEM, 0, MEM, 0, HARDWARE_LITERAL, 0, 0 },
	{ HARDWARE_TEST, 0, UEVENT, 0, HARDWARE_LITERAL, 0, 0 },
	{ HARDWARE_TEST, 0, NONE, 1, HARDWARE_LITERAL, 0, 0 },
	{ HARDWARE_ENV, NONE, MEM, 1, HARDWARE_LITERAL, 0, 0 },
	{ HARDWARE_ENV, DEVNAME, 0, 0, HARDWARE_TEXT, 0, 0 },
	{ HARDWARE_ATTR, DEV, 0, 0, HARDWARE_TEXT, 1, 0 },
	{ HARDWARE_ENV, ID_PATH, 0, 0, HARDWARE_TEXT, 2, BUILTIN },
	{ HARDWARE_ENV, NONE, 0, 0, HARDWARE_TEXT, 3, PARENT },
	{ HARDWARE_KERNELS, 0, 0, 0, HARDWARE_NODE, 4, 0 },
	{ HARDWARE_SUBSYSTEM, 0, MEM, 0, HARDWARE_LITERAL, 0, 0 },
	{ HARDWARE_DRIVER, 0, MEM, 0, HARDWARE_LITERAL, 0, 0 },
};
static const struct hardware_row rows[] = { { WIRE, ID, 0, 9 }, { WIRE, ID, 0, 2 } };

static void test_null(void **state)
{
	const struct ctl_table t = { rows,   terms, attrs, ARRAY_SIZE(rows), ARRAY_SIZE(terms),
				     strings };
	CLEANUP_STR struct str all = { 0 }, hard = { 0 };
	struct err e = { 0 };

	(void)state;
	assert_int_equal(ctl_probe(&t, true, &all, &e), 0);
	assert_non_null(strstr(str_text(&all),
			       "  # /dev/null\n"
			       "  #   by id: DEVNAME: \"/dev/null\", dev: \"1:3\", wire: "
			       "\"/dev/null\"\n"
			       "  null: { interface: wire, DEVNAME: \"/dev/null\", dev: \"1:3\", "
			       "wire: \"/dev/null\" }\n"));
	/* No hardware. */
	assert_int_equal(ctl_probe(&t, false, &hard, &e), 0);
	assert_null(strstr(str_text(&hard), "/dev/null"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_null),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
