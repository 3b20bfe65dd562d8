/* SPDX-License-Identifier: Apache-2.0 */
/* Definitions of attributes, as interface files write them. */
#include <string.h>

#include "attr.h"
#include "attr_type.h"
#include "names.h"
#include "str.h"

/* Names that templates know without any attribute, and keys of every plug or slot. */
static const char *const reserved[] = {
	"shared",     "label",	    "interface",     "snap",	      "instance",  "revision",
	"app",	      "plug",	    "slot",	     "item",	      "plug-snap", "slot-snap",
	"plug-label", "slot-label", "plug-revision", "slot-revision",
};

const char *model_attr_type_name(enum model_attr_type type)
{
	return model_attr_types[type].name;
}

static const char *type_name(const struct model_attr_def *def)
{
	return model_attr_type_name(def->type);
}

static int read_type(const struct reader *r, const struct meta_node *n, struct model_attr_def *def)
{
	struct model_reader_word *words =
		mem_array(r->a, model_attr_type_count + 1, sizeof(*words));
	const struct meta_node *type = meta_get(n, "type");
	int value = 0;

	for (size_t i = 0; i < model_attr_type_count; i++)
		words[i] = (struct model_reader_word){ model_attr_types[i].name, (int)i };
	if (!type)
		return meta_error(r->d, &n->loc, "cannot find key \"type\"");
	if (model_reader_word(r, type, "type", words, &value))
		return -1;
	def->type = (enum model_attr_type)value;
	return 0;
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
	if (!model_attr_types[def->type].fits)
		return meta_error(r->d, &match->loc, "cannot use match: type is %s",
				  type_name(def));
	if (strlen(def->match) > ATTR_MATCH_MAX)
		return meta_error(r->d, &match->loc, "cannot use match: longer than %d bytes",
				  ATTR_MATCH_MAX);
	status = model_attr_compile(def->match, &re);
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
	if (def->type != MODEL_ATTR_INT && def->type != MODEL_ATTR_RANGES)
		return meta_error(r->d, &range->loc, "cannot use range: type is %s",
				  type_name(def));
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
	const struct attr_type *name = &model_attr_types[MODEL_ATTR_NAME];
	struct model_reader_texts texts;
	int status = 0;

	if (model_reader_texts(r, n, "values", &texts))
		return -1;
	if ((def->type == MODEL_ATTR_ENUM) != (texts.count > 0))
		return meta_error(
			r->d, &n->loc,
			"cannot use type \"%s\": values go with type enum, and only there",
			type_name(def));
	for (size_t i = 0; i < texts.count; i++)
		if (!name->fits(texts.items[i]))
			status = meta_error(r->d, &n->loc, "cannot use value \"%s\": expected %s",
					    texts.items[i], name->expected);
	def->values = texts.items;
	return status;
}

/* "slot-name" or "plug-name": the end's own; else a value, which is checked as any other. */
static int read_fallback(const struct reader *r, const struct meta_node *n,
			 struct model_attr_def *def)
{
	const struct meta_node *fallback = meta_get(n, "default");

	if (!fallback)
		return 0;
	if (meta_text(fallback, "default", &def->fallback, r->d))
		return -1;
	if (def->list || def->type == MODEL_ATTR_MAP || def->type == MODEL_ATTR_TABLE)
		return meta_error(r->d, &fallback->loc,
				  "cannot use default: only for one attribute of a simple type");
	def->own_name = str_eq(def->fallback, "slot-name") || str_eq(def->fallback, "plug-name");
	if (!def->own_name)
		return model_attr_check_value(r, def, fallback);
	if (def->type != MODEL_ATTR_NAME)
		return meta_error(r->d, &fallback->loc,
				  "cannot use default: %s is for type name only", def->fallback);
	return 0;
}

static int read_is(const struct reader *r, const struct meta_node *n, struct model_attr_def *def)
{
	const struct meta_node *is = meta_get(n, "is");

	if (!is)
		return 0;
	if (def->list || (def->type != MODEL_ATTR_BOOL && def->type != MODEL_ATTR_ENUM))
		return meta_error(r->d, &is->loc, "cannot use is: only for type bool or enum");
	if (model_attr_check_value(r, def, is))
		return -1;
	def->is = model_attr_text(r->a, def, is, NULL, r->d);
	return def->is ? 0 : -1;
}

static int read_refers(const struct reader *r, const struct meta_node *n,
		       struct model_attr_def *def)
{
	struct model_reader_texts texts;

	if (model_reader_texts(r, n, "refers-to", &texts) ||
	    model_reader_text(r, n, "unless", &def->unless))
		return -1;
	if (texts.count)
		def->refers_to = texts.items;
	if (!texts.count && def->unless)
		return meta_error(r->d, &n->loc, "cannot use unless: there is no refers-to");
	return 0;
}

static int read_defs(const struct reader *r, const struct meta_node *map, const char *what,
		     struct attr_defs *out);

static int read_fields(const struct reader *r, const struct meta_node *n,
		       struct model_attr_def *def)
{
	const struct meta_node *fields = meta_get(n, "fields");
	struct attr_defs defs = { 0 };

	if ((def->type == MODEL_ATTR_MAP) != (fields != NULL))
		return meta_error(r->d, &n->loc,
				  "cannot use type \"%s\": fields go with type map, and only there",
				  type_name(def));
	if (!fields)
		return 0;
	if (read_defs(r, fields, "fields", &defs))
		return -1;
	def->fields = defs.items;
	def->field_count = defs.count;
	return 0;
}

static bool is_reserved(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(reserved); i++)
		if (str_eq(name, reserved[i]))
			return true;
	return false;
}

static int read_def(const struct reader *r, const struct meta_node *key, const struct meta_node *n,
		    struct model_attr_def *def)
{
	static const char *const used[] = { "type",	 "match",    "range",	"values", "list",
					    "unique",	 "optional", "default", "is",	  "fields",
					    "refers-to", "unless",   NULL };
	static const struct reader_keys keys = { used, NULL, true };
	int status = 0;

	*def = (struct model_attr_def){ .name = key->text, .loc = key->loc };
	if (!model_names_is_end(key->text) || is_reserved(key->text))
		status = meta_error(r->d, &key->loc,
				    "cannot use \"%s\" as the name of an attribute", key->text);
	status |= model_reader_map(r, n, key->text, &keys);
	/* What the other keys may say, the type tells. */
	if (n->kind != META_MAP || read_type(r, n, def))
		return -1;
	status |= read_match(r, n, def) | read_range(r, n, def) | read_values(r, n, def);
	status |= model_reader_bool(r, n, "list", &def->list) |
		  model_reader_bool(r, n, "unique", &def->unique) |
		  model_reader_bool(r, n, "optional", &def->optional);
	status |= read_fields(r, n, def) | read_refers(r, n, def);
	/* These are values of what was read. */
	if (status || read_is(r, n, def))
		return -1;
	if (def->unique && (!def->list || !model_attr_types[def->type].fits))
		return meta_error(r->d, &n->loc, "cannot use unique: only for a list of texts");
	return read_fallback(r, n, def);
}

static int read_defs(const struct reader *r, const struct meta_node *map, const char *what,
		     struct attr_defs *out)
{
	int status = 0;

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

int model_attr_read_defs(const struct reader *r, const struct meta_node *n, const char *what,
			 struct attr_defs *out)
{
	const struct meta_node *map = meta_get(n, what);

	*out = (struct attr_defs){ 0 };
	return map ? read_defs(r, map, what, out) : 0;
}
