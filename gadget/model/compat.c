/* SPDX-License-Identifier: Apache-2.0 */
#include "compat.h"

#include <stdint.h>
#include <string.h>

#define OR	  " OR "
#define BYTES_MAX 256

/* One element of a label: a word, or the versions from least to most. */
struct element {
	const char *word;
	size_t len;
	uint64_t least, most;
	bool number;
};

static size_t digits(const char *s)
{
	size_t n = strspn(s, "0123456789");

	return n <= 8 ? n : 0;
}

static uint64_t value(const char *s, size_t n)
{
	uint64_t v = 0;

	while (n--)
		v = v * 10 + (uint64_t)(*s++ - '0');
	return v;
}

/* Behind "(LEAST..MOST)", or NULL. */
static const char *read_range(const char *s, struct element *out)
{
	size_t a = digits(s + 1);
	const char *dots = s + 1 + a;
	size_t b;

	if (!a || strncmp(dots, "..", 2))
		return NULL;
	b = digits(dots + 2);
	if (!b || dots[2 + b] != ')')
		return NULL;
	out->number = true;
	out->least = value(s + 1, a);
	out->most = value(dots + 2, b);
	return out->least <= out->most ? dots + 2 + b + 1 : NULL;
}

/* Behind one element, or NULL. */
static const char *read_element(const char *s, struct element *out)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789");

	*out = (struct element){ 0 };
	if (*s == '(')
		return read_range(s, out);
	if (!n)
		return NULL;
	if (strspn(s, "0123456789") == n) {
		out->number = true;
		out->least = out->most = value(s, digits(s));
		return digits(s) ? s + n : NULL;
	}
	out->word = s;
	out->len = n;
	return *s >= 'a' ? s + n : NULL;
}

/* Behind the label: at " OR " or the end; NULL when it is none. */
static const char *skip_label(const char *s)
{
	struct element e;

	for (bool first = true;; first = false) {
		s = read_element(s, &e);
		if (!s || (first && e.number))
			return NULL;
		if (*s != '-')
			return s;
		s++;
	}
}

bool model_compat_valid(const char *text)
{
	if (strlen(text) > BYTES_MAX)
		return false;
	while ((text = skip_label(text)) && *text) {
		if (strncmp(text, OR, strlen(OR)))
			return false;
		text += strlen(OR);
	}
	return text;
}

static bool elements_meet(const struct element *a, const struct element *b)
{
	if (a->number != b->number)
		return false;
	if (a->number)
		return a->least <= b->most && b->least <= a->most;
	return a->len == b->len && strncmp(a->word, b->word, a->len) == 0;
}

static bool labels_meet(const char *a, const char *b)
{
	struct element x, y;

	for (;;) {
		a = read_element(a, &x);
		b = read_element(b, &y);
		if (!elements_meet(&x, &y) || (*a == '-') != (*b == '-'))
			return false;
		if (*a != '-')
			return true;
		a++;
		b++;
	}
}

/* The label behind the " OR " at s, or NULL at the end. */
static const char *next(const char *s)
{
	s = skip_label(s);
	return *s ? s + strlen(OR) : NULL;
}

bool model_compat_meet(const char *a, const char *b)
{
	for (; a; a = next(a))
		for (const char *p = b; p; p = next(p))
			if (labels_meet(a, p))
				return true;
	return false;
}
