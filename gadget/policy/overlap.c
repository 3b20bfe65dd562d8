/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One hardware under two names: slots whose udev matches find one device, and the raw node of what
 * another slot's node is for. What the builder knows is refused, as a second app on one slot is;
 * what only the board can tell is said in the report.
 */
#include <string.h>

#include "guard.h"
#include "hardware.h"
#include "rules.h"
#include "str.h"

/* A slot of an app: devices that udev finds, a device that is made, or files of sysfs alone. */
struct claim {
	const struct policy_app *app;
	const struct model_end *end;
	struct full *matches;
	size_t match_count;
	const struct policy_late *late; /* the first of its files, and matches are none; or NULL */
	const struct policy_made *made; /* or NULL */
	bool shared;
	struct policy_rules *doubts;
	const char *reason;
	struct meta_loc loc;
};

struct claims {
	struct claim *items;
	size_t count, room;
};

static bool is_shared(const struct model_end *end)
{
	const struct meta_node *n = meta_get(end->attrs, "shared");

	return n && n->kind == META_SCALAR && (n->text[0] == 't' || n->text[0] == 'T');
}

static void add(const struct rules_build *b, struct claims *to, const struct claim *c)
{
	to->items = mem_grow(b->a, to->items, to->count, &to->room, sizeof(*to->items));
	to->items[to->count++] = *c;
}

static void gather_slot(const struct rules_build *b, const struct policy_app *app,
			struct policy_slot *s, struct claims *out)
{
	struct claim c = { .app = app,
			   .end = s->end,
			   .match_count = s->matches.count,
			   .shared = is_shared(s->end),
			   .doubts = &s->doubts,
			   .reason = s->reason,
			   .loc = s->loc };

	s->alone = s->end->snap && !c.shared;
	c.matches = mem_array(b->a, s->matches.count, sizeof(*c.matches));
	for (size_t i = 0; i < s->matches.count; i++)
		policy_hardware_fill(b, s->matches.items[i].text, &c.matches[i]);
	for (size_t i = 0; i < app->made_devices.count; i++)
		if (app->made_devices.items[i].end == s->end)
			c.made = &app->made_devices.items[i];
	add(b, out, &c);
}

/* Whether an earlier claim of the app is of the same slot. */
static bool is_claimed(const struct claims *all, const struct policy_app *app,
		       const struct model_end *end)
{
	for (size_t i = 0; i < all->count; i++)
		if (all->items[i].app == app && all->items[i].end == end)
			return true;
	return false;
}

