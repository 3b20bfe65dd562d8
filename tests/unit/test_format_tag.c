/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "mem.h"
#include "str.h"
#include "build.h"
#include "tag.h"

static const char long_label[] =
	"snap.abcdefghijabcdefghijabcdefghijabcdefghij_abcdefghij."
	"appappappappappappappappappappappappappappappappappappappappappappappap";

static void test_labels(void **state)
{
	static const char *const valid[] = {
		"snap.demo.app",
		"snap.a0.B",
		"snap.demo_1.app",
		"snap.demo.hook",
		"snap.demo.hook.configure",
		"snap.demo_key.hook.pre-refresh",
		"snap.demo+comp.hook.install",
		"snap.demo_k+comp.hook.install",
		"snap.demo.My-App",
		"snap.0-a.x",
	};
	static const char *const invalid[] = {
		"",
		"snap",
		"snap.",
		"snap.demo",
		"snap.demo.",
		"snap..app",
		"demo.app",
		"snap.Demo.app",
		"snap.a.app",  /* a snap has two bytes at least */
		"snap.12.app", /* and a letter */
		"snap.-demo.app",
		"snap.demo-.app",
		"snap.de--mo.app",
		"snap.demo_.app",
		"snap.demo_abcdefghijk.app",
		"snap.demo_A.app",
		"snap.demo.app.more",
		"snap.demo.-app",
		"snap.demo.app_x",
		"snap.demo.hook.",
		"snap.demo.hook.Configure",
		"snap.demo.hook.1st",
		"snap.demo+comp.app",
		"snap.demo+.hook.install",
		"snap.demo+c.hook.install",
		"snap.demo+comp+more.hook.install",
		"snap.demo/../x.app",
		"snap.demo.app\n",
		"snap.abcdefghijabcdefghijabcdefghijabcdefghijk.app",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(valid); i++)
		if (!tag_label_valid(valid[i]))
			fail_msg("%s is a label", valid[i]);
	for (size_t i = 0; i < ARRAY_SIZE(invalid); i++)
		if (tag_label_valid(invalid[i]))
			fail_msg("%s is no label", invalid[i]);
	assert_true(strlen(long_label) > LABEL_MAX);
	assert_false(tag_label_valid(long_label));
}

static void test_slots_and_snaps(void **state)
{
	(void)state;
	assert_true(tag_slot_valid("gpio-1"));
	assert_true(tag_slot_valid("g"));
	assert_false(tag_slot_valid(""));
	assert_false(tag_slot_valid("1gpio"));
	assert_false(tag_slot_valid("gpio--1"));
	assert_false(tag_slot_valid("gpio-"));
	assert_false(tag_slot_valid("Gpio"));
	assert_false(tag_slot_valid("gpio_1"));
	assert_true(
		tag_slot_valid("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"));
	assert_false(
		tag_slot_valid("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"));
	assert_true(tag_snap_valid("demo_key"));
	assert_false(tag_snap_valid("demo.app"));
	assert_true(tag_label_is_of("snap.demo.app", "demo"));
	assert_true(tag_label_is_of("snap.demo_a.app", "demo_a"));
	assert_true(tag_label_is_of("snap.demo+comp.hook.install", "demo"));
	assert_false(tag_label_is_of("snap.demo.app", "dem"));
	assert_false(tag_label_is_of("snap.demo_a.app", "demo"));
	assert_false(tag_label_is_of("snap.demo", "demo"));
}

/* What was ambiguous elsewhere: an instance key or an app named as a part of the syntax. */
static void test_round_trip(void **state)
{
	static const char *const labels[] = { "snap.demo.app",	   "snap.demo_hook.app",
					      "snap.demo.hook",	   "snap.demo_s.s",
					      "snap.demo.hook.s",  "snap.ss_s.s",
					      "snap.d-d_d.p-p",	   "snap.demo.hook.d",
					      "snap.p0+d0.hook.s", "snap.demo_d.hook.x" };
	static const char *const slots[] = { "s", "d", "p", "gpio-1", "s-s" };
	char tags[ARRAY_SIZE(labels) * ARRAY_SIZE(slots)][TAG_MAX + 1];
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(labels); i++) {
		for (size_t j = 0; j < ARRAY_SIZE(slots); j++, n++) {
			char label[LABEL_MAX + 1], slot[64];
			struct err e = { 0 };

			build_tag(labels[i], slots[j], tags[n]);
			assert_int_equal(tag_decode(tags[n], label, slot, &e), 0);
			assert_string_equal(label, labels[i]);
			assert_string_equal(slot, slots[j]);
			for (size_t k = 0; k < n; k++)
				assert_string_not_equal(tags[k], tags[n]);
		}
	}
}

/* The longest there is: nothing is cut, and it comes back. */
static void test_longest(void **state)
{
	static const char slot[] =
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
	char label[LABEL_MAX + 1] = "snap.abcdefghij-bcdefghij-bcdefghij-bcdefghij_abcdefghij"
				    "+abcdefghij.hook.";
	char tag[TAG_MAX + 1], label_again[LABEL_MAX + 1], slot_again[64];
	struct err e = { 0 };

	(void)state;
	memset(label + strlen(label), 'h', LABEL_MAX - strlen(label));
	build_tag(label, slot, tag);
	assert_int_equal(tag_decode(tag, label_again, slot_again, &e), 0);
	assert_string_equal(label_again, label);
	assert_string_equal(slot_again, slot);
	strcat(tag, "a");
	assert_int_equal(tag_decode(tag, label_again, slot_again, &e), -1);
}

static void test_decode_refuses(void **state)
{
	static const char *const bad[] = {
		"",
		"snap",
		"snap_",
		"snap_demo_dapp",	   /* no slot */
		"snap_demo_dapp_s",	   /* an empty one */
		"snap_demo_dapp_sgpio_sx", /* two */
		"snap_demo_xapp_sgpio",	   /* an unknown escape */
		"snap_demo.app_sgpio",	   /* a byte that is always coded */
		"snap_demo_dapp_sgpio_",   /* an escape that ends */
		"snap_demo_dapp_sGpio",
		"snap_demo_dapp_sgpio ",
		"snap_demo_dapp_sgpio\n",
		"SNAP_demo_dapp_sgpio",
		"x_snap_demo_dapp_sgpio",
	};
	char label[LABEL_MAX + 1], slot[64];
	char huge[4096];
	struct err e = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (tag_decode(bad[i], label, slot, &e) != -1)
			fail_msg("%s decodes", bad[i]);
	assert_string_equal(e.text, "cannot use udev tag: expected one of a label and a slot");
	memset(huge, 'a', sizeof(huge));
	memcpy(huge, "snap_", 5);
	huge[sizeof(huge) - 1] = '\0';
	assert_int_equal(tag_decode(huge, label, slot, &e), -1);
	memcpy(huge + 20, "_dapp_s", 7);
	assert_int_equal(tag_decode(huge, label, slot, &e), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_labels),	   cmocka_unit_test(test_slots_and_snaps),
		cmocka_unit_test(test_round_trip), cmocka_unit_test(test_decode_refuses),
		cmocka_unit_test(test_longest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
