/* SPDX-License-Identifier: Apache-2.0 */
/* Which values of a slot's attributes would find a device: its udev match, read backwards. */
#include "ctl.h"

#include <ctype.h>
#include <fnmatch.h>
#include <regex.h>
#include <stdlib.h>

#include "cleanup.h"
#include "guard.h"
#include "mem.h"
#include "num.h"

#define VALUE_MAX 256u
#define DIGITS	  "0123456789"

/* A row being solved. */
struct solver {
	const struct ctl_world *w;
	const struct ctl_table *t;
	const struct ctl_node *node;
	bool optional;
	char **unusable;
	struct str text;
};

void ctl_escape(const char *text, struct str *out)
{
	for (; *text; text++) {
		bool plain = *text >= ' ' && *text <= '~' && *text != '"' && *text != '\\';

		str_printf(out, plain || !GUARD(ctl_escape) ? "%c" : "\\x%02x",
			   (unsigned char)*text);
	}
}

void ctl_quote(const char *text, struct str *out)
{
	str_add(out, "\"");
	ctl_escape(text, out);
	str_add(out, "\"");
}

static const char *ask(const struct solver *s, const struct hardware_term *term, unsigned level)
{
	const char *import = ctl_text(s->t, term->import);
	struct ctl_ask a = { term->key, level, ctl_text(s->t, term->arg), import };
	const char *found = s->w->answer(s->node->device, &a);

	if (found || !str_eq(import, "parent"))
		return found;
	a.level = level + 1;
	return s->w->answer(s->node->device, &a);
}

/* udev's patterns: several with "|" between. */
static bool fits(const char *patterns, const char *text)
{
	for (const char *p = patterns;; p++) {
		size_t n = strcspn(p, "|");
		char one[VALUE_MAX];

		snprintf(one, sizeof(one), "%.*s", (int)n, p);
		if (fnmatch(one, text, 0) == 0)
			return true;
		p += n;
		if (!*p)
			return false;
	}
}

/* As udev has it: a property that is not there is empty, of another thing nothing can be said. */
static bool holds(const struct solver *s, const struct hardware_term *term, unsigned level)
{
	const char *value = ctl_text(s->t, term->value), *found;

	if (term->key == HARDWARE_TEST) {
		struct ctl_ask a = { HARDWARE_TEST, level, value, "" };

		return (s->w->answer(s->node->device, &a) != NULL) != term->differ;
	}
	found = ask(s, term, level);
	if (!found && term->key == HARDWARE_ENV)
		found = "";
	return found && fits(value, found) != term->differ;
}

static bool is_value(const char *match, const char *text)
{
	char whole[VALUE_MAX + 8];
	regex_t re;
	bool is;

	snprintf(whole, sizeof(whole), "^(%s)$", match);
	if (strlen(text) >= VALUE_MAX || regcomp(&re, whole, REG_EXTENDED | REG_NOSUB))
		return false;
	is = regexec(&re, text, 0, NULL, 0) == 0;
	regfree(&re);
	return is;
}

/* The name with a glob for the number at its end; no other number of it would stay. */
static bool glob_of(const char *name, char out[VALUE_MAX])
{
	size_t stem = strlen(name);

	while (stem && isdigit((unsigned char)name[stem - 1]))
		stem--;
	snprintf(out, VALUE_MAX, "/dev/%.*s%s", (int)stem, name, name[stem] ? "[0-9]*" : "");
	return strcspn(name, DIGITS) >= stem;
}

/* The attribute's value, of what the device answers, into out as YAML; false where it has none. */
static bool value_of(const struct solver *s, const struct hardware_term *term, const char *found,
		     struct str *out)
{
	const struct hardware_attr *attr = &s->t->attrs[term->attr];
	char value[VALUE_MAX];
	uint64_t number;

	if (term->form == HARDWARE_HEX) {
		if (num_parse_hex(found, attr->first, attr->last, &number, NULL))
			return false;
		str_printf(out, strlen(found) > 2 ? "0x%04x" : "%u", (unsigned)number);
		return true;
	}
	snprintf(value, sizeof(value), "%s%s", term->form == HARDWARE_TEXT ? "" : "/dev/",
		 term->form == HARDWARE_TEXT ? found : s->node->name);
	if (term->form == HARDWARE_NODES && !glob_of(s->node->name, value))
		return false;
	if (strlen(found) >= VALUE_MAX ||
	    (!is_value(ctl_text(s->t, attr->match), value) && GUARD(ctl_value)))
		return false;
	ctl_quote(value, out);
	return true;
}

/* Remembered to be told: what is nothing that the row takes, and is said by the device itself. */
static void refuse(const struct solver *s, const struct hardware_term *term, const char *found)
{
	CLEANUP_STR struct str text = { 0 };

	if (!s->unusable || *s->unusable || term->key != HARDWARE_ATTRS_OF)
		return;
	str_printf(&text, "%s ", ctl_text(s->t, s->t->attrs[term->attr].name));
	ctl_quote(found, &text);
	*s->unusable = steal_ptr(&text.text);
}

/* A term with an attribute: false where the slot must say it and nothing can be said. */
static bool bind(struct solver *s, const struct hardware_term *term, unsigned level)
{
	const struct hardware_attr *attr = &s->t->attrs[term->attr];
	CLEANUP_STR struct str value = { 0 };
	const char *found;

	if (attr->optional && !s->optional)
		return true;
	found = ask(s, term, level);
	if (!found || !*found || !value_of(s, term, found, &value)) {
		if (found && *found && !attr->optional)
			refuse(s, term, found);
		return attr->optional;
	}
	str_printf(&s->text, "%s%s: %s", s->text.len ? ", " : "", ctl_text(s->t, attr->name),
		   str_text(&value));
	return true;
}

/* All terms of a device, or of one of those above it. */
static bool solve_level(struct solver *s, const struct ctl_row *r, int level)
{
	/* First the literals: what an attribute has to be is asked of the right one only. */
	for (int literal = 1; literal >= 0; literal--)
		for (uint32_t i = 0; i < r->row->terms; i++) {
			const struct hardware_term *term = &r->terms[i];
			bool above = term->key >= HARDWARE_FIRST_OF_PARENT;
			unsigned at = level < 0 ? 0 : (unsigned)level;

			if (above != (level >= 0) || (term->form == HARDWARE_LITERAL) != literal)
				continue;
			if (literal ? !holds(s, term, at) : !bind(s, term, at))
				return false;
		}
	return true;
}

static bool asks_above(const struct ctl_row *r)
{
	for (uint32_t i = 0; i < r->row->terms; i++)
		if (r->terms[i].key >= HARDWARE_FIRST_OF_PARENT)
			return true;
	return false;
}

char *ctl_solve(const struct ctl_world *w, const struct ctl_row *r, const struct ctl_node *n,
		bool optional, char **unusable)
{
	struct solver s = { w, w->table, n, optional, unusable, { 0 } };
	bool solved = solve_level(&s, r, -1);
	size_t len = s.text.len;

	if (solved && asks_above(r)) {
		solved = false;
		for (int level = 0; level < (int)CTL_LEVELS && !solved; level++) {
			solved = solve_level(&s, r, level);
			if (!solved && s.text.text)
				s.text.text[s.text.len = len] = '\0';
		}
	}
	if (!solved)
		str_free(&s.text);
	return solved ? mem_must(s.text.text ? s.text.text : strdup("")) : NULL;
}
