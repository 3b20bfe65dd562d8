/* SPDX-License-Identifier: Apache-2.0 */
#include "plan.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "bytes.h"
#include "mem.h"
#include "path.h"
#include "str.h"
#include "tag.h"

/* CAP_CHECKPOINT_RESTORE, include/uapi/linux/capability.h of Linux 6.1: the last one known. */
#define CAP_LAST	40
#define RLIMIT_COUNT	16 /* RLIM_NLIMITS, include/uapi/asm-generic/resource.h */
#define MAJOR_LAST	0xfffu
#define MINOR_LAST	0xfffffu
#define ID_NONE		UINT32_MAX /* (uid_t)-1 means "leave it" to setresuid(2) */
#define MODE_LAST	01777u
#define PASSED_FDS_LAST 256u
#define ACCESS_ALL	((uint32_t)PLAN_ACCESS_READ | PLAN_ACCESS_WRITE)

static const struct bytes_format format = { "plan", PLAN_MAGIC, PLAN_VERSION,
					    sizeof(struct plan_header), PLAN_SIZE_MAX };

static const struct layer {
	enum plan_layer layer;
	const char *name;
} layers[] = {
	{ PLAN_LAYER_APPARMOR, "apparmor" },	 { PLAN_LAYER_SECCOMP, "seccomp" },
	{ PLAN_LAYER_DEVICES, "devices" },	 { PLAN_LAYER_CAPABILITIES, "capabilities" },
	{ PLAN_LAYER_NAMESPACES, "namespaces" },
};

static const struct pass {
	enum plan_pass pass;
	const char *names[3];
} passes[] = {
	{ PLAN_PASS_LISTEN_FDS, { "LISTEN_FDS", "LISTEN_FDNAMES" } },
	{ PLAN_PASS_NOTIFY_SOCKET, { "NOTIFY_SOCKET" } },
	{ PLAN_PASS_WATCHDOG, { "WATCHDOG_USEC" } },
	{ PLAN_PASS_TERM, { "TERM" } },
};

static const struct table {
	const char *name;
	size_t element;
} tables[PLAN_TABLES] = {
	[PLAN_TABLE_RLIMITS] = { "rlimits", sizeof(struct plan_rlimit) },
	[PLAN_TABLE_ARGV] = { "argv", sizeof(uint32_t) },
	[PLAN_TABLE_ENV] = { "env", sizeof(uint32_t) },
	[PLAN_TABLE_MOUNTS] = { "mounts", sizeof(struct plan_mount) },
	[PLAN_TABLE_DEVICES] = { "devices", sizeof(struct plan_device) },
	[PLAN_TABLE_SLOTS] = { "slots", sizeof(struct plan_slot) },
	[PLAN_TABLE_GROUPS] = { "groups", sizeof(uint32_t) },
};

static bool absent(const char *text)
{
	return text[0] == '\0';
}

static bool file_name(const char *text)
{
	return absent(text) || (path_is_clean_relative(text) && !strchr(text, '/'));
}

/* A link's text may climb ("../pts/ptmx"): it is resolved inside the new root, by the app. */
static bool link_text(const char *text)
{
	return bytes_text_printable(text) && strlen(text) <= PATH_TEXT_MAX;
}

static const struct bytes_ref header_refs[] = {
	{ "label", offsetof(struct plan_header, label), tag_label_valid, "snap.NAME.APP" },
	{ "snap", offsetof(struct plan_header, snap), tag_snap_valid, "the name of a snap" },
	{ "filter", offsetof(struct plan_header, filter), file_name, "a file name" },
	{ "cwd", offsetof(struct plan_header, cwd), path_is_clean, "a clean absolute path" },
	{ 0 },
};

/* What each mount operation uses of its row; all else must be zero or empty. */
static const struct mount_rule {
	bool (*source)(const char *text);
	const char *source_expected;
	uint32_t flags;
	uint32_t mode_last;
	bool sized;
} mount_rules[] = {
	[PLAN_MOUNT_DIR] = { absent, "no text", 0, MODE_LAST, false },
	[PLAN_MOUNT_FILE] = { absent, "no text", 0, 0, false },
	[PLAN_MOUNT_SYMLINK] = { link_text, "text of a link", 0, 0, false },
	[PLAN_MOUNT_BIND] = { path_is_clean, "a clean absolute path",
			      PLAN_MOUNT_FLAGS_ALL & ~(uint32_t)PLAN_MOUNT_OWNED, 0, false },
	[PLAN_MOUNT_TMPFS] = { absent, "no text", PLAN_MOUNT_FLAGS_ALL, MODE_LAST, true },
};

