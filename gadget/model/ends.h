/* SPDX-License-Identifier: Apache-2.0 */
/* Plugs and slots of a snap, and which app has which; not for other floors. */
#ifndef MODEL_ENDS_H
#define MODEL_ENDS_H

#include "reader.h"

/*
 * Reads "plugs:" and "slots:" of the snap in every shorthand, binds those that apps name to these
 * apps and the others to all, and checks attributes. snap->apps is filled, apps holds the map
 * "apps:" in the same order.
 */
int model_ends_read(const struct reader *r, const struct meta_node *root,
		    const struct meta_node *apps, struct model_snap *snap) BASE_WARN_UNUSED;

/* The plug or slot of that name, or NULL. */
struct model_end *model_ends_find(struct model_end *ends, size_t count, const char *name);

#endif
