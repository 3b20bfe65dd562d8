/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The phase "slots" over a kernel that takes notes: what is bound is compared as text, and each
 * call is made to fail once.
 */
#include <errno.h>
#include <linux/magic.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "build.h"
#include "cleanup.h"
#include "launch.h"
#include "mem.h"
#include "str.h"
#include "sys_fake.h"

#define PLACE "run/slot/slot/file"
#define R     PLAN_ACCESS_READ
#define W     PLAN_ACCESS_WRITE

struct file {
	const char *link, *file, *export_file, *export_value;
	uint32_t access, flags, gid;
};

static const struct file gpio = {
	.link = "/sys/class/gpio/gpio4",
	.file = "value",
	.export_file = "/sys/class/gpio/export",
	.export_value = "4",
	.access = R | W,
	.flags = PLAN_LATE_IN_PLACE | PLAN_LATE_EXPORT,
	.gid = 1001,
};
static const struct file pwm = {
	.link = "/sys/class/pwm/pwmchip0",
	.file = "pwm1/period",
	.export_file = "/sys/class/pwm/pwmchip0/export",
	.export_value = "1",
	.access = R | W,
	.flags = PLAN_LATE_EXPORT,
};
static const struct file uio = {
	.link = "/sys/class/uio/uio0/device",
	.file = "config",
	.export_file = "/sys/class/uio/uio0/device",
	.export_value = "",
	.access = R,
	.flags = PLAN_LATE_OPTIONAL,
};

static const struct file chip = {
	.link = "/sys/bus/platform/devices/maker.0",
	.file = "dev/slot/lines",
	.export_file = "/sys/bus/platform/devices/maker.0",
	.export_value = "",
	.access = R | W,
	.flags = PLAN_LATE_NODE,
};

/* The phase for one file; its answer. What it noted is in sys_fake_text(). */
static int bind_file(const struct file *f, struct err *e)
{
	struct launch l = LAUNCH_INIT;
	struct build_plan p = { 0 };
	struct plan_late row = { .access = f->access, .flags = f->flags, .gid = f->gid };
	size_t size;
	int rc;

	build_plan_start(&p);
	row.place = build_text(&p.b, PLACE);
	row.link = build_text(&p.b, f->link);
	row.prefix = build_text(&p.b, "/sys/devices/chip");
	row.file = build_text(&p.b, f->file);
	row.export_file = build_text(&p.b, f->export_file);
	row.export_value = build_text(&p.b, f->export_value);
	build_plan_row(&p, PLAN_TABLE_LATE, &row);
	l.plan_bytes = build_plan_end(&p, &size);
	assert_int_equal(plan_read(l.plan_bytes, size, &l.plan, e), 0);
	l.root_fd = sys_fake_fd("host");
	rc = launch_slots(&l, e);
	launch_release(&l);
	return rc;
}

static int world(void **state)
{
	(void)state;
	sys_fake_reset();
	sys_fake_fs("sys/devices/chip", SYSFS_MAGIC);
	sys_fake_owner("dev/slot/lines", 0, S_IFCHR | 0660);
	return 0;
}

static int done(void **state)
{
	(void)state;
	sys_fake_reset();
	return 0;
}

/* What was noted is these texts, one after the other. */
static void noted(const char *const texts[])
{
	CLEANUP_STR struct str want = { 0 };

	for (; *texts; texts++)
		str_add(&want, *texts);
	assert_string_equal(sys_fake_text(), str_text(&want));
}

#define NOTED(...) noted((const char *const[]){ __VA_ARGS__, NULL })
#define ROOT	   "openat <.> / path directory\n"
#define PREFIX(root)                                                                               \
	"openat2 <" root "> sys/devices/chip path directory\n"                                     \
	"fstat <sys/devices/chip>\nfstatfs <sys/devices/chip>\n"
#define TRY(root, link) PREFIX(root) "openat2-links <" root "> sys/class/" link " path directory\n"
#define RESOLVE(root, link)                                                                        \
	TRY(root, link)                                                                            \
	"fstat <sys/devices/chip>\nopenat <sys/class/" link "> .. path\n"                          \
	"fstat <sys/class/" link ">\n"
