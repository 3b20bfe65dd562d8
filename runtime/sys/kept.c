/* SPDX-License-Identifier: Apache-2.0 */
#include "kept.h"

#include <linux/magic.h>

#include "look.h"
#include "mounting.h"

#define MAGIC  "BHKEPT\0"
#define RECORD SYS_KEPT_KINDS

/* In the order of joining, and the record. */
static const struct kind {
	const char *suffix;
	const char *path; /* below /proc/thread-self */
	int type;
} kinds[SYS_KEPT_KINDS + 1] = {
	{ "mnt", "ns/mnt", CLONE_NEWNS },
	{ "ipc", "ns/ipc", CLONE_NEWIPC },
	[RECORD] = { "info", NULL, 0 },
};

void sys_kept_close(struct sys_kept *k)
{
	cleanup_fd(&k->dir);
	for (size_t i = 0; i < SYS_KEPT_KINDS; i++)
		cleanup_fd(&k->fds[i]);
}

int sys_kept_open(struct sys_kept *k, int root_fd, const char *path, const char *name,
		  struct err *e)
{
	if (strlen(name) + sizeof(".info") > sizeof(k->names[0]))
		return err_input(e, "cannot keep namespaces of %s: its name is too long", name);
	for (size_t i = 0; i <= RECORD; i++)
		str_join(k->names[i], sizeof(k->names[i]), name, ".", kinds[i].suffix, NULL);
	k->dir = sys_look_trusted(root_fd, path, O_RDONLY | O_DIRECTORY, TMPFS_MAGIC, e);
	return k->dir < 0 ? -1 : 0;
}

void sys_kept_want(struct sys_kept *k, const uint8_t origin[SHA256_SIZE])
{
	memcpy(k->want.magic, MAGIC, sizeof(k->want.magic));
	memcpy(k->want.origin, origin, sizeof(k->want.origin));
}

/* 1 when the record fits; the inodes that it names are then in k->want. */
static int read_record(struct sys_kept *k, struct err *e)
{
	char bytes[sizeof(struct sys_kept_record) + 1];
	struct sys_kept_record r;
	CLEANUP_FD int fd = -1;
	int len;

	fd = sys_look_open(k->dir, k->names[RECORD], O_RDONLY | O_NONBLOCK, e);
	if (fd < 0)
		return errno == ENOENT ? 0 : -1;
	len = sys_look_read(fd, k->names[RECORD], bytes, sizeof(bytes), e);
	if (len != (int)sizeof(r))
		return len < 0 ? -1 : 0;
	memcpy(&r, bytes, sizeof(r));
	memcpy(k->want.inodes, r.inodes, sizeof(r.inodes));
	return memcmp(&r, &k->want, sizeof(r)) == 0 || !GUARD(kept_record);
}

/* 1 when that file is the very namespace of the record. Its kind is for setns(2) to compare. */
static int open_kind(struct sys_kept *k, size_t i, struct err *e)
{
	struct statfs fs;
	struct stat st;

	k->fds[i] = sys_look_open(k->dir, k->names[i], O_RDONLY | O_NONBLOCK, e);
	if (k->fds[i] < 0)
		return errno == ENOENT ? 0 : -1;
	if (sys_fstatfs(k->fds[i], &fs) || sys_fstat(k->fds[i], &st))
		return err_sys(e, "cannot read %s", k->names[i]);
	return (uint32_t)fs.f_type == NSFS_MAGIC && st.st_ino == k->want.inodes[i];
}

static int discard(struct sys_kept *k, struct err *e)
{
	if (sys_unlinkat(k->dir, k->names[RECORD], 0) && errno != ENOENT)
		return err_sys(e, "cannot remove %s", k->names[RECORD]);
	/* umount2 takes a path only; the directory is the current one for these calls. */
	if (sys_fchdir(k->dir))
		return err_sys(e, "cannot enter the directory of kept namespaces");
	for (size_t i = 0; i < SYS_KEPT_KINDS; i++) {
		cleanup_fd(&k->fds[i]);
		/* EINVAL: a file on which nothing was mounted yet. */
		if (sys_umount2(k->names[i], MNT_DETACH | UMOUNT_NOFOLLOW) && errno != EINVAL &&
		    errno != ENOENT)
			return err_sys(e, "cannot release %s", k->names[i]);
		if (sys_unlinkat(k->dir, k->names[i], 0) && errno != ENOENT)
			return err_sys(e, "cannot remove %s", k->names[i]);
	}
	return 0;
}

int sys_kept_find(struct sys_kept *k, struct err *e)
{
	int fits = read_record(k, e);

	for (size_t i = 0; i < SYS_KEPT_KINDS && fits == 1; i++)
		fits = open_kind(k, i, e);
	if (fits == 0 && discard(k, e))
		return -1;
	return fits;
}

static int bind_kind(struct sys_kept *k, size_t i, struct err *e)
{
	CLEANUP_FD int file = -1, tree = -1;

	file = sys_look_open(k->dir, k->names[i], O_RDONLY | O_CREAT | O_EXCL, e);
	tree = file < 0 ? -1 : sys_mounting_clone(k->fds[i], 0, 0, e);
	if (tree < 0 || sys_mounting_onto(tree, file, e))
		return err_prefix(e, "cannot keep %s", k->names[i]);
	return 0;
}

static int write_record(struct sys_kept *k, struct err *e)
{
	CLEANUP_FD int fd = -1;

	for (size_t i = 0; i < SYS_KEPT_KINDS; i++) {
		struct stat st;

		if (sys_fstat(k->fds[i], &st))
			return err_sys(e, "cannot read namespace %s", kinds[i].suffix);
		k->want.inodes[i] = st.st_ino;
	}
	fd = sys_look_open(k->dir, k->names[RECORD], O_WRONLY | O_CREAT | O_EXCL, e);
	if (fd < 0)
		return -1;
	if (sys_write(fd, &k->want, sizeof(k->want)) != (ssize_t)sizeof(k->want))
		return err_sys(e, "cannot write %s", k->names[RECORD]);
	return 0;
}

int sys_kept_keep(struct sys_kept *k, int self_fd, int host_fd, struct err *e)
{
	for (size_t i = 0; i < SYS_KEPT_KINDS; i++) {
		k->fds[i] = sys_openat(self_fd, kinds[i].path, O_RDONLY | O_CLOEXEC, 0);
		if (k->fds[i] < 0)
			return err_sys(e, "cannot open namespace %s", kinds[i].suffix);
	}
	/* The kernel binds no mount namespace inside itself: mnt_ns_loop() in fs/namespace.c. */
	if (sys_setns(host_fd, CLONE_NEWNS))
		return err_sys(e, "cannot go back to the host's mount namespace");
	for (size_t i = 0; i < SYS_KEPT_KINDS; i++)
		if (bind_kind(k, i, e))
			return -1;
	return write_record(k, e);
}

int sys_kept_join(struct sys_kept *k, struct err *e)
{
	for (size_t i = 0; i < SYS_KEPT_KINDS; i++)
		if (sys_setns(k->fds[i], kinds[i].type))
			return err_sys(e, "cannot join %s", k->names[i]);
	return 0;
}
