/* SPDX-License-Identifier: Apache-2.0 */
/* Devices that the kernel makes for a slot: what boot writes, what udev matches, names in /dev. */
#include "iface_made.h"

static void got_mount(struct got *g)
{
	static const char *const ops[] = { [POLICY_MOUNT_DIR] = "dir",
					   [POLICY_MOUNT_FILE] = "file",
					   [POLICY_MOUNT_SYMLINK] = "link" };

	for (size_t i = 0; i < g->app->mounts.count; i++) {
		const struct policy_mount *m = &g->app->mounts.items[i];

		assert_int_equal(m->flags, POLICY_MOUNT_OPTIONAL);
		got_add(g, mem_printf(&g->r->a, "%s %s%s%s", ops[m->op], m->target,
				      *m->source ? " " : "", m->source));
	}
}

#define MADE(keys)                                                                                 \
	"variants:\n"                                                                              \
	"  - name: v\n"                                                                            \
	"    attrs: { chips: { type: word, list: true }, lines: { type: ranges } }\n"              \
	"    made-devices:\n"                                                                      \
	"      - device: maker\n"                                                                  \
	"        udev: 'SUBSYSTEM==\"gpio\"'\n"                                                    \
	"        access: rw\n" keys
#define TO    "        file: /sys/bus/maker/new\n"
#define VALUE "        value: '%{chips} %{lines}'\n"
#define CHIP  "        chip: '%{chips}'\n"
#define NODE  "        node: /dev/made/%{slot}\n"
#define LINK  "        link: /dev/made/of/%{plug-snap}/%{plug}\n"
#define WHOLE MADE(TO VALUE CHIP NODE LINK)

static void made(void **state)
{
	struct fixture *f = *state;

	builds(f, "app", WHOLE, "slot: { chips: [chip9], lines: '0-3,7' }\n");
	has(f, APP, got_made, "chip9 0-3,7 to /sys/bus/maker/new -> maker.0 /dev/made/slot");
	has(f, APP, got_udev, "SUBSYSTEM==\"gpio\", KERNELS==\"maker.0\"");
	has(f, APP, got_mount,
	    "dir dev/made; file dev/made/slot; dir dev/made/of; dir dev/made/of/consumer; "
	    "link dev/made/of/consumer/plug ../../slot");
	/* The device is one, whoever has it; with an app there comes no rule by itself. */
	assert_int_equal(f->row.p.made.count, 1);
	assert_string_equal(f->row.p.made.items[0].device, "maker.0");
	has(f, APP, got_apparmor, "");
	assert_string_equal(f->row.p.apps[0].slots.items[0].link, "slot/slot");
}

/* The board of the rows has chip0 and chip9. */
static void board_chooses_the_chip(void **state)
{
	struct fixture *f = *state;

	builds(f, "app", WHOLE, "slot: { chips: [a, chip9, b], lines: '1' }\n");
	has(f, APP, got_made, "chip9 1 to /sys/bus/maker/new -> maker.0 /dev/made/slot");
	refuses(f, WHOLE, "slot: { chips: [a, b], lines: '1' }\n",
		"cannot choose a chip of slot \"slot\": board \"row\" has 0 of those named "
		"(plug:slot (x))");
	refuses(f, WHOLE, "slot: { chips: [chip0, chip9], lines: '1' }\n",
		"cannot choose a chip of slot \"slot\": board \"row\" has 2 of those named "
		"(plug:slot (x))");
}

static void values_are_one_or_one_a_chip(void **state)
{
	refuses(*state, MADE(TO VALUE NODE), "slot: { chips: [a, b], lines: '1' }\n",
		"cannot use value \"%{chips} %{lines}\": expected one, or one for each chip");
	refuses(*state, MADE(TO "        value: '%{lines}'\n" CHIP NODE),
		"slot: { chips: [chip0, b], lines: '1' }\n",
		"cannot use value \"%{lines}\": expected one, or one for each chip");
	builds(*state, "app", MADE(TO VALUE NODE), "slot: { chips: [a], lines: '1' }\n");
}

static void places_are_clean(void **state)
{
	static const struct {
		const char *text, *file, *node;
	} cases[] = {
		{ MADE("        file: /proc/x\n" VALUE CHIP NODE), "/proc/x", "/dev/made/slot" },
		{ MADE("        file: /sys/../x\n" VALUE CHIP NODE), "/sys/../x",
		  "/dev/made/slot" },
		{ MADE(TO VALUE CHIP "        node: /run/x\n"), "/sys/bus/maker/new", "/run/x" },
		{ MADE(TO VALUE CHIP NODE "        link: /dev/../x\n"), "/sys/bus/maker/new",
		  "/dev/made/slot" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		refuses(f, cases[i].text, "slot: { chips: [chip0], lines: '1' }\n",
			mem_printf(&f->a,
				   "cannot make device \"maker\" by \"chip0 1\" to \"%s\" for "
				   "\"%s\": expected a value, clean paths below /sys and /dev, and "
				   "a name",
				   cases[i].file, cases[i].node));
	refuses(f, MADE(TO VALUE CHIP NODE), "slot: { chips: ['chip0=x'], lines: '1' }\n",
		"cannot use \"chip0=x\" for %{chips}: byte 0x3d may not be in what is written to a "
		"file of sysfs");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(made),
		TEST(board_chooses_the_chip),
		TEST(values_are_one_or_one_a_chip),
		TEST(places_are_clean),
#undef TEST
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
