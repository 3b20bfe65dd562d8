/* SPDX-License-Identifier: Apache-2.0 */
#include "volume.h"

#include <string.h>

#include "names.h"
#include "path.h"
#include "size.h"
#include "str.h"

#define MBR_CODE_SIZE 446

static const struct model_reader_word roles[] = {
	{ "mbr", MODEL_ROLE_MBR },
	{ "system-boot", MODEL_ROLE_SYSTEM_BOOT },
	{ "system-data", MODEL_ROLE_SYSTEM_DATA },
	{ "system-root", MODEL_ROLE_SYSTEM_ROOT },
	{ "system-boot-image", READER_LATER },
	{ "system-boot-select", READER_LATER },
	{ "system-boot-state", READER_LATER },
	{ "system-seed", READER_LATER },
	{ "system-seed-null", READER_LATER },
	{ "system-seed-image", READER_LATER },
	{ "system-seed-select", READER_LATER },
	{ "system-save", READER_LATER },
	{ "bootimg", READER_LATER },
	{ "bootselect", READER_LATER },
	{ NULL, 0 },
};

static const struct model_reader_word filesystems[] = {
	{ "none", MODEL_FS_NONE },
	{ "vfat", MODEL_FS_VFAT },
	{ "ext4", MODEL_FS_EXT4 },
	{ "squashfs", MODEL_FS_SQUASHFS },
	{ "vfat-16", READER_LATER },
	{ "vfat-32", READER_LATER },
	{ NULL, 0 },
};

static bool all_hex(const char *s, size_t n, bool upper_only)
{
	for (size_t i = 0; i < n; i++) {
		bool digit = s[i] >= '0' && s[i] <= '9';
		bool upper = s[i] >= 'A' && s[i] <= 'F';
		bool lower = s[i] >= 'a' && s[i] <= 'f';

		if (!digit && !upper && (upper_only || !lower))
			return false;
	}
	return true;
}

static bool is_guid(const char *s)
{
	static const size_t groups[] = { 8, 4, 4, 4, 12 };

	for (size_t i = 0; i < ARRAY_SIZE(groups); i++) {
		/* Never past the end: the NUL is no hexadecimal digit. */
		if (strnlen(s, groups[i]) < groups[i] || !all_hex(s, groups[i], false))
			return false;
		s += groups[i];
		if (i + 1 < ARRAY_SIZE(groups) && *s++ != '-')
			return false;
	}
	return *s == '\0';
}

static bool is_mbr_type(const char *s)
{
	return strlen(s) == 2 && all_hex(s, 2, true);
}

/* Which schema a type is for: bits of 1 << enum model_schema, 0 when it is none. */
static unsigned type_schemas(const char *type)
{
	unsigned both = 1u << MODEL_SCHEMA_GPT | 1u << MODEL_SCHEMA_MBR;

	if (str_eq(type, "bare") || str_eq(type, "mbr"))
		return both;
	if (is_mbr_type(type))
		return 1u << MODEL_SCHEMA_MBR;
	if (is_guid(type))
		return 1u << MODEL_SCHEMA_GPT;
	/* "XX,GUID": one file for both. */
	if (strlen(type) > 3 && type[2] == ',' && all_hex(type, 2, true) && is_guid(type + 3))
		return both;
	return 0;
}

static int read_type(const struct reader *r, const struct meta_node *n, enum model_schema schema,
		     struct model_structure *out)
{
	const struct meta_node *type = meta_get(n, "type");
	unsigned schemas;

	if (!type)
		return meta_error(r->d, &n->loc, "cannot find key \"type\"");
	if (meta_text(type, "type", &out->type, r->d))
		return -1;
	schemas = type_schemas(out->type);
	if (!schemas)
		return meta_error(r->d, &type->loc,
				  "cannot use type \"%.64s\": expected bare, two hexadecimal "
				  "digits, a GUID, or both with a comma between",
				  out->type);
	if (!(schemas & 1u << schema))
		return meta_error(r->d, &type->loc, "cannot use type \"%s\": the schema is %s",
				  out->type, schema == MODEL_SCHEMA_GPT ? "gpt" : "mbr");
	return 0;
}

