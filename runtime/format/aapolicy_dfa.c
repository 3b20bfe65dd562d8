/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tables that the kernel's match.c walks without further checks. In state s, byte c leads to
 * next[base[s] + c] when check[base[s] + c] is s, else to default[s]; a differentially encoded
 * state does not consume the byte when it takes its default. Big-endian throughout.
 */
#include "aapolicy_walk.h"

#include <inttypes.h>
#include <string.h>

#include "mem.h"

#define DFA_MAGIC	  0x1b5e783du
#define DFA_HEADER	  16u /* sizeof(struct table_set_header) of the kernel */
#define TABLE_HEADER	  12u
#define FLAG_DIFF_ENCODE  1u
#define FLAG_OUT_OF_BAND  2u
#define FLAGS_ALL	  (FLAG_DIFF_ENCODE | FLAG_OUT_OF_BAND)
#define STATES_MAX	  65536u /* next, check and default are 16 bits wide on Linux 6.1 */
#define STATES_MIN	  2u	 /* state 0 matches nothing, state 1 is the start */
#define BASE_INDEX	  0x00ffffffu
#define BASE_DIFF_ENCODE  0x80000000u
#define BASE_OUT_OF_BAND  0x20000000u
#define BASE_FLAGS_KNOWN  (BASE_DIFF_ENCODE | BASE_OUT_OF_BAND)
#define CLASSES_COUNT	  256u
#define ROW		  256u /* a byte, or its class, is added to the base */
#define OUT_OF_BAND_FIRST 1u   /* an out of band step goes one below the base */

/* Permissions in accept: two halves of 14 bits (owner, other); bits 10 to 13 of each choose. */
#define HALF_BITS   14
#define INDEX_SHIFT 10
#define INDEX_MASK  0xfu
#define INDEX_FIRST 4u /* 0 to 3 are inherit, unconfined, by name; the table begins at 4 */

static const struct table {
	const char *name;
	uint16_t width; /* bytes of an element; 0: no such table */
	bool required;
	bool per_state;
} tables[AAPOLICY_TABLES] = {
	[AAPOLICY_ACCEPT] = { "accept", 4, true, true },
	[AAPOLICY_BASE] = { "base", 4, true, true },
	[AAPOLICY_CHECK] = { "check", 2, true, false },
	[AAPOLICY_DEFAULT] = { "default", 2, true, true },
	[AAPOLICY_CLASSES] = { "classes", 1, false, false },
	[AAPOLICY_ACCEPT2] = { "accept2", 4, true, true },
	[AAPOLICY_NEXT] = { "next", 2, true, false },
};

static uint16_t be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t be32(const uint8_t *p)
{
	return (uint32_t)be16(p) << 16 | be16(p + 2);
}

static uint32_t at16(const struct aapolicy_dfa *d, enum aapolicy_table t, uint32_t i)
{
	return be16(d->table[t] + 2 * (size_t)i);
}

static uint32_t at32(const struct aapolicy_dfa *d, enum aapolicy_table t, uint32_t i)
{
	return be32(d->table[t] + 4 * (size_t)i);
}

static size_t offset_of(const struct aapolicy_walk *w, const uint8_t *p)
{
	return (size_t)(p - w->data);
}

/* One table at p, of size bytes left. Returns what it takes, or 0 with the error set. */
static size_t take_table(struct aapolicy_walk *w, const char *field, struct aapolicy_dfa *d,
			 const uint8_t *p, size_t size)
{
	uint64_t bytes;
	uint32_t count;
	uint16_t id;

	if (size < TABLE_HEADER) {
		aapolicy_fail(w, field, offset_of(w, p), "%zu bytes are no table", size);
		return 0;
	}
	id = be16(p);
	count = be32(p + 8);
	if (id >= AAPOLICY_TABLES || !tables[id].width || d->table[id]) {
		aapolicy_fail(w, field, offset_of(w, p), "table %u is %s", id,
			      id < AAPOLICY_TABLES && d->table[id] ? "there twice" : "unknown");
		return 0;
	}
	if (be16(p + 2) != tables[id].width || be32(p + 4) != 0) {
		aapolicy_fail(w, field, offset_of(w, p), "table %s has elements of another size",
			      tables[id].name);
		return 0;
	}
	bytes = (TABLE_HEADER + (uint64_t)count * tables[id].width + 7) & ~(uint64_t)7;
	if (count == 0 || bytes > size) {
		aapolicy_fail(w, field, offset_of(w, p), "table %s of %" PRIu32 " elements %s",
			      tables[id].name, count, count ? "does not fit" : "is empty");
		return 0;
	}
	d->table[id] = p + TABLE_HEADER;
	d->count[id] = count;
	return (size_t)bytes;
}

