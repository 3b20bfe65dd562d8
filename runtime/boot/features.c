/* SPDX-License-Identifier: Apache-2.0 */
/* The running kernel's AppArmor feature tree against the MANIFEST's. */
#include "boot.h"

#include <fcntl.h>
#include <sys/stat.h>

#define DEPTH_MAX 8
/* How much of a value a message shows. */
#define SHOWN 240
#define START "cannot start apps: the policy was built for another kernel"

/* Where a walk is. */
struct place {
	const struct boot *b;
	const char *prefix; /* what stands before a name here */
	int depth;
};

/* Each file below is one that the policy was built for; what it holds is compared afterwards. */
static int check_entry(void *ctx, int dir_fd, const char *name, struct err *e)
{
	struct place below = *(const struct place *)ctx;
	CLEANUP_STR struct str path = { 0 };
	struct stat st;

	str_printf(&path, "%s%s", below.prefix, name);
	if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW))
		return err_sys(e, "cannot read feature %s", path.text);
	if (S_ISREG(st.st_mode))
		return manifest_row(&below.b->manifest, MANIFEST_TABLE_FEATURES, path.text) ||
				       !GUARD(boot_feature_new)
			       ? 0
			       : err_input(e, START ": feature %s is new in this kernel",
					   path.text);
	if (below.depth++ == DEPTH_MAX)
		return err_env(e, "cannot read feature %s: too deep", path.text);
	str_add(&path, "/");
	below.prefix = path.text;
	return fd_each(dir_fd, name, check_entry, &below, e);
}

static int check_feature(const struct boot *b, const struct manifest_feature *f, int dir_fd,
			 struct err *e)
{
	const char *path = boot_text(b, f->path), *built = boot_text(b, f->value);
	CLEANUP_FREE char *value = fd_read_line(dir_fd, path, e);

	if (!value && e->sys == ENOENT && GUARD(boot_feature_missing))
		return err_input(e, START ": feature %s is missing in this kernel", path);
	if (!value)
		return err_prefix(e, "cannot read feature %s", path);
	if (!str_eq(built, value) && GUARD(boot_feature))
		return err_input(e,
				 START ": feature %s differs: built for \"%.*s\", this kernel has "
				       "\"%.*s\"",
				 path, SHOWN, built, SHOWN, value);
	return 0;
}

int boot_features_check(struct boot *b, struct err *e)
{
	CLEANUP_FD int fd = b->apparmor_fd < 0 ? -1 : fd_open_folder(b->apparmor_fd, "features", e);

	if (fd < 0)
		return b->apparmor_fd < 0 ? 0 : -1;
	for (uint32_t i = 0; i < manifest_count(&b->manifest, MANIFEST_TABLE_FEATURES); i++)
		if (check_feature(b, &b->manifest.features[i], fd, e))
			return -1;
	return fd_each(fd, ".", check_entry, &(struct place){ b, "", 0 }, e);
}
