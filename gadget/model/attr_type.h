/* SPDX-License-Identifier: Apache-2.0 */
/* The closed alphabets of attribute values; not for other floors. */
#ifndef MODEL_ATTR_TYPE_H
#define MODEL_ATTR_TYPE_H

#include <regex.h>

#include "model.h"

#define ATTR_MATCH_MAX 256 /* bytes of an expression, and of what it is compared with */

struct attr_type {
	const char *name;
	bool (*fits)(const char *text); /* NULL: not a text */
	const char *expected;
};

extern const struct attr_type model_attr_types[];
extern const size_t model_attr_type_count;

/* "^(MATCH)$": anchored at both ends, whatever alternatives it holds. As regcomp(3). */
int model_attr_compile(const char *match, regex_t *re) BASE_WARN_UNUSED;

/*
 * The next of "0-3,7": first to last, below ATTR_RANGE_NUMBERS, and *text is left behind it. False
 * when none is there.
 */
#define ATTR_RANGE_NUMBERS 10000
bool model_attr_next_range(const char **text, unsigned *first, unsigned *last);

/* A key of a table: what udev has between the braces of ENV{} and ATTR{}. */
bool model_attr_is_key(const char *text);

/* A value of type snap-path as a path of the device: without a variable it is below $SNAP. */
const char *model_attr_snap_path(struct mem_arena *a, const char *text,
				 const struct model_snap *snap);

#endif
