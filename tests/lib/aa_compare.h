/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What one compiled profile allows beyond another, or as well as another: exact, by a walk of both
 * DFAs at once over every byte from every pair of states that the first one reaches.
 */
#ifndef TESTS_AA_COMPARE_H
#define TESTS_AA_COMPARE_H

#include "aa_load.h"
#include "str.h"

enum aa_question {
	AA_SURPLUS, /* allowed by the first, not by the second */
	AA_COMMON,  /* allowed by both */
};

/* One answer. The shortest bytes that lead to it are borrowed for the call. */
struct aa_finding {
	const char *class; /* "file", "capability", "mount", ... */
	uint32_t bits;	   /* of the accept table; a capability's number */
	const uint8_t *bytes;
	size_t size;
};

typedef void aa_found(void *ctx, const struct aa_finding *f);

/*
 * Calls found once for each permission of each class, and returns how many there were. Both
 * profiles must be compiled for the same features: a class that only the second one mediates is
 * found too ("unmediated"), for AA_SURPLUS.
 */
size_t aa_compare(const struct aa_loaded *a, const struct aa_loaded *b, enum aa_question q,
		  aa_found *found, void *ctx);

/* A finding as a line of text, without its end: "file: owner rw: /dev/x". */
void aa_describe(struct str *s, const struct aa_finding *f);

#endif
