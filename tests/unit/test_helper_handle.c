/* SPDX-License-Identifier: Apache-2.0 */
/* Events against an app's map: what is tagged is in it, and nothing else but the plan's own. */
#include "helper.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "build.h"
#include "fd.h"
#include "mem.h"
#include "place.h"
#include "str.h"
#include "sys_fake.h"
#include "sys_fake_device.h"
#include "sys_fake_udev.h"

#define LABEL "snap.demo.app"

#define UART "snap_demo_dapp_suart-1"
#define DISK "snap_demo_dapp_sdisk"

/* One device of the plan's, 65 of slots doubled, and what is spare. */
#define ENTRIES (1 + 2 * 65 + PLAN_MAP_SPARE)

/* A tree with a plan of two slots, and a map as boot leaves it. */
struct fixture {
	char root[64];
	int root_fd;
	struct err e;
};

static void put(struct fixture *f, const char *path, const void *data, size_t size)
{
	char full[256];

	snprintf(full, sizeof(full), "%s/%s", f->root, path);
	place_file(full, data, size, 0600);
}

static void put_plan(struct fixture *f, const char *name, uint32_t no_layer)
{
	struct build_plan p = { 0 };
	struct plan_device null = { PLAN_DEVICE_CHAR, 1, 3, 6 };
	struct plan_slot disk, uart;
	char path[128];
	size_t size;
	void *data;

	build_plan_start(&p);
	if (no_layer) {
		p.header.flags |= PLAN_FLAG_DEVELOPMENT;
		p.header.layers &= ~no_layer;
	}
	disk = (struct plan_slot){ build_text(&p.b, DISK), 2, 64, 0 };
	uart = (struct plan_slot){ build_text(&p.b, UART), 6, 1, PLAN_SLOT_ONE };
	build_plan_row(&p, PLAN_TABLE_DEVICES, &null);
	build_plan_row(&p, PLAN_TABLE_SLOTS, &disk);
	build_plan_row(&p, PLAN_TABLE_SLOTS, &uart);
	data = build_plan_end(&p, &size);
	snprintf(path, sizeof(path), "run/bulkhead/pack/plans/%s.plan", name);
	put(f, path, data, size);
	free(data);
}

static void make_map(void)
{
	struct sys_device d = SYS_DEVICE_NONE;
	struct sys_device_key null = { 2, 1, 3 };

	assert_int_equal(sys_device_create(LABEL, ENTRIES, NULL), 0);
	assert_int_equal(sys_device_open(LABEL, &d, NULL), 0);
	assert_int_equal(sys_device_open_map(LABEL, &d, NULL), 0);
	assert_int_equal(sys_device_set(&d, &null, 6, NULL), 0);
}

static void make(struct fixture *f)
{
	static const char *const dirs[] = { "run/bulkhead/pack/plans", "run/snapd/lock", "dev" };
	char path[256];

	memset(f, 0, sizeof(*f));
	sys_fake_reset();
	sys_fake_device_reset();
	sys_fake_udev_reset();
	strcpy(f->root, "/tmp/test-helper-XXXXXX");
	assert_non_null(mkdtemp(f->root));
	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		snprintf(path, sizeof(path), "%s/%s", f->root, dirs[i]);
		place_folder(path, 0700);
	}
	put_plan(f, LABEL, 0);
	put(f, "run/bulkhead/booted", "x", 1);
	make_map();
	f->root_fd = open(f->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void done(struct fixture *f)
{
	close(f->root_fd);
	place_remove(f->root);
}

static int handle(struct fixture *f)
{
	return helper_handle(f->root_fd, LABEL, &f->e);
}

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
	assert_int_equal(helper_handle(f->root_fd, label, &f->e), -1);
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

static void said(struct fixture *f, const char *want)
{
	CLEANUP_FREE char *text = NULL;
	char path[256];
	size_t len;

	snprintf(path, sizeof(path), "%s/dev/kmsg", f->root);
	text = fd_read_file(path, 4096, &len, &f->e);
	assert_non_null(text);
	assert_string_equal(text, want);
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
		cmocka_unit_test(test_plug_and_pull),	cmocka_unit_test(test_united),
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
