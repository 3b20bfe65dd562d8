/* SPDX-License-Identifier: Apache-2.0 */
#include "manifest.h"

#include <sys/stat.h>

#include "bytes.h"
#include "label.h"
#include "mem.h"
#include "num.h"
#include "path.h"

#define ID_LAST	      (UINT32_MAX - 1) /* (uid_t)-1 means "leave it" to chown(2) */
#define MODE_LAST     07777u
#define SLOT_KIB_LAST 65536u

/* Where a file of each kind lies: the prefix, a name, the suffix; or one fixed path. */
static const struct kind {
	const char *prefix;
	bool (*name_valid)(const char *name); /* NULL: the prefix is the whole path */
	const char *suffix, *name;	      /* name: for messages */
} kinds[] = {
	[MANIFEST_KIND_POLICY] = { "policy.aa", NULL, "", "" },
	[MANIFEST_KIND_PLAN] = { "plans/", label_valid, ".plan", "LABEL" },
	[MANIFEST_KIND_FILTER] = { "filters/", label_valid, ".bpf", "LABEL" },
	[MANIFEST_KIND_UDEV] = { "rules.d/70-snap.", label_snap_valid, ".rules", "NAME" },
	[MANIFEST_KIND_DAEMONS] = { "daemons", NULL, "", "" },
	[MANIFEST_KIND_BUS] = { "bus.d/snap.", label_snap_valid, ".conf", "NAME" },
	[MANIFEST_KIND_MODULES] = { "modules-load.d/bulkhead.conf", NULL, "", "" },
	[MANIFEST_KIND_MODPROBE] = { "modprobe.d/bulkhead.conf", NULL, "", "" },
	[MANIFEST_KIND_UNIT] = { "units/", label_valid, ".service", "LABEL" },
};

/* "x1" for a snap made here, "1" for one with a number of its own. */
static bool revision_valid(const char *text)
{
	const char *digits = text + (text[0] == 'x');
	size_t n = strspn(digits, "0123456789");

	return n > 0 && n <= 9 && digits[n] == '\0' && digits[0] != '0';
}

/* One number: the kernel shows several with other blanks than were written. */
static bool number_valid(const char *text)
{
	uint64_t number;

	return num_parse(text, 0, UINT64_MAX, &number, NULL) == 0;
}

static bool is_hex(const char *text, size_t size)
{
	return strlen(text) == size && strspn(text, "0123456789abcdef") == size;
}

static bool sha1_valid(const char *text)
{
	return is_hex(text, 40);
}

static bool sha256_valid(const char *text)
{
	return is_hex(text, SHA256_HEX_SIZE - 1);
}

static const struct bytes_field header_fields[] = BYTES_FIELDS(
	BYTES_NUMBER(manifest_header, flags, 0, MANIFEST_FLAGS_ALL),
	BYTES_TEXT(manifest_header, image, bytes_text_printable, "a name"),
	BYTES_TEXT(manifest_header, board, bytes_text_printable, "a name"),
	BYTES_TEXT(manifest_header, parser, bytes_text_some, "a parser's version"),
	BYTES_TEXT(manifest_header, kernel, sha256_valid, "64 lower-case hexadecimal digits"));
static const struct bytes_field file_fields[] = BYTES_FIELDS(
	BYTES_TEXT(manifest_file, path, path_is_clean_relative, "a clean relative path"),
	BYTES_NUMBER(manifest_file, kind, MANIFEST_KIND_POLICY, ARRAY_SIZE(kinds) - 1));
static const struct bytes_field snap_fields[] = BYTES_FIELDS(
	BYTES_TEXT(manifest_snap, name, label_snap_valid, "the name of a snap"),
	BYTES_TEXT(manifest_snap, revision, revision_valid, "x1 or 1"),
	BYTES_TEXT(manifest_snap, file, path_is_clean, "a clean absolute path"),
	BYTES_NUMBER(manifest_snap, uid, 0, ID_LAST), BYTES_NUMBER(manifest_snap, gid, 0, ID_LAST),
	BYTES_NUMBER(manifest_snap, reserved, 0, 0));
static const struct bytes_field profile_fields[] = BYTES_FIELDS(
	BYTES_TEXT(manifest_profile, name, label_valid, "snap.NAME.APP"),
	BYTES_TEXT(manifest_profile, sha1, sha1_valid, "40 lower-case hexadecimal digits"));
static const struct bytes_field setid_fields[] =
	BYTES_FIELDS(BYTES_TEXT(manifest_setid, path, path_is_clean, "a clean absolute path"),
		     /* All that has a set-id bit is at least the lower of them. */
		     BYTES_NUMBER(manifest_setid, mode, S_ISGID, MODE_LAST),
		     BYTES_NUMBER(manifest_setid, kept, 0, 1));
static const struct bytes_field sysctl_fields[] = BYTES_FIELDS(
	BYTES_TEXT(manifest_sysctl, name, path_is_clean_relative, "a clean relative path"),
	BYTES_TEXT(manifest_sysctl, value, number_valid, "a number"));
static const struct bytes_field folder_fields[] = BYTES_FIELDS(
	BYTES_TEXT(manifest_folder, path, path_is_clean_relative, "a clean relative path"),
	BYTES_NUMBER(manifest_folder, uid, 0, ID_LAST),
	BYTES_NUMBER(manifest_folder, gid, 0, ID_LAST),
	BYTES_NUMBER(manifest_folder, mode, 0, 0777),
	BYTES_NUMBER(manifest_folder, shared, 0, MANIFEST_SHARED_FILE),
	BYTES_NUMBER(manifest_folder, size_kib, 0, SLOT_KIB_LAST));
