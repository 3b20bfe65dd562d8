/* SPDX-License-Identifier: Apache-2.0 */
/* Events that say of which number they are, and what others have of the same hardware. */
#include "helper_world.h"

/* An event that says of which number it is costs one look, however many the app has. */
static void test_one_number(void **state)
{
	static struct fixture f;
	size_t looks;
	char id[32];

	(void)state;
	make(&f);
	for (uint32_t i = 0; i < 100; i++) {
		snprintf(id, sizeof(id), "b8:%u", i);
		sys_fake_udev_tag(DISK, id, TAGGED_NOW);
	}
	/* After boot nothing is known: all are counted. */
	assert_int_equal(handle_one(&f, PLAN_DEVICE_BLOCK, 8, 0), 0);
	assert_int_equal(sys_fake_device_count(LABEL), 101);
	looks = sys_fake_udev_looks();
	sys_fake_udev_tag(DISK, "b8:100", TAGGED_NOW);
	sys_fake_udev_untag(DISK, "b8:7");
	assert_int_equal(handle_one(&f, PLAN_DEVICE_BLOCK, 8, 100), 0);
	assert_int_equal(sys_fake_device_access(LABEL, 1, 8, 100), 2);
	assert_int_equal(sys_fake_device_count(LABEL), 102);
	assert_int_equal(handle_one(&f, PLAN_DEVICE_BLOCK, 8, 7), 0);
	assert_int_equal(sys_fake_device_count(LABEL), 101);
	assert_int_equal(sys_fake_device_access(LABEL, 1, 8, 6), 2);
	/* One for each of the app's two slots. */
	assert_int_equal(sys_fake_udev_looks(), looks + 4);
	/* Of a number that is the plan's own, or nobody's. */
	assert_int_equal(handle_one(&f, PLAN_DEVICE_CHAR, 1, 3), 0);
	assert_int_equal(sys_fake_device_access(LABEL, 2, 1, 3), 6);
	assert_int_equal(handle_one(&f, PLAN_DEVICE_CHAR, 8, 6), 0);
	assert_int_equal(sys_fake_device_count(LABEL), 101);
	done(&f);
}

/* Whoever could not finish leaves it to the next one, whatever number that is about. */
static void test_unfinished(void **state)
{
	static struct fixture f;

	(void)state;
	make(&f);
	assert_int_equal(handle(&f), 0);
	sys_fake_udev_tag(UART, "c188:0", TAGGED_NOW);
	sys_fake_udev_fail("udev_new");
	assert_int_equal(handle_one(&f, PLAN_DEVICE_CHAR, 188, 0), -1);
	sys_fake_udev_fail(NULL);
	assert_int_equal(sys_fake_device_count(LABEL), 1);
	assert_int_equal(handle_one(&f, PLAN_DEVICE_BLOCK, 8, 0), 0);
	assert_int_equal(sys_fake_device_access(LABEL, 2, 188, 0), 6);
	/* The app's own folder of marks holds one for it, of which nothing is read. */
	assert_int_equal(unlinkat(f.root_fd, "run/bulkhead/devices/counted." LABEL, 0), 0);
	done(&f);
}

/* A full map is not known to be right: room is taken by the next event of any number (N-67). */
static void test_one_too_many(void **state)
{
	static struct fixture f;
	char id[32];

	(void)state;
	make(&f);
	for (uint32_t i = 0; i < ENTRIES - 1; i++) {
		snprintf(id, sizeof(id), "b8:%u", i);
		sys_fake_udev_tag(DISK, id, TAGGED_NOW);
	}
	assert_int_equal(handle(&f), 0);
	sys_fake_udev_tag(UART, "c188:0", TAGGED_NOW);
	assert_int_equal(handle_one(&f, PLAN_DEVICE_CHAR, 188, 0), -1);
	assert_string_equal(f.e.text,
			    "cannot allow every tagged device: the map holds 147, 1 do not fit");
	sys_fake_udev_untag(DISK, "b8:5");
	assert_int_equal(handle_one(&f, PLAN_DEVICE_BLOCK, 8, 5), 0);
	assert_int_equal(sys_fake_device_access(LABEL, 2, 188, 0), 6);
	assert_int_equal(sys_fake_device_count(LABEL), ENTRIES);
	done(&f);
}

static void test_one_number_again(void **state)
{
	static struct fixture f;

	(void)state;
	make(&f);
	sys_fake_udev_tag(UART, "c188:0", TAGGED_NOW);
	assert_int_equal(handle(&f), 0);
	sys_fake_udev_untag(UART, "c188:0");
	sys_fake_udev_tag(UART, "c188:0", TAGGED_LATER);
	assert_int_equal(handle_one(&f, PLAN_DEVICE_CHAR, 188, 0), 0);
	assert_int_equal(sys_fake_device_count(LABEL), 1);
	sys_fake_udev_untag(UART, "c188:0");
	sys_fake_udev_tag(UART, "c188:0", TAGGED_ONCE);
	assert_int_equal(handle_one(&f, PLAN_DEVICE_CHAR, 188, 0), 0);
	assert_int_equal(sys_fake_device_count(LABEL), 1);
	done(&f);
}

/* Who else has it, by what the rules wrote: only whose slot is nobody else's keeps it, and of two
 * such neither. It follows from the set of apps, not from which event came first (N-64). */
