/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The udev tag of a connection, reversible for every name (snapd's is not: "hook" as an instance
 * key is misread there): "snap_" + the label after "snap." with "_" as "__", "." as "_d",
 * "+" as "_p", "-" kept, then "_s" and the slot's name coded likewise.
 */
#ifndef FORMAT_TAG_H
#define FORMAT_TAG_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"

#define TAG_MAX	  255 /* longest tag, without the NUL */
#define LABEL_MAX 127 /* longest label, without the NUL */

/*
 * True for snap.NAME.APP, snap.NAME.hook.HOOK and snap.NAME+COMPONENT.hook.HOOK, each also with
 * NAME_KEY for NAME, in their closed alphabets.
 */
bool tag_label_valid(const char *label);

/* True for NAME and NAME_KEY: 2 to 40 bytes with a letter, [a-z0-9](-?[a-z0-9])*; key
 * [a-z0-9]{1,10}. */
bool tag_snap_valid(const char *snap);

/* True for a valid label of that snap: tag_label_is_of("snap.a_b.c", "a_b"). */
bool tag_label_is_of(const char *label, const char *snap);

/* A slot's or plug's name: words of [a-z0-9] joined by single hyphens, the first byte a letter, at
 * most 63 bytes. */
bool tag_slot_valid(const char *slot);

/*
 * The inverse of what the builder writes (gadget/emit/udev_tag.h), and accepts nothing else: each
 * label and slot has one tag. The input is hostile.
 */
int tag_decode(const char *tag, char label[LABEL_MAX + 1], char slot[64],
	       struct err *e) BASE_WARN_UNUSED;

#endif
