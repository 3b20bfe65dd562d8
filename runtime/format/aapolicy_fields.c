/* SPDX-License-Identifier: Apache-2.0 */
#include "aapolicy_walk.h"

/* In the order of enum aapolicy_code. */
static const char *const code_names[] = { "u8",
					  "u16",
					  "u32",
					  "u64",
					  "a name",
					  "a string",
					  "a blob",
					  "a structure",
					  "the end of a structure",
					  "a list",
					  "the end of a list",
					  "an array",
					  "the end of an array" };
_Static_assert(sizeof(code_names) / sizeof(code_names[0]) == AAPOLICY_ARRAYEND + 1,
	       "a name for each");

int aapolicy_where(const struct aapolicy_walk *w, const char *field, size_t at)
{
	return err_prefix(w->e, "cannot use AppArmor policy: %s%s%sfield %s at byte %zu",
			  w->profile ? "profile " : "", w->profile ? w->profile : "",
			  w->profile ? ": " : "", field, at);
}

static bool has(const struct aapolicy_walk *w, size_t at, size_t n)
{
	return at <= w->size && n <= w->size - at;
}

static bool skip_name(const struct aapolicy_walk *w, size_t *at, const char *name)
{
	uint16_t n = (uint16_t)(strlen(name) + 1);

	if (!has(w, *at, 3u + n) || w->data[*at] != AAPOLICY_NAME ||
	    memcmp(w->data + *at + 1, &n, sizeof(n)) != 0 ||
	    memcmp(w->data + *at + 3, name, n) != 0)
		return false;
	*at += 3u + n;
	return true;
}

bool aapolicy_next_is(struct aapolicy_walk *w, enum aapolicy_code code, const char *name)
{
	size_t at = w->at;

	if ((name && !skip_name(w, &at, name)) || !has(w, at, 1) || w->data[at] != code)
		return false;
	w->at = at + 1;
	return true;
}

int aapolicy_need(struct aapolicy_walk *w, enum aapolicy_code code, const char *name,
		  const char *field)
{
	uint8_t found;

	if (aapolicy_next_is(w, code, name))
		return 0;
	if (!has(w, w->at, 1))
		return aapolicy_fail(w, field, w->at, "the file ends, expected %s",
				     code_names[code]);
	found = w->data[w->at];
	return aapolicy_fail(w, field, w->at, "expected %s%s%s, found %s", code_names[code],
			     name ? " named " : "", name ? name : "",
			     found < ARRAY_SIZE(code_names) ? code_names[found] : "no type");
}

/* The n bytes of a value, or NULL. */
static const uint8_t *value(struct aapolicy_walk *w, const char *field, size_t n)
{
	const uint8_t *p = w->data + w->at;

	if (!has(w, w->at, n))
		return err_null(aapolicy_fail(w, field, w->at,
					      "the file ends, expected %zu more bytes", n));
	w->at += n;
	return p;
}

/* The stream is little-endian, and so are all of our machines (bytes.c asserts it). */
int aapolicy_number(struct aapolicy_walk *w, const char *field, void *v, size_t size)
{
	const uint8_t *p = value(w, field, size);

	if (!p)
		return -1;
	memcpy(v, p, size);
	return 0;
}

int aapolicy_u32(struct aapolicy_walk *w, const char *field, uint32_t *v)
{
	return aapolicy_need(w, AAPOLICY_U32, NULL, field) ||
			       aapolicy_number(w, field, v, sizeof(*v))
		       ? -1
		       : 0;
}

int aapolicy_u32_maybe(struct aapolicy_walk *w, const char *name, uint32_t *v)
{
	return aapolicy_next_is(w, AAPOLICY_U32, name) ? aapolicy_number(w, name, v, sizeof(*v))
						       : 0;
}

int aapolicy_string(struct aapolicy_walk *w, const char *field, const char **s)
{
	size_t at = w->at;
	const uint8_t *p;
	uint16_t n;

	if (aapolicy_need(w, AAPOLICY_STRING, NULL, field) ||
	    aapolicy_number(w, field, &n, sizeof(n)))
		return -1;
	p = value(w, field, n);
	if (!p)
		return -1;
	if ((n == 0 || p[n - 1] != '\0') && GUARD(aapolicy_string_end))
		return aapolicy_fail(w, field, at, "the string has no NUL at its end");
	for (size_t i = 0; i + 1 < n; i++)
		if (p[i] < 0x20 || p[i] == 0x7f)
			return aapolicy_fail(w, field, at, "the string holds a control byte");
	*s = (const char *)p;
	return 0;
}
