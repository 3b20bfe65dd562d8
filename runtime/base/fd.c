/* SPDX-License-Identifier: Apache-2.0 */
#include "fd.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cleanup.h"
#include "mem.h"
#include "str.h"

#define CHUNK 16384

int fd_open_beneath(int dirfd, const char *path, int flags, mode_t mode, struct err *e)
{
	struct open_how how = {
		.flags = (uint64_t)(flags | O_CLOEXEC),
		.mode = mode,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS |
			   RESOLVE_NO_XDEV,
	};
	long fd = syscall(SYS_openat2, dirfd, path, &how, sizeof(how));

	if (fd < 0)
		return err_sys(e, "cannot open %s", path);
	return (int)fd;
}

/* To the end, at most max bytes; owned, with a NUL behind. Kernel files do not tell their size. */
static char *read_to_end(int fd, const char *name, size_t max, size_t *len, struct err *e)
{
	CLEANUP_STR struct str all = { 0 };
	char chunk[CHUNK];
	ssize_t n;

	do {
		n = read(fd, chunk, sizeof(chunk));
		if (n < 0 && errno != EINTR) {
			(void)err_sys(e, "cannot read %s", name);
			return NULL;
		}
		str_add_bytes(&all, chunk, n > 0 ? (size_t)n : 0);
		if (all.len > max) {
			(void)err_input(e, "cannot read %s: larger than %zu bytes", name, max);
			return NULL;
		}
	} while (n != 0);
	*len = all.len;
	return steal_ptr(&all.text);
}

void *fd_read_all(int fd, const char *name, size_t max, size_t *len, struct err *e)
{
	CLEANUP_FREE char *buf = NULL;
	struct stat st;

	if (fstat(fd, &st))
		(void)err_sys(e, "cannot read %s", name);
	else if (!S_ISREG(st.st_mode))
		(void)err_input(e, "cannot read %s: not a regular file", name);
	else if ((uint64_t)st.st_size > max)
		(void)err_input(e, "cannot read %s: larger than %zu bytes", name, max);
	else
		buf = read_to_end(fd, name, max, len, e);
	if (buf && (uint64_t)st.st_size != *len) {
		(void)err_input(e, "cannot read %s: its size changed", name);
		return NULL;
	}
	return steal_ptr(&buf);
}

void *fd_read_file(const char *path, size_t max, size_t *len, struct err *e)
{
	/* O_NONBLOCK: a FIFO put in the place of the file must not hang the reader. */
	CLEANUP_FD int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0) {
		(void)err_sys(e, "cannot open %s", path);
		return NULL;
	}
	return fd_read_all(fd, path, max, len, e);
}

void *fd_read_kernel(int dirfd, const char *path, size_t max, size_t *len, struct err *e)
{
	CLEANUP_FD int fd = openat(dirfd, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0) {
		(void)err_sys(e, "cannot open %s", path);
		return NULL;
	}
	return read_to_end(fd, path, max, len, e);
}

char *fd_read_line(int dirfd, const char *path, struct err *e)
{
	size_t len;
	char *text = fd_read_kernel(dirfd, path, 65536, &len, e);

	if (text && len > 0 && text[len - 1] == '\n')
		text[len - 1] = '\0';
	return text;
}

void *fd_read_beneath(int dirfd, const char *path, size_t max, size_t *len, struct err *e)
{
	CLEANUP_FD int fd = fd_open_beneath(dirfd, path, O_RDONLY | O_NONBLOCK, 0, e);

	return fd < 0 ? NULL : fd_read_all(fd, path, max, len, e);
}

int fd_each(int dirfd, const char *path, fd_visit *visit, void *ctx, struct err *e)
{
	CLEANUP_FD int fd = openat(dirfd, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	CLEANUP_DIR DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const int dir_fd = dir ? steal_fd(&fd) : -1;

	if (!dir)
		return err_sys(e, "cannot list %s", path);
	for (;;) {
		const struct dirent *d;

		errno = 0;
		d = readdir(dir);
		if (!d)
			return errno ? err_sys(e, "cannot list %s", path) : 0;
		if (strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0 &&
		    visit(ctx, dir_fd, d->d_name, e))
			return -1;
	}
}

int fd_write_all(int fd, const void *data, size_t len, const char *name, struct err *e)
{
	const char *p = data;

	while (len > 0) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(e, "cannot write %s", name);
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

int fd_write_kernel(int dirfd, const char *path, const void *data, size_t len, struct err *e)
{
	CLEANUP_FD int fd = openat(dirfd, path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : write(fd, data, len);

	if (n < 0)
		return err_sys(e, "cannot write %s", path);
	if ((size_t)n != len)
		return err_env(e, "cannot write %s: %zd of %zu bytes taken", path, n, len);
	return 0;
}

int fd_write_file(const char *path, const void *data, size_t len, mode_t mode, struct err *e)
{
	CLEANUP_FREE char *tmp = NULL;
	CLEANUP_FD int fd = -1;
	struct stat st;

	if (lstat(path, &st) == 0 && !S_ISREG(st.st_mode))
		return err_env(e, "cannot write %s: something else has that name", path);
	if (asprintf(&tmp, "%s.XXXXXX", path) < 0)
		tmp = mem_must(NULL);
	fd = mkostemp(tmp, O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, "cannot write %s", path);
	if (fd_write_all(fd, data, len, path, e)) {
		unlink(tmp);
		return -1;
	}
	if (fchmod(fd, mode) || fsync(fd) || rename(tmp, path)) {
		(void)err_sys(e, "cannot write %s", path);
		unlink(tmp);
		return -1;
	}
	return 0;
}

int fd_mkdirs(const char *path, mode_t mode, struct err *e)
{
	CLEANUP_FREE char *copy = mem_must(strdup(path));
	struct stat st;

	for (char *p = copy + 1; *p; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		if (mkdir(copy, mode) && errno != EEXIST)
			return err_sys(e, "cannot make directory %s", copy);
		*p = '/';
	}
	if (mkdir(copy, mode) && errno != EEXIST)
		return err_sys(e, "cannot make directory %s", path);
	if (stat(copy, &st) || !S_ISDIR(st.st_mode))
		return err_env(e, "cannot make directory %s: something else has that name", path);
	return 0;
}
