/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One hardware under two names: slots whose udev matches find one device, and the raw node of what
 * another slot's node is for. What the builder knows is refused, as a second app on one slot is;
 * what only the board can tell is said in the report.
 */
#include <fnmatch.h>
#include <string.h>

#include "guard.h"
#include "match.h"
#include "rules.h"
#include "str.h"

/* So that facts that follow from each other come to an end. */
#define CONDITIONS_MAX 64u

/* What a match says with all that follows from it. */
struct full {
	struct match match;
	const struct policy_fact *raw; /* it is of the device below other nodes; or NULL */
};

/* A slot of an app that udev finds devices for. */
struct claim {
	const struct policy_app *app;
	struct policy_slot *slot;
	struct full *matches;
	bool shared;
};

struct claims {
	struct claim *items;
	size_t count, room;
};

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

static void fill(const struct rules_build *b, const char *text, struct full *out)
{
	struct match then;

	*out = (struct full){ 0 };
	/* Nothing that is known: nothing contradicts it, and it is not told apart. */
	if (!policy_match_parse(b->a, text, &out->match))
		return;
	add_name(b, &out->match);
	for (size_t i = 0; i < out->match.count && out->match.count < CONDITIONS_MAX; i++) {
		const struct match_condition c = out->match.items[i];
		const char *written =
			mem_printf(b->a, "%s%s\"%s\"", c.key, c.equal ? "==" : "!=", c.value);

		for (size_t k = 0; k < b->t->fact_count; k++) {
			const struct policy_fact *f = &b->t->facts[k];

			if (fnmatch(f->when, written, 0) ||
			    !policy_match_parse(b->a, f->then, &then))
				continue;
			for (size_t n = 0; n < then.count; n++)
				policy_match_add(b->a, &out->match, &then.items[n]);
			if (f->raw)
				out->raw = f;
		}
	}
}

static bool is_shared(const struct model_end *end)
{
	const struct meta_node *n = meta_get(end->attrs, "shared");

	return n && n->kind == META_SCALAR && (n->text[0] == 't' || n->text[0] == 'T');
}

static void gather(const struct rules_build *b, struct policy *p, struct claims *out)
{
	for (size_t i = 0; i < p->app_count; i++) {
		/* Hooks run for the app whose snap they are of. */
		for (size_t j = 0; j < p->apps[i].slots.count && !p->apps[i].app->hook; j++) {
			struct policy_slot *s = &p->apps[i].slots.items[j];
			struct claim c = { &p->apps[i], s, NULL, is_shared(s->end) };

			c.matches = mem_array(b->a, s->matches.count, sizeof(*c.matches));
			for (size_t k = 0; k < s->matches.count; k++)
				fill(b, s->matches.items[k].text, &c.matches[k]);
			out->items = mem_grow(b->a, out->items, out->count, &out->room,
					      sizeof(*out->items));
			out->items[out->count++] = c;
		}
	}
}

/* What is said of the hardware, not of the node; attributes of the device are those of a parent. */
static struct match hardware_of(const struct rules_build *b, const struct full *f)
{
	struct match out = { 0 };

	for (size_t i = 0; i < f->match.count; i++) {
		struct match_condition c = f->match.items[i];

		if (str_eq(c.key, "SUBSYSTEM") || str_eq(c.key, "KERNEL") ||
		    str_starts(c.key, "ENV{"))
			continue;
		if (str_starts(c.key, "ATTR{"))
			c.key = mem_printf(b->a, "ATTRS%s", c.key + strlen("ATTR"));
		policy_match_add(b->a, &out, &c);
	}
	return out;
}

/* raw: of what other nodes are for. */
static enum match_relation compare_raw(const struct rules_build *b, const struct full *raw,
				       const struct full *other)
{
	const struct match x = hardware_of(b, raw), y = hardware_of(b, other);
	struct match kind;

	/* Only where the other one says that it is of such a device. */
	if (!policy_match_parse(b->a, raw->raw->then, &kind) ||
	    policy_match_compare(&kind, &y) != MATCH_SAME || !y.count)
		return MATCH_APART;
	return policy_match_compare(&x, &y);
}

static enum match_relation compare_one(const struct rules_build *b, const struct full *x,
				       const struct full *y)
{
	if (x->raw && !y->raw)
		return compare_raw(b, x, y);
	if (y->raw && !x->raw)
		return compare_raw(b, y, x);
	return policy_match_compare(&x->match, &y->match);
}

static enum match_relation compare(const struct rules_build *b, const struct claim *x,
				   const struct claim *y)
{
	enum match_relation most = MATCH_APART;

	for (size_t i = 0; i < x->slot->matches.count; i++)
		for (size_t k = 0; k < y->slot->matches.count; k++) {
			enum match_relation r = compare_one(b, &x->matches[i], &y->matches[k]);

			most = r > most ? r : most;
		}
	return most;
}

static bool of_system(const struct claim *c)
{
	return !c->slot->end->snap;
}

/* One slot is looked at elsewhere; what the system offers is nobody's alone. */
static bool are_two(const struct claim *x, const struct claim *y)
{
	return x->app != y->app && x->slot->end != y->slot->end &&
	       !(of_system(x) && of_system(y)) &&
	       !((x->shared || of_system(x)) && (y->shared || of_system(y)));
}

static int refuse(const struct rules_build *b, const struct claim *x, const struct claim *y)
{
	static const char text[] =
		"cannot connect slot \"%s\" to %s: slot \"%s\" of %s is the same "
		"hardware (%s; %s)";
	const struct claim *at = of_system(y) ? x : y, *other = at == y ? x : y;

	if (b->m->bare)
		meta_warn(b->d, &at->slot->loc, text, at->slot->end->name, at->app->app->label,
			  other->slot->end->name, other->app->app->label, at->slot->reason,
			  other->slot->reason);
	else
		meta_error(b->d, &at->slot->loc, text, at->slot->end->name, at->app->app->label,
			   other->slot->end->name, other->app->app->label, at->slot->reason,
			   other->slot->reason);
	meta_hint(b->d, "\"shared: true\" on %s allows it",
		  of_system(other) ? "the slot" : "both slots");
	return b->m->bare ? 0 : -1;
}

static void doubt(const struct rules_build *b, const struct claim *x, const struct claim *y)
{
	const char *text =
		mem_printf(b->a, "slot %s of %s", y->slot->end->name, y->app->app->label);

	policy_rules_add(b->a, &x->slot->doubts,
			 &(struct policy_rule){ text, y->slot->loc, y->slot->reason, true });
}

int policy_rules_overlap(const struct rules_build *b, struct policy *p)
{
	struct claims all = { 0 };
	int rc = 0;

	if (!GUARD(policy_overlap))
		return 0;
	gather(b, p, &all);
	for (size_t i = 0; i < all.count; i++)
		for (size_t k = 0; k < i; k++) {
			enum match_relation r;

			if (!are_two(&all.items[k], &all.items[i]))
				continue;
			r = compare(b, &all.items[k], &all.items[i]);
			if (r == MATCH_SAME)
				rc |= refuse(b, &all.items[k], &all.items[i]);
			if (r != MATCH_UNKNOWN)
				continue;
			doubt(b, &all.items[k], &all.items[i]);
			doubt(b, &all.items[i], &all.items[k]);
		}
	return rc;
}
