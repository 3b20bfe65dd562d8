/* SPDX-License-Identifier: Apache-2.0 */
/* Metadata without an image. */
#ifndef MODEL_BARE_H
#define MODEL_BARE_H

#include "model.h"

/* Metadata alone, for its policy. Borrowed. */
struct model_bare {
	const char *const *snaps; /* snap.yaml files, folders of snaps, .snap files */
	size_t snap_count;
	const char *const
		*connections; /* "SNAP:PLUG=SNAP:SLOT", a slot of the system "system:NAME" */
	size_t connection_count;
};

/*
 * Reads snaps of any type, hooks and all, and connects what is named and nothing else: no image,
 * no gadget.yaml and no rule of an interface adds a connection, and nothing asks for "privileged:".
 * Of the options data is needed, scratch for .snap files; board is read when it is there.
 */
int model_load_bare(struct mem_arena *a, const struct model_bare *b, const struct model_options *o,
		    struct model *out, struct meta_diag *d) BASE_WARN_UNUSED;

#endif
