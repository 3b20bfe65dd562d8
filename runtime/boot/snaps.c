/* SPDX-License-Identifier: Apache-2.0 */
/* Each snap's squashfs at /snap/NAME/REV, and its data directories below /var/snap. */
#include "boot.h"

#include <limits.h>
#include <sys/mount.h>

#include "loop.h"
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

/*
 * The folder, or file, NAME below parent_fd with exactly that owner, and mode (of what is shared
 * its owner may have widened it), made where it is missing. A planted link and what is somebody
 * else's are refused, and a file in a folder's place.
 */
static int make_folder(int parent_fd, const char *name, const struct manifest_folder *f,
		       struct err *e)
{
	bool file = f->shared == MANIFEST_SHARED_FILE;
	CLEANUP_FD int fd = -1;
	struct stat st;
	mode_t mode;

	if (!file && mkdirat(parent_fd, name, 0700) && errno != EEXIST)
		return err_sys(e, "cannot make it");
	fd = file ? fd_open_beneath(parent_fd, name, O_RDONLY | O_CREAT | O_NONBLOCK, 0600, e)
		  : fd_open_beneath(parent_fd, name, O_RDONLY | O_DIRECTORY, 0, e);
	if (fd < 0)
		return -1;
	if (fstat(fd, &st))
		return err_sys(e, "cannot read its owner");
	if (st.st_uid != f->uid || st.st_gid != f->gid) {
		/* Ours, made just now or before a power cut: still with the uid boot runs as. Or
		 * its owner has given it to a group of slots (chgrp): that ends nobody's boot. */
		if ((st.st_uid != geteuid() && (st.st_uid != f->uid || !GUARD(boot_group))) ||
		    (file && st.st_nlink > 1 && GUARD(boot_file)))
			return err_env(e, "it belongs to uid %u gid %u, not %u and %u", st.st_uid,
				       st.st_gid, f->uid, f->gid);
		if (sys_fchown(fd, f->uid, f->gid))
			return err_sys(e, "cannot give it to uid %u", f->uid);
	}
	mode = f->mode | (f->shared ? st.st_mode & 0777 : 0);
	if ((st.st_mode & 07777) != mode && fchmod(fd, mode))
		return err_sys(e, "cannot set its mode");
	return 0;
}

static int make_below(int var_fd, const char *path, const struct manifest_folder *f, struct err *e)
{
	const char *slash = strrchr(path, '/');
	CLEANUP_STR struct str parent = { 0 };
	CLEANUP_FD int parent_fd = -1;

	str_add_bytes(&parent, slash ? path : ".", slash ? (size_t)(slash - path) : 1);
	parent_fd = fd_open_beneath(var_fd, parent.text, O_RDONLY | O_DIRECTORY, 0, e);
	return parent_fd < 0 ? -1 : make_folder(parent_fd, slash ? slash + 1 : path, f, e);
}

int boot_data_make(struct boot *b, struct err *e)
{
	/* /var is a mount of its own: entered by name once, then never left. */
	CLEANUP_FD int var_fd = fd_open_folder(b->root_fd, "var", e);

	if (var_fd < 0)
		return err_prefix(e, "cannot prepare /var");
	for (uint32_t i = 0; i < manifest_count(&b->manifest, MANIFEST_TABLE_FOLDERS); i++) {
		const struct manifest_folder *f = &b->manifest.folders[i];
		const char *path = boot_text(b, f->path);

		if (f->size_kib)
			continue;
		/*
		 * An app that planted something in the place of what it lends is the only one that
		 * fails: its own launcher says so, or the one of a snap that asked for its data.
		 */
		if (make_below(var_fd, path, f, e) && !f->shared)
			return err_prefix(e, "cannot prepare /var/%s", path);
	}
	return 0;
}

static int make_slot(const struct boot *b, const struct manifest_folder *f, struct err *e)
{
	char options[96];

	snprintf(options, sizeof(options), "mode=%o,uid=%u,gid=%u,size=%uk,nr_inodes=1024", f->mode,
		 f->uid, f->gid, f->size_kib);
	return boot_tmpfs(b, boot_text(b, f->path), options, e);
}

int boot_slots_make(struct boot *b, struct err *e)
{
	if (mkdirat(b->root_fd, MANIFEST_SLOTS, 0700))
		return err_sys(e, "cannot make /" MANIFEST_SLOTS);
	for (uint32_t i = 0; i < manifest_count(&b->manifest, MANIFEST_TABLE_FOLDERS); i++)
		if (b->manifest.folders[i].size_kib && make_slot(b, &b->manifest.folders[i], e))
			return -1;
	return 0;
}
