/* SPDX-License-Identifier: Apache-2.0 */
/* Files of snaps on the build host: hostile, not ours. Not for other floors. */
#ifndef MODEL_TREE_H
#define MODEL_TREE_H

#include "reader.h"

/* A folder, and what messages call it. */
struct tree {
	const char *dir;
	const char *name;
	bool links; /* no link anywhere may leave it; else none in meta/ */
};

/*
 * Walks the tree following no link, and refuses set-id files, device nodes, FIFOs, sockets, files
 * with capabilities, names with control bytes, and links that leave it.
 */
int model_tree_check(const struct reader *r, const struct tree *t) BASE_WARN_UNUSED;

/* path names an executable regular file in the tree, links within it followed. */
int model_tree_check_program(const struct reader *r, const struct tree *t, const char *path,
			     const struct meta_loc *loc) BASE_WARN_UNUSED;

bool model_tree_is_squashfs(const char *path);

/* Unpacks a squashfs file to the folder to, which must not exist; nothing is mounted. */
int model_tree_unpack(const struct reader *r, const char *file, const char *name,
		      const char *to) BASE_WARN_UNUSED;

#endif
