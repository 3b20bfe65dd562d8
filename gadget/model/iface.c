/* SPDX-License-Identifier: Apache-2.0 */
/* Interface files: data that is trusted as the program is, but checked as whole as any other. */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "attr.h"
#include "identity.h"
#include "names.h"
#include "path.h"
#include "reader.h"
#include "str.h"
#include "variant.h"

const char *const model_matching_names[] = {
	[MODEL_MATCH_SAME] = "same", [MODEL_MATCH_COMPATIBLE] = "compatible"
};

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
	return status | model_variant_offerers(r, slots, &out->offered_by);
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
		status = model_reader_word(r, n, "connect", model_variant_connects, &value);
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
	const struct meta_node *list = meta_get(root, "conflicts");
	struct model_reader_texts texts;
	int status = model_reader_texts(r, root, "conflicts", &texts);

	for (size_t i = 0; i < texts.count; i++)
		if (texts.items[i] && !model_names_is_end(texts.items[i]))
			status = meta_error(r->d, &list->items[i]->loc,
					    "cannot use conflicts \"%.64s\": expected an interface",
					    texts.items[i]);
	out->conflicts = texts.count && !status ? texts.items : NULL;
	return status;
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
	status |= model_variant_read_plugs(r, root, out);
	status |= model_variant_read_slots(r, root, out);
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
	int status = 0;
	int n;

	if (model_identity_load(&r, dir, out))
		return -1;
	n = scandir(dir, &list, is_yaml, alphasort);
	if (n < 0)
		return fail_dir(d, &loc);
	r.m = out;
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
