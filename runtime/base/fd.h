/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Descriptors and files. Everything opens with O_CLOEXEC; what lies in a place that somebody else
 * can write is opened with fd_open_beneath().
 */
#ifndef BASE_FD_H
#define BASE_FD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "err.h"

/*
 * Opens path below dirfd by openat2(2) with RESOLVE_BENEATH, NO_SYMLINKS, NO_MAGICLINKS and
 * NO_XDEV: no link is followed, no mount point crossed, nothing above dirfd reached. path is
 * relative. Returns an owned descriptor, or -1 with errno and e set.
 */
int fd_open_beneath(int dirfd, const char *path, int flags, mode_t mode,
		    struct err *e) BASE_WARN_UNUSED;

/*
 * Reads the whole of a regular file from an open descriptor, at most max bytes: a larger file is
 * refused before a byte is read. Returns owned memory of *len + 1 bytes, the last one NUL; free
 * with free(). NULL on failure. name is for the message.
 */
void *fd_read_all(int fd, const char *name, size_t max, size_t *len,
		  struct err *e) BASE_WARN_UNUSED;

/* Opens path (O_RDONLY | O_NOFOLLOW) and reads it as fd_read_all() does. */
void *fd_read_file(const char *path, size_t max, size_t *len, struct err *e) BASE_WARN_UNUSED;

/*
 * Reads a file whose size stat does not know (procfs, sysfs, securityfs), at most max bytes, below
 * dirfd, following no link. Returns as fd_read_all() does.
 */
void *fd_read_kernel(int dirfd, const char *path, size_t max, size_t *len,
		     struct err *e) BASE_WARN_UNUSED;

/* A kernel file of one line, without its newline; owned, NULL on failure. */
char *fd_read_line(int dirfd, const char *path, struct err *e) BASE_WARN_UNUSED;

/* fd_open_beneath() and fd_read_all() in one; O_NONBLOCK, so that a FIFO hangs nobody. */
void *fd_read_beneath(int dirfd, const char *path, size_t max, size_t *len,
		      struct err *e) BASE_WARN_UNUSED;

/* Opens a directory below dirfd, not by a link. Returns an owned descriptor, or -1 with errno kept.
 */
int fd_open_folder(int dirfd, const char *path, struct err *e) BASE_WARN_UNUSED;

/*
 * Calls visit for each entry of a directory below dirfd but "." and "..", in the kernel's order,
 * with a descriptor of that directory. A failure of visit ends the walk.
 */
typedef int fd_visit(void *ctx, int dir_fd, const char *name, struct err *e);

int fd_each(int dirfd, const char *path, fd_visit *visit, void *ctx,
	    struct err *e) BASE_WARN_UNUSED;

/* Writes everything, over as many write(2) calls as it takes. */
int fd_write_all(int fd, const void *data, size_t len, const char *name,
		 struct err *e) BASE_WARN_UNUSED;

/*
 * Opens path as fd_read_kernel() does and writes with exactly one write(2): anything but the whole
 * length is a failure. Kernel control files (AppArmor's .replace, cgroup.procs) take a request in
 * one write or not at all.
 */
int fd_write_kernel(int dirfd, const char *path, const void *data, size_t len,
		    struct err *e) BASE_WARN_UNUSED;

/*
 * Writes a new file for its owner to read, below dirfd; a name that is there already is refused.
 * For places where nobody else may write: a reader there is not told of a half-written one.
 */
int fd_write_new(int dirfd, const char *path, const void *data, size_t len,
		 struct err *e) BASE_WARN_UNUSED;

#endif
