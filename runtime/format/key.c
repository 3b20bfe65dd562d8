/* SPDX-License-Identifier: Apache-2.0 */
#include "key.h"

#include <stdbool.h>
#include <string.h>

#include "bytes.h"
#include "mem.h"
#include "path.h"
#include "sha256.h"

static bool digest_valid(const char *text)
{
	return strlen(text) == SHA256_HEX_SIZE - 1 &&
	       strspn(text, "0123456789abcdef") == SHA256_HEX_SIZE - 1;
}

static const struct bytes_field header_fields[] = {
	BYTES_TEXT(key_header, parser, bytes_text_some, "a parser's version"),
	BYTES_TEXT(key_header, kernel, digest_valid, "64 lower-case hexadecimal digits"),
	{ 0 },
};
static const struct bytes_field feature_fields[] = {
	BYTES_TEXT(key_feature, path, path_is_clean_relative, "a clean relative path"),
	BYTES_TEXT(key_feature, value, bytes_text_any, "text"),
	{ 0 },
};
static const struct bytes_table tables[] = {
	{ "features", sizeof(struct key_feature), feature_fields, NULL, NULL, 0 },
};

static int check_header(const struct bytes *b, const void *header)
{
	const struct key_header *h = header;

	return h->features_count == 0 ? bytes_fail(b, "features", "expected at least one") : 0;
}

static const struct bytes_format format = {
	.what = "key",
	.magic = KEY_MAGIC,
	.version = KEY_VERSION,
	.header_size = sizeof(struct key_header),
	.size_max = KEY_SIZE_MAX,
	.sorted = true,
	.header = header_fields,
	.tables = tables,
	.tables_count = ARRAY_SIZE(tables),
	.check = check_header,
};

int key_read(const void *buf, size_t size, struct key *k, struct err *e)
{
	struct bytes b;

	if (bytes_read(&b, &format, buf, size, e))
		return -1;
	*k = (struct key){ .header = buf, .features = b.rows[0], .strings = b.strings };
	return 0;
}
