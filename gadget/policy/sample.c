/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An interface file without anything that uses it: each of its variants meets each that it can be
 * connected to, every attribute is there and has a value that stands for all of its type.
 */
#include <stddef.h>
#include <string.h>

#include "files.h"
#include "path.h"
#include "rules.h"
#include "str.h"

/* What free text is made of here: a value that no closed list of words can hold. */
#define WORD "sample1"

static const char *const texts[] = {
	[MODEL_ATTR_NAME] = WORD,
	[MODEL_ATTR_DEV_NODE] = "/dev/" WORD "/1",
	[MODEL_ATTR_SYSFS_PATH] = "/sys/devices/" WORD "/1",
	[MODEL_ATTR_ABS_PATH] = "/" WORD "/1",
	[MODEL_ATTR_MATCH] = WORD "*",
	[MODEL_ATTR_GLOB_PATH] = "/" WORD "/*",
	[MODEL_ATTR_GLOB_SOURCE] = "/" WORD "/*",
	[MODEL_ATTR_GLOB_NAME] = WORD "*",
	[MODEL_ATTR_SNAP_GLOB] = "/" WORD "/*",
	[MODEL_ATTR_SNAP_PATH] = "$SNAP_DATA/" WORD,
	[MODEL_ATTR_DBUS_NAME] = "org." WORD,
	[MODEL_ATTR_RANGES] = "0-3,7",
	[MODEL_ATTR_COMPAT] = WORD "-1-(2..4)",
	[MODEL_ATTR_WORD] = WORD,
	[MODEL_ATTR_WORDS] = WORD " " WORD,
	[MODEL_ATTR_OF_PATH] = "/" WORD "@1",
	[MODEL_ATTR_BOOL] = "true",
	[MODEL_ATTR_TABLE] = WORD "*",
};

/* --- values ---------------------------------------------------------------------------------- */

static struct meta_node *text_node(struct mem_arena *a, const struct model_attr_def *def,
				   const char *text)
{
	struct meta_node *n = mem_alloc(a, sizeof(*n));

	*n = (struct meta_node){ .kind = META_SCALAR, .loc = def->loc, .text = text };
	n->plain = def->type == MODEL_ATTR_INT || def->type == MODEL_ATTR_BOOL;
	return n;
}

static struct meta_node *holder(struct mem_arena *a, enum meta_kind kind, size_t count)
{
	struct meta_node *n = mem_alloc(a, sizeof(*n));

	*n = (struct meta_node){ .kind = kind, .count = count };
	n->items = mem_array(a, count, sizeof(struct meta_node *));
	n->keys = mem_array(a, count, sizeof(struct meta_node *));
	return n;
}

static const char *int_text(struct mem_arena *a, const struct model_attr_def *def)
{
	int64_t n = def->min > INT64_MIN ? def->min : def->max < 1 ? def->max : 1;

	return mem_printf(a, "%lld", (long long)n);
}

static const char *scalar_text(struct mem_arena *a, const struct model_attr_def *def)
{
	if (def->is)
		return def->is;
	if (def->type == MODEL_ATTR_INT)
		return int_text(a, def);
	if (def->type == MODEL_ATTR_ENUM)
		return def->values[0];
	return texts[def->type];
}

static struct meta_node *attrs_node(struct mem_arena *a, const struct model_attr_def *defs,
				    size_t count);

static struct meta_node *value_node(struct mem_arena *a, const struct model_attr_def *def)
{
	struct meta_node *n;

	if (def->type == MODEL_ATTR_MAP)
		return attrs_node(a, def->fields, def->field_count);
	if (def->type != MODEL_ATTR_TABLE)
		return text_node(a, def, scalar_text(a, def));
	n = holder(a, META_MAP, 1);
	n->keys[0] = text_node(a, def, WORD);
	n->items[0] = text_node(a, def, texts[def->type]);
	return n;
}

/* Of a list one item. */
static struct meta_node *attr_node(struct mem_arena *a, const struct model_attr_def *def)
{
	struct meta_node *n;

	if (!def->list)
		return value_node(a, def);
	n = holder(a, META_LIST, 1);
	n->items[0] = value_node(a, def);
	return n;
}

