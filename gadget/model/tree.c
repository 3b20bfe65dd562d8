/* SPDX-License-Identifier: Apache-2.0 */
#include "tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "cleanup.h"
#include "files.h"
#include "path.h"
#include "str.h"

#define DEPTH_MAX   64
#define ENTRIES_MAX 100000u

struct walk {
	const struct reader *r;
	struct tree *t;
	int root;
	size_t *count; /* entries so far */
};

/* path "": the whole of it. */
static int refuse(const struct walk *w, const char *path, const char *why)
{
	struct meta_loc loc = { .file = w->t->name };

	if (*path)
		loc.file = mem_printf(w->r->a, "%s/%s", w->t->name, path);
	return meta_error(w->r->d, &loc, "cannot use file: %s", why);
}

/* Not the snap's fault. */
static int fail(const struct walk *w, const char *path)
{
	struct meta_loc loc = { .file = mem_printf(w->r->a, "%s/%s", w->t->name, path) };
	struct err e = { 0 };

	(void)err_sys(&e, "cannot read file");
	return meta_fail(w->r->d, &loc, &e);
}

/*
 * Opens a path below root as the kernel resolves it, links included, and nothing above root. Not
 * fd_open_beneath(), which follows no link at all.
 */
static int open_inside(int root, const char *path)
{
	struct open_how how = {
		.flags = O_PATH | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
	};

	return (int)syscall(SYS_openat2, root, path, &how, sizeof(how));
}

static int check_link(const struct walk *w, const char *path)
{
	CLEANUP_FD int fd = -1;

	if (!w->t->links && !path_is_below(path, "meta"))
		return 0;
	fd = open_inside(w->root, path);
	/* A link to nothing leads nowhere; one that leaves and comes back is refused as well. */
	if (fd < 0 && errno == EXDEV)
		return refuse(w, path, "the link leads out of the snap");
	if (fd < 0 && errno == ELOOP)
		return refuse(w, path, "the link leads to itself");
	return fd < 0 && errno != ENOENT ? fail(w, path) : 0;
}

static bool has_capabilities(int dir, const char *name)
{
	char path[64];
	CLEANUP_FD int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);

	if (fd >= 0)
		return fgetxattr(fd, "security.capability", NULL, 0) > 0;
	/* Not readable for us: ask by way of the descriptor's path. */
	fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return fd >= 0 && getxattr(path, "security.capability", NULL, 0) > 0;
}

static int check_entry(const struct walk *w, int dir, const char *name, const char *path,
		       const struct stat *st)
{
	for (const char *p = name; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			return refuse(w, path, "its name has control bytes");
	if (S_ISLNK(st->st_mode))
		return check_link(w, path);
	if (S_ISCHR(st->st_mode) || S_ISBLK(st->st_mode))
		return refuse(w, path, "it is a device node");
	if (S_ISFIFO(st->st_mode) || S_ISSOCK(st->st_mode))
		return refuse(w, path, "it is a FIFO or a socket");
	if (S_ISREG(st->st_mode) && (st->st_mode & (S_ISUID | S_ISGID)))
		model_tree_lend(w->r, w->t, &(struct tree_lent){ path, TREE_SET_ID, true });
	if (S_ISREG(st->st_mode) && has_capabilities(dir, name))
		model_tree_lend(w->r, w->t,
				&(struct tree_lent){ path, "it has file capabilities", false });
	return 0;
}

static int walk_dir(const struct walk *w, int dirfd, const char *path, unsigned depth);

static int walk_entry(const struct walk *w, int dir, const char *name, const char *path,
		      unsigned depth)
{
	struct stat st;
	int fd;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW))
		return fail(w, path);
	if (check_entry(w, dir, name, path, &st))
		return -1;
	if (!S_ISDIR(st.st_mode))
		return 0;
	if (depth >= DEPTH_MAX || strlen(path) > PATH_TEXT_MAX)
		return refuse(w, path, "the folders are too deep");
	fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return fail(w, path);
	return walk_dir(w, fd, path, depth + 1);
}