static int read_role(const struct reader *r, const struct meta_node *n, struct model_structure *out)
{
	const struct meta_node *role = meta_get(n, "role");
	int value = MODEL_ROLE_NONE;

	/* The old way to say it. */
	if (str_eq(out->type, "mbr"))
		value = MODEL_ROLE_MBR;
	else if (!role && out->label && str_eq(out->label, "system-boot"))
		value = MODEL_ROLE_SYSTEM_BOOT;
	if (role && model_reader_word(r, role, "role", roles, &value))
		return -1;
	out->role = value == READER_LATER ? MODEL_ROLE_NONE : (enum model_role)value;
	if (str_eq(out->type, "mbr") && out->role != MODEL_ROLE_MBR)
		return meta_error(r->d, &role->loc, "cannot use role: type is mbr");
	if (str_eq(out->type, "bare") && out->role != MODEL_ROLE_NONE &&
	    out->role != MODEL_ROLE_MBR)
		return meta_error(r->d, &role->loc, "cannot use role: type is bare");
	return 0;
}

static int read_filesystem(const struct reader *r, const struct meta_node *n,
			   struct model_structure *out)
{
	const struct meta_node *fs = meta_get(n, "filesystem");
	const struct meta_node *label = meta_get(n, "filesystem-label");
	int value = MODEL_FS_NONE;

	if (model_reader_text(r, n, "filesystem-label", &out->label))
		return -1;
	if (out->label && (!model_names_made_of(out->label, "_.-") || strlen(out->label) > 16))
		return meta_error(r->d, &label->loc,
				  "cannot use filesystem-label \"%.64s\": expected at most 16 "
				  "letters, digits, \"_\", \".\" and \"-\"",
				  out->label);
	if (fs && model_reader_word(r, fs, "filesystem", filesystems, &value))
		return -1;
	out->fs = value == READER_LATER ? MODEL_FS_VFAT : (enum model_filesystem)value;
	return 0;
}

/* "NAME+OFFSET" or "OFFSET" */
static int read_offset_write(const struct reader *r, const struct meta_node *n,
			     struct model_structure *out)
{
	const struct meta_node *v = meta_get(n, "offset-write");
	const char *text;
	const char *plus;

	if (!v)
		return 0;
	if (meta_text(v, "offset-write", &text, r->d))
		return -1;
	plus = strrchr(text, '+');
	if (plus)
		out->offset_write_to = mem_strndup(r->a, text, (size_t)(plus - text));
	/* Four bytes are written: a count of sectors, where the boot code looks for it. */
	if (plus == text || model_size_parse(plus ? plus + 1 : text, &out->offset_write) ||
	    out->offset_write > UINT32_MAX - 4)
		return meta_error(r->d, &v->loc,
				  "cannot use offset-write \"%.64s\": expected [NAME+]OFFSET below "
				  "4G",
				  text);
	out->has_offset_write = true;
	return 0;
}

/* A path in the gadget; its content comes from an author who is not the host's. */
static int check_path(const struct reader *r, const struct meta_node *n, const char *key,
		      bool folder)
{
	const char *text = n->text;
	size_t len = strlen(text);

	if (str_starts(text, "$kernel:"))
		return model_reader_later(r, &n->loc, "%s of a kernel", key);
	if (folder && len > 1 && text[len - 1] == '/')
		text = mem_strndup(r->a, text, len - 1);
	/* "." and "./x": all of the gadget, and a habit. */
	if (folder && str_starts(text, "./"))
		text += 2;
	if (folder && (str_eq(text, ".") || str_eq(text, "/")))
		return 0;
	if (!path_is_clean_relative(text))
		return meta_error(r->d, &n->loc,
				  "cannot use %s \"%.200s\": expected a clean path that stays in "
				  "the gadget",
				  key, n->text);
	return 0;
}

