/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tables that the kernel's match.c walks without further checks. In state s, byte c leads to
 * next[base[s] + c] when check[base[s] + c] is s, else to default[s]; a differentially encoded
 * state does not consume the byte when it takes its default. Big-endian throughout.
 */
#include "aapolicy_walk.h"

#define DFA_MAGIC	 0x1b5e783du
#define DFA_HEADER	 16u /* sizeof(struct table_set_header) of the kernel */
#define TABLE_HEADER	 12u
#define FLAG_DIFF_ENCODE 1u
#define STATES_MAX	 65536u /* next, check and default are 16 bits wide on Linux 6.1 */
#define STATES_MIN	 2u	/* state 0 matches nothing, state 1 is the start */
#define BASE_INDEX	 0x00ffffffu
#define BASE_DIFF_ENCODE 0x80000000u
#define CLASSES_COUNT	 256u
#define ROW		 256u /* a byte, or its class, is added to the base */

/*
 * File permissions in accept: two halves of 14 bits (owner, other), in each of which bits 10 to 13
 * choose where an exec leads (0: stay, and bit 9 inherits) and bit 7 is its way out of confinement;
 * then onexec and change_profile. aa_compute_fperms() and dfa_map_xindex(), security/apparmor.
 */
#define HALF_LEAVES (0xfu << 10 | 1u << 7)
#define LEAVES	    (HALF_LEAVES | HALF_LEAVES << 14 | 3u << 30)

