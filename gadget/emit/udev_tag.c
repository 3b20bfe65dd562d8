/* SPDX-License-Identifier: Apache-2.0 */
#include "udev_tag.h"

#include <string.h>

#define LABEL_PREFIX "snap."
#define SLOT_MAX     63

/* A valid label escapes at most "_", "+" and two dots, a slot nothing: each tag fits. */
_Static_assert(sizeof("snap_") - 1 + LABEL_MAX - (sizeof(LABEL_PREFIX) - 1) + 4 + 2 + SLOT_MAX <=
		       TAG_MAX,
	       "the longest label and slot fit a tag");

/* Appends the coded text at tag + at; returns the new length. */
static size_t put_coded(char tag[TAG_MAX + 1], size_t at, const char *text)
{
	static const char escaped[] = "_.+", codes[] = "_dp";

	for (; *text; text++) {
		const char *found = strchr(escaped, *text);

		if (found)
			tag[at++] = '_';
		tag[at++] = found ? codes[found - escaped] : *text;
	}
	return at;
}

int tag_encode(const char *label, const char *slot, char tag[TAG_MAX + 1], struct err *e)
{
	size_t at;

	if (!tag_label_valid(label))
		return err_input(e, "cannot make udev tag: \"%.64s\" is no label", label);
	if (!tag_slot_valid(slot))
		return err_input(e, "cannot make udev tag: \"%.64s\" is no slot name", slot);
	memcpy(tag, "snap_", 5);
	at = put_coded(tag, 5, label + strlen(LABEL_PREFIX));
	memcpy(tag + at, "_s", 2);
	at = put_coded(tag, at + 2, slot);
	tag[at] = '\0';
	return 0;
}
