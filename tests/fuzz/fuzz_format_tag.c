/* SPDX-License-Identifier: Apache-2.0 */
#include "tag.h"

#include <stdio.h>
#include <string.h>

#include "fuzz.h"

static void encode(const char *label, const char *slot, char *tag)
{
	tag += sprintf(tag, "snap_");
	for (const char *p = label + strlen("snap."); *p; p++)
		if (*p == '_' || *p == '.' || *p == '+')
			tag += sprintf(tag, "_%c", *p == '_' ? '_' : *p == '.' ? 'd' : 'p');
		else
			*tag++ = *p;
	sprintf(tag, "_s%s", slot);
}

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
	if (tag_decode(tag, label, slot, &e) == 0) {
		encode(label, slot, again);
		if (strcmp(again, tag) != 0)
			abort();
	}
	free(tag);
	return 0;
}
