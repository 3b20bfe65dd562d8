/* SPDX-License-Identifier: Apache-2.0 */
#include "aa_mounts.h"

#include <string.h>
#include <sys/mount.h>

#include "mem.h"

#define CLASS_MOUNT 7u /* AA_CLASS_MOUNT, AA_MAY_MOUNT, AA_MAY_UMOUNT, AA_MNT_CONT_MATCH */
#define MAY_MOUNT   0x02u
#define MAY_UMOUNT  0x04u
#define MOUNT_DATA  0x40u

/* Flags beside those that say the kind. */
#define PLAIN	  (MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_SYNCHRONOUS | MS_NOATIME)
#define SPREAD	  (MS_SHARED | MS_PRIVATE | MS_SLAVE | MS_UNBINDABLE)
#define ALL_FLAGS (PLAIN | SPREAD | MS_BIND | MS_REC | MS_MOVE | MS_REMOUNT)
#define ALL_KINDS                                                                                  \
	(AA_MOUNT_NEW | AA_MOUNT_BIND | AA_MOUNT_PROPAGATION | AA_MOUNT_MOVE | AA_MOUNT_REMOUNT)

#define NEW    AA_MOUNT_NEW
#define BIND   AA_MOUNT_BIND
#define CHANGE AA_MOUNT_PROPAGATION
#define UMOUNT AA_MOUNT_UMOUNT

const struct aa_mount_rule aa_mount_rules[] = {
	/* As interfaces have them. */
	{ "mount fstype=(ext4) options=(rw,nosuid) /s -> /a/,", NEW, MS_NOSUID, MS_NOSUID, "/a/",
	  "/s", "ext4" },
	{ "mount fstype=(ext4) options=(rw) /s -> /a/,", NEW, 0, 0, "/a/", "/s", "ext4" },
	{ "mount fstype=(ext4) options=(ro,nodev,noexec) /s -> /a/,", NEW,
	  MS_RDONLY | MS_NODEV | MS_NOEXEC, MS_RDONLY | MS_NODEV | MS_NOEXEC, "/a/", "/s", "ext4" },
	{ "mount fstype=(ext4) options=(ro) /[st] -> /a/,", NEW, MS_RDONLY, MS_RDONLY, "/a/", NULL,
	  "ext4" },
	{ "mount fstype=(ext4,vfat) options=(ro) /s -> /{a,b}/,", NEW, MS_RDONLY, MS_RDONLY, NULL,
	  "/s", NULL },
	{ "mount fstype=(ext4) /s -> /a/,", NEW, 0, PLAIN, "/a/", "/s", "ext4" },
	{ "mount options=(bind) /s -> /a/,", BIND, MS_BIND, MS_BIND, "/a/", "/s", NULL },
	{ "mount options=(rbind) /s -> /a/,", BIND, MS_BIND | MS_REC, MS_BIND | MS_REC, "/a/", "/s",
	  NULL },
	{ "mount options=bind /s -> /a/,", BIND, MS_BIND, MS_BIND, "/a/", "/s", NULL },
	{ "mount options=(move) /s -> /a/,", AA_MOUNT_MOVE, MS_MOVE, MS_MOVE, "/a/", "/s", NULL },
	{ "mount options=(make-slave) -> /a/,", CHANGE, MS_SLAVE, MS_SLAVE, "/a/", NULL, NULL },
	{ "mount options=(make-rprivate) -> /a/,", CHANGE, MS_PRIVATE | MS_REC, MS_PRIVATE | MS_REC,
	  "/a/", NULL, NULL },
	{ "mount options=(make-shared) -> /a/,", CHANGE, MS_SHARED, MS_SHARED, "/a/", NULL, NULL },
	{ "mount options=(remount) -> /a/,", AA_MOUNT_REMOUNT, MS_REMOUNT, MS_REMOUNT, "/a/", NULL,
	  NULL },
	/* What is not said matches all. */
	{ "remount /a/,", AA_MOUNT_REMOUNT, MS_REMOUNT, MS_REMOUNT | PLAIN | MS_BIND, "/a/", NULL,
	  NULL },
	{ "umount /a/,", UMOUNT, 0, 0, "/a/", NULL, NULL },
	{ "umount /[a-b]/,", UMOUNT, 0, 0, NULL, NULL, NULL },
	{ "mount,", ALL_KINDS, 0, ALL_FLAGS, NULL, NULL, NULL },
	/* A kind and a flag beside it, which the kernel has forgotten when it asks. */
	{ "mount options=(rw,bind) /s -> /a/,", BIND, MS_BIND, MS_BIND, "/a/", "/s", NULL },
	{ "mount options=(ro,bind) /s -> /a/,", BIND, MS_BIND, MS_BIND, "/a/", "/s", NULL },
	{ "mount options=(nosuid,rbind) /s -> /a/,", BIND, MS_BIND | MS_REC, MS_BIND | MS_REC,
	  "/a/", "/s", NULL },
	{ "mount options=(rw,move) /s -> /a/,", AA_MOUNT_MOVE, MS_MOVE, MS_MOVE, "/a/", "/s",
	  NULL },
	{ "mount options=(rw,make-slave) -> /a/,", CHANGE, MS_SLAVE, MS_SLAVE, "/a/", NULL, NULL },
	{ "mount options=(ro,remount) -> /a/,", AA_MOUNT_REMOUNT, MS_REMOUNT | MS_RDONLY,
	  MS_REMOUNT | MS_RDONLY, "/a/", NULL, NULL },
	{ "mount options=(ro,remount,bind) -> /a/,", AA_MOUNT_REMOUNT,
	  MS_REMOUNT | MS_RDONLY | MS_BIND, MS_REMOUNT | MS_RDONLY | MS_BIND, "/a/", NULL, NULL },
	/* A read-only bind's two calls: each alone, what the parser makes beside it denied. */
	{ "mount options=(remount,bind,ro,nosuid) -> /a/,\n"
	  "deny mount fstype=?* options=(ro,nosuid) -> /a/,\ndeny mount options=(bind) -> /a/,",
	  AA_MOUNT_REMOUNT, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID,
	  MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID, "/a/", NULL, NULL },
	{ "mount options=(bind) -> /a/,\n"
	  "deny mount options=(bind) {[^/]**,/,/[^s]**,/s[^/]**,/s/?**} -> /a/,",
	  BIND, MS_BIND, MS_BIND, "/a/", "/s", NULL },
	/* A list that a rule takes flags from, each or not. */
	{ "mount fstype=(ext4) options in (ro,sync,noatime) /s -> /a/,", NEW, 0,
	  MS_RDONLY | MS_SYNCHRONOUS | MS_NOATIME, "/a/", "/s", "ext4" },
	{ "mount fstype=(ext4) options in (rw,nosuid,noexec) /s -> /a/,", NEW, 0,
	  MS_NOSUID | MS_NOEXEC, "/a/", "/s", "ext4" },
	{ "remount options=(ro) /a/,", AA_MOUNT_REMOUNT, MS_REMOUNT | MS_RDONLY,
	  MS_REMOUNT | MS_RDONLY, "/a/", NULL, NULL },
};
const size_t aa_mount_rule_count = ARRAY_SIZE(aa_mount_rules);

