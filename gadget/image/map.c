/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "disk.h"
#include "guard.h"

#define SECTOR	     512u
#define MIB	     (1024u * 1024u)
#define DISK_MAX     ((uint64_t)16 << 40)
#define MBR_CODE     446u	   /* before the protective entry of the table */
#define TABLE_END    (34 * SECTOR) /* protective MBR, header, 128 entries */
#define NAME_MAX_GPT 36u
#define LABEL_MAX    11u

static bool is_bare(const struct model_structure *s)
{
	return s->role == MODEL_ROLE_MBR || str_eq(s->type, "bare") || str_eq(s->type, "mbr");
}

static int check_known(const struct model_structure *s, struct meta_diag *d)
{
	int status = 0;

	if (s->has_offset_write)
		status = meta_error(d, &s->loc, "cannot use offset-write: not in this version");
	if (s->fs == MODEL_FS_EXT4 && s->content_count)
		status = meta_error(d, &s->loc,
				    "cannot use content of an ext4 structure: not in this version");
	if (s->fs == MODEL_FS_SQUASHFS && s->role != MODEL_ROLE_SYSTEM_ROOT)
		status = meta_error(d, &s->loc,
				    "cannot use filesystem squashfs: only role system-root has it");
	if (s->fs == MODEL_FS_VFAT && s->label && strlen(s->label) > LABEL_MAX)
		status = meta_error(d, &s->loc,
				    "cannot use label \"%s\": a FAT has room for %u characters",
				    s->label, LABEL_MAX);
	if (!is_bare(s) && s->name && strlen(s->name) > NAME_MAX_GPT)
		status = meta_error(d, &s->loc,
				    "cannot use name \"%s\": a partition's has at most %u "
				    "characters",
				    s->name, NAME_MAX_GPT);
	return status;
}

static int check_place(const struct model_structure *s, struct meta_diag *d)
{
	const char *name = s->name ? s->name : "";

	if (s->role == MODEL_ROLE_MBR) {
		if (s->offset != 0 || s->size > MBR_CODE)
			return meta_error(
				d, &s->loc,
				"cannot place mbr structure \"%s\": expected offset 0 and "
				"at most %u bytes, got offset %llu and %llu bytes",
				name, MBR_CODE, (unsigned long long)s->offset,
				(unsigned long long)s->size);
		return 0;
	}
	if (s->size == 0 || s->size > DISK_MAX || s->offset > DISK_MAX - s->size)
		return meta_error(d, &s->loc,
				  "cannot place structure \"%s\": %llu bytes at %llu, a disk ends "
				  "at %llu",
				  name, (unsigned long long)s->size, (unsigned long long)s->offset,
				  (unsigned long long)DISK_MAX);
	/* An offset that nobody wrote follows from the size of the one before. */
	if (s->size % SECTOR || (s->offset % SECTOR && meta_get(s->node, "offset")))
		return meta_error(d, &s->loc,
				  "cannot place structure \"%s\": %llu bytes at %llu are no whole "
				  "sectors of %u",
				  name, (unsigned long long)s->size, (unsigned long long)s->offset,
				  SECTOR);
	if (s->offset < TABLE_END)
		return meta_error(d, &s->loc,
				  "cannot place structure \"%s\" at %llu: the partition table "
				  "reaches to %u",
				  name, (unsigned long long)s->offset, TABLE_END);
	/* libfdisk takes the first MiB for itself, as every partitioning tool does. */
	if (!is_bare(s) && s->offset < MIB)
		return meta_error(d, &s->loc,
				  "cannot place structure \"%s\" at %llu: a partition starts at "
				  "%u or behind",
				  name, (unsigned long long)s->offset, MIB);
	return 0;
}

static int check_overlap(const struct model_structure *s, const struct model_structure *t,
			 struct meta_diag *d)
{
	if (!GUARD(image_overlap) || s->offset + s->size <= t->offset ||
	    t->offset + t->size <= s->offset)
		return 0;
	return meta_error(d, &t->loc,
			  "cannot place structure \"%s\" at %llu: structure \"%s\" lies at "
			  "%llu..%llu",
			  t->name ? t->name : "", (unsigned long long)t->offset,
			  s->name ? s->name : "", (unsigned long long)s->offset,
			  (unsigned long long)(s->offset + s->size));
}

