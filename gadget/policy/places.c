/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Places that a snap has for itself, as /dev/shm, and the image once more for snaps that share by
 * name: docs/decisions/0013. All commands of a snap live in one mount namespace, so a connection of
 * one decides for all, in both layers: what templates say of private-PLACE then holds for none.
 */
#include <string.h>

#include "guard.h"
#include "rules.h"
#include "str.h"
#include "template.h"

static const struct template_word words[] = { { "private", 0 }, { "shared", 1 } };

/* What the connections of one snap say of each place; items as the templates' list. */
struct said {
	const struct rules_build *b;
	const char **shared, **kept; /* reasons, NULL: nobody says so */
	struct meta_loc *locs;	     /* of what makes it shared */
	struct meta_loc loc;	     /* of what is looked at */
	const char *reason;
};

static int find_place(const struct policy_templates *t, const char *name)
{
	for (size_t i = 0; i < t->place_count; i++)
		if (str_eq(t->places[i], name))
			return (int)i;
	return -1;
}

static int say(struct said *s, const struct model_line *line)
{
	const struct rules_build *b = s->b;
	char *rest = mem_strdup(b->a, line->text);
	int at = find_place(b->t, strsep(&rest, " "));
	unsigned shared = 0;

	if (at < 0 || !rest || policy_template_word(words, ARRAY_SIZE(words), rest, &shared))
		return meta_error(b->d, &line->loc,
				  "cannot use place \"%s\": expected PLACE private|shared, a place "
				  "of templates/mounts.yaml",
				  line->text);
	if (shared && !s->shared[at])
		s->locs[at] = s->loc;
	if (shared)
		s->shared[at] = s->reason;
	else
		s->kept[at] = s->reason;
	if (!s->shared[at] || !s->kept[at])
		return 0;
	return meta_error(
		b->d, &s->loc,
		"cannot connect %s and %s: the snap's commands have one \"%s\", shared or "
		"private",
		s->shared[at], s->kept[at], b->t->places[at]);
}

static int say_group(struct said *s, const struct model_group *g)
{
	for (size_t i = 0; i < g->places.count; i++)
		if (say(s, &g->places.items[i]))
			return -1;
	for (size_t i = 0; i < g->each_count; i++)
		if (say_group(s, &g->each[i].group))
			return -1;
	return 0;
}

/* The groups of one connection for its plug's snap, or for its slot's. */
static int say_connection(struct said *s, const struct model_connection *c, bool plug)
{
	const struct model_variant *slot = c->slot->variant;

	s->loc = c->loc;
	s->reason =
		mem_printf(s->b->a, "%s:%s (%s)", c->plug->name, c->slot->name, c->slot->interface);
	if (!slot)
		return 0;
	if (!plug)
		return say_group(s, &slot->peer);
	return say_group(s, &slot->group) ||
			       (c->plug->variant && say_group(s, &c->plug->variant->group))
		       ? -1
		       : 0;
}

/* What a slot says by being there. */
static int say_slot(struct said *s, const struct model_end *slot)
{
	s->loc = slot->loc;
	s->reason = mem_printf(s->b->a, "slot %s (%s)", slot->name, slot->interface);
	return slot->variant ? say_group(s, &slot->variant->slot) : 0;
}

static int say_app(struct said *s, const struct model_app *app)
{
	const struct model *m = s->b->m;

	for (size_t i = 0; i < app->slot_count; i++)
		if (say_slot(s, app->slots[i]))
			return -1;
	for (size_t i = 0; i < m->connection_count; i++) {
		const struct model_connection *c = &m->connections[i];

		for (size_t j = 0; j < app->plug_count; j++)
			if (app->plugs[j] == c->plug && say_connection(s, c, true))
				return -1;
		for (size_t j = 0; j < app->slot_count; j++)
			if (app->slots[j] == c->slot && say_connection(s, c, false))
				return -1;
	}
	return 0;
}

int policy_rules_places(const struct rules_build *b, const struct model_snap *snap,
			struct policy_rules *out)
{
	size_t count = b->t->place_count;
	struct said s = { .b = b,
			  .shared = mem_array(b->a, count, sizeof(*s.shared)),
			  .kept = mem_array(b->a, count, sizeof(*s.kept)),
			  .locs = mem_array(b->a, count, sizeof(*s.locs)) };

	for (size_t i = 0; i < snap->app_count; i++)
		if (say_app(&s, &snap->apps[i]))
			return -1;
	for (size_t i = 0; i < snap->hook_count; i++)
		if (say_app(&s, &snap->hooks[i]))
			return -1;
	for (size_t i = 0; i < count; i++)
		if (s.shared[i])
			policy_rules_add(b->a, out,
					 &(struct policy_rule){ b->t->places[i], s.locs[i],
								s.shared[i], true });
	return 0;
}

static bool is_shared(const struct policy_rules *shared, const char *place)
{
	for (size_t i = 0; i < shared->count; i++)
		if (str_eq(shared->items[i].text, place))
			return true;
	return false;
}

void policy_rules_place_scope(const struct rules_build *b, const struct policy_rules *shared,
			      struct expand *x)
{
	for (size_t i = 0; i < b->t->place_count; i++) {
		const char *place = b->t->places[i];
		bool all = is_shared(shared, place);
		bool own = !all || !GUARD(policy_place);

		policy_expand_add(x, mem_printf(b->a, "shared-%s", place), all ? place : NULL);
		policy_expand_add(x, mem_printf(b->a, "private-%s", place), own ? place : NULL);
	}
}
