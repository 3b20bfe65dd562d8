/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "guard.h"
#include "rules.h"
#include "str.h"

static int by_label(const void *a, const void *b)
{
	const struct policy_app *x = a, *y = b;

	return strcmp(x->app->label, y->app->label);
}

static int by_slot(const void *a, const void *b)
{
	const struct policy_slot *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static void add_every_device(const struct rules_build *b, struct policy_app *app)
{
	struct policy_devices *to = &app->devices;

	for (size_t i = 0; i < b->t->every_app.count; i++) {
		to->items = mem_grow(b->a, to->items, to->count, &to->room, sizeof(*to->items));
		to->items[to->count++] = b->t->every_app.items[i];
	}
}

/* A hook may be a name with plugs alone, where only policy is asked for. */
static bool is_run(const struct rules_build *b, const struct model_app *app)
{
	return !b->m->bare && !(app->hook && app->argc <= app->chain_count);
}

/* shared: the places that the snap does not have for itself. */
static int build_app(const struct rules_build *b, const struct model_app *from,
		     const struct policy_rules *shared, struct policy_app *app)
{
	struct expand x;
	int rc;

	app->app = from;
	app->shared = *shared;
	policy_rules_scope(b, from, &x);
	policy_rules_place_scope(b, shared, &x);
	rc = policy_rules_expand(&x, &b->t->apparmor, EXPAND_APPARMOR, "template", &app->apparmor) |
	     policy_rules_expand(&x, &b->t->seccomp, EXPAND_SECCOMP, "template", &app->seccomp) |
	     policy_rules_mounts(b, &x, app);
	add_every_device(b, app);
	rc |= policy_rules_connect(b, app);
	if (is_run(b, from))
		rc |= policy_rules_process(b, app);
	if (app->slots.count)
		qsort(app->slots.items, app->slots.count, sizeof(*app->slots.items), by_slot);
	/* Whoever starts it, it would have them. */
	if (app->caps && from->interactive && GUARD(interactive_caps))
		return meta_error(b->d, &from->loc,
				  "cannot use interactive: app \"%s\" of snap \"%s\" has "
				  "capabilities by its connections",
				  from->name, from->snap->instance);
	/* Kept over exec for a process without uid 0; root keeps its permitted set anyway. */
	app->ambient = from->snap->uid ? app->caps : 0;
	return rc;
}

static struct policy_mount *find_mount(const struct policy_mounts *list,
				       const struct policy_mount *m)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->items[i].op == m->op && str_eq(list->items[i].target, m->target))
			return &list->items[i];
	return NULL;
}

/*
 * All commands of a snap live in one mount namespace, so they have one list: what a connection of
 * one command binds is there for all, and AppArmor lets only that command at it.
 */
static int unite_mounts(const struct rules_build *b, const struct model_snap *s,
			struct policy_app *apps)
{
	size_t count = s->app_count + s->hook_count;
	struct policy_mounts all = { 0 };

	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < apps[i].mounts.count; j++) {
			const struct policy_mount *m = &apps[i].mounts.items[j];
			struct policy_mount *old = find_mount(&all, m);

			if (old && !str_eq(old->source, m->source))
				return meta_error(b->d, &m->loc,
						  "cannot mount \"%s\" at \"/%s\": for another "
						  "command \"%s\" is there",
						  m->source, m->target, old->source);
			/* What one command writes, the others' profiles let them read. */
			if (old && old->flags & ~m->flags & POLICY_MOUNT_READONLY)
				*old = *m;
			if (old)
				continue;
			policy_rules_mount(b->a, &all, m);
		}
	}
	if (policy_rules_layouts(b, s, &all, apps))
		return -1;
	for (size_t i = 0; i < count; i++)
		apps[i].mounts = all;
	return 0;
}

static bool has_devices(const struct model_group *g)
{
	for (size_t i = 0; i < g->each_count; i++)
		if (has_devices(&g->each[i].group))
			return true;
	return g->udev_count || g->device_count || g->late_count || g->made_count;
}

/* The system's own slots are for every app that is given them: nothing there is one's alone. */
static bool slot_is_hardware(const struct model_end *slot)
{
	return slot->variant && slot->snap && has_devices(&slot->variant->group);
}

static int slot_is_shared(const struct rules_build *b, const struct model_end *slot, bool *out)
{
	const struct meta_node *n = meta_get(slot->attrs, "shared");

	*out = false;
	return n ? meta_bool(n, "shared", out, b->d) : 0;
}

bool policy_rules_has_plug(const struct model_app *app, const struct model_end *plug)
{
	for (size_t i = 0; i < app->plug_count; i++)
		if (app->plugs[i] == plug)
			return true;
	return false;
}

static bool app_uses(const struct model *m, const struct model_app *app,
		     const struct model_end *slot)
{
	for (size_t i = 0; i < m->connection_count; i++)
		if (m->connections[i].slot == slot &&
		    policy_rules_has_plug(app, m->connections[i].plug))
			return true;
	return false;
}

