/* SPDX-License-Identifier: Apache-2.0 */
#include "label.h"

#include "str.h"

#define PREFIX	 "snap."
#define LOWER	 "abcdefghijklmnopqrstuvwxyz0123456789"
#define UPPER	 "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define TAG_MAX	 255 /* NAME_MAX: udev has a folder of that name for the devices that carry it */
#define SNAP_MAX 51  /* 40 bytes, "_" and 10 */

static bool is_name(const char *text, size_t most, const char *alphabet)
{
	return strlen(text) <= most && strspn(text, LOWER) > 0 && !text[strspn(text, alphabet)];
}

bool label_valid(const char *label)
{
	return str_starts(label, PREFIX) && is_name(label, LABEL_MAX, LOWER UPPER "._+-");
}

bool label_tag_valid(const char *tag)
{
	return str_starts(tag, "snap_") && is_name(tag, TAG_MAX, LOWER UPPER "_-");
}

bool label_snap_valid(const char *snap)
{
	return is_name(snap, SNAP_MAX, LOWER "_-");
}

bool label_is_of(const char *label, const char *snap)
{
	size_t n = strlen(PREFIX) + strlen(snap);

	return str_starts(label, PREFIX) && str_starts(label + strlen(PREFIX), snap) &&
	       (label[n] == '.' || label[n] == '+');
}