int image_map_make(struct mem_arena *a, const struct model_volume *v, struct image_map *map,
		   struct meta_diag *d)
{
	uint64_t end = TABLE_END;
	unsigned number = 0;
	int *lost;
	int status = 0;

	if (v->schema != MODEL_SCHEMA_GPT)
		return meta_error(d, &v->loc, "cannot use schema mbr: not in this version");
	*map = (struct image_map){ .v = v, .count = v->structure_count };
	map->parts = mem_array(a, v->structure_count, sizeof(*map->parts));
	lost = mem_array(a, v->structure_count, sizeof(*lost));
	for (size_t i = 0; i < v->structure_count; i++) {
		const struct model_structure *s = &v->structures[i];

		status |= check_known(s, d);
		/* What has no place on a disk overlaps with nothing. */
		if (check_place(s, d) < 0)
			status = lost[i] = -1;
		for (size_t j = 0; j < i && !lost[i]; j++)
			if (!lost[j])
				status |= check_overlap(&v->structures[j], s, d);
		map->parts[i].s = s;
		map->parts[i].number = is_bare(s) ? 0 : ++number;
		if (s->offset + s->size > end)
			end = s->offset + s->size;
	}
	/* The second table lies in the last 33 sectors; whole MiB suit every medium. */
	map->size = ((end + MIB - 1) / MIB + 1) * MIB;
	return status;
}

static const char *fs_name(enum model_filesystem fs)
{
	static const char *const names[] = {
		[MODEL_FS_NONE] = "raw",       [MODEL_FS_VFAT] = "vfat",
		[MODEL_FS_VFAT16] = "vfat-16", [MODEL_FS_VFAT32] = "vfat-32",
		[MODEL_FS_EXT4] = "ext4",      [MODEL_FS_SQUASHFS] = "squashfs",
	};

	return names[fs];
}

void image_map_text(const struct image_map *map, struct str *s)
{
	str_printf(s, "volume %s, %llu bytes\n", map->v->name, (unsigned long long)map->size);
	str_printf(s, "  %12s %12s  %s\n", "offset", "size", "what");
	str_printf(s, "  %12u %12u  %s\n", 0u, TABLE_END, "partition table");
	for (size_t i = 0; i < map->count; i++) {
		const struct model_structure *m = map->parts[i].s;

		str_printf(s, "  %12llu %12llu  ", (unsigned long long)m->offset,
			   (unsigned long long)m->size);
		if (map->parts[i].number)
			str_printf(s, "partition %u, ", map->parts[i].number);
		str_printf(s, "%s%s%s\n", m->name ? m->name : "", m->name ? ", " : "",
			   fs_name(m->fs));
	}
	str_printf(s, "  %12llu %12u  %s\n", (unsigned long long)(map->size - 33 * SECTOR),
		   33 * SECTOR, "second partition table");
}

void image_map_seed(struct image_map *map, const uint8_t seed[SHA256_SIZE])
{
	char name[64];

	image_uuid(seed, map->v->name, map->uuid);
	for (size_t i = 0; i < map->count; i++) {
		struct image_part *p = &map->parts[i];

		if (p->s->id) {
			snprintf(p->uuid, sizeof(p->uuid), "%s", p->s->id);
			continue;
		}
		snprintf(name, sizeof(name), "structure %zu", i);
		image_uuid(seed, name, p->uuid);
	}
}

struct image_part *image_map_role(const struct image_map *map, enum model_role role)
{
	for (size_t i = 0; i < map->count; i++) {
		if (map->parts[i].s->role == role)
			return &map->parts[i];
	}
	return NULL;
}

int image_map_fits(const struct image_part *p, const char *what, uint64_t size, struct meta_diag *d)
{
	if (size <= p->s->size)
		return 0;
	return meta_error(d, &p->s->loc,
			  "cannot put %s into structure \"%s\": it needs %llu bytes, the structure "
			  "has %llu",
			  what, p->s->name ? p->s->name : "", (unsigned long long)size,
			  (unsigned long long)p->s->size);
}
