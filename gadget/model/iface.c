/* SPDX-License-Identifier: Apache-2.0 */
/* Interface files: data that is trusted as the program is, but checked as whole as any other. */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "attr.h"
#include "group.h"
#include "names.h"
#include "path.h"
#include "reader.h"
#include "str.h"

const char *const model_matching_names[] = {
	[MODEL_MATCH_SAME] = "same", [MODEL_MATCH_COMPATIBLE] = "compatible"
};

static const struct model_reader_word connects[] = { { "manual", 0 }, { "auto", 1 }, { NULL, 0 } };

/* "offered-by:" of slots, or of one variant. */
static int read_offerers(const struct reader *r, const struct meta_node *n, unsigned *out)
{
	static const struct model_reader_word words[] = {
		{ "system", MODEL_OFFERED_SYSTEM },
		{ "gadget", MODEL_OFFERED_GADGET },
		{ "app", MODEL_OFFERED_APP },
		{ NULL, 0 },
	};
	const struct meta_node *list = meta_get(n, "offered-by");
	int status = 0;

	if (model_reader_list(r, list, "offered-by"))
		return -1;
	for (size_t i = 0; i < list->count; i++) {
		int bit = 0;

		status |= model_reader_word(r, list->items[i], "offered-by", words, &bit);
		*out |= (unsigned)bit;
	}
	if (list->count == 0)
		return meta_error(r->d, &list->loc, "cannot use offered-by: the list is empty");
	return status;
}

static int read_offered(const struct reader *r, const struct meta_node *root,
			struct model_iface *out)
{
	static const char *const used[] = { "offered-by", NULL };
	static const struct reader_keys keys = { used, NULL, true };
	const struct meta_node *slots = meta_get(root, "slots");
	int status;

	if (!slots)
		return meta_error(r->d, &root->loc, "cannot find key \"slots\"");
	status = model_reader_map(r, slots, "slots", &keys);
	if (slots->kind != META_MAP)
		return -1;
	if (!meta_get(slots, "offered-by"))
		return meta_error(r->d, &slots->loc, "cannot find key \"offered-by\"");
	return status | read_offerers(r, slots, &out->offered_by);
}

/* Lists of attributes that the variant has. */
static int read_attr_names(const struct reader *r, const struct meta_node *n, const char *key,
			   const struct model_variant *v, const char *const **out)
{
	struct model_reader_texts texts;
	int status = model_reader_texts(r, n, key, &texts);

	for (size_t i = 0; i < texts.count; i++)
		if (texts.items[i] && !model_attr_find(v, texts.items[i]))
			status = meta_error(r->d, &meta_get(n, key)->loc,
					    "cannot use %s: no attribute \"%s\"", key,
					    texts.items[i]);
	*out = texts.count && !status ? texts.items : NULL;
	return status;
}

/* Numbers, and the list of what they are numbers of. */
static int check_apart(const struct reader *r, const struct meta_node *n,
		       const struct model_variant *v)
{
	const char *const *names = v->apart;

	if (!names ||
	    (names[1] && !names[2] && model_attr_find(v, names[0])->type == MODEL_ATTR_RANGES &&
	     !model_attr_find(v, names[0])->list && model_attr_find(v, names[1])->list))
		return 0;
	return meta_error(r->d, &meta_get(n, "apart")->loc,
			  "cannot use apart: expected an attribute of type ranges and a list");
}

static int check_refers(const struct reader *r, const struct model_variant *v)
{
	int status = 0;

	for (size_t i = 0; i < v->attr_count; i++) {
		for (size_t k = 0; k < v->attrs[i].field_count; k++) {
			const struct model_attr_def *f = &v->attrs[i].fields[k];

			for (size_t j = 0; f->refers_to && f->refers_to[j]; j++)
				if (!model_attr_find(v, f->refers_to[j]))
					status = meta_error(r->d, &f->loc,
							    "cannot use refers-to: no attribute "
							    "\"%s\"",
							    f->refers_to[j]);
		}
	}
	return status;
}

/* Lists that "each" walks, and those that it compares with. */
static int check_each(const struct reader *r, const struct model_variant *v,
		      const struct model_group *g)
{
	int status = 0;

	for (size_t i = 0; i < g->each_count; i++) {
		const struct model_each *e = &g->each[i];
		const char *const names[] = { e->of, e->only, e->except };
		bool named = true;

		for (size_t k = 0; k < ARRAY_SIZE(names); k++) {
			const struct model_attr_def *def =
				names[k] ? model_attr_find(v, names[k]) : NULL;

			if (!names[k] || (def && def->list))
				continue;
			named = false;
			status = meta_error(r->d, &e->loc,
					    "cannot use each: no list attribute \"%s\"", names[k]);
		}
		if (named)
			status |= model_attr_check_when(r, model_attr_find(v, e->of), e->when,
							&e->loc);
	}
	return status;
}

