/* SPDX-License-Identifier: Apache-2.0 */
/* The kinds of plugs and slots of an interface file; not for other floors. */
#ifndef MODEL_VARIANT_H
#define MODEL_VARIANT_H

#include "reader.h"

/* Words of "connect:". */
extern const struct model_reader_word model_variant_connects[];

/* "offered-by:" of slots, or of one variant. */
int model_variant_offerers(const struct reader *r, const struct meta_node *n,
			   unsigned *out) BASE_WARN_UNUSED;

/* "variants:"; and "plug-variants:" or what stands for it. No two could fit the same attributes. */
int model_variant_read_slots(const struct reader *r, const struct meta_node *root,
			     struct model_iface *out) BASE_WARN_UNUSED;
int model_variant_read_plugs(const struct reader *r, const struct meta_node *root,
			     struct model_iface *out) BASE_WARN_UNUSED;

#endif