static int check_header(const struct plan_header *h, struct bytes *b)
{
	if (h->flags & ~PLAN_FLAGS_ALL)
		return bytes_fail(b, "flags", "0x%" PRIx32 ", known are 0x%x", h->flags,
				  PLAN_FLAGS_ALL);
	if (h->layers & ~PLAN_LAYERS_ALL)
		return bytes_fail(b, "layers", "0x%" PRIx32 ", known are 0x%x", h->layers,
				  PLAN_LAYERS_ALL);
	if (h->layers != PLAN_LAYERS_ALL && !(h->flags & PLAN_FLAG_DEVELOPMENT))
		return bytes_fail(b, "layers", "0x%" PRIx32 ", a production plan has all (0x%x)",
				  h->layers, PLAN_LAYERS_ALL);
	if (h->uid == ID_NONE || h->gid == ID_NONE)
		return bytes_fail(b, h->uid == ID_NONE ? "uid" : "gid", "4294967295 is no id");
	if (h->umask_bits > 0777)
		return bytes_fail(b, "umask", "0%" PRIo32 ", expected at most 0777", h->umask_bits);
	if (h->nice < -20 || h->nice > 19)
		return bytes_fail(b, "nice", "%" PRId32 ", expected -20 to 19", h->nice);
	if (h->pass & ~PLAN_PASS_ALL)
		return bytes_fail(b, "pass", "0x%" PRIx32 ", known are 0x%x", h->pass,
				  PLAN_PASS_ALL);
	if (h->passed_fds > (h->pass & PLAN_PASS_LISTEN_FDS ? PASSED_FDS_LAST : 0))
		return bytes_fail(b, "passed_fds",
				  "%" PRIu32
				  ", expected at most %u, and 0 unless LISTEN_FDS passes",
				  h->passed_fds, PASSED_FDS_LAST);
	return 0;
}

static int check_caps(const struct plan_header *h, struct bytes *b)
{
	if (h->caps >> (CAP_LAST + 1))
		return bytes_fail(b, "caps", "0x%" PRIx64 ", known are capabilities 0 to %d",
				  h->caps, CAP_LAST);
	if (h->ambient & ~h->caps)
		return bytes_fail(b, "ambient", "0x%" PRIx64 " is not within caps 0x%" PRIx64,
				  h->ambient, h->caps);
	if (h->ambient && h->uid == 0)
		return bytes_fail(b, "ambient", "0x%" PRIx64 ", expected 0 for uid 0", h->ambient);
	return 0;
}

static int check_names(const struct plan_header *h, struct bytes *b)
{
	static const uint8_t no_digest[SHA256_SIZE];
	bool filter = h->layers & PLAN_LAYER_SECCOMP;

	if (bytes_refs(b, NULL, 0, h, header_refs))
		return -1;
	if (!tag_label_is_of(b->strings + h->label, b->strings + h->snap))
		return bytes_fail(b, "snap", "is not the snap of the label");
	if (filter == absent(b->strings + h->filter))
		return bytes_fail(b, "filter", "expected %s", filter ? "a file name" : "no text");
	if (!filter && memcmp(h->filter_digest, no_digest, SHA256_SIZE) != 0)
		return bytes_fail(b, "filter_digest", "expected zeros without the seccomp layer");
	return 0;
}

static int check_argv(const struct plan *p, struct bytes *b)
{
	uint32_t count = plan_count(p, PLAN_TABLE_ARGV);

	if (count == 0)
		return bytes_fail(b, "argv", "expected a program");
	for (uint32_t i = 0; i < count; i++) {
		const struct bytes_ref ref[] = { { "text", 0, i ? bytes_text_any : path_is_clean,
						   "a clean absolute path" },
						 { 0 } };

		if (bytes_refs(b, "argv", i, &p->argv[i], ref))
			return -1;
	}
	return 0;
}

static size_t env_name(const char *text)
{
	size_t n = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789");

	return text[0] >= '0' && text[0] <= '9' ? 0 : n;
}

static bool env_valid(const char *text)
{
	size_t n = env_name(text);

	return n > 0 && text[n] == '=';
}

