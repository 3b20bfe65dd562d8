/* SPDX-License-Identifier: Apache-2.0 */
/* Events against an app's map: what is tagged is in it, and nothing else but the plan's own. */
#include "helper.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "build.h"
#include "place.h"
#include "str.h"
#include "sys_fake.h"
#include "sys_fake_device.h"
#include "tag.h"

#define LABEL "snap.demo.app"

struct tagged {
	char tag[TAG_MAX + 1];
	char devpath[64];
	struct sys_device_key key;
};

/* A tree with a plan of two slots, a map as boot leaves it, and what udev says. */
struct fixture {
	char root[64];
	int root_fd;
	char uart[TAG_MAX + 1];
	char disk[TAG_MAX + 1];
	struct tagged now[400];
	size_t count;
	bool udev_fails;
	struct err e;
};

static int list(void *source, const char *tag, helper_tagged_visit *visit, void *ctx, struct err *e)
{
	struct fixture *f = source;

	if (f->udev_fails)
		return err_env(e, "cannot ask udev for the devices tagged %s", tag);
	for (size_t i = 0; i < f->count; i++)
		if (str_eq(f->now[i].tag, tag) && visit(ctx, f->now[i].devpath, &f->now[i].key, e))
			return -1;
	return 0;
}

static void tag_device(struct fixture *f, const char *tag, const char *devpath,
		       struct sys_device_key key)
{
	struct tagged *t = &f->now[f->count++];

	snprintf(t->tag, sizeof(t->tag), "%s", tag);
	snprintf(t->devpath, sizeof(t->devpath), "%s", devpath);
	t->key = key;
}

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
	disk = (struct plan_slot){ build_text(&p.b, f->disk), build_text(&p.b, "disk"), 2 };
	uart = (struct plan_slot){ build_text(&p.b, f->uart), build_text(&p.b, "uart-1"), 6 };
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

	assert_int_equal(sys_device_create(LABEL, NULL), 0);
	assert_int_equal(sys_device_open(LABEL, &d, NULL), 0);
	assert_int_equal(sys_device_set(&d, &null, 6, NULL), 0);
}

