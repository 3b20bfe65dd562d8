/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <libfdisk/libfdisk.h>
#include <string.h>

#include "disk.h"

#define SECTOR 512u

static void cleanup_context(struct fdisk_context **c)
{
	fdisk_unref_context(*c);
}

static void cleanup_partition(struct fdisk_partition **p)
{
	fdisk_unref_partition(*p);
}

static void cleanup_type(struct fdisk_parttype **t)
{
	fdisk_unref_parttype(*t);
}

/* libfdisk answers -errno. */
static int refuse(struct err *e, int rc, const char *what)
{
	errno = -rc;
	return err_sys(e, "cannot write the partition table: %s", what);
}

/* The GUID of "GUID" or "XX,GUID". */
static const char *guid_of(const char *type)
{
	const char *comma = strchr(type, ',');

	return comma ? comma + 1 : type;
}

static int add_partition(struct fdisk_context *c, const struct image_part *p, struct err *e)
{
	__attribute__((cleanup(cleanup_partition))) struct fdisk_partition *pa =
		fdisk_new_partition();
	__attribute__((cleanup(cleanup_type))) struct fdisk_parttype *type = NULL;
	int rc;

	type = fdisk_label_parse_parttype(fdisk_get_label(c, NULL), guid_of(p->s->type));
	if (!pa || !type)
		return err_input(e, "cannot use partition type \"%s\": expected a GUID",
				 p->s->type);
	fdisk_partition_start_follow_default(pa, 0);
	fdisk_partition_end_follow_default(pa, 0);
	fdisk_partition_partno_follow_default(pa, 0);
	fdisk_partition_size_explicit(pa, 1);
	rc = fdisk_partition_set_start(pa, p->s->offset / SECTOR);
	rc = rc ? rc : fdisk_partition_set_size(pa, p->s->size / SECTOR);
	rc = rc ? rc : fdisk_partition_set_partno(pa, p->number - 1);
	rc = rc ? rc : fdisk_partition_set_type(pa, type);
	rc = rc ? rc : fdisk_partition_set_uuid(pa, p->uuid);
	if (p->s->name)
		rc = rc ? rc : fdisk_partition_set_name(pa, p->s->name);
	/* U-Boot's distro boot looks at partitions with this bit. */
	if (p->s->role == MODEL_ROLE_SYSTEM_BOOT)
		rc = rc ? rc : fdisk_partition_set_attrs(pa, "LegacyBIOSBootable");
	rc = rc ? rc : fdisk_add_partition(c, pa, NULL);
	return rc ? refuse(e, rc, p->s->name ? p->s->name : "a partition") : 0;
}

int image_gpt_write(const struct image_map *map, const char *path, struct err *e)
{
	__attribute__((cleanup(cleanup_context))) struct fdisk_context *c = fdisk_new_context();
	int rc;

	if (!c)
		return err_env(e, "cannot write the partition table: no memory");
	fdisk_disable_dialogs(c, 1);
	/* A file has no grain of its own; places are as the map says, to the sector. */
	rc = fdisk_save_user_grain(c, SECTOR);
	rc = rc ? rc : fdisk_assign_device(c, path, 0);
	rc = rc ? rc : fdisk_create_disklabel(c, "gpt");
	rc = rc ? rc : fdisk_set_disklabel_id_from_string(c, map->uuid);
	if (rc)
		return refuse(e, rc, path);
	for (size_t i = 0; i < map->count; i++) {
		if (map->parts[i].number && add_partition(c, &map->parts[i], e) < 0)
			return -1;
	}
	rc = fdisk_write_disklabel(c);
	rc = rc ? rc : fdisk_deassign_device(c, 1);
	return rc ? refuse(e, rc, path) : 0;
}
