/* SPDX-License-Identifier: Apache-2.0 */
/* Opening what must be what it seems, and reading it. */
#ifndef SYS_LOOK_H
#define SYS_LOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "err.h"
#include "sys.h"

/* "/" as this process sees it now. Returns an owned descriptor. */
int sys_look_root(struct err *e) BASE_WARN_UNUSED;

/*
 * openat2 below dirfd: no link followed, nothing above dirfd reached, O_CLOEXEC; mount points are
 * crossed. A new file gets mode 0600. Returns an owned descriptor, or -1 with errno kept.
 */
int sys_look_open(int dirfd, const char *path, int flags, struct err *e) BASE_WARN_UNUSED;

/*
 * Opens the directory that link leads to, following links as long as they stay below root_fd;
 * refuses it unless it is the directory that within is open on, or lies below that. Returns an
 * owned O_PATH descriptor, or -1: errno is ENOENT when it is not there, EXDEV when it lies
 * elsewhere.
 */
int sys_look_below(int root_fd, const char *link, int within, struct err *e) BASE_WARN_UNUSED;

/* Refuses what is not root's, or writable by others, or on a file system of another kind. */
int sys_look_trust(int fd, const char *path, uint32_t magic, struct err *e) BASE_WARN_UNUSED;

/* sys_look_open and sys_look_trust in one. path is relative; messages show it with a slash. */
int sys_look_trusted(int dirfd, const char *path, int flags, uint32_t magic,
		     struct err *e) BASE_WARN_UNUSED;

/*
 * Reads a file whose size is unknown from its start, at most size - 1 bytes, NUL-terminated.
 * Returns the bytes read, or -1.
 */
int sys_look_read(int fd, const char *name, char *buf, size_t size, struct err *e) BASE_WARN_UNUSED;

/* sys_look_open() for reading and sys_look_read() in one. */
int sys_look_text(int dirfd, const char *path, char *buf, size_t size,
		  struct err *e) BASE_WARN_UNUSED;

/* 1 when fd is a terminal, 0 when it is not, -1 on failure. */
int sys_look_terminal(int fd, struct err *e) BASE_WARN_UNUSED;

/* The first of the descriptors 0, 1, 2 that is a terminal; 3 when none is, -1 on failure. */
int sys_look_terminals(struct err *e) BASE_WARN_UNUSED;

/*
 * True when pid runs a program that is none of ours[0 .. count - 1] and its credentials are in
 * force. execve(2) shows the new program before it commits the credentials; it holds
 * exec_update_lock over both (fs/exec.c, Linux 5.11 and later), and opening maps waits for that
 * lock (mm_access() in kernel/fork.c).
 */
bool sys_look_executed(int proc_fd, const char *pid, const struct stat *ours, size_t count);

/* The text of a line "NAME:", blanks, text; NULL when absent. Borrowed. */
const char *sys_look_field(const char *lines, const char *name, size_t *len);

/* True when one of the lines is exactly this. */
bool sys_look_has_line(const char *lines, const char *line);

/* True when the lines of a /proc/PID/cgroup have that group, "CONTROLLERS:PATH". */
bool sys_look_in_cgroup(const char *lines, const char *group);

#endif
