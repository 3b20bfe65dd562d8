/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "names.h"
#include "size.h"
#include "str.h"
#include "volume.h"

#define MBR_CODE_SIZE	446
#define BOOT_STATE_SIZE (UINT64_C(1) << 20)
#define NAME_LENGTH	36
#define LABEL_LENGTH	16

static int read_role(const struct reader *r, const struct meta_node *n, struct model_structure *out)
{
	const struct meta_node *role = model_gadget_value(n, "role");
	int value = MODEL_ROLE_NONE;

	/* The old way to say it. */
	if (!role && out->type && str_eq(out->type, "mbr"))
		value = MODEL_ROLE_MBR;
	if (out->unread & MODEL_UNREAD_ROLE)
		return -1;
	if (role && *role->text && model_reader_word(r, role, "role", model_words_roles, &value))
		return -1;
	out->role = (enum model_role)value;
	if (!role || !out->type || out->role == MODEL_ROLE_NONE || out->role == MODEL_ROLE_MBR)
		return 0;
	if (str_eq(out->type, "mbr") || str_eq(out->type, "bare"))
		return meta_error(r->d, &role->loc, "cannot use role %s: type is %s", role->text,
				  out->type);
	return 0;
}

static int read_filesystem(const struct reader *r, const struct meta_node *n,
			   const struct model_volume *v, struct model_structure *out)
{
	const struct meta_node *fs = model_gadget_value(n, "filesystem");
	const struct meta_node *label = model_gadget_value(n, "filesystem-label");
	int value = MODEL_FS_NONE;
	int status = 0;

	if (label && meta_text(label, "filesystem-label", &out->label, r->d)) {
		out->unread |= MODEL_UNREAD_LABEL;
		status = -1;
	}
	if (out->label && !*out->label)
		out->label = NULL;
	if (out->label &&
	    (!model_names_made_of(out->label, "_.-") || strlen(out->label) > LABEL_LENGTH))
		status = meta_error(r->d, &label->loc,
				    "cannot use filesystem-label \"%.64s\": expected at most %d "
				    "letters, digits, \"_\", \".\" and \"-\"",
				    out->label, LABEL_LENGTH);
	if ((out->unread & MODEL_UNREAD_FS) ||
	    (fs && *fs->text &&
	     model_reader_word(r, fs, "filesystem", model_words_filesystems, &value))) {
		/* What the content is, the content tells. */
		out->unread |= MODEL_UNREAD_FS;
		out->partial_fs = true;
		return -1;
	}
	out->fs = (enum model_filesystem)value;
	out->partial_fs = (!fs || !*fs->text) && ((v->partial & MODEL_PARTIAL_FILESYSTEM) ||
						  (v->unread & MODEL_UNREAD_PARTIAL));
	return status;
}

