/* SPDX-License-Identifier: Apache-2.0 */
/* "check --json". */
#ifndef CMD_JSON_CHECK_H
#define CMD_JSON_CHECK_H

#include "json.h"
#include "model.h"

/* Version of what "check --json" prints: it changes when a key goes or means something else. */
#define JSON_CHECK_VERSION 1

/* Everything that was checked and every message, sorted; sorts d. */
void json_checks(struct json *j, const struct model_checks *checks, struct meta_diag *d);

void json_gadget(struct json *j, const struct model_gadget *g);
void json_snap(struct json *j, const struct model_snap *s);

#endif