static const struct bytes_field feature_fields[] = BYTES_FIELDS(
	BYTES_TEXT(manifest_feature, path, path_is_clean_relative, "a clean relative path"),
	BYTES_TEXT(manifest_feature, value, bytes_text_any, "text"));

static bool in_sysfs(const char *text)
{
	return path_is_clean_relative(text) && str_starts(text, "sys/");
}

static const struct bytes_field made_fields[] =
	BYTES_FIELDS(BYTES_TEXT(manifest_made, value, bytes_text_printable, "text"),
		     BYTES_TEXT(manifest_made, file, in_sysfs, "a path below sys/"),
		     BYTES_TEXT(manifest_made, device, in_sysfs, "a path below sys/"));

/* The two are told apart before anything is made: a name below /run/slot, and one below /var. */
static int check_folder(const struct bytes *b, const void *row)
{
	static const char slots[] = MANIFEST_SLOTS "/";
	const struct manifest_folder *f = row;
	const char *path = b->strings + f->path;
	bool slot = str_starts(path, slots) && !strchr(path + strlen(slots), '/');

	if (slot != (f->size_kib != 0) && GUARD(manifest_slot))
		return bytes_fail(b, "path", "expected " MANIFEST_SLOTS "/NAME with a size only");
	return 0;
}

static bool kind_has_path(const struct kind *k, const char *path)
{
	char name[PATH_TEXT_MAX + 1];
	size_t n = strlen(path), prefix = strlen(k->prefix), suffix = strlen(k->suffix);

	if (!k->name_valid)
		return str_eq(path, k->prefix);
	if (n < prefix + suffix || !str_starts(path, k->prefix) || !str_ends(path, k->suffix))
		return false;
	n -= prefix + suffix;
	memcpy(name, path + prefix, n);
	name[n] = '\0';
	return k->name_valid(name);
}

static int check_file(const struct bytes *b, const void *row)
{
	const struct manifest_file *f = row;
	const struct kind *k = &kinds[f->kind];

	if (!kind_has_path(k, b->strings + f->path) && GUARD(manifest_path))
		return bytes_fail(b, "path", "expected %s%s%s for this kind", k->prefix, k->name,
				  k->suffix);
	return 0;
}

static int check_header(const struct bytes *b, const void *header)
{
	const struct manifest_header *h = header;

	if (b->count[MANIFEST_TABLE_FEATURES] == 0 && GUARD(manifest_features))
		return bytes_fail(b, "features", "expected at least one");
	return h->signature_size ? bytes_fail(b, "signature_size", "not in this version") : 0;
}

static const struct bytes_table tables[MANIFEST_TABLES] = {
	[MANIFEST_TABLE_FILES] = { "files", sizeof(struct manifest_file), file_fields, NULL,
				   check_file, 0 },
	[MANIFEST_TABLE_SNAPS] = { "snaps", sizeof(struct manifest_snap), snap_fields, NULL, NULL,
				   0 },
	[MANIFEST_TABLE_PROFILES] = { "profiles", sizeof(struct manifest_profile), profile_fields,
				      NULL, NULL, 0 },
	[MANIFEST_TABLE_SETIDS] = { "setids", sizeof(struct manifest_setid), setid_fields, NULL,
				    NULL, 0 },
	[MANIFEST_TABLE_SYSCTLS] = { "sysctls", sizeof(struct manifest_sysctl), sysctl_fields, NULL,
				     NULL, 0 },
	[MANIFEST_TABLE_FOLDERS] = { "folders", sizeof(struct manifest_folder), folder_fields, NULL,
				     check_folder, 0 },
	[MANIFEST_TABLE_FEATURES] = { "features", sizeof(struct manifest_feature), feature_fields,
				      NULL, NULL, 0 },
	[MANIFEST_TABLE_MADE] = { "made", sizeof(struct manifest_made), made_fields, NULL, NULL,
				  0 },
};

static const struct bytes_format format = {
	.what = "manifest",
	.magic = MANIFEST_MAGIC,
	.version = MANIFEST_VERSION,
	.header_size = sizeof(struct manifest_header),
	.size_max = MANIFEST_SIZE_MAX,
	.sorted = true,
	.header = header_fields,
	.tables = tables,
	.tables_count = MANIFEST_TABLES,
	.check = check_header,
};

int manifest_read(const void *buf, size_t size, struct manifest *m, struct err *e)
{
	struct bytes b;

	if (bytes_read(&b, &format, buf, size, e))
		return -1;
	*m = (struct manifest){ .header = buf,
				.files = b.rows[MANIFEST_TABLE_FILES],
				.snaps = b.rows[MANIFEST_TABLE_SNAPS],
				.profiles = b.rows[MANIFEST_TABLE_PROFILES],
				.setids = b.rows[MANIFEST_TABLE_SETIDS],
				.sysctls = b.rows[MANIFEST_TABLE_SYSCTLS],
				.folders = b.rows[MANIFEST_TABLE_FOLDERS],
				.features = b.rows[MANIFEST_TABLE_FEATURES],
				.made = b.rows[MANIFEST_TABLE_MADE],
				.strings = b.strings };
	return 0;
}

const void *manifest_row(const struct manifest *m, enum manifest_table t, const char *text)
{
	const uint8_t *row = (const uint8_t *)m->header + m->header->tables[t].offset;

	for (uint32_t i = 0; i < manifest_count(m, t); i++, row += tables[t].element)
		if (str_eq(text, m->strings + *(const uint32_t *)(const void *)row))
			return row;
	return NULL;
}
