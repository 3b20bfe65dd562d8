/* SPDX-License-Identifier: Apache-2.0 */
#include "attr.h"

#include <stdlib.h>
#include <string.h>

#include "attr_type.h"
#include "guard.h"
#include "str.h"

/* Of every slot, whatever its interface: "two snaps may have it". */
#define SHARED "shared"

/* Items are compared with each other, and with those of other lists. */
#define LIST_MAX 4096u

/* --- values ---------------------------------------------------------------------------------- */

static int check_text(const struct reader *r, const struct model_attr_def *def,
		      const struct meta_node *n)
{
	const struct attr_type *type = &model_attr_types[def->type];
	const char *text;
	regex_t re;
	bool fits;

	if (meta_text(n, def->name, &text, r->d))
		return -1;
	if (!model_reader_is_text(n))
		return meta_error(r->d, &n->loc,
				  "cannot use %s \"%.64s\": a number or true or false, expected "
				  "text; quotes make it one",
				  def->name, text);
	if (!type->fits(text) && GUARD(model_value))
		return meta_error(r->d, &n->loc, "cannot use %s \"%.200s\": expected %s", def->name,
				  text, type->expected);
	if (!def->match)
		return 0;
	if (model_attr_compile(def->match, &re))
		return meta_error(r->d, &def->loc, "cannot use match \"%s\"", def->match);
	fits = regexec(&re, text, 0, NULL, 0) == 0;
	regfree(&re);
	if (!fits)
		return meta_error(r->d, &n->loc, "cannot use %s \"%.200s\": expected a match of %s",
				  def->name, text, def->match);
	return 0;
}

/* Every number of them is within the range. */
static int check_ranges(const struct reader *r, const struct model_attr_def *def,
			const struct meta_node *n)
{
	const char *at = n->text;
	unsigned first, last;

	if (check_text(r, def, n))
		return -1;
	while (model_attr_next_range(&at, &first, &last)) {
		if ((int64_t)first < def->min || (int64_t)last > def->max)
			return meta_error(r->d, &n->loc,
					  "cannot use %s \"%.200s\": expected numbers from %lld to "
					  "%lld",
					  def->name, n->text, (long long)def->min,
					  (long long)def->max);
		at += *at == ',';
	}
	return 0;
}

static int check_enum(const struct reader *r, const struct model_attr_def *def,
		      const struct meta_node *n)
{
	struct model_reader_word *words;
	size_t count = 0;
	int value;

	while (def->values[count])
		count++;
	words = mem_array(r->a, count + 1, sizeof(*words));
	for (size_t i = 0; i < count; i++)
		words[i] = (struct model_reader_word){ def->values[i], (int)i };
	return model_reader_word(r, n, def->name, words, &value);
}

static int check_int(const struct reader *r, const struct model_attr_def *def,
		     const struct meta_node *n)
{
	int64_t number;

	return meta_int(n, def->name, (struct meta_range){ def->min, def->max }, &number, r->d);
}

static int check_bool(const struct reader *r, const struct model_attr_def *def,
		      const struct meta_node *n)
{
	bool truth;

	return meta_bool(n, def->name, &truth, r->d);
}

static bool needed(const struct model_attr_def *def)
{
	return !def->optional && !def->fallback;
}

static const struct model_attr_def *find_def(const struct attr_defs *defs, const char *name)
{
	for (size_t i = 0; i < defs->count; i++)
		if (str_eq(defs->items[i].name, name))
			return &defs->items[i];
	return NULL;
}

static int check_map(const struct reader *r, const struct model_attr_def *def,
		     const struct meta_node *n)
{
	const struct attr_defs fields = { def->fields, def->field_count };
	int status = 0;

	if (n->kind != META_MAP)
		return meta_error(r->d, &n->loc, "cannot use %s: expected a map, got %s", def->name,
				  meta_kind_name(n));
	if (n->count == 0)
		return meta_error(r->d, &n->loc, "cannot use %s: the map is empty", def->name);
	for (size_t i = 0; i < n->count; i++) {
		const struct model_attr_def *f = find_def(&fields, n->keys[i]->text);

		if (!f)
			status =
				meta_error(r->d, &n->keys[i]->loc, "cannot use key \"%.64s\" of %s",
					   n->keys[i]->text, def->name);
		else if (model_attr_check_value(r, f, n->items[i]))
			status = -1;
	}
	for (size_t i = 0; i < fields.count; i++)
		if (needed(&fields.items[i]) && !meta_get(n, fields.items[i].name))
			status = meta_error(r->d, &n->loc, "cannot find key \"%s\" of %s",
					    fields.items[i].name, def->name);
	return status;
}

