/* SPDX-License-Identifier: Apache-2.0 */
#include "base.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "cleanup.h"
#include "files.h"
#include "path.h"
#include "str.h"

#define DEPTH_MAX 128

static char tar_type(mode_t mode)
{
	static const struct {
		mode_t mode;
		char type;
	} types[] = {
		{ S_IFREG, '0' }, { S_IFLNK, '2' }, { S_IFCHR, '3' },
		{ S_IFBLK, '4' }, { S_IFDIR, '5' }, { S_IFIFO, '6' },
	};

	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (types[i].mode == (mode & S_IFMT))
			return types[i].type;
	return 0;
}

int model_base_refuse(struct base_scan *s, const char *path, const char *why)
{
	struct meta_loc loc = { .file = s->path };

	if (!path)
		return meta_error(s->d, &loc, "cannot use base: %s", why);
	return meta_error(s->d, &loc, "cannot use base: %.300s: %s", path, why);
}

static int fail(struct base_scan *s, const char *path)
{
	struct meta_loc loc = { .file = s->path };
	struct err e = { 0 };

	(void)err_sys(&e, "cannot use base%s%.300s", path ? ": " : "", path ? path : "");
	return meta_fail_file(s->d, &loc, &e);
}

int model_base_add(struct base_scan *s, const struct model_base_entry *e)
{
	if (!path_is_clean(e->path))
		return model_base_refuse(s, e->path, "not a clean path");
	s->entries = mem_grow(s->a, s->entries, s->count, &s->room, sizeof(*s->entries));
	s->entries[s->count++] = *e;
	return 0;
}

static int scan_dir(struct base_scan *s, int dirfd, const char *path, unsigned depth);

static int scan_entry(struct base_scan *s, int dir, const char *name, const char *path)
{
	struct model_base_entry e = { .path = path };
	char target[PATH_TEXT_MAX + 2];
	struct stat st;
	ssize_t n;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW))
		return fail(s, path);
	e.type = tar_type(st.st_mode);
	if (!e.type)
		return 0; /* a socket: meaningless without the process that made it */
	e.mode = st.st_mode & 07777;
	e.uid = st.st_uid;
	e.gid = st.st_gid;
	e.size = S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
	if (e.type == '3' || e.type == '4') {
		e.major = major(st.st_rdev);
		e.minor = minor(st.st_rdev);
	}
	if (e.type == '2') {
		n = readlinkat(dir, name, target, sizeof(target));
		if (n <= 0 || (size_t)n >= sizeof(target))
			return model_base_refuse(s, path, "the link's target is too long");
		e.link = mem_strndup(s->a, target, (size_t)n);
	}
	return model_base_add(s, &e);
}

static int scan_below(struct base_scan *s, int dir, const char *name, const char *path,
		      unsigned depth)
{
	int fd;

	if (s->entries[s->count - 1].type != '5')
		return 0;
	if (depth >= DEPTH_MAX)
		return model_base_refuse(s, path, "the folders are too deep");
	fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return fail(s, path);
	return scan_dir(s, fd, path, depth + 1);
}

/* Takes dirfd. */
static int scan_dir(struct base_scan *s, int dirfd, const char *path, unsigned depth)
{
	CLEANUP_DIR DIR *dir = fdopendir(dirfd);
	const struct dirent *e;

	if (!dir) {
		close(dirfd);
		return fail(s, path);
	}
	while ((errno = 0, e = readdir(dir))) {
		const char *below;
		size_t before = s->count;

		if (str_eq(e->d_name, ".") || str_eq(e->d_name, ".."))
			continue;
		below = mem_printf(s->a, "%s/%s", path, e->d_name);
		if (scan_entry(s, dirfd, e->d_name, below))
			return -1;
		if (s->count > before && scan_below(s, dirfd, e->d_name, below, depth))
			return -1;
	}
	return errno ? fail(s, path) : 0;
}

