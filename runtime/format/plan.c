/* SPDX-License-Identifier: Apache-2.0 */
#include "plan.h"

#include "bytes.h"
#include "label.h"
#include "path.h"

/* CAP_CHECKPOINT_RESTORE, include/uapi/linux/capability.h of Linux 6.1: the last one known. */
#define CAP_LAST	40
#define RLIMIT_COUNT	16 /* RLIM_NLIMITS, include/uapi/asm-generic/resource.h */
#define MAJOR_LAST	0xfffu
#define MINOR_LAST	0xfffffu
#define ID_LAST		(UINT32_MAX - 1) /* (uid_t)-1 means "leave it" to setresuid(2) */
#define MODE_LAST	01777u
#define PASSED_FDS_LAST 256u
/* Never bit 1, mknod. */
#define ACCESS(type) BYTES_BITS(type, access, 2, 6, "2 (read), 4 (write) or 6")

static bool absent(const char *text)
{
	return text[0] == '\0';
}

static bool file_name(const char *text)
{
	return absent(text) || (path_is_clean_relative(text) && !strchr(text, '/'));
}

static bool sysfs_link(const char *text)
{
	return path_is_clean(text) &&
	       (str_starts(text, "/sys/class/") || str_starts(text, "/sys/bus/"));
}

static bool sysfs_prefix(const char *text)
{
	return path_is_clean(text) && (str_starts(text, "/sys/devices/") || !GUARD(plan_prefix));
}

