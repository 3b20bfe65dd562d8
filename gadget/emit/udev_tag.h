/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The udev tag of a connection, reversible for every name (snapd's is not: "hook" as an instance
 * key is misread there): "snap_" + the label after "snap." with "_" as "__", "." as "_d",
 * "+" as "_p", "-" kept, then "_s" and the slot's name coded likewise. The device takes tags as
 * they are, from the plan.
 */
#ifndef EMIT_UDEV_TAG_H
#define EMIT_UDEV_TAG_H

#include <stdbool.h>

#include "err.h"
#include "label.h"

#define TAG_MAX	 255 /* longest tag, without the NUL */
#define SLOT_MAX 63  /* longest name of a slot */

/*
 * True for snap.NAME.APP, snap.NAME.hook.HOOK and snap.NAME+COMPONENT.hook.HOOK, each also with
 * NAME_KEY for NAME, in their closed alphabets.
 */
bool tag_label_valid(const char *label);

/* A slot's or plug's name: words of [a-z0-9] joined by single hyphens, the first byte a letter, at
 * most 63 bytes. */
bool tag_slot_valid(const char *slot);

/* Writes the tag of label and slot. Refuses invalid names; the tag of valid ones fits. */
int tag_encode(const char *label, const char *slot, char tag[TAG_MAX + 1],
	       struct err *e) BASE_WARN_UNUSED;

#endif
