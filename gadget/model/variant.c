/* SPDX-License-Identifier: Apache-2.0 */
/* The kinds of plugs and slots of an interface file. */
#include "variant.h"

#include "attr.h"
#include "group.h"
#include "identity.h"
#include "names.h"
#include "str.h"

const struct model_reader_word model_variant_connects[] = { { "manual", 0 },
							    { "auto", 1 },
							    { NULL, 0 } };

/* "offered-by:" of slots, or of one variant. */
int model_variant_offerers(const struct reader *r, const struct meta_node *n, unsigned *out)
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
	if (v->identity && model_identity_attrs(r, v))
		return -1;
	if (meta_get(n, "offered-by"))
		status = model_variant_offerers(r, n, &v->offered_by);
	status |= read_attr_names(r, n, "any-of", v, &v->any_of);
	status |= read_attr_names(r, n, "disjoint", v, &v->disjoint);
	status |= read_attr_names(r, n, "apart", v, &v->apart);
	status |= model_reader_bool(r, n, "super-privileged", &v->super_privileged);
	if (connect)
		status |= model_reader_word(r, connect, "connect", model_variant_connects,
					    &v->auto_connect);
	status |= model_attr_read_refusals(r, n, v);
	status |= model_group_read(r, n, &v->group);
	if (v->identity && !status)
		status = model_identity_udev(r, v);
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

/* Of one identity, whose name it has then, or of none. */
static int read_variant(const struct reader *r, const struct meta_node *n,
			const struct model_identity *id, struct model_variant *v)
{
	int status = 0;

	*v = (struct model_variant){ .identity = id, .loc = n->loc };
	if (id)
		v->name = mem_printf(r->a, "by-%s", id->name);
	else if (model_reader_need_text(r, n, "name", &v->name))
		status = -1;
	else if (!model_names_is_end(v->name))
		status = meta_error(r->d, &n->loc, "cannot use \"%s\" as the name of a variant",
				    v->name);
	return status | read_variant_rules(r, n, v);
}

/* One item of the list: a variant, or one for each of its identities. */
static int read_item(const struct reader *r, const struct meta_node *n, const struct side *s,
		     struct model_variant *items, size_t *count)
{
	const struct meta_node *ids = meta_get(n, "identity");
	int status = model_reader_map(r, n, "variant", s->keys);

	if (n->kind != META_MAP)
		return -1;
	if (!ids)
		return status | read_variant(r, n, NULL, &items[(*count)++]);
	if (meta_get(n, "name"))
		status = meta_error(r->d, &meta_get(n, "name")->loc,
				    "cannot use name: a variant with an identity has its name");
	/* A mistake is told once, not for each of them. */
	for (size_t i = 0; i < ids->count && !status; i++) {
		const struct model_identity *id = model_identity_find(r, ids->items[i]);

		status = !id || read_variant(r, n, id, &items[(*count)++]) ? -1 : 0;
	}
	return status;
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
	size_t room = 0;
	int status = 0;

	if (!list)
		return meta_error(r->d, &root->loc, "cannot find key \"%s\"", s->key);
	if (model_reader_list(r, list, s->key))
		return -1;
	if (list->count == 0)
		return meta_error(r->d, &list->loc, "cannot use %s: the list is empty", s->key);
	for (size_t i = 0; i < list->count; i++) {
		const struct meta_node *ids = meta_get(list->items[i], "identity");

		if (ids && (model_reader_list(r, ids, "identity") || ids->count == 0))
			return meta_error(r->d, &ids->loc,
					  "cannot use identity: expected a list that is not empty");
		room += ids ? ids->count : 1;
	}
	*items = mem_array(r->a, room, sizeof(**items));
	*count = 0;
	for (size_t i = 0; i < list->count; i++)
		status |= read_item(r, list->items[i], s, *items, count);
	return status ? -1 : check_variants(r, s, *items, *count);
}

int model_variant_read_slots(const struct reader *r, const struct meta_node *root,
			     struct model_iface *out)
{
	static const char *const used[] = { "name",   "offered-by",	"attrs",
					    "any-of", "disjoint",	"super-privileged",
					    "refuse", "permanent-slot", "connected-slot",
					    "apart",  "identity",	GROUP_KEYS,
					    NULL };
	static const struct reader_keys keys = { used, NULL, true };
	static const struct side side = { "variants", &keys, "a slot" };

	return read_variants(r, root, &side, &out->variants, &out->variant_count);
}

/* "plug-variants:", or the only one's attributes under "plug-attrs:", or one without any. */
int model_variant_read_plugs(const struct reader *r, const struct meta_node *root,
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
