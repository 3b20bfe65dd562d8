/* SPDX-License-Identifier: Apache-2.0 */
#include "expand.h"

#include "json.h"
#include "str.h"

static bool is_name(const char *text, size_t len)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	static const char more[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_";

	return len > 0 && strspn(text, letters) > 0 && strspn(text, more) >= len;
}

bool expand_is_var(const char *text)
{
	const char *eq = strchr(text, '=');

	return eq && is_name(text, (size_t)(eq - text));
}

static const char *value_of(const struct scenario_vars *vars, const char *name, size_t len)
{
	for (size_t i = 0; i < vars->count; i++)
		if (strncmp(vars->items[i], name, len) == 0 && vars->items[i][len] == '=')
			return vars->items[i] + len + 1;
	return NULL;
}

/* Appends the value of the name that p stands before; returns the rest, NULL after an error. */
static const char *expand_one(struct str *s, const struct scenario_vars *vars, const char *p,
			      const struct meta_node *n, struct meta_diag *d)
{
	const char *end = strchr(p, '}'), *value;

	if (!end || !is_name(p, (size_t)(end - p))) {
		meta_error(d, &n->loc, "cannot expand \"%%{\": expected %%{NAME}");
		return NULL;
	}
	value = value_of(vars, p, (size_t)(end - p));
	if (!value) {
		meta_error(d, &n->loc, "cannot expand %%{%.*s}: no such name was given",
			   (int)(end - p), p);
		meta_hint(d, "say %.*s=VALUE after the scenario", (int)(end - p), p);
		return NULL;
	}
	str_add(s, value);
	return end + 1;
}

static int expand_into(struct str *s, const struct scenario_vars *vars, const struct meta_node *n,
		       struct meta_diag *d)
{
	const char *p = n->text;

	while (*p) {
		size_t plain = strcspn(p, "%");

		str_add_bytes(s, p, plain);
		p += plain;
		if (str_starts(p, "%%{")) {
			str_add(s, "%{");
			p += 3;
		} else if (str_starts(p, "%{")) {
			p = expand_one(s, vars, p + 2, n, d);
			if (!p)
				return -1;
		} else if (*p) {
			str_add_bytes(s, p++, 1);
		}
	}
	return 0;
}

const char *expand_text(struct mem_arena *a, const struct scenario_vars *vars,
			const struct meta_node *n, struct meta_diag *d)
{
	CLEANUP_STR struct str s = { 0 };

	if (expand_into(&s, vars, n, d) < 0)
		return NULL;
	return mem_strdup(a, str_text(&s));
}

/* The grammar of RFC 8259: "007" and "+1" are no numbers, and YAML's readers disagree on them. */
static bool is_json_number(const char *p)
{
	size_t digits;

	p += *p == '-';
	digits = strspn(p, "0123456789");
	if (digits == 0 || (digits > 1 && *p == '0'))
		return false;
	p += digits;
	if (*p == '.') {
		digits = strspn(p + 1, "0123456789");
		if (digits == 0)
			return false;
		p += 1 + digits;
	}
	return *p == '\0';
}

static bool is_json_word(const struct meta_node *n)
{
	return n->plain && (str_eq(n->text, "true") || str_eq(n->text, "false") ||
			    str_eq(n->text, "null") || is_json_number(n->text));
}

static int json_into(struct str *s, const struct scenario_vars *vars, const struct meta_node *n,
		     struct meta_diag *d)
{
	CLEANUP_STR struct str text = { 0 };

	switch (n->kind) {
	case META_NULL:
		str_add(s, "null");
		return 0;
	case META_SCALAR:
		if (is_json_word(n)) {
			str_add(s, n->text);
			return 0;
		}
		if (expand_into(&text, vars, n, d) < 0)
			return -1;
		json_add_string(s, str_text(&text));
		return 0;
	case META_LIST:
	case META_MAP:
		break;
	}
	str_add(s, n->kind == META_MAP ? "{" : "[");
	for (size_t i = 0; i < n->count; i++) {
		str_add(s, i ? ", " : "");
		if (n->kind == META_MAP) {
			json_add_string(s, n->keys[i]->text);
			str_add(s, ": ");
		}
		if (json_into(s, vars, n->items[i], d) < 0)
			return -1;
	}
	str_add(s, n->kind == META_MAP ? "}" : "]");
	return 0;
}

const char *expand_json(struct mem_arena *a, const struct scenario_vars *vars,
			const struct meta_node *n, struct meta_diag *d)
{
	CLEANUP_STR struct str s = { 0 };

	if (json_into(&s, vars, n, d) < 0)
		return NULL;
	return mem_strdup(a, str_text(&s));
}