static int check_env(const struct plan *p, struct bytes *b)
{
	static const struct bytes_ref ref[] = {
		{ "text", 0, env_valid, "NAME=value, NAME of [A-Za-z_][A-Za-z0-9_]*" }, { 0 }
	};

	for (uint32_t i = 0; i < plan_count(p, PLAN_TABLE_ENV); i++) {
		const char *text;

		if (bytes_refs(b, "env", i, &p->env[i], ref))
			return -1;
		text = b->strings + p->env[i];
		for (uint32_t j = 0; j < i; j++)
			if (strncmp(text, b->strings + p->env[j], env_name(text) + 1) == 0)
				return bytes_fail_row(b, i, "env", "same name as env[%u]", j);
	}
	return 0;
}

static int check_mount(const struct plan_mount *m, uint32_t i, struct bytes *b)
{
	const struct mount_rule *r = &mount_rules[m->op];
	const struct bytes_ref refs[] = {
		{ "source", offsetof(struct plan_mount, source), r->source, r->source_expected },
		{ "target", offsetof(struct plan_mount, target), path_is_clean_relative,
		  "a clean relative path" },
		{ 0 },
	};

	if (bytes_refs(b, "mounts", i, m, refs))
		return -1;
	if (m->flags & ~r->flags)
		return bytes_fail_row(b, i, "mounts.flags", "0x%" PRIx32 ", this may have 0x%x",
				      m->flags, r->flags);
	if (m->mode > r->mode_last)
		return bytes_fail_row(b, i, "mounts.mode", "0%" PRIo32 ", expected at most 0%o",
				      m->mode, r->mode_last);
	/* A tmpfs of size 0 has no limit: it could take all memory. */
	if (r->sized != (m->size_kib != 0))
		return bytes_fail_row(b, i, "mounts.size_kib", "expected %s",
				      r->sized ? "a limit" : "0");
	return 0;
}

static int check_mounts(const struct plan *p, struct bytes *b)
{
	for (uint32_t i = 0; i < plan_count(p, PLAN_TABLE_MOUNTS); i++) {
		uint32_t op = p->mounts[i].op;

		if (op < PLAN_MOUNT_DIR || op >= ARRAY_SIZE(mount_rules))
			return bytes_fail_row(b, i, "mounts.op", "%" PRIu32 " is unknown", op);
		if (check_mount(&p->mounts[i], i, b))
			return -1;
	}
	return 0;
}

static int check_access(uint32_t access, const char *field, uint32_t i, struct bytes *b)
{
	if (access == 0 || access & ~ACCESS_ALL)
		return bytes_fail_row(b, i, field,
				      "0x%" PRIx32 ", expected 2 (read), 4 (write) or 6", access);
	return 0;
}

static bool same_node(const struct plan_device *x, const struct plan_device *y)
{
	return x->type == y->type && x->major == y->major && x->minor == y->minor;
}

static int check_devices(const struct plan *p, struct bytes *b)
{
	for (uint32_t i = 0; i < plan_count(p, PLAN_TABLE_DEVICES); i++) {
		const struct plan_device *d = &p->devices[i];

		if (d->type != PLAN_DEVICE_BLOCK && d->type != PLAN_DEVICE_CHAR)
			return bytes_fail_row(b, i, "devices.type",
					      "%" PRIu32 ", expected 1 (block) or 2 (char)",
					      d->type);
		if (d->major > MAJOR_LAST)
			return bytes_fail_row(b, i, "devices.major",
					      "%" PRIu32 ", expected at most %u", d->major,
					      MAJOR_LAST);
		if (d->minor > MINOR_LAST && d->minor != PLAN_MINOR_ANY)
			return bytes_fail_row(b, i, "devices.minor",
					      "%" PRIu32 ", expected at most %u", d->minor,
					      MINOR_LAST);
		if (check_access(d->access, "devices.access", i, b))
			return -1;
		for (uint32_t j = 0; j < i; j++)
			if (same_node(d, &p->devices[j]))
				return bytes_fail_row(b, i, "devices", "same as devices[%u]", j);
	}
	return 0;
}

static int check_slot(const struct plan *p, uint32_t i, struct bytes *b)
{
	static const struct bytes_ref refs[] = {
		{ "tag", offsetof(struct plan_slot, tag), bytes_text_some, "a udev tag" },
		{ "name", offsetof(struct plan_slot, name), tag_slot_valid, "the name of a slot" },
		{ 0 },
	};
	const struct plan_slot *s = &p->slots[i];
	char label[LABEL_MAX + 1], slot[64];

	if (bytes_refs(b, "slots", i, s, refs))
		return -1;
	if (tag_decode(b->strings + s->tag, label, slot, NULL) ||
	    !str_eq(label, b->strings + p->header->label) || !str_eq(slot, b->strings + s->name))
		return bytes_fail_row(b, i, "slots.tag", "is not the tag of label and slot");
	for (uint32_t j = 0; j < i; j++)
		if (str_eq(b->strings + p->slots[j].tag, b->strings + s->tag))
			return bytes_fail_row(b, i, "slots", "same as slots[%u]", j);
	return check_access(s->access, "slots.access", i, b);
}

