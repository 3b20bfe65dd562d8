/* SPDX-License-Identifier: Apache-2.0 */
#include "key.h"

#include <stdbool.h>
#include <string.h>

#include "bytes.h"
#include "mem.h"
#include "path.h"
#include "sha256.h"

static const struct bytes_format format = { "key", KEY_MAGIC, KEY_VERSION,
					    sizeof(struct key_header), KEY_SIZE_MAX };

static bool digest_valid(const char *text)
{
	return strlen(text) == SHA256_HEX_SIZE - 1 &&
	       strspn(text, "0123456789abcdef") == SHA256_HEX_SIZE - 1;
}

static const struct bytes_ref header_refs[] = {
	{ "parser", offsetof(struct key_header, parser), bytes_text_some, "a parser's version" },
	{ "kernel", offsetof(struct key_header, kernel), digest_valid,
	  "64 lower-case hexadecimal digits" },
	{ 0 },
};

static const struct bytes_ref feature_refs[] = {
	{ "path", offsetof(struct key_feature, path), path_is_clean_relative,
	  "a clean relative path" },
	{ "value", offsetof(struct key_feature, value), bytes_text_any, "text" },
	{ 0 },
};

static int check_features(const struct key *k, struct bytes *b)
{
	if (k->header->features_count == 0)
		return bytes_fail(b, "features", "expected at least one");
	for (uint32_t i = 0; i < k->header->features_count; i++) {
		const struct key_feature *f = &k->features[i];

		if (bytes_refs(b, "features", i, f, feature_refs))
			return -1;
		if (i > 0 && strcmp(b->strings + f[-1].path, b->strings + f->path) >= 0)
			return bytes_fail_row(b, i, "features", "not sorted, or there twice");
	}
	return 0;
}

int key_read(const void *buf, size_t size, struct key *k, struct err *e)
{
	const struct key_header *h = buf;
	struct bytes b;

	if (bytes_start(&b, &format, buf, size, e))
		return -1;
	*k = (struct key){ .header = h };
	k->features = bytes_table(&b, "features", h->features_offset, h->features_count,
				  sizeof(*k->features));
	if (!k->features || bytes_strings(&b, h->strings_offset, h->strings_size))
		return -1;
	k->strings = b.strings;
	if (bytes_refs(&b, NULL, 0, h, header_refs))
		return -1;
	return check_features(k, &b);
}

const char *key_text(const struct key *k, uint32_t ref)
{
	return k->strings + ref;
}
