/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Placeholders of templates: %{NAME} or %{NAME|FILTER|FILTER...}, closed on both ends. A value is
 * put in only if each of its bytes is a plain value byte in the language of the layer, so that no
 * attribute can end a rule and begin another. Private to this floor.
 */
#ifndef POLICY_EXPAND_H
#define POLICY_EXPAND_H

#include "model.h"

/* What language the line is in, which decides what a value may hold. */
enum expand_layer { EXPAND_APPARMOR, EXPAND_SECCOMP, EXPAND_UDEV, EXPAND_PATH, EXPAND_SYSFS };

struct expand_value {
	const char *name;
	const char **items; /* one item unless list */
	const char **keys;  /* of a table: one for each item; or NULL */
	size_t count;	    /* 0: an optional attribute that is absent */
	bool list;
	bool globs;			  /* its type lets it hold AppArmor's globs */
	const struct model_attr_def *def; /* of an attribute; or NULL */
};

struct expand {
	struct mem_arena *a;
	struct expand_value *values;
	size_t count;
	size_t room;
	bool sample;			 /* values stand for all of their type: sample.c */
	const struct model_board *board; /* what filters of names of hardware ask; or NULL */
	const struct meta_loc *user;	 /* where its author says what the board lacks; or NULL */
	struct meta_diag *d;
};

struct expand_texts {
	const char **items;
	size_t count;
};

/* Adds a single value; the first of a name wins. text NULL: known, but absent. */
void policy_expand_add(struct expand *x, const char *name, const char *text);

/* The value that was added last. */
struct expand_value *policy_expand_last(struct expand *x);

/*
 * The line with every placeholder replaced: one text; none where it names an absent attribute; one
 * per item where it names a list that is not joined. Errors are located at the placeholder.
 */
int policy_expand_line(const struct expand *x, const struct model_line *line,
		       enum expand_layer layer, struct expand_texts *out) BASE_WARN_UNUSED;

#endif
