/* SPDX-License-Identifier: Apache-2.0 */
/* Files of snaps on the build host: hostile, not ours. Not for other floors. */
#ifndef MODEL_TREE_H
#define MODEL_TREE_H

#include <sys/stat.h>

#include "reader.h"

#define TREE_SET_ID "it has set-id bits"

/* Rights that a file would lend, which are refused but of a base, where they are lost. */
struct tree_lent {
	const char *path; /* below the folder; "": somewhere in it */
	const char *why;
	bool set_id;
};

/* A folder, and what messages call it. */
struct tree {
	const char *dir;
	const char *name;
	bool links; /* no link anywhere may leave it; else none in meta/ */
	struct tree_lent *lent;
	size_t lent_count, lent_room;
};

/*
 * Walks the tree following no link, and refuses device nodes, FIFOs, sockets, names with control
 * bytes, and links that leave it. Set-id files and those with capabilities go to t->lent.
 */
int model_tree_check(const struct reader *r, struct tree *t) BASE_WARN_UNUSED;

void model_tree_lend(const struct reader *r, struct tree *t, const struct tree_lent *lent);

/*
 * Refuses what t->lent names, unless snap is a base: that gets the paths of its set-id files, which
 * are the same whoever unpacks it. NULL: no snap.
 */
int model_tree_settle(const struct reader *r, struct tree *t,
		      struct model_snap *snap) BASE_WARN_UNUSED;

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

/*
 * Unpacks a squashfs file to t->dir, which must not exist, in a folder that nobody else can enter:
 * as root, set-id files come to be there. Nothing is mounted. t->lent gets the set-id files.
 */
int model_tree_unpack(const struct reader *r, const char *file, struct tree *t) BASE_WARN_UNUSED;

#endif
