/* SPDX-License-Identifier: Apache-2.0 */
#include "manifest.h"

#include <inttypes.h>
#include <string.h>

#include "bytes.h"
#include "mem.h"
#include "path.h"
#include "str.h"
#include "tag.h"

#define ID_NONE	  UINT32_MAX /* (uid_t)-1 means "leave it" to chown(2) */
#define MODE_LAST 07777u
#define MODE_SET  06000u

static const struct bytes_format format = { "manifest", MANIFEST_MAGIC, MANIFEST_VERSION,
					    sizeof(struct manifest_header), MANIFEST_SIZE_MAX };

static const struct table {
	const char *name;
	size_t element;
} tables[MANIFEST_TABLES] = {
	[MANIFEST_TABLE_FILES] = { "files", sizeof(struct manifest_file) },
	[MANIFEST_TABLE_SNAPS] = { "snaps", sizeof(struct manifest_snap) },
	[MANIFEST_TABLE_PROFILES] = { "profiles", sizeof(struct manifest_profile) },
	[MANIFEST_TABLE_SETIDS] = { "setids", sizeof(struct manifest_setid) },
	[MANIFEST_TABLE_SYSCTLS] = { "sysctls", sizeof(struct manifest_sysctl) },
};

/* Where a file of each kind lies: the prefix, a name, the suffix; or one fixed path. */
static const struct kind {
	const char *prefix;
	bool (*name_valid)(const char *name); /* NULL: the prefix is the whole path */
	const char *suffix;
	const char *expected;
} kinds[] = {
	[MANIFEST_KIND_KEY] = { "KEY", NULL, "", "KEY" },
	[MANIFEST_KIND_POLICY] = { "policy.aa", NULL, "", "policy.aa" },
	[MANIFEST_KIND_PLAN] = { "plans/", tag_label_valid, ".plan", "plans/LABEL.plan" },
	[MANIFEST_KIND_FILTER] = { "filters/", tag_label_valid, ".bpf", "filters/LABEL.bpf" },
	[MANIFEST_KIND_UDEV] = { "rules.d/70-snap.", tag_snap_valid, ".rules",
				 "rules.d/70-snap.NAME.rules" },
	[MANIFEST_KIND_DAEMONS] = { "daemons", NULL, "", "daemons" },
};

/* "x1" for a snap made here, "1" for one with a number of its own. */
static bool revision_valid(const char *text)
{
	const char *digits = text + (text[0] == 'x');
	size_t n = strspn(digits, "0123456789");

	return n > 0 && n <= 9 && digits[n] == '\0' && digits[0] != '0';
}

static const struct bytes_ref header_refs[] = {
	{ "image", offsetof(struct manifest_header, image), bytes_text_printable, "a name" },
	{ "board", offsetof(struct manifest_header, board), bytes_text_printable, "a name" },
	{ 0 },
};
static const struct bytes_ref file_refs[] = {
	{ "path", offsetof(struct manifest_file, path), path_is_clean_relative,
	  "a clean relative path" },
	{ 0 },
};
static const struct bytes_ref snap_refs[] = {
	{ "name", offsetof(struct manifest_snap, name), tag_snap_valid, "the name of a snap" },
	{ "revision", offsetof(struct manifest_snap, revision), revision_valid, "x1 or 1" },
	{ "file", offsetof(struct manifest_snap, file), path_is_clean, "a clean absolute path" },
	{ 0 },
};
static const struct bytes_ref profile_refs[] = {
	{ "name", offsetof(struct manifest_profile, name), tag_label_valid, "snap.NAME.APP" },
	{ 0 },
};
static const struct bytes_ref setid_refs[] = {
	{ "path", offsetof(struct manifest_setid, path), path_is_clean, "a clean absolute path" },
	{ 0 },
};
static const struct bytes_ref sysctl_refs[] = {
	{ "name", offsetof(struct manifest_sysctl, name), path_is_clean_relative,
	  "a clean relative path" },
	{ "value", offsetof(struct manifest_sysctl, value), bytes_text_printable, "a value" },
	{ 0 },
};

