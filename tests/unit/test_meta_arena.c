/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "arena.h"

static void test_arena(void **state)
{
	struct mem_arena a = { 0 };
	unsigned *numbers = NULL;
	size_t cap = 0;
	char *text;

	(void)state;
	for (unsigned i = 0; i < 10000; i++) {
		numbers = mem_grow(&a, numbers, i, &cap, sizeof(*numbers));
		numbers[i] = i;
	}
	for (unsigned i = 0; i < 10000; i++)
		assert_int_equal(numbers[i], i);
	text = mem_printf(&a, "%s-%d", "a", 1);
	assert_string_equal(text, "a-1");
	assert_string_equal(mem_strndup(&a, "abcdef", 3), "abc");
	assert_string_equal(mem_strdup(&a, ""), "");
	for (size_t size = 0; size < 300; size++) {
		uint8_t *p = mem_alloc(&a, size);

		assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
		for (size_t i = 0; i < size; i++)
			assert_int_equal(p[i], 0);
		memset(p, 0xff, size);
	}
	assert_non_null(mem_array(&a, 1000, 1000));
	mem_free(&a);
	assert_null(a.blocks);
	assert_non_null(mem_alloc(&a, 1));
	mem_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_arena) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
