/* SPDX-License-Identifier: Apache-2.0 */
/* Late binding: files of sysfs whose place only the running board knows. */
#include "iface_made.h"

static void got_targets(struct got *g)
{
	for (size_t i = 0; i < g->app->mounts.count; i++)
		got_add(g, g->app->mounts.items[i].target);
}

#define LATE                                                                                       \
	"variants:\n"                                                                              \
	"  - name: v\n"                                                                            \
	"    attrs: { number: { type: int }, prefix: { type: sysfs-path } }\n"                     \
	"    late-binding:\n"                                                                      \
	"      - link: /sys/class/gpio/gpio%{number}\n"                                            \
	"        prefix: '%{prefix}'\n"                                                            \
	"        files: [value, direction]\n"                                                      \
	"        access: rw\n"                                                                     \
	"        export: { file: /sys/class/gpio/export, value: '%{number}' }\n"

static void late_binding(void **state)
{
	struct fixture *f = *state;

	builds(f, "app", LATE, "slot: { number: 4, prefix: /sys/devices/platform }\n");
	has(f, APP, got_late, "/sys/class/gpio/gpio4 value direction");
	has(f, APP, got_apparmor, "/run/slot/slot/value rw,; /run/slot/slot/direction rw,");
	assert_string_equal(f->row.p.apps[0].late.items[0].export_value, "4");
	has(f, APP, got_targets,
	    "run; run/slot; run/slot/slot; run/slot/slot/value; "
	    "run/slot/slot/direction");
	/* Each of the snap's two apps would have it; both are root here. */
	assert_int_equal(f->row.p.apps[0].late.items[0].gid, 0);
}

#define FILES(keys)                                                                                \
	"variants:\n  - name: v\n    attrs: { number: { type: int }, in: { type: sysfs-path, "     \
	"optional: true } }\n    late-binding:\n"                                                  \
	"      - { link: '/sys/class/gpio/gpio%{number}', files: [value], access: rw, " keys       \
	" }\n"

/* The slot's prefix, else the board's of that class, else none: no rule then, and no place. */
static void late_prefix_of_slot_or_board(void **state)
{
	struct fixture *f = *state;

	builds(f, "app", FILES("prefix: '%{in}', in-place: true"),
	       "slot: { number: 4, in: /sys/devices/soc }\n");
	has(f, APP, got_apparmor,
	    "/run/slot/slot/value rw,; /sys/devices/soc/{,**/}gpio4/value rw,");
	builds(f, "app", FILES("prefix: '%{in}', in-place: true, subdir: 's%{number}'"),
	       "slot: { number: 4 }\n");
	has(f, APP, got_apparmor,
	    "/run/slot/slot/value rw,; "
	    "/sys/devices/platform/board/gpio/{,**/}gpio4/s4/value rw,");
	builds(f, "app",
	       "variants:\n  - name: v\n    late-binding: [{ link: /sys/class/gpiox/a, "
	       "files: [value], access: rw }]\n",
	       "{}\n");
	has(f, APP, got_apparmor, "");
	has(f, APP, got_targets, "");
	assert_string_equal(f->row.p.apps[0].late.items[0].prefix, "");
}

static void late_binding_refused(void **state)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
		{ FILES("subdir: ../x"),
		  "cannot use late binding of \"/sys/class/gpio/gpio4\" below \"\": expected clean "
		  "paths below /sys/class or /sys/bus and /sys/devices" },
		{ FILES("export: { file: /proc/sysrq-trigger, value: b }"),
		  "cannot export \"b\" by \"/proc/sysrq-trigger\": expected a value, and a "
		  "clean path below /sys/class or /sys/bus" },
		{ FILES("export: { file: export, value: '%{in}' }"),
		  "cannot export \"\" by \"export\": expected a value, and a clean path "
		  "below /sys/class or /sys/bus" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		refuses(*state, cases[i].text, "slot: { number: 4 }\n", cases[i].message);
	refuses(*state,
		"variants:\n  - name: v\n    late-binding: [{ link: /sys/kernel/x, files: [a], "
		"access: r }]\n",
		"{}\n",
		"cannot use late binding of \"/sys/kernel/x\" below \"\": expected clean paths "
		"below "
		"/sys/class or /sys/bus and /sys/devices");
	refuses(*state,
		"variants:\n  - name: v\n    late-binding: [{ link: /sys/class/gpio/a, files: "
		"[b/c], "
		"access: r }]\n",
		"{}\n", "cannot use file \"b/c\": expected a name");
	refuses(*state,
		"variants:\n  - name: v\n    late-binding: [{ link: /sys/class/gpio/a, files: [b], "
		"access: r }, { link: /sys/class/gpio/c, files: [b], access: r }]\n",
		"{}\n",
		"cannot bind \"/sys/class/gpio/c\" at \"/run/slot/slot/b\": \"/sys/class/gpio/a\" "
		"is "
		"there");
}

static void late_binding_stays_below_devices(void **state)
{
	refuses(*state, LATE, "slot: { number: 4, prefix: /sys/kernel }\n",
		"cannot use late binding of \"/sys/class/gpio/gpio4\" below \"/sys/kernel\": "
		"expected clean paths below /sys/class or /sys/bus and /sys/devices");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(late_binding),
		TEST(late_binding_stays_below_devices),
		TEST(late_prefix_of_slot_or_board),
		TEST(late_binding_refused),
#undef TEST
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