static void test_alone(void **state)
{
	static const struct {
		const char *apps, *other; /* NULL: ours */
	} rows[] = {
		{ NULL, NULL },
		{ "", NULL },
		{ LABEL, NULL },
		{ "!" LABEL, NULL },
		{ "!" LABEL " !" LABEL, NULL },
		{ LABEL " snap.other.app", NULL },
		{ "!" LABEL " snap.other.app", NULL },
		{ "snap.other.app !" LABEL, NULL },
		{ "!snap.other.app " LABEL, "snap.other.app" },
		{ LABEL " !snap.other.app", "snap.other.app" },
		{ "!snap.other.app !" LABEL, "snap.other.app" },
		{ "!" LABEL " !snap.other.app", "snap.other.app" },
		/* A connection is the snap's. */
		{ "!" LABEL " !snap.demo.tool", NULL },
		{ "!snap.demos.app", "snap.demos.app" },
		{ "!snap.dem.app", "snap.dem.app" },
	};
	static struct fixture f;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char want[256] = "";

		make(&f);
		put(&f, "dev/kmsg", "", 0);
		sys_fake_udev_tag(UART, "c188:0", TAGGED_NOW);
		sys_fake_udev_apps("c188:0", rows[i].apps, NULL);
		assert_int_equal(handle_one(&f, PLAN_DEVICE_CHAR, 188, 0), 0);
		if (sys_fake_device_access(LABEL, 2, 188, 0) != (rows[i].other ? 0 : 6))
			fail_msg("%s", rows[i].apps);
		if (rows[i].other)
			snprintf(want, sizeof(want),
				 "<4>bulkhead-device: " LABEL
				 ": cannot allow c188:0: it is of %s alone\n",
				 rows[i].other);
		said(&f, want);
		done(&f);
	}
}

/* It was the app's: another that has it alone takes it away, and with it what the map says. */
static void test_alone_later(void **state)
{
	static struct fixture f;

	(void)state;
	make(&f);
	sys_fake_udev_tag(DISK, "b8:0", TAGGED_NOW);
	sys_fake_udev_apps("b8:0", LABEL, NULL);
	assert_int_equal(handle(&f), 0);
	assert_int_equal(sys_fake_device_access(LABEL, 1, 8, 0), 2);
	sys_fake_udev_apps("b8:0", LABEL " !snap.other.app", NULL);
	assert_int_equal(handle_one(&f, PLAN_DEVICE_BLOCK, 8, 0), 0);
	assert_int_equal(sys_fake_device_access(LABEL, 1, 8, 0), 0);
	sys_fake_udev_apps("b8:0", LABEL, NULL);
	assert_int_equal(handle_one(&f, PLAN_DEVICE_BLOCK, 8, 0), 0);
	assert_int_equal(sys_fake_device_access(LABEL, 1, 8, 0), 2);
	done(&f);
}

/* What the kernel or another app does with the same hardware is said, and takes nothing away. */
static void test_beside(void **state)
{
	static const char below[] =
		"<4>bulkhead-device: " LABEL ": b8:0 is part of c189:0, which snap.other.app has\n";
	static const char *const users[] = { "c89:1/device/1-0068/driver", "c89:1/gpio/gpio42" };
	static struct fixture f;
	char want[512];

	(void)state;
	make(&f);
	put(&f, "dev/kmsg", "", 0);
	sys_fake_udev_sysfs(f.root);
	sys_fake_udev_tag("snap_other_dapp_susb", "c189:0", TAGGED_NOW);
	sys_fake_udev_tag(DISK, "b8:0", TAGGED_NOW);
	sys_fake_udev_apps("b8:0", "snap.demo.app", "c189:0");
	/* Both by slots that others may have too. */
	sys_fake_udev_apps("c189:0", "snap.other.app", NULL);
	assert_int_equal(handle_one(&f, PLAN_DEVICE_BLOCK, 8, 0), 0);
	said(&f, "");
	sys_fake_udev_apps("c189:0", "!snap.other.app", NULL);
	assert_int_equal(handle_one(&f, PLAN_DEVICE_BLOCK, 8, 0), 0);
	said(&f, below);
	put(&f, "dev/kmsg", "", 0);
	sys_fake_udev_apps("c189:0", "snap.other.app", NULL);
	sys_fake_udev_apps("b8:0", "!snap.demo.app", "c189:0");
	assert_int_equal(handle_one(&f, PLAN_DEVICE_BLOCK, 8, 0), 0);
	said(&f, below);
	put(&f, "dev/kmsg", "", 0);
	sys_fake_udev_tag(UART, "c89:1", TAGGED_NOW);
	put(&f, "c89:1/device/1-0050/name", "", 0);
	assert_int_equal(handle_one(&f, PLAN_DEVICE_CHAR, 89, 1), 0);
	said(&f, "");
	for (size_t i = 0; i < ARRAY_SIZE(users); i++) {
		put(&f, users[i], "", 0);
		assert_int_equal(handle_one(&f, PLAN_DEVICE_CHAR, 89, 1), 0);
		snprintf(want, sizeof(want),
			 "<4>bulkhead-device: " LABEL ": c89:1 is used beside it by %s/%s\n",
			 f.root, users[i]);
		said(&f, want);
		put(&f, "dev/kmsg", "", 0);
		assert_int_equal(unlinkat(f.root_fd, users[i], 0), 0);
	}
	assert_int_equal(sys_fake_device_access(LABEL, 1, 8, 0), 2);
	assert_int_equal(sys_fake_device_access(LABEL, 2, 89, 1), 6);
	done(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_number),   cmocka_unit_test(test_unfinished),
		cmocka_unit_test(test_one_too_many), cmocka_unit_test(test_one_number_again),
		cmocka_unit_test(test_alone),	     cmocka_unit_test(test_alone_later),
		cmocka_unit_test(test_beside),
	};

	/* Not every user-mode emulator passes openat2(2) on, and fd.c has no way around it. */
	if (syscall(SYS_openat2, AT_FDCWD, "", NULL, 0) < 0 && errno == ENOSYS) {
		print_message("skip: this emulator has no openat2\n");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
