/* SPDX-License-Identifier: Apache-2.0 */
/* Late binding in the pack: plan, twin and report. */
#include "emit_fixture.h"

#include "plan.h"

/* A file of sysfs that the port's interface gives beside the port. */
struct late_file {
	struct model_late late;
	struct model_line file;
};

static void give_late(struct fixture *x, struct late_file *f)
{
	f->file = (struct model_line){ "value", FIXTURE_LOC("serial.yaml", 16) };
	f->late.link =
		(struct model_line){ "/sys/class/gpio/gpio4", FIXTURE_LOC("serial.yaml", 14) };
	f->late.files = (struct model_lines){ &f->file, 1 };
	f->late.access = 6;
	f->late.export_file.text = "/sys/class/gpio/export";
	f->late.export_value.text = "4";
	x->f.serial_variant.group.late = &f->late;
	x->f.serial_variant.group.late_count = 1;
}

/* The reader of the device agrees on each field; emit itself has read the plan whole. */
static void late_binding_is_in_the_plan(void **state)
{
	static const struct model_sysfs_prefix gpio = { "gpio", "/sys/devices/platform/chip" };
	struct fixture *x = *state;
	struct late_file f = { .late = { .in_place = true } };
	CLEANUP_FREE void *bytes = NULL;
	CLEANUP_FREE char *report = NULL;
	CLEANUP_FREE char *twin = NULL;
	struct err e = { 0 };
	struct plan plan;
	size_t size;

	give_late(x, &f);
	x->f.m.board.prefixes = (struct model_sysfs_prefix *)&gpio;
	x->f.m.board.prefix_count = 1;
	must_emit(x);
	bytes = read_file(x, "pack/plans/snap.sensord.sensord.plan", &size);
	assert_int_equal(plan_read(bytes, size, &plan, &e), 0);
	assert_int_equal(plan_count(&plan, PLAN_TABLE_LATE), 1);
	assert_string_equal(plan_text(&plan, plan.late->place), "run/slot/uart/value");
	assert_string_equal(plan_text(&plan, plan.late->link), "/sys/class/gpio/gpio4");
	assert_string_equal(plan_text(&plan, plan.late->prefix), gpio.path);
	assert_string_equal(plan_text(&plan, plan.late->file), "value");
	assert_string_equal(plan_text(&plan, plan.late->export_file), "/sys/class/gpio/export");
	assert_string_equal(plan_text(&plan, plan.late->export_value), "4");
	assert_int_equal(plan.late->access, 6);
	assert_int_equal(plan.late->flags, PLAN_LATE_IN_PLACE | PLAN_LATE_EXPORT);
	assert_int_equal(plan.late->gid, 10001);
	twin = read_file(x, "twins/plans/snap.sensord.sensord.txt", &size);
	assert_non_null(strstr(twin, "/run/slot/uart/value rw from /sys/class/gpio/gpio4 below "
				     "/sys/devices/platform/chip group 10001 after 4 to "
				     "/sys/class/gpio/export in-place"));
	report = read_file(x, "twins/report.txt", &size);
	assert_non_null(strstr(report, "file /run/slot/uart/value rw below "
				       "/sys/devices/platform/chip"));
}

/* Without a prefix it is refused where it was asked for, unless it can be left out. */
static void late_binding_needs_a_prefix(void **state)
{
	struct fixture *x = *state;
	struct late_file f = { 0 };

	give_late(x, &f);
	x->f.m.board.name = "bare";
	assert_int_equal(emit(x, FEATURES), -1);
	assert_string_equal(fixture_message(&x->f),
			    "cannot bind /sys/class/gpio/gpio4: board \"bare\" does not say below "
			    "what it must lie (port:uart (serial))");
	assert_string_equal(x->f.d.messages[0].loc.file, "gadget.yaml");
	assert_int_equal(x->f.d.messages[0].loc.line, 20);
}

static void optional_late_binding_is_left_out(void **state)
{
	struct fixture *x = *state;
	struct late_file f = { .late = { .optional = true } };
	CLEANUP_FREE char *report = NULL;
	size_t size;

	give_late(x, &f);
	must_emit(x);
	report = read_file(x, "twins/report.txt", &size);
	assert_non_null(strstr(report, "remark: files of /sys/class/gpio/gpio4 are not given: the "
				       "board has no prefix for them (port:uart (serial))"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(late_binding_is_in_the_plan, set_up, tear_down),
		cmocka_unit_test_setup_teardown(late_binding_needs_a_prefix, set_up, tear_down),
		cmocka_unit_test_setup_teardown(optional_late_binding_is_left_out, set_up,
						tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
