/* SPDX-License-Identifier: Apache-2.0 */
#include "aa_load.h"

/* What others' policies have and the verifier refuses in ours is read here by itself. */

/* A string of that name if it is there. */
static int take_string_maybe(struct aapolicy_walk *w, const char *name)
{
	const char *unused;

	if (!aapolicy_next_is(w, AAPOLICY_STRING, name))
		return 0;
	w->at--; /* its code, which comes again without the name */
	return aapolicy_string(w, name, &unused);
}

static int take_count(struct aapolicy_walk *w, const char *field, uint16_t *count)
{
	if (w->size - w->at < sizeof(*count))
		return aapolicy_fail(w, field, w->at, "the file ends");
	*count = (uint16_t)(w->data[w->at] | w->data[w->at + 1] << 8);
	w->at += sizeof(*count);
	return 0;
}

/* An optional structure of count words, into words unless that is NULL. */
static int take_words(struct aapolicy_walk *w, const char *name, unsigned count, uint32_t *words)
{
	uint32_t word;

	if (name && !aapolicy_next_is(w, AAPOLICY_STRUCT, name))
		return 0;
	for (unsigned i = 0; i < count; i++)
		if (aapolicy_u32(w, "words", words ? &words[i] : &word))
			return -1;
	return name ? aapolicy_need(w, AAPOLICY_STRUCTEND, NULL, name) : 0;
}

static int take_head(struct aapolicy_walk *w, struct aa_loaded *p)
{
	struct aapolicy_dfa attachment;
	uint32_t unused;

	return aapolicy_need(w, AAPOLICY_U32, "version", "version") ||
			       aapolicy_number(w, "version", &unused, sizeof(unused)) ||
			       aapolicy_need(w, AAPOLICY_STRUCT, "profile", "profile") ||
			       aapolicy_string(w, "name", &p->name) ||
			       take_string_maybe(w, "attach") ||
			       aapolicy_dfa_read(w, "xmatch", &attachment) ||
			       (attachment.states && aapolicy_u32(w, "xmatch_len", &unused)) ||
			       take_string_maybe(w, "disconnected") ||
			       take_words(w, "flags", 3, NULL) ||
			       aapolicy_u32_maybe(w, "path_flags", &unused)
		       ? -1
		       : 0;
}

/* allowed, audited, quiet, used: the lower halves, then the upper ones. */
static int take_capabilities(struct aapolicy_walk *w, struct aa_loaded *p)
{
	uint32_t low[4] = { 0 }, high[4] = { 0 };

	if (take_words(w, NULL, 4, low) || take_words(w, "caps64", 4, high) ||
	    take_words(w, "capsx", 2, NULL))
		return -1;
	p->caps = (uint64_t)high[0] << 32 | low[0];
	return 0;
}

static int starts_inside(const struct aapolicy_walk *w, const struct aa_table *t)
{
	if (t->dfa.states && t->start >= t->dfa.states)
		return aapolicy_fail(w, "start", w->at, "it is no state");
	return 0;
}

static int take_rest(struct aapolicy_walk *w, struct aa_loaded *p)
{
	p->rest.start = p->files.start = AAPOLICY_DFA_START;
	if (aapolicy_need(w, AAPOLICY_STRUCT, "policydb", "policydb") ||
	    aapolicy_dfa_read(w, "policydb", &p->rest.dfa) ||
	    aapolicy_u32_maybe(w, "start", &p->rest.start) ||
	    aapolicy_need(w, AAPOLICY_STRUCTEND, NULL, "policydb"))
		return -1;
	if (aapolicy_dfa_read(w, "file", &p->files.dfa) ||
	    aapolicy_u32_maybe(w, "dfa_start", &p->files.start))
		return -1;
	return starts_inside(w, &p->rest) || starts_inside(w, &p->files) ? -1 : 0;
}

/* An optional structure of an array of names, into names unless that is NULL. */
static int take_names(struct aapolicy_walk *w, const char *name, const char **names)
{
	const char *text;
	uint16_t count = 0;

	if (!aapolicy_next_is(w, AAPOLICY_STRUCT, name))
		return 0;
	if (aapolicy_need(w, AAPOLICY_ARRAY, NULL, name) || take_count(w, name, &count))
		return -1;
	for (uint16_t i = 0; i < count; i++)
		if (aapolicy_string(w, name, names ? &names[i % AA_LOAD_TRANSITIONS] : &text))
			return -1;
	return aapolicy_need(w, AAPOLICY_ARRAYEND, NULL, name) ||
			       aapolicy_need(w, AAPOLICY_STRUCTEND, NULL, name)
		       ? -1
		       : 0;
}

static int take_profile(struct aapolicy_walk *w, struct aa_loaded *p)
{
	*p = (struct aa_loaded){ 0 };
	return take_head(w, p) || take_capabilities(w, p) || take_names(w, "xattrs", NULL) ||
			       take_rest(w, p) || take_names(w, "xtable", p->transitions) ||
			       aapolicy_need(w, AAPOLICY_STRUCTEND, NULL, "profile")
		       ? -1
		       : 0;
}

int aa_load_next(const void *buf, size_t size, size_t *at, struct aa_loaded *out, struct err *e)
{
	struct aapolicy_walk w = { .data = buf, .size = size, .at = *at, .e = e };

	if (w.at == size)
		return err_input(e, "cannot take a profile: there is no other");
	if (take_profile(&w, out))
		return -1;
	*at = w.at;
	return 0;
}

int aa_load(const void *buf, size_t size, uint32_t index, struct aa_loaded *out, struct err *e)
{
	size_t at = 0;

	for (uint32_t i = 0; i <= index; i++)
		if (aa_load_next(buf, size, &at, out, e))
			return -1;
	return 0;
}

uint32_t aa_accept(const struct aa_table *t, uint32_t state)
{
	const uint8_t *p;

	if (!t->dfa.states)
		return 0;
	p = t->dfa.table[AAPOLICY_ACCEPT] + 4 * (size_t)state;
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint32_t element(const struct aa_table *t, enum aapolicy_table table, uint32_t i)
{
	const uint8_t *p = t->dfa.table[table] + 2 * (size_t)i;

	return (uint32_t)(p[0] << 8 | p[1]);
}

/* As the kernel's aa_dfa_next(): check and next at the base, with the default to fall back on. */
static uint32_t step(const struct aa_table *t, uint32_t state, uint8_t c)
{
	const uint8_t *classes = t->dfa.table[AAPOLICY_CLASSES];

	for (;;) {
		const uint8_t *base = t->dfa.table[AAPOLICY_BASE] + 4 * (size_t)state;
		uint32_t at = (uint32_t)base[1] << 16 | (uint32_t)base[2] << 8 | base[3];

		at += classes ? classes[c] : c;
		if (element(t, AAPOLICY_CHECK, at) == state)
			return element(t, AAPOLICY_NEXT, at);
		state = element(t, AAPOLICY_DEFAULT, state);
		if (!(base[0] & 0x80)) /* differentially encoded states do not take the byte */
			return state;
	}
}

uint32_t aa_walk(const struct aa_table *t, uint32_t state, const void *bytes, size_t size)
{
	for (size_t i = 0; i < size && t->dfa.states; i++)
		state = step(t, state, ((const uint8_t *)bytes)[i]);
	return t->dfa.states ? state : 0;
}
