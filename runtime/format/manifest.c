/* SPDX-License-Identifier: Apache-2.0 */
#include "manifest.h"

#include <sys/stat.h>

#include "bytes.h"
#include "label.h"
#include "num.h"
#include "path.h"

#define ID_LAST	      (UINT32_MAX - 1) /* (uid_t)-1 means "leave it" to chown(2) */
#define MODE_LAST     07777u
#define SLOT_KIB_LAST 65536u

/* Where a file of each kind lies: a path, or one with a name in the place of the star. */
static const char *const places[] = {
	[MANIFEST_KIND_POLICY] = "policy.aa",
	[MANIFEST_KIND_PLAN] = "plans/snap.*.plan",
	[MANIFEST_KIND_FILTER] = "filters/snap.*.bpf",
	[MANIFEST_KIND_UDEV] = "rules.d/70-snap.*.rules",
	[MANIFEST_KIND_DAEMONS] = "daemons",
	[MANIFEST_KIND_BUS] = "bus.d/snap.*.conf",
	[MANIFEST_KIND_MODULES] = "modules-load.d/bulkhead.conf",
	[MANIFEST_KIND_MODPROBE] = "modprobe.d/bulkhead.conf",
	[MANIFEST_KIND_UNIT] = "units/snap.*.service",
};

/* One number: the kernel shows several with other blanks than were written. */
static bool number_valid(const char *text)
{
	uint64_t number;

	return num_parse(text, 0, UINT64_MAX, &number, NULL) == 0;
}

/* How many there are the kernel says, whose own text a profile's is compared with. */
static bool hex_valid(const char *text)
{
	return text[0] && !text[strspn(text, "0123456789abcdef")];
}

static const struct bytes_field header_fields[] = BYTES_FIELDS(
	BYTES_NUMBER(manifest_header, flags, 0, MANIFEST_FLAGS_ALL),
	BYTES_TEXT(manifest_header, image, bytes_text_printable, "a name"),
	BYTES_TEXT(manifest_header, board, bytes_text_printable, "a name"),
	BYTES_TEXT(manifest_header, parser, bytes_text_some, "a parser's version"),
	BYTES_TEXT(manifest_header, kernel, hex_valid, "lower-case hexadecimal digits"));
static const struct bytes_field file_fields[] = BYTES_FIELDS(
	BYTES_TEXT(manifest_file, path, path_is_clean_relative, "a clean relative path"),
	BYTES_NUMBER(manifest_file, kind, MANIFEST_KIND_POLICY, ARRAY_SIZE(places) - 1));
static const struct bytes_field snap_fields[] = BYTES_FIELDS(
	BYTES_TEXT(manifest_snap, name, label_snap_valid, "the name of a snap"),
	BYTES_TEXT(manifest_snap, revision, label_snap_valid, "x1 or 1"),
	BYTES_TEXT(manifest_snap, file, path_is_clean, "a clean absolute path"),
	BYTES_NUMBER(manifest_snap, uid, 0, ID_LAST), BYTES_NUMBER(manifest_snap, gid, 0, ID_LAST),
	BYTES_NUMBER(manifest_snap, reserved, 0, 0));
static const struct bytes_field profile_fields[] = BYTES_FIELDS(
	BYTES_TEXT(manifest_profile, name, label_valid, "snap.NAME.APP"),
	BYTES_TEXT(manifest_profile, sha1, hex_valid, "lower-case hexadecimal digits"));
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

static bool lies_at(const char *path, const char *place)
{
	size_t star = strcspn(place, "*");

	if (!place[star])
		return str_eq(path, place);
	return strncmp(path, place, star) == 0 && str_ends(path + star, place + star + 1) &&
	       !strchr(path + star, '/');
}

static int check_file(const struct bytes *b, const void *row)
{
	const struct manifest_file *f = row;

	if (!lies_at(b->strings + f->path, places[f->kind]) && GUARD(manifest_path))
		return bytes_fail(b, "path", "expected %s for this kind", places[f->kind]);
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
	[MANIFEST_TABLE_FILES] =
		BYTES_TABLE("files", struct manifest_file, file_fields, .check = check_file),
	[MANIFEST_TABLE_SNAPS] = BYTES_TABLE("snaps", struct manifest_snap, snap_fields),
	[MANIFEST_TABLE_PROFILES] =
		BYTES_TABLE("profiles", struct manifest_profile, profile_fields),
	[MANIFEST_TABLE_SETIDS] = BYTES_TABLE("setids", struct manifest_setid, setid_fields),
	[MANIFEST_TABLE_SYSCTLS] = BYTES_TABLE("sysctls", struct manifest_sysctl, sysctl_fields),
	[MANIFEST_TABLE_FOLDERS] = BYTES_TABLE("folders", struct manifest_folder, folder_fields,
					       .check = check_folder),
	[MANIFEST_TABLE_FEATURES] =
		BYTES_TABLE("features", struct manifest_feature, feature_fields),
	[MANIFEST_TABLE_MADE] = BYTES_TABLE("made", struct manifest_made, made_fields),
};

_Static_assert(MANIFEST_TABLES < BYTES_TABLES_MAX, "the strings have a place too");

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
	*m = (struct manifest){ .header = buf, .strings = b.strings };
	memcpy(m->rows, b.rows, sizeof(m->rows));
	return 0;
}

const void *manifest_row(const struct manifest *m, enum manifest_table t, const char *text)
{
	const uint8_t *row = m->rows[t];

	for (uint32_t i = 0; i < manifest_count(m, t); i++, row += tables[t].element)
		if (str_eq(text, m->strings + *(const uint32_t *)(const void *)row))
			return row;
	return NULL;
}