static struct meta_node *attrs_node(struct mem_arena *a, const struct model_attr_def *defs,
				    size_t count)
{
	struct meta_node *n = holder(a, META_MAP, count);

	for (size_t i = 0; i < count; i++) {
		n->keys[i] = text_node(a, &defs[i], defs[i].name);
		n->items[i] = attr_node(a, &defs[i]);
	}
	return n;
}

/* --- ends ------------------------------------------------------------------------------------ */

/* One snap with one app that has both ends. */
struct sample {
	struct rules_build b;
	struct rules_joint j;
	struct model_snap snap;
	struct model_app app;
	struct model_end plug, slot, *plugs[1], *slots[1];
	const struct model_end *end; /* whose variant it is that is looked at */
	struct policy_app got;	     /* from one part */
	struct policy_app *out;
};

static void set_end(struct sample *s, struct model_end *end, const struct model_iface *f,
		    const struct model_variant *v)
{
	*end = (struct model_end){ .name = WORD,
				   .interface = f->name,
				   .iface = f,
				   .attrs = attrs_node(s->b.a, v->attrs, v->attr_count),
				   .snap = &s->snap,
				   .variant = v,
				   .loc = v->loc };
}

static void init(struct sample *s, const struct rules_build *b)
{
	*s = (struct sample){ .b = *b };
	s->snap = (struct model_snap){
		.name = WORD, .instance = WORD, .revision = "x1", .apps = &s->app, .app_count = 1
	};
	s->plugs[0] = &s->plug;
	s->slots[0] = &s->slot;
	s->app = (struct model_app){ .name = WORD,
				     .label = "snap." WORD "." WORD,
				     .snap = &s->snap,
				     .plugs = s->plugs,
				     .plug_count = 1,
				     .slots = s->slots,
				     .slot_count = 1 };
	s->j = (struct rules_joint){ .b = &s->b, .app = &s->got, .reason = WORD };
	s->got.app = &s->app;
}

/* --- groups ---------------------------------------------------------------------------------- */

static bool has_placeholder(const struct model_line *line)
{
	return line->text && strstr(line->text, "%{");
}

/*
 * What is written around a value is judged with it; a word of a closed list that the value is (part
 * of) cannot be: in its place stands what is right there, by its position, the last for all behind.
 */
static const char *stand_in(struct mem_arena *a, const char *text, const char *const *right)
{
	CLEANUP_STR struct str s = { 0 };
	size_t len;

	for (;; text += len + 1) {
		len = strcspn(text, " ");
		if (strstr(mem_strndup(a, text, len), WORD))
			str_add(&s, *right);
		else
			str_add_bytes(&s, text, len);
		if (!text[len])
			return mem_strdup(a, str_text(&s));
		str_add(&s, " ");
		right += right[1] != NULL;
	}
}

static void merge_filter(struct sample *s, const struct policy_rules *got)
{
	static const char *const right[] = { "read", "0", NULL };

	for (size_t i = 0; i < got->count; i++) {
		struct policy_rule line = got->items[i];

		line.text = stand_in(s->b.a, line.text, right);
		policy_rules_add(s->b.a, &s->out->seccomp, &line);
	}
}

static void merge(struct sample *s)
{
	const struct policy_app *got = &s->got;
	struct mem_arena *a = s->b.a;

	policy_rules_merge(a, &s->out->apparmor, &got->apparmor);
	merge_filter(s, &got->seccomp);
	for (size_t i = 0; i < got->slots.count; i++)
		policy_rules_merge(a, &s->out->slots.items[0].matches,
				   &got->slots.items[i].matches);
}

/* One part of a group alone, so that its mistake hides no other. */
static int part(struct sample *s, const struct model_group *one)
{
	s->got = (struct policy_app){ .app = &s->app };
	if (policy_rules_group(&s->j, one, s->end))
		return -1;
	merge(s);
	return 0;
}