/* Targets may begin with a slash: the root of the file system that they are written to. */
static int check_target(const struct reader *r, const struct meta_node *n)
{
	const char *text = n->text + strspn(n->text, "/");
	size_t len = strlen(text);

	if (len && text[len - 1] == '/')
		text = mem_strndup(r->a, text, len - 1);
	if (*text && !str_eq(text, ".") && !path_is_clean_relative(text))
		return meta_error(r->d, &n->loc,
				  "cannot use target \"%.200s\": expected a clean path", n->text);
	return 0;
}

static int read_files(const struct reader *r, const struct meta_node *n, struct model_content *out)
{
	if (meta_get(n, "image"))
		return meta_error(r->d, &meta_get(n, "image")->loc,
				  "cannot use image: the structure has a file system");
	if (model_reader_need_text(r, n, "source", &out->source) ||
	    model_reader_need_text(r, n, "target", &out->target))
		return -1;
	return check_path(r, meta_get(n, "source"), "source", true) ||
			       check_target(r, meta_get(n, "target"))
		       ? -1
		       : 0;
}

static int read_raw(const struct reader *r, const struct meta_node *n, struct model_content *out)
{
	if (meta_get(n, "source"))
		return meta_error(r->d, &meta_get(n, "source")->loc,
				  "cannot use source: the structure has no file system");
	if (model_reader_need_text(r, n, "image", &out->image) ||
	    check_path(r, meta_get(n, "image"), "image", false))
		return -1;
	return model_size_read(r, n, "offset", &out->offset, &out->has_offset) ||
			       model_size_read(r, n, "size", &out->size, NULL)
		       ? -1
		       : 0;
}

static int read_content(const struct reader *r, const struct meta_node *n,
			struct model_structure *out)
{
	static const char *const used[] = { "source", "target", "image", "offset",
					    "size",   "unpack", NULL };
	static const struct reader_keys keys = { used, NULL, false };
	const struct meta_node *list = meta_get(n, "content");
	int status = 0;

	if (!list || list->kind == META_NULL)
		return 0;
	if (model_reader_list(r, list, "content"))
		return -1;
	out->content = mem_array(r->a, list->count, sizeof(*out->content));
	out->content_count = list->count;
	for (size_t i = 0; i < list->count; i++) {
		struct model_content *c = &out->content[i];

		c->loc = list->items[i]->loc;
		if (model_reader_map(r, list->items[i], "content", &keys) ||
		    (out->fs == MODEL_FS_NONE ? read_raw(r, list->items[i], c)
					      : read_files(r, list->items[i], c)))
			status = -1;
	}
	return status;
}

static int read_update(const struct reader *r, const struct meta_node *n,
		       struct model_structure *out)
{
	static const char *const used[] = { "edition", "preserve", NULL };
	static const struct reader_keys keys = { used, NULL, false };
	const struct meta_node *update = meta_get(n, "update");
	const struct meta_node *edition = meta_get(update, "edition");
	struct model_reader_texts preserve;
	int64_t number;

	if (!update || update->kind == META_NULL)
		return 0;
	if (model_reader_map(r, update, "update", &keys) ||
	    (edition &&
	     meta_int(edition, "edition", (struct meta_range){ 0, UINT32_MAX }, &number, r->d)) ||
	    model_reader_texts(r, update, "preserve", &preserve))
		return -1;
	out->update = true;
	for (size_t i = 0; i < preserve.count; i++)
		for (size_t k = 0; k < i; k++)
			if (str_eq(preserve.items[i], preserve.items[k]))
				return meta_error(r->d, &meta_get(update, "preserve")->loc,
						  "cannot use preserve: \"%.200s\" is there twice",
						  preserve.items[i]);
	if (preserve.count && out->fs == MODEL_FS_NONE)
		return meta_error(r->d, &update->loc,
				  "cannot use preserve: the structure has no file system");
	return 0;
}

