/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One profile as apparmor_parser compiled it, opened for questions: its capabilities and its two
 * DFAs, whose tables aapolicy_dfa_read() has passed.
 */
#ifndef TESTS_AA_LOAD_H
#define TESTS_AA_LOAD_H

#include <stdint.h>

#include "aapolicy_walk.h"

#define AA_LOAD_TRANSITIONS 16

/* A DFA and where it starts; states is 0 in one that is not there. */
struct aa_table {
	struct aapolicy_dfa dfa;
	uint32_t start;
};

/* Everything points into the buffer. */
struct aa_loaded {
	const char *name;
	uint64_t caps; /* bit N: capability N is allowed */
	struct aa_table files, rest;
	const char *transitions[AA_LOAD_TRANSITIONS]; /* of exec: names that indices stand for */
};

/*
 * Profile number index of a set, counted from 0. Also of policies that aapolicy_verify() would not
 * have in an image. buf is borrowed.
 */
int aa_load(const void *buf, size_t size, uint32_t index, struct aa_loaded *out,
	    struct err *e) BASE_WARN_UNUSED;

/* The one at byte *at of a set, which is left behind it; for all of them one after the other. */
int aa_load_next(const void *buf, size_t size, size_t *at, struct aa_loaded *out,
		 struct err *e) BASE_WARN_UNUSED;

/* What the state that bytes lead to accepts: the allowed permissions as the table has them. */
uint32_t aa_accept(const struct aa_table *t, uint32_t state);
uint32_t aa_walk(const struct aa_table *t, uint32_t state, const void *bytes, size_t size);

#endif