static int lines(struct sample *s, const struct model_group *g)
{
	static const size_t keys[] = {
		offsetof(struct model_group, apparmor),	 offsetof(struct model_group, seccomp),
		offsetof(struct model_group, bus_names), offsetof(struct model_group, bus_talks),
		offsetof(struct model_group, binds),	 offsetof(struct model_group, capabilities),
		offsetof(struct model_group, env),	 offsetof(struct model_group, bus_calls),
	};
	int status = 0;

	for (size_t k = 0; k < ARRAY_SIZE(keys); k++) {
		const struct model_lines *all =
			(const struct model_lines *)((const char *)g + keys[k]);

		for (size_t i = 0; i < all->count; i++) {
			struct model_group one = { 0 };

			*(struct model_lines *)((char *)&one + keys[k]) =
				(struct model_lines){ &all->items[i], 1 };
			status |= part(s, &one);
		}
	}
	for (size_t i = 0; i < g->udev_count; i++)
		status |= part(s, &(struct model_group){ .udev = &g->udev[i],
							 .udev_count = 1,
							 .links = i ? (struct model_lines){ 0 }
								    : g->links });
	return status;
}

/* Placeholders only: what the texts mean depends on the values. */
static int expand_all(struct sample *s, const struct model_line *all, size_t count,
		      enum expand_layer layer)
{
	struct expand_texts ignored;
	int status = 0;

	for (size_t i = 0; i < count; i++)
		if (all[i].text)
			status |= policy_expand_line(&s->j.x, &all[i], layer, &ignored);
	return status;
}

static bool any_placeholder(const struct model_line *all, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (has_placeholder(&all[i]))
			return true;
	return false;
}

/* Of which only a value says what node it is: a text of a closed list, as far as is known here. */
static int device(struct sample *s, struct model_iface_device *dev)
{
	struct expand_texts found;
	struct model_iface_device one = *dev;
	int status = 0;

	if (policy_expand_line(&s->j.x, &dev->node, EXPAND_PATH, &found))
		return -1;
	for (size_t i = 0; i < found.count; i++) {
		one.node.text = found.items[i];
		if (!strstr(one.node.text, WORD))
			status |= part(s,
				       &(struct model_group){ .devices = &one, .device_count = 1 });
		else if (!path_is_clean(one.node.text) || !path_is_below(one.node.text, "/dev"))
			status = meta_error(s->b.d, &dev->loc,
					    "cannot use device \"%s\": expected a node below /dev",
					    dev->node.text);
	}
	return status;
}

static int module(struct sample *s, const struct model_module *m)
{
	struct model_module one = *m;
	const char *load;

	if (policy_rules_one(&s->j.x, &m->load, EXPAND_PATH, &load))
		return -1;
	if (strstr(load, WORD))
		one.load.text = NULL;
	return part(s, &(struct model_group){ .modules = &one, .module_count = 1 });
}

static int late(struct sample *s, struct model_late *l)
{
	const struct model_line all[] = { l->link, l->subdir, l->prefix, l->export_file,
					  l->export_value };

	if (any_placeholder(all, ARRAY_SIZE(all)) ||
	    any_placeholder(l->files.items, l->files.count))
		return expand_all(s, all, ARRAY_SIZE(all), EXPAND_PATH) |
		       expand_all(s, l->files.items, l->files.count, EXPAND_PATH);
	s->j.loc = l->loc;
	return part(s, &(struct model_group){ .late = l, .late_count = 1 });
}

/* The match is tried as those of udev are; of the rest only values say what it means. */
static int made(struct sample *s, const struct model_made *m)
{
	const struct model_line all[] = { m->file, m->device, m->node, m->link };
	const struct model_line values[] = { m->value, m->chip };
	struct model_line match = m->udev;
	struct model_udev udev = { .parts = { &match, 1 }, .access = m->access, .loc = m->loc };

	return expand_all(s, all, ARRAY_SIZE(all), EXPAND_PATH) |
	       expand_all(s, values, ARRAY_SIZE(values), EXPAND_SYSFS) |
	       part(s, &(struct model_group){ .udev = &udev, .udev_count = 1 });
}

static int mount(struct sample *s, struct model_iface_mount *m)
{
	/* Of an image it is the connection that is wrong. */
	s->j.loc = m->loc;
	return part(s, &(struct model_group){ .mounts = m, .mount_count = 1 });
}

static int socket_line(struct sample *s, const struct model_line *line)
{
	static const char *const right[] = { "unix", "stream", "0", NULL };
	struct expand_texts found;
	int status = 0;

	if (policy_expand_line(&s->j.x, line, EXPAND_SECCOMP, &found))
		return -1;
	for (size_t i = 0; i < found.count; i++) {
		struct model_line one = { stand_in(s->b.a, found.items[i], right), line->loc };

		status |= part(s, &(struct model_group){ .sockets = { &one, 1 } });
	}
	return status;
}

