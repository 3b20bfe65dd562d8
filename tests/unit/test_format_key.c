/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "build.h"
#include "cleanup.h"
#include "sweep.h"

static struct build_key start(void)
{
	struct build_key k = { 0 };

	build_key_start(&k);
	return k;
}

static void refuses(struct build_key k, const char *expected)
{
	CLEANUP_FREE void *bytes = NULL;
	struct err e = { 0 };
	struct key key;
	size_t size;

	bytes = build_key_end(&k, &size);
	assert_int_equal(key_read(bytes, size, &key, &e), -1);
	assert_string_equal(e.text, expected);
}

static void test_accepts(void **state)
{
	struct build_key k = start();
	CLEANUP_FREE void *bytes = NULL;
	struct err e = { 0 };
	struct key key;
	size_t size;

	(void)state;
	build_key_feature(&k, "caps/mask", "chown kill");
	build_key_feature(&k, "empty", "");
	bytes = build_key_end(&k, &size);
	if (key_read(bytes, size, &key, &e))
		fail_msg("%s", e.text);
	assert_int_equal(key.header->features_count, 3);
	assert_string_equal(key_text(&key, key.features[1].path), "caps/mask");
	assert_string_equal(key_text(&key, key.features[1].value), "chown kill");
	assert_string_equal(key_text(&key, key.features[2].value), "");
	assert_string_equal(key_text(&key, key.header->parser), "3.0.8");
}

static void test_refuses(void **state)
{
	struct build_key k;

	(void)state;
	k = start();
	k.header.version = 0;
	refuses(k, "cannot use key: field version: 0, expected 1");
	k = start();
	k.header.magic[0] = 'X';
	refuses(k, "cannot use key: field magic: this is no key");
	k = start();
	k.header.parser = 0;
	refuses(k, "cannot use key: field parser: expected a parser's version");
	k = start();
	k.header.kernel = build_text(&k.b, "E3B0");
	refuses(k, "cannot use key: field kernel: expected 64 lower-case hexadecimal digits");
	k = start();
	k.header.kernel = build_text(&k.b, "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz"
					   "zzzzzzzzzz");
	refuses(k, "cannot use key: field kernel: expected 64 lower-case hexadecimal digits");
	k = start();
	str_free(&k.b.tables[0]);
	refuses(k, "cannot use key: field features: expected at least one");
	k = start();
	build_key_feature(&k, "a/b", "no");
	refuses(k, "cannot use key: field features[1]: not sorted, or there twice");
	k = start();
	build_key_feature(&k, "a/a", "no");
	refuses(k, "cannot use key: field features[1]: not sorted, or there twice");
	k = start();
	build_key_feature(&k, "../x", "no");
	refuses(k, "cannot use key: field features[1].path: expected a clean relative path");
	k = start();
	str_add_bytes(&k.b.tables[0], &(struct key_feature){ build_text(&k.b, "z"), 5000 }, 8);
	refuses(k, "cannot use key: field features[1].value: 5000 is not the start of a string");
}

static int read_key(const void *buf, size_t size)
{
	struct key key;
	struct err e;

	return key_read(buf, size, &key, &e);
}

static void test_damage(void **state)
{
	struct build_key k = start();
	CLEANUP_FREE uint8_t *bytes = NULL;
	struct key_header *h;
	size_t size;

	(void)state;
	bytes = build_key_end(&k, &size);
	assert_int_equal(sweep_lengths(read_key, bytes, size), 0);
	assert_in_range(sweep_bits(read_key, bytes, size), 1, 8 * (size - sizeof(*h)));
	assert_in_range(sweep_bytes(read_key, bytes, size), 1, 2 * (size - sizeof(*h)));
	h = (struct key_header *)bytes;
	h->features_count++;
	assert_int_equal(read_key(bytes, size), -1);
	h->features_count--;
	h->strings_size--;
	assert_int_equal(read_key(bytes, size), -1);
	h->strings_size++;
	h->strings_offset++;
	assert_int_equal(read_key(bytes, size), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accepts),
		cmocka_unit_test(test_refuses),
		cmocka_unit_test(test_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
