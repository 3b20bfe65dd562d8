/* SPDX-License-Identifier: Apache-2.0 */
#include "tag.h"

#include "fuzz.h"

/* A tag that decodes is the one tag of what it decodes to. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char label[LABEL_MAX + 1], slot[64], again[TAG_MAX + 1];
	char *tag = malloc(size + 1);
	struct err e = { 0 };

	if (!tag)
		abort();
	if (size)
		memcpy(tag, data, size);
	tag[size] = '\0';
	if (tag_decode(tag, label, slot, &e) == 0 &&
	    (tag_encode(label, slot, again, &e) || strcmp(again, tag) != 0))
		abort();
	free(tag);
	return 0;
}