struct request {
	enum aa_mount_kind kind;
	const char *target, *source, *type, *data;
	unsigned long flags;
};

static const struct {
	enum aa_mount_kind kind;
	const char *name;
	bool source, type;
	unsigned long must, flags, one_of; /* those that the kernel leaves for the kind */
} kinds[] = {
	{ AA_MOUNT_NEW, "new", true, true, 0, PLAIN, 0 },
	{ AA_MOUNT_BIND, "bind", true, false, MS_BIND, MS_REC, 0 },
	{ AA_MOUNT_PROPAGATION, "propagation", false, false, 0, MS_REC, SPREAD },
	{ AA_MOUNT_MOVE, "move", true, false, MS_MOVE, 0, 0 },
	{ AA_MOUNT_REMOUNT, "remount", false, false, MS_REMOUNT, PLAIN | MS_BIND, 0 },
	{ AA_MOUNT_UMOUNT, "umount", false, false, 0, 0, 0 },
};

static const char *const targets[] = { "/a/", "/b/", "/a/b/", "/" };
static const char *const sources[] = { "/s", "/t", "none" };
static const char *const types[] = { "ext4", "vfat", "tmpfs" };
static const char *const data[] = { NULL, "commit=5" };

static const struct {
	unsigned long flag;
	const char *name;
} flag_names[] = {
	{ MS_RDONLY, "ro" },	    { MS_NOSUID, "nosuid" },
	{ MS_NODEV, "nodev" },	    { MS_NOEXEC, "noexec" },
	{ MS_SYNCHRONOUS, "sync" }, { MS_NOATIME, "noatime" },
	{ MS_BIND, "bind" },	    { MS_REC, "rec" },
	{ MS_MOVE, "move" },	    { MS_REMOUNT, "remount" },
	{ MS_SHARED, "shared" },    { MS_PRIVATE, "private" },
	{ MS_SLAVE, "slave" },	    { MS_UNBINDABLE, "unbindable" },
};

/* --- the kernel's question ------------------------------------------------------------------- */

static uint32_t skip_nul(const struct aa_table *t, uint32_t state)
{
	return state ? aa_walk(t, state, "", 1) : 0;
}

static uint32_t walk_text(const struct aa_table *t, uint32_t state, const char *text)
{
	return text ? aa_walk(t, state, text, strlen(text)) : state;
}

