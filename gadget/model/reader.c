/* SPDX-License-Identifier: Apache-2.0 */
#include "reader.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "str.h"

static size_t list_length(const char *const *list)
{
	size_t n = 0;

	while (list && list[n])
		n++;
	return n;
}

static int check_later(const struct reader *r, const struct meta_node *n,
		       const struct reader_keys *keys)
{
	size_t count = list_length(keys->later);
	int status = 0;

	for (size_t i = 0; i < n->count; i++)
		for (size_t k = 0; k < count; k++)
			if (str_eq(n->keys[i]->text, keys->later[k]) &&
			    model_reader_later(r, &n->keys[i]->loc, "%s", keys->later[k]))
				status = -1;
	return status;
}

int model_reader_map(const struct reader *r, const struct meta_node *n, const char *what,
		     const struct reader_keys *keys)
{
	size_t used = list_length(keys->used);
	size_t later = list_length(keys->later);
	const char **all = mem_array(r->a, used + later + 1, sizeof(const char *));
	int status;

	if (n->kind != META_MAP)
		return meta_error(r->d, &n->loc, "cannot use %s: expected a map, got %s", what,
				  meta_kind_name(n));
	if (used)
		memcpy(all, keys->used, used * sizeof(const char *));
	if (later)
		memcpy(all + used, keys->later, later * sizeof(const char *));
	status = meta_known_keys(n, all, keys->strict, r->d);
	return check_later(r, n, keys) ? -1 : status;
}

int model_reader_list(const struct reader *r, const struct meta_node *n, const char *what)
{
	if (n->kind != META_LIST)
		return meta_error(r->d, &n->loc, "cannot use %s: expected a list, got %s", what,
				  meta_kind_name(n));
	return 0;
}

int model_reader_later(const struct reader *r, const struct meta_loc *loc, const char *fmt, ...)
{
	CLEANUP_FREE char *what = NULL;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&what, fmt, ap);
	va_end(ap);
	if (n < 0)
		what = mem_must(NULL);
	if (r->policy)
		return 0;
	/* It was understood: the image is refused, and nothing else of the file for its sake. */
	if (r->image) {
		(void)meta_error(r->d, loc, "cannot use %s: not in this version", what);
		return 0;
	}
	if (r->building)
		return meta_error(r->d, loc, "cannot use %s: not in this version", what);
	meta_warn(r->d, loc, "cannot use %s: not in this version", what);
	return 0;
}

int model_reader_later_key(const struct reader *r, const struct meta_node *n, const char *key)
{
	for (size_t i = 0; n->kind == META_MAP && i < n->count; i++)
		if (str_eq(n->keys[i]->text, key) && n->items[i]->kind != META_NULL)
			return model_reader_later(r, &n->keys[i]->loc, "%s", key);
	return 0;
}

int model_reader_wrong(const struct reader *r, const struct meta_loc *loc, const char *fmt, ...)
{
	CLEANUP_FREE char *text = NULL;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0)
		text = mem_must(NULL);
	if (r->policy)
		return 0;
	if (r->building || r->image)
		return meta_error(r->d, loc, "%s", text);
	meta_warn(r->d, loc, "%s", text);
	return 0;
}

int model_reader_text(const struct reader *r, const struct meta_node *n, const char *key,
		      const char **out)
{
	const struct meta_node *v = meta_get(n, key);

	return v && v->kind != META_NULL ? meta_text(v, key, out, r->d) : 0;
}

int model_reader_need_text(const struct reader *r, const struct meta_node *n, const char *key,
			   const char **out)
{
	const struct meta_node *v = meta_get(n, key);

	if (!v)
		return meta_error(r->d, &n->loc, "cannot find key \"%s\"", key);
	return meta_text(v, key, out, r->d);
}

int model_reader_bool(const struct reader *r, const struct meta_node *n, const char *key, bool *out)
{
	const struct meta_node *v = meta_get(n, key);

	return v ? meta_bool(v, key, out, r->d) : 0;
}

int model_reader_texts(const struct reader *r, const struct meta_node *n, const char *key,
		       struct model_reader_texts *out)
{
	const struct meta_node *v = meta_get(n, key);
	int status = 0;

	*out = (struct model_reader_texts){ .items = mem_array(r->a, (v ? v->count : 0) + 1,
							       sizeof(const char *)) };
	if (!v || v->kind == META_NULL)
		return 0;
	if (model_reader_list(r, v, key))
		return -1;
	for (size_t i = 0; i < v->count; i++)
		if (meta_text(v->items[i], key, &out->items[out->count++], r->d))
			status = -1;
	return status;
}

