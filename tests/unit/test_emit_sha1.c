/* SPDX-License-Identifier: Apache-2.0 */
/* The examples of FIPS 180-4 as NIST publishes them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "mem.h"
#include "sha1.h"

static const struct vector {
	const char *text;
	const char *sha1;
} vectors[] = {
	{ "", "da39a3ee5e6b4b0d3255bfef95601890afd80709" },
	{ "abc", "a9993e364706816aba3e25717850c26c9cd0d89d" },
	{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
	  "84983e441c3bd26ebaae4aa1f95129e5e54670f1" },
	{ "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmno"
	  "ijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
	  "a49b2446a02c645bf419f995b67091253a04a259" },
};

/* The first step bytes as head, the rest as data. */
static void sha1_text(const char *data, size_t len, size_t step, char hex[SHA1_HEX_SIZE])
{
	size_t n = len < step ? len : step;

	sha1_of(data, n, data + n, len - n, hex);
}

static void test_vectors(void **state)
{
	char hex[SHA1_HEX_SIZE];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(vectors); i++)
		for (size_t step = 1; step <= 128; step += 9) {
			sha1_text(vectors[i].text, strlen(vectors[i].text), step, hex);
			assert_string_equal(hex, vectors[i].sha1);
		}
}

static void test_million(void **state)
{
	static char a[1000000];
	char hex[SHA1_HEX_SIZE];

	(void)state;
	memset(a, 'a', sizeof(a));
	sha1_text(a, sizeof(a), 777, hex);
	assert_string_equal(hex, "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_million),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
