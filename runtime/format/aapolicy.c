/* SPDX-License-Identifier: Apache-2.0 */
#include "aapolicy.h"

#include "aapolicy_walk.h"

/* The version word: the kernel's ABI, one flag, then numbers of the parser's own. */
#define VERSION_ABI_MASK 0x3ffu
#define VERSION_ABI_MIN	 5u
#define VERSION_ABI_MAX	 8u
#define VERSION_UNKNOWN	 0x400u
#define VERSION_COMPLAIN 0x800u

/* PACKED_MODE_*, policy_unpack.c. Unconfined (3) and what came later confine nothing. */
enum mode { MODE_ENFORCE, MODE_COMPLAIN, MODE_KILL };

static int take_version(struct aapolicy_walk *w, struct aapolicy_profile *p)
{
	size_t at = w->at;
	uint32_t abi;

	if (aapolicy_need(w, AAPOLICY_U32, "version", "version") ||
	    aapolicy_number(w, "version", &p->version, sizeof(p->version)))
		return -1;
	abi = p->version & VERSION_ABI_MASK;
	if ((abi < VERSION_ABI_MIN || abi > VERSION_ABI_MAX) && GUARD(aapolicy_version))
		return aapolicy_fail(w, "version", at, "%" PRIu32 ", expected %u to %u", abi,
				     VERSION_ABI_MIN, VERSION_ABI_MAX);
	if (p->version & VERSION_UNKNOWN)
		return aapolicy_fail(w, "version", at, "0x%" PRIx32 " has an unknown flag",
				     p->version);
	if (aapolicy_next_is(w, AAPOLICY_STRING, "namespace") && GUARD(aapolicy_namespace))
		return aapolicy_fail(w, "namespace", at, "policy namespaces are not used");
	return 0;
}

/*
 * The kernel skips blanks (its isspace() counts 0xa0) and then takes ":ns:" for a namespace, so a
 * name begins with a printable ASCII byte, or is refused. "//&" would be a stack of profiles.
 */
static int take_name(struct aapolicy_walk *w, struct aapolicy_profile *p)
{
	size_t at = w->at;
	unsigned char c;

	if (aapolicy_string(w, "name", &p->name))
		return -1;
	c = (unsigned char)p->name[0];
	if (c <= ' ' || c >= 0x7f)
		return aapolicy_fail(w, "name", at, "expected a name");
	if (c == ':' && GUARD(aapolicy_name_namespace))
		return aapolicy_fail(w, "name", at, "policy namespaces are not used");
	if (strstr(p->name, "//&") && GUARD(aapolicy_stack))
		return aapolicy_fail(w, "name", at, "expected one profile, not a stack");
	w->profile = p->name;
	return 0;
}

static int take_flags(struct aapolicy_walk *w, struct aapolicy_profile *p)
{
	uint32_t flags, mode, audit, path_flags;
	size_t at;

	if (aapolicy_need(w, AAPOLICY_STRUCT, "flags", "flags") || aapolicy_u32(w, "flags", &flags))
		return -1;
	at = w->at;
	if (aapolicy_u32(w, "mode", &mode))
		return -1;
	if (mode > MODE_KILL && GUARD(aapolicy_mode))
		return aapolicy_fail(w, "mode", at,
				     "%" PRIu32 ", expected 0 (enforce), 1 (complain) or 2 (kill)",
				     mode);
	p->complain = mode == MODE_COMPLAIN || (p->version & VERSION_COMPLAIN);
	if (aapolicy_u32(w, "audit", &audit) || aapolicy_need(w, AAPOLICY_STRUCTEND, NULL, "flags"))
		return -1;
	return aapolicy_u32_maybe(w, "path_flags", &path_flags);
}

static int take_words(struct aapolicy_walk *w, const char *field, unsigned count)
{
	uint32_t word;

	for (unsigned i = 0; i < count; i++)
		if (aapolicy_u32(w, field, &word))
			return -1;
	return 0;
}

static int take_more_capabilities(struct aapolicy_walk *w)
{
	if (!aapolicy_next_is(w, AAPOLICY_STRUCT, "caps64"))
		return 0;
	return take_words(w, "caps64", 4) || aapolicy_need(w, AAPOLICY_STRUCTEND, NULL, "caps64")
		       ? -1
		       : 0;
}

/* A DFA and the optional start state that follows it. */
static int take_dfa(struct aapolicy_walk *w, const char *field, const char *start_name,
		    struct aapolicy_dfa *d)
{
	uint32_t start = AAPOLICY_DFA_START;
	size_t at = w->at;

	if (aapolicy_dfa_read(w, field, d))
		return -1;
	if (!d->states && GUARD(aapolicy_dfa))
		return aapolicy_fail(w, field, at, "expected a DFA");
	at = w->at;
	if (aapolicy_u32_maybe(w, start_name, &start))
		return -1;
	if (start >= d->states && GUARD(aapolicy_start))
		return aapolicy_fail(w, start_name, at,
				     "%" PRIu32 " is not one of %" PRIu32 " states", start,
				     d->states);
	return 0;
}

/* Without the first the kernel mediates nothing but files: mounts, signals, sockets would be free.
 */
static int take_rules(struct aapolicy_walk *w)
{
	struct aapolicy_dfa d;

	if (aapolicy_need(w, AAPOLICY_STRUCT, "policydb", "policydb") ||
	    take_dfa(w, "policydb", "start", &d) ||
	    aapolicy_need(w, AAPOLICY_STRUCTEND, NULL, "policydb") ||
	    take_dfa(w, "file", "dfa_start", &d))
		return -1;
	return aapolicy_dfa_stays(w, &d);
}

/*
 * The order is the kernel's, unpack_profile(). What our builder has no use for is refused:
 * attachments, resource limits, tables of transitions.
 */
static int take_profile(struct aapolicy_walk *w, struct aapolicy_profile *p)
{
	w->profile = NULL;
	if (take_version(w, p))
		return -1;
	p->start = w->at;
	if (aapolicy_need(w, AAPOLICY_STRUCT, "profile", "profile") || take_name(w, p) ||
	    take_flags(w, p) || take_words(w, "capabilities", 4) || take_more_capabilities(w) ||
	    take_rules(w) || aapolicy_need(w, AAPOLICY_STRUCTEND, NULL, "profile"))
		return -1;
	p->size = w->at - p->start;
	return 0;
}

static int check_unique(const struct aapolicy_walk *w, const struct aapolicy *a, const char *name)
{
	for (uint32_t i = 0; i < a->count; i++)
		if (str_eq(a->profiles[i].name, name) && GUARD(aapolicy_unique))
			return aapolicy_fail(w, "name", w->at, "the set holds it twice");
	return 0;
}

int aapolicy_verify(const void *buf, size_t size, struct aapolicy *out, struct err *e)
{
	struct aapolicy_walk w = { .data = buf, .size = size, .e = e };

	out->count = 0;
	if (size == 0 || size > AAPOLICY_SIZE_MAX)
		return err_input(e, "cannot use AppArmor policy: %zu bytes, expected 1 to %u", size,
				 AAPOLICY_SIZE_MAX);
	while (w.at < size) {
		struct aapolicy_profile p = { 0 };

		if (out->count == AAPOLICY_PROFILES_MAX)
			return err_input(e, "cannot use AppArmor policy: more than %u profiles",
					 AAPOLICY_PROFILES_MAX);
		if (take_profile(&w, &p) || check_unique(&w, out, p.name))
			return -1;
		out->profiles[out->count++] = p;
	}
	return 0;
}