static int refuse_word(const struct reader *r, const struct meta_node *n, const char *what,
		       const struct model_reader_word *words)
{
	CLEANUP_STR struct str list = { 0 };
	size_t count = 0;
	const char **names;

	for (; words[count].name; count++)
		if (words[count].value != READER_LATER)
			str_printf(&list, "%s%s", list.len ? ", " : "", words[count].name);
	names = mem_array(r->a, count + 1, sizeof(const char *));
	for (size_t i = 0; i < count; i++)
		names[i] = words[i].name;
	(void)meta_error(r->d, &n->loc, "cannot use %s \"%.200s\": expected one of %s", what,
			 n->text, str_text(&list));
	if (meta_nearest(n->text, names))
		meta_hint(r->d, "did you mean \"%s\"?", meta_nearest(n->text, names));
	return -1;
}

int model_reader_word(const struct reader *r, const struct meta_node *n, const char *what,
		      const struct model_reader_word *words, int *out)
{
	const char *text;

	if (meta_text(n, what, &text, r->d))
		return -1;
	for (size_t i = 0; words[i].name; i++) {
		if (!str_eq(words[i].name, text))
			continue;
		*out = words[i].value;
		return *out == READER_LATER
			       ? model_reader_later(r, &n->loc, "%s \"%s\"", what, text)
			       : 0;
	}
	return refuse_word(r, n, what, words);
}

/* [0-9]*(.[0-9]*)?([eE][-+]?[0-9]+)? with a digit in it, after an optional sign. */
static bool is_decimal(const char *s)
{
	static const char digits[] = "0123456789_";
	size_t whole = strspn(s, digits);
	size_t part = 0;

	if (*s == '_')
		return false;
	s += whole;
	if (*s == '.') {
		part = strspn(++s, digits);
		s += part;
	}
	if (whole + part == 0)
		return false;
	if (*s == 'e' || *s == 'E') {
		s++;
		s += *s == '-' || *s == '+';
		if (!strspn(s, digits))
			return false;
		s += strspn(s, digits);
	}
	return *s == '\0';
}

static bool is_number(const char *s)
{
	static const struct {
		const char *prefix, *digits;
	} bases[] = {
		{ "0x", "0123456789abcdefABCDEF_" },
		{ "0o", "01234567_" },
		{ "0b", "01_" },
	};

	s += *s == '-' || *s == '+';
	for (size_t i = 0; i < ARRAY_SIZE(bases); i++)
		if (str_starts(s, bases[i].prefix) && s[2] &&
		    strspn(s + 2, bases[i].digits) == strlen(s + 2))
			return true;
	return is_decimal(s);
}

bool model_reader_is_text(const struct meta_node *n)
{
	/* YAML 1.1's, in the three spellings that are read so. */
	static const char *const words[] = {
		"y",  "Y",  "yes",  "Yes",  "YES",  "n",     "N",     "no",
		"No", "NO", "true", "True", "TRUE", "false", "False", "FALSE",
		"on", "On", "ON",   "off",  "Off",  "OFF",   ".inf",  ".nan",
	};

	if (n->kind != META_SCALAR || !n->plain)
		return n->kind == META_SCALAR;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (str_eq(words[i], n->text))
			return false;
	return !is_number(n->text);
}

static int check_attr(const struct reader *r, const struct meta_node *n, const char *name,
		      const char *what)
{
	int status = 0;

	if (n->kind == META_NULL)
		return meta_error(r->d, &n->loc,
				  "cannot use attribute \"%s\" of %s: it has no value", name, what);
	for (size_t i = 0; i < n->count; i++) {
		const struct meta_node *key = n->kind == META_MAP ? n->keys[i] : NULL;

		if (key && !model_reader_is_text(key))
			status = meta_error(r->d, &key->loc,
					    "cannot use attribute \"%s\" of %s: its key %s is not "
					    "text",
					    name, what, key->text);
		else if (check_attr(r, n->items[i], name, what))
			status = -1;
	}
	return status;
}

int model_reader_attrs(const struct reader *r, const struct meta_node *n, const char *what)
{
	int status = 0;

	for (size_t i = 0; i < n->count; i++) {
		const struct meta_node *key = n->keys[i];

		if (!model_reader_is_text(key) || !*key->text || *key->text == '$')
			status =
				meta_error(r->d, &key->loc, "cannot use attribute \"%s\" of %s: %s",
					   key->text, what,
					   !*key->text	       ? "the name is empty"
					   : *key->text == '$' ? "the name is reserved"
							       : "the name is not text");
		else if (check_attr(r, n->items[i], key->text, what))
			status = -1;
	}
	return status;
}
