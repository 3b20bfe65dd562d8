/* SPDX-License-Identifier: Apache-2.0 */
/* What each connection adds to an app: the chosen variant of the interface, with its attributes. */
#include "rules.h"
#include "str.h"
#include "template.h"

/* One connection as one app has it. */
struct joint {
	const struct rules_build *b;
	const struct model_connection *c;
	const struct model_iface *iface;
	const struct model_variant *variant;
	struct expand x;
	const char *reason;
	struct policy_app *app;
};

static const struct template_word accesses[] = {
	{ "r", POLICY_ACCESS_READ },
	{ "w", POLICY_ACCESS_WRITE },
	{ "rw", POLICY_ACCESS_READ | POLICY_ACCESS_WRITE },
};

/* The text of one attribute value; the model has checked it against its type. */
static int attr_text(struct joint *j, const struct model_attr_def *def, const struct meta_node *n,
		     const char **out)
{
	int64_t number;

	if (def->type != MODEL_ATTR_INT)
		return meta_text(n, def->name, out, j->b->d);
	if (meta_int(n, def->name, (struct meta_range){ def->min, def->max }, &number, j->b->d))
		return -1;
	*out = mem_printf(j->b->a, "%lld", (long long)number);
	return 0;
}

static int add_attr(struct joint *j, const struct model_attr_def *def, const struct model_end *end)
{
	const struct meta_node *n = meta_get(end->attrs, def->name);
	struct expand_value *v;

	if (!n) {
		policy_expand_add(&j->x, def->name, def->fallback ? end->name : NULL);
		if (def->list)
			j->x.values[j->x.count - 1].list = !def->fallback;
		return 0;
	}
	policy_expand_add(&j->x, def->name, "");
	v = &j->x.values[j->x.count - 1];
	if (!def->list)
		return attr_text(j, def, n, &v->items[0]);
	if (n->kind != META_LIST)
		return meta_error(j->b->d, &n->loc, "cannot use %s: expected a list, got %s",
				  def->name, meta_kind_name(n));
	v->list = true;
	v->count = n->count;
	v->items = mem_array(j->b->a, n->count, sizeof(*v->items));
	for (size_t i = 0; i < n->count; i++)
		if (attr_text(j, def, n->items[i], &v->items[i]))
			return -1;
	return 0;
}

static int add_scope(struct joint *j)
{
	policy_rules_scope(j->b, j->app->app, &j->x);
	policy_expand_add(&j->x, "slot", j->c->slot->name);
	for (size_t i = 0; i < j->variant->attr_count; i++)
		if (add_attr(j, &j->variant->attrs[i], j->c->slot))
			return -1;
	for (size_t i = 0; i < j->iface->plug_attr_count; i++)
		if (add_attr(j, &j->iface->plug_attrs[i], j->c->plug))
			return -1;
	return 0;
}

static int add_capabilities(struct joint *j)
{
	const struct model_lines *lines = &j->variant->capabilities;

	for (size_t i = 0; i < lines->count; i++) {
		const struct model_line *line = &lines->items[i];
		int number = policy_capability(line->text);

		if (number < 0)
			return meta_error(j->b->d, &line->loc,
					  "cannot use capability \"%s\": Linux 6.1 has none of "
					  "that name",
					  line->text);
		j->app->caps |= UINT64_C(1) << number;
		policy_rules_add(
			j->b->a, &j->app->apparmor,
			&(struct policy_rule){ mem_printf(j->b->a, "capability %s,", line->text),
					       line->loc, j->reason });
	}
	return 0;
}

static const struct policy_device *find_fixed(const struct policy_templates *t, const char *node)
{
	for (size_t i = 0; i < t->fixed.count; i++)
		if (str_eq(t->fixed.items[i].node, node))
			return &t->fixed.items[i];
	return NULL;
}

