/* SPDX-License-Identifier: Apache-2.0 */
#include "tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "guard.h"
#include "path.h"
#include "str.h"
#include "tool.h"

#define DEPTH_MAX   64u
#define ENTRIES_MAX 1000000u

void image_tree_add(struct mem_arena *a, struct image_tree *t, const struct image_entry *e)
{
	t->items = mem_grow(a, t->items, t->count, &t->room, sizeof(*t->items));
	t->items[t->count++] = *e;
}

void image_tree_dir(struct mem_arena *a, struct image_tree *t, const char *path)
{
	struct image_entry e = { .path = path, .type = '5', .mode = 0755 };

	image_tree_add(a, t, &e);
}

void image_tree_link(struct mem_arena *a, struct image_tree *t, const char *path,
		     const char *target)
{
	struct image_entry e = { .path = path, .type = '2', .mode = 0777, .link = target };

	image_tree_add(a, t, &e);
}

int image_tree_file(struct mem_arena *a, struct image_tree *t, const struct image_entry *e,
		    struct err *err)
{
	struct image_entry copy = *e;
	int fd = image_open(e->source, &copy.size, err);

	if (fd < 0)
		return -1;
	close(fd);
	copy.type = '0';
	image_tree_add(a, t, &copy);
	return 0;
}

void image_tree_text(struct mem_arena *a, struct image_tree *t, const char *path, const char *text)
{
	struct image_entry e = {
		.path = path, .type = '0', .mode = 0644, .bytes = text, .size = strlen(text)
	};

	image_tree_add(a, t, &e);
}

struct walk {
	struct mem_arena *a;
	struct image_tree *t;
	struct err *err;
};

static int walk_dir(struct walk *w, const char *dir, const char *prefix, unsigned depth);

static int walk_one(struct walk *w, const char *from, const char *to, unsigned depth)
{
	struct image_entry e = { .path = to, .type = '0', .source = from };
	char target[PATH_TEXT_MAX + 2];
	struct stat st;
	ssize_t n;

	if (!path_is_clean(to))
		return err_input(w->err, "cannot use %s: the name has control bytes or is too long",
				 from);
	if (lstat(from, &st) < 0)
		return err_sys(w->err, "cannot look at %s", from);
	/* Write permission for others is the umask of a checkout, not a wish. */
	e.mode = st.st_mode & 0755;
	if (S_ISREG(st.st_mode))
		return image_tree_file(w->a, w->t, &e, w->err);
	if (S_ISDIR(st.st_mode)) {
		e.type = '5';
		e.source = NULL;
		image_tree_add(w->a, w->t, &e);
		return walk_dir(w, from, to, depth + 1);
	}
	if (!S_ISLNK(st.st_mode))
		return err_input(w->err, "cannot use %s: expected a file, a link or a directory",
				 from);
	n = readlink(from, target, sizeof(target));
	if (n <= 0 || n > PATH_TEXT_MAX)
		return err_input(w->err, "cannot use link %s: its target is too long", from);
	image_tree_link(w->a, w->t, to, mem_strndup(w->a, target, (size_t)n));
	return 0;
}

static int walk_dir(struct walk *w, const char *dir, const char *prefix, unsigned depth)
{
	CLEANUP_DIR DIR *d = opendir(dir);
	struct dirent *ent;

	if (!d)
		return err_sys(w->err, "cannot open folder %s", dir);
	if (depth > DEPTH_MAX)
		return err_input(w->err, "cannot use %s: more than %u folders deep", dir,
				 DEPTH_MAX);
	while ((errno = 0, ent = readdir(d))) {
		const char *slash = str_eq(prefix, "/") ? "" : "/";

		if (str_eq(ent->d_name, ".") || str_eq(ent->d_name, ".."))
			continue;
		if (w->t->count >= ENTRIES_MAX)
			return err_input(w->err, "cannot use %s: more than %u files", dir,
					 ENTRIES_MAX);
		if (walk_one(w, mem_printf(w->a, "%s/%s", dir, ent->d_name),
			     mem_printf(w->a, "%s%s%s", prefix, slash, ent->d_name), depth) < 0)
			return -1;
	}
	return errno ? err_sys(w->err, "cannot read folder %s", dir) : 0;
}

int image_tree_walk(struct mem_arena *a, struct image_tree *t, const char *dir, const char *prefix,
		    struct err *err)
{
	struct walk w = { a, t, err };

	return walk_dir(&w, dir, prefix, 0);
}

/* A total order, so that the sort needs no stability: among equal paths the earlier one wins. */
struct order {
	struct image_entry e;
	size_t at;
};

static int compare(const void *x, const void *y)
{
	const struct order *a = x, *b = y;
	int c = strcmp(a->e.path, b->e.path);

	return c ? c : (a->at > b->at) - (a->at < b->at);
}

/* Where the last component starts; the slash before it is part of the rest. */
static const char *parent_of(struct mem_arena *a, const char *path)
{
	size_t len = (size_t)(strrchr(path, '/') - path);

	return mem_strndup(a, path, len ? len : 1);
}

static int compare_path(const void *key, const void *item)
{
	return strcmp(key, ((const struct image_entry *)item)->path);
}

const struct image_entry *image_tree_find(const struct image_tree *t, const char *path)
{
	if (!t->count)
		return NULL;
	return bsearch(path, t->items, t->count, sizeof(*t->items), compare_path);
}

static int sort_tree(struct mem_arena *a, struct image_tree *t, struct err *err)
{
	struct order *o = mem_array(a, t->count, sizeof(*o));
	size_t n = 0;

	for (size_t i = 0; i < t->count; i++)
		o[i] = (struct order){ t->items[i], i };
	qsort(o, t->count, sizeof(*o), compare);
	for (size_t i = 0; i < t->count; i++) {
		const struct image_entry *last = n ? &t->items[n - 1] : NULL;

		if (!last || !str_eq(last->path, o[i].e.path))
			t->items[n++] = o[i].e;
		else if (last->type != '5' || o[i].e.type != '5')
			return err_input(err,
					 "cannot put %s into the file system: it is there already",
					 o[i].e.path);
	}
	t->count = n;
	return 0;
}

/* Each entry's parent is a directory; missing ones are added. Returns how many were, or -1. */
static int add_parents(struct mem_arena *a, struct image_tree *t, struct err *err)
{
	size_t count = t->count;
	struct image_tree missing = { 0 };

	for (size_t i = 0; i < count; i++) {
		const char *parent = parent_of(a, t->items[i].path);
		const struct image_entry *up;

		if (str_eq(t->items[i].path, "/"))
			continue;
		up = image_tree_find(t, parent);
		if (up && up->type != '5' && GUARD(image_parent))
			return err_input(err, "cannot put %s into the file system: %s is a %s",
					 t->items[i].path, parent,
					 up->type == '2' ? "link" : "file");
		if (!up)
			image_tree_dir(a, &missing, parent);
	}
	for (size_t i = 0; i < missing.count; i++)
		image_tree_add(a, t, &missing.items[i]);
	return (int)missing.count;
}

int image_tree_finish(struct mem_arena *a, struct image_tree *t, struct err *err)
{
	int added;

	image_tree_dir(a, t, "/");
	do {
		for (size_t i = 0; i < t->count; i++) {
			if (!path_is_clean(t->items[i].path))
				return err_input(err, "cannot use path \"%s\": it is not clean",
						 t->items[i].path);
		}
		if (sort_tree(a, t, err) < 0)
			return -1;
		added = add_parents(a, t, err);
	} while (added > 0);
	return added;
}