static void make(struct fixture *f)
{
	static const char *const dirs[] = { "run/bulkhead/pack/plans", "run/snapd/lock" };
	char path[256];

	memset(f, 0, sizeof(*f));
	sys_fake_reset();
	sys_fake_device_reset();
	strcpy(f->root, "/tmp/test-helper-XXXXXX");
	assert_non_null(mkdtemp(f->root));
	for (size_t i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s/%s", f->root, dirs[i]);
		place_folder(path, 0700);
	}
	build_tag(LABEL, "uart-1", f->uart);
	build_tag(LABEL, "disk", f->disk);
	put_plan(f, LABEL, 0);
	put(f, "run/bulkhead/booted", "x", 1);
	make_map();
	f->root_fd = open(f->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static int drop(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void done(struct fixture *f)
{
	close(f->root_fd);
	nftw(f->root, drop, 16, FTW_DEPTH | FTW_PHYS);
}

static int handle(struct fixture *f, const char *tag, enum helper_verb verb, const char *devpath)
{
	const struct helper_source source = { list, f };
	struct helper_event ev = { .verb = verb, .has_node = true };

	snprintf(ev.devpath, sizeof(ev.devpath), "%s", devpath);
	return helper_handle(f->root_fd, tag, &ev, &source, &f->e);
}

static const struct sys_device_key usb0 = { 2, 188, 0 };
static const struct sys_device_key usb1 = { 2, 188, 1 };
static const struct sys_device_key sda = { 1, 8, 0 };

static void test_plug_and_pull(void **state)
{
	static struct fixture f;

	(void)state;
	make(&f);
	tag_device(&f, f.uart, "/devices/a", usb0);
	tag_device(&f, f.disk, "/devices/c", sda);
	assert_int_equal(handle(&f, f.uart, HELPER_UPDATE, "/devices/a"), 0);
	assert_int_equal(sys_fake_device_access(LABEL, 2, 188, 0), 6);
	assert_int_equal(sys_fake_device_access(LABEL, 1, 8, 0), 2);
	assert_int_equal(sys_fake_device_access(LABEL, 2, 1, 3), 6);
	assert_int_equal(sys_fake_device_count(LABEL), 3);
	f.count = 0;
	assert_int_equal(handle(&f, f.uart, HELPER_REMOVE, "/devices/a"), 0);
	assert_int_equal(sys_fake_device_count(LABEL), 1);
	assert_int_equal(sys_fake_device_access(LABEL, 2, 1, 3), 6);
	done(&f);
}

/* The device that goes can still be listed; another one with its numbers stays. */
static void test_remove_while_listed(void **state)
{
	static struct fixture f;

	(void)state;
	make(&f);
	tag_device(&f, f.uart, "/devices/a", usb0);
	assert_int_equal(handle(&f, f.uart, HELPER_UPDATE, "/devices/a"), 0);
	assert_int_equal(handle(&f, f.uart, HELPER_REMOVE, "/devices/a"), 0);
	assert_int_equal(sys_fake_device_access(LABEL, 2, 188, 0), 0);
	tag_device(&f, f.uart, "/devices/b", usb0);
	assert_int_equal(handle(&f, f.uart, HELPER_REMOVE, "/devices/a"), 0);
	assert_int_equal(sys_fake_device_access(LABEL, 2, 188, 0), 6);
	done(&f);
}

/* Two slots on one device: what either allows. */
static void test_united(void **state)
{
	static struct fixture f;

	(void)state;
	make(&f);
	tag_device(&f, f.disk, "/devices/a", usb0);
	assert_int_equal(handle(&f, f.disk, HELPER_UPDATE, "/devices/a"), 0);
	assert_int_equal(sys_fake_device_access(LABEL, 2, 188, 0), 2);
	tag_device(&f, f.uart, "/devices/a", usb0);
	assert_int_equal(handle(&f, f.uart, HELPER_UPDATE, "/devices/a"), 0);
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
	tag_device(&f, f.uart, "/devices/a", usb0);
	assert_int_equal(handle(&f, f.uart, HELPER_UPDATE, "/devices/a"), 0);
	for (int i = 0; i < 20; i++)
		assert_int_equal(handle(&f, f.uart, HELPER_UPDATE, "/devices/z"), 0);
	assert_null(strstr(sys_fake_text(), ", 0)\n"));
	tag_device(&f, f.uart, "/devices/b", usb1);
	assert_int_equal(handle(&f, f.uart, HELPER_UPDATE, "/devices/b"), 0);
	assert_null(strstr(sys_fake_text(), ", 0)\n"));
	assert_int_equal(sys_fake_device_count(LABEL), 3);
	done(&f);
}

static void test_ignored(void **state)
{
	static const enum helper_verb verbs[] = { HELPER_IGNORE, HELPER_UNKNOWN };
	static struct fixture f;
	char path[256];
	unsigned calls;

	(void)state;
	make(&f);
	tag_device(&f, f.uart, "/devices/a", usb0);
	calls = sys_fake_calls();
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(handle(&f, f.uart, verbs[i], "/devices/a"), 0);
	/* Before boot has finished: coldplug comes later. */
	snprintf(path, sizeof(path), "%s/run/bulkhead/booted", f.root);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(handle(&f, f.uart, HELPER_UPDATE, "/devices/a"), 0);
	assert_int_equal(sys_fake_calls(), calls);
	assert_int_equal(sys_fake_device_count(LABEL), 1);
	done(&f);
}

static void refused(struct fixture *f, const char *tag, const char *want)
{
	assert_int_equal(handle(f, tag, HELPER_UPDATE, "/devices/a"), -1);
	if (!strstr(f->e.text, want))
		fail_msg("%s: %s", tag, f->e.text);
	assert_int_equal(sys_fake_device_count(LABEL), 1);
}

static void test_hostile_tags(void **state)
{
	static const char *const tags[] = { "",
					    "snap_",
					    "systemd",
					    "snap_demo_dapp",
					    "snap_.._d.._suart",
					    "snap_demo/../x_dapp_suart",
					    "snap_demo_dapp_suart_",
					    "snap_demo_dapp_s",
					    "snap_demo_dapp_sUART" };
	char other[TAG_MAX + 1];
	static struct fixture f;

	(void)state;
	make(&f);
	tag_device(&f, f.uart, "/devices/a", usb0);
	for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++)
		refused(&f, tags[i], "cannot ");
	build_tag(LABEL, "gpio", other);
	refused(&f, other, "the plan of " LABEL " has no slot gpio");
	build_tag("snap.demo.other", "uart-1", other);
	refused(&f, other, "No such file or directory");
	put_plan(&f, "snap.demo.other", 0);
	refused(&f, other, "it is of another app");
	done(&f);
}

static void test_udev_fails(void **state)
{
	static struct fixture f;

	(void)state;
	make(&f);
	f.udev_fails = true;
	refused(&f, f.uart, "cannot ask udev");
	done(&f);
}

static void test_damaged_plan(void **state)
{
	static struct fixture f;

	(void)state;
	make(&f);
	put(&f, "run/bulkhead/pack/plans/" LABEL ".plan", "BHPLAN", 6);
	refused(&f, f.uart, "cannot use plan");
	done(&f);
}

/* More devices than a map holds: the plan's own are in, the map is full, and it is said. */
static void test_overflow(void **state)
{
	static struct fixture f;

	(void)state;
	make(&f);
	for (uint32_t i = 0; i < 300; i++)
		tag_device(&f, f.uart, "/devices/a", (struct sys_device_key){ 2, 188, i });
	assert_int_equal(handle(&f, f.uart, HELPER_UPDATE, "/devices/a"), -1);
	assert_string_equal(f.e.text, "cannot allow every tagged device: a map holds 256");
	assert_int_equal(sys_fake_device_count(LABEL), SYS_DEVICE_MAP_ENTRIES);
	assert_int_equal(sys_fake_device_access(LABEL, 2, 1, 3), 6);
	done(&f);
}

static void test_no_device_layer(void **state)
{
	static struct fixture f;

	(void)state;
	make(&f);
	put_plan(&f, LABEL, PLAN_LAYER_DEVICES);
	tag_device(&f, f.uart, "/devices/a", usb0);
	assert_int_equal(handle(&f, f.uart, HELPER_UPDATE, "/devices/a"), 0);
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
	refused(&f, f.uart, "cannot lock /run/snapd/lock/demo.lock");
	done(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plug_and_pull), cmocka_unit_test(test_remove_while_listed),
		cmocka_unit_test(test_united),	      cmocka_unit_test(test_never_rebuilt),
		cmocka_unit_test(test_ignored),	      cmocka_unit_test(test_hostile_tags),
		cmocka_unit_test(test_udev_fails),    cmocka_unit_test(test_damaged_plan),
		cmocka_unit_test(test_overflow),      cmocka_unit_test(test_no_device_layer),
		cmocka_unit_test(test_lock_link),
	};

	/* Not every user-mode emulator passes openat2(2) on, and fd.c has no way around it. */
	if (syscall(SYS_openat2, AT_FDCWD, "", NULL, 0) < 0 && errno == ENOSYS) {
		print_message("skip: this emulator has no openat2\n");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