/* "NAME+OFFSET" or "OFFSET" */
static int read_offset_write(const struct reader *r, const struct meta_node *n,
			     struct model_structure *out)
{
	const struct meta_node *v = model_gadget_value(n, "offset-write");
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

/* Nothing is put behind its end, and it is behind nothing's start. */
static int lose_size(struct model_structure *out)
{
	out->unread |= MODEL_UNREAD_SIZE;
	out->size = out->min_size = 0;
	return -1;
}

static int read_sizes(const struct reader *r, const struct meta_node *n,
		      const struct model_volume *v, struct model_structure *out)
{
	bool has_offset = false;
	bool has_size = false;
	bool has_min = false;

	if (model_size_read(r, n, "offset", &out->offset, &has_offset)) {
		out->unread |= MODEL_UNREAD_OFFSET;
		out->offset = UINT64_MAX;
	}
	if (model_size_read(r, n, "size", &out->size, &has_size) |
	    model_size_read(r, n, "min-size", &out->min_size, &has_min))
		return lose_size(out);
	if (out->size == 0 && (v->unread & MODEL_UNREAD_PARTIAL))
		return lose_size(out);
	if (out->size == 0 && !(v->partial & MODEL_PARTIAL_SIZE)) {
		(void)lose_size(out);
		return meta_error(r->d, model_gadget_place(n, "size"),
				  "cannot use structure: it has no size");
	}
	if (!has_min)
		out->min_size = out->size;
	/* The size is still open, or the least is the most. */
	if (out->min_size > out->size && has_size) {
		(void)lose_size(out);
		return meta_error(r->d, &meta_get(n, "min-size")->loc,
				  "cannot use min-size: larger than size");
	}
	return out->unread & MODEL_UNREAD_OFFSET ? -1 : 0;
}

static int check_mbr(const struct reader *r, const struct meta_node *n,
		     const struct model_structure *s)
{
	int status = 0;

	if (s->size > MBR_CODE_SIZE)
		status |= meta_error(r->d, model_gadget_place(n, "size"),
				     "cannot use role mbr: its size is larger than %d bytes",
				     MBR_CODE_SIZE);
	if (s->offset != UINT64_MAX && s->offset)
		status |= meta_error(r->d, model_gadget_place(n, "offset"),
				     "cannot use role mbr: its offset is not 0");
	if (s->id)
		status |= meta_error(r->d, model_gadget_place(n, "id"),
				     "cannot use role mbr: it has an id");
	if (s->fs != MODEL_FS_NONE)
		status |= meta_error(r->d, model_gadget_place(n, "filesystem"),
				     "cannot use role mbr: it has a filesystem");
	return status;
}

/* The seed's state, written raw by the boot loader: it must not move. */
static int check_boot_state(const struct reader *r, const struct meta_node *n,
			    const struct model_structure *s)
{
	static const char type[] = "3DE21764-95BD-54BD-A5C3-4ABE786F38A8";
	int status = 0;

	if (s->offset == UINT64_MAX && !(s->unread & MODEL_UNREAD_OFFSET))
		status |= meta_error(r->d, &n->loc,
				     "cannot use role system-boot-state: it has no offset");
	if (meta_get(n, "min-size"))
		status |= meta_error(r->d, model_gadget_place(n, "min-size"),
				     "cannot use role system-boot-state: it has a min-size");
	else if (s->size < BOOT_STATE_SIZE && !(s->unread & MODEL_UNREAD_SIZE))
		status |= meta_error(r->d, model_gadget_place(n, "size"),
				     "cannot use role system-boot-state: its size is smaller than "
				     "1M");
	if (s->fs != MODEL_FS_NONE)
		status |= meta_error(r->d, model_gadget_place(n, "filesystem"),
				     "cannot use role system-boot-state: it has a filesystem");
	if (s->type && !(s->unread & MODEL_UNREAD_TYPE) && !str_ends(s->type, type))
		status |= meta_error(r->d, model_gadget_place(n, "type"),
				     "cannot use role system-boot-state: expected type %s", type);
	return status;
}

static int check_role(const struct reader *r, const struct meta_node *n,
		      const struct model_structure *s)
{
	if (s->unread & MODEL_UNREAD_ROLE)
		return 0;
	if (s->role == MODEL_ROLE_MBR)
		return check_mbr(r, n, s);
	if (s->role == MODEL_ROLE_SYSTEM_BOOT_STATE)
		return check_boot_state(r, n, s);
	if (s->fs == MODEL_FS_SQUASHFS && s->role != MODEL_ROLE_SYSTEM_ROOT)
		return meta_error(r->d, model_gadget_place(n, "filesystem"),
				  "cannot use filesystem squashfs: only for role system-root");
	return 0;
}

static int read_names(const struct reader *r, const struct meta_node *n,
		      struct model_structure *out)
{
	const struct meta_node *name = model_gadget_value(n, "name");
	const struct meta_node *id = model_gadget_value(n, "id");
	int status = 0;

