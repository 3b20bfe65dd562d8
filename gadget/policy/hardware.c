/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One hardware by several names: what a condition of a udev match says of others (facts of the
 * templates), and what board.yaml says of a node's name, its path in the device tree, its files of
 * sysfs and its label.
 */
#include "hardware.h"

#include <fnmatch.h>
#include <string.h>

#include "files.h"
#include "guard.h"
#include "str.h"

/* So that facts that follow from each other come to an end. */
#define CONDITIONS_MAX 64u

#define OF_PATH "ENV{OF_FULLNAME}"
#define ID_PATH "ENV{ID_PATH}"

/* The name of a node is the kernel's, but for those of /dev/bus, which are numbers. */
static void add_name(const struct rules_build *b, struct match *m)
{
	for (size_t i = 0; i < m->count; i++) {
		const char *value = m->items[i].value;

		if (!str_eq(m->items[i].key, "ENV{DEVNAME}") || !m->items[i].equal ||
		    str_starts(value, "/dev/bus/") || !strrchr(value, '/'))
			continue;
		policy_match_add(
			b->a, m,
			&(struct match_condition){ "KERNEL", true, strrchr(value, '/') + 1 });
	}
}

static void add_all(const struct rules_build *b, struct match *to, const struct match *from)
{
	for (size_t i = 0; i < from->count; i++)
		policy_match_add(b->a, to, &from->items[i]);
}

/* What the templates say of all devices, from the condition at that place on. */
static void add_facts(const struct rules_build *b, struct full *f, size_t first)
{
	struct match then;

	for (size_t i = first; i < f->match.count && f->match.count < CONDITIONS_MAX; i++) {
		const struct match_condition c = f->match.items[i];
		const char *written =
			mem_printf(b->a, "%s%s\"%s\"", c.key, c.equal ? "==" : "!=", c.value);

		for (size_t k = 0; k < b->t->fact_count; k++) {
			const struct policy_fact *fact = &b->t->facts[k];

			if (fnmatch(fact->when, written, 0) ||
			    !policy_match_parse(b->a, fact->then, &then))
				continue;
			add_all(b, &f->match, &then);
			if (fact->raw)
				f->raw = fact;
		}
		for (size_t k = 0; k < b->t->bus_count; k++)
			f->bus |= str_eq(b->t->buses[k], written);
	}
}

/* A piece of the board's hardware as a match. */
static void names_of(const struct rules_build *b, const struct model_hardware *h, struct full *out)
{
	const struct match_condition names[] = {
		{ OF_PATH, true, h->of_path },
		{ ID_PATH, true, h->id_path },
		{ "KERNEL", true, h->node ? path_base(h->node) : NULL },
	};
	struct match chips;

	*out = (struct full){ 0 };
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i].value)
			policy_match_add(b->a, &out->match, &names[i]);
	if (h->chip && b->t->chips && policy_match_parse(b->a, b->t->chips, &chips))
		add_all(b, &out->match, &chips);
	add_facts(b, out, 0);
}

/* One of the names of h is what the match is of. */
static bool names_one(const struct match *m, const struct model_hardware *h)
{
	const char *node = h->node ? path_base(h->node) : NULL;

	for (size_t i = 0; i < m->count; i++) {
		const struct match_condition *c = &m->items[i];
		const char *name = str_eq(c->key, OF_PATH)    ? h->of_path
				   : str_eq(c->key, ID_PATH)  ? h->id_path
				   : str_eq(c->key, "KERNEL") ? node
							      : NULL;

		if (c->equal && name && str_eq(c->value, name))
			return true;
	}
	return false;
}

/* The only piece that has a name of the match and nothing against it; NULL: none, or several. */
static const struct model_hardware *find(const struct rules_build *b, const struct match *m)
{
	const struct model_hardware *found = NULL;

	for (size_t i = 0; i < b->m->board.hardware_count; i++) {
		const struct model_hardware *h = &b->m->board.hardware[i];
		struct full names;

		if (!names_one(m, h))
			continue;
		names_of(b, h, &names);
		if (policy_match_compare(m, &names.match) == MATCH_APART)
			continue;
		if (found)
			return NULL;
		found = h;
	}
	return found;
}

void policy_hardware_fill(const struct rules_build *b, const char *text, struct full *out)
{
	const struct model_hardware *h;
	struct full names;
	size_t own;

	*out = (struct full){ 0 };
	if (!policy_match_parse(b->a, text, &out->match))
		return;
	add_name(b, &out->match);
	add_facts(b, out, 0);
	h = GUARD(policy_hardware) ? find(b, &out->match) : NULL;
	if (!h)
		return;
	out->hardware = h;
	names_of(b, h, &names);
	own = out->match.count;
	add_all(b, &out->match, &names.match);
	add_facts(b, out, own);
}

static const char *of_path_of(const struct full *f)
{
	for (size_t i = 0; i < f->match.count; i++)
		if (f->match.items[i].equal && str_eq(f->match.items[i].key, OF_PATH))
			return f->match.items[i].value;
	return NULL;
}

bool policy_hardware_is_below(const struct full *x, const char *of_path)
{
	const char *bus = x->bus ? of_path_of(x) : NULL;

	return bus && of_path && path_is_below(of_path, bus) && !str_eq(of_path, bus) &&
	       GUARD(policy_bus);
}

bool policy_hardware_reaches(const struct full *x, const struct full *y)
{
	return policy_hardware_is_below(x, of_path_of(y));
}

/* Both say something of one name, or of one property. */
static bool has_key_of(const struct match *x, const struct match *y)
{
	for (size_t i = 0; i < x->count; i++)
		for (size_t k = 0; k < y->count; k++)
			if (!str_eq(x->items[i].key, "SUBSYSTEM") && x->items[i].equal &&
			    y->items[k].equal && str_eq(x->items[i].key, y->items[k].key))
				return true;
	return false;
}

enum match_relation policy_hardware_match(const struct rules_build *b, const struct full *f,
					  const struct model_hardware *h)
{
	struct full names;

	if (policy_hardware_is_below(f, h->of_path))
		return MATCH_SAME;
	if (f->hardware)
		return f->hardware == h ? MATCH_SAME : MATCH_APART;
	names_of(b, h, &names);
	return has_key_of(&f->match, &names.match) ? policy_match_compare(&f->match, &names.match)
						   : MATCH_APART;
}

enum match_relation policy_hardware_files(const struct policy_late *l,
					  const struct model_hardware *h)
{
	if (!h->sysfs || !*l->prefix)
		return MATCH_APART;
	if (path_is_below(l->prefix, h->sysfs))
		return MATCH_SAME;
	return path_is_below(h->sysfs, l->prefix) ? MATCH_UNKNOWN : MATCH_APART;
}

enum match_relation policy_hardware_chip(const struct policy_made *m,
					 const struct model_hardware *h)
{
	return h->chip && m->chip && str_eq(h->chip, m->chip) ? MATCH_SAME : MATCH_APART;
}

bool policy_hardware_of_class(const struct policy_late *l, const struct full *f)
{
	const char *class = strchr(l->link + strlen("/sys/"), '/') + 1;
	const char *name = strchr(class, '/');
	size_t len = name ? (size_t)(name - class) : strlen(class);

	for (size_t i = 0; i < f->match.count; i++) {
		const struct match_condition *c = &f->match.items[i];

		if (c->equal && str_eq(c->key, "SUBSYSTEM") && strlen(c->value) == len &&
		    strncmp(c->value, class, len) == 0)
			return true;
	}
	return false;
}
