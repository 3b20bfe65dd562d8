/* SPDX-License-Identifier: Apache-2.0 */
/* Hardware of a group: nodes with fixed numbers, devices that udev finds. */
#include <ctype.h>
#include <string.h>

#include "files.h"
#include "path.h"
#include "rules.h"
#include "str.h"

static const struct policy_device *find_fixed(const struct policy_templates *t, const char *node)
{
	for (size_t i = 0; i < t->fixed.count; i++)
		if (str_eq(t->fixed.items[i].node, node))
			return &t->fixed.items[i];
	return NULL;
}

/* Nodes whose numbers never change go into the plan; access to one node is united. */
static void add_device(struct rules_joint *j, const struct policy_device *known, unsigned access,
		       const struct meta_loc *loc)
{
	struct policy_devices *to = &j->app->devices;
	struct policy_device d = *known;

	for (size_t i = 0; i < to->count; i++) {
		if (str_eq(to->items[i].node, known->node)) {
			to->items[i].access |= access;
			return;
		}
	}
	d.access = access;
	d.reason = j->reason;
	d.loc = *loc;
	to->items = mem_grow(j->b->a, to->items, to->count, &to->room, sizeof(*to->items));
	to->items[to->count++] = d;
}

static int add_devices(struct rules_joint *j, const struct model_iface_device *dev)
{
	struct expand_texts texts;

	if (policy_expand_line(&j->x, &dev->node, EXPAND_PATH, &texts))
		return -1;
	for (size_t k = 0; k < texts.count; k++) {
		const struct policy_device *known = find_fixed(j->b->t, texts.items[k]);

		if (!known)
			return meta_error(j->b->d, &dev->loc,
					  "cannot use device \"%s\": its numbers are not among the "
					  "fixed ones of templates/devices.yaml",
					  texts.items[k]);
		add_device(j, known, dev->access, &dev->loc);
	}
	return 0;
}

/* --- udev ------------------------------------------------------------------------------------ */

static bool name_taken(const struct policy_app *app, const char *name)
{
	for (size_t i = 0; i < app->slots.count; i++)
		if (str_eq(app->slots.items[i].name, name))
			return true;
	return false;
}

struct policy_slot *policy_rules_slot(struct rules_joint *j, unsigned access)
{
	struct policy_slots *to = &j->app->slots;
	const char *name = j->slot->name;
	struct policy_slot *s;

	for (unsigned n = 2; name_taken(j->app, name); n++)
		name = mem_printf(j->b->a, "%s-%u", j->slot->name, n);
	to->items = mem_grow(j->b->a, to->items, to->count, &to->room, sizeof(*to->items));
	s = &to->items[to->count++];
	*s = (struct policy_slot){ .name = name,
				   .access = access,
				   .end = j->slot,
				   .reason = j->reason,
				   .loc = j->slot->loc };
	return s;
}

/* One udev tag has one access, so a slot with both kinds of devices is two rows of the plan. */
static struct policy_slot *slot_of(struct rules_joint *j, unsigned access)
{
	struct policy_slots *to = &j->app->slots;

	for (size_t i = 0; i < to->count; i++)
		if (to->items[i].end == j->slot && to->items[i].access == access)
			return &to->items[i];
	return policy_rules_slot(j, access);
}

/* A part says several things when it names a list: all of them hold of the device. */
static int join_parts(struct rules_joint *j, const struct model_line *parts, size_t count,
		      const char **out)
{
	CLEANUP_STR struct str s = { 0 };

	for (size_t i = 0; i < count; i++) {
		struct expand_texts texts;

		if (policy_expand_line(&j->x, &parts[i], EXPAND_UDEV, &texts))
			return -1;
		for (size_t k = 0; k < texts.count; k++)
			str_printf(&s, "%s%s", s.len ? ", " : "", texts.items[k]);
	}
	*out = s.len ? mem_strdup(j->b->a, str_text(&s)) : NULL;
	return 0;
}

static int join_match(struct rules_joint *j, const struct model_udev *u, struct policy_rules *out)
{
	const char *text;

	if (join_parts(j, u->parts.items, u->parts.count, &text))
		return -1;
	if (text)
		policy_rules_add(j->b->a, out,
				 &(struct policy_rule){ text, u->loc, j->reason, true });
	return 0;
}

