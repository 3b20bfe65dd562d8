/* SPDX-License-Identifier: Apache-2.0 */
/* What a squashfs file holds; not for other floors. */
#ifndef MODEL_LISTING_H
#define MODEL_LISTING_H

#include "tree.h"

/*
 * Refuses device nodes, FIFOs, sockets, names with "..", two files of one name, and more files or
 * bytes than any snap has; set-id files go to t->lent. text is what "unsquashfs -lln" wrote of t.
 */
int model_listing_check(const struct reader *r, struct tree *t, const char *text) BASE_WARN_UNUSED;

/* "cannot unpack snap: WHY" */
int model_listing_refuse(const struct reader *r, const char *name, const char *why);

#endif