static int check_mbr(const struct reader *r, const struct meta_node *n,
		     const struct model_structure *s)
{
	if (s->role != MODEL_ROLE_MBR)
		return 0;
	if (s->size > MBR_CODE_SIZE)
		return meta_error(r->d, &n->loc, "cannot use role mbr: larger than %d bytes",
				  MBR_CODE_SIZE);
	if (s->offset)
		return meta_error(r->d, &n->loc, "cannot use role mbr: its offset is not 0");
	if (s->id)
		return meta_error(r->d, &n->loc, "cannot use role mbr: it has an id");
	if (s->fs != MODEL_FS_NONE)
		return meta_error(r->d, &n->loc, "cannot use role mbr: it has a file system");
	return 0;
}

static int check_role(const struct reader *r, const struct meta_node *n,
		      const struct model_structure *s)
{
	static const struct {
		enum model_role role;
		enum model_filesystem fs;
		const char *text;
	} wanted[] = {
		{ MODEL_ROLE_SYSTEM_ROOT, MODEL_FS_SQUASHFS,
		  "system-root: expected filesystem "
		  "squashfs" },
		{ MODEL_ROLE_SYSTEM_DATA, MODEL_FS_EXT4, "system-data: expected filesystem ext4" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++)
		if (s->role == wanted[i].role && s->fs != wanted[i].fs)
			return model_reader_wrong(r, &n->loc, "cannot use role %s", wanted[i].text);
	if (s->fs == MODEL_FS_SQUASHFS && s->role != MODEL_ROLE_SYSTEM_ROOT)
		return meta_error(r->d, &n->loc,
				  "cannot use filesystem squashfs: only for role system-root");
	return check_mbr(r, n, s);
}

static int read_sizes(const struct reader *r, const struct meta_node *n,
		      struct model_structure *out)
{
	bool has_offset = false;
	bool has_size = false;
	bool has_min = false;

	out->offset = UINT64_MAX; /* until the layout gives one */
	if (model_size_read(r, n, "offset", &out->offset, &has_offset) ||
	    model_size_read(r, n, "size", &out->size, &has_size) ||
	    model_size_read(r, n, "min-size", &out->min_size, &has_min))
		return -1;
	if (!has_size || out->size == 0)
		return meta_error(r->d, &n->loc, "cannot use structure: it has no size");
	if (!has_min)
		out->min_size = out->size;
	if (out->min_size > out->size)
		return meta_error(r->d, &meta_get(n, "min-size")->loc,
				  "cannot use min-size: larger than size");
	return 0;
}

int model_structure_read(const struct reader *r, const struct meta_node *n,
			 enum model_schema schema, struct model_structure *out)
{
	static const char *const used[] = {
		"name",	    "type",	    "role",    "filesystem",
		"offset",   "offset-write", "size",    "filesystem-label",
		"min-size", "id",	    "content", "update",
		NULL
	};
	static const struct reader_keys keys = { used, NULL, false };
	const struct meta_node *id = meta_get(n, "id");

	out->loc = n->loc;
	if (model_reader_map(r, n, "structure", &keys) ||
	    model_reader_text(r, n, "name", &out->name) || read_type(r, n, schema, out) ||
	    read_filesystem(r, n, out) || read_role(r, n, out) || read_sizes(r, n, out) ||
	    model_reader_text(r, n, "id", &out->id))
		return -1;
	if (out->role == MODEL_ROLE_MBR && out->offset == UINT64_MAX)
		out->offset = 0;
	if (out->id && !is_guid(out->id))
		return meta_error(r->d, &id->loc, "cannot use id \"%.64s\": expected a GUID",
				  out->id);
	if (out->name && (!*out->name || strlen(out->name) > 36 || strchr(out->name, '\n')))
		return meta_error(r->d, &n->loc,
				  "cannot use name \"%.64s\": expected 1 to 36 bytes", out->name);
	return read_offset_write(r, n, out) || read_content(r, n, out) || read_update(r, n, out) ||
			       check_role(r, n, out)
		       ? -1
		       : 0;
}
