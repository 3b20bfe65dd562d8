/* SPDX-License-Identifier: Apache-2.0 */
/* The apps of a snap; not for other floors. */
#ifndef MODEL_APP_H
#define MODEL_APP_H

#include "reader.h"

/* Reads the map "apps:" into snap->apps, in its order, without plugs and slots. */
int model_app_read_all(const struct reader *r, const struct meta_node *apps,
		       struct model_snap *snap) BASE_WARN_UNUSED;

struct app_env {
	struct model_env *items;
	size_t count;
};

/* Reads "environment:" of map n, in the order written. */
int model_app_read_env(const struct reader *r, const struct meta_node *n,
		       struct app_env *out) BASE_WARN_UNUSED;

/* Resolves "after:" and "before:" of all apps, which must have no cycle. */
int model_app_order(const struct reader *r, const struct meta_node *apps,
		    struct model_snap *snap) BASE_WARN_UNUSED;

#endif
