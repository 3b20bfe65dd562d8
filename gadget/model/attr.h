/* SPDX-License-Identifier: Apache-2.0 */
/* Attributes of interfaces: definitions, values, choice of the variant; not for other floors. */
#ifndef MODEL_ATTR_H
#define MODEL_ATTR_H

#include "reader.h"

struct attr_defs {
	struct model_attr_def *items;
	size_t count;
};

/* Reads "attrs:" or "plug-attrs:" of an interface file. */
int model_attr_read_defs(const struct reader *r, const struct meta_node *n, const char *what,
			 struct attr_defs *out) BASE_WARN_UNUSED;

/* n is a value that the definition allows; all of it is looked at. */
int model_attr_check_value(const struct reader *r, const struct model_attr_def *def,
			   const struct meta_node *n) BASE_WARN_UNUSED;

/* True when two variants could both fit some plug or slot. */
bool model_attr_ambiguous(const struct model_variant *a, const struct model_variant *b);

/* The definition of that name, or NULL. */
const struct model_attr_def *model_attr_find(const struct model_variant *v, const char *name);

/* Who offers a slot of that snap; NULL is the system. */
unsigned model_attr_offerer(const struct model_snap *snap);

/*
 * "apart:" of variants: no two slots have a number of the one attribute and an item of the other in
 * common.
 */
int model_attr_check_apart(const struct reader *r, const struct model_end *slots,
			   size_t count) BASE_WARN_UNUSED;

/* What a variant asks for beyond single values: any-of, disjoint, refers-to. */
int model_attr_check_joins(const struct reader *r, const struct model_end *end) BASE_WARN_UNUSED;

/* The "when:" of a map, or NULL; each of its conditions is about something that def knows. */
int model_attr_read_when(const struct reader *r, const struct meta_node *n,
			 const char *const **out) BASE_WARN_UNUSED;
int model_attr_check_when(const struct reader *r, const struct model_attr_def *def,
			  const char *const *conditions,
			  const struct meta_loc *loc) BASE_WARN_UNUSED;

/* The "refuse:" of a variant whose attributes are read; and what it says of a plug or slot. */
int model_attr_read_refusals(const struct reader *r, const struct meta_node *n,
			     struct model_variant *v) BASE_WARN_UNUSED;
int model_attr_check_refusals(const struct reader *r, const struct model_end *end) BASE_WARN_UNUSED;

/*
 * True when n, or the default where n is NULL, is this value; whatever is no value of its type is
 * not.
 */
bool model_attr_is(const struct model_attr_def *def, const struct meta_node *n, const char *value);

/*
 * Checks the attributes of a plug or slot against its interface, and sets its variant. Each value
 * is within its closed alphabet afterwards, or an error was recorded.
 */
int model_attr_check_plug(const struct reader *r, struct model_end *plug) BASE_WARN_UNUSED;
int model_attr_check_slot(const struct reader *r, struct model_end *slot) BASE_WARN_UNUSED;

#endif
