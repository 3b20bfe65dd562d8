/* SPDX-License-Identifier: Apache-2.0 */
/* The board's kernel, its modules, and the initramfs made of them. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fd.h"
#include "files.h"
#include "stage.h"
#include "cleanup.h"
#include "guard.h"
#include "sha256.h"

#define LIST_MAX  (4u * 1024u * 1024u)
#define DEPTH_MAX 16u

int image_refuse(const struct image_build *b, const struct meta_loc *loc, const struct err *e)
{
	return meta_fail(b->d, loc ? loc : &b->m->image.loc, e);
}

static bool matches(const char *name, const char *pattern)
{
	const char *star = strchr(pattern, '*');
	size_t before;

	if (!star)
		return str_eq(name, pattern);
	before = (size_t)(star - pattern);
	return strlen(name) >= strlen(pattern) - 1 && strncmp(name, pattern, before) == 0 &&
	       str_ends(name, star + 1);
}

/* The first two of some names, in no order of a folder's. */
struct first_two {
	const char *first, *second;
};

static void keep(struct first_two *two, const char *name)
{
	if (!two->first || strcmp(name, two->first) < 0)
		*two = (struct first_two){ name, two->first };
	else if (!two->second || strcmp(name, two->second) < 0)
		two->second = name;
}

int image_find_kernel(struct image_build *b)
{
	const struct model_board *board = &b->m->board;
	const char *base = path_base(board->kernel);
	const char *dir = mem_printf(b->a, "%s/%.*s", b->o->files, (int)(base - board->kernel),
				     board->kernel);
	CLEANUP_DIR DIR *d = opendir(dir);
	struct first_two found = { 0 };
	struct dirent *ent;
	const char *dash;
	struct err e = { 0 };

	if (!d) {
		(void)err_sys(&e, "cannot find the kernel: cannot open folder %s", dir);
		return meta_fail_file(b->d, &board->loc, &e);
	}
	while ((errno = 0, ent = readdir(d)))
		if (matches(ent->d_name, base))
			keep(&found, mem_strdup(b->a, ent->d_name));
	if (errno) {
		(void)err_sys(&e, "cannot find the kernel: cannot read folder %s", dir);
		return meta_fail(b->d, &board->loc, &e);
	}
	if (found.second)
		return meta_error(b->d, &board->loc,
				  "cannot choose a kernel: %s and %s both match %s", found.first,
				  found.second, board->kernel);
	if (!found.first)
		return meta_error(b->d, &board->loc,
				  "cannot find the kernel: nothing in %s matches %s", dir, base);
	b->kernel = mem_printf(b->a, "%s%s", dir, found.first);
	dash = strchr(found.first, '-');
	b->kernel_version = dash ? dash + 1 : "";
	return 0;
}

int image_check_features(const struct image_build *b)
{
	const struct model_board *board = &b->m->board;
	const char *path = mem_printf(b->a, "%s/kernel", board->features);
	CLEANUP_FREE char *text = NULL;
	uint8_t digest[SHA256_SIZE];
	char hex[SHA256_HEX_SIZE];
	struct err e = { 0 };
	uint64_t size;
	size_t len;

	text = fd_read_file(path, 4096, &len, &e);
	if (!text || image_digest(b->kernel, &size, digest, &e) < 0)
		return image_refuse(b, &board->loc, &e);
	sha256_hex(digest, hex);
	if (!GUARD(image_kernel) ||
	    (len >= SHA256_HEX_SIZE - 1 && strncmp(text, hex, SHA256_HEX_SIZE - 1) == 0))
		return 0;
	meta_error(b->d, &board->loc,
		   "cannot use kernel %s: features were captured from another one (%.64s)",
		   path_base(b->kernel), text);
	meta_hint(b->d, "capture its features: boards/capture-features %s %s %s", board->name,
		  b->o->files, board->features);
	return -1;
}

/* Module names are the same with '-' and '_'. */
static bool same_module(const char *file, const char *name)
{
	size_t n = strlen(name);

	for (size_t i = 0; i < n; i++) {
		char x = file[i] == '-' ? '_' : file[i];
		char y = name[i] == '-' ? '_' : name[i];

		if (x != y)
			return false;
	}
	return str_eq(file + n, ".ko");
}

struct search {
	struct mem_arena *a;
	const char *const *names;
	struct first_two *found;
	size_t count;
	struct err *e;
};

static int search_modules(struct search *s, const char *dir, unsigned depth)
{
	CLEANUP_DIR DIR *d = opendir(dir);
	struct dirent *ent;

	if (!d)
		return err_sys(s->e, "cannot open folder %s", dir);
	if (depth >= DEPTH_MAX)
		return err_input(s->e, "cannot use %s: more than %u folders deep", dir, DEPTH_MAX);
	while ((errno = 0, ent = readdir(d))) {
		const char *path = mem_printf(s->a, "%s/%s", dir, ent->d_name);

		if (ent->d_name[0] == '.')
			continue;
		if (ent->d_type == DT_DIR && search_modules(s, path, depth + 1))
			return -1;
		for (size_t i = 0; ent->d_type == DT_REG && i < s->count; i++)
			if (same_module(ent->d_name, s->names[i]))
				keep(&s->found[i], path);
	}
	return errno ? err_sys(s->e, "cannot read folder %s", dir) : 0;
}

