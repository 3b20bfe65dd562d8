/* SPDX-License-Identifier: Apache-2.0 */
/* The plan's table of files of sysfs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "build.h"
#include "cleanup.h"
#include "mem.h"
#include "plan_damage.h"

/* A row by its texts. */
struct texts {
	const char *place, *link, *prefix, *file, *export_file, *export_value;
};

static const struct texts gpio = {
	.place = "run/slot/led/value",
	.link = "/sys/class/gpio/gpio4",
	.prefix = "/sys/devices/platform/9030000.pl061",
	.file = "value",
	.export_file = "/sys/class/gpio/export",
	.export_value = "4",
};
static const struct texts pwm = {
	.place = "run/slot/fan/period",
	.link = "/sys/class/pwm/pwmchip0",
	.prefix = "/sys/devices/platform",
	.file = "pwm1/period",
	.export_file = "/sys/class/pwm/pwmchip0/export",
	.export_value = "1",
};

static void add(struct build_plan *p, const struct texts *t, uint32_t access, uint32_t flags)
{
	const struct plan_late row = {
		.place = build_text(&p->b, t->place),
		.link = build_text(&p->b, t->link),
		.prefix = build_text(&p->b, t->prefix),
		.file = build_text(&p->b, t->file),
		.access = access,
		.flags = flags,
		.export_file = build_text(&p->b, t->export_file),
		.export_value = build_text(&p->b, t->export_value),
	};

	build_plan_row(p, PLAN_TABLE_LATE, &row);
}

static void refuses_plan(struct build_plan *p, const char *expected)
{
	char text[160];

	snprintf(text, sizeof(text), "cannot use plan: field late%s", expected);
	plan_refused(p, text);
}

static void refuses(const struct texts *t, uint32_t access, uint32_t flags, const char *expected)
{
	struct build_plan p = { 0 };

	build_plan_start(&p);
	add(&p, t, access, flags);
	refuses_plan(&p, expected);
}

static struct build_plan both(void)
{
	struct build_plan p = { 0 };

	build_plan_start(&p);
	add(&p, &gpio, PLAN_ACCESS_READ, PLAN_LATE_FLAGS_ALL);
	add(&p, &pwm, PLAN_ACCESS_READ | PLAN_ACCESS_WRITE, 0);
	return p;
}

static void test_accepts(void **state)
{
	struct build_plan p = both();
	CLEANUP_FREE void *bytes = NULL;
	struct plan plan;

	(void)state;
	bytes = plan_accepted(&p, &plan);
	assert_int_equal(plan_count(&plan, PLAN_TABLE_LATE), 2);
	assert_string_equal(plan_text(&plan, plan.late[0].prefix), gpio.prefix);
	assert_string_equal(plan_text(&plan, plan.late[1].file), "pwm1/period");
	assert_string_equal(plan_text(&plan, plan.late[1].export_file), pwm.export_file);
	assert_int_equal(plan.late[0].flags, PLAN_LATE_FLAGS_ALL);
}

static void test_texts(void **state)
{
	static const struct {
		size_t offset;
		const char *bad;
		const char *expected;
	} cases[] = {
#define CASE(field, bad, expected)                                                                 \
	{ offsetof(struct texts, field), bad, "[0]." #field ": expected " expected }
		CASE(place, "", "a clean relative path"),
		CASE(place, "/etc/passwd", "a clean relative path"),
		CASE(place, "run/../etc", "a clean relative path"),
		CASE(link, "", "a path below /sys/class or /sys/bus"),
		CASE(link, "/sys/class", "a path below /sys/class or /sys/bus"),
		CASE(link, "/sys/class/../kernel", "a path below /sys/class or /sys/bus"),
		CASE(link, "/sys/kernel/security/x", "a path below /sys/class or /sys/bus"),
		CASE(link, "/etc/passwd", "a path below /sys/class or /sys/bus"),
		CASE(prefix, "", "a path below /sys/devices"),
		CASE(prefix, "/sys/devices", "a path below /sys/devices"),
		CASE(prefix, "/sys/kernel/debug", "a path below /sys/devices"),
		CASE(prefix, "/sys/devices/../kernel", "a path below /sys/devices"),
		CASE(file, "", "a clean relative path"),
		CASE(file, "../value", "a clean relative path"),
		CASE(file, "/etc/passwd", "a clean relative path"),
		CASE(export_file, "", "a path below /sys/class or /sys/bus"),
		CASE(export_file, "export", "a path below /sys/class or /sys/bus"),
		CASE(export_file, "/proc/sysrq-trigger", "a path below /sys/class or /sys/bus"),
		CASE(export_file, "/sys/class/x/../../kernel",
		     "a path below /sys/class or /sys/bus"),
#undef CASE
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct texts t = gpio;

		memcpy((char *)&t + cases[i].offset, &cases[i].bad, sizeof(cases[i].bad));
		refuses(&t, PLAN_ACCESS_READ, 0, cases[i].expected);
	}
}

static void test_numbers(void **state)
{
	struct build_plan p = both();
	struct plan_late *rows = (struct plan_late *)(void *)p.b.tables[PLAN_TABLE_LATE].text;

	(void)state;
	refuses(&gpio, 0, 0, "[0].access: 0x0, expected 2 (read), 4 (write) or 6");
	refuses(&gpio, 3, 0, "[0].access: 0x3, expected 2 (read), 4 (write) or 6");
	refuses(&gpio, PLAN_ACCESS_READ, 16, "[0].flags: 16, expected 0 to 15");
	rows[1].gid = UINT32_MAX;
	refuses_plan(&p, "[1].gid: 4294967295, expected 0 to 4294967294");
}

static void test_damage(void **state)
{
	struct build_plan p = both();

	(void)state;
	damage_plan(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accepts),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