static int check_rlimits(const struct plan *p, struct bytes *b)
{
	uint32_t seen = 0;

	for (uint32_t i = 0; i < plan_count(p, PLAN_TABLE_RLIMITS); i++) {
		const struct plan_rlimit *r = &p->rlimits[i];

		if (r->resource >= RLIMIT_COUNT)
			return bytes_fail_row(b, i, "rlimits.resource",
					      "%" PRIu32 ", expected less than %d", r->resource,
					      RLIMIT_COUNT);
		if (seen & 1u << r->resource)
			return bytes_fail_row(b, i, "rlimits.resource", "%" PRIu32 " is set twice",
					      r->resource);
		seen |= 1u << r->resource;
		if (r->reserved)
			return bytes_fail_row(b, i, "rlimits.reserved", "expected 0");
		if (r->soft > r->hard)
			return bytes_fail_row(b, i, "rlimits.soft", "is above hard");
	}
	return 0;
}

static int check_groups(const struct plan *p, struct bytes *b)
{
	for (uint32_t i = 0; i < plan_count(p, PLAN_TABLE_GROUPS); i++)
		if (p->groups[i] == ID_NONE)
			return bytes_fail_row(b, i, "groups", "4294967295 is no id");
	return 0;
}

static int check_rows(const struct plan *p, struct bytes *b)
{
	if (check_rlimits(p, b) || check_argv(p, b) || check_env(p, b) || check_mounts(p, b) ||
	    check_devices(p, b))
		return -1;
	for (uint32_t i = 0; i < plan_count(p, PLAN_TABLE_SLOTS); i++)
		if (check_slot(p, i, b))
			return -1;
	return check_groups(p, b);
}

static int lay_out(const struct plan_header *h, struct plan *p, struct bytes *b)
{
	const void *at[PLAN_TABLES];

	for (unsigned t = 0; t < PLAN_TABLES; t++) {
		if (h->tables[t].count > PLAN_COUNT_MAX)
			return bytes_fail(b, tables[t].name, "%" PRIu32 " elements, at most %u",
					  h->tables[t].count, PLAN_COUNT_MAX);
		at[t] = bytes_table(b, tables[t].name, h->tables[t].offset, h->tables[t].count,
				    tables[t].element);
		if (!at[t])
			return -1;
	}
	if (bytes_strings(b, h->strings.offset, h->strings.count))
		return -1;
	*p = (struct plan){ .header = h,
			    .argv = at[PLAN_TABLE_ARGV],
			    .env = at[PLAN_TABLE_ENV],
			    .groups = at[PLAN_TABLE_GROUPS],
			    .mounts = at[PLAN_TABLE_MOUNTS],
			    .devices = at[PLAN_TABLE_DEVICES],
			    .slots = at[PLAN_TABLE_SLOTS],
			    .rlimits = at[PLAN_TABLE_RLIMITS],
			    .strings = b->strings };
	return 0;
}

int plan_read(const void *buf, size_t size, struct plan *p, struct err *e)
{
	const struct plan_header *h = buf;
	struct bytes b;

	if (bytes_start(&b, &format, buf, size, e) || lay_out(h, p, &b) || check_header(h, &b) ||
	    check_caps(h, &b) || check_names(h, &b) || check_rows(p, &b))
		return -1;
	return 0;
}

const char *plan_text(const struct plan *p, uint32_t ref)
{
	return p->strings + ref;
}

uint32_t plan_count(const struct plan *p, enum plan_table t)
{
	return p->header->tables[t].count;
}

const char *plan_layer_name(enum plan_layer layer)
{
	for (size_t i = 0; i < ARRAY_SIZE(layers); i++)
		if (layers[i].layer == layer)
			return layers[i].name;
	return NULL;
}

const char *const *plan_pass_names(enum plan_pass pass)
{
	for (size_t i = 0; i < ARRAY_SIZE(passes); i++)
		if (passes[i].pass == pass)
			return passes[i].names;
	return NULL;
}
