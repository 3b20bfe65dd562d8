/* SPDX-License-Identifier: Apache-2.0 */
/* Files of snaps on the build host: hostile, not ours. Not for other floors. */
#ifndef MODEL_TREE_H
#define MODEL_TREE_H

#include <sys/stat.h>

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

/* A descriptor of the folder, the caller's; -1 after recording an error. */
int model_tree_open(const struct reader *r, const struct tree *t) BASE_WARN_UNUSED;

/*
 * What path names in the tree open at root, links within it followed; its content is not read.
 * -1 and errno when there is nothing, or a link leads out (EXDEV).
 */
int model_tree_look(int root, const char *path, struct stat *out) BASE_WARN_UNUSED;

/* path names an executable regular file in the tree, links within it followed. */
int model_tree_check_program(const struct reader *r, const struct tree *t, const char *path,
			     const struct meta_loc *loc) BASE_WARN_UNUSED;

bool model_tree_is_squashfs(const char *path);

/* Unpacks a squashfs file to the folder to, which must not exist; nothing is mounted. */
int model_tree_unpack(const struct reader *r, const char *file, const char *name,
		      const char *to) BASE_WARN_UNUSED;

#endif
