/* SPDX-License-Identifier: Apache-2.0 */
/* Conditions on attributes, and what they refuse. */
#include <string.h>

#include "attr.h"
#include "reader.h"
#include "str.h"

/* "[!]FIELD", "[!]FIELD=VALUE", "[!]FIELD=*" of a value with globs, or "[!]=VALUE" of an item that
 * is no map. */
struct condition {
	bool negated;
	const char *field;
	size_t len;
	const char *value; /* or NULL: being there is enough */
};

static struct condition read_condition(const char *text)
{
	struct condition c = { .negated = *text == '!', .field = text + (*text == '!') };
	const char *equals = strchr(c.field, '=');

	c.len = equals ? (size_t)(equals - c.field) : strlen(c.field);
	c.value = equals ? equals + 1 : NULL;
	return c;
}

/* The definition that a condition is about: the item's own where it names no field; or NULL. */
static const struct model_attr_def *find_field(const struct model_attr_def *def,
					       const struct condition *c)
{
	if (def->type != MODEL_ATTR_MAP)
		return c->len == 0 && c->value ? def : NULL;
	for (size_t i = 0; i < def->field_count; i++) {
		const char *name = def->fields[i].name;

		if (strlen(name) == c->len && strncmp(name, c->field, c->len) == 0)
			return &def->fields[i];
	}
	return NULL;
}

static bool holds(const struct model_attr_def *def, const struct meta_node *n, const char *text)
{
	const struct condition c = read_condition(text);
	const struct model_attr_def *field = find_field(def, &c);
	bool is_map = def->type == MODEL_ATTR_MAP;
	const struct meta_node *value = is_map && field ? meta_get(n, field->name) : n;
	bool is_list = is_map && field && field->list;
	bool found = false;

	if (!field)
		return false;
	if (!c.value)
		return (value != NULL) != c.negated;
	if (str_eq(c.value, "*"))
		return (value && value->text && strpbrk(value->text, "*?[{")) != c.negated;
	if (!is_list)
		return model_attr_is(field, value, c.value) != c.negated;
	for (size_t i = 0; value && value->kind == META_LIST && i < value->count; i++)
		found |= model_attr_is(field, value->items[i], c.value);
	return found != c.negated;
}

bool model_attr_when(const struct model_attr_def *def, const struct meta_node *n,
		     const char *const *conditions)
{
	for (; conditions && *conditions; conditions++)
		if (!holds(def, n, *conditions))
			return false;
	return true;
}

int model_attr_read_when(const struct reader *r, const struct meta_node *n, const char *const **out)
{
	struct model_reader_texts texts;

	if (model_reader_texts(r, n, "when", &texts))
		return -1;
	*out = texts.count ? texts.items : NULL;
	return 0;
}

int model_attr_check_when(const struct reader *r, const struct model_attr_def *def,
			  const char *const *conditions, const struct meta_loc *loc)
{
	int status = 0;

	for (; conditions && *conditions; conditions++) {
		const struct condition c = read_condition(*conditions);

		if (!find_field(def, &c))
			status = meta_error(r->d, loc, "cannot use when \"%s\": no such field",
					    *conditions);
	}
	return status;
}

/* --- what is refused ------------------------------------------------------------------------- */

/* All attributes of the variant, as if they were the fields of one map. */
static struct model_attr_def whole(const struct model_variant *v)
{
	return (struct model_attr_def){ .name = v->name,
					.type = MODEL_ATTR_MAP,
					.fields = v->attrs,
					.field_count = v->attr_count };
}

static int read_refusal(const struct reader *r, const struct meta_node *n,
			const struct model_variant *v, struct model_refusal *out)
{
	static const char *const used[] = { "of", "when", "because", NULL };
	static const struct reader_keys keys = { used, NULL, true };
	const struct model_attr_def all = whole(v);
	const struct model_attr_def *def = &all;

	int status = model_reader_map(r, n, "refuse", &keys);

	if (n->kind != META_MAP)
		return -1;
	status |= model_reader_need_text(r, n, "because", &out->because);
	if (model_reader_text(r, n, "of", &out->of) | model_attr_read_when(r, n, &out->when))
		return -1;
	if (!out->when)
		return meta_error(r->d, &n->loc, "cannot find key \"when\"");
	if (out->of)
		def = model_attr_find(v, out->of);
	if (!def || (out->of && !def->list))
		return meta_error(r->d, &n->loc, "cannot use refuse: no list attribute \"%s\"",
				  out->of);
	return status | model_attr_check_when(r, def, out->when, &n->loc);
}

int model_attr_read_refusals(const struct reader *r, const struct meta_node *n,
			     struct model_variant *v)
{
	const struct meta_node *list = meta_get(n, "refuse");
	int status = 0;

	if (!list)
		return 0;
	if (model_reader_list(r, list, "refuse"))
		return -1;
	v->refusals = mem_array(r->a, list->count, sizeof(*v->refusals));
	v->refusal_count = list->count;
	for (size_t i = 0; i < list->count; i++)
		status |= read_refusal(r, list->items[i], v, &v->refusals[i]);
	return status;
}

/* One refusal of each item of its list, or of the end as a whole. */
static int check_refusal(const struct reader *r, const struct model_end *end,
			 const struct model_refusal *x)
{
	const struct model_attr_def all = whole(end->variant);
	const struct meta_node *list = x->of ? meta_get(end->attrs, x->of) : NULL;
	int status = 0;

	if (!x->of && model_attr_when(&all, end->attrs, x->when))
		return meta_error(r->d, &end->loc, "cannot use \"%s\": %s", end->name, x->because);
	for (size_t i = 0; list && list->kind == META_LIST && i < list->count; i++)
		if (model_attr_when(model_attr_find(end->variant, x->of), list->items[i], x->when))
			status = meta_error(r->d, &list->items[i]->loc,
					    "cannot use %s of \"%s\": %s", x->of, end->name,
					    x->because);
	return status;
}

int model_attr_check_refusals(const struct reader *r, const struct model_end *end)
{
	int status = 0;

	for (size_t i = 0; i < end->variant->refusal_count; i++)
		if (check_refusal(r, end, &end->variant->refusals[i]))
			status = -1;
	return status;
}
