/* SPDX-License-Identifier: Apache-2.0 */
#include "ends.h"

#include <stdlib.h>
#include <string.h>

#include "attr.h"
#include "names.h"
#include "str.h"

/* They are looked for one after the other; no snap has a hundredth of it. */
#define ENDS_MAX 8192

/* One of the two kinds, while it is read. */
struct side {
	const char *key;  /* "plugs" */
	const char *what; /* "plug" */
	bool slots;
	struct model_end *items;
	size_t count;
	bool *scoped; /* named by an app */
	bool unread;  /* more names than there may be, or no map: nothing else of it is told */
};

struct model_end *model_ends_find(struct model_end *ends, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (str_eq(ends[i].name, name))
			return &ends[i];
	return NULL;
}

static const struct model_iface *find_iface(const struct model *m, const char *name)
{
	for (size_t i = 0; m && i < m->iface_count; i++)
		if (str_eq(m->ifaces[i].name, name))
			return &m->ifaces[i];
	return NULL;
}

static void warn_unknown(const struct reader *r, const struct side *s, const struct model_end *end)
{
	const char **names;

	/* Without interfaces nothing is known, and nothing needs to be said. */
	if (!r->m || r->m->iface_count == 0)
		return;
	meta_warn(r->d, &end->loc, "cannot use %s \"%s\": no interface \"%s\"", s->what, end->name,
		  end->interface);
	names = mem_array(r->a, r->m->iface_count + 1, sizeof(const char *));
	for (size_t i = 0; i < r->m->iface_count; i++)
		names[i] = r->m->ifaces[i].name;
	if (meta_nearest(end->interface, names))
		meta_hint(r->d, "did you mean \"%s\"?", meta_nearest(end->interface, names));
	else
		meta_hint(r->d, "\"bulkhead interface\" lists those that are here");
}

/* The attributes of the map form: all but "interface" and "label". */
static int read_attrs(const struct reader *r, const struct meta_node *n, struct model_end *end)
{
	struct meta_node *attrs = mem_alloc(r->a, sizeof(*attrs));
	const char *what = mem_printf(r->a, "\"%s\"", end->name);

	int status = 0;

	*attrs = (struct meta_node){ .kind = META_MAP, .loc = n->loc };
	attrs->keys = mem_array(r->a, n->count, sizeof(*attrs->keys));
	attrs->items = mem_array(r->a, n->count, sizeof(*attrs->items));
	for (size_t i = 0; i < n->count; i++) {
		struct meta_node *key = n->keys[i];
		const struct meta_node one = {
			.kind = META_MAP, .count = 1, .keys = &n->keys[i], .items = &n->items[i]
		};

		/* What is wrong whatever it is for is told here, and not looked at again. */
		if (model_reader_attrs(r, &one, what)) {
			status = -1;
			continue;
		}
		if (str_eq(key->text, "interface"))
			continue;
		if (str_eq(key->text, "label")) {
			if (!model_reader_is_text(n->items[i]))
				status = meta_error(r->d, &n->items[i]->loc,
						    "cannot use label of %s: expected text", what);
			continue;
		}
		attrs->keys[attrs->count] = key;
		attrs->items[attrs->count++] = n->items[i];
	}
	end->attrs = attrs->count ? attrs : NULL;
	return status;
}

/* "spidev0.0": found in real gadgets, though the reference drops such slots. */
static bool has_dot_only(struct mem_arena *a, const char *name, const char **better)
{
	char *text = mem_strdup(a, name);

	for (char *p = text; *p; p++)
		if (*p == '.')
			*p = '-';
	*better = text;
	return strchr(name, '.') && model_names_is_end(text);
}

static int check_name(const struct reader *r, struct side *s, const struct meta_node *key)
{
	const char *better;

	if (model_names_is_end(key->text))
		return 0;
	if (has_dot_only(r->a, key->text, &better)) {
		meta_warn(r->d, &key->loc,
			  "cannot use \"%.64s\" as the name of a %s: expected lower-case letters, "
			  "digits and single hyphens; it is left out",
			  key->text, s->what);
		meta_hint(r->d, "name it \"%s\"", better);
		return 1;
	}
	return meta_error(r->d, &key->loc,
			  "cannot use \"%.64s\" as the name of a %s: expected lower-case letters, "
			  "digits and single hyphens",
			  key->text, s->what);
}

