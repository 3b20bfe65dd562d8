/* SPDX-License-Identifier: Apache-2.0 */
#include "apparmor.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "fd.h"
#include "str.h"
#include "sys.h"

#define VALUE_MAX 4096u

/* The content of a one-line kernel file without its newline, owned; NULL on failure. */
static char *read_line(int dirfd, const char *path, struct err *e)
{
	size_t len;
	char *text = fd_read_kernel(dirfd, path, VALUE_MAX, &len, e);

	if (text && len > 0 && text[len - 1] == '\n')
		text[len - 1] = '\0';
	return text;
}

static int check_parameters(int root_fd, struct err *e)
{
	CLEANUP_FREE char *enabled = read_line(root_fd, SYS_APPARMOR_PARAMS "/enabled", e);
	CLEANUP_FREE char *mode = NULL;

	if (!enabled)
		return err_env(e, "cannot start apps: AppArmor is not enabled in this kernel "
				  "(no /" SYS_APPARMOR_PARAMS "/enabled)");
	if (!str_eq(enabled, "Y"))
		return err_env(e,
			       "cannot start apps: AppArmor is not enabled in this kernel "
			       "(/" SYS_APPARMOR_PARAMS "/enabled is \"%.16s\")",
			       enabled);
	mode = read_line(root_fd, SYS_APPARMOR_PARAMS "/mode", e);
	if (!mode)
		return err_prefix(e, "cannot start apps");
	if (!str_eq(mode, "enforce"))
		return err_env(e,
			       "cannot start apps: AppArmor enforces nothing "
			       "(/" SYS_APPARMOR_PARAMS "/mode is \"%.16s\", not \"enforce\")",
			       mode);
	return 0;
}

int sys_apparmor_open(int root_fd, struct err *e)
{
	CLEANUP_FD int features = -1;
	CLEANUP_FD int dir = -1;
	struct statfs fs;

	if (check_parameters(root_fd, e))
		return -1;
	dir = sys_openat(root_fd, SYS_APPARMOR_DIR, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
			 0);
	if (dir < 0)
		return err_sys(e, "cannot start apps: AppArmor is not enabled in this kernel, or "
				  "securityfs is not mounted (/" SYS_APPARMOR_DIR ")");
	if (sys_fstatfs(dir, &fs))
		return err_sys(e, "cannot read /" SYS_APPARMOR_DIR);
	if ((uint32_t)fs.f_type != (uint32_t)SECURITYFS_MAGIC)
		return err_env(e, "cannot start apps: /" SYS_APPARMOR_DIR " is not in securityfs");
	features = sys_openat(dir, "features", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0);
	if (features < 0)
		return err_sys(e, "cannot start apps: /" SYS_APPARMOR_DIR "/features");
	return steal_fd(&dir);
}

int sys_apparmor_replace(int dir_fd, const void *policy, size_t size, struct err *e)
{
	CLEANUP_FD int fd = sys_openat(dir_fd, ".replace", O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0);

	if (fd < 0)
		return err_sys(e, "cannot load AppArmor policy: .replace");
	/* A second write would be taken for a new set: the kernel loads all of one write or none.
	 */
	if (fd_write_once(fd, policy, size, ".replace", e))
		return err_prefix(e, "cannot load AppArmor policy");
	return 0;
}

static int visit_one(int profiles_fd, const char *entry, sys_apparmor_visit *visit, void *ctx,
		     struct err *e)
{
	CLEANUP_FD int fd =
		sys_openat(profiles_fd, entry, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0);
	CLEANUP_FREE char *name = NULL;
	CLEANUP_FREE char *mode = NULL;
	CLEANUP_FREE char *sha1 = NULL;
	struct sys_apparmor_profile p;

	if (fd < 0)
		return err_sys(e, "cannot read AppArmor profile %s", entry);
	name = read_line(fd, "name", e);
	mode = name ? read_line(fd, "mode", e) : NULL;
	sha1 = mode ? read_line(fd, "sha1", e) : NULL;
	if (!sha1)
		return err_prefix(e, "cannot read AppArmor profile %s", entry);
	p = (struct sys_apparmor_profile){ name, mode, sha1 };
	return visit(ctx, &p, e);
}

int sys_apparmor_profiles(int dir_fd, sys_apparmor_visit *visit, void *ctx, struct err *e)
{
	CLEANUP_DIR DIR *dir = NULL;
	int fd = sys_openat(dir_fd, "policy/profiles",
			    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0);

	if (fd < 0)
		return err_sys(e, "cannot list AppArmor profiles");
	dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return err_sys(e, "cannot list AppArmor profiles");
	}
	for (;;) {
		const struct dirent *d;

		errno = 0;
		d = readdir(dir);
		if (!d)
			return errno ? err_sys(e, "cannot list AppArmor profiles") : 0;
		if (d->d_name[0] == '.')
			continue;
		if (visit_one(dirfd(dir), d->d_name, visit, ctx, e))
			return -1;
	}
}

int sys_apparmor_lock(int root_fd, struct err *e)
{
	static const char path[] = SYS_APPARMOR_PARAMS "/lock_policy";
	CLEANUP_FD int fd = sys_openat(root_fd, path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0);
	CLEANUP_FREE char *value = NULL;

	if (fd < 0)
		return err_sys(e, "cannot lock AppArmor policy: /%s", path);
	if (fd_write_once(fd, "1", 1, path, e))
		return err_prefix(e, "cannot lock AppArmor policy");
	value = read_line(root_fd, path, e);
	if (!value)
		return err_prefix(e, "cannot lock AppArmor policy");
	if (!str_eq(value, "Y"))
		return err_env(e, "cannot lock AppArmor policy: /%s reads \"%.16s\", not \"Y\"",
			       path, value);
	return 0;
}
