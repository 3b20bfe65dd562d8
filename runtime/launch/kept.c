/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The snap's kept mount and IPC namespaces, held by binds of their files below /run/snapd/ns, and
 * each command's own copy. The record beside them is written last and removed first: whatever was
 * left by a launcher that died has none, or one that does not fit, and is made anew.
 */
#include "launch.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "look.h"
#include "mem.h"
#include "mounting.h"
#include "sha256.h"
#include "sys.h"

#define NAME_ROOM    (LABEL_MAX + 8)
#define RECORD_MAGIC "BHKEPT\0"

struct record {
	char magic[8];
	uint8_t mounts[SHA256_SIZE]; /* of what the namespace was made from */
	char boot[40];		     /* the kernel's boot_id */
	uint64_t inodes[2];	     /* of the namespaces */
};

_Static_assert(sizeof(struct record) == 96, "record layout");

/* In the order of joining: after the mount namespace, /proc of the host is out of sight anyway. */
static const struct kind {
	const char *suffix;
	const char *path; /* below /proc/thread-self */
	int type;
} kinds[] = {
	{ "mnt", "ns/mnt", CLONE_NEWNS },
	{ "ipc", "ns/ipc", CLONE_NEWIPC },
};
#define KINDS ARRAY_SIZE(kinds)

_Static_assert(sizeof(((struct record *)0)->inodes) / sizeof(uint64_t) == KINDS, "one each");

struct kept {
	const char *snap;
	int dir;
	struct record want; /* all but the inodes */
	int fds[KINDS];
};

static void cleanup_kept(struct kept *k)
{
	cleanup_fd(&k->dir);
	for (size_t i = 0; i < KINDS; i++)
		cleanup_fd(&k->fds[i]);
}

static void digest_mounts(const struct plan *p, uint8_t digest[SHA256_SIZE])
{
	uint32_t ids[2] = { p->header->uid, p->header->gid };
	struct sha256 s;

	sha256_start(&s);
	sha256_add(&s, ids, sizeof(ids));
	for (uint32_t i = 0; i < plan_count(p, PLAN_TABLE_MOUNTS); i++) {
		const struct plan_mount *m = &p->mounts[i];
		const char *source = plan_text(p, m->source);
		const char *target = plan_text(p, m->target);
		uint32_t words[4] = { m->op, m->flags, m->mode, m->size_kib };

		sha256_add(&s, words, sizeof(words));
		sha256_add(&s, source, strlen(source) + 1);
		sha256_add(&s, target, strlen(target) + 1);
	}
	sha256_end(&s, digest);
}

static int expect(struct launch *l, struct kept *k, struct err *e)
{
	static const char path[] = "sys/kernel/random/boot_id";
	CLEANUP_FD int fd = sys_look_open(l->proc_fd, path, O_RDONLY, e);

	memcpy(k->want.magic, RECORD_MAGIC, sizeof(k->want.magic));
	digest_mounts(&l->plan, k->want.mounts);
	if (fd < 0 || sys_look_read(fd, path, k->want.boot, sizeof(k->want.boot), e) < 0)
		return -1;
	k->snap = plan_text(&l->plan, l->plan.header->snap);
	k->dir =
		sys_look_trusted(l->root_fd, LAUNCH_NS_DIR, O_RDONLY | O_DIRECTORY, TMPFS_MAGIC, e);
	return k->dir < 0 ? -1 : 0;
}

static void name_of(const struct kept *k, const char *suffix, char name[NAME_ROOM])
{
	snprintf(name, NAME_ROOM, "%s.%s", k->snap, suffix);
}

/* 1 when the record fits this plan and this boot; the namespaces' inodes are then in k->want. */
static int read_record(struct kept *k, struct err *e)
{
	char name[NAME_ROOM], bytes[sizeof(struct record) + 1];
	struct record r;
	CLEANUP_FD int fd = -1;
	int len;

	name_of(k, "info", name);
	fd = sys_look_open(k->dir, name, O_RDONLY | O_NONBLOCK, e);
	if (fd < 0)
		return errno == ENOENT ? 0 : -1;
	len = sys_look_read(fd, name, bytes, sizeof(bytes), e);
	if (len != (int)sizeof(r))
		return len < 0 ? -1 : 0;
	memcpy(&r, bytes, sizeof(r));
	memcpy(k->want.inodes, r.inodes, sizeof(r.inodes));
	return memcmp(&r, &k->want, sizeof(r)) == 0;
}

/* 1 when that file holds the very namespace of the record. */
static int open_kind(struct kept *k, size_t i, struct err *e)
{
	char name[NAME_ROOM];
	struct statfs fs;
	struct stat st;
	int type;

	name_of(k, kinds[i].suffix, name);
	k->fds[i] = sys_look_open(k->dir, name, O_RDONLY | O_NONBLOCK, e);
	if (k->fds[i] < 0)
		return errno == ENOENT ? 0 : -1;
	if (sys_fstatfs(k->fds[i], &fs) || sys_fstat(k->fds[i], &st))
		return err_sys(e, "cannot read %s", name);
	if ((uint32_t)fs.f_type != NSFS_MAGIC || st.st_ino != k->want.inodes[i])
		return 0;
	type = sys_ioctl(k->fds[i], NS_GET_NSTYPE, NULL);
	if (type < 0)
		return err_sys(e, "cannot read %s", name);
	return type == kinds[i].type;
}

static int join(struct kept *k, struct err *e)
{
	for (size_t i = 0; i < KINDS; i++)
		if (sys_setns(k->fds[i], kinds[i].type))
			return err_sys(e, "cannot join %s.%s", k->snap, kinds[i].suffix);
	return 0;
}