static int check_interface(const struct reader *r, const struct side *s,
			   const struct model_end *end, const struct meta_node *n)
{
	if (n->kind != META_SCALAR || !model_reader_is_text(n))
		return meta_error(r->d, &n->loc,
				  "cannot use %s \"%s\": expected an interface or a map, got %s",
				  s->what, end->name,
				  n->kind == META_SCALAR ? n->text : meta_kind_name(n));
	if (!model_names_is_end(n->text))
		return meta_error(r->d, &n->loc,
				  "cannot use \"%.64s\" as the interface of %s \"%s\": expected "
				  "lower-case letters, digits and single hyphens",
				  n->text, s->what, end->name);
	return 0;
}

/* With an error there is none, and nothing is said of what it would want. */
static int read_interface(const struct reader *r, const struct side *s, struct model_end *end,
			  const struct meta_node *n)
{
	end->interface = NULL;
	if (check_interface(r, s, end, n))
		return -1;
	end->interface = n->text;
	return 0;
}

static int read_one(const struct reader *r, struct side *s, const struct meta_node *key,
		    const struct meta_node *n)
{
	struct model_end *end = &s->items[s->count];
	int status = 0;
	int odd = check_name(r, s, key);

	/* Left out, with a warning. */
	if (odd > 0)
		return 0;
	s->count++;
	*end = (struct model_end){ .name = key->text,
				   .interface = odd ? NULL : key->text,
				   .unread = odd < 0,
				   .loc = key->loc };
	if (n->kind != META_NULL && n->kind != META_MAP)
		status = read_interface(r, s, end, n);
	if (n->kind == META_MAP && meta_get(n, "interface"))
		status = read_interface(r, s, end, meta_get(n, "interface"));
	if (n->kind == META_MAP)
		status |= read_attrs(r, n, end);
	end->unread |= status != 0;
	return end->unread ? -1 : 0;
}

/*
 * How many ends the snap can have: those of its own map, and one for each name in a user's list.
 */
static size_t count_names(const struct meta_node *root, const struct ends_users *users,
			  const char *key)
{
	const struct meta_node *map = meta_get(root, key);
	size_t n = map ? map->count : 0;

	for (size_t i = 0; i < users->count; i++) {
		const struct meta_node *list = meta_get(users->items[i].n, key);

		n += list ? list->count : 0;
	}
	return n + 1;
}

static int read_side(const struct reader *r, const struct meta_node *root,
		     const struct ends_users *users, struct side *s)
{
	const struct meta_node *map = meta_get(root, s->key);
	size_t room = count_names(root, users, s->key);
	int status = 0;

	s->unread = true;
	if (room > ENDS_MAX)
		return meta_error(r->d, map ? &map->loc : &root->loc,
				  "cannot use %s: more than %u names", s->key, ENDS_MAX);
	if (map && map->kind != META_NULL && map->kind != META_MAP)
		return meta_error(r->d, &map->loc, "cannot use %s: expected a map, got %s", s->key,
				  meta_kind_name(map));
	s->unread = map && map->faulty;
	s->items = mem_array(r->a, room, sizeof(*s->items));
	s->scoped = mem_array(r->a, room, sizeof(*s->scoped));
	if (!map || map->kind == META_NULL)
		return 0;
	for (size_t i = 0; i < map->count; i++)
		status |= read_one(r, s, map->keys[i], map->items[i]);
	return status;
}

/* Names in an app's list: an end of the snap, or a new one whose interface has its name. */
static int read_app_names(const struct reader *r, struct side *s, const struct meta_node *app,
			  const struct model_end **named, size_t *count)
{
	static const struct meta_node nothing = { .kind = META_NULL };
	const struct meta_node *list = meta_get(app, s->key);
	int status = 0;

	if (!list || list->kind == META_NULL)
		return 0;
	if (model_reader_list(r, list, s->key))
		return -1;
	for (size_t i = 0; i < list->count; i++) {
		const struct meta_node *n = list->items[i];
		size_t before = s->count;
		const char *name;
		struct model_end *end;

		if (meta_text(n, s->key, &name, r->d)) {
			status = -1;
			continue;
		}
		end = model_ends_find(s->items, s->count, name);
		if (!end && read_one(r, s, n, &nothing))
			status = -1;
		if (!end && s->count == before)
			continue;
		end = end ? end : &s->items[before];
		s->scoped[end - s->items] = true;
		named[(*count)++] = end;
	}
	return status;
}

static int by_name(const void *pa, const void *pb)
{
	const struct model_end *a = *(struct model_end *const *)pa;
	const struct model_end *b = *(struct model_end *const *)pb;

	return strcmp(a->name, b->name);
}

