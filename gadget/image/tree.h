/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file system that is to be written, as a list of entries: nothing is laid out on the build
 * host's own disk, so owners, modes and devices of the target need no privilege here.
 */
#ifndef IMAGE_TREE_H
#define IMAGE_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "err.h"

struct image_entry {
	const char *path; /* absolute, clean */
	char type;	  /* '0' file, '2' link, '5' directory */
	unsigned mode;	  /* permission bits */
	unsigned uid, gid;
	const char *link;   /* target of '2' */
	const char *source; /* file on the build host holding the content, or NULL */
	const void *bytes;  /* the content itself when source is NULL */
	uint64_t offset;    /* of the content in source */
	uint64_t size;
	uint64_t caps; /* capabilities of a file, permitted alone; 0: none */
};

/* Zero-initialised is empty; everything lives in the arena that was passed. */
struct image_tree {
	struct image_entry *items;
	size_t count;
	size_t room;
};

/* Adds a copy of the entry; its strings are borrowed for the arena's life. */
void image_tree_add(struct mem_arena *a, struct image_tree *t, const struct image_entry *e);

/* Adds a directory 0755 root, a link, a file of the build host, a file from memory. */
void image_tree_dir(struct mem_arena *a, struct image_tree *t, const char *path);
void image_tree_link(struct mem_arena *a, struct image_tree *t, const char *path,
		     const char *target);
int image_tree_file(struct mem_arena *a, struct image_tree *t, const struct image_entry *e,
		    struct err *err) BASE_WARN_UNUSED;
void image_tree_text(struct mem_arena *a, struct image_tree *t, const char *path, const char *text);

/*
 * Adds everything below a folder of the build host, under prefix, owned by root: files, links and
 * directories; of the mode only what a checkout's umask cannot change is kept. Anything else than
 * files, links and directories is refused.
 */
int image_tree_walk(struct mem_arena *a, struct image_tree *t, const char *dir, const char *prefix,
		    struct err *err) BASE_WARN_UNUSED;

/*
 * Sorts, adds missing parent directories, unites directories named twice (the first one's mode
 * and owner count), and refuses whatever else is named twice or lies below something that is not a
 * directory, for no reader agrees with another on what that means.
 */
int image_tree_finish(struct mem_arena *a, struct image_tree *t, struct err *err) BASE_WARN_UNUSED;

/* The entry of that path in a finished tree, or NULL. */
const struct image_entry *image_tree_find(const struct image_tree *t, const char *path);

/*
 * Writes the finished tree as a pax tar, times all IMAGE_EPOCH, to a descriptor (a socket, whose
 * reader may go away). A file that is shorter or longer than its entry says is refused.
 */
int image_tar_write(const struct image_tree *t, int fd, struct err *err) BASE_WARN_UNUSED;

/* Writes the finished tree as a cpio archive ("newc"), as an initramfs is. */
int image_cpio_write(const struct image_tree *t, int fd, struct err *err) BASE_WARN_UNUSED;

/* Makes a squashfs of the finished tree at path. */
int image_squashfs_write(const struct image_tree *t, const char *path,
			 struct err *err) BASE_WARN_UNUSED;

#endif
