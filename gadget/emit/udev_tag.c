/* SPDX-License-Identifier: Apache-2.0 */
#include "udev_tag.h"

#include <string.h>

#include "str.h"

#define LABEL_PREFIX "snap."
#define HOOK_INFIX   ".hook."
#define SNAP_MIN     2
#define SNAP_MAX     40
#define KEY_MAX	     10

/* What follows an underscore in a tag, and the byte of the label that it stands for. */
static const char codes[] = "_dp", escaped[] = "_.+";

_Static_assert(sizeof(codes) == sizeof(escaped), "one code for each byte");

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

/* A valid label escapes at most "_", "+" and two dots, a slot nothing: each tag fits. */
_Static_assert(sizeof("snap_") - 1 + LABEL_MAX - (sizeof(LABEL_PREFIX) - 1) + 4 + 2 + SLOT_MAX <=
		       TAG_MAX,
	       "the longest label and slot fit a tag");

/* Appends the coded text at tag + at; returns the new length. */
static size_t put_coded(char tag[TAG_MAX + 1], size_t at, const char *text)
{
	for (; *text; text++) {
		const char *found = strchr(escaped, *text);

		if (found)
			tag[at++] = '_';
		tag[at++] = found ? codes[found - escaped] : *text;
	}
	return at;
}

int tag_encode(const char *label, const char *slot, char tag[TAG_MAX + 1], struct err *e)
{
	size_t at;

	if (!tag_label_valid(label))
		return err_input(e, "cannot make udev tag: \"%.64s\" is no label", label);
	if (!tag_slot_valid(slot))
		return err_input(e, "cannot make udev tag: \"%.64s\" is no slot name", slot);
	memcpy(tag, "snap_", 5);
	at = put_coded(tag, 5, label + strlen(LABEL_PREFIX));
	memcpy(tag + at, "_s", 2);
	at = put_coded(tag, at + 2, slot);
	tag[at] = '\0';
	return 0;
}