/* Takes dirfd. */
static int walk_dir(const struct walk *w, int dirfd, const char *path, unsigned depth)
{
	CLEANUP_DIR DIR *dir = fdopendir(dirfd);
	const struct dirent *e;
	int status = 0;

	if (!dir) {
		close(dirfd);
		return fail(w, path);
	}
	while ((errno = 0, e = readdir(dir))) {
		const char *below;

		if (str_eq(e->d_name, ".") || str_eq(e->d_name, ".."))
			continue;
		below = mem_printf(w->r->a, "%s%s%s", path, *path ? "/" : "", e->d_name);
		if (++*w->count > ENTRIES_MAX)
			return refuse(w, "", "the snap holds more than 100000 files");
		if (walk_entry(w, dirfd, e->d_name, below, depth))
			status = -1;
	}
	return errno ? fail(w, path) : status;
}

int model_tree_open(const struct reader *r, const struct tree *t)
{
	struct meta_loc loc = { .file = t->name };
	int fd = open(t->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	struct err e = { 0 };

	if (fd >= 0)
		return fd;
	(void)err_sys(&e, "cannot read folder");
	return meta_fail_file(r->d, &loc, &e);
}

int model_tree_check(const struct reader *r, struct tree *t)
{
	CLEANUP_FD int root = model_tree_open(r, t);
	size_t count = 0;
	struct walk w = { r, t, root, &count };
	int fd;

	if (root < 0)
		return -1;
	fd = openat(root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return fail(&w, ".");
	return walk_dir(&w, fd, "", 0);
}

void model_tree_lend(const struct reader *r, struct tree *t, const struct tree_lent *lent)
{
	t->lent = mem_grow(r->a, t->lent, t->lent_count, &t->lent_room, sizeof(*t->lent));
	t->lent[t->lent_count++] = *lent;
}

static int by_path(const void *pa, const void *pb)
{
	const struct tree_lent *a = pa;
	const struct tree_lent *b = pb;
	int order = strcmp(a->path, b->path);

	return order ? order : (int)b->set_id - (int)a->set_id;
}

/* Root finds what it has unpacked a second time. */
static bool is_again(const struct tree *t, size_t i)
{
	return i > 0 && by_path(&t->lent[i - 1], &t->lent[i]) == 0;
}

int model_tree_settle(const struct reader *r, struct tree *t, struct model_snap *snap)
{
	bool is_base = snap && snap->type == MODEL_SNAP_BASE;
	size_t no_base = 0;

	if (t->lent_count == 0)
		return 0;
	qsort(t->lent, t->lent_count, sizeof(*t->lent), by_path);
	if (is_base)
		snap->set_ids = mem_array(r->a, t->lent_count, sizeof(*snap->set_ids));
	for (size_t i = 0; i < t->lent_count; i++) {
		const struct tree_lent *l = &t->lent[i];
		struct meta_loc loc = { .file = t->name };

		if (is_again(t, i))
			continue;
		if (is_base) {
			if (l->set_id)
				snap->set_ids[snap->set_id_count++] = l->path;
			continue;
		}
		if (*l->path)
			loc.file = mem_printf(r->a, "%s/%s", t->name, l->path);
		(void)meta_error(r->d, &loc, "cannot use file: %s", l->why);
		no_base++;
	}
	return no_base ? -1 : 0;
}

int model_tree_look(int root, const char *path, struct stat *out)
{
	CLEANUP_FD int fd = open_inside(root, path);

	return fd < 0 ? -1 : fstat(fd, out);
}

int model_tree_check_program(const struct reader *r, const struct tree *t, const char *path,
			     const struct meta_loc *loc)
{
	CLEANUP_FD int root = model_tree_open(r, t);
	struct stat st;

	if (root < 0)
		return -1;
	if (model_tree_look(root, path, &st))
		return meta_error(r->d, loc, "cannot use command \"%s\": %s", path,
				  errno == EXDEV ? "a link leads out of the snap"
						 : strerror(errno));
	if (!S_ISREG(st.st_mode))
		return meta_error(r->d, loc, "cannot use command \"%s\": not a regular file", path);
	if (!(st.st_mode & S_IXOTH))
		return meta_error(r->d, loc, "cannot use command \"%s\": not executable for all",
				  path);
	return 0;
}
