/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "fd.h"
#include "guard.h"
#include "pack.h"

#define FEATURE_SIZE_MAX  (64u * 1024u)
#define FEATURE_DEPTH_MAX 8

/*
 * A class that is missing from the features file is silently left unmediated by parser and kernel
 * (seen on 6.1: without network_v8 every socket, without signal every kill).
 */
static const struct required {
	const char *folder;
	const char *what;
} required[] = {
	{ "file/", "file access" },	  { "network_v8/", "sockets" },
	{ "signal/", "signals" },	  { "ptrace/", "ptrace" },
	{ "mount/", "mounts" },		  { "caps/", "capabilities" },
	{ "rlimit/", "resource limits" }, { "domain/", "profile transitions" },
};

struct walk {
	struct pack *k;
	const char *root;
	size_t room;
};

static struct meta_loc place(const struct walk *w, const char *path)
{
	return (struct meta_loc){ .file = mem_printf(w->k->a, "%s%s%s", w->root, path[0] ? "/" : "",
						     path) };
}

static int feature_error(const struct walk *w, const char *path, const char *text)
{
	struct meta_loc loc = place(w, path);

	return meta_error(w->k->d, &loc, "cannot use kernel features: %s", text);
}

static int feature_fail(const struct walk *w, const char *path, struct err *e)
{
	struct meta_loc loc = place(w, path);

	(void)err_prefix(e, "cannot use kernel features");
	return meta_fail_file(w->k->d, &loc, e);
}

static int add_feature(struct walk *w, const char *path)
{
	CLEANUP_FREE char *text = NULL;
	struct pack_features *f = &w->k->features;
	struct err e = { 0 };
	size_t len = 0;

	text = fd_read_file(mem_printf(w->k->a, "%s/%s", w->root, path), FEATURE_SIZE_MAX, &len,
			    &e);
	if (!text)
		return feature_fail(w, path, &e);
	if (strlen(text) != len)
		return feature_error(w, path, "a value holds a NUL byte");
	if (len && text[len - 1] == '\n')
		text[len - 1] = '\0';
	f->items = mem_grow(w->k->a, f->items, f->count, &w->room, sizeof(*f->items));
	f->items[f->count++] = (struct pack_feature){ path, mem_strdup(w->k->a, text) };
	return 0;
}

static int walk_dir(struct walk *w, const char *below, int depth);

static int walk_entry(struct walk *w, const char *path, int depth)
{
	struct err e = { 0 };
	struct stat st;

	if (lstat(mem_printf(w->k->a, "%s/%s", w->root, path), &st)) {
		(void)err_sys(&e, "cannot look at it");
		return feature_fail(w, path, &e);
	}
	if (S_ISDIR(st.st_mode))
		return walk_dir(w, path, depth + 1);
	if (S_ISREG(st.st_mode))
		return add_feature(w, path);
	return feature_error(w, path, "neither a file nor a folder");
}

static int walk_dir(struct walk *w, const char *below, int depth)
{
	CLEANUP_DIR DIR *dir = NULL;
	struct err failed = { 0 };
	struct dirent *e;

	if (depth > FEATURE_DEPTH_MAX)
		return feature_error(w, below, "folders are nested too deep");
	dir = opendir(mem_printf(w->k->a, "%s/%s", w->root, below));
	if (!dir) {
		(void)err_sys(&failed, "cannot open folder");
		return feature_fail(w, below, &failed);
	}
	while ((errno = 0, e = readdir(dir))) {
		const char *path =
			mem_printf(w->k->a, "%s%s%s", below, below[0] ? "/" : "", e->d_name);

		if (str_eq(e->d_name, ".") || str_eq(e->d_name, ".."))
			continue;
		if (walk_entry(w, path, depth))
			return -1;
	}
	if (!errno)
		return 0;
	(void)err_sys(&failed, "cannot read folder");
	return feature_fail(w, below, &failed);
}

static int by_path(const void *a, const void *b)
{
	const struct pack_feature *x = a, *y = b;

	return strcmp(x->path, y->path);
}

static bool has_folder(const struct pack_features *f, const char *folder)
{
	for (size_t i = 0; i < f->count; i++)
		if (str_starts(f->items[i].path, folder))
			return true;
	return false;
}

static int check_required(const struct walk *w)
{
	int rc = 0;

	for (size_t i = 0; i < ARRAY_SIZE(required); i++)
		if (GUARD(emit_features) && !has_folder(&w->k->features, required[i].folder))
			rc = feature_error(w, "",
					   mem_printf(w->k->a, "no %s: %s would not be mediated",
						      required[i].folder, required[i].what));
	return rc;
}

/* features/kernel: the image that the tree was captured from. */
static int read_kernel(struct walk *w, const char *dir)
{
	CLEANUP_FREE char *text = NULL;
	struct err e = { 0 };
	size_t len = 0;

	w->root = dir;
	text = fd_read_file(mem_printf(w->k->a, "%s/kernel", dir), FEATURE_SIZE_MAX, &len, &e);
	if (!text)
		return feature_fail(w, "kernel", &e);
	text[strcspn(text, "\n")] = '\0';
	if (strlen(text) != SHA256_HEX_SIZE - 1 ||
	    strspn(text, "0123456789abcdef") != SHA256_HEX_SIZE - 1)
		return feature_error(w, "kernel", "expected a SHA-256 in hexadecimal");
	w->k->features.kernel = mem_strdup(w->k->a, text);
	return 0;
}

int emit_pack_read_features(struct pack *k, const char *dir)
{
	struct walk w = { .k = k, .root = mem_printf(k->a, "%s/apparmor", dir) };
	struct pack_features *f = &k->features;

	f->dir = w.root;
	if (walk_dir(&w, "", 0))
		return -1;
	if (f->count)
		qsort(f->items, f->count, sizeof(*f->items), by_path);
	if (check_required(&w))
		return -1;
	return read_kernel(&w, dir);
}