/* Refuses a row whose key is not above the one of the row before. */
static int check_order(struct bytes *b, const char *table, uint32_t i, uint32_t before,
		       uint32_t now)
{
	if (i > 0 && strcmp(b->strings + before, b->strings + now) >= 0)
		return bytes_fail_row(b, i, table, "not sorted, or there twice");
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

static int check_files(const struct manifest *m, struct bytes *b)
{
	unsigned keys = 0;

	for (uint32_t i = 0; i < manifest_count(m, MANIFEST_TABLE_FILES); i++) {
		const struct manifest_file *f = &m->files[i];

		if (bytes_refs(b, "files", i, f, file_refs) ||
		    check_order(b, "files", i, i ? f[-1].path : 0, f->path))
			return -1;
		if (f->kind < MANIFEST_KIND_KEY || f->kind >= ARRAY_SIZE(kinds))
			return bytes_fail_row(b, i, "files.kind", "%" PRIu32 " is unknown",
					      f->kind);
		if (!kind_has_path(&kinds[f->kind], b->strings + f->path))
			return bytes_fail_row(b, i, "files.path", "expected %s for this kind",
					      kinds[f->kind].expected);
		keys += f->kind == MANIFEST_KIND_KEY;
	}
	/* "At most one" of a kind follows from its fixed path and unique paths. */
	return keys == 1 ? 0 : bytes_fail(b, "files", "expected a KEY");
}

static int check_snaps(const struct manifest *m, struct bytes *b)
{
	for (uint32_t i = 0; i < manifest_count(m, MANIFEST_TABLE_SNAPS); i++) {
		const struct manifest_snap *s = &m->snaps[i];

		if (bytes_refs(b, "snaps", i, s, snap_refs) ||
		    check_order(b, "snaps", i, i ? s[-1].name : 0, s->name))
			return -1;
		if (s->uid == ID_NONE || s->gid == ID_NONE)
			return bytes_fail_row(b, i, s->uid == ID_NONE ? "snaps.uid" : "snaps.gid",
					      "4294967295 is no id");
		if (s->reserved)
			return bytes_fail_row(b, i, "snaps.reserved", "expected 0");
	}
	return 0;
}

static int check_profiles(const struct manifest *m, struct bytes *b)
{
	for (uint32_t i = 0; i < manifest_count(m, MANIFEST_TABLE_PROFILES); i++) {
		const struct manifest_profile *p = &m->profiles[i];

		if (bytes_refs(b, "profiles", i, p, profile_refs) ||
		    check_order(b, "profiles", i, i ? p[-1].name : 0, p->name))
			return -1;
		if (p->reserved)
			return bytes_fail_row(b, i, "profiles.reserved", "expected 0");
	}
	return 0;
}

static int check_setids(const struct manifest *m, struct bytes *b)
{
	for (uint32_t i = 0; i < manifest_count(m, MANIFEST_TABLE_SETIDS); i++) {
		const struct manifest_setid *s = &m->setids[i];

		if (bytes_refs(b, "setids", i, s, setid_refs) ||
		    check_order(b, "setids", i, i ? s[-1].path : 0, s->path))
			return -1;
		if (s->mode > MODE_LAST || !(s->mode & MODE_SET))
			return bytes_fail_row(
				b, i, "setids.mode",
				"0%" PRIo32 ", expected permissions with a set-id bit", s->mode);
		if (s->kept > 1)
			return bytes_fail_row(b, i, "setids.kept", "expected 0 or 1");
	}
	return 0;
}

static int check_sysctls(const struct manifest *m, struct bytes *b)
{
	for (uint32_t i = 0; i < manifest_count(m, MANIFEST_TABLE_SYSCTLS); i++) {
		const struct manifest_sysctl *s = &m->sysctls[i];

		if (bytes_refs(b, "sysctls", i, s, sysctl_refs) ||
		    check_order(b, "sysctls", i, i ? s[-1].name : 0, s->name))
			return -1;
	}
	return 0;
}

static int check_header(const struct manifest_header *h, struct bytes *b)
{
	if (h->flags & ~MANIFEST_FLAGS_ALL)
		return bytes_fail(b, "flags", "0x%" PRIx32 ", known are 0x%x", h->flags,
				  MANIFEST_FLAGS_ALL);
	if (h->signature_size)
		return bytes_fail(b, "signature_size", "not in this version");
	return bytes_refs(b, NULL, 0, h, header_refs);
}

static int lay_out(const struct manifest_header *h, struct manifest *m, struct bytes *b)
{
	const void *at[MANIFEST_TABLES];

	for (unsigned t = 0; t < MANIFEST_TABLES; t++) {
		at[t] = bytes_table(b, tables[t].name, h->tables[t].offset, h->tables[t].count,
				    tables[t].element);
		if (!at[t])
			return -1;
	}
	if (bytes_strings(b, h->strings.offset, h->strings.count))
		return -1;
	*m = (struct manifest){ .header = h,
				.files = at[MANIFEST_TABLE_FILES],
				.snaps = at[MANIFEST_TABLE_SNAPS],
				.profiles = at[MANIFEST_TABLE_PROFILES],
				.setids = at[MANIFEST_TABLE_SETIDS],
				.sysctls = at[MANIFEST_TABLE_SYSCTLS],
				.strings = b->strings };
	return 0;
}

int manifest_read(const void *buf, size_t size, struct manifest *m, struct err *e)
{
	const struct manifest_header *h = buf;
	struct bytes b;

	if (bytes_start(&b, &format, buf, size, e) || lay_out(h, m, &b) || check_header(h, &b) ||
	    check_files(m, &b) || check_snaps(m, &b) || check_profiles(m, &b) ||
	    check_setids(m, &b) || check_sysctls(m, &b))
		return -1;
	return 0;
}

const char *manifest_text(const struct manifest *m, uint32_t ref)
{
	return m->strings + ref;
}

uint32_t manifest_count(const struct manifest *m, enum manifest_table t)
{
	return m->header->tables[t].count;
}

const struct manifest_file *manifest_find(const struct manifest *m, const char *path)
{
	uint32_t low = 0, high = manifest_count(m, MANIFEST_TABLE_FILES);

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		int order = strcmp(path, m->strings + m->files[middle].path);

		if (order == 0)
			return &m->files[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}