	if (name)
		status |= meta_text(name, "name", &out->name, r->d);
	if (id)
		status |= meta_text(id, "id", &out->id, r->d);
	if (out->name && !*out->name)
		out->name = NULL;
	if (out->id && !*out->id)
		out->id = NULL;
	if (out->name && (strlen(out->name) > NAME_LENGTH || strpbrk(out->name, "\n\"\\/")))
		status |= meta_error(r->d, &name->loc,
				     "cannot use name \"%.64s\": expected 1 to %d bytes without "
				     "quotes, slashes and line breaks",
				     out->name, NAME_LENGTH);
	if (out->id && !model_type_is_guid(out->id))
		status |= meta_error(r->d, &id->loc, "cannot use id \"%.64s\": expected a GUID",
				     out->id);
	return status;
}

/* A boot partition of the eMMC itself: its name says which, its size is the hardware's. */
static int read_emmc(const struct reader *r, const struct meta_node *n,
		     const struct model_volume *v, struct model_structure *out)
{
	static const char *const table[] = { "size",   "min-size",     "filesystem-label",
					     "offset", "offset-write", "filesystem",
					     "type",   "id",	       "role" };
	bool named = read_names(r, n, out) == 0;
	int status = named ? 0 : -1;

	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		if (model_gadget_value(n, table[i]))
			status |= meta_error(r->d, model_gadget_place(n, table[i]),
					     "cannot use %s: not in a volume with schema emmc",
					     table[i]);
	if (named && (!out->name || (!str_eq(out->name, "boot0") && !str_eq(out->name, "boot1"))))
		status = meta_error(r->d, model_gadget_place(n, "name"),
				    "cannot use name \"%s\": expected one of boot0, boot1",
				    out->name ? out->name : "");
	return status | model_content_read(r, n, v, out);
}

/* A scalar where the format has one; the parts below read its text. */
static void check_scalars(const struct reader *r, const struct meta_node *n,
			  struct model_structure *out)
{
	static const struct {
		const char *name;
		unsigned unread;
	} keys[] = { { "role", MODEL_UNREAD_ROLE }, { "filesystem", MODEL_UNREAD_FS } };

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		const struct meta_node *v = model_gadget_value(n, keys[i].name);
		const char *ignored;

		if (v && meta_text(v, keys[i].name, &ignored, r->d))
			out->unread |= keys[i].unread;
	}
}

int model_structure_read(const struct reader *r, const struct meta_node *n,
			 const struct model_volume *v, struct model_structure *out)
{
	static const char *const used[] = { "name",
					    "type",
					    "role",
					    "filesystem",
					    "offset",
					    "offset-write",
					    "size",
					    "filesystem-label",
					    "min-size",
					    "id",
					    "content",
					    "update",
					    MODEL_GADGET_MISPLACED,
					    NULL };
	static const struct reader_keys keys = { used, NULL, false };
	int status;

	out->loc = n->loc;
	out->node = n;
	out->offset = UINT64_MAX; /* until the layout gives one */
	out->unread = MODEL_UNREAD_ALL;
	if (model_reader_map(r, n, "structure", &keys))
		return -1;
	(void)model_gadget_misplaced(r, n, false);
	out->unread = 0;
	if (v->schema == MODEL_SCHEMA_EMMC)
		return read_emmc(r, n, v, out);
	/* Each of these tells its errors, whatever the others found. */
	check_scalars(r, n, out);
	status = read_names(r, n, out);
	if (model_type_read(r, n, v, out))
		out->unread |= MODEL_UNREAD_TYPE;
	status |= read_filesystem(r, n, v, out);
	if (read_role(r, n, out))
		out->unread |= MODEL_UNREAD_ROLE;
	status |= read_sizes(r, n, v, out);
	status |= read_offset_write(r, n, out);
	status |= model_content_read(r, n, v, out);
	status |= check_role(r, n, out);
	return status || out->unread ? -1 : 0;
}