/* A link's text may climb ("../pts/ptmx"): it is resolved inside the new root, by the app. */
static bool link_text(const char *text)
{
	return bytes_text_printable(text) && strlen(text) <= PATH_TEXT_MAX;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool env_valid(const char *text)
{
	const char *p = text;

	while (is_digit(*p) || *p == '_' || ((*p | 0x20) >= 'a' && (*p | 0x20) <= 'z'))
		p++;
	return p > text && *p == '=' && !is_digit(text[0]);
}

static const struct bytes_field header_fields[] = BYTES_FIELDS(
	BYTES_NUMBER(plan_header, flags, 0, PLAN_FLAGS_ALL),
	BYTES_NUMBER(plan_header, layers, 0, PLAN_LAYERS_ALL),
	BYTES_NUMBER(plan_header, uid, 0, ID_LAST), BYTES_NUMBER(plan_header, gid, 0, ID_LAST),
	BYTES_NUMBER(plan_header, umask_bits, 0, 0777),
	BYTES_NUMBER(plan_header, pass, 0, PLAN_PASS_ALL),
	BYTES_NUMBER(plan_header, passed_fds, 0, PASSED_FDS_LAST),
	BYTES_TEXT(plan_header, label, label_valid, "snap.NAME.APP"),
	BYTES_TEXT(plan_header, snap, label_snap_valid, "the name of a snap"),
	BYTES_TEXT(plan_header, filter, file_name, "a file name"),
	BYTES_TEXT(plan_header, cwd, path_is_clean, "a clean absolute path"));
static const struct bytes_field rlimit_fields[] =
	BYTES_FIELDS(BYTES_NUMBER(plan_rlimit, resource, 0, RLIMIT_COUNT - 1),
		     BYTES_NUMBER(plan_rlimit, reserved, 0, 0));
static const struct bytes_field argv_fields[] =
	BYTES_FIELDS(BYTES_ROW_TEXT(bytes_text_any, "text"));
static const struct bytes_field env_fields[] =
	BYTES_FIELDS(BYTES_ROW_TEXT(env_valid, "NAME=value, NAME of [A-Za-z_][A-Za-z0-9_]*"));
static const struct bytes_field mount_fields[] = BYTES_FIELDS(
	BYTES_NUMBER(plan_mount, op, PLAN_MOUNT_DIR, PLAN_MOUNT_TMPFS),
	BYTES_TEXT(plan_mount, source, bytes_text_any, "text"),
	BYTES_TEXT(plan_mount, target, path_is_clean_relative, "a clean relative path"));
static const struct bytes_field device_fields[] =
	BYTES_FIELDS(BYTES_NUMBER(plan_device, type, PLAN_DEVICE_BLOCK, PLAN_DEVICE_CHAR),
		     BYTES_NUMBER(plan_device, major, 0, MAJOR_LAST), ACCESS(plan_device));
static const struct bytes_field slot_fields[] =
	BYTES_FIELDS(BYTES_TEXT(plan_slot, tag, label_tag_valid, "a udev tag"), ACCESS(plan_slot),
		     BYTES_NUMBER(plan_slot, devices, 1, PLAN_MAP_MAX),
		     BYTES_NUMBER(plan_slot, flags, 0, PLAN_SLOT_FLAGS_ALL));
static const struct bytes_field late_fields[] = BYTES_FIELDS(
	BYTES_TEXT(plan_late, place, path_is_clean_relative, "a clean relative path"),
	BYTES_TEXT(plan_late, link, sysfs_link, "a path below /sys/class or /sys/bus"),
	BYTES_TEXT(plan_late, prefix, sysfs_prefix, "a path below /sys/devices"),
	BYTES_TEXT(plan_late, file, path_is_clean_relative, "a clean relative path"),
	ACCESS(plan_late), BYTES_NUMBER(plan_late, flags, 0, PLAN_LATE_FLAGS_ALL),
	BYTES_NUMBER(plan_late, gid, 0, ID_LAST),
	BYTES_TEXT(plan_late, export_file, sysfs_link, "a path below /sys/class or /sys/bus"),
	BYTES_TEXT(plan_late, export_value, bytes_text_any, "text"));
static const struct bytes_field user_fields[] =
	BYTES_FIELDS(BYTES_NUMBER(plan_user, uid, 1, ID_LAST),
		     BYTES_TEXT(plan_user, home, path_is_clean, "a clean absolute path"));
static const struct bytes_field home_fields[] =
	BYTES_FIELDS(BYTES_ROW_TEXT(path_is_clean_relative, "a clean relative path"));
static const struct bytes_field group_fields[] = { { "gid", 0, NULL, NULL, 0, ID_LAST }, { 0 } };

/* What each mount operation uses of its row; all else must be zero or empty. */
static const struct mount_rule {
	bool (*source)(const char *text);
	const char *source_expected;
	uint32_t flags, mode_last;
	bool sized;
} mount_rules[] = {
	[PLAN_MOUNT_DIR] = { absent, "no text", PLAN_MOUNT_OPTIONAL, MODE_LAST, false },
	[PLAN_MOUNT_FILE] = { absent, "no text", PLAN_MOUNT_OPTIONAL, 0, false },
	[PLAN_MOUNT_SYMLINK] = { link_text, "text of a link", PLAN_MOUNT_OPTIONAL, 0, false },
	[PLAN_MOUNT_BIND] = { path_is_clean, "a clean absolute path",
			      PLAN_MOUNT_FLAGS_ALL & ~(uint32_t)PLAN_MOUNT_OWNED, 0, false },
	[PLAN_MOUNT_TMPFS] = { absent, "no text",
			       PLAN_MOUNT_FLAGS_ALL & ~(uint32_t)PLAN_MOUNT_OPTIONAL, MODE_LAST,
			       true },
};

static int check_caps(const struct plan_header *h, const struct bytes *b)
{
	if (h->caps >> (CAP_LAST + 1) && GUARD(plan_caps))
		return bytes_fail(b, "caps", "0x%" PRIx64 ", known are capabilities 0 to %d",
				  h->caps, CAP_LAST);
	if (h->caps && b->count[PLAN_TABLE_USERS] && GUARD(plan_users))
		return bytes_fail(b, "caps", "0x%" PRIx64 ", expected 0 where users start the app",
				  h->caps);
	if (h->ambient & ~h->caps && GUARD(plan_ambient))
		return bytes_fail(b, "ambient", "0x%" PRIx64 " is not within caps 0x%" PRIx64,
				  h->ambient, h->caps);
	if (h->ambient && h->uid == 0 && GUARD(plan_ambient_root))
		return bytes_fail(b, "ambient", "0x%" PRIx64 ", expected 0 for uid 0", h->ambient);
	return 0;
}

static int check_header(const struct bytes *b, const void *header)
{
	static const uint8_t no_digest[SHA256_SIZE];
	const struct plan_header *h = header;
	bool filter = h->layers & PLAN_LAYER_SECCOMP;

	if (h->layers != PLAN_LAYERS_ALL && !(h->flags & PLAN_FLAG_DEVELOPMENT) &&
	    GUARD(plan_layers))
		return bytes_fail(b, "layers", "0x%" PRIx32 ", a production plan has all (0x%x)",
				  h->layers, PLAN_LAYERS_ALL);
	if (h->flags & PLAN_FLAG_COMPLAIN && !(h->flags & PLAN_FLAG_DEVELOPMENT) &&
	    GUARD(plan_complain))
		return bytes_fail(b, "flags", "devmode, a production plan enforces");
	if (b->count[PLAN_TABLE_ARGV] == 0)
		return bytes_fail(b, "argv", "expected a program");
	if (h->nice < -20 || h->nice > 19)
		return bytes_fail(b, "nice", "%" PRId32 ", expected -20 to 19", h->nice);
	if (h->passed_fds && !(h->pass & PLAN_PASS_LISTEN_FDS) && GUARD(plan_passed_fds))
		return bytes_fail(b, "passed_fds", "expected 0 unless LISTEN_FDS passes");
	if (!label_is_of(b->strings + h->label, b->strings + h->snap) && GUARD(plan_snap))
		return bytes_fail(b, "snap", "is not the snap of the label");
	if (filter == absent(b->strings + h->filter) && GUARD(plan_filter))
		return bytes_fail(b, "filter", "expected %s", filter ? "a file name" : "no text");
	if (!filter && memcmp(h->filter_digest, no_digest, SHA256_SIZE) != 0)
		return bytes_fail(b, "filter_digest", "expected zeros without the seccomp layer");
	return check_caps(h, b);
}

static int check_rlimit(const struct bytes *b, const void *row)
{
	const struct plan_rlimit *r = row;

	return r->soft > r->hard ? bytes_fail(b, "soft", "is above hard") : 0;
}

static int check_arg(const struct bytes *b, const void *row)
{
	const uint32_t *ref = row;

	if (b->row == 0 && !path_is_clean(b->strings + *ref) && GUARD(plan_program))
		return bytes_fail(b, "text", "expected a clean absolute path");
	return 0;
}

static bool same_name(const struct bytes *b, const void *x, const void *y)
{
	const char *p = b->strings + *(const uint32_t *)x;
	const char *q = b->strings + *(const uint32_t *)y;

	for (; *p == *q && *p && *p != '='; p++, q++)
		;
	return *p == *q;
}

static int check_mount(const struct bytes *b, const void *row)
{
	const struct plan_mount *m = row;
	const struct mount_rule *r = &mount_rules[m->op];

	if (!r->source(b->strings + m->source) && GUARD(plan_source))
		return bytes_fail(b, "source", "expected %s", r->source_expected);
	if (m->flags & ~r->flags)
		return bytes_fail(b, "flags", "0x%" PRIx32 ", this may have 0x%x", m->flags,
				  r->flags);
	if (m->mode > r->mode_last && GUARD(plan_mode))
		return bytes_fail(b, "mode", "0%" PRIo32 ", expected at most 0%o", m->mode,
				  r->mode_last);
	/* A tmpfs of size 0 has no limit: it could take all memory. */
	if (r->sized != (m->size_kib != 0) && GUARD(plan_tmpfs_limit))
		return bytes_fail(b, "size_kib", "expected %s", r->sized ? "a limit" : "0");
	return 0;
}

static int check_device(const struct bytes *b, const void *row)
{
	const struct plan_device *d = row;

	if (d->minor > MINOR_LAST && d->minor != PLAN_MINOR_ANY)
		return bytes_fail(b, "minor", "%" PRIu32 ", expected at most %u", d->minor,
				  MINOR_LAST);
	return 0;
}

static int check_group(const struct bytes *b, const void *row)
{
	const uint32_t *gid = row;

	return b->row > 0 && gid[-1] >= gid[0] ? bytes_fail(b, "gid", "not sorted, or there twice")
					       : 0;
}

static const struct bytes_table tables[PLAN_TABLES] = {
	[PLAN_TABLE_RLIMITS] =
		BYTES_TABLE("rlimits", struct plan_rlimit, rlimit_fields, .check = check_rlimit,
			    .key = offsetof(struct plan_rlimit, reserved)),
	[PLAN_TABLE_ARGV] = BYTES_TABLE("argv", uint32_t, argv_fields, .check = check_arg),
	[PLAN_TABLE_ENV] = BYTES_TABLE("env", uint32_t, env_fields, .same = same_name),
	[PLAN_TABLE_MOUNTS] =
		BYTES_TABLE("mounts", struct plan_mount, mount_fields, .check = check_mount),
	[PLAN_TABLE_DEVICES] =
		BYTES_TABLE("devices", struct plan_device, device_fields, .check = check_device,
			    .key = offsetof(struct plan_device, access)),
	[PLAN_TABLE_SLOTS] =
		BYTES_TABLE("slots", struct plan_slot, slot_fields, .same = bytes_same_text),
	[PLAN_TABLE_GROUPS] = BYTES_TABLE("groups", uint32_t, group_fields, .check = check_group),
	[PLAN_TABLE_LATE] = BYTES_TABLE("late", struct plan_late, late_fields),
	[PLAN_TABLE_USERS] = BYTES_TABLE("users", struct plan_user, user_fields,
					 .key = offsetof(struct plan_user, home)),
	[PLAN_TABLE_HOME] = BYTES_TABLE("folders", uint32_t, home_fields),
};

_Static_assert(PLAN_TABLES < BYTES_TABLES_MAX, "the strings have a place too");

static const struct bytes_format format = {
	.what = "plan",
	.magic = PLAN_MAGIC,
	.version = PLAN_VERSION,
	.header_size = sizeof(struct plan_header),
	.size_max = PLAN_SIZE_MAX,
	.rows_max = PLAN_COUNT_MAX,
	.header = header_fields,
	.tables = tables,
	.tables_count = PLAN_TABLES,
	.check = check_header,
};

int plan_read(const void *buf, size_t size, struct plan *p, struct err *e)
{
	struct bytes b;

	if (bytes_read(&b, &format, buf, size, e))
		return -1;
	*p = (struct plan){ .header = buf, .strings = b.strings };
	memcpy(p->rows, b.rows, sizeof(p->rows));
	return 0;
}

const char *const plan_layer_names[PLAN_LAYERS] = { "apparmor", "seccomp", "devices",
						    "capabilities", "namespaces" };
