/* SPDX-License-Identifier: Apache-2.0 */
/* Each snap's squashfs at /snap/NAME/REV, and its data directories below /var/snap. */
#include "boot.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "fd.h"
#include "loop.h"
#include "mem.h"
#include "str.h"
#include "sys.h"

static int mount_snap(const struct boot *b, const struct manifest_snap *s, struct err *e)
{
	const char *file = boot_text(b, s->file);
	char dev[SYS_LOOP_NAME_MAX], target[PATH_MAX];
	/* MANIFEST paths are absolute and clean; the root is the read-only image. */
	CLEANUP_FD int file_fd = fd_open_beneath(b->root_fd, file + 1, O_RDONLY | O_NONBLOCK, 0, e);
	CLEANUP_FD int loop_fd = file_fd < 0 ? -1 : sys_loop_attach(file_fd, file, dev, e);

	if (loop_fd < 0)
		return err_prefix(e, "cannot mount snap %s", boot_text(b, s->name));
	snprintf(target, sizeof(target), "/snap/%s/%s", boot_text(b, s->name),
		 boot_text(b, s->revision));
	if (sys_mount(dev, target, "squashfs", MS_RDONLY | MS_NOSUID | MS_NODEV, NULL))
		return err_sys(e, "cannot mount %s at %s", file, target);
	return 0;
}

int boot_snaps_mount(struct boot *b, struct err *e)
{
	for (uint32_t i = 0; i < manifest_count(&b->manifest, MANIFEST_TABLE_SNAPS); i++)
		if (mount_snap(b, &b->manifest.snaps[i], e))
			return -1;
	return 0;
}

struct owner {
	uint32_t uid, gid;
	mode_t mode;
	bool more; /* further bits of an old mode may stay */
};

/*
 * A directory below parent_fd with exactly that owner and mode, made where it is missing. Anything
 * else of that name (a planted link, a file, somebody else's directory) is refused. Returns an
 * owned descriptor.
 */
static int data_dir(int parent_fd, const char *name, const struct owner *o, struct err *e)
{
	CLEANUP_FD int fd = -1;
	struct stat st;
	mode_t mode;

	if (mkdirat(parent_fd, name, 0700) && errno != EEXIST)
		return err_sys(e, "cannot make data directory %s", name);
	fd = fd_open_beneath(parent_fd, name, O_RDONLY | O_DIRECTORY, 0, e);
	if (fd < 0)
		return err_prefix(e, "cannot use data directory %s", name);
	if (fstat(fd, &st))
		return err_sys(e, "cannot use data directory %s", name);
	if (st.st_uid != o->uid || st.st_gid != o->gid) {
		/* Ours, made just now or before a power cut: still with the uid boot runs as. */
		if (st.st_uid != geteuid())
			return err_env(e,
				       "cannot use data directory %s: it belongs to uid %u gid %u, "
				       "not %u and %u",
				       name, st.st_uid, st.st_gid, o->uid, o->gid);
		if (sys_fchown(fd, o->uid, o->gid))
			return err_sys(e, "cannot give data directory %s to uid %u", name, o->uid);
	}
	mode = o->mode | (o->more ? st.st_mode & 0777 : 0);
	if ((st.st_mode & 07777) != mode && fchmod(fd, mode))
		return err_sys(e, "cannot set the mode of data directory %s", name);
	return steal_fd(&fd);
}

static int make_data(const struct boot *b, int base_fd, const struct manifest_snap *s,
		     struct err *e)
{
	const struct owner top = { 0, 0, 0711, false };
	const struct owner app = { s->uid, s->gid, 0700, false };
	const char *name = boot_text(b, s->name);
	CLEANUP_FD int snap_fd = data_dir(base_fd, name, &top, e);
	CLEANUP_FD int rev_fd =
		snap_fd < 0 ? -1 : data_dir(snap_fd, boot_text(b, s->revision), &app, e);
	CLEANUP_FD int common_fd = rev_fd < 0 ? -1 : data_dir(snap_fd, "common", &app, e);

	return common_fd < 0 ? err_prefix(e, "cannot prepare /var/snap/%s", name) : 0;
}

/* --- folders that one snap's data lend to another's tree -------------------------------------- */

/* path is NAME/REV/... or NAME/common/...: what lies behind the first two is made, as NAME's own.
 */
static void make_share(const struct boot *b, int base_fd, const char *path, mode_t mode)
{
	CLEANUP_FREE char *copy = mem_must(strdup(path));
	char *rest = copy;
	const struct manifest_snap *s =
		manifest_row(&b->manifest, MANIFEST_TABLE_SNAPS, strsep(&rest, "/"));
	CLEANUP_FD int fd = -1;

	if (!s || !rest || !strchr(rest, '/'))
		return;
	fd = fd_open_beneath(base_fd, boot_text(b, s->name), O_RDONLY | O_DIRECTORY, 0, NULL);
	for (const char *name = strsep(&rest, "/"); name && fd >= 0; name = strsep(&rest, "/")) {
		const struct owner o = { s->uid, s->gid, rest ? 0700 : mode, true };
		int next = data_dir(fd, name, &o, NULL);

		close(fd);
		fd = next;
	}
}

/* Both ends of a bind, where they lie below /var/snap. Its own snap has written rights anyhow. */
static void make_ends(const struct boot *b, int base_fd, const struct plan *p,
		      const struct plan_mount *m)
{
	static const char var[] = "/var/snap/";
	const char *source = plan_text(p, m->source);
	const char *target = plan_text(p, m->target);
	mode_t mode = m->flags & PLAN_MOUNT_READONLY ? 0755 : 0777;

	/*
	 * An app that planted something there is the only one that fails: its own launcher says so,
	 * or the one of a snap that asked for its data.
	 */
	if (str_starts(source, var))
		make_share(b, base_fd, source + strlen(var), mode);
	if (str_starts(target, var + 1))
		make_share(b, base_fd, target + strlen(var) - 1, 0755);
}

static void make_shares(const struct boot *b, int base_fd)
{
	for (uint32_t i = 0; i < manifest_count(&b->manifest, MANIFEST_TABLE_FILES); i++) {
		const struct plan *p = &b->plans[i];

		if (b->manifest.files[i].kind != MANIFEST_KIND_PLAN)
			continue;
		for (uint32_t k = 0; k < plan_count(p, PLAN_TABLE_MOUNTS); k++)
			if (p->mounts[k].op == PLAN_MOUNT_BIND)
				make_ends(b, base_fd, p, &p->mounts[k]);
	}
}

/* --- all ------------------------------------------------------------------------------------- */

int boot_data_make(struct boot *b, struct err *e)
{
	const struct owner all = { 0, 0, 0755, false };
	/* /var is a mount of its own: entered by name once, then never left. */
	CLEANUP_FD int var_fd = fd_open_folder(b->root_fd, "var", e);
	CLEANUP_FD int base_fd = var_fd < 0 ? -1 : data_dir(var_fd, "snap", &all, e);

	if (base_fd < 0)
		return err_prefix(e, "cannot prepare /var");
	for (uint32_t i = 0; i < manifest_count(&b->manifest, MANIFEST_TABLE_SNAPS); i++)
		if (make_data(b, base_fd, &b->manifest.snaps[i], e))
			return -1;
	make_shares(b, base_fd);
	return 0;
}