static int discard(struct kept *k, struct err *e)
{
	char name[NAME_ROOM], path[sizeof("/" LAUNCH_NS_DIR "/") + NAME_ROOM];

	name_of(k, "info", name);
	if (sys_unlinkat(k->dir, name, 0) && errno != ENOENT)
		return err_sys(e, "cannot remove %s", name);
	for (size_t i = 0; i < KINDS; i++) {
		cleanup_fd(&k->fds[i]);
		k->fds[i] = -1;
		name_of(k, kinds[i].suffix, name);
		snprintf(path, sizeof(path), "/" LAUNCH_NS_DIR "/%s", name);
		/* EINVAL: a file on which nothing was mounted yet. */
		if (sys_umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW) && errno != EINVAL &&
		    errno != ENOENT)
			return err_sys(e, "cannot release %s", name);
		if (sys_unlinkat(k->dir, name, 0) && errno != ENOENT)
			return err_sys(e, "cannot remove %s", name);
	}
	return 0;
}

/* Binds the namespace behind the descriptor onto a file; done from the host's namespace, since
 * the kernel binds no mount namespace inside itself (mnt_ns_loop() in fs/namespace.c). */
static int keep(struct kept *k, size_t i, struct err *e)
{
	char name[NAME_ROOM];
	CLEANUP_FD int file = -1;
	CLEANUP_FD int tree = -1;

	name_of(k, kinds[i].suffix, name);
	file = sys_look_open(k->dir, name, O_RDONLY | O_CREAT | O_EXCL, e);
	if (file < 0)
		return -1;
	tree = sys_mounting_clone(k->fds[i], 0, e);
	if (tree < 0 || sys_mounting_onto(tree, file, e))
		return err_prefix(e, "cannot keep %s", name);
	return 0;
}

static int write_record(struct kept *k, struct err *e)
{
	char name[NAME_ROOM];
	CLEANUP_FD int fd = -1;

	for (size_t i = 0; i < KINDS; i++) {
		struct stat st;

		if (sys_fstat(k->fds[i], &st))
			return err_sys(e, "cannot read namespace %s", kinds[i].suffix);
		k->want.inodes[i] = st.st_ino;
	}
	name_of(k, "info", name);
	fd = sys_look_open(k->dir, name, O_WRONLY | O_CREAT | O_EXCL, e);
	if (fd < 0)
		return -1;
	if (sys_write(fd, &k->want, sizeof(k->want)) != (ssize_t)sizeof(k->want))
		return err_sys(e, "cannot write %s", name);
	return 0;
}

static int make(struct launch *l, struct kept *k, struct err *e)
{
	CLEANUP_FD int host = sys_openat(l->self_fd, "ns/mnt", O_RDONLY | O_CLOEXEC, 0);

	if (host < 0)
		return err_sys(e, "cannot open the host's mount namespace");
	if (sys_unshare(CLONE_NEWNS | CLONE_NEWIPC))
		return err_sys(e, "cannot make namespaces");
	if (launch_mounts(l, e))
		return -1;
	for (size_t i = 0; i < KINDS; i++) {
		k->fds[i] = sys_openat(l->self_fd, kinds[i].path, O_RDONLY | O_CLOEXEC, 0);
		if (k->fds[i] < 0)
			return err_sys(e, "cannot open namespace %s", kinds[i].suffix);
	}
	if (sys_setns(host, CLONE_NEWNS))
		return err_sys(e, "cannot go back to the host's mount namespace");
	for (size_t i = 0; i < KINDS; i++)
		if (keep(k, i, e))
			return -1;
	return write_record(k, e);
}

int launch_kept(struct launch *l, struct err *e)
{
	CLEANUP(cleanup_kept) struct kept k = { .dir = -1, .fds = { -1, -1 } };
	int fits;

	if (!launch_has(l, PLAN_LAYER_NAMESPACES))
		return 0;
	if (expect(l, &k, e))
		return -1;
	fits = read_record(&k, e);
	for (size_t i = 0; i < KINDS && fits == 1; i++)
		fits = open_kind(&k, i, e);
	if (fits < 0)
		return -1;
	if (!fits && (discard(&k, e) || make(l, &k, e)))
		return -1;
	return join(&k, e);
}

/* A devpts of its own: the command sees no other's terminals, and makes its own through it. */
static int mount_terminals(int root, struct err *e)
{
	CLEANUP_FD int devpts = sys_mounting_devpts(e);
	CLEANUP_FD int pts = -1;
	CLEANUP_FD int from = -1;
	CLEANUP_FD int to = -1;
	CLEANUP_FD int ptmx = -1;

	pts = devpts < 0 ? -1 : sys_look_open(root, "dev/pts", O_PATH | O_DIRECTORY, e);
	if (pts < 0 || sys_mounting_onto(devpts, pts, e))
		return -1;
	from = sys_look_open(root, "dev/pts/ptmx", O_PATH, e);
	ptmx = from < 0 ? -1 : sys_mounting_clone(from, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, e);
	to = ptmx < 0 ? -1 : sys_look_open(root, "dev/ptmx", O_PATH, e);
	return to < 0 ? -1 : sys_mounting_onto(ptmx, to, e);
}

int launch_own(struct launch *l, struct err *e)
{
	bool alone = l->plan.header->flags & PLAN_FLAG_NETWORK_OWN;
	CLEANUP_FD int root = -1;

	if (!launch_has(l, PLAN_LAYER_NAMESPACES))
		return 0;
	if (sys_unshare(CLONE_NEWNS | (alone ? CLONE_NEWNET : 0)))
		return err_sys(e, "cannot make the command's own namespaces");
	root = sys_look_root(e);
	if (root < 0 || sys_mounting_propagate(root, MS_SLAVE, e))
		return -1;
	return mount_terminals(root, e);
}