/* All but "each". */
static int flat(struct sample *s, const struct model_group *g)
{
	int status = lines(s, g);

	for (size_t i = 0; i < g->sockets.count; i++)
		status |= socket_line(s, &g->sockets.items[i]);
	for (size_t i = 0; i < g->device_count; i++)
		status |= device(s, &g->devices[i]);
	for (size_t i = 0; i < g->mount_count; i++)
		status |= mount(s, &g->mounts[i]);
	for (size_t i = 0; i < g->module_count; i++)
		status |= module(s, &g->modules[i]);
	for (size_t i = 0; i < g->late_count; i++)
		status |= late(s, &g->late[i]);
	for (size_t i = 0; i < g->made_count; i++)
		status |= made(s, &g->made[i]);
	return status;
}

static int group(struct sample *s, const struct model_group *g)
{
	int status;

	if (policy_rules_joint_scope(&s->j))
		return -1;
	s->j.x.sample = true;
	status = flat(s, g);
	for (size_t i = 0; i < g->each_count; i++) {
		const struct model_attr_def *def = policy_rules_attr(s->end, g->each[i].of);
		const struct meta_node *list = meta_get(s->end->attrs, g->each[i].of);
		size_t count = s->j.x.count;

		if (!def || !list || policy_rules_item_scope(&s->j, def, list->items[0], s->end))
			return -1;
		status |= flat(s, &g->each[i].group);
		s->j.x.count = count;
	}
	return status;
}

/* Both say which value they fit, and "match:" asks for one. */
static bool can_meet(const struct sample *s, const struct model_iface *f)
{
	for (size_t i = 0; i < f->match_count; i++) {
		const struct model_attr_def *x = policy_rules_attr(&s->plug, f->matches[i].attr);
		const struct model_attr_def *y = policy_rules_attr(&s->slot, f->matches[i].attr);

		if (f->matches[i].how == MODEL_MATCH_SAME && x && y && x->is && y->is &&
		    !str_eq(x->is, y->is))
			return false;
	}
	return true;
}

static void set_pair(struct sample *s, const struct model_iface *f,
		     const struct model_variant *plug, const struct model_variant *slot)
{
	set_end(s, &s->plug, f, plug);
	set_end(s, &s->slot, f, slot);
	s->j.plug = &s->plug;
	s->j.slot = &s->slot;
}

static int slot_side(struct sample *s, const struct model_variant *slot)
{
	int status;

	s->end = &s->slot;
	status = group(s, &slot->group) | group(s, &slot->peer);
	s->j.plug = NULL;
	status |= group(s, &slot->slot);
	s->j.plug = &s->plug;
	return status;
}

static int plug_side(struct sample *s, const struct model_variant *plug)
{
	s->end = &s->plug;
	return group(s, &plug->group);
}

int policy_sample(struct mem_arena *a, const struct model_iface *f,
		  const struct policy_templates *t, struct policy_app *out, struct meta_diag *d)
{
	static const struct model nothing = { .bare = true };
	const struct rules_build b = { a, &nothing, t, d };
	int *plugs = mem_array(a, f->plug_variant_count, sizeof(*plugs));
	struct sample s;
	int status = 0;

	init(&s, &b);
	*out = (struct policy_app){ 0 };
	out->slots.items = mem_alloc(a, sizeof(*out->slots.items));
	out->slots.count = 1;
	s.out = out;
	for (size_t i = 0; i < f->variant_count; i++) {
		int slot = 0;

		for (size_t k = 0; k < f->plug_variant_count; k++) {
			set_pair(&s, f, &f->plug_variants[k], &f->variants[i]);
			if (!can_meet(&s, f))
				continue;
			/* A mistake is told once, not for each that the variant meets. */
			slot = slot ? slot : slot_side(&s, &f->variants[i]);
			plugs[k] = plugs[k] ? plugs[k] : plug_side(&s, &f->plug_variants[k]);
			status |= slot | plugs[k];
		}
	}
	return status;
}
