/* SPDX-License-Identifier: Apache-2.0 */
/* The examples of FIPS 180-4 as NIST publishes them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mem.h"
#include "sha256.h"
#include "str.h"

static const struct vector {
	const char *text;
	const char *sha256;
} vectors[] = {
	{ "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
	{ "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
	{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
	  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
	{ "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmno"
	  "ijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
	  "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1" },
};

static void sha256_text(const void *data, size_t len, size_t step, char hex[SHA256_HEX_SIZE])
{
	uint8_t digest[SHA256_SIZE];
	struct sha256 s;

	sha256_start(&s);
	for (size_t at = 0; at < len; at += step)
		sha256_add(&s, (const uint8_t *)data + at, len - at < step ? len - at : step);
	sha256_end(&s, digest);
	sha256_hex(digest, hex);
}

static void test_vectors(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(vectors); i++) {
		size_t len = strlen(vectors[i].text);
		char hex[SHA256_HEX_SIZE];

		for (size_t step = 1; step <= 128; step += 9) {
			sha256_text(vectors[i].text, len, step, hex);
			assert_string_equal(hex, vectors[i].sha256);
		}
	}
}

static void test_million(void **state)
{
	static char a[1000000];
	uint8_t digest[SHA256_SIZE];
	char hex[SHA256_HEX_SIZE];

	(void)state;
	memset(a, 'a', sizeof(a));
	sha256_of(a, sizeof(a), digest);
	sha256_hex(digest, hex);
	assert_string_equal(hex,
			    "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_million),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
