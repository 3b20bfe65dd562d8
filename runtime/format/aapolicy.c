/* SPDX-License-Identifier: Apache-2.0 */
#include "aapolicy.h"

#include <inttypes.h>
#include <string.h>

#include "aapolicy_walk.h"
#include "guard.h"
#include "str.h"

/* The version word: the kernel's ABI, one flag, then numbers of the parser's own. */
#define VERSION_ABI_MASK 0x3ffu
#define VERSION_ABI_MIN	 5u
#define VERSION_ABI_MAX	 8u
#define VERSION_UNKNOWN	 0x400u
#define VERSION_COMPLAIN 0x800u

#define RLIMITS_MAX 16 /* RLIM_NLIMITS */
#define CLASS_FILE  2  /* AA_CLASS_FILE */

/* PACKED_MODE_*, policy_unpack.c. Unconfined (3) and what came later confine nothing. */
enum mode { MODE_ENFORCE, MODE_COMPLAIN, MODE_KILL };

/* What of one profile is checked against another part of it. */
struct parts {
	struct aapolicy_dfa policydb;
	uint32_t policydb_start;
	struct aapolicy_dfa file;
	uint16_t transitions;
};

static int take_version(struct aapolicy_walk *w, struct aapolicy_profile *p)
{
	size_t at = w->at;
	uint32_t abi;

	if (aapolicy_need(w, AAPOLICY_U32, "version", "version") ||
	    aapolicy_value32(w, "version", &p->version))
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
 * name begins with a printable ASCII byte, or is refused.
 */
static int check_name(const struct aapolicy_walk *w, const char *field, size_t at, const char *name)
{
	unsigned char c = (unsigned char)name[0];

	if (c <= ' ' || c >= 0x7f)
		return aapolicy_fail(w, field, at, "expected a name");
	if (c == ':' && GUARD(aapolicy_name_namespace))
		return aapolicy_fail(w, field, at, "policy namespaces are not used");
	return 0;
}

/* "//&" would be a stack of profiles. */
static int take_name(struct aapolicy_walk *w, struct aapolicy_profile *p)
{
	size_t at = w->at;

	if (aapolicy_string(w, "name", &p->name) || check_name(w, "name", at, p->name))
		return -1;
	if (strstr(p->name, "//&") && GUARD(aapolicy_stack))
		return aapolicy_fail(w, "name", at, "expected one profile, not a stack");
	w->profile = p->name;
	return 0;
}

static int take_attachment(struct aapolicy_walk *w)
{
	struct aapolicy_dfa match;
	uint32_t length;

	if (aapolicy_string_maybe(w, "attach") || aapolicy_dfa_read(w, "xmatch", &match))
		return -1;
	if (match.states && aapolicy_u32(w, "xmatch_len", &length))
		return -1;
	return aapolicy_string_maybe(w, "disconnected");
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

/* An optional structure of count words. */
static int take_struct_words(struct aapolicy_walk *w, const char *name, unsigned count)
{
	if (!aapolicy_next_is(w, AAPOLICY_STRUCT, name))
		return 0;
	if (take_words(w, name, count))
		return -1;
	return aapolicy_need(w, AAPOLICY_STRUCTEND, NULL, name);
}

typedef int take_element(struct aapolicy_walk *w, const char *field);

/* An array up to the end of the structure that it is in. */
static int take_array(struct aapolicy_walk *w, const char *name, uint16_t *count, unsigned most,
		      take_element *element)
{
	size_t at = w->at;

	if (aapolicy_need(w, AAPOLICY_ARRAY, NULL, name) || aapolicy_value16(w, name, count))
		return -1;
	if (*count > most && GUARD(aapolicy_rlimits))
		return aapolicy_fail(w, name, at, "%u elements, expected at most %u", *count, most);
	for (unsigned i = 0; i < *count; i++)
		if (element(w, name))
			return -1;
	if (aapolicy_need(w, AAPOLICY_ARRAYEND, NULL, name))
		return -1;
	return aapolicy_need(w, AAPOLICY_STRUCTEND, NULL, name);
}

static int take_entry(struct aapolicy_walk *w, const char *field)
{
	size_t at = w->at;
	const char *s;

	return aapolicy_string(w, field, &s) || check_name(w, field, at, s) ? -1 : 0;
}

/* An optional structure of an array of names; *count stays 0 without it. */
static int take_names(struct aapolicy_walk *w, const char *name, uint16_t *count)
{
	*count = 0;
	if (!aapolicy_next_is(w, AAPOLICY_STRUCT, name))
		return 0;
	return take_array(w, name, count, UINT16_MAX, take_entry);
}

static int take_rlimits(struct aapolicy_walk *w)
{
	uint16_t count;

	if (!aapolicy_next_is(w, AAPOLICY_STRUCT, "rlimits"))
		return 0;
	if (take_words(w, "rlimits", 1))
		return -1;
	return take_array(w, "rlimits", &count, RLIMITS_MAX, aapolicy_u64);
}

/* The optional start state that follows a DFA. */
static int take_start(struct aapolicy_walk *w, const char *name, const struct aapolicy_dfa *d,
		      uint32_t *start)
{
	size_t at = w->at;

	*start = AAPOLICY_DFA_START;
	if (aapolicy_u32_maybe(w, name, start))
		return -1;
	if (*start >= d->states && GUARD(aapolicy_start))
		return aapolicy_fail(w, name, at, "%" PRIu32 " is not one of %" PRIu32 " states",
				     *start, d->states);
	return 0;
}

/* Without it the kernel mediates nothing but files: mounts, signals, sockets would be free. */
static int take_policydb(struct aapolicy_walk *w, struct parts *parts)
{
	size_t at = w->at;

	if (aapolicy_need(w, AAPOLICY_STRUCT, "policydb", "policydb") ||
	    aapolicy_dfa_read(w, "policydb", &parts->policydb))
		return -1;
	if (!parts->policydb.states && GUARD(aapolicy_policydb))
		return aapolicy_fail(w, "policydb", at, "expected a DFA");
	if (take_start(w, "start", &parts->policydb, &parts->policydb_start))
		return -1;
	return aapolicy_need(w, AAPOLICY_STRUCTEND, NULL, "policydb");
}

/* The kernel takes file rules from policydb when there is no DFA of their own. */
static int check_transitions(const struct aapolicy_walk *w, const struct parts *parts)
{
	const struct aapolicy_dfa *file = &parts->file;
	uint32_t needed;

	if (!file->states &&
	    aapolicy_dfa_next(&parts->policydb, parts->policydb_start, CLASS_FILE) != 0)
		file = &parts->policydb;
	needed = aapolicy_dfa_transitions(file);
	if (needed > parts->transitions && GUARD(aapolicy_transitions))
		return aapolicy_fail(w, "xtable", w->at,
				     "%u entries, but a rule uses entry %" PRIu32,
				     parts->transitions, needed - 1);
	return 0;
}

static int take_files(struct aapolicy_walk *w, struct parts *parts)
{
	uint32_t start;

	if (aapolicy_dfa_read(w, "file", &parts->file))
		return -1;
	if (parts->file.states && take_start(w, "dfa_start", &parts->file, &start))
		return -1;
	if (take_names(w, "xtable", &parts->transitions))
		return -1;
	return check_transitions(w, parts);
}

/* The order is the kernel's, unpack_profile(); what the parser does not write is refused. */
static int take_profile(struct aapolicy_walk *w, struct aapolicy_profile *p)
{
	struct parts parts = { 0 };
	uint16_t xattrs;

	w->profile = NULL;
	if (take_version(w, p))
		return -1;
	p->start = w->at;
	if (aapolicy_need(w, AAPOLICY_STRUCT, "profile", "profile") || take_name(w, p) ||
	    take_attachment(w) || take_flags(w, p) || take_words(w, "capabilities", 4) ||
	    take_struct_words(w, "caps64", 4) || take_struct_words(w, "capsx", 2) ||
	    take_names(w, "xattrs", &xattrs) || take_rlimits(w) || take_policydb(w, &parts) ||
	    take_files(w, &parts) || aapolicy_need(w, AAPOLICY_STRUCTEND, NULL, "profile"))
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
