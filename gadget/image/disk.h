/* SPDX-License-Identifier: Apache-2.0 */
/* Places on a disk, and the file systems that are put there. */
#ifndef IMAGE_DISK_H
#define IMAGE_DISK_H

#include <stdint.h>

#include "arena.h"
#include "model.h"
#include "sha256.h"
#include "str.h"
#include "tool.h"
#include "tree.h"

struct image_part {
	const struct model_structure *s;
	unsigned number; /* in the partition table, from 1; 0: none */
	char uuid[IMAGE_UUID_SIZE];
	const char *file; /* what is put there, on the build host; or NULL */
};

struct image_map {
	const struct model_volume *v;
	struct image_part *parts; /* in the order of the volume's structures */
	size_t count;
	uint64_t size; /* of the whole disk */
	char uuid[IMAGE_UUID_SIZE];
};

/* Refuses what a gadget may say and this version writes no image from, all of it. */
int image_map_later(const struct model *m, struct meta_diag *d) BASE_WARN_UNUSED;

/* Of the whole volume that is so: no part of it has a place. */
bool image_map_is_later(const struct model_volume *v);

/*
 * Places, numbers and total size of one volume. Refuses what lies over something else (the
 * partition tables too), is no whole number of sectors, or needs what this version has not.
 */
int image_map_make(struct mem_arena *a, const struct model_volume *v, struct image_map *map,
		   struct meta_diag *d) BASE_WARN_UNUSED;

/* One line a place: where, how much, what. */
void image_map_text(const struct image_map *map, struct str *s);

/* UUIDs for disk and partitions: those that the gadget names, the others following from the seed.
 */
void image_map_seed(struct image_map *map, const uint8_t seed[SHA256_SIZE]);

/* The part with that role, or NULL. */
struct image_part *image_map_role(const struct image_map *map, enum model_role role);

/* Refuses size bytes of what when they do not fit into the part. */
int image_map_fits(const struct image_part *p, const char *what, uint64_t size,
		   struct meta_diag *d) BASE_WARN_UNUSED;

/* Writes the partition table of the map to a file that has the disk's size already. */
int image_gpt_write(const struct image_map *map, const char *path, struct err *e) BASE_WARN_UNUSED;

/*
 * A FAT of the part's size holding the tree. Contents of memory are staged in the folder work.
 * What does not fit is refused before a byte is written.
 */
int image_vfat_write(struct mem_arena *a, const struct image_part *p, const struct image_tree *t,
		     const char *work, struct err *e) BASE_WARN_UNUSED;

/* Room that a tree needs in a FAT of that size, and what such a FAT offers. */
void image_vfat_room(const struct image_tree *t, uint64_t size, uint64_t *needed,
		     uint64_t *offered);

/* An empty ext4 of the part's size. */
int image_ext4_write(const struct image_part *p, struct err *e) BASE_WARN_UNUSED;

#endif