static int check_shape(struct aapolicy_walk *w, const char *field, struct aapolicy_dfa *d,
		       size_t at)
{
	for (unsigned t = 0; t < AAPOLICY_TABLES; t++)
		if (tables[t].required && !d->table[t])
			return aapolicy_fail(w, field, at, "table %s is missing", tables[t].name);
	d->states = d->count[AAPOLICY_BASE];
	if (d->states < STATES_MIN || d->states > STATES_MAX)
		return aapolicy_fail(w, field, at, "%" PRIu32 " states, expected %u to %u",
				     d->states, STATES_MIN, STATES_MAX);
	for (unsigned t = 0; t < AAPOLICY_TABLES; t++)
		if (tables[t].per_state && d->count[t] != d->states)
			return aapolicy_fail(w, field, offset_of(w, d->table[t]),
					     "table %s has %" PRIu32 " elements for %" PRIu32
					     " states",
					     tables[t].name, d->count[t], d->states);
	if (d->count[AAPOLICY_NEXT] != d->count[AAPOLICY_CHECK])
		return aapolicy_fail(w, field, offset_of(w, d->table[AAPOLICY_CHECK]),
				     "tables next and check differ in size");
	if (d->table[AAPOLICY_CLASSES] && d->count[AAPOLICY_CLASSES] != CLASSES_COUNT)
		return aapolicy_fail(w, field, offset_of(w, d->table[AAPOLICY_CLASSES]),
				     "table classes has %" PRIu32 " elements, expected %u",
				     d->count[AAPOLICY_CLASSES], CLASSES_COUNT);
	return 0;
}

/* What is wrong with a state's base, or NULL. */
static const char *base_fault(const struct aapolicy_dfa *d, uint32_t base)
{
	uint32_t index = base & BASE_INDEX;

	if (base & ~(BASE_INDEX | BASE_FLAGS_KNOWN))
		return "has unknown flags";
	if ((base & BASE_DIFF_ENCODE) && !(d->flags & FLAG_DIFF_ENCODE))
		return "is differentially encoded, and the header does not say so";
	if ((base & BASE_OUT_OF_BAND) &&
	    (!(d->flags & FLAG_OUT_OF_BAND) || index < OUT_OF_BAND_FIRST))
		return "has an out of band step that cannot be";
	if (index + ROW > d->count[AAPOLICY_NEXT])
		return "reaches behind tables next and check";
	return NULL;
}

static int check_states(struct aapolicy_walk *w, const char *field, const struct aapolicy_dfa *d)
{
	for (uint32_t s = 0; s < d->states; s++) {
		const char *fault = base_fault(d, at32(d, AAPOLICY_BASE, s));

		if (fault)
			return aapolicy_fail(w, field,
					     offset_of(w, d->table[AAPOLICY_BASE]) + 4 * (size_t)s,
					     "base of state %" PRIu32 " %s", s, fault);
		if (at16(d, AAPOLICY_DEFAULT, s) >= d->states)
			return aapolicy_fail(
				w, field, offset_of(w, d->table[AAPOLICY_DEFAULT]) + 2 * (size_t)s,
				"default of state %" PRIu32 " is no state", s);
	}
	return 0;
}

static int check_steps(struct aapolicy_walk *w, const char *field, const struct aapolicy_dfa *d)
{
	static const enum aapolicy_table both[] = { AAPOLICY_NEXT, AAPOLICY_CHECK };

	for (size_t t = 0; t < ARRAY_SIZE(both); t++)
		for (uint32_t i = 0; i < d->count[both[t]]; i++)
			if (at16(d, both[t], i) >= d->states)
				return aapolicy_fail(
					w, field, offset_of(w, d->table[both[t]]) + 2 * (size_t)i,
					"%s[%" PRIu32 "] is no state", tables[both[t]].name, i);
	return 0;
}

/*
 * Every chain of differentially encoded states must end, or the kernel follows it for ever. Chains
 * once seen to end are not walked again, so the work is linear in the states.
 */
