/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "label.h"
#include "mem.h"

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
		"snap.demo/../x.app",
		"/snap.demo.app",
		".snap.demo.app",
		"demo.app",
		"snap.demo.app ",
		"snap.demo.app\n",
		"snap.demo:app",
		"snap.demo.app//&x",
		"snap.d\xc3\xa9mo.app",
	};
	char longest[LABEL_MAX + 2] = "snap.demo.";

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(valid); i++)
		if (!label_valid(valid[i]))
			fail_msg("%s is a label", valid[i]);
	for (size_t i = 0; i < ARRAY_SIZE(invalid); i++)
		if (label_valid(invalid[i]))
			fail_msg("%s is no label", invalid[i]);
	memset(longest + strlen(longest), 'a', LABEL_MAX - strlen(longest));
	assert_true(label_valid(longest));
	strcat(longest, "a");
	assert_false(label_valid(longest));
}

static void test_snaps(void **state)
{
	static const char *const invalid[] = { "",     "-demo", "_demo", "demo.app",
					       "Demo", "de/mo", "..",	 "demo+comp" };

	(void)state;
	assert_true(label_snap_valid("demo"));
	assert_true(label_snap_valid("demo-1_key"));
	assert_true(label_snap_valid("abcdefghijabcdefghijabcdefghijabcdefghij_abcdefghij"));
	assert_false(label_snap_valid("abcdefghijabcdefghijabcdefghijabcdefghij_abcdefghijk"));
	for (size_t i = 0; i < ARRAY_SIZE(invalid); i++)
		if (label_snap_valid(invalid[i]))
			fail_msg("%s is no snap", invalid[i]);
	assert_true(label_is_of("snap.demo.app", "demo"));
	assert_true(label_is_of("snap.demo_a.app", "demo_a"));
	assert_true(label_is_of("snap.demo+comp.hook.install", "demo"));
	assert_false(label_is_of("snap.demo.app", "dem"));
	assert_false(label_is_of("snap.demo_a.app", "demo"));
	assert_false(label_is_of("snap.demo", "demo"));
	assert_false(label_is_of("snap.", "demo"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_labels),
		cmocka_unit_test(test_snaps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
