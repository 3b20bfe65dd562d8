/* SPDX-License-Identifier: Apache-2.0 */
/* Events against an app's map: what is tagged is in it, and nothing else but the plan's own. */
#include "helper_world.h"

static void test_plug_and_pull(void **state)
{
	static struct fixture f;

	(void)state;
	make(&f);
	sys_fake_udev_tag(UART, "c188:0", TAGGED_NOW);
	sys_fake_udev_tag(DISK, "b8:0", TAGGED_NOW);
	assert_int_equal(handle(&f), 0);
	assert_int_equal(sys_fake_device_access(LABEL, 2, 188, 0), 6);
	assert_int_equal(sys_fake_device_access(LABEL, 1, 8, 0), 2);
	assert_int_equal(sys_fake_device_access(LABEL, 2, 1, 3), 6);
	assert_int_equal(sys_fake_device_count(LABEL), 3);
	sys_fake_udev_untag(UART, "c188:0");
	sys_fake_udev_untag(DISK, "b8:0");
	assert_int_equal(handle(&f), 0);
	assert_int_equal(sys_fake_device_count(LABEL), 1);
	assert_int_equal(sys_fake_device_access(LABEL, 2, 1, 3), 6);
	done(&f);
}

static bool told(const struct fixture *f, const char *tag)
{
	struct stat st;
	char path[128];

	snprintf(path, sizeof(path), PLAN_SLOTS_THERE "/%s", tag);
	return fstatat(f->root_fd, path, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Which slots have a device is told, of an app without the layer too. */
static void test_told(void **state)
{
	static const uint32_t no_layers[] = { 0, PLAN_LAYER_DEVICES };
	static struct fixture f;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(no_layers); i++) {
		make(&f);
		put_plan(&f, LABEL, no_layers[i]);
		assert_int_equal(handle(&f), 0);
		assert_false(told(&f, UART));
		sys_fake_udev_tag(UART, "c188:0", TAGGED_NOW);
		assert_int_equal(handle(&f), 0);
		assert_true(told(&f, UART));
		/* One that has many has no such file. */
		sys_fake_udev_tag(DISK, "b8:0", TAGGED_NOW);
		assert_int_equal(handle(&f), 0);
		assert_true(told(&f, UART));
		assert_false(told(&f, DISK));
		sys_fake_udev_untag(UART, "c188:0");
		assert_int_equal(handle(&f), 0);
		assert_false(told(&f, UART));
		done(&f);
	}
}

static void test_cannot_tell(void **state)
{
	static struct fixture f;

	(void)state;
	make(&f);
	sys_fake_udev_tag(UART, "c188:0", TAGGED_NOW);
	assert_int_equal(unlinkat(f.root_fd, PLAN_SLOTS_THERE, AT_REMOVEDIR), 0);
	assert_int_equal(handle(&f), -1);
	assert_non_null(strstr(f.e.text, PLAN_SLOTS_THERE));
	assert_int_equal(sys_fake_device_count(LABEL), 1);
	done(&f);
}

/* Two slots on one device: what either allows. */
static void test_united(void **state)
{
	static struct fixture f;

	(void)state;
	make(&f);
	sys_fake_udev_tag(DISK, "c188:0", TAGGED_NOW);
	assert_int_equal(handle(&f), 0);
	assert_int_equal(sys_fake_device_access(LABEL, 2, 188, 0), 2);
	sys_fake_udev_tag(UART, "c188:0", TAGGED_NOW);
	assert_int_equal(handle(&f), 0);
	assert_int_equal(sys_fake_device_access(LABEL, 2, 188, 0), 6);
	assert_int_equal(sys_fake_device_count(LABEL), 2);
	done(&f);
}

/* A storm of events for others' hardware: no entry of ours is ever taken out (N-18). */
static void test_never_rebuilt(void **state)
{
	static struct fixture f;

	(void)state;
	make(&f);
	sys_fake_udev_tag(UART, "c188:0", TAGGED_NOW);
	assert_int_equal(handle(&f), 0);
	for (int i = 0; i < 20; i++)
		assert_int_equal(handle(&f), 0);
	assert_null(strstr(sys_fake_text(), ", 0)\n"));
	sys_fake_udev_tag(UART, "c188:1", TAGGED_NOW);
	assert_int_equal(handle(&f), 0);
	assert_null(strstr(sys_fake_text(), ", 0)\n"));
	assert_int_equal(sys_fake_device_count(LABEL), 3);
	done(&f);
}

/* Before boot has finished: coldplug comes later. */
static void test_before_boot(void **state)
{
	static struct fixture f;
	unsigned calls;

	(void)state;
	make(&f);
	sys_fake_udev_tag(UART, "c188:0", TAGGED_NOW);
	calls = sys_fake_calls();
	assert_int_equal(unlinkat(f.root_fd, "run/bulkhead/booted", 0), 0);
	assert_int_equal(handle(&f), 0);
	assert_int_equal(sys_fake_calls(), calls);
	assert_int_equal(sys_fake_device_count(LABEL), 1);
	done(&f);
}

static void refused(struct fixture *f, const char *label, const char *want)
{
	const struct helper_event event = { .label = label };

	assert_int_equal(helper_handle(f->root_fd, &event, &f->e), -1);
	if (!strstr(f->e.text, want))
		fail_msg("%s: %s", label, f->e.text);
	assert_int_equal(sys_fake_device_count(LABEL), 1);
}

static void test_other_plans(void **state)
{
	static struct fixture f;

	(void)state;
	make(&f);
	sys_fake_udev_tag(UART, "c188:0", TAGGED_NOW);
	refused(&f, "snap.demo.other", "No such file or directory");
	put_plan(&f, "snap.demo.other", 0);
	refused(&f, "snap.demo.other", "it is of another app");
	done(&f);
}

static void test_udev_fails(void **state)
{
	static struct fixture f;

	(void)state;
	make(&f);
	sys_fake_udev_fail("udev_new");
	refused(&f, LABEL, "cannot ask udev for the devices tagged " DISK);
	done(&f);
}

static void test_damaged_plan(void **state)
{
	static struct fixture f;

	(void)state;
	make(&f);
	put(&f, "run/bulkhead/pack/plans/" LABEL ".plan", "BHPLAN", 6);
	refused(&f, LABEL, "cannot use plan");
	done(&f);
}

/*
 * More devices than a map holds: it is full, and it is said. Those that were there stay, whatever
 * the names of those that come (N-67).
 */
static void test_overflow(void **state)
{
	static struct fixture f;
	char id[32];

	(void)state;
	make(&f);
	sys_fake_udev_tag(UART, "c188:0", TAGGED_NOW);
	assert_int_equal(handle(&f), 0);
	for (uint32_t i = 0; i < 1000; i++) {
		snprintf(id, sizeof(id), "b8:%u", i);
		sys_fake_udev_tag(DISK, id, TAGGED_NOW);
	}
	assert_int_equal(handle(&f), -1);
	assert_string_equal(f.e.text,
			    "cannot allow every tagged device: the map holds 147, 855 do not fit");
	assert_int_equal(sys_fake_device_count(LABEL), ENTRIES);
	assert_int_equal(sys_fake_device_access(LABEL, 2, 1, 3), 6);
	assert_int_equal(sys_fake_device_access(LABEL, 2, 188, 0), 6);
	assert_null(strstr(sys_fake_text(), ", 0)\n"));
	/* Room is made, and taken, by the next event. */
	for (uint32_t i = 0; i < 900; i++) {
		snprintf(id, sizeof(id), "b8:%u", i);
		sys_fake_udev_untag(DISK, id);
	}
	assert_int_equal(handle(&f), 0);
	assert_int_equal(sys_fake_device_count(LABEL), 102);
	assert_int_equal(sys_fake_device_access(LABEL, 1, 8, 999), 2);
	done(&f);
}

/* Who gets the number of a device that is gone has none of what its owner had (N-53). */
static void test_number_again(void **state)
{
	static struct fixture f;

	(void)state;
	make(&f);
	sys_fake_udev_tag(UART, "c188:0", TAGGED_NOW);
	assert_int_equal(handle(&f), 0);
	assert_int_equal(sys_fake_device_access(LABEL, 2, 188, 0), 6);
	/* Plugged before udevd has come to the removal: its files are the former's. */
	sys_fake_udev_untag(UART, "c188:0");
	sys_fake_udev_tag(UART, "c188:0", TAGGED_LATER);
	assert_int_equal(handle(&f), 0);
	assert_int_equal(sys_fake_device_count(LABEL), 1);
	/* Its own event, if it is what the slot means. */
	sys_fake_udev_untag(UART, "c188:0");
	sys_fake_udev_tag(UART, "c188:0", TAGGED_NOW);
	assert_int_equal(handle(&f), 0);
	assert_int_equal(sys_fake_device_access(LABEL, 2, 188, 0), 6);
	done(&f);
}

/* Two that a slot of one device means: both are the app's, and that its link has two is said
 * (N-57). */
static void test_one_link(void **state)
{
	static struct fixture f;

	(void)state;
	make(&f);
	put(&f, "dev/kmsg", "", 0);
	sys_fake_udev_tag(UART, "c188:0", TAGGED_NOW);
	sys_fake_udev_tag(DISK, "b8:0", TAGGED_NOW);
	sys_fake_udev_tag(DISK, "b8:16", TAGGED_NOW);
	assert_int_equal(handle(&f), 0);
	said(&f, "");
	sys_fake_udev_tag(UART, "c188:1", TAGGED_NOW);
	assert_int_equal(handle(&f), 0);
	said(&f, "<4>bulkhead-device: 2 devices claim the one link of " UART "\n");
	assert_int_equal(sys_fake_device_count(LABEL), 5);
	done(&f);
}

/* Somebody without privilege, whatever the environment says, gets no further than the pack (N-52).
 */
static void test_unprivileged(void **state)
{
	static struct fixture f;
	int status;
	pid_t pid;

	(void)state;
	if (geteuid() != 0)
		skip();
	make(&f);
	sys_fake_udev_tag(UART, "c188:0", TAGGED_NOW);
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		bool refused = setresgid(65534, 65534, 65534) == 0 &&
			       setresuid(65534, 65534, 65534) == 0 && handle(&f) == -1 &&
			       strstr(f.e.text, "Permission denied");

		_exit(refused && sys_fake_device_count(LABEL) == 1 ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	done(&f);
}

static void test_no_device_layer(void **state)
{
	static struct fixture f;

	(void)state;
	make(&f);
	put_plan(&f, LABEL, PLAN_LAYER_DEVICES);
	sys_fake_udev_tag(UART, "c188:0", TAGGED_NOW);
	assert_int_equal(handle(&f), 0);
	assert_int_equal(sys_fake_device_count(LABEL), 1);
	done(&f);
}

/* A link in the place of the lock is not followed. */
static void test_lock_link(void **state)
{
	static struct fixture f;
	char path[256];

	(void)state;
	make(&f);
	snprintf(path, sizeof(path), "%s/run/snapd/lock/demo.lock", f.root);
	assert_int_equal(symlink("/etc/passwd", path), 0);
	refused(&f, LABEL, "cannot lock /run/snapd/lock/demo.lock");
	done(&f);
}

/* The folder that is missing is the reason, not the descriptor that it has not. */
static void test_folders_missing(void **state)
{
	static const char *const rows[][2] = {
		{ "run/snapd/lock",
		  "cannot open folder run/snapd/lock: No such file or directory" },
		{ "run/bulkhead/pack/plans",
		  "cannot open folder run/bulkhead/pack/plans: No such file or directory" },
	};
	static struct fixture f;

	(void)state;
	make(&f);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(renameat(f.root_fd, rows[i][0], f.root_fd, "away"), 0);
		refused(&f, LABEL, rows[i][1]);
		assert_int_equal(renameat(f.root_fd, "away", f.root_fd, rows[i][0]), 0);
	}
	done(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plug_and_pull),	cmocka_unit_test(test_told),
		cmocka_unit_test(test_cannot_tell),	cmocka_unit_test(test_united),
		cmocka_unit_test(test_never_rebuilt),	cmocka_unit_test(test_before_boot),
		cmocka_unit_test(test_other_plans),	cmocka_unit_test(test_udev_fails),
		cmocka_unit_test(test_damaged_plan),	cmocka_unit_test(test_overflow),
		cmocka_unit_test(test_no_device_layer), cmocka_unit_test(test_lock_link),
		cmocka_unit_test(test_number_again),	cmocka_unit_test(test_one_link),
		cmocka_unit_test(test_unprivileged),	cmocka_unit_test(test_folders_missing),
	};

	/* Not every user-mode emulator passes openat2(2) on, and fd.c has no way around it. */
	if (syscall(SYS_openat2, AT_FDCWD, "", NULL, 0) < 0 && errno == ENOSYS) {
		print_message("skip: this emulator has no openat2\n");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
