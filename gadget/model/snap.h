/* SPDX-License-Identifier: Apache-2.0 */
/* snap.yaml; not for other floors. */
#ifndef MODEL_SNAP_H
#define MODEL_SNAP_H

#include "reader.h"

/* As plan.h's enum plan_layer, which is not ours to include. */
struct snap_layer {
	const char *name;
	unsigned bit;
};
extern const struct snap_layer model_snap_layers[];
#define SNAP_LAYERS	5u
#define SNAP_LAYERS_ALL 0x1fu

/* What lies around a snap.yaml and has a say in what it means. Zero-initialised is nothing. */
struct snap_given {
	const char *key;	  /* of the instance, or NULL */
	const char *const *hooks; /* files of meta/hooks, sorted */
	size_t hook_count;
};

/*
 * Reads snap.yaml, and tells all its errors. The other fields that image.yaml decides (dir,
 * source, uid, layers) are left as they are.
 */
int model_snap_read(const struct reader *r, const struct meta_node *root,
		    const struct snap_given *given, struct model_snap *out) BASE_WARN_UNUSED;

/* After a struct was copied to its last place: its apps and ends point to it. */
void model_snap_settle(struct model_snap *s);

/* What a snap says of itself that changes nothing in an image: checked, and forgotten. */
int model_about_read(const struct reader *r, const struct meta_node *root) BASE_WARN_UNUSED;

/* Title, summary and description of map n have lengths, of the snap or of a component. */
int model_about_texts(const struct reader *r, const struct meta_node *n) BASE_WARN_UNUSED;

/* "epoch:", a number, "N*", or a map of read and write. */
int model_epoch_read(const struct reader *r, const struct meta_node *root) BASE_WARN_UNUSED;

/* "layout:" */
int model_snap_layout_read(const struct reader *r, const struct meta_node *root,
			   const struct model_snap *snap) BASE_WARN_UNUSED;

#endif