static int read_variant_rules(const struct reader *r, const struct meta_node *n,
			      struct model_variant *v)
{
	const struct meta_node *connect = meta_get(n, "connect");
	struct attr_defs defs;
	int status = 0;

	v->auto_connect = -1;
	if (model_attr_read_defs(r, n, "attrs", &defs))
		return -1;
	v->attrs = defs.items;
	v->attr_count = defs.count;
	if (meta_get(n, "offered-by"))
		status = read_offerers(r, n, &v->offered_by);
	status |= read_attr_names(r, n, "any-of", v, &v->any_of);
	status |= read_attr_names(r, n, "disjoint", v, &v->disjoint);
	status |= read_attr_names(r, n, "apart", v, &v->apart);
	status |= model_reader_bool(r, n, "super-privileged", &v->super_privileged);
	if (connect)
		status |= model_reader_word(r, connect, "connect", connects, &v->auto_connect);
	status |= model_attr_read_refusals(r, n, v);
	status |= model_group_read(r, n, &v->group);
	status |= model_group_read_key(r, n, "permanent-slot", &v->slot);
	status |= model_group_read_key(r, n, "connected-slot", &v->peer);
	if (status)
		return -1;
	return check_apart(r, n, v) | check_refers(r, v) | check_each(r, v, &v->group) |
	       check_each(r, v, &v->slot) | check_each(r, v, &v->peer);
}

/* Which list of variants is read. */
struct side {
	const char *key;
	const struct reader_keys *keys;
	const char *what; /* "a slot" */
};

static int read_variant(const struct reader *r, const struct meta_node *n, const struct side *s,
			struct model_variant *v)
{
	int status;

	v->loc = n->loc;
	status = model_reader_map(r, n, "variant", s->keys);
	if (n->kind != META_MAP)
		return -1;
	if (model_reader_need_text(r, n, "name", &v->name))
		status = -1;
	else if (!model_names_is_end(v->name))
		status = meta_error(r->d, &n->loc, "cannot use \"%s\" as the name of a variant",
				    v->name);
	return status | read_variant_rules(r, n, v);
}

static int check_variants(const struct reader *r, const struct side *s,
			  const struct model_variant *items, size_t count)
{
	int status = 0;

	for (size_t i = 0; i < count; i++) {
		for (size_t k = 0; k < i; k++) {
			if (str_eq(items[k].name, items[i].name))
				status = meta_error(r->d, &items[i].loc,
						    "cannot use variant \"%s\": already defined",
						    items[i].name);
			else if (model_attr_ambiguous(&items[k], &items[i]))
				status = meta_error(r->d, &items[i].loc,
						    "cannot use variant \"%s\": %s could fit "
						    "\"%s\" as well",
						    items[i].name, s->what, items[k].name);
			else
				continue;
			break;
		}
	}
	return status;
}

static int read_variants(const struct reader *r, const struct meta_node *root, const struct side *s,
			 struct model_variant **items, size_t *count)
{
	const struct meta_node *list = meta_get(root, s->key);
	int status = 0;

	if (!list)
		return meta_error(r->d, &root->loc, "cannot find key \"%s\"", s->key);
	if (model_reader_list(r, list, s->key))
		return -1;
	if (list->count == 0)
		return meta_error(r->d, &list->loc, "cannot use %s: the list is empty", s->key);
	*items = mem_array(r->a, list->count, sizeof(**items));
	*count = list->count;
	for (size_t i = 0; i < list->count; i++)
		status |= read_variant(r, list->items[i], s, &(*items)[i]);
	return status ? -1 : check_variants(r, s, *items, *count);
}

static int read_slot_variants(const struct reader *r, const struct meta_node *root,
			      struct model_iface *out)
{
	static const char *const used[] = { "name",   "offered-by",	"attrs",
					    "any-of", "disjoint",	"super-privileged",
					    "refuse", "permanent-slot", "connected-slot",
					    "apart",  GROUP_KEYS,	NULL };
	static const struct reader_keys keys = { used, NULL, true };
	static const struct side side = { "variants", &keys, "a slot" };

	return read_variants(r, root, &side, &out->variants, &out->variant_count);
}