#define BIND(file, attrs, onto)                                                                    \
	"open_tree <" file ">\nmount_setattr <copy of " file "> " attrs " propagation 0x40000\n"   \
	"move_mount <copy of " file "> <" onto ">\n"

/* Bound for writing at both places, and given to the slot's group. */
static void test_gpio(void **state)
{
	struct err e = { 0 };

	(void)state;
	assert_int_equal(bind_file(&gpio, &e), 0);
	NOTED(ROOT, RESOLVE("/", "gpio/gpio4"), "openat2 <sys/class/gpio/gpio4> value path\n",
	      "openat2 </> run/slot/slot/file path\n",
	      BIND("value", "set 0xe not readonly", "run/slot/slot/file"),
	      BIND("value", "set 0xe not readonly", "value"),
	      "openat2 </> run/slot/slot/file nonblock write\n",
	      "fchown <run/slot/slot/file> 0 1001\n", "fchmod <run/slot/slot/file> 0660\n");
}

/* The line is not there at first: "4" is written to the export file of the host's /sys. */
static void test_gpio_export(void **state)
{
	struct err e = { 0 };

	(void)state;
	sys_fake_missing("sys/class/gpio/gpio4", ENOENT);
	assert_int_equal(bind_file(&gpio, &e), -1);
	assert_string_equal(e.text, "cannot bind /run/slot/slot/file: cannot open "
				    "sys/class/gpio/gpio4: No such file or directory");
	NOTED(ROOT, TRY("/", "gpio/gpio4"), "openat <host> sys/class/gpio/export write\n",
	      "write <sys/class/gpio/export> \"4\"\n", TRY("/", "gpio/gpio4"));
}

/* The kernel's answer to the export is the reason, not that nothing came of it. */
static void test_export_refused(void **state)
{
	struct err e = { 0 };

	(void)state;
	sys_fake_missing("sys/class/gpio/gpio4", ENOENT);
	sys_fake_missing("sys/class/gpio/export", EACCES);
	assert_int_equal(bind_file(&gpio, &e), -1);
	assert_string_equal(e.text, "cannot bind /run/slot/slot/file: cannot write "
				    "4 to /sys/class/gpio/export: Permission denied");
}

/* A channel: its export file lies behind a link, which stays below the root. */
static void test_pwm_export(void **state)
{
	struct err e = { 0 };

	(void)state;
	sys_fake_missing("pwm1/period", ENOENT);
	assert_int_equal(bind_file(&pwm, &e), -1);
	assert_string_equal(e.text, "cannot bind /run/slot/slot/file: cannot open "
				    "pwm1/period: No such file or directory");
	NOTED(ROOT, RESOLVE("/", "pwm/pwmchip0"),
	      "openat2 <sys/class/pwm/pwmchip0> pwm1/period path\n",
	      "openat <host> sys/class/pwm/pwmchip0/export write\n",
	      "write <sys/class/pwm/pwmchip0/export> \"1\"\n", RESOLVE("/", "pwm/pwmchip0"),
	      "openat2 <sys/class/pwm/pwmchip0> pwm1/period path\n");
}

/* Read only, and no group; what is optional may be absent, the rest of it not. */
static void test_optional(void **state)
{
	struct file must = uio;
	struct err e = { 0 };

	assert_int_equal(bind_file(&uio, &e), 0);
	NOTED(ROOT, RESOLVE("/", "uio/uio0/device"),
	      "openat2 <sys/class/uio/uio0/device> config path\n",
	      "openat2 </> run/slot/slot/file path\n",
	      BIND("config", "set 0xf not readonly", "run/slot/slot/file"));
	assert_int_equal(world(state), 0);
	sys_fake_missing("config", ENOENT);
	assert_int_equal(bind_file(&uio, &e), 0);
	must.flags = 0;
	assert_int_equal(bind_file(&must, &e), -1);
	assert_string_equal(e.text, "cannot bind /run/slot/slot/file: cannot open config: "
				    "No such file or directory");
	/* A link in the file's place is not an absent file. */
	assert_int_equal(world(state), 0);
	sys_fake_missing("config", ELOOP);
	assert_int_equal(bind_file(&uio, &e), -1);
	assert_non_null(strstr(e.text, "Too many levels of symbolic links"));
}

