/* SPDX-License-Identifier: Apache-2.0 */
/* The running kernel's AppArmor feature tree against the KEY. */
#include "boot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "fd.h"
#include "key.h"
#include "mem.h"
#include "str.h"

#define VALUE_MAX 65536u
#define DEPTH_MAX 8
/* How much of a value a message shows. */
#define SHOWN 240

struct feature {
	char *path;
	char *value;
};

struct tree {
	struct mem_arena arena;
	struct feature *items;
	size_t count;
	size_t room;
};

static void cleanup_tree(struct tree *t)
{
	mem_free(&t->arena);
}

/* Takes dir_fd. */
/* Where a walk is: what stands before a name there, and how deep. */
struct place {
	const char *prefix;
	int depth;
};

static int walk(struct tree *t, int dir_fd, const struct place *at, struct err *e);

static int add_file(struct tree *t, int dir_fd, const char *name, char *path, struct err *e)
{
	size_t len;
	CLEANUP_FREE char *text = fd_read_kernel(dir_fd, name, VALUE_MAX, &len, e);

	if (!text)
		return err_prefix(e, "cannot read feature %s", path);
	if (len > 0 && text[len - 1] == '\n')
		len--;
	t->items = mem_grow(&t->arena, t->items, t->count, &t->room, sizeof(*t->items));
	t->items[t->count++] = (struct feature){ path, mem_strndup(&t->arena, text, len) };
	return 0;
}

static int add_entry(struct tree *t, int dir_fd, const char *name, const struct place *at,
		     struct err *e)
{
	char *path = mem_printf(&t->arena, "%s%s", at->prefix, name);
	struct place below = { mem_printf(&t->arena, "%s/", path), at->depth + 1 };
	struct stat st;
	int fd;

	if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW))
		return err_sys(e, "cannot read feature %s", path);
	if (S_ISREG(st.st_mode))
		return add_file(t, dir_fd, name, path, e);
	if (!S_ISDIR(st.st_mode) || at->depth == DEPTH_MAX)
		return err_env(e, "cannot read feature %s: not a file or directory", path);
	fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, "cannot read feature %s", path);
	return walk(t, fd, &below, e);
}

static int walk(struct tree *t, int dir_fd, const struct place *at, struct err *e)
{
	CLEANUP_DIR DIR *dir = fdopendir(dir_fd);

	if (!dir) {
		close(dir_fd);
		return err_sys(e, "cannot list features");
	}
	for (;;) {
		const struct dirent *d;

		errno = 0;
		d = readdir(dir);
		if (!d)
			return errno ? err_sys(e, "cannot list features") : 0;
		if (str_eq(d->d_name, ".") || str_eq(d->d_name, ".."))
			continue;
		if (add_entry(t, dirfd(dir), d->d_name, at, e))
			return -1;
	}
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct feature *)a)->path, ((const struct feature *)b)->path);
}

/* Both sorted by path: the first place where they part is the message. */
static int compare(const struct key *k, const struct tree *t, struct err *e)
{
	static const char start[] = "cannot start apps: the policy was built for another kernel";
	uint32_t n = k->header->features_count;
	size_t i = 0;

	for (uint32_t j = 0; j < n; j++, i++) {
		const char *path = key_text(k, k->features[j].path);
		const char *value = key_text(k, k->features[j].value);
		int order = i < t->count ? strcmp(path, t->items[i].path) : -1;

		if (order < 0)
			return err_input(e, "%s: feature %s is missing in this kernel", start,
					 path);
		if (order > 0)
			return err_input(e, "%s: feature %s is new in this kernel", start,
					 t->items[i].path);
		if (!str_eq(value, t->items[i].value))
			return err_input(e,
					 "%s: feature %s differs: built for \"%.*s\", this kernel "
					 "has \"%.*s\"",
					 start, path, SHOWN, value, SHOWN, t->items[i].value);
	}
	if (i < t->count)
		return err_input(e, "%s: feature %s is new in this kernel", start,
				 t->items[i].path);
	return 0;
}

int boot_key_check(struct boot *b, struct err *e)
{
	const struct manifest_file *m = manifest_find(&b->manifest, "KEY");
	CLEANUP(cleanup_tree) struct tree t = { 0 };
	const struct place top = { "", 0 };
	const struct boot_file *f;
	struct key k;
	int fd;

	if (b->apparmor_fd < 0)
		return 0;
	if (!m)
		return err_input(e, "cannot use MANIFEST: it lists no KEY");
	f = &b->files[m - b->manifest.files];
	if (key_read(f->data, f->size, &k, e))
		return -1;
	fd = openat(b->apparmor_fd, "features", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, "cannot open AppArmor's features");
	if (walk(&t, fd, &top, e))
		return -1;
	if (t.count > 1)
		qsort(t.items, t.count, sizeof(*t.items), by_path);
	return compare(&k, &t, e);
}
