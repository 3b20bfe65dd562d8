/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EMIT_UDEV_TAG_H
#define EMIT_UDEV_TAG_H

#include "tag.h"

/*
 * Writes the udev tag of label and slot, as format/tag.h describes it. Refuses invalid names; the
 * tag of valid ones fits.
 */
int tag_encode(const char *label, const char *slot, char tag[TAG_MAX + 1],
	       struct err *e) BASE_WARN_UNUSED;

#endif
