/* SPDX-License-Identifier: Apache-2.0 */
/* The base root file system while it is listed; not for other floors. */
#ifndef MODEL_BASE_H
#define MODEL_BASE_H

#include "reader.h"

struct base_scan {
	struct mem_arena *a;
	struct meta_diag *d;
	const char *path;
	struct model_base_entry *entries;
	size_t count, room;
};

/* Adds an entry after checking its path. */
int model_base_add(struct base_scan *s, const struct model_base_entry *e) BASE_WARN_UNUSED;

/* "cannot use base: PATH: WHY", without the path when it is NULL. */
int model_base_refuse(struct base_scan *s, const char *path, const char *why) BASE_WARN_UNUSED;

/* Lists an uncompressed ustar, GNU or pax archive of size bytes. */
int model_base_read_tar(struct base_scan *s, int fd, uint64_t size) BASE_WARN_UNUSED;

/* Of the snaps of an image, which are in their last place: finds the snap that each base: names. */
int model_base_settle(const struct reader *r, struct model *m) BASE_WARN_UNUSED;

/*
 * Lists the files of all snaps where one has a layout or a base snap: a layout may show what
 * content brings.
 */
int model_base_list_files(const struct reader *r, struct model *m) BASE_WARN_UNUSED;

#endif