static const struct table {
	const char *name;
	uint16_t width; /* bytes of an element; 0: no such table */
	bool required, per_state;
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

/* "default[7] is no state": what is wrong with an element of a table. */
static int fail_at(const struct aapolicy_walk *w, const struct aapolicy_dfa *d,
		   enum aapolicy_table t, uint32_t i, const char *fault)
{
	const uint8_t *element = d->table[t] + tables[t].width * (size_t)i;

	return aapolicy_fail(w, d->field, offset_of(w, element), "%s[%" PRIu32 "] %s",
			     tables[t].name, i, fault);
}

/* What is wrong with the table at p, of size bytes left, or NULL and it is taken. */
static const char *take_table(struct aapolicy_dfa *d, const uint8_t *p, size_t size, size_t *taken)
{
	uint64_t bytes;
	uint32_t count;
	uint16_t id;

	if (size < TABLE_HEADER)
		return "is cut short";
	id = be16(p);
	count = be32(p + 8);
	if (id >= AAPOLICY_TABLES || !tables[id].width)
		return "is unknown";
	if (d->table[id])
		return "is there twice";
	if (be16(p + 2) != tables[id].width || be32(p + 4) != 0)
		return "has elements of another size";
	bytes = (TABLE_HEADER + (uint64_t)count * tables[id].width + 7) & ~(uint64_t)7;
	if (count == 0 || (bytes > size && GUARD(aapolicy_table)))
		return "is empty or does not fit";
	d->table[id] = p + TABLE_HEADER;
	d->count[id] = count;
	*taken = (size_t)bytes;
	return NULL;
}

/* How many elements a table must have. */
static uint32_t count_of(const struct aapolicy_dfa *d, unsigned table)
{
	if (tables[table].per_state)
		return d->states;
	if (table == AAPOLICY_CLASSES && d->table[table])
		return CLASSES_COUNT;
	return table == AAPOLICY_NEXT ? d->count[AAPOLICY_CHECK] : d->count[table];
}

static int check_shape(const struct aapolicy_walk *w, struct aapolicy_dfa *d, size_t at)
{
	d->states = d->count[AAPOLICY_BASE];
	if (d->states < STATES_MIN || d->states > STATES_MAX)
		return aapolicy_fail(w, d->field, at, "%" PRIu32 " states, expected %u to %u",
				     d->states, STATES_MIN, STATES_MAX);
	for (unsigned t = 0; t < AAPOLICY_TABLES; t++) {
		if (tables[t].required && !d->table[t])
			return aapolicy_fail(w, d->field, at, "table %s is missing",
					     tables[t].name);
		if (d->count[t] != count_of(d, t) && GUARD(aapolicy_shape))
			return aapolicy_fail(w, d->field, at,
					     "table %s has %" PRIu32 " elements, expected %" PRIu32,
					     tables[t].name, d->count[t], count_of(d, t));
	}
	return 0;
}

/* What is wrong with a state's base, or NULL. */
static const char *base_fault(const struct aapolicy_dfa *d, uint32_t base)
{
	if (base & ~(BASE_INDEX | BASE_DIFF_ENCODE))
		return "has unknown flags";
	if ((base & BASE_DIFF_ENCODE) && !(d->flags & FLAG_DIFF_ENCODE))
		return "is differentially encoded, and the header does not say so";
	if ((base & BASE_INDEX) + ROW > d->count[AAPOLICY_NEXT] && GUARD(aapolicy_base))
		return "reaches behind tables next and check";
	return NULL;
}

static int check_bases(const struct aapolicy_walk *w, const struct aapolicy_dfa *d)
{
	for (uint32_t s = 0; s < d->states; s++) {
		const char *fault = base_fault(d, at32(d, AAPOLICY_BASE, s));

		if (fault)
			return fail_at(w, d, AAPOLICY_BASE, s, fault);
	}
	return 0;
}

/* Every element is the number of a state. */
static int check_states(const struct aapolicy_walk *w, const struct aapolicy_dfa *d,
			enum aapolicy_table t)
{
	for (uint32_t i = 0; i < d->count[t]; i++)
		if (at16(d, t, i) >= d->states)
			return fail_at(w, d, t, i, "is no state");
	return 0;
}

/*
 * Every chain of differentially encoded states must end, or the kernel follows it for ever. Chains
 * once seen to end are not walked again, so the work is linear in the states.
 */
static int check_chains(const struct aapolicy_walk *w, const struct aapolicy_dfa *d)
{
	uint8_t ends[STATES_MAX / 8] = { 0 };

	for (uint32_t first = 0; first < d->states; first++) {
		uint32_t steps = 0, s;

		for (s = first;
		     at32(d, AAPOLICY_BASE, s) & BASE_DIFF_ENCODE && !(ends[s / 8] & 1u << s % 8);
		     s = at16(d, AAPOLICY_DEFAULT, s))
			if (++steps > d->states)
				return fail_at(w, d, AAPOLICY_DEFAULT, first, "leads into a loop");
		for (s = first; steps > 0; steps--, s = at16(d, AAPOLICY_DEFAULT, s))
			ends[s / 8] |= (uint8_t)(1u << s % 8);
	}
	return 0;
}

static int take_tables(const struct aapolicy_walk *w, struct aapolicy_dfa *d, const uint8_t *p,
		       size_t size)
{
	size_t start = offset_of(w, p), taken = 0;
	uint32_t header;

	if (size < DFA_HEADER || be32(p) != DFA_MAGIC)
		return aapolicy_fail(w, d->field, start, "this is no DFA");
	header = be32(p + 4);
	if (header < DFA_HEADER || header > size || header % 8 != 0)
		return aapolicy_fail(w, d->field, start, "header of %" PRIu32 " bytes", header);
	if (be32(p + 8) != size && GUARD(aapolicy_dfa_size))
		return aapolicy_fail(w, d->field, start, "%" PRIu32 " bytes, but the blob has %zu",
				     be32(p + 8), size);
	d->flags = be16(p + 12);
	if (d->flags & ~FLAG_DIFF_ENCODE)
		return aapolicy_fail(w, d->field, start, "flags 0x%x, expected at most 0x%x",
				     d->flags, FLAG_DIFF_ENCODE);
	for (size_t at = header; at < size; at += taken) {
		const char *fault = take_table(d, p + at, size - at, &taken);

		if (fault)
			return aapolicy_fail(w, d->field, start + at, "a table %s", fault);
	}
	return check_shape(w, d, start);
}

int aapolicy_dfa_read(struct aapolicy_walk *w, const char *field, struct aapolicy_dfa *d)
{
	size_t start, pad;
	uint32_t size;

	*d = (struct aapolicy_dfa){ .field = field };
	if (!aapolicy_next_is(w, AAPOLICY_BLOB, "aadfa"))
		return 0;
	if (aapolicy_number(w, field, &size, sizeof(size)))
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
	if (take_tables(w, d, w->data + start + pad, size - pad) || check_bases(w, d) ||
	    (check_states(w, d, AAPOLICY_DEFAULT) && GUARD(aapolicy_default)) ||
	    ((check_states(w, d, AAPOLICY_NEXT) || check_states(w, d, AAPOLICY_CHECK)) &&
	     GUARD(aapolicy_next)))
		return -1;
	return GUARD(aapolicy_chain) ? check_chains(w, d) : 0;
}

int aapolicy_dfa_stays(const struct aapolicy_walk *w, const struct aapolicy_dfa *d)
{
	for (uint32_t s = 0; s < d->states; s++)
		if (at32(d, AAPOLICY_ACCEPT, s) & LEAVES && GUARD(aapolicy_leaves))
			return fail_at(w, d, AAPOLICY_ACCEPT, s,
				       "lets a program leave its profile");
	return 0;
}