static int check_table(const struct reader *r, const struct model_attr_def *def,
		       const struct meta_node *n)
{
	struct model_attr_def value = { .name = def->name, .type = MODEL_ATTR_MATCH };
	int status = 0;

	if (n->kind != META_MAP)
		return meta_error(r->d, &n->loc, "cannot use %s: expected a map, got %s", def->name,
				  meta_kind_name(n));
	for (size_t i = 0; i < n->count; i++) {
		if (!model_attr_is_key(n->keys[i]->text))
			status = meta_error(r->d, &n->keys[i]->loc,
					    "cannot use key \"%.64s\" of %s: expected letters, "
					    "digits and any of \"_.:/-\"",
					    n->keys[i]->text, def->name);
		status |= check_text(r, &value, n->items[i]);
	}
	return status;
}

static int (*const checks[])(const struct reader *r, const struct model_attr_def *def,
			     const struct meta_node *n) = {
	[MODEL_ATTR_INT] = check_int,	  [MODEL_ATTR_BOOL] = check_bool,
	[MODEL_ATTR_ENUM] = check_enum,	  [MODEL_ATTR_MAP] = check_map,
	[MODEL_ATTR_TABLE] = check_table, [MODEL_ATTR_RANGES] = check_ranges,
};

static int check_one(const struct reader *r, const struct model_attr_def *def,
		     const struct meta_node *n)
{
	if (def->type < ARRAY_SIZE(checks) && checks[def->type])
		return checks[def->type](r, def, n);
	return check_text(r, def, n);
}

/* Of a list of texts, each is there once. */
static int check_unique(const struct reader *r, const struct model_attr_def *def,
			const struct meta_node *n)
{
	int status = 0;

	for (size_t i = 1; i < n->count; i++) {
		size_t k = 0;

		while (k < i && !str_eq(n->items[i]->text, n->items[k]->text))
			k++;
		if (k < i)
			status = meta_error(r->d, &n->items[i]->loc,
					    "cannot use %s \"%.200s\": it is listed twice",
					    def->name, n->items[i]->text);
	}
	return status;
}

int model_attr_check_value(const struct reader *r, const struct model_attr_def *def,
			   const struct meta_node *n)
{
	int status = 0;

	if (!def->list)
		return check_one(r, def, n);
	if (model_reader_list(r, n, def->name))
		return -1;
	if (n->count == 0)
		return meta_error(r->d, &n->loc, "cannot use %s: the list is empty", def->name);
	if (n->count > LIST_MAX)
		return meta_error(r->d, &n->loc, "cannot use %s: %zu entries (%u at most)",
				  def->name, n->count, LIST_MAX);
	for (size_t i = 0; i < n->count; i++)
		if (check_one(r, def, n->items[i]))
			status = -1;
	return status || !def->unique ? status : check_unique(r, def, n);
}

static struct attr_defs defs_of(const struct model_variant *v)
{
	return (struct attr_defs){ v->attrs, v->attr_count };
}

static bool is_general(const char *attr)
{
	return str_eq(attr, SHARED);
}

bool model_attr_is(const struct model_attr_def *def, const struct meta_node *n, const char *value)
{
	struct meta_diag d = { 0 };
	struct mem_arena a = { 0 };
	const char *text = n ? model_attr_text(&a, def, n, NULL, &d) : def->fallback;
	bool same = text && str_eq(text, value);

	meta_diag_free(&d);
	mem_free(&a);
	return same;
}

/* All attributes present are the variant's, and all it needs are present. */
static bool fits(const struct attr_defs *defs, const struct meta_node *attrs)
{
	for (size_t i = 0; attrs && i < attrs->count; i++)
		if (!is_general(attrs->keys[i]->text) && !find_def(defs, attrs->keys[i]->text))
			return false;
	for (size_t i = 0; i < defs->count; i++)
		if (needed(&defs->items[i]) && !meta_get(attrs, defs->items[i].name))
			return false;
	for (size_t i = 0; i < defs->count; i++) {
		const struct model_attr_def *def = &defs->items[i];
		const struct meta_node *n = meta_get(attrs, def->name);

		if (def->is && (n || !def->optional) && !model_attr_is(def, n, def->is))
			return false;
	}
	return true;
}

