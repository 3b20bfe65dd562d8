/* SPDX-License-Identifier: Apache-2.0 */
/* Which plug may have which slot: what interface files say of connections; not for other floors. */
#ifndef MODEL_FIT_H
#define MODEL_FIT_H

#include "image.h"

/* Zero-initialised, then for any number of plugs of one model, whose slots stay the same. */
struct fit_slots {
	const struct model_end **items;
	size_t count;
};

/* The plug's variant, else its interface, connects by itself. */
bool model_fit_is_auto(const struct model_end *plug);

/* Refuses a pair whose attributes do not match as "match:" of the interface asks. */
int model_fit_check(const struct reader *r, const struct model_end *plug,
		    const struct model_end *slot, const struct meta_loc *loc) BASE_WARN_UNUSED;

/* Every slot of the image that the plug could have, of other snaps or the system. */
void model_fit_find(const struct reader *r, const struct model *m, const struct model_end *plug,
		    struct fit_slots *out);

/* Records the error that lists the candidates; -1. */
int model_fit_ambiguous(const struct reader *r, const struct model_end *plug,
			const struct fit_slots *found, const struct meta_loc *loc);

/*
 * Super-privileged plugs that are connected, and super-privileged slots of apps, are named in
 * "privileged:" of image.yaml, and nothing else is.
 */
int model_fit_privileged(const struct reader *r, const struct image_file *f,
			 const struct model *m) BASE_WARN_UNUSED;

/* Refuses interfaces that are the same hardware by another way, which no slot's attributes tell. */
int model_fit_conflicts(const struct reader *r, const struct model *m) BASE_WARN_UNUSED;

#endif
