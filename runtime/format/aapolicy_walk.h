/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two halves of the AppArmor verifier: the stream of typed fields, and the tables of a DFA.
 * Private to this floor.
 */
#ifndef FORMAT_AAPOLICY_WALK_H
#define FORMAT_AAPOLICY_WALK_H

#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "guard.h"
#include "mem.h"
#include "str.h"

/* Type codes of the stream (enum aa_code of the kernel). */
enum aapolicy_code {
	AAPOLICY_U8,
	AAPOLICY_U16,
	AAPOLICY_U32,
	AAPOLICY_U64,
	AAPOLICY_NAME,
	AAPOLICY_STRING,
	AAPOLICY_BLOB,
	AAPOLICY_STRUCT,
	AAPOLICY_STRUCTEND,
	AAPOLICY_LIST,
	AAPOLICY_LISTEND,
	AAPOLICY_ARRAY,
	AAPOLICY_ARRAYEND,
};

/* The place in the stream. Borrows buffer and err; profile is NULL before its name is known. */
struct aapolicy_walk {
	const uint8_t *data;
	size_t size;
	size_t at;
	const char *profile;
	struct err *e;
};

/* Sets "cannot use AppArmor policy: profile P: field F at byte N: ..." and returns -1. */
#define aapolicy_fail(w, field, at, ...)                                                           \
	(err_input((w)->e, __VA_ARGS__), aapolicy_where(w, field, at))

/* Puts the place before the reason that was just set, and returns -1. */
int aapolicy_where(const struct aapolicy_walk *w, const char *field, size_t at);

/*
 * True, and behind it, when the next element has that code and that name (NULL: has no name);
 * else false and nothing is moved.
 */
bool aapolicy_next_is(struct aapolicy_walk *w, enum aapolicy_code code, const char *name);

/* The same as a must. field is for the message. */
int aapolicy_need(struct aapolicy_walk *w, enum aapolicy_code code, const char *name,
		  const char *field) BASE_WARN_UNUSED;

/* The value behind a code that was just passed; refuses what does not fit the stream. */
int aapolicy_number(struct aapolicy_walk *w, const char *field, void *v,
		    size_t size) BASE_WARN_UNUSED;

/* An unnamed u32 with its code. */
int aapolicy_u32(struct aapolicy_walk *w, const char *field, uint32_t *v) BASE_WARN_UNUSED;

/* A u32 of that name if it is there; *v is unchanged otherwise. */
int aapolicy_u32_maybe(struct aapolicy_walk *w, const char *name, uint32_t *v) BASE_WARN_UNUSED;

/* An unnamed string: NUL-terminated, no NUL inside, no control byte. Borrowed from the stream. */
int aapolicy_string(struct aapolicy_walk *w, const char *field, const char **s) BASE_WARN_UNUSED;

/* --- DFA ------------------------------------------------------------------------------------- */

/* Tables by their number in the stream; the kernel counts from 0, include/match.h. */
enum aapolicy_table {
	AAPOLICY_ACCEPT = 1,
	AAPOLICY_BASE = 2,
	AAPOLICY_CHECK = 3,
	AAPOLICY_DEFAULT = 4,
	AAPOLICY_CLASSES = 5,
	AAPOLICY_ACCEPT2 = 7,
	AAPOLICY_NEXT = 8,
	AAPOLICY_TABLES,
};

/* State 1 is where a DFA starts unless the stream says otherwise. State 0 matches nothing. */
#define AAPOLICY_DFA_START 1u

/* A DFA whose every reference was checked. states is 0 when there is none. */
struct aapolicy_dfa {
	const char *field; /* whose it is, for messages */
	uint32_t states;
	const uint8_t *table[AAPOLICY_TABLES]; /* big-endian elements, or NULL */
	uint32_t count[AAPOLICY_TABLES];
	uint16_t flags;
};

/* The blob "aadfa" if it is there, checked whole. field says whose it is. */
int aapolicy_dfa_read(struct aapolicy_walk *w, const char *field,
		      struct aapolicy_dfa *d) BASE_WARN_UNUSED;

/*
 * Refuses a DFA of file rules by which a program leaves its profile: an exec into another one or
 * unconfined, change_profile. In an app exec inherits.
 */
int aapolicy_dfa_stays(const struct aapolicy_walk *w,
		       const struct aapolicy_dfa *d) BASE_WARN_UNUSED;

#endif
