/* SPDX-License-Identifier: Apache-2.0 */
/* Values that depend on other values of the same plug or slot. */
#include <string.h>

#include "attr.h"
#include "attr_type.h"
#include "files.h"
#include "str.h"

unsigned model_attr_offerer(const struct model_snap *snap)
{
	if (!snap)
		return MODEL_OFFERED_SYSTEM;
	/* What these offer is the system's, whoever writes it down. */
	if (snap->type == MODEL_SNAP_OS || snap->type == MODEL_SNAP_SNAPD)
		return MODEL_OFFERED_SYSTEM;
	return snap->type == MODEL_SNAP_GADGET ? MODEL_OFFERED_GADGET : MODEL_OFFERED_APP;
}

const char *model_attr_text(struct mem_arena *a, const struct model_attr_def *def,
			    const struct meta_node *n, const struct model_end *end,
			    struct meta_diag *d)
{
	const char *text = NULL;
	int64_t number;
	bool truth;

	if (def->type == MODEL_ATTR_INT)
		return meta_int(n, def->name, (struct meta_range){ def->min, def->max }, &number, d)
			       ? NULL
			       : mem_printf(a, "%lld", (long long)number);
	if (def->type == MODEL_ATTR_BOOL)
		return meta_bool(n, def->name, &truth, d) ? NULL : truth ? "true" : "false";
	if (meta_text(n, def->name, &text, d))
		return NULL;
	if (def->type != MODEL_ATTR_SNAP_PATH &&
	    (def->type != MODEL_ATTR_SNAP_GLOB || *text != '$'))
		return text;
	if (!end || !end->snap) {
		meta_error(d, &n->loc, "cannot use %s: it belongs to no snap", def->name);
		return NULL;
	}
	return model_attr_snap_path(a, text, end->snap);
}

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
	int status = 0;

	for (size_t i = 0; i < def->field_count; i++) {
		const struct model_attr_def *f = &def->fields[i];
		const struct meta_node *n = meta_get(record, f->name);
		size_t count;

		if (!f->refers_to || !n || (f->unless && meta_get(record, f->unless)))
			continue;
		count = count_named(end, f->refers_to, n->text);
		if (count != 1)
			status = meta_error(
				r->d, &n->loc,
				"cannot use %s \"%.200s\": %s of its devices has this name",
				f->name, n->text, count ? "more than one" : "none");
	}
	return status;
}

static int check_refers(const struct reader *r, const struct model_end *end)
{
	int status = 0;

	for (size_t i = 0; i < end->variant->attr_count; i++) {
		const struct model_attr_def *def = &end->variant->attrs[i];
		const struct meta_node *n = meta_get(end->attrs, def->name);

		if (def->type != MODEL_ATTR_MAP || !n)
			continue;
		for (size_t k = 0; k < (def->list ? n->count : 1); k++)
			status |= check_record(r, end, def, def->list ? n->items[k] : n);
	}
	return status;
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

/* Items of the list that those before it in names have too. */
static int check_apart(const struct reader *r, const struct model_end *end,
		       const char *const *names, size_t index)
{
	const struct meta_node *list = meta_get(end->attrs, names[index]);
	int status = 0;

	for (size_t k = 0; list && list->kind == META_LIST && k < list->count; k++) {
		const struct meta_node *n = list->items[k];

		for (size_t j = 0; n->kind == META_SCALAR && j < index; j++)
			if (holds(meta_get(end->attrs, names[j]), n->text))
				status =
					meta_error(r->d, &n->loc,
						   "cannot use \"%.200s\": it is in both %s and %s",
						   n->text, names[j], names[index]);
	}
	return status;
}

static int check_disjoint(const struct reader *r, const struct model_end *end)
{
	const char *const *names = end->variant->disjoint;
	int status = 0;

	for (size_t i = 0; names && names[i]; i++)
		status |= check_apart(r, end, names, i);
	return status;
}

int model_attr_check_joins(const struct reader *r, const struct model_end *end)
{
	return check_any(r, end) | check_disjoint(r, end) | check_refers(r, end) |
	       model_attr_check_refusals(r, end);
}