/* Every attribute that one needs is known to the other. */
static bool covers(const struct model_variant *a, const struct model_variant *b)
{
	struct attr_defs known = defs_of(b);

	for (size_t i = 0; i < a->attr_count; i++)
		if (needed(&a->attrs[i]) && !find_def(&known, a->attrs[i].name))
			return false;
	return true;
}

/* Some attribute that one of them needs has one value for each. */
static bool differ(const struct model_variant *a, const struct model_variant *b)
{
	for (size_t i = 0; i < a->attr_count; i++) {
		const struct model_attr_def *x = &a->attrs[i];
		const struct model_attr_def *y = model_attr_find(b, x->name);

		if (y && x->is && y->is && !str_eq(x->is, y->is) && !(x->optional && y->optional))
			return true;
	}
	return false;
}

const struct model_attr_def *model_attr_find(const struct model_variant *v, const char *name)
{
	struct attr_defs defs = defs_of(v);

	return find_def(&defs, name);
}

bool model_attr_ambiguous(const struct model_variant *a, const struct model_variant *b)
{
	bool apart = a->offered_by && b->offered_by && !(a->offered_by & b->offered_by);

	return covers(a, b) && covers(b, a) && !differ(a, b) && !apart;
}

static int check_values(const struct reader *r, const struct model_end *end)
{
	int status = 0;

	for (size_t i = 0; end->attrs && i < end->attrs->count; i++) {
		const struct model_attr_def *def =
			model_attr_find(end->variant, end->attrs->keys[i]->text);

		if (def && model_attr_check_value(r, def, end->attrs->items[i]))
			status = -1;
	}
	return status ? -1 : model_attr_check_joins(r, end);
}

static int refuse_unknown(const struct reader *r, const struct model_end *end,
			  const struct meta_node *key, const char *const *names)
{
	(void)meta_error(r->d, &key->loc,
			 "cannot use attribute \"%s\" of \"%s\": interface %s does not know it",
			 key->text, end->name, end->interface);
	if (meta_nearest(key->text, names))
		meta_hint(r->d, "did you mean \"%s\"?", meta_nearest(key->text, names));
	return -1;
}

/* The variants that a plug, or a slot, may be. */
struct choice {
	const char *what; /* "plug" */
	const struct model_variant *items;
	size_t count;
	unsigned offered_by; /* of a slot */
};

static const char **def_names(const struct reader *r, const struct choice *c)
{
	const char **names;
	size_t room = 0;
	size_t used = 0;

	for (size_t i = 0; i < c->count; i++)
		room += c->items[i].attr_count;
	names = mem_array(r->a, room + 1, sizeof(const char *));
	for (size_t i = 0; i < c->count; i++)
		for (size_t k = 0; k < c->items[i].attr_count; k++)
			names[used++] = c->items[i].attrs[k].name;
	return names;
}

/* Those that no variant knows. */
static int check_known(const struct reader *r, const struct model_end *end, const struct choice *c)
{
	const struct meta_node *attrs = end->attrs;
	const char **names = def_names(r, c);
	int status = 0;

	for (size_t i = 0; attrs && i < attrs->count; i++) {
		bool known = is_general(attrs->keys[i]->text);

		for (size_t k = 0; k < c->count && !known; k++)
			known = model_attr_find(&c->items[k], attrs->keys[i]->text);
		if (!known)
			status = refuse_unknown(r, end, attrs->keys[i], names);
	}
	return status;
}

/* True when some variant that knows the attribute takes its value. */
static bool is_taken(const struct reader *r, const struct choice *c, const char *name,
		     const struct meta_node *n)
{
	struct meta_diag ignored = { 0 };
	struct reader quiet = *r;
	bool taken = false;

	quiet.d = &ignored;
	for (size_t i = 0; i < c->count && !taken; i++) {
		const struct model_attr_def *def = model_attr_find(&c->items[i], name);

		taken = def && model_attr_check_value(&quiet, def, n) == 0;
	}
	meta_diag_free(&ignored);
	return taken;
}

