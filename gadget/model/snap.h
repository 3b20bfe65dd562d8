/* SPDX-License-Identifier: Apache-2.0 */
/* snap.yaml; not for other floors. */
#ifndef MODEL_SNAP_H
#define MODEL_SNAP_H

#include "hook.h"

/* As plan.h's enum plan_layer, which is not ours to include. */
struct snap_layer {
	const char *name;
	unsigned bit;
};
extern const struct snap_layer model_snap_layers[];
#define SNAP_LAYERS	      5u
#define SNAP_LAYERS_ALL	      0x1fu
#define SNAP_LAYER_DEVICES    (1u << 2)
#define SNAP_LAYER_NAMESPACES (1u << 4)

/*
 * Reads snap.yaml, and tells all its errors. The other fields that image.yaml decides (dir,
 * source, uid, layers) are left as they are.
 */
int model_snap_read(const struct reader *r, const struct meta_node *root,
		    const struct snap_given *given, struct model_snap *out) BASE_WARN_UNUSED;

/* After a struct was copied to its last place: its apps and ends point to it. */
void model_snap_settle(struct model_snap *s);

#endif
