/* SPDX-License-Identifier: Apache-2.0 */
#include "attr.h"

#include <regex.h>
#include <stdio.h>
#include <string.h>

#include "names.h"
#include "path.h"
#include "str.h"

#define NAME_MAX_BYTES	64
#define MATCH_MAX_BYTES 256

/* Of every slot, whatever its interface: "two snaps may have it". */
#define SHARED "shared"

static bool is_name(const char *s)
{
	return strlen(s) <= NAME_MAX_BYTES && model_names_made_of(s, "_.-") && !strchr("_.-", *s);
}

/*
 * No quote, blank, comma, brace, bar, backslash, "#", "$", "%" or glob, and no "@" before what a
 * template may put behind it: none of these bytes can end or widen a rule of any layer.
 */
static bool is_path(const char *s)
{
	return path_is_clean(s) && model_names_made_of(s, "/_.:+=@-") && s[strlen(s) - 1] != '@';
}

static bool is_dev_node(const char *s)
{
	return is_path(s) && path_is_below(s, "/dev") && !str_eq(s, "/dev");
}

static bool is_sysfs_path(const char *s)
{
	return is_path(s) && path_is_below(s, "/sys") && !str_eq(s, "/sys");
}

/* Globs are part of a udev match, and nothing but a udev match is written from this type. */
static bool is_match(const char *s)
{
	return strlen(s) <= MATCH_MAX_BYTES && model_names_made_of(s, "/_.:+=-*?[]!^~;<>()&");
}

static const struct {
	const char *name;
	bool (*fits)(const char *text); /* NULL: not a text */
	const char *expected;
} types[] = {
	[MODEL_ATTR_NAME] = { "name", is_name, "letters, digits, \"_\", \".\" and \"-\"" },
	[MODEL_ATTR_DEV_NODE] = { "dev-node", is_dev_node, "a clean path below /dev" },
	[MODEL_ATTR_SYSFS_PATH] = { "sysfs-path", is_sysfs_path, "a clean path below /sys" },
	[MODEL_ATTR_ABS_PATH] = { "abs-path", is_path, "a clean absolute path" },
	[MODEL_ATTR_MATCH] = { "match", is_match, "the value of a udev match" },
	[MODEL_ATTR_INT] = { "int", NULL, "a number" },
	[MODEL_ATTR_BOOL] = { "bool", NULL, "true or false" },
	[MODEL_ATTR_ENUM] = { "enum", NULL, "one of its values" },
};

/* --- definitions ----------------------------------------------------------------------------- */

static int read_type(const struct reader *r, const struct meta_node *n, struct model_attr_def *def)
{
	struct model_reader_word words[ARRAY_SIZE(types) + 1] = { { 0 } };
	const struct meta_node *type = meta_get(n, "type");
	int value = 0;

	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		words[i] = (struct model_reader_word){ types[i].name, (int)i };
	if (!type)
		return meta_error(r->d, &n->loc, "cannot find key \"type\"");
	if (model_reader_word(r, type, "type", words, &value))
		return -1;
	def->type = (enum model_attr_type)value;
	return 0;
}

/* "^(MATCH)$": anchored at both ends, whatever alternatives it holds. */
static int compile(const char *match, regex_t *re)
{
	char text[MATCH_MAX_BYTES + 8];

	snprintf(text, sizeof(text), "^(%s)$", match);
	return regcomp(re, text, REG_EXTENDED | REG_NOSUB);
}

static int read_match(const struct reader *r, const struct meta_node *n, struct model_attr_def *def)
{
	const struct meta_node *match = meta_get(n, "match");
	char why[128];
	regex_t re;
	int status;

	if (!match)
		return 0;
	if (meta_text(match, "match", &def->match, r->d))
		return -1;
	if (!types[def->type].fits)
		return meta_error(r->d, &match->loc, "cannot use match: type is %s",
				  types[def->type].name);
	if (strlen(def->match) > MATCH_MAX_BYTES)
		return meta_error(r->d, &match->loc, "cannot use match: longer than %d bytes",
				  MATCH_MAX_BYTES);
	status = compile(def->match, &re);
	if (status) {
		regerror(status, &re, why, sizeof(why));
		return meta_error(r->d, &match->loc, "cannot use match \"%s\": %s", def->match,
				  why);
	}
	regfree(&re);
	return 0;
}