/* Nodes whose numbers never change go into the plan; access to one node is united. */
static void add_device(struct joint *j, const struct policy_device *known, unsigned access,
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

static int add_devices(struct joint *j)
{
	for (size_t i = 0; i < j->variant->device_count; i++) {
		const struct model_iface_device *dev = &j->variant->devices[i];
		struct expand_texts texts;

		if (policy_expand_line(&j->x, &dev->node, EXPAND_PATH, &texts))
			return -1;
		for (size_t k = 0; k < texts.count; k++) {
			const struct policy_device *known = find_fixed(j->b->t, texts.items[k]);

			if (!known)
				return meta_error(j->b->d, &dev->loc,
						  "cannot use device \"%s\": its numbers are not "
						  "among the fixed ones of templates/devices.yaml",
						  texts.items[k]);
			add_device(j, known, dev->access, &dev->loc);
		}
	}
	return 0;
}

static struct policy_slot *slot_of(struct joint *j)
{
	struct policy_slots *to = &j->app->slots;
	struct policy_slot *s;

	for (size_t i = 0; i < to->count; i++)
		if (to->items[i].end == j->c->slot)
			return &to->items[i];
	to->items = mem_grow(j->b->a, to->items, to->count, &to->room, sizeof(*to->items));
	s = &to->items[to->count++];
	*s = (struct policy_slot){ .name = j->c->slot->name,
				   .end = j->c->slot,
				   .reason = j->reason,
				   .loc = j->c->slot->loc };
	return s;
}

static int add_udev(struct joint *j)
{
	struct policy_rules found = { 0 };
	struct policy_slot *s;
	unsigned access = 0;

	if (policy_rules_expand(&j->x, &j->variant->udev, EXPAND_UDEV, j->reason, &found))
		return -1;
	if (found.count == 0)
		return 0;
	if (policy_template_word(accesses, ARRAY_SIZE(accesses),
				 j->variant->udev_access ? j->variant->udev_access : "", &access))
		return meta_error(j->b->d, &j->variant->loc,
				  "cannot use udev-access: expected r, w or rw");
	s = slot_of(j);
	s->access |= access;
	for (size_t i = 0; i < found.count; i++)
		policy_rules_add(j->b->a, &s->matches, &found.items[i]);
	/* One name for several nodes would be whichever came last. */
	s->link = s->matches.count == 1 ? mem_printf(j->b->a, "slot/%s", s->name) : NULL;
	return 0;
}

static int add_binds(struct joint *j)
{
	for (size_t i = 0; i < j->variant->binds.count; i++) {
		const struct model_line *line = &j->variant->binds.items[i];
		struct expand_texts texts;

		if (policy_expand_line(&j->x, line, EXPAND_PATH, &texts))
			return -1;
		for (size_t k = 0; k < texts.count; k++) {
			const struct model_line bind = { texts.items[k], line->loc };

			if (policy_rules_bind(j->b, &bind, j->reason, j->app))
				return -1;
		}
	}
	return 0;
}

static int join(struct joint *j)
{
	const struct model_variant *v = j->variant;

	if (add_scope(j) ||
	    policy_rules_expand(&j->x, &v->apparmor, EXPAND_APPARMOR, j->reason,
				&j->app->apparmor) ||
	    policy_rules_expand(&j->x, &v->seccomp, EXPAND_SECCOMP, j->reason, &j->app->seccomp) ||
	    add_capabilities(j) || add_devices(j) || add_udev(j) || add_binds(j))
		return -1;
	j->app->network |= v->network;
	return 0;
}

static int join_plug(const struct rules_build *b, const struct model_end *plug,
		     struct policy_app *app)
{
	for (size_t i = 0; i < b->m->connection_count; i++) {
		const struct model_connection *c = &b->m->connections[i];
		struct joint j = { .b = b, .c = c, .app = app };

		if (c->plug != plug)
			continue;
		j.iface = c->slot->iface;
		j.variant = c->slot->variant;
		if (!j.iface || !j.variant)
			return meta_error(b->d, &c->loc,
					  "cannot connect \"%s\" to \"%s\": interface \"%s\" is "
					  "not known",
					  plug->name, c->slot->name, c->slot->interface);
		j.reason = mem_printf(b->a, "%s:%s (%s)", plug->name, c->slot->name, j.iface->name);
		if (join(&j))
			return -1;
	}
	return 0;
}

int policy_rules_connect(const struct rules_build *b, struct policy_app *app)
{
	for (size_t i = 0; i < app->app->plug_count; i++)
		if (join_plug(b, app->app->plugs[i], app))
			return -1;
	return 0;
}
