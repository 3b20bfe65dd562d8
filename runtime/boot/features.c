/* SPDX-License-Identifier: Apache-2.0 */
/* The running kernel's AppArmor feature tree against the MANIFEST's. */
#include "boot.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "fd.h"
#include "guard.h"
#include "mem.h"
#include "str.h"

#define DEPTH_MAX 8
/* How much of a value a message shows. */
#define SHOWN 240
#define START "cannot start apps: the policy was built for another kernel"

/* Where a walk is. */
struct place {
	const struct boot *b;
	bool *seen;	    /* parallel to the MANIFEST's features */
	const char *prefix; /* what stands before a name here */
	int depth;
};

static int check_file(const struct place *at, const char *path, const char *value, struct err *e)
{
	const struct manifest_feature *f =
		manifest_row(&at->b->manifest, MANIFEST_TABLE_FEATURES, path);
	const char *built = f ? boot_text(at->b, f->value) : NULL;

	if (f)
		at->seen[f - at->b->manifest.features] = true;
	if (f && !str_eq(built, value) && GUARD(boot_feature))
		return err_input(e,
				 START ": feature %s differs: built for \"%.*s\", this kernel has "
				       "\"%.*s\"",
				 path, SHOWN, built, SHOWN, value);
	return !f && GUARD(boot_feature_new)
		       ? err_input(e, START ": feature %s is new in this kernel", path)
		       : 0;
}

static int check_entry(void *ctx, int dir_fd, const char *name, struct err *e)
{
	struct place below = *(const struct place *)ctx;
	CLEANUP_STR struct str path = { 0 };
	CLEANUP_FREE char *value = NULL;
	struct stat st;

	str_printf(&path, "%s%s", below.prefix, name);
	if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW))
		return err_sys(e, "cannot read feature %s", path.text);
	if (S_ISREG(st.st_mode)) {
		value = fd_read_line(dir_fd, name, e);
		return value ? check_file(ctx, path.text, value, e)
			     : err_prefix(e, "cannot read feature %s", path.text);
	}
	if (below.depth++ == DEPTH_MAX)
		return err_env(e, "cannot read feature %s: too deep", path.text);
	str_add(&path, "/");
	below.prefix = path.text;
	return fd_each(dir_fd, name, check_entry, &below, e);
}

int boot_features_check(struct boot *b, struct err *e)
{
	uint32_t n = manifest_count(&b->manifest, MANIFEST_TABLE_FEATURES);
	CLEANUP_FREE bool *seen = mem_must(calloc(n + 1, sizeof(*seen)));

	if (b->apparmor_fd < 0)
		return 0;
	if (fd_each(b->apparmor_fd, "features", check_entry, &(struct place){ b, seen, "", 0 }, e))
		return -1;
	for (uint32_t i = 0; i < n; i++)
		if (!seen[i] && GUARD(boot_feature_missing))
			return err_input(e, START ": feature %s is missing in this kernel",
					 boot_text(b, b->manifest.features[i].path));
	return 0;
}
