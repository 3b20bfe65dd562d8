/* SPDX-License-Identifier: Apache-2.0 */
#include "rules.h"

/* Above every 16-bit id, so away from what a base's /etc/group may hold. */
#define SLOT_GID_FIRST 70000u

static const struct policy_slot *slot_in(const struct policy_app *app, const struct model_end *end)
{
	for (size_t i = 0; i < app->slots.count; i++)
		if (app->slots.items[i].end == end)
			return &app->slots.items[i];
	return NULL;
}

static bool taken(const struct rules_build *b, uint32_t gid)
{
	for (size_t i = 0; i < b->m->snap_count; i++)
		if (b->m->snaps[i].gid == gid)
			return true;
	return false;
}

/* The one group that all users of the slot but root are in; 0: only root; next: there is none. */
static uint32_t common_gid(const struct policy *p, const struct model_end *end, uint32_t next)
{
	uint32_t gid = 0;

	for (size_t i = 0; i < p->app_count; i++) {
		const struct model_snap *s = p->apps[i].app->snap;

		if (!slot_in(&p->apps[i], end) || s->uid == 0 || s->gid == gid)
			continue;
		if (gid)
			return next;
		gid = s->gid;
	}
	return gid;
}

static void add_group(const struct rules_build *b, struct policy_app *app, uint32_t gid)
{
	uint32_t *groups = mem_array(b->a, app->group_count + 1, sizeof(*groups));

	for (size_t i = 0; i < app->group_count; i++)
		groups[i] = app->groups[i];
	groups[app->group_count++] = gid;
	app->groups = groups;
}

/* All rows of an app that come from the slot. */
static bool set_gid(struct policy_app *app, const struct model_end *end, uint32_t gid)
{
	bool found = false;

	for (size_t i = 0; i < app->slots.count; i++) {
		if (app->slots.items[i].end != end)
			continue;
		app->slots.items[i].gid = gid;
		found = true;
	}
	return found;
}

static void give(const struct rules_build *b, struct policy *p, const struct model_end *end,
		 uint32_t gid)
{
	for (size_t i = 0; i < p->app_count; i++) {
		struct policy_app *app = &p->apps[i];

		if (set_gid(app, end, gid) && app->app->snap->uid && app->app->snap->gid != gid)
			add_group(b, app, gid);
	}
}

void policy_rules_groups(const struct rules_build *b, struct policy *p)
{
	uint32_t next = SLOT_GID_FIRST;

	for (size_t i = 0; i < p->app_count; i++) {
		for (size_t j = 0; j < p->apps[i].slots.count; j++) {
			const struct policy_slot *slot = &p->apps[i].slots.items[j];
			uint32_t gid;

			while (taken(b, next))
				next++;
			gid = common_gid(p, slot->end, next);
			if (slot->gid || !gid)
				continue;
			give(b, p, slot->end, gid);
			next += gid == next;
		}
	}
}
