/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "udev_tag.h"

static void test_encode(void **state)
{
	char tag[TAG_MAX + 1];
	struct err e = { 0 };

	(void)state;
	assert_int_equal(tag_encode("snap.demo_x.my-app", "gpio-1", tag, &e), 0);
	assert_string_equal(tag, "snap_demo__x_dmy-app_sgpio-1");
	assert_int_equal(tag_encode("snap.demo+comp.hook.install", "s", tag, &e), 0);
	assert_string_equal(tag, "snap_demo_pcomp_dhook_dinstall_ss");
	assert_int_equal(tag_encode("snap.demo", "gpio", tag, &e), -1);
	assert_string_equal(e.text, "cannot make udev tag: \"snap.demo\" is no label");
	assert_int_equal(tag_encode("snap.demo.app", "Gpio", tag, &e), -1);
	assert_string_equal(e.text, "cannot make udev tag: \"Gpio\" is no slot name");
}

/* What is written comes back, the longest too. */
static void test_decodes(void **state)
{
	static const char slot[] =
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
	char longest[LABEL_MAX + 1] = "snap.abcdefghij-bcdefghij-bcdefghij-bcdefghij_abcdefghij"
				      "+abcdefghij.hook.";
	const char *const labels[] = { "snap.demo.app", "snap.demo_hook.app", "snap.demo.hook.s",
				       longest };
	char tag[TAG_MAX + 1], label_again[LABEL_MAX + 1], slot_again[64];

	(void)state;
	memset(longest + strlen(longest), 'h', LABEL_MAX - strlen(longest));
	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
		assert_int_equal(tag_encode(labels[i], slot, tag, NULL), 0);
		assert_int_equal(tag_decode(tag, label_again, slot_again, NULL), 0);
		assert_string_equal(label_again, labels[i]);
		assert_string_equal(slot_again, slot);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_encode),
		cmocka_unit_test(test_decodes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
