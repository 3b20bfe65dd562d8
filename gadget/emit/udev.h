/* SPDX-License-Identifier: Apache-2.0 */
/* Match expressions of udev rules. Private to this floor. */
#ifndef EMIT_UDEV_H
#define EMIT_UDEV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy.h"

/*
 * True for matches only: KEY=="value" or KEY!="value", KEY from a closed list, joined by ", ". A
 * value holds no quote, backslash, "$" or "%", so that nothing in it assigns, runs or substitutes.
 */
bool emit_udev_match_valid(const char *text);

/* Refuses what is not valid; of an import what is not such matches and then one of what a builtin
 * of udev finds out, or of a property of the parent. */
int emit_udev_check_import(const struct policy_rule *r, struct meta_diag *d) BASE_WARN_UNUSED;
int emit_udev_check(const struct policy_rule *r, struct meta_diag *d) BASE_WARN_UNUSED;

/* How many devices of a slot are reckoned with: one for each node that a match names, 64 for a
 * pattern. */
uint32_t emit_udev_devices(const struct policy_slot *slot);

/* plan_map_entries() of the app's plan. */
size_t emit_udev_entries(const struct policy_app *app);

#endif
