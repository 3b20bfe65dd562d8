/* SPDX-License-Identifier: Apache-2.0 */
/* The running kernel's AppArmor feature tree against the KEY. */
#include "boot.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "fd.h"
#include "guard.h"
#include "key.h"
#include "mem.h"
#include "str.h"

#define DEPTH_MAX 8
/* How much of a value a message shows. */
#define SHOWN 240
#define START "cannot start apps: the policy was built for another kernel"

/* Where a walk is. */
struct place {
	const struct key *key;
	bool *seen;	    /* parallel to the key's features */
	const char *prefix; /* what stands before a name here */
	int depth;
};

static int check_file(const struct place *at, const char *path, const char *value, struct err *e)
{
	const struct key *k = at->key;

	for (uint32_t i = 0; i < k->header->features_count; i++) {
		const char *built = key_text(k, k->features[i].value);

		if (!str_eq(key_text(k, k->features[i].path), path))
			continue;
		at->seen[i] = true;
		if (str_eq(built, value) || !GUARD(boot_feature))
			return 0;
		return err_input(e,
				 START ": feature %s differs: built for \"%.*s\", this kernel has "
				       "\"%.*s\"",
				 path, SHOWN, built, SHOWN, value);
	}
	return GUARD(boot_feature_new)
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

int boot_key_check(struct boot *b, struct err *e)
{
	const struct boot_file *f = boot_find(b, "KEY");
	CLEANUP_FREE bool *seen = NULL;
	struct key k;

	if (b->apparmor_fd < 0)
		return 0;
	if (!f)
		return err_input(e, "cannot use MANIFEST: it lists no KEY");
	if (key_read(f->data, f->size, &k, e))
		return -1;
	seen = mem_must(calloc(k.header->features_count, sizeof(*seen)));
	if (fd_each(b->apparmor_fd, "features", check_entry, &(struct place){ &k, seen, "", 0 }, e))
		return -1;
	for (uint32_t i = 0; i < k.header->features_count; i++)
		if (!seen[i] && GUARD(boot_feature_missing))
			return err_input(e, START ": feature %s is missing in this kernel",
					 key_text(&k, k.features[i].path));
	return 0;
}