/* Where it is not known which variant is meant: values that none of them takes. */
static int check_loose_values(const struct reader *r, const struct model_end *end,
			      const struct choice *c)
{
	int status = 0;

	for (size_t i = 0; end->attrs && i < end->attrs->count; i++) {
		const char *name = end->attrs->keys[i]->text;
		const struct meta_node *n = end->attrs->items[i];
		const struct model_attr_def *def = NULL;

		for (size_t k = 0; k < c->count && !def; k++)
			def = model_attr_find(&c->items[k], name);
		if (def && !is_taken(r, c, name, n))
			status |= model_attr_check_value(r, def, n);
	}
	return status;
}

/* A value that chooses among them, and that none takes: which is meant is not known. */
static bool chooses_nothing(const struct reader *r, const struct model_end *end,
			    const struct choice *c)
{
	bool wrong = false;

	for (size_t i = 0; i < c->count; i++)
		for (size_t k = 0; k < c->items[i].attr_count; k++) {
			const struct model_attr_def *def = &c->items[i].attrs[k];
			const struct meta_node *n = meta_get(end->attrs, def->name);

			wrong |= n && def->is && !is_taken(r, c, def->name, n);
		}
	return wrong;
}

/* "by-node: path; by-usb-id: path, usb-vendor, usb-product" */
static void list_variants(const struct choice *c, struct str *out)
{
	for (size_t i = 0; i < c->count; i++) {
		const struct model_variant *v = &c->items[i];
		const char *before = ": ";

		str_printf(out, "%s%s", i ? "; " : "", v->name);
		for (size_t k = 0; k < v->attr_count; k++) {
			if (!needed(&v->attrs[k]))
				continue;
			str_printf(out, "%s%s", before, v->attrs[k].name);
			if (v->attrs[k].is)
				str_printf(out, " %s", v->attrs[k].is);
			before = ", ";
		}
	}
}

/* The first attribute that the only variant needs and that is not there, or NULL. */
static const char *missing(const struct choice *c, const struct meta_node *attrs)
{
	for (size_t i = 0; c->count == 1 && i < c->items[0].attr_count; i++)
		if (needed(&c->items[0].attrs[i]) && !meta_get(attrs, c->items[0].attrs[i].name))
			return c->items[0].attrs[i].name;
	return NULL;
}

static int choose_variant(const struct reader *r, struct model_end *end, const struct choice *c)
{
	CLEANUP_STR struct str list = { 0 };

	for (size_t i = 0; i < c->count; i++) {
		struct attr_defs defs = defs_of(&c->items[i]);

		if (!fits(&defs, end->attrs) ||
		    (c->items[i].offered_by && !(c->items[i].offered_by & c->offered_by)))
			continue;
		end->variant = &c->items[i];
		return 0;
	}
	if (missing(c, end->attrs))
		return meta_error(r->d, &end->loc,
				  "cannot use %s \"%s\": interface %s needs attribute \"%s\"",
				  c->what, end->name, end->interface, missing(c, end->attrs));
	list_variants(c, &list);
	return meta_error(r->d, &end->loc,
			  "cannot use %s \"%s\": its attributes fit no variant of interface %s "
			  "(%s)",
			  c->what, end->name, end->interface, str_text(&list));
}

static int check_end(const struct reader *r, struct model_end *end, const struct choice *c)
{
	/* What is missing may be what is misspelt. */
	if (check_known(r, end, c) || end->unread || chooses_nothing(r, end, c) ||
	    choose_variant(r, end, c))
		return check_loose_values(r, end, c) | -1;
	return check_values(r, end);
}

int model_attr_check_plug(const struct reader *r, struct model_end *plug)
{
	const struct choice c = { "plug", plug->iface->plug_variants,
				  plug->iface->plug_variant_count, 0 };

	int status = 0;

	if (meta_get(plug->attrs, SHARED))
		status = meta_error(r->d, &plug->loc,
				    "cannot use attribute \"" SHARED
				    "\" of plug \"%s\": it is for slots",
				    plug->name);
	return status | check_end(r, plug, &c);
}

int model_attr_check_slot(const struct reader *r, struct model_end *slot)
{
	const struct choice c = { "slot", slot->iface->variants, slot->iface->variant_count,
				  model_attr_offerer(slot->snap) };
	bool shared;
	int status = slot->attrs ? model_reader_bool(r, slot->attrs, SHARED, &shared) : 0;

	return status | check_end(r, slot, &c);
}
