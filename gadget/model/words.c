/* SPDX-License-Identifier: Apache-2.0 */
/* The words of gadget.yaml: one table for each direction of reading and printing. */
#include "str.h"
#include "volume.h"

const struct model_reader_word model_words_schemas[] = {
	{ "gpt", MODEL_SCHEMA_GPT },
	{ "mbr", MODEL_SCHEMA_MBR },
	{ "emmc", MODEL_SCHEMA_EMMC },
	{ NULL, 0 },
};

const struct model_reader_word model_words_filesystems[] = {
	{ "none", MODEL_FS_NONE },
	{ "ext4", MODEL_FS_EXT4 },
	{ "vfat", MODEL_FS_VFAT },
	{ "vfat-16", MODEL_FS_VFAT16 },
	{ "vfat-32", MODEL_FS_VFAT32 },
	{ "squashfs", MODEL_FS_SQUASHFS },
	{ NULL, 0 },
};

const struct model_reader_word model_words_roles[] = {
	{ "mbr", MODEL_ROLE_MBR },
	{ "system-boot", MODEL_ROLE_SYSTEM_BOOT },
	{ "system-boot-image", MODEL_ROLE_SYSTEM_BOOT_IMAGE },
	{ "system-boot-select", MODEL_ROLE_SYSTEM_BOOT_SELECT },
	{ "system-boot-state", MODEL_ROLE_SYSTEM_BOOT_STATE },
	{ "system-data", MODEL_ROLE_SYSTEM_DATA },
	{ "system-root", MODEL_ROLE_SYSTEM_ROOT },
	{ "system-save", MODEL_ROLE_SYSTEM_SAVE },
	{ "system-seed", MODEL_ROLE_SYSTEM_SEED },
	{ "system-seed-image", MODEL_ROLE_SYSTEM_SEED_IMAGE },
	{ "system-seed-null", MODEL_ROLE_SYSTEM_SEED_NULL },
	{ "system-seed-select", MODEL_ROLE_SYSTEM_SEED_SELECT },
	{ "bootimg", MODEL_ROLE_BOOTIMG },
	{ "bootselect", MODEL_ROLE_BOOTSELECT },
	{ NULL, 0 },
};

/* The value is of no use: the name is kept. */
const struct model_reader_word model_words_bootloaders[] = {
	{ "grub", 0 }, { "u-boot", 0 }, { "android-boot", 0 },
	{ "lk", 0 },   { "piboot", 0 }, { NULL, 0 },
};

const struct model_reader_word model_words_partials[] = {
	{ "size", MODEL_PARTIAL_SIZE },
	{ "filesystem", MODEL_PARTIAL_FILESYSTEM },
	{ "schema", MODEL_PARTIAL_SCHEMA },
	{ "structure", MODEL_PARTIAL_STRUCTURE },
	{ NULL, 0 },
};

const struct model_reader_word model_words_kinds[] = {
	{ "none", MODEL_KIND_NONE },
	{ "uc16-18", MODEL_KIND_UC16_18 },
	{ "uc20plus", MODEL_KIND_UC20PLUS },
	{ "classic", MODEL_KIND_CLASSIC },
	{ "classic-with-modes", MODEL_KIND_CLASSIC_WITH_MODES },
	{ NULL, 0 },
};

static const char *name_of(const struct model_reader_word *words, int value)
{
	for (; words->name; words++)
		if (words->value == value)
			return words->name;
	return "";
}

const char *model_schema_name(enum model_schema schema)
{
	return name_of(model_words_schemas, (int)schema);
}

const char *model_filesystem_name(enum model_filesystem fs)
{
	return fs == MODEL_FS_NONE ? "" : name_of(model_words_filesystems, (int)fs);
}

const char *model_role_name(enum model_role role)
{
	return name_of(model_words_roles, (int)role);
}

const char *model_kind_name(enum model_kind kind)
{
	return name_of(model_words_kinds, (int)kind);
}

int model_kind_find(const char *name, enum model_kind *out)
{
	for (const struct model_reader_word *w = model_words_kinds; w->name; w++) {
		if (!str_eq(w->name, name))
			continue;
		*out = (enum model_kind)w->value;
		return 0;
	}
	return -1;
}

const char *model_kind_list(struct mem_arena *a)
{
	const char *list = model_words_kinds[0].name;

	for (const struct model_reader_word *w = model_words_kinds + 1; w->name; w++)
		list = mem_printf(a, "%s, %s", list, w->name);
	return list;
}
