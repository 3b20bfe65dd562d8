/* SPDX-License-Identifier: Apache-2.0 */
#include "tag.h"

#include <string.h>

#include "guard.h"
#include "str.h"

#define LABEL_PREFIX "snap."
#define TAG_PREFIX   "snap_"
#define HOOK_INFIX   ".hook."
#define SNAP_MIN     2
#define SNAP_MAX     40
#define KEY_MAX	     10
#define SLOT_MAX     63

/* What follows an underscore in a tag, and the byte of the label that it stands for. */
static const char codes[] = "_dp", escaped[] = "_.+";

/* Ends the label's half of a tag. */
#define SLOT_CODE 's'

static bool lower(char c)
{
	return c >= 'a' && c <= 'z';
}

static bool lower_digit(char c)
{
	return lower(c) || (c >= '0' && c <= '9');
}

static bool alnum(char c)
{
	return lower_digit(c) || (c >= 'A' && c <= 'Z');
}

/* Words of valid bytes joined by single hyphens: X(-?X)*. */
static bool hyphenated(const char *p, size_t n, bool (*valid)(char))
{
	for (size_t i = 0; i < n; i++)
		if (!valid(p[i]) && (p[i] != '-' || i == 0 || i + 1 == n || p[i - 1] == '-'))
			return false;
	return n > 0;
}

/* A snap's own name needs a letter, so that it is never taken for a number. */
static bool snap_name_valid(const char *p, size_t n)
{
	bool letter = false;

	for (size_t i = 0; i < n; i++)
		letter = letter || lower(p[i]);
	return letter && n >= SNAP_MIN && n <= SNAP_MAX && hyphenated(p, n, lower_digit);
}

static bool key_valid(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!lower_digit(p[i]))
			return false;
	return n >= 1 && n <= KEY_MAX;
}

static bool instance_valid(const char *p, size_t n)
{
	const char *key = memchr(p, '_', n);

	if (!key)
		return snap_name_valid(p, n);
	return snap_name_valid(p, (size_t)(key - p)) &&
	       key_valid(key + 1, n - (size_t)(key - p) - 1);
}

bool tag_snap_valid(const char *snap)
{
	return instance_valid(snap, strlen(snap));
}

bool tag_slot_valid(const char *slot)
{
	size_t n = strlen(slot);

	return n <= SLOT_MAX && lower(slot[0]) && hyphenated(slot, n, lower_digit);
}

/* NAME, NAME_KEY, and for the hooks of a component either of them with +COMPONENT behind. */
static bool owner_valid(const char *p, size_t n, bool component_allowed)
{
	const char *plus = memchr(p, '+', n);
	size_t snap = plus ? (size_t)(plus - p) : n;

	if (plus && (!component_allowed || !snap_name_valid(plus + 1, n - snap - 1)))
		return false;
	return instance_valid(p, snap);
}

bool tag_label_valid(const char *label)
{
	const char *snap = label + strlen(LABEL_PREFIX);
	const char *dot, *hook;
	bool is_hook;

	if (strlen(label) > LABEL_MAX || !str_starts(label, LABEL_PREFIX))
		return false;
	dot = strchr(snap, '.');
	is_hook = dot && str_starts(dot, HOOK_INFIX);
	if (!dot || !owner_valid(snap, (size_t)(dot - snap), is_hook))
		return false;
	if (!is_hook)
		return hyphenated(dot + 1, strlen(dot + 1), alnum);
	hook = dot + strlen(HOOK_INFIX);
	return lower(hook[0]) && hyphenated(hook, strlen(hook), lower_digit);
}

bool tag_label_is_of(const char *label, const char *snap)
{
	size_t prefix = strlen(LABEL_PREFIX), n = strlen(snap);

	return tag_label_valid(label) && strncmp(label + prefix, snap, n) == 0 &&
	       (label[prefix + n] == '.' || label[prefix + n] == '+');
}

_Static_assert(sizeof(codes) == sizeof(escaped), "one code for each byte");

/* What stands in to where c stands in from; NUL when it is not there. */
static char translate(char c, const char *from, const char *to)
{
	const char *at = strchr(from, c);

	return at ? to[at - from] : '\0';
}

/*
 * Decodes into out up to the end of the tag or to the mark of the slot, and returns where it
 * stopped; NULL for an unknown escape, a byte that is always escaped, or what does not fit.
 */
static const char *take_coded(const char *tag, char *out, size_t room)
{
	size_t n = 0;

	while (*tag && !(tag[0] == '_' && tag[1] == SLOT_CODE)) {
		char byte = *tag == '_' ? translate(*++tag, codes, escaped)
			    : strchr(escaped, *tag) && GUARD(tag_canonical) ? '\0'
									    : *tag;

		if (!byte || n + 1 >= room)
			return NULL;
		out[n++] = byte;
		tag++;
	}
	out[n] = '\0';
	return tag;
}

int tag_decode(const char *tag, char label[LABEL_MAX + 1], char slot[64], struct err *e)
{
	size_t prefix = strlen(LABEL_PREFIX);
	const char *rest = NULL;

	memcpy(label, LABEL_PREFIX, prefix + 1);
	slot[0] = '\0';
	if (strnlen(tag, TAG_MAX + 1) <= TAG_MAX && str_starts(tag, TAG_PREFIX))
		rest = take_coded(tag + strlen(TAG_PREFIX), label + prefix, LABEL_MAX + 1 - prefix);
	if (rest && *rest)
		rest = take_coded(rest + 2, slot, SLOT_MAX + 1);
	if (!rest || *rest || !tag_label_valid(label) || !tag_slot_valid(slot))
		return err_input(e, "cannot use udev tag: expected one of a label and a slot");
	return 0;
}