static int read_range(const struct reader *r, const struct meta_node *n, struct model_attr_def *def)
{
	const struct meta_node *range = meta_get(n, "range");

	def->min = INT64_MIN;
	def->max = INT64_MAX;
	if (!range)
		return 0;
	if (def->type != MODEL_ATTR_INT)
		return meta_error(r->d, &range->loc, "cannot use range: type is %s",
				  types[def->type].name);
	if (range->kind != META_LIST || range->count != 2)
		return meta_error(r->d, &range->loc, "cannot use range: expected [LEAST, MOST]");
	if (meta_int(range->items[0], "range", (struct meta_range){ INT64_MIN, INT64_MAX },
		     &def->min, r->d) ||
	    meta_int(range->items[1], "range", (struct meta_range){ INT64_MIN, INT64_MAX },
		     &def->max, r->d))
		return -1;
	if (def->min > def->max)
		return meta_error(r->d, &range->loc, "cannot use range: it is empty");
	return 0;
}

static int read_values(const struct reader *r, const struct meta_node *n,
		       struct model_attr_def *def)
{
	struct model_reader_texts texts;

	if (model_reader_texts(r, n, "values", &texts))
		return -1;
	if ((def->type == MODEL_ATTR_ENUM) != (texts.count > 0))
		return meta_error(
			r->d, &n->loc,
			"cannot use type \"%s\": values go with type enum, and only there",
			types[def->type].name);
	for (size_t i = 0; i < texts.count; i++)
		if (!is_name(texts.items[i]))
			return meta_error(r->d, &n->loc, "cannot use value \"%s\": expected %s",
					  texts.items[i], types[MODEL_ATTR_NAME].expected);
	def->values = texts.items;
	return 0;
}

static int read_fallback(const struct reader *r, const struct meta_node *n,
			 struct model_attr_def *def)
{
	static const struct model_reader_word words[] = { { "slot-name", 1 }, { NULL, 0 } };
	const struct meta_node *fallback = meta_get(n, "default");
	int value = 0;

	if (!fallback)
		return 0;
	if (model_reader_word(r, fallback, "default", words, &value))
		return -1;
	if (def->type != MODEL_ATTR_NAME || def->list)
		return meta_error(r->d, &fallback->loc,
				  "cannot use default: only for one attribute of type name");
	def->fallback = words[0].name;
	return 0;
}

static int read_def(const struct reader *r, const struct meta_node *key, const struct meta_node *n,
		    struct model_attr_def *def)
{
	static const char *const used[] = { "type", "match",	"range",   "values",
					    "list", "optional", "default", NULL };
	static const struct reader_keys keys = { used, NULL, true };

	*def = (struct model_attr_def){ .name = key->text, .loc = key->loc };
	if (!model_names_is_end(key->text) || str_eq(key->text, SHARED) ||
	    str_eq(key->text, "label") || str_eq(key->text, "interface"))
		return meta_error(r->d, &key->loc, "cannot use \"%s\" as the name of an attribute",
				  key->text);
	if (model_reader_map(r, n, key->text, &keys) || read_type(r, n, def) ||
	    read_match(r, n, def) || read_range(r, n, def) || read_values(r, n, def) ||
	    model_reader_bool(r, n, "list", &def->list) ||
	    model_reader_bool(r, n, "optional", &def->optional))
		return -1;
	return read_fallback(r, n, def);
}

int model_attr_read_defs(const struct reader *r, const struct meta_node *n, const char *what,
			 struct attr_defs *out)
{
	const struct meta_node *map = meta_get(n, what);
	int status = 0;

