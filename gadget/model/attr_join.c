/* SPDX-License-Identifier: Apache-2.0 */
/* Values that depend on other values of the same plug or slot. */
#include <string.h>

#include "attr.h"
#include "files.h"
#include "str.h"

bool model_attr_refers(const struct model_attr_def *def, const struct meta_node *record,
		       const char *path)
{
	for (size_t i = 0; i < def->field_count; i++) {
		const struct model_attr_def *f = &def->fields[i];
		const struct meta_node *n = meta_get(record, f->name);

		if (!f->refers_to || !n || n->kind != META_SCALAR ||
		    (f->unless && meta_get(record, f->unless)))
			continue;
		if (str_eq(n->text, path) || str_eq(n->text, path_base(path)))
			return true;
	}
	return false;
}

/* How many items of the lists a value names, by the whole path or its base. */
static size_t count_named(const struct model_end *end, const char *const *lists, const char *value)
{
	size_t count = 0;

	for (; *lists; lists++) {
		const struct meta_node *list = meta_get(end->attrs, *lists);

		for (size_t i = 0; list && list->kind == META_LIST && i < list->count; i++) {
			const char *text = list->items[i]->text;

			count += list->items[i]->kind == META_SCALAR &&
				 (str_eq(text, value) || str_eq(path_base(text), value));
		}
	}
	return count;
}

static int check_record(const struct reader *r, const struct model_end *end,
			const struct model_attr_def *def, const struct meta_node *record)
{
	for (size_t i = 0; i < def->field_count; i++) {
		const struct model_attr_def *f = &def->fields[i];
		const struct meta_node *n = meta_get(record, f->name);
		size_t count;

		if (!f->refers_to || !n || (f->unless && meta_get(record, f->unless)))
			continue;
		count = count_named(end, f->refers_to, n->text);
		if (count != 1)
			return meta_error(
				r->d, &n->loc,
				"cannot use %s \"%.200s\": %s of its devices has this name",
				f->name, n->text, count ? "more than one" : "none");
	}
	return 0;
}

static int check_refers(const struct reader *r, const struct model_end *end)
{
	for (size_t i = 0; i < end->variant->attr_count; i++) {
		const struct model_attr_def *def = &end->variant->attrs[i];
		const struct meta_node *n = meta_get(end->attrs, def->name);

		if (def->type != MODEL_ATTR_MAP || !n)
			continue;
		for (size_t k = 0; k < (def->list ? n->count : 1); k++)
			if (check_record(r, end, def, def->list ? n->items[k] : n))
				return -1;
	}
	return 0;
}

static int check_any(const struct reader *r, const struct model_end *end)
{
	const char *const *names = end->variant->any_of;
	CLEANUP_STR struct str list = { 0 };

	if (!names)
		return 0;
	for (size_t i = 0; names[i]; i++) {
		if (meta_get(end->attrs, names[i]))
			return 0;
		str_printf(&list, "%s%s", i ? ", " : "", names[i]);
	}
	return meta_error(r->d, &end->loc, "cannot use \"%s\": interface %s needs one of %s",
			  end->name, end->interface, str_text(&list));
}

static bool holds(const struct meta_node *list, const char *text)
{
	for (size_t i = 0; list && list->kind == META_LIST && i < list->count; i++)
		if (list->items[i]->kind == META_SCALAR && str_eq(list->items[i]->text, text))
			return true;
	return false;
}

/* The first item of list that the lists before it in names have too. */
static int check_apart(const struct reader *r, const struct model_end *end,
		       const char *const *names, size_t index)
{
	const struct meta_node *list = meta_get(end->attrs, names[index]);

	for (size_t k = 0; list && list->kind == META_LIST && k < list->count; k++) {
		const struct meta_node *n = list->items[k];

		for (size_t j = 0; n->kind == META_SCALAR && j < index; j++)
			if (holds(meta_get(end->attrs, names[j]), n->text))
				return meta_error(r->d, &n->loc,
						  "cannot use \"%.200s\": it is in both %s and %s",
						  n->text, names[j], names[index]);
	}
	return 0;
}

static int check_disjoint(const struct reader *r, const struct model_end *end)
{
	const char *const *names = end->variant->disjoint;

	for (size_t i = 0; names && names[i]; i++)
		if (check_apart(r, end, names, i))
			return -1;
	return 0;
}

int model_attr_check_joins(const struct reader *r, const struct model_end *end)
{
	return check_any(r, end) || check_disjoint(r, end) || check_refers(r, end) ||
			       model_attr_check_refusals(r, end)
		       ? -1
		       : 0;
}
