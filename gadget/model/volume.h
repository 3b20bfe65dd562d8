/* SPDX-License-Identifier: Apache-2.0 */
/* Volumes of gadget.yaml; not for other floors. */
#ifndef MODEL_VOLUME_H
#define MODEL_VOLUME_H

#include "reader.h"

/* One item of "structure:". */
int model_structure_read(const struct reader *r, const struct meta_node *n,
			 enum model_schema schema, struct model_structure *out) BASE_WARN_UNUSED;

/*
 * Gives each structure of the volume its offset, sorts them by it, and refuses overlaps and what
 * refers to structures that are not there.
 */
int model_layout_volume(const struct reader *r, struct model_volume *v) BASE_WARN_UNUSED;

/* gadget.yaml. */
int model_gadget_read(const struct reader *r, const struct meta_node *root,
		      struct model_gadget *out) BASE_WARN_UNUSED;

#endif