/* True when the kernel holds the module itself: modules.builtin has a line for it. */
static bool is_builtin(const char *list, const char *name)
{
	char line[512];

	for (const char *p = list; *p;) {
		size_t n = strcspn(p, "\n");

		if (n < sizeof(line)) {
			memcpy(line, p, n);
			line[n] = 0;
			if (same_module(path_base(line), name))
				return true;
		}
		p += n + (p[n] == '\n');
	}
	return false;
}

/* A module's file of that kernel, compressed or not. */
static bool is_file_of(const struct model_base_entry *e, const char *version, const char *name)
{
	static const char *const ends[] = { ".xz", ".gz", ".zst" };
	const char *dir = strstr(e->path, "/lib/modules/"), *base = path_base(e->path);
	char file[256];
	size_t n = strlen(base);

	if (e->type == '5' || !dir || (dir != e->path && !str_starts(e->path, "/usr/lib/modules/")))
		return false;
	dir += strlen("/lib/modules/");
	if (!str_starts(dir, version) || dir[strlen(version)] != '/' || n >= sizeof(file))
		return false;
	memcpy(file, base, n + 1);
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
		if (str_ends(file, ends[i]))
			file[n - strlen(ends[i])] = '\0';
	return same_module(file, name);
}

int image_check_module(struct mem_arena *a, const struct model *m, const char *files,
		       const struct image_module *x, struct meta_diag *d)
{
	struct image_options o = { .files = files };
	struct image_build b = { .a = a, .m = m, .o = &o, .d = d };
	CLEANUP_FREE char *builtin = NULL;
	struct err e = { 0 };
	size_t len;

	if (image_find_kernel(&b) < 0)
		return -1;
	builtin = fd_read_file(
		mem_printf(a, "%s/kernel/lib/modules/%s/modules.builtin", files, b.kernel_version),
		LIST_MAX, &len, &e);
	if (!builtin)
		return image_refuse(&b, &x->loc, &e);
	if (is_builtin(builtin, x->name))
		return 0;
	for (size_t i = 0; i < m->image.base.count; i++)
		if (is_file_of(&m->image.base.entries[i], b.kernel_version, x->name))
			return 0;
	meta_error(d, &x->loc, "cannot use %s: kernel %s has no module %s, nor has the base",
		   x->reason, b.kernel_version, x->name);
	meta_hint(d,
		  "a kernel with %s has it; as a module it belongs into /usr/lib/modules/%s of the "
		  "base, with lists that depmod made",
		  x->config, b.kernel_version);
	return -1;
}

static int add_modules(const struct image_build *b, struct image_tree *t, struct err *e)
{
	const struct model_board *board = &b->m->board;
	const char *dir =
		mem_printf(b->a, "%s/kernel/lib/modules/%s", b->o->files, b->kernel_version);
	struct search s = { b->a, board->modules, NULL, board->module_count, e };
	CLEANUP_FREE char *builtin = NULL;
	CLEANUP_STR struct str order = { 0 };
	size_t len;

	builtin = fd_read_file(mem_printf(b->a, "%s/modules.builtin", dir), LIST_MAX, &len, e);
	if (!builtin)
		return -1;
	s.found = mem_array(b->a, s.count, sizeof(*s.found));
	if (search_modules(&s, dir, 0))
		return -1;
	for (size_t i = 0; i < s.count; i++) {
		struct image_entry x = { .mode = 0644, .source = s.found[i].first };

		if (s.found[i].second)
			return err_input(e, "cannot choose module %s: there are %s and %s",
					 s.names[i], s.found[i].first, s.found[i].second);
		if (!x.source && is_builtin(builtin, s.names[i]))
			continue;
		if (!x.source)
			return err_input(e, "cannot find module %s: it is not below %s", s.names[i],
					 dir);
		x.path = mem_printf(b->a, "/modules/%s.ko", s.names[i]);
		if (image_tree_file(b->a, t, &x, e) < 0)
			return -1;
		str_printf(&order, "%s\n", s.names[i]);
	}
	image_tree_text(b->a, t, "/modules/order", mem_strdup(b->a, str_text(&order)));
	return 0;
}

int image_initramfs(const struct image_build *b, struct image_tree *t)
{
	static const struct {
		const char *path, *source;
	} files[] = {
		{ "/init", "init" },
		{ "/bin/busybox", "busybox" },
		{ "/bin/e2fsck", "e2fsck" },
	};
	static const char *const dirs[] = { "/dev", "/proc", "/root", "/run", "/sys" };
	struct err e = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		struct image_entry x = { .path = files[i].path, .mode = 0755 };

		x.source = mem_printf(b->a, "%s/initramfs/%s", b->o->files, files[i].source);
		if (image_tree_file(b->a, t, &x, &e) < 0)
			return image_refuse(b, NULL, &e);
	}
	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++)
		image_tree_dir(b->a, t, dirs[i]);
	image_tree_link(b->a, t, "/bin/sh", "busybox");
	if (add_modules(b, t, &e) < 0)
		return image_refuse(b, &b->m->board.loc, &e);
	if (image_tree_finish(b->a, t, &e) < 0)
		return image_refuse(b, NULL, &e);
	return 0;
}
