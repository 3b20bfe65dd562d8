/* SPDX-License-Identifier: Apache-2.0 */
#include "match.h"

#include <fnmatch.h>
#include <string.h>

#include "str.h"

#define GLOBS "*?[|"

bool policy_match_parse(struct mem_arena *a, const char *text, struct match *out)
{
	*out = (struct match){ 0 };
	while (*text) {
		size_t key = strcspn(text, "=!");
		const char *value = text + key + 3; /* behind =" */
		struct match_condition c = { .equal = text[key] == '=' };
		size_t len;

		if (strlen(text) < key + 3 || value[-1] != '"')
			return false;
		len = strcspn(value, "\"");
		c.key = mem_strndup(a, text, key);
		c.value = mem_strndup(a, value, len);
		policy_match_add(a, out, &c);
		text = value + len;
		text += strspn(text, "\", ");
	}
	return true;
}

void policy_match_add(struct mem_arena *a, struct match *m, const struct match_condition *c)
{
	m->items = mem_grow(a, m->items, m->count, &m->room, sizeof(*m->items));
	m->items[m->count++] = *c;
}

static bool is_glob(const char *value)
{
	return value[strcspn(value, GLOBS)] != '\0';
}

static bool fits(const char *pattern, const char *value)
{
	return str_eq(pattern, value) || (!is_glob(value) && fnmatch(pattern, value, 0) == 0);
}

/* Of two patterns only what is before their first glob tells. */
static bool patterns_differ(const char *x, const char *y)
{
	size_t a = strcspn(x, GLOBS), b = strcspn(y, GLOBS);

	return strncmp(x, y, a < b ? a : b) != 0;
}

/* A device has many parents: two conditions of these keys can be of different ones. */
static bool of_any_parent(const char *key)
{
	return str_eq(key, "SUBSYSTEMS") || str_eq(key, "DRIVERS");
}

static bool contradict(const struct match_condition *x, const struct match_condition *y)
{
	const struct match_condition *is = x->equal ? x : y, *not = x->equal ? y : x;

	if (!str_eq(x->key, y->key) || (!x->equal && !y->equal))
		return false;
	if (x->equal != y->equal)
		return fits(not ->value, is->value);
	if (of_any_parent(x->key) || fits(x->value, y->value) || fits(y->value, x->value))
		return false;
	return !is_glob(x->value) || !is_glob(y->value) || patterns_differ(x->value, y->value);
}

/* The condition holds of whatever fits the match. */
static bool follows(const struct match_condition *c, const struct match *from)
{
	for (size_t i = 0; i < from->count; i++) {
		const struct match_condition *f = &from->items[i];

		if (!str_eq(c->key, f->key))
			continue;
		if (c->equal == f->equal
			    ? (c->equal ? fits(c->value, f->value) : str_eq(c->value, f->value))
			    : f->equal && contradict(&(struct match_condition){ c->key, true,
										c->value },
						     f))
			return true;
	}
	return false;
}

static bool all_follow(const struct match *m, const struct match *from)
{
	for (size_t i = 0; i < m->count; i++)
		if (!follows(&m->items[i], from))
			return false;
	return true;
}

/* Both say one name. */
static bool same_name(const struct match *x, const struct match *y)
{
	for (size_t i = 0; i < x->count; i++)
		for (size_t k = 0; k < y->count; k++)
			if (str_eq(x->items[i].key, "KERNEL") && x->items[i].equal &&
			    str_eq(y->items[k].key, "KERNEL") && y->items[k].equal &&
			    !is_glob(x->items[i].value) &&
			    str_eq(x->items[i].value, y->items[k].value))
				return true;
	return false;
}

enum match_relation policy_match_compare(const struct match *x, const struct match *y)
{
	for (size_t i = 0; i < x->count; i++)
		for (size_t k = 0; k < y->count; k++)
			if (contradict(&x->items[i], &y->items[k]))
				return MATCH_APART;
	return all_follow(x, y) || all_follow(y, x) || same_name(x, y) ? MATCH_SAME : MATCH_UNKNOWN;
}
