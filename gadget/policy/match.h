/* SPDX-License-Identifier: Apache-2.0 */
/* Matches of udev rules, taken apart. For this floor and emit/hwtable.c. */
#ifndef POLICY_MATCH_H
#define POLICY_MATCH_H

#include "policy.h"

/* KEY=="value" or KEY!="value" */
struct match_condition {
	const char *key; /* "ENV{ID_PATH}" */
	bool equal;
	const char *value;
};

struct match {
	struct match_condition *items;
	size_t count, room;
};

/* Conditions joined by ", ", as emit writes them; false when it is nothing that is known. */
bool policy_match_parse(struct mem_arena *a, const char *text, struct match *out);

void policy_match_add(struct mem_arena *a, struct match *m, const struct match_condition *c);

/* What is known of two matches: APART: no device fits both; SAME: what fits the one fits the other.
 */
enum match_relation { MATCH_APART, MATCH_UNKNOWN, MATCH_SAME };

enum match_relation policy_match_compare(const struct match *x, const struct match *y);

#endif