/* One part that names a list is several matches, one an item. */
static int expand_match(struct rules_joint *j, const struct model_udev *u, struct policy_rules *out)
{
	return u->parts.count > 1
		       ? join_match(j, u, out)
		       : policy_rules_expand(&j->x, &u->parts, EXPAND_UDEV, j->reason, out);
}

static bool link_name(const char *s)
{
	if (!path_is_clean_relative(s) || str_starts(s, "slot/"))
		return false;
	for (; *s; s++)
		if (!isalnum((unsigned char)*s) && !strchr("/_.:-", *s))
			return false;
	return true;
}

static int add_links(struct rules_joint *j, const struct model_group *group, struct policy_slot *s)
{
	struct policy_rules found = { 0 };

	if (policy_rules_expand(&j->x, &group->links, EXPAND_PATH, j->reason, &found))
		return -1;
	for (size_t i = 0; i < found.count; i++) {
		if (!link_name(found.items[i].text))
			return meta_error(j->b->d, &found.items[i].loc,
					  "cannot use link \"%s\": expected a name below /dev, not "
					  "in slot/",
					  found.items[i].text);
		policy_rules_add(j->b->a, &s->links, &found.items[i]);
	}
	return 0;
}

static bool has_attr(const struct rules_joint *j, const char *name)
{
	return !name || meta_get(j->slot->attrs, name);
}

/* What a match of an identity compares, udev is told to find out, of what the rest of it fits. */
static int add_imports(struct rules_joint *j, const struct model_udev *u, struct policy_slot *s)
{
	const struct model_identity *id = u->identity;
	const char *base;

	if (join_parts(j, u->parts.items, u->parts.count - id->udev.count, &base))
		return -1;
	for (size_t i = 0; i < id->import_count && base; i++) {
		const struct model_import *m = &id->imports[i];
		const char *from = m->builtin ? "builtin" : "parent";
		const char *what = m->builtin ? m->builtin : m->property;

		if (has_attr(j, m->with))
			policy_rules_add(
				j->b->a, &s->imports,
				&(struct policy_rule){
					mem_printf(j->b->a, "%s, ENV{%s}==\"\", IMPORT{%s}=\"%s\"",
						   base, m->property, from, what),
					u->loc, j->reason, true });
	}
	s->one_layer = true;
	return 0;
}

static int add_udev(struct rules_joint *j, const struct model_group *group,
		    const struct model_udev *u)
{
	struct policy_rules found = { 0 };
	struct policy_slot *s;

	if (expand_match(j, u, &found))
		return -1;
	if (found.count == 0)
		return 0;
	s = slot_of(j, u->access);
	for (size_t i = 0; i < found.count; i++)
		policy_rules_add(j->b->a, &s->matches, &found.items[i]);
	if (u->identity && add_imports(j, u, s))
		return -1;
	return add_links(j, group, s);
}

/* One name for several nodes would be whichever came last. */
void policy_rules_links(const struct rules_build *b, struct policy_app *app)
{
	for (size_t i = 0; i < app->slots.count; i++) {
		struct policy_slot *s = &app->slots.items[i];
		size_t matches = 0;

		for (size_t k = 0; k < app->slots.count; k++)
			if (app->slots.items[k].end == s->end)
				matches += app->slots.items[k].matches.count;
		s->link = matches == 1 ? mem_printf(b->a, "slot/%s", s->name) : NULL;
	}
}

int policy_rules_group_devices(struct rules_joint *j, const struct model_group *group)
{
	int rc = 0;

	for (size_t i = 0; i < group->device_count; i++)
		rc |= add_devices(j, &group->devices[i]);
	for (size_t i = 0; i < group->udev_count; i++)
		rc |= add_udev(j, group, &group->udev[i]);
	for (size_t i = 0; i < group->late_count; i++)
		rc |= policy_rules_group_late(j, &group->late[i]);
	for (size_t i = 0; i < group->made_count; i++)
		rc |= policy_rules_group_made(j, &group->made[i]);
	return rc;
}
