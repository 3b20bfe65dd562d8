/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names as the device meets them: of a closed alphabet, so that each is one harmless file name and
 * one word to the kernel. Which names there are is the builder's to say (gadget/emit/udev_tag.h has
 * the grammar): here a name that nobody built is a plan that is not there.
 */
#ifndef FORMAT_LABEL_H
#define FORMAT_LABEL_H

#include <stdbool.h>

#define LABEL_MAX 127 /* longest label, without the NUL */

/* "snap." and a name of [A-Za-z0-9._+-]. */
bool label_valid(const char *label);

/* "snap_" and a name of [A-Za-z0-9_-], as udev's tags of connections are. */
bool label_tag_valid(const char *tag);

/* NAME or NAME_KEY, [a-z0-9_-], the first a letter or digit. */
bool label_snap_valid(const char *snap);

/* True for a label of that snap: label_is_of("snap.a_b.c", "a_b"). */
bool label_is_of(const char *label, const char *snap);

#endif