	*out = (struct attr_defs){ 0 };
	if (!map)
		return 0;
	if (map->kind != META_MAP)
		return meta_error(r->d, &map->loc, "cannot use %s: expected a map, got %s", what,
				  meta_kind_name(map));
	out->items = mem_array(r->a, map->count, sizeof(*out->items));
	out->count = map->count;
	for (size_t i = 0; i < map->count; i++)
		if (read_def(r, map->keys[i], map->items[i], &out->items[i]))
			status = -1;
	return status;
}

/* --- values ---------------------------------------------------------------------------------- */

/* What is being checked, for messages. */
struct value {
	const struct reader *r;
	const struct model_attr_def *def;
	const struct model_end *end;
};

static int check_text(const struct value *v, const struct meta_node *n)
{
	const char *text;
	regex_t re;
	bool fits;

	if (meta_text(n, v->def->name, &text, v->r->d))
		return -1;
	if (!types[v->def->type].fits(text))
		return meta_error(v->r->d, &n->loc, "cannot use %s \"%.200s\": expected %s",
				  v->def->name, text, types[v->def->type].expected);
	if (!v->def->match)
		return 0;
	if (compile(v->def->match, &re))
		return meta_error(v->r->d, &v->def->loc, "cannot use match \"%s\"", v->def->match);
	fits = regexec(&re, text, 0, NULL, 0) == 0;
	regfree(&re);
	if (!fits)
		return meta_error(v->r->d, &n->loc,
				  "cannot use %s \"%.200s\": expected a match of %s", v->def->name,
				  text, v->def->match);
	return 0;
}

static int check_enum(const struct value *v, const struct meta_node *n)
{
	struct model_reader_word *words;
	size_t count = 0;
	int value;

	while (v->def->values[count])
		count++;
	words = mem_array(v->r->a, count + 1, sizeof(*words));
	for (size_t i = 0; i < count; i++)
		words[i] = (struct model_reader_word){ v->def->values[i], (int)i };
	return model_reader_word(v->r, n, v->def->name, words, &value);
}

static int check_one(const struct value *v, const struct meta_node *n)
{
	int64_t number;
	bool truth;

	if (types[v->def->type].fits)
		return check_text(v, n);
	if (v->def->type == MODEL_ATTR_INT)
		return meta_int(n, v->def->name, (struct meta_range){ v->def->min, v->def->max },
				&number, v->r->d);
	if (v->def->type == MODEL_ATTR_BOOL)
		return meta_bool(n, v->def->name, &truth, v->r->d);
	return check_enum(v, n);
}

static int check_value(const struct value *v, const struct meta_node *n)
{
	int status = 0;

	if (!v->def->list)
		return check_one(v, n);
	if (model_reader_list(v->r, n, v->def->name))
		return -1;
	if (n->count == 0)
		return meta_error(v->r->d, &n->loc, "cannot use %s: the list is empty",
				  v->def->name);
	for (size_t i = 0; i < n->count; i++)
		if (check_one(v, n->items[i]))
			status = -1;
	return status;
}

static const struct model_attr_def *find_def(const struct attr_defs *defs, const char *name)
{
	for (size_t i = 0; i < defs->count; i++)
		if (str_eq(defs->items[i].name, name))
			return &defs->items[i];
	return NULL;
}

static bool needed(const struct model_attr_def *def)
{
	return !def->optional && !def->fallback;
}

static struct attr_defs defs_of(const struct model_variant *v)
{
	return (struct attr_defs){ v->attrs, v->attr_count };
}