#define MADE                                                                                       \
	PREFIX("/")                                                                                \
	"openat2-links </> sys/bus/platform/devices/maker.0 path directory\n"                      \
	"fstat <sys/devices/chip>\nopenat <sys/bus/platform/devices/maker.0> .. path\n"            \
	"fstat <sys/bus/platform/devices/maker.0>\n"

/* A device's node, by udev's link: bound so that it can be opened, its group is udev's matter. */
static void test_node(void **state)
{
	struct err e = { 0 };

	assert_int_equal(bind_file(&chip, &e), 0);
	NOTED(ROOT, MADE, "openat2-links </> dev/slot/lines path\nfstat <dev/slot/lines>\n",
	      "openat2 </> run/slot/slot/file path\n",
	      BIND("dev/slot/lines", "set 0xa not readonly", "run/slot/slot/file"));
	/* The kernel made none, or made one that is without a chip: each says which. */
	assert_int_equal(world(state), 0);
	sys_fake_missing("dev/slot/lines", ENOENT);
	assert_int_equal(bind_file(&chip, &e), -1);
	assert_string_equal(e.text, "cannot bind /run/slot/slot/file: cannot open /dev/slot/lines, "
				    "the kernel's log may say why: No such file or directory");
	assert_int_equal(world(state), 0);
	sys_fake_missing("sys/bus/platform/devices/maker.0", ENOENT);
	assert_int_equal(bind_file(&chip, &e), -1);
	assert_string_equal(e.text, "cannot bind /run/slot/slot/file: cannot open "
				    "sys/bus/platform/devices/maker.0: No such file or directory");
	assert_null(strstr(sys_fake_text(), "dev/slot"));
	/* A file that lies where udev's link leads would be bound for writing, whatever its mount.
	 */
	assert_int_equal(world(state), 0);
	sys_fake_owner("dev/slot/lines", 0, S_IFREG | 0660);
	assert_int_equal(bind_file(&chip, &e), -1);
	assert_string_equal(e.text,
			    "cannot bind /run/slot/slot/file: cannot use /dev/slot/lines: it "
			    "leads to no device");
	assert_null(strstr(sys_fake_text(), "open_tree"));
}

static void test_false_sysfs(void **state)
{
	struct err e = { 0 };

	(void)state;
	sys_fake_fs("sys/devices/chip", TMPFS_MAGIC);
	assert_int_equal(bind_file(&gpio, &e), -1);
	assert_non_null(strstr(e.text, "cannot trust /sys/devices/chip: file system type"));
	assert_null(strstr(sys_fake_text(), "move_mount"));
	/* An optional file is not absent for it, whatever was before. */
	errno = ENOENT;
	assert_int_equal(bind_file(&uio, &e), -1);
}

static void test_every_fault(void **state)
{
	static const struct file *const files[] = { &gpio, &pwm, &uio, &chip };
	unsigned tried = 0;

	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		for (unsigned n = 1;; n++, tried++) {
			struct err e = { 0 };
			int rc;

			assert_int_equal(world(state), 0);
			sys_fake_fail_at(n);
			rc = bind_file(files[i], &e);
			if (!strstr(sys_fake_text(), " = EIO\n")) {
				assert_int_equal(rc, 0);
				break;
			}
			assert_int_equal(rc, -1);
		}
	assert_true(tried > 40);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_gpio, world, done),
		cmocka_unit_test_setup_teardown(test_gpio_export, world, done),
		cmocka_unit_test_setup_teardown(test_export_refused, world, done),
		cmocka_unit_test_setup_teardown(test_pwm_export, world, done),
		cmocka_unit_test_setup_teardown(test_optional, world, done),
		cmocka_unit_test_setup_teardown(test_node, world, done),
		cmocka_unit_test_setup_teardown(test_false_sysfs, world, done),
		cmocka_unit_test_setup_teardown(test_every_fault, world, done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