static int by_path(const void *pa, const void *pb)
{
	const struct model_base_entry *a = pa;
	const struct model_base_entry *b = pb;
	int order = strcmp(a->path, b->path);

	/* The later member of an archive is the one that counts. */
	return order ? order : (a->data > b->data) - (a->data < b->data);
}

/* The last of each path. */
static void sort(struct base_scan *s)
{
	size_t n = 0;

	if (s->count)
		qsort(s->entries, s->count, sizeof(*s->entries), by_path);
	for (size_t i = 0; i < s->count; i++) {
		if (n && str_eq(s->entries[n - 1].path, s->entries[i].path))
			n--;
		s->entries[n++] = s->entries[i];
	}
	s->count = n;
}

int model_scan_base(struct mem_arena *a, const char *path, struct model_base *out,
		    struct meta_diag *d)
{
	struct base_scan s = { .a = a, .d = d, .path = path };
	CLEANUP_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	int status;

	*out = (struct model_base){ .path = path };
	if (fd < 0 || fstat(fd, &st))
		return fail(&s, NULL);
	out->is_tar = !S_ISDIR(st.st_mode);
	if (out->is_tar && !S_ISREG(st.st_mode))
		return model_base_refuse(&s, NULL, "neither a folder nor a tar file");
	status = out->is_tar ? model_base_read_tar(&s, fd, (uint64_t)st.st_size)
			     : scan_dir(&s, steal_fd(&fd), "", 0);
	if (status)
		return -1;
	sort(&s);
	if (s.count == 0)
		return model_base_refuse(&s, NULL, "it is empty");
	out->entries = s.entries;
	out->count = s.count;
	return 0;
}

const struct model_base_link model_base_links[] = {
	{ "/etc/hostname", "/run/hostname" },
	{ "/etc/machine-id", "/run/machine-id" },
	{ "/etc/resolv.conf", "/run/resolv.conf" },
	{ NULL, NULL },
};

static int compare_path(const void *key, const void *item)
{
	return strcmp(key, ((const struct model_base_entry *)item)->path);
}

const struct model_base_entry *model_base_find(const struct model_base *base, const char *path)
{
	return base->count ? bsearch(path, base->entries, base->count, sizeof(*base->entries),
				     compare_path)
			   : NULL;
}

bool model_base_has_systemd(const struct model_base *b)
{
	/* /sbin itself may be a link. */
	static const char *const paths[] = { "/usr/sbin/init", "/sbin/init" };

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		const struct model_base_entry *e = model_base_find(b, paths[i]);

		if (e && e->type == '2' && str_eq(path_base(e->link), "systemd"))
			return true;
	}
	return false;
}

/* The snap of that name in the image, where there is one, is the root of its commands. */
static int find_base(const struct reader *r, const struct model *m, struct model_snap *s)
{
	for (size_t i = 0; s->base_name && i < m->snap_count; i++) {
		const struct model_snap *base = &m->snaps[i];

		if (!str_eq(base->name, s->base_name))
			continue;
		if (base->type != MODEL_SNAP_BASE)
			return meta_error(r->d, &s->loc,
					  "cannot use base \"%s\" of snap \"%s\": its type is not "
					  "base",
					  s->base_name, s->instance);
		s->base = base;
	}
	return 0;
}

int model_base_settle(const struct reader *r, struct model *m)
{
	int status = 0;

	for (size_t i = 0; i < m->snap_count; i++)
		status |= find_base(r, m, &m->snaps[i]);
	return status;
}

int model_base_list_files(const struct reader *r, struct model *m)
{
	bool asked = false;
	int status = 0;

	for (size_t i = 0; i < m->snap_count; i++)
		asked |= m->snaps[i].layout_count > 0 || m->snaps[i].base;
	for (size_t i = 0; asked && i < m->snap_count; i++)
		status |= model_scan_base(r->a, m->snaps[i].dir, &m->snaps[i].files, r->d);
	return status;
}