static int check_chains(struct aapolicy_walk *w, const char *field, const struct aapolicy_dfa *d)
{
	uint8_t ends[STATES_MAX / 8] = { 0 };

	for (uint32_t first = 0; first < d->states; first++) {
		uint32_t steps = 0, s;

		for (s = first;
		     at32(d, AAPOLICY_BASE, s) & BASE_DIFF_ENCODE && !(ends[s / 8] & 1u << s % 8);
		     s = at16(d, AAPOLICY_DEFAULT, s))
			if (++steps > d->states)
				return aapolicy_fail(
					w, field,
					offset_of(w, d->table[AAPOLICY_DEFAULT]) +
						2 * (size_t)first,
					"default of state %" PRIu32 " leads into a loop", first);
		for (s = first; steps > 0; steps--, s = at16(d, AAPOLICY_DEFAULT, s))
			ends[s / 8] |= (uint8_t)(1u << s % 8);
	}
	return 0;
}

static int take_tables(struct aapolicy_walk *w, const char *field, struct aapolicy_dfa *d,
		       const uint8_t *p, size_t size)
{
	uint32_t header;

	if (size < DFA_HEADER || be32(p) != DFA_MAGIC)
		return aapolicy_fail(w, field, offset_of(w, p), "this is no DFA");
	header = be32(p + 4);
	if (header < DFA_HEADER || header > size || header % 8 != 0)
		return aapolicy_fail(w, field, offset_of(w, p), "header of %" PRIu32 " bytes",
				     header);
	if (be32(p + 8) != size)
		return aapolicy_fail(w, field, offset_of(w, p),
				     "%" PRIu32 " bytes, but the blob has %zu", be32(p + 8), size);
	d->flags = be16(p + 12);
	if (d->flags & ~FLAGS_ALL)
		return aapolicy_fail(w, field, offset_of(w, p), "flags 0x%x, known are 0x%x",
				     d->flags, FLAGS_ALL);
	for (size_t at = header, n; at < size; at += n) {
		n = take_table(w, field, d, p + at, size - at);
		if (n == 0)
			return -1;
	}
	return check_shape(w, field, d, offset_of(w, p));
}

int aapolicy_dfa_read(struct aapolicy_walk *w, const char *field, struct aapolicy_dfa *d)
{
	size_t start, pad;
	uint32_t size;

	*d = (struct aapolicy_dfa){ 0 };
	if (!aapolicy_next_is(w, AAPOLICY_BLOB, "aadfa"))
		return 0;
	if (aapolicy_value32(w, field, &size))
		return -1;
	start = w->at;
	if (size > w->size - start)
		return aapolicy_fail(w, field, start, "the file ends inside the DFA");
	/*
	 * The parser pads in front of the tables, to 8 bytes from the start of the profile's
	 * stream; unpack_dfa() finds the padding again as what the blob has above a multiple of 8
	 * (its formula comes to that), so that sets can be concatenated.
	 */
	pad = size % 8;
	w->at = start + size;
	if (take_tables(w, field, d, w->data + start + pad, size - pad) ||
	    check_states(w, field, d) || check_steps(w, field, d) || check_chains(w, field, d))
		return -1;
	return 0;
}

uint32_t aapolicy_dfa_next(const struct aapolicy_dfa *d, uint32_t state, uint8_t c)
{
	uint8_t class = d->table[AAPOLICY_CLASSES] ? d->table[AAPOLICY_CLASSES][c] : c;

	for (;;) {
		uint32_t base = at32(d, AAPOLICY_BASE, state);
		uint32_t at = (base & BASE_INDEX) + class;

		if (at16(d, AAPOLICY_CHECK, at) == state)
			return at16(d, AAPOLICY_NEXT, at);
		state = at16(d, AAPOLICY_DEFAULT, state);
		if (!(base & BASE_DIFF_ENCODE))
			return state;
	}
}

uint32_t aapolicy_dfa_transitions(const struct aapolicy_dfa *d)
{
	uint32_t most = 0;

	for (uint32_t s = 0; s < d->states; s++) {
		uint32_t accept = at32(d, AAPOLICY_ACCEPT, s);

		for (unsigned half = 0; half < 2; half++) {
			uint32_t i = accept >> (half * HALF_BITS + INDEX_SHIFT) & INDEX_MASK;

			if (i >= INDEX_FIRST && i - INDEX_FIRST + 1 > most)
				most = i - INDEX_FIRST + 1;
		}
	}
	return most;
}
