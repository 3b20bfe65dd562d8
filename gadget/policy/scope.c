/* SPDX-License-Identifier: Apache-2.0 */
/* What templates may name: the app, both ends of the connection, and their attributes. */
#include "rules.h"
#include "str.h"

/* An attribute being added. */
struct attr {
	const char *name; /* in templates */
	const struct model_attr_def *def;
	const struct meta_node *n; /* NULL: absent */
	const struct model_end *end;
};

static int add_attr(struct rules_joint *j, const struct attr *at);

/* Of a type whose globs stay globs. */
static bool has_globs(const struct model_attr_def *def)
{
	return def->type == MODEL_ATTR_GLOB_PATH || def->type == MODEL_ATTR_GLOB_SOURCE ||
	       def->type == MODEL_ATTR_GLOB_NAME || def->type == MODEL_ATTR_SNAP_GLOB;
}

static int add_scalar(struct rules_joint *j, const struct attr *at)
{
	const char *text = at->def->own_name ? at->end->name : at->def->fallback;

	if (at->n) {
		text = model_attr_text(j->b->a, at->def, at->n, at->end, j->b->d);
		if (!text)
			return -1;
	}
	policy_expand_add(&j->x, at->name, text);
	policy_expand_last(&j->x)->globs = has_globs(at->def);
	return 0;
}

static int add_list(struct rules_joint *j, const struct attr *at)
{
	struct expand_value *v;

	policy_expand_add(&j->x, at->name, NULL);
	v = policy_expand_last(&j->x);
	v->list = true;
	v->globs = has_globs(at->def);
	if (!at->n)
		return 0;
	if (at->n->kind != META_LIST)
		return meta_error(j->b->d, &at->n->loc, "cannot use %s: expected a list, got %s",
				  at->def->name, meta_kind_name(at->n));
	v->items = mem_array(j->b->a, at->n->count, sizeof(*v->items));
	v->count = at->n->count;
	for (size_t i = 0; i < at->n->count; i++) {
		v->items[i] = model_attr_text(j->b->a, at->def, at->n->items[i], at->end, j->b->d);
		if (!v->items[i])
			return -1;
	}
	return 0;
}

static int add_table(struct rules_joint *j, const struct attr *at)
{
	struct expand_value *v;

	policy_expand_add(&j->x, at->name, NULL);
	v = policy_expand_last(&j->x);
	v->list = true;
	if (!at->n)
		return 0;
	v->items = mem_array(j->b->a, at->n->count, sizeof(*v->items));
	v->keys = mem_array(j->b->a, at->n->count, sizeof(*v->keys));
	v->count = at->n->count;
	for (size_t i = 0; i < at->n->count; i++) {
		v->keys[i] = at->n->keys[i]->text;
		if (meta_text(at->n->items[i], at->def->name, &v->items[i], j->b->d))
			return -1;
	}
	return 0;
}

static int add_map(struct rules_joint *j, const struct attr *at)
{
	for (size_t i = 0; i < at->def->field_count; i++) {
		const struct model_attr_def *f = &at->def->fields[i];
		const struct attr field = { mem_printf(j->b->a, "%s.%s", at->name, f->name), f,
					    at->n ? meta_get(at->n, f->name) : NULL, at->end };

		if (add_attr(j, &field))
			return -1;
	}
	return 0;
}

static int add_attr(struct rules_joint *j, const struct attr *at)
{
	int status;

	if (at->def->type == MODEL_ATTR_MAP)
		return at->def->list ? 0 : add_map(j, at);
	if (at->def->type == MODEL_ATTR_TABLE)
		status = add_table(j, at);
	else
		status = at->def->list ? add_list(j, at) : add_scalar(j, at);
	policy_expand_last(&j->x)->def = at->def;
	return status;
}

/* All attributes of an end, as PREFIX.NAME, or as NAME when prefix is NULL. */
static int add_end(struct rules_joint *j, const struct model_end *end, const char *prefix)
{
	const struct model_variant *v = end ? end->variant : NULL;

	for (size_t i = 0; v && i < v->attr_count; i++) {
		const struct model_attr_def *def = &v->attrs[i];
		const struct attr at = { prefix ? mem_printf(j->b->a, "%s.%s", prefix, def->name)
						: def->name,
					 def, meta_get(end->attrs, def->name), end };

		if (add_attr(j, &at))
			return -1;
	}
	return 0;
}

static bool has_end(const struct model_app *app, const struct model_end *end)
{
	for (size_t i = 0; i < app->plug_count; i++)
		if (app->plugs[i] == end)
			return true;
	for (size_t i = 0; i < app->slot_count; i++)
		if (app->slots[i] == end)
			return true;
	return false;
}

/* The labels of the apps that have an end; what the system offers has no profile of ours. */
static void add_labels(struct rules_joint *j, const struct model_end *end, const char *name)
{
	const struct model_snap *s = end->snap;
	struct expand_value *v;

	policy_expand_add(&j->x, name, s ? NULL : "unconfined");
	v = policy_expand_last(&j->x);
	v->list = true;
	if (!s)
		return;
	v->items = mem_array(j->b->a, s->app_count + s->hook_count, sizeof(*v->items));
	for (size_t i = 0; i < s->app_count; i++)
		if (has_end(&s->apps[i], end))
			v->items[v->count++] = s->apps[i].label;
	for (size_t i = 0; i < s->hook_count; i++)
		if (has_end(&s->hooks[i], end))
			v->items[v->count++] = s->hooks[i].label;
}

/* "plug", "plug-snap", "plug-revision" and "plug-label", or those of the slot. */
static void add_names(struct rules_joint *j, const struct model_end *end, const char *kind)
{
	struct mem_arena *a = j->b->a;

	policy_expand_add(&j->x, kind, end->name);
	policy_expand_add(&j->x, mem_printf(a, "%s-snap", kind),
			  end->snap ? end->snap->instance : NULL);
	policy_expand_add(&j->x, mem_printf(a, "%s-revision", kind),
			  end->snap ? end->snap->revision : NULL);
	add_labels(j, end, mem_printf(a, "%s-label", kind));
}

int policy_rules_joint_scope(struct rules_joint *j)
{
	policy_rules_scope(j->b, j->app->app, &j->x);
	j->x.board = &j->b->m->board;
	j->x.user = &j->slot->loc;
	add_names(j, j->slot, "slot");
	if (j->plug)
		add_names(j, j->plug, "plug");
	return add_end(j, j->slot, "slot") || add_end(j, j->plug, "plug") ||
			       add_end(j, j->slot, NULL) || add_end(j, j->plug, NULL)
		       ? -1
		       : 0;
}

int policy_rules_item_scope(struct rules_joint *j, const struct model_attr_def *def,
			    const struct meta_node *item, const struct model_end *end)
{
	struct model_attr_def one = *def;
	const struct attr at = { "item", &one, item, end };

	one.list = false;
	return add_attr(j, &at);
}
