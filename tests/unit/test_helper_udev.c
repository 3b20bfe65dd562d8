/* SPDX-License-Identifier: Apache-2.0 */
/* What counts as tagged now, of what udev lists. */
#include "helper.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "mem.h"
#include "sys_fake_udev.h"

#define TAG "snap_demo_dapp_suart-1"

static const struct helper_asked all = { -1, "snap.demo.app", NULL };

static bool has(const struct helper_map *m, uint32_t type, uint32_t major, uint32_t minor)
{
	for (size_t i = 0; i < m->count; i++) {
		const struct sys_device_key *key = &m->items[i].key;

		if (key->type == type && key->major == major && key->minor == minor)
			return m->items[i].access == 6;
	}
	return false;
}

static void test_current(void **state)
{
	static struct helper_map map;
	struct err e = { 0 };

	(void)state;
	sys_fake_udev_reset();
	assert_int_equal(helper_udev_add(&all, TAG, 6, &map, &e), 0);
	assert_int_equal(map.count, 0);
	sys_fake_udev_tag(TAG, "c188:0", TAGGED_NOW);
	sys_fake_udev_tag(TAG, "b8:0", TAGGED_NOW);
	/* Tagged by an earlier connection; pulled meanwhile; going; without a node; another's. */
	sys_fake_udev_tag(TAG, "c188:1", TAGGED_ONCE);
	sys_fake_udev_tag(TAG, "c188:2", TAGGED_GONE);
	sys_fake_udev_tag(TAG, "c188:3", TAGGED_BARE);
	sys_fake_udev_tag(TAG, "c0:0", TAGGED_NOW);
	sys_fake_udev_tag(TAG "2", "c188:4", TAGGED_NOW);
	sys_fake_udev_tag(TAG, "c188:5", TAGGED_LATER);
	assert_int_equal(helper_udev_add(&all, TAG, 6, &map, &e), 2);
	assert_true(has(&map, PLAN_DEVICE_CHAR, 188, 0));
	assert_true(has(&map, PLAN_DEVICE_BLOCK, 8, 0));
	assert_int_equal(map.count, 2);
	helper_map_free(&map);
}

static void test_failures(void **state)
{
	static const char *const calls[] = { "udev_new", "udev_enumerate_new",
					     "udev_enumerate_add_match_tag",
					     "udev_enumerate_scan_devices" };
	static struct helper_map map;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		struct err e = { 0 };

		sys_fake_udev_reset();
		sys_fake_udev_tag(TAG, "c188:0", TAGGED_NOW);
		sys_fake_udev_fail(calls[i]);
		assert_int_equal(helper_udev_add(&all, TAG, 6, &map, &e), -1);
		assert_string_equal(e.text, "cannot ask udev for the devices tagged " TAG);
		assert_int_equal(map.count, 0);
	}
}

/* Who has what an app has alone: those of the same snap, by names however alike. */
static void test_same_snap(void **state)
{
	static const struct {
		const char *label, *apps;
		int n;
	} rows[] = {
		{ "snap.demo.hook.configure", "!snap.demo.app", 1 },
		{ "snap.demo.hook.configure", "!snap.demo.app !snap.demo.other", 1 },
		{ "snap.demo+part.hook.install", "!snap.demo.app", 1 },
		{ "snap.demo.hook.configure", "!snap.demo2.app", 0 },
		{ "snap.demo.hook.configure", "!snap.demo_two.app", 0 },
		{ "snap.demo_two.hook.configure", "!snap.demo.app", 0 },
		{ "snap.demo.app", "!snap.demo.app !snap.demo.other", 1 },
		{ "snap.demo.app", "!snap.demo.app !snap.demo.other !snap.demo2.app", 0 },
		{ "snap.demo.app", "!snap.dem.app", 0 },
		{ "snap.demo_two.app", "!snap.demo.app", 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct helper_asked asked = { -1, rows[i].label, NULL };
		struct helper_map map = { 0 };
		struct err e = { 0 };

		sys_fake_udev_reset();
		sys_fake_udev_tag(TAG, "c188:0", TAGGED_NOW);
		sys_fake_udev_apps("c188:0", rows[i].apps, NULL);
		if (helper_udev_add(&asked, TAG, 6, &map, &e) != rows[i].n)
			fail_msg("%s: %s", rows[i].label, rows[i].apps);
		helper_map_free(&map);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_current),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_same_snap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
