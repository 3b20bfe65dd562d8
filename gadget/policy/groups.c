/* SPDX-License-Identifier: Apache-2.0 */
#include "rules.h"

/* Above every 16-bit id, so away from what a base's /etc/group may hold. */
#define SLOT_GID_FIRST 70000u

/* A thing that a slot gives the app, nodes or files of sysfs: the slot, and where the group goes.
 */
static const struct model_end *thing(const struct policy_app *app, size_t i, uint32_t **gid)
{
	if (i < app->slots.count) {
		*gid = &app->slots.items[i].gid;
		return app->slots.items[i].end;
	}
	*gid = &app->late.items[i - app->slots.count].gid;
	return app->late.items[i - app->slots.count].end;
}

static size_t things(const struct policy_app *app)
{
	return app->slots.count + app->late.count;
}

static bool has_slot(const struct policy_app *app, const struct model_end *end)
{
	uint32_t *gid;

	for (size_t i = 0; i < things(app); i++)
		if (thing(app, i, &gid) == end)
			return true;
	return false;
}

/* All things of an app that come from the slot. */
static void set_gid(const struct policy_app *app, const struct model_end *end, uint32_t gid)
{
	uint32_t *to;

	for (size_t i = 0; i < things(app); i++)
		if (thing(app, i, &to) == end)
			*to = gid;
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

		if (!has_slot(&p->apps[i], end) ||
		    (!p->apps[i].app->interactive && (s->uid == 0 || s->gid == gid)))
			continue;
		/* The image's users are in no snap's group. */
		if (gid || p->apps[i].app->interactive)
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

static void give(const struct rules_build *b, struct policy *p, const struct model_end *end,
		 uint32_t gid)
{
	for (size_t i = 0; i < p->app_count; i++) {
		struct policy_app *app = &p->apps[i];

		if (!has_slot(app, end))
			continue;
		set_gid(app, end, gid);
		if ((app->app->snap->uid || app->app->interactive) && app->app->snap->gid != gid)
			add_group(b, app, gid);
	}
}

void policy_rules_groups(const struct rules_build *b, struct policy *p)
{
	uint32_t next = SLOT_GID_FIRST;

	for (size_t i = 0; i < p->app_count; i++) {
		for (size_t j = 0; j < things(&p->apps[i]); j++) {
			uint32_t *set, gid;
			const struct model_end *end = thing(&p->apps[i], j, &set);

			while (taken(b, next))
				next++;
			if (*set)
				continue;
			gid = common_gid(p, end, next);
			if (!gid)
				continue;
			give(b, p, end, gid);
			next += gid == next;
		}
	}
}
