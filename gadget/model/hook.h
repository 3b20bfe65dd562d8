/* SPDX-License-Identifier: Apache-2.0 */
/* Hooks of a snap, and of its components; not for other floors. */
#ifndef MODEL_HOOK_H
#define MODEL_HOOK_H

#include "ends.h"
#include "tree.h"

/* What lies around a snap.yaml and has a say in what it means. Zero-initialised is nothing. */
struct snap_given {
	const char *key;	  /* of the instance, or NULL */
	const char *const *hooks; /* files of meta/hooks, sorted */
	size_t hook_count;
};

/*
 * Reads "hooks:" and "components:", adds the hooks that are only files, and sorts snap->hooks by
 * name, without plugs and slots.
 */
int model_hook_read_all(const struct reader *r, const struct meta_node *root,
			const struct snap_given *given, struct model_snap *snap) BASE_WARN_UNUSED;

/* All who may name plugs and slots: apps, hooks, hooks of components. */
void model_hook_users(const struct reader *r, const struct meta_node *root, struct model_snap *snap,
		      struct ends_users *out);

/* Sorted names of the files in meta/hooks of an unpacked snap; nothing when it has none. */
int model_hook_list(const struct reader *r, const struct tree *t,
		    struct snap_given *out) BASE_WARN_UNUSED;

/*
 * Of a snap of an image: keeps the hooks that have a program, which must be in the tree as an app's
 * must, and warns that nothing starts them by itself.
 */
int model_hook_settle(const struct reader *r, const struct tree *t,
		      struct model_snap *s) BASE_WARN_UNUSED;

#endif