/* do_match_mnt() of security/apparmor/mount.c. */
static bool is_allowed(const struct aa_table *t, const struct request *q)
{
	const uint8_t class = CLASS_MOUNT;
	uint32_t state = aa_walk(t, t->start, &class, 1), accept;

	state = walk_text(t, state, q->target);
	if (q->kind == AA_MOUNT_UMOUNT)
		return aa_accept(t, state) & MAY_UMOUNT;
	state = walk_text(t, skip_nul(t, state), q->source);
	state = skip_nul(t, walk_text(t, skip_nul(t, state), q->type));
	for (uint8_t i = 0; i < 32; i++)
		if (q->flags >> i & 1)
			state = aa_walk(t, state, &(uint8_t){ (uint8_t)(i + 1) }, 1);
	accept = aa_accept(t, state);
	if (!(accept & MAY_MOUNT) && q->data && (accept & MOUNT_DATA))
		accept = aa_accept(t, walk_text(t, skip_nul(t, state), q->data));
	return accept & MAY_MOUNT;
}

static bool is_any_or(const char *rule, const char *asked)
{
	return !rule || !asked || str_eq(rule, asked);
}

/* A target of NULL is either of the two that rules with a glob name. */
static bool is_meant(const struct aa_mount_rule *r, const struct request *q)
{
	bool all = r->kinds == ALL_KINDS;
	bool target = r->target ? str_eq(r->target, q->target)
				: all || str_eq(q->target, "/a/") || str_eq(q->target, "/b/");
	bool source = is_any_or(r->source, q->source) &&
		      (all || !q->source || !str_eq(q->source, "none"));
	bool type = is_any_or(r->type, q->type) && (all || !q->type || !str_eq(q->type, "tmpfs"));

	return (r->kinds & q->kind) && target && source && type &&
	       (q->flags & r->must) == r->must && !(q->flags & ~r->may);
}

/* --- all requests ---------------------------------------------------------------------------- */

struct asking {
	const struct aa_loaded *p;
	const struct aa_mount_rule *rule;
	struct str *out;
	const char *kind;
	bool more, less; /* found one of this kind */
	size_t found;
};

static void describe(struct asking *a, const char *what, const struct request *q)
{
	const char *between = "";

	str_printf(a->out, "%s %s: %s -> %s fstype=%s options=(", what, a->kind,
		   q->source ? q->source : "-", q->target, q->type ? q->type : "-");
	for (size_t i = 0; i < ARRAY_SIZE(flag_names); i++)
		if (q->flags & flag_names[i].flag) {
			str_printf(a->out, "%s%s", between, flag_names[i].name);
			between = ",";
		}
	str_printf(a->out, ")%s%s\n", q->data ? " " : "", q->data ? q->data : "");
	a->found++;
}

static void judge(struct asking *a, const struct request *q)
{
	bool allowed = is_allowed(&a->p->rest, q);
	bool meant = is_meant(a->rule, q);

	if (allowed && !meant && !a->more)
		describe(a, "more", q);
	if (!allowed && meant && !a->less)
		describe(a, "less", q);
	a->more = a->more || (allowed && !meant);
	a->less = a->less || (!allowed && meant);
}

/* Every source and type that a request of that kind has, with and without data. */
static void ask_names(struct asking *a, struct request q, bool source, bool type)
{
	for (size_t i = 0; i < (source ? ARRAY_SIZE(sources) : 1); i++)
		for (size_t k = 0; k < (type ? ARRAY_SIZE(types) : 1); k++)
			for (size_t n = 0; n < (type ? ARRAY_SIZE(data) : 1); n++) {
				q.source = source ? sources[i] : NULL;
				q.type = type ? types[k] : NULL;
				q.data = data[n];
				judge(a, &q);
			}
}

/* Every set of flags within all, the empty one first: (n - all) & all counts them. */
static void ask_flags(struct asking *a, struct request q, size_t kind, unsigned long always)
{
	unsigned long all = kinds[kind].flags, n = 0;

	do {
		q.flags = always | n;
		ask_names(a, q, kinds[kind].source, kinds[kind].type);
		n = (n - all) & all;
	} while (n);
}

size_t aa_mounts_ask(const struct aa_loaded *p, const struct aa_mount_rule *r, struct str *out)
{
	struct asking a = { .p = p, .rule = r, .out = out };

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		a.kind = kinds[i].name;
		a.more = a.less = false;
		for (size_t k = 0; k < ARRAY_SIZE(targets); k++) {
			struct request q = { .kind = kinds[i].kind, .target = targets[k] };

			if (!kinds[i].one_of)
				ask_flags(&a, q, i, kinds[i].must);
			for (unsigned bit = 0; bit < 32; bit++)
				if (kinds[i].one_of >> bit & 1)
					ask_flags(&a, q, i, 1ul << bit);
		}
	}
	return a.found;
}
