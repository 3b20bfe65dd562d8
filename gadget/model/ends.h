/* SPDX-License-Identifier: Apache-2.0 */
/* Plugs and slots of a snap, and which app has which; not for other floors. */
#ifndef MODEL_ENDS_H
#define MODEL_ENDS_H

#include "reader.h"

/* Who may name plugs and slots: an app or a hook as written, and what is made of it. */
struct ends_user {
	const struct meta_node *n; /* NULL: written nowhere, as a hook that is only a file */
	struct model_app *app;	   /* NULL: of a component */
};

struct ends_users {
	struct ends_user *items;
	size_t count;
};

/*
 * Reads "plugs:" and "slots:" of the snap in every shorthand, binds those that users name to these
 * and the others to all, and checks attributes.
 */
int model_ends_read(const struct reader *r, const struct meta_node *root,
		    const struct ends_users *users, struct model_snap *snap) BASE_WARN_UNUSED;

/* The plug or slot of that name, or NULL. */
struct model_end *model_ends_find(struct model_end *ends, size_t count, const char *name);

#endif