/* "plug-variants:", or the only one's attributes under "plug-attrs:", or one without any. */
static int read_plug_variants(const struct reader *r, const struct meta_node *root,
			      struct model_iface *out)
{
	static const char *const used[] = { "name",	"attrs",    "any-of",
					    "disjoint", "connect",  "super-privileged",
					    "refuse",	GROUP_KEYS, NULL };
	static const struct reader_keys keys = { used, NULL, true };
	static const struct side side = { "plug-variants", &keys, "a plug" };
	const struct meta_node *attrs = meta_get(root, "plug-attrs");
	struct model_variant *v;
	struct attr_defs defs;

	if (meta_get(root, "plug-variants") && attrs)
		return meta_error(r->d, &attrs->loc,
				  "cannot use plug-attrs: there are plug-variants");
	if (meta_get(root, "plug-variants"))
		return read_variants(r, root, &side, &out->plug_variants, &out->plug_variant_count);
	v = mem_alloc(r->a, sizeof(*v));
	*v = (struct model_variant){ .name = "plug", .auto_connect = -1, .loc = root->loc };
	if (model_attr_read_defs(r, root, "plug-attrs", &defs))
		return -1;
	v->attrs = defs.items;
	v->attr_count = defs.count;
	out->plug_variants = v;
	out->plug_variant_count = 1;
	return 0;
}

static int read_super(const struct reader *r, const struct meta_node *root, struct model_iface *out)
{
	static const struct model_reader_word words[] = {
		{ "plug", MODEL_SUPER_PLUG },
		{ "slot", MODEL_SUPER_SLOT },
		{ "both", MODEL_SUPER_PLUG | MODEL_SUPER_SLOT },
		{ NULL, 0 },
	};
	const struct meta_node *n = meta_get(root, "super-privileged");
	int value = 0;

	if (n && model_reader_word(r, n, "super-privileged", words, &value))
		return -1;
	out->super = (unsigned)value;
	return 0;
}

static int read_connect(const struct reader *r, const struct meta_node *root,
			struct model_iface *out)
{
	static const struct model_reader_word arities[] = { { "one", 0 },
							    { "many", 1 },
							    { NULL, 0 } };
	const struct meta_node *n = meta_get(root, "connect");
	const struct meta_node *arity = meta_get(root, "slots-per-plug");
	int value = 0;
	int many = 0;
	int status = 0;

	if (n)
		status = model_reader_word(r, n, "connect", connects, &value);
	if (arity)
		status |= model_reader_word(r, arity, "slots-per-plug", arities, &many);
	out->auto_connect = value;
	out->many = many;
	return status;
}

static bool has_attr(const struct model_variant *items, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (model_attr_find(&items[i], name))
			return true;
	return false;
}

static int read_matches(const struct reader *r, const struct meta_node *root,
			struct model_iface *out)
{
	const struct model_reader_word words[] = {
		{ model_matching_names[MODEL_MATCH_SAME], MODEL_MATCH_SAME },
		{ model_matching_names[MODEL_MATCH_COMPATIBLE], MODEL_MATCH_COMPATIBLE },
		{ NULL, 0 },
	};
	const struct meta_node *map = meta_get(root, "match");
	int status = 0;

	if (!map)
		return 0;
	if (map->kind != META_MAP)
		return meta_error(r->d, &map->loc, "cannot use match: expected a map, got %s",
				  meta_kind_name(map));
	out->matches = mem_array(r->a, map->count, sizeof(*out->matches));
	out->match_count = map->count;
	for (size_t i = 0; i < map->count; i++) {
		const char *name = map->keys[i]->text;
		int how = 0;

		if (!has_attr(out->variants, out->variant_count, name) ||
		    !has_attr(out->plug_variants, out->plug_variant_count, name))
			status = meta_error(r->d, &map->keys[i]->loc,
					    "cannot use match: \"%s\" is not an attribute of both "
					    "plugs and slots",
					    name);
		status |= model_reader_word(r, map->items[i], "match", words, &how);
		out->matches[i] =
			(struct model_match){ name, (enum model_matching)how, map->keys[i]->loc };
	}
	return status;
}

static int read_conflicts(const struct reader *r, const struct meta_node *root,
			  struct model_iface *out)
{
	struct model_reader_texts texts;

	if (model_reader_texts(r, root, "conflicts", &texts))
		return -1;
	out->conflicts = texts.count ? texts.items : NULL;
	for (size_t i = 0; i < texts.count; i++)
		if (!model_names_is_end(texts.items[i]))
			return meta_error(r->d, &meta_get(root, "conflicts")->items[i]->loc,
					  "cannot use conflicts \"%.64s\": expected an interface",
					  texts.items[i]);
	return 0;
}

