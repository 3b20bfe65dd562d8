/* SPDX-License-Identifier: Apache-2.0 */
#include "apparmor.h"

#include <linux/magic.h>

#include "look.h"

/* Refuses, for that reason, unless the one-line kernel file holds that value. */
static int expect(int root_fd, const char *path, const char *want, const char *why, struct err *e)
{
	CLEANUP_FREE char *text = fd_read_line(root_fd, path, e);

	if (!text)
		return err_prefix(e, "%s", why);
	if (!str_eq(text, want))
		return err_env(e, "%s: /%s is \"%.16s\", not \"%s\"", why, path, text, want);
	return 0;
}

int sys_apparmor_open(int root_fd, struct err *e)
{
	static const char off[] = "cannot start apps: AppArmor is not enabled in this kernel";
	CLEANUP_FD int dir = -1;

	if (GUARD(apparmor_enabled) && expect(root_fd, SYS_APPARMOR_PARAMS "/enabled", "Y", off, e))
		return -1;
	if (GUARD(apparmor_mode) && expect(root_fd, SYS_APPARMOR_PARAMS "/mode", "enforce",
					   "cannot start apps: AppArmor enforces nothing", e))
		return -1;
	dir = sys_openat(root_fd, SYS_APPARMOR_DIR, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
			 0);
	if (dir < 0)
		return err_sys(e, "%s, or securityfs is not mounted (/" SYS_APPARMOR_DIR ")", off);
	if (sys_look_trust(dir, SYS_APPARMOR_DIR, SECURITYFS_MAGIC, e))
		return err_prefix(e, "cannot start apps");
	return steal_fd(&dir);
}

int sys_apparmor_replace(int dir_fd, const void *policy, size_t size, struct err *e)
{
	/* A second write would be taken for a new set: the kernel loads all of one write or none.
	 */
	if (fd_write_kernel(dir_fd, ".replace", policy, size, e))
		return err_prefix(e, "cannot load AppArmor policy");
	return 0;
}

struct visitor {
	sys_apparmor_visit *visit;
	void *ctx;
};

static int visit_one(void *ctx, int profiles_fd, const char *entry, struct err *e)
{
	const struct visitor *v = ctx;
	CLEANUP_FD int fd = fd_open_folder(profiles_fd, entry, e);
	CLEANUP_FREE char *name = fd < 0 ? NULL : fd_read_line(fd, "name", e);
	CLEANUP_FREE char *mode = name ? fd_read_line(fd, "mode", e) : NULL;
	CLEANUP_FREE char *sha1 = mode ? fd_read_line(fd, "sha1", e) : NULL;

	if (!sha1)
		return err_prefix(e, "cannot read AppArmor profile %s", entry);
	return v->visit(v->ctx, &(struct sys_apparmor_profile){ name, mode, sha1 }, e);
}

int sys_apparmor_profiles(int dir_fd, sys_apparmor_visit *visit, void *ctx, struct err *e)
{
	return fd_each(dir_fd, "policy/profiles", visit_one, &(struct visitor){ visit, ctx }, e);
}

int sys_apparmor_lock(int root_fd, struct err *e)
{
	static const char path[] = SYS_APPARMOR_PARAMS "/lock_policy";
	static const char what[] = "cannot lock AppArmor policy";

	if (fd_write_kernel(root_fd, path, "1", 1, e))
		return err_prefix(e, what);
	return GUARD(apparmor_lock) ? expect(root_fd, path, "Y", what, e) : 0;
}
