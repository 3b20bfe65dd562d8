/* SPDX-License-Identifier: Apache-2.0 */
#include "fd.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cleanup.h"
#include "mem.h"

#define KERNEL_SIZE 4095
#define LARGER	    "cannot read %s: larger than %zu bytes"

int fd_open_beneath(int dirfd, const char *path, int flags, mode_t mode, struct err *e)
{
	struct open_how how = {
		.flags = (uint64_t)(flags | O_CLOEXEC),
		.mode = mode,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS |
			   RESOLVE_NO_XDEV,
	};
	long fd = syscall(SYS_openat2, dirfd, path, &how, sizeof(how));

	return fd < 0 ? err_sys(e, "cannot open %s", path) : (int)fd;
}

/*
 * To the end, at most max bytes; owned, with a NUL behind. *len is what is expected, and becomes
 * what was there: kernel files do not tell their size.
 */
static char *read_to_end(int fd, const char *name, size_t max, size_t *len, struct err *e)
{
	size_t used = 0, room = *len + 1;
	CLEANUP_FREE char *buf = mem_must(malloc(room + 1));
	ssize_t n;

	do {
		if (used == room)
			buf = mem_must(realloc(buf, (room *= 2) + 1));
		n = read(fd, buf + used, room - used);
		if (n < 0 && errno != EINTR)
			return err_null(err_sys(e, "cannot read %s", name));
		used += n > 0 ? (size_t)n : 0;
		if (used > max)
			return err_null(err_input(e, LARGER, name, max));
	} while (n != 0);
	buf[used] = '\0';
	*len = used;
	return steal_ptr(&buf);
}

void *fd_read_all(int fd, const char *name, size_t max, size_t *len, struct err *e)
{
	CLEANUP_FREE char *buf = NULL;
	struct stat st;

	if (fstat(fd, &st))
		return err_null(err_sys(e, "cannot read %s", name));
	if (!S_ISREG(st.st_mode))
		return err_null(err_input(e, "cannot read %s: not a regular file", name));
	if ((uint64_t)st.st_size > max)
		return err_null(err_input(e, LARGER, name, max));
	*len = (size_t)st.st_size;
	buf = read_to_end(fd, name, max, len, e);
	if (buf && (uint64_t)st.st_size != *len)
		return err_null(err_input(e, "cannot read %s: its size changed", name));
	return steal_ptr(&buf);
}

void *fd_read_file(const char *path, size_t max, size_t *len, struct err *e)
{
	/* O_NONBLOCK: a FIFO put in the place of the file must not hang the reader. */
	CLEANUP_FD int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return err_null(err_sys(e, "cannot open %s", path));
	return fd_read_all(fd, path, max, len, e);
}

void *fd_read_kernel(int dirfd, const char *path, size_t max, size_t *len, struct err *e)
{
	CLEANUP_FD int fd = openat(dirfd, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return err_null(err_sys(e, "cannot open %s", path));
	*len = KERNEL_SIZE;
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

int fd_open_folder(int dirfd, const char *path, struct err *e)
{
	int fd = openat(dirfd, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 ? err_sys(e, "cannot open folder %s", path) : fd;
}

int fd_each(int dirfd, const char *path, fd_visit *visit, void *ctx, struct err *e)
{
	CLEANUP_FD int fd = fd_open_folder(dirfd, path, e);
	CLEANUP_DIR DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const int dir_fd = dir ? steal_fd(&fd) : -1;

	if (!dir)
		return fd < 0 ? -1 : err_sys(e, "cannot list %s", path);
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

		if (n < 0 && errno != EINTR)
			return err_sys(e, "cannot write %s", name);
		p += n < 0 ? 0 : n;
		len -= n < 0 ? 0 : (size_t)n;
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

int fd_write_new(int dirfd, const char *path, const void *data, size_t len, struct err *e)
{
	CLEANUP_FD int fd =
		openat(dirfd, path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0400);

	return fd < 0 ? err_sys(e, "cannot write %s", path) : fd_write_all(fd, data, len, path, e);
}