/* An image is refused; where no image is made, that its author would be is worth saying. */
static int refuse_second(const struct rules_build *b, const struct model_connection *c,
			 const char *first, const char *second)
{
	static const char text[] = "cannot connect slot \"%s\" to two apps: %s and %s";

	if (b->m->bare)
		meta_warn(b->d, &c->loc, text, c->slot->name, first, second);
	else
		meta_error(b->d, &c->loc, text, c->slot->name, first, second);
	meta_hint(b->d, "\"shared: true\" on the slot allows it");
	return b->m->bare ? 0 : -1;
}

/* Hardware has one user: a second app on the slot is refused unless the slot says otherwise. Hooks
 * run when something changes, for the app whose snap they are of. */
static int check_exclusive(const struct rules_build *b, const struct policy *p,
			   const struct model_connection *c)
{
	const struct model_app *first = NULL;
	bool shared;

	if (!slot_is_hardware(c->slot) || !GUARD(policy_slot))
		return 0;
	if (slot_is_shared(b, c->slot, &shared))
		return -1;
	for (size_t i = 0; !shared && i < p->app_count; i++) {
		const struct model_app *app = p->apps[i].app;

		if (app->hook || !app_uses(b->m, app, c->slot))
			continue;
		if (!first) {
			first = app;
			continue;
		}
		return refuse_second(b, c, first->label, app->label);
	}
	return 0;
}

static int check_slots(const struct rules_build *b, const struct policy *p)
{
	int rc = 0;

	for (size_t i = 0; i < b->m->connection_count; i++) {
		bool seen = false;

		for (size_t j = 0; j < i; j++)
			seen |= b->m->connections[j].slot == b->m->connections[i].slot;
		if (!seen)
			rc |= check_exclusive(b, p, &b->m->connections[i]);
	}
	return rc;
}

static void set_sysctl(struct policy *p, const char *name, const char *value)
{
	for (size_t i = 0; i < p->sysctl_count; i++) {
		if (str_eq(p->sysctls[i].name, name)) {
			p->sysctls[i].value = value;
			return;
		}
	}
	p->sysctls[p->sysctl_count++] = (struct policy_sysctl){ name, value };
}

static void build_sysctls(const struct rules_build *b, struct policy *out)
{
	const struct model_image *image = &b->m->image;

	out->sysctls =
		mem_array(b->a, b->t->sysctl_count + image->sysctl_count, sizeof(*out->sysctls));
	for (size_t i = 0; i < b->t->sysctl_count; i++)
		set_sysctl(out, b->t->sysctls[i].name, b->t->sysctls[i].value);
	for (size_t i = 0; i < image->sysctl_count; i++) {
		const char *text = image->sysctls[i];
		size_t len = strcspn(text, "=");

		set_sysctl(out, mem_strndup(b->a, text, len), text[len] ? text + len + 1 : "");
	}
}

static int build_snap(const struct rules_build *b, const struct model_snap *s, struct policy *out)
{
	struct policy_app *first = &out->apps[out->app_count];
	struct policy_rules shared = { 0 };
	int rc = policy_rules_places(b, s, &shared);

	for (size_t j = 0; j < s->app_count; j++)
		rc |= build_app(b, &s->apps[j], &shared, &out->apps[out->app_count++]);
	for (size_t j = 0; j < s->hook_count; j++)
		rc |= build_app(b, &s->hooks[j], &shared, &out->apps[out->app_count++]);
	return rc | unite_mounts(b, s, first);
}

static int build_apps(const struct rules_build *b, struct policy *out)
{
	const struct model *m = b->m;
	size_t count = 0;
	int rc = 0;

	for (size_t i = 0; i < m->snap_count; i++)
		count += m->snaps[i].app_count + m->snaps[i].hook_count;
	out->apps = mem_array(b->a, count, sizeof(*out->apps));
	for (size_t i = 0; i < m->snap_count; i++)
		rc |= build_snap(b, &m->snaps[i], out);
	if (out->app_count)
		qsort(out->apps, out->app_count, sizeof(*out->apps), by_label);
	return rc;
}

int policy_build(struct mem_arena *a, const struct model *m, const struct policy_templates *t,
		 struct policy *out, struct meta_diag *d)
{
	const struct rules_build b = { a, m, t, d };
	int rc;

	*out = (struct policy){ 0 };
	rc = build_apps(&b, out);
	policy_rules_made(&b, out);
	/* Of an app with an error not all slots may be known. */
	rc = rc ? rc : policy_rules_needs(&b, out);
	rc |= check_slots(&b, out) | policy_rules_overlap(&b, out) |
	      policy_rules_links_apart(&b, out);
	/* Who would be given what is reserved, an app that was not looked at may be. */
	rc |= policy_rules_reserved(&b, out, rc == 0 && !m->lost_count && !m->gadget_snap.unsound);
	if (rc)
		return -1;
	policy_rules_groups(&b, out);
	build_sysctls(&b, out);
	return 0;
}
