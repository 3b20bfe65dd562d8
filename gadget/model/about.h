/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of snap.yaml that no program needs; not for other floors. */
#ifndef MODEL_ABOUT_H
#define MODEL_ABOUT_H

#include "reader.h"

/* What a snap says of itself that changes nothing in an image: checked, and forgotten. */
int model_about_read(const struct reader *r, const struct meta_node *root) BASE_WARN_UNUSED;

/* Title, summary and description of map n have lengths, of the snap or of a component. */
int model_about_texts(const struct reader *r, const struct meta_node *n) BASE_WARN_UNUSED;

/* "epoch:", a number, "N*", or a map of read and write. */
int model_epoch_read(const struct reader *r, const struct meta_node *root) BASE_WARN_UNUSED;

/* "layout:", of a snap whose name and revision are known. */
int model_snap_layout_read(const struct reader *r, const struct meta_node *root,
			   struct model_snap *snap) BASE_WARN_UNUSED;

#endif