static void gather(const struct rules_build *b, struct policy *p, struct claims *out)
{
	for (size_t i = 0; i < p->app_count; i++) {
		struct policy_app *app = &p->apps[i];

		/* Hooks run for the app whose snap they are of. */
		if (app->app->hook)
			continue;
		for (size_t j = 0; j < app->slots.count; j++)
			gather_slot(b, app, &app->slots.items[j], out);
		for (size_t j = 0; j < app->late.count; j++) {
			struct policy_late *l = &app->late.items[j];

			if (!is_claimed(out, app, l->end))
				add(b, out,
				    &(struct claim){ .app = app,
						     .end = l->end,
						     .late = l,
						     .shared = is_shared(l->end),
						     .doubts = &l->doubts,
						     .reason = l->reason,
						     .loc = l->end->loc });
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
	if (policy_hardware_reaches(x, y) || policy_hardware_reaches(y, x))
		return MATCH_SAME;
	if (x->raw && !y->raw)
		return compare_raw(b, x, y);
	if (y->raw && !x->raw)
		return compare_raw(b, y, x);
	return policy_match_compare(&x->match, &y->match);
}

static enum match_relation more(enum match_relation a, enum match_relation b)
{
	return a > b ? a : b;
}

static enum match_relation less(enum match_relation a, enum match_relation b)
{
	return a < b ? a : b;
}

/* Files of sysfs of one folder; of two lines of a chip, or of its whole. */
static enum match_relation compare_files(const struct policy_late *x, const struct policy_late *y)
{
	bool same = str_eq(x->link, y->link) &&
		    (str_eq(x->subdir, y->subdir) || !*x->subdir || !*y->subdir);

	return same ? MATCH_SAME : MATCH_APART;
}

/* What a claim is of a piece of the board's hardware. */
static enum match_relation of_hardware(const struct rules_build *b, const struct claim *c,
				       const struct model_hardware *h)
{
	enum match_relation most = MATCH_APART;

	if (c->late)
		return policy_hardware_files(c->late, h);
	if (c->made)
		return policy_hardware_chip(c->made, h);
	for (size_t i = 0; i < c->match_count; i++)
		most = more(most, policy_hardware_match(b, &c->matches[i], h));
	return most;
}

/* Lines of a chip, by files or as a chip of their own, and nodes: what the board says of both. */
static enum match_relation compare_parts(const struct rules_build *b, const struct claim *part,
					 const struct claim *whole)
{
	enum match_relation most = MATCH_APART;
	bool known = false;

	for (size_t i = 0; i < b->m->board.hardware_count; i++) {
		const struct model_hardware *h = &b->m->board.hardware[i];
		enum match_relation r = of_hardware(b, part, h);

		known |= r == MATCH_SAME;
		most = more(most, less(r, of_hardware(b, whole, h)));
	}
	if (known || most != MATCH_APART || part->made)
		return most;
	/* Nothing is known of the files: devices of their class may be what they are of. */
	for (size_t i = 0; i < whole->match_count; i++)
		if (policy_hardware_of_class(part->late, &whole->matches[i]))
			most = MATCH_UNKNOWN;
	return most;
}

static bool is_part(const struct claim *c)
{
	return c->late || c->made;
}

static enum match_relation compare(const struct rules_build *b, const struct claim *x,
				   const struct claim *y)
{
	enum match_relation most = MATCH_APART;

	if (x->late && y->late)
		return compare_files(x->late, y->late);
	/* Of one chip or not: which lines each has, is not told here. */
	if (is_part(x) && is_part(y) && x->late != y->late)
		return less(MATCH_UNKNOWN, compare_parts(b, x, y));
	for (size_t i = 0; i < x->match_count; i++)
		for (size_t k = 0; k < y->match_count; k++)
			most = more(most, compare_one(b, &x->matches[i], &y->matches[k]));
	if (is_part(x) != is_part(y) && most != MATCH_SAME)
		most = more(most, is_part(x) ? compare_parts(b, x, y) : compare_parts(b, y, x));
	return most;
}

static bool of_system(const struct claim *c)
{
	return !c->end->snap;
}

/* One slot is looked at elsewhere; what the system offers is nobody's alone. */
static bool are_two(const struct claim *x, const struct claim *y)
{
	return x->app != y->app && x->end != y->end && !(of_system(x) && of_system(y)) &&
	       !((x->shared || of_system(x)) && (y->shared || of_system(y)));
}

/* An image is refused; where no image is made, that its author would be is worth saying. */
static int refuse(const struct rules_build *b, const struct claim *at, const char *because,
		  const char *hint)
{
	static const char text[] = "cannot connect slot \"%s\" to %s: %s";

	if (b->m->bare)
		meta_warn(b->d, &at->loc, text, at->end->name, at->app->app->label, because);
	else
		meta_error(b->d, &at->loc, text, at->end->name, at->app->app->label, because);
	meta_hint(b->d, "\"shared: true\" on %s allows it", hint);
	return b->m->bare ? 0 : -1;
}

static int refuse_two(const struct rules_build *b, const struct claim *x, const struct claim *y)
{
	const struct claim *at = of_system(y) ? x : y, *other = at == y ? x : y;

	return refuse(b, at,
		      mem_printf(b->a, "slot \"%s\" of %s is the same hardware (%s; %s)",
				 other->end->name, other->app->app->label, at->reason,
				 other->reason),
		      of_system(other) ? "the slot" : "both slots");
}

static void doubt(const struct rules_build *b, const struct claim *x, const struct claim *y)
{
	const char *text = mem_printf(b->a, "slot %s of %s", y->end->name, y->app->app->label);

	policy_rules_add(b->a, x->doubts, &(struct policy_rule){ text, y->loc, y->reason, true });
}

static int check_two(const struct rules_build *b, const struct claim *x, const struct claim *y)
{
	enum match_relation r = are_two(x, y) ? compare(b, x, y) : MATCH_APART;

	if (r == MATCH_SAME)
		return refuse_two(b, x, y);
	if (r == MATCH_UNKNOWN) {
		doubt(b, x, y);
		doubt(b, y, x);
	}
	return 0;
}

/* A bus is not an app's alone where a driver of the kernel talks to what hangs on it. */
static int check_driver(const struct rules_build *b, const struct claim *c)
{
	for (size_t i = 0; i < b->m->board.hardware_count && !c->shared && !of_system(c); i++) {
		const struct model_hardware *h = &b->m->board.hardware[i];

		for (size_t k = 0; h->driver && k < c->match_count; k++)
			if (policy_hardware_is_below(&c->matches[k], h->of_path))
				return refuse(b, c,
					      mem_printf(b->a,
							 "the kernel's driver \"%s\" uses %s on "
							 "it (%s)",
							 h->driver, h->of_path, c->reason),
					      "the slot");
	}
	return 0;
}

int policy_rules_overlap(const struct rules_build *b, struct policy *p)
{
	struct claims all = { 0 };
	int rc = 0;

	if (!GUARD(policy_overlap))
		return 0;
	gather(b, p, &all);
	for (size_t i = 0; i < all.count; i++) {
		rc |= check_driver(b, &all.items[i]);
		for (size_t k = 0; k < i; k++)
			rc |= check_two(b, &all.items[k], &all.items[i]);
	}
	return rc;
}