static bool is_general(const char *attr)
{
	return str_eq(attr, SHARED);
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

bool model_attr_ambiguous(const struct model_variant *a, const struct model_variant *b)
{
	return covers(a, b) && covers(b, a);
}

static int check_values(const struct reader *r, const struct model_end *end,
			const struct attr_defs *defs)
{
	int status = 0;

	for (size_t i = 0; end->attrs && i < end->attrs->count; i++) {
		struct value v = { r, find_def(defs, end->attrs->keys[i]->text), end };

		if (v.def && check_value(&v, end->attrs->items[i]))
			status = -1;
	}
	return status;
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

static const char **def_names(const struct reader *r, const struct attr_defs *sets, size_t n)
{
	const char **names;
	size_t room = 0;
	size_t used = 0;

	for (size_t i = 0; i < n; i++)
		room += sets[i].count;
	names = mem_array(r->a, room + 1, sizeof(const char *));
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < sets[i].count; k++)
			names[used++] = sets[i].items[k].name;
	return names;
}

/* The first attribute that none of the sets knows, or NULL. */
static const struct meta_node *unknown_attr(const struct meta_node *attrs,
					    const struct attr_defs *sets, size_t n)
{
	for (size_t i = 0; attrs && i < attrs->count; i++) {
		bool known = is_general(attrs->keys[i]->text);

		for (size_t k = 0; k < n && !known; k++)
			known = find_def(&sets[k], attrs->keys[i]->text);
		if (!known)
			return attrs->keys[i];
	}
	return NULL;
}

int model_attr_check_plug(const struct reader *r, struct model_end *plug)
{
	struct attr_defs defs = { plug->iface->plug_attrs, plug->iface->plug_attr_count };
	const struct meta_node *key = unknown_attr(plug->attrs, &defs, 1);

	if (key)
		return refuse_unknown(r, plug, key, def_names(r, &defs, 1));
	if (meta_get(plug->attrs, SHARED))
		return meta_error(r->d, &plug->loc,
				  "cannot use attribute \"" SHARED
				  "\" of plug \"%s\": it is for slots",
				  plug->name);
	for (size_t i = 0; i < defs.count; i++)
		if (needed(&defs.items[i]) && !meta_get(plug->attrs, defs.items[i].name))
			return meta_error(
				r->d, &plug->loc,
				"cannot use plug \"%s\": interface %s needs attribute \"%s\"",
				plug->name, plug->interface, defs.items[i].name);
	return check_values(r, plug, &defs);
}

/* "by-node: path; by-usb-id: path, usb-vendor, usb-product" */
static void list_variants(const struct model_iface *iface, struct str *out)
{
	for (size_t i = 0; i < iface->variant_count; i++) {
		const struct model_variant *v = &iface->variants[i];
		const char *before = ": ";

		str_printf(out, "%s%s", i ? "; " : "", v->name);
		for (size_t k = 0; k < v->attr_count; k++) {
			if (!needed(&v->attrs[k]))
				continue;
			str_printf(out, "%s%s", before, v->attrs[k].name);
			before = ", ";
		}
	}
}

static int choose_variant(const struct reader *r, struct model_end *slot)
{
	CLEANUP_STR struct str list = { 0 };
	const struct model_iface *iface = slot->iface;

	for (size_t i = 0; i < iface->variant_count; i++) {
		struct attr_defs defs = defs_of(&iface->variants[i]);

		if (!fits(&defs, slot->attrs))
			continue;
		slot->variant = &iface->variants[i];
		return 0;
	}
	list_variants(iface, &list);
	return meta_error(r->d, &slot->loc,
			  "cannot use slot \"%s\": its attributes fit no variant of interface %s "
			  "(%s)",
			  slot->name, slot->interface, str_text(&list));
}

int model_attr_check_slot(const struct reader *r, struct model_end *slot)
{
	const struct model_iface *iface = slot->iface;
	struct attr_defs *sets = mem_array(r->a, iface->variant_count, sizeof(*sets));
	struct attr_defs chosen;
	const struct meta_node *key;
	bool shared;

	for (size_t i = 0; i < iface->variant_count; i++)
		sets[i] = defs_of(&iface->variants[i]);
	key = unknown_attr(slot->attrs, sets, iface->variant_count);
	if (key)
		return refuse_unknown(r, slot, key, def_names(r, sets, iface->variant_count));
	if (slot->attrs && model_reader_bool(r, slot->attrs, SHARED, &shared))
		return -1;
	if (choose_variant(r, slot))
		return -1;
	chosen = defs_of(slot->variant);
	return check_values(r, slot, &chosen);
}