static int read_iface(const struct reader *r, const struct meta_node *root, const char *stem,
		      struct model_iface *out)
{
	static const char *const used[] = {
		"interface", "summary",		 "slots",      "connect",	"slots-per-plug",
		"match",     "super-privileged", "plug-attrs", "plug-variants", "variants",
		"listens",   "conflicts",	 NULL
	};
	static const struct reader_keys keys = { used, NULL, true };

	int status;

	out->loc = root->loc;
	status = model_reader_map(r, root, "interface file", &keys);
	if (root->kind != META_MAP || model_reader_need_text(r, root, "interface", &out->name))
		return -1;
	out->loc = meta_get(root, "interface")->loc;
	if (!model_names_is_end(out->name) || (stem && !str_eq(out->name, stem)))
		status = meta_error(r->d, &out->loc,
				    "cannot use interface \"%s\": expected the name of the file",
				    out->name);
	status |= model_reader_need_text(r, root, "summary", &out->summary);
	status |= model_reader_bool(r, root, "listens", &out->listens);
	status |= read_offered(r, root, out);
	status |= read_connect(r, root, out);
	status |= read_super(r, root, out);
	status |= read_conflicts(r, root, out);
	status |= read_plug_variants(r, root, out);
	status |= read_slot_variants(r, root, out);
	/* What it compares are the variants' attributes. */
	return status || read_matches(r, root, out) ? -1 : 0;
}

int model_reader_iface(const struct reader *r, const struct meta_node *root,
		       struct model_iface *out)
{
	return read_iface(r, root, NULL, out);
}

static int is_yaml(const struct dirent *e)
{
	return str_ends(e->d_name, ".yaml") && e->d_name[0] != '.';
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct model_iface *)a)->name, ((const struct model_iface *)b)->name);
}

static int load_one(const struct reader *r, const char *dir, const char *file,
		    struct model_iface *out)
{
	const char *path = mem_printf(r->a, "%s/%s", dir, file);
	const char *name = mem_printf(r->a, "gadget/interfaces/%s", file);
	const char *stem = mem_strndup(r->a, file, strlen(file) - strlen(".yaml"));
	const struct meta_node *root = meta_load(r->a, path, name, r->d);

	return !root || read_iface(r, root, stem, out) || root->faulty ? -1 : 0;
}

/* The slots that every system has: one for each interface that it offers. */
static int make_system_slots(const struct reader *r, struct model *m)
{
	int status = 0;

	m->system_slots = mem_array(r->a, m->iface_count, sizeof(*m->system_slots));
	for (size_t i = 0; i < m->iface_count; i++) {
		const struct model_iface *iface = &m->ifaces[i];
		struct model_end *slot = &m->system_slots[m->system_slot_count];

		if (!(iface->offered_by & MODEL_OFFERED_SYSTEM))
			continue;
		*slot = (struct model_end){ .name = iface->name,
					    .interface = iface->name,
					    .iface = iface,
					    .loc = iface->loc };
		if (model_attr_check_slot(r, slot))
			status = -1;
		m->system_slot_count++;
	}
	return status;
}

static int fail_dir(struct meta_diag *d, const struct meta_loc *loc)
{
	struct err e = { 0 };

	(void)err_sys(&e, "cannot read interfaces");
	return meta_fail_file(d, loc, &e);
}

int model_load_ifaces(struct mem_arena *a, const char *dir, struct model *out, struct meta_diag *d)
{
	struct reader r = { .a = a, .d = d, .building = true };
	struct meta_loc loc = { .file = dir };
	struct dirent **list = NULL;
	int n = scandir(dir, &list, is_yaml, alphasort);
	int status = 0;

	if (n < 0)
		return fail_dir(d, &loc);
	out->ifaces = mem_array(a, (size_t)n, sizeof(*out->ifaces));
	for (int i = 0; i < n; i++) {
		if (load_one(&r, dir, list[i]->d_name, &out->ifaces[i]))
			status = -1;
		free(list[i]);
	}
	free(list);
	if (status)
		return -1;
	out->iface_count = (size_t)n;
	if (n == 0)
		return meta_error(d, &loc, "cannot read interfaces: there is none");
	/* The locale of scandir's order is not ours. */
	qsort(out->ifaces, out->iface_count, sizeof(*out->ifaces), by_name);
	return make_system_slots(&r, out);
}