/* What the app has: what it names, and what no app names. */
static void bind_app(const struct reader *r, const struct side *s, const struct model_end **named,
		     size_t count, struct model_app *app)
{
	struct model_end **out = mem_array(r->a, count + s->count, sizeof(*out));
	size_t n = 0;
	size_t unique = 0;

	for (size_t i = 0; i < count; i++)
		out[n++] = &s->items[named[i] - s->items];
	for (size_t i = 0; i < s->count; i++)
		if (!s->scoped[i])
			out[n++] = &s->items[i];
	qsort(out, n, sizeof(*out), by_name);
	for (size_t i = 0; i < n; i++)
		if (!unique || out[unique - 1] != out[i])
			out[unique++] = out[i];
	if (s->slots) {
		app->slots = out;
		app->slot_count = unique;
	} else {
		app->plugs = out;
		app->plug_count = unique;
	}
}

static int bind_side(const struct reader *r, const struct ends_users *users, struct side *s)
{
	const struct model_end ***named = mem_array(r->a, users->count, sizeof(*named));
	size_t *counts = mem_array(r->a, users->count, sizeof(*counts));
	int status = 0;

	for (size_t i = 0; i < users->count; i++) {
		const struct meta_node *list = meta_get(users->items[i].n, s->key);

		named[i] = mem_array(r->a, list ? list->count : 0, sizeof(**named));
		if (read_app_names(r, s, users->items[i].n, named[i], &counts[i]))
			status = -1;
	}
	for (size_t i = 0; i < users->count; i++)
		if (users->items[i].app)
			bind_app(r, s, named[i], counts[i], users->items[i].app);
	return status;
}

static int check_offer(const struct reader *r, const struct model_snap *snap,
		       const struct model_end *slot)
{
	static const char *const who[] = { [MODEL_OFFERED_SYSTEM] = "the system",
					   [MODEL_OFFERED_GADGET] = "a gadget",
					   [MODEL_OFFERED_APP] = "an app" };
	const char *text;

	if (slot->iface->offered_by & model_attr_offerer(snap))
		return 0;
	text = mem_printf(r->a, "cannot use slot \"%s\": interface %s is not offered by %s",
			  slot->name, slot->interface, who[model_attr_offerer(snap)]);
	/* The reference asks this when it installs a snap, not when it reads one. */
	if (r->image || r->building || r->policy)
		return meta_error(r->d, &slot->loc, "%s", text);
	meta_warn(r->d, &slot->loc, "%s", text);
	return 0;
}

static int check_side(const struct reader *r, const struct side *s, const struct model_snap *snap)
{
	int status = 0;

	for (size_t i = 0; i < s->count; i++) {
		struct model_end *end = &s->items[i];

		end->snap = snap;
		if (!end->interface)
			continue;
		end->iface = find_iface(r->m, end->interface);
		if (!end->iface)
			warn_unknown(r, s, end);
		else if (s->slots ? check_offer(r, snap, end) | model_attr_check_slot(r, end)
				  : model_attr_check_plug(r, end))
			end->unread = true;
		status |= end->unread ? -1 : 0;
	}
	return status;
}

int model_ends_read(const struct reader *r, const struct meta_node *root,
		    const struct ends_users *users, struct model_snap *snap)
{
	struct side plugs = { .key = "plugs", .what = "plug" };
	struct side slots = { .key = "slots", .what = "slot", .slots = true };

	int status = read_side(r, root, users, &plugs) | read_side(r, root, users, &slots);

	snap->ends_unread = plugs.unread || slots.unread;
	if (!plugs.unread)
		status |= bind_side(r, users, &plugs);
	if (!slots.unread)
		status |= bind_side(r, users, &slots);
	snap->plugs = plugs.items;
	snap->plug_count = plugs.count;
	snap->slots = slots.items;
	snap->slot_count = slots.count;
	for (size_t i = 0; i < slots.count; i++)
		if (model_ends_find(plugs.items, plugs.count, slots.items[i].name))
			status = meta_error(r->d, &slots.items[i].loc,
					    "cannot use slot \"%s\": a plug has the same name",
					    slots.items[i].name);
	/* Both sides, so that one run tells all. */
	status |= check_side(r, &plugs, snap) | check_side(r, &slots, snap);
	status |= model_attr_check_apart(r, slots.items, slots.count);
	return status ? -1 : 0;
}
