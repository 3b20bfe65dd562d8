/* SPDX-License-Identifier: Apache-2.0 */
/* As much JSON as QEMU's machine protocol takes: one object a line. */
#ifndef RIG_JSON_H
#define RIG_JSON_H

#include "str.h"

/* Appends text as a JSON string, quotes included. */
void json_add_string(struct str *s, const char *text);

/*
 * Looks for a member of the object that text is, not of those inside it. Returns 1 and appends its
 * value as it is written to value (may be NULL), 0 when there is none, -1 when text is not an
 * object.
 */
int json_member(const char *text, const char *key, struct str *value);

#endif
