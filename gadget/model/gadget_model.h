/* SPDX-License-Identifier: Apache-2.0 */
/* What a gadget.yaml says: a part of model.h. */
#ifndef MODEL_GADGET_MODEL_H
#define MODEL_GADGET_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mem.h"
#include "meta.h"

enum model_schema {
	MODEL_SCHEMA_GPT,
	MODEL_SCHEMA_MBR,
	MODEL_SCHEMA_EMMC,    /* the hardware's boot partitions, no table */
	MODEL_SCHEMA_PARTIAL, /* left open by partial: [schema] */
};

enum model_filesystem {
	MODEL_FS_NONE, /* raw */
	MODEL_FS_VFAT,
	MODEL_FS_VFAT16,
	MODEL_FS_VFAT32,
	MODEL_FS_EXT4,
	MODEL_FS_SQUASHFS, /* ours: of system-root */
};

enum model_role {
	MODEL_ROLE_NONE,
	MODEL_ROLE_MBR,
	MODEL_ROLE_SYSTEM_BOOT, /* FAT: kernel, initramfs, extlinux.conf */
	MODEL_ROLE_SYSTEM_DATA, /* writable data, ext4 */
	MODEL_ROLE_SYSTEM_ROOT, /* ours: the read-only squashfs root */
	MODEL_ROLE_SYSTEM_SEED,
	MODEL_ROLE_SYSTEM_SEED_NULL,
	MODEL_ROLE_SYSTEM_SAVE,
	MODEL_ROLE_SYSTEM_BOOT_IMAGE,
	MODEL_ROLE_SYSTEM_BOOT_SELECT,
	MODEL_ROLE_SYSTEM_BOOT_STATE,
	MODEL_ROLE_SYSTEM_SEED_IMAGE,
	MODEL_ROLE_SYSTEM_SEED_SELECT,
	MODEL_ROLE_BOOTIMG,    /* old name of system-boot-image */
	MODEL_ROLE_BOOTSELECT, /* old name of system-boot-select */
};

/* What kind of model the image is for: which roles and labels a gadget must and may have. */
enum model_kind {
	MODEL_KIND_NONE, /* not said: with modes when a structure has a seed's role */
	MODEL_KIND_UC16_18,
	MODEL_KIND_UC20PLUS,
	MODEL_KIND_CLASSIC,
	MODEL_KIND_CLASSIC_WITH_MODES,
};

/* Bits of model_volume.partial. */
enum model_partial {
	MODEL_PARTIAL_SIZE = 1,
	MODEL_PARTIAL_FILESYSTEM = 2,
	MODEL_PARTIAL_SCHEMA = 4,
	MODEL_PARTIAL_STRUCTURE = 8,
};

struct model_content {
	const char *source; /* file systems: path in the gadget, may end in "/" */
	const char *target;
	bool kernel; /* the source is "$kernel:ASSET/PATH" */
	bool unpack;
	const char *image; /* raw structures: file in the gadget */
	uint64_t offset;
	bool has_offset;
	uint64_t size;	/* 0: from the file */
	bool unread;	/* it has an error */
	bool misplaced; /* it does not fit, and an error said so */
	struct meta_loc loc;
};

/*
 * Parts that have an error, in a structure, a volume or all of them: they are not what the fields
 * say, so that no other error follows from them.
 */
enum model_unread {
	MODEL_UNREAD_ROLE = 1,
	MODEL_UNREAD_TYPE = 2,
	MODEL_UNREAD_FS = 4,
	MODEL_UNREAD_LABEL = 8,
	MODEL_UNREAD_OFFSET = 16,
	MODEL_UNREAD_SIZE = 32,
	MODEL_UNREAD_SCHEMA = 64,
	MODEL_UNREAD_PARTIAL = 128,
	MODEL_UNREAD_BOOTLOADER = 256,
	MODEL_UNREAD_STRUCTURES = 512,
	MODEL_UNREAD_ALL = 1023,
};

struct model_structure {
	const char *name;
	const char *type; /* "bare", "mbr", "XX", GUID or "XX,GUID" */
	const char *id;	  /* GPT partition GUID or NULL */
	const char *label;
	enum model_role role;
	enum model_filesystem fs;
	uint64_t offset; /* bytes; computed where not given */
	uint64_t size;	 /* bytes */
	uint64_t min_size;
	const char *offset_write_to; /* structure name or NULL */
	uint64_t offset_write;
	bool has_offset_write;
	bool role_by_label; /* role is not written: label system-boot, and no other has the role */
	bool floating; /* no fixed offset: behind a structure whose size is not fixed; offset is
			  where it lies when that has its whole size */
	uint64_t least_offset; /* where it lies when those before have their min_size */
	bool unplaced;	       /* where it lies follows from what has an error */
	unsigned unread;       /* enum model_unread */
	bool partial_fs;       /* no filesystem yet, partial: [filesystem] */
	size_t index;	       /* in the order written */
	uint32_t edition;      /* of update: */
	const char **preserve;
	size_t preserve_count;
	const struct meta_node *node; /* as written: places of its keys for messages */
	struct model_content *content;
	size_t content_count;
	struct meta_loc loc;
};

struct model_volume {
	const char *name;
	enum model_schema schema;
	unsigned unread; /* enum model_unread; with MODEL_UNREAD_SCHEMA, schema is a guess */
	const char *bootloader;
	const char *id;
	unsigned partial; /* enum model_partial */
	const struct meta_node *node;
	struct model_structure *structures; /* by offset */
	size_t structure_count;
	struct meta_loc loc;
};

/* One of volume-assignments: which disk each volume goes to, on one kind of device. */
struct model_assignment_disk {
	const char *volume;
	const char *device; /* below /dev/disk/by-path or by-id */
};

struct model_assignment {
	const char *name;
	struct model_assignment_disk *disks;
	size_t disk_count;
	struct meta_loc loc;
};

/* A kernel argument: "PARAM", "PARAM=VALUE" or "PARAM=\"VALUE\"". */
struct model_kernel_arg {
	const char *param;
	const char *value; /* "" when there is none; "*" in allow: any */
	bool quoted;
	struct meta_loc loc;
};

struct model_kernel_args {
	struct model_kernel_arg *items;
	size_t count;
};

/* defaults: of one snap, or of the system. */
struct model_default {
	const char *key; /* "system" or a snap id */
	const struct meta_node *values;
};

struct model_gadget {
	enum model_kind kind; /* whose rules it was checked by */
	struct model_volume *volumes;
	size_t volume_count;
	const struct meta_node *connections; /* list or NULL; resolved into model.connections */
	struct model_default *defaults;
	size_t default_count;
	struct model_assignment *assignments;
	size_t assignment_count;
	struct model_kernel_args allow, append, remove; /* of kernel-cmdline */
	const char **consoles; /* nodes that its kernel arguments make a console, or may make one */
	size_t console_count, console_room;
	bool sound;		  /* of an image: no error in gadget.yaml and what it names */
	bool volumes_unread;	  /* there are some, and none could be read */
	const char *cmdline_file; /* "cmdline.extra" or "cmdline.full", or NULL */
	const struct meta_node *node;
	struct meta_loc loc;
};

/* The words of the formats, as written; "" for none. */
const char *model_schema_name(enum model_schema schema);
const char *model_filesystem_name(enum model_filesystem fs);
const char *model_role_name(enum model_role role);
const char *model_kind_name(enum model_kind kind);
/* -1 when there is no such kind. */
int model_kind_find(const char *name, enum model_kind *out) BASE_WARN_UNUSED;
/* The names of all kinds, with commas between. */
const char *model_kind_list(struct mem_arena *a);

#endif
