/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A kernel that only takes notes: the other implementation of runtime/sys/sys.h. Every call becomes
 * one line of text with descriptors shown by what they are ("<proc>"); the n-th call can be made to
 * fail with EIO. Files are registered by path and handed out as memory files, so that readers work
 * on real descriptors. Fakes of the other headers of the sys floor record through
 * sys_fake_call() too.
 */
#ifndef TESTS_SYS_FAKE_H
#define TESTS_SYS_FAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "err.h"

/* Forgets lines, files, settings and the call to fail. */
void sys_fake_reset(void);

/* The n-th call from now on (1 is the next) fails with EIO; 0: none. */
void sys_fake_fail_at(unsigned n);

/* In the n-th call from now on somebody else does something. */
void sys_fake_act_at(unsigned n, void (*act)(void));

/*
 * Records a line and counts it as a call: 0, or -1 with errno EIO when it is the one to fail. Every
 * fake function begins with it.
 */
int sys_fake_call(const char *fmt, ...) BASE_PRINTF(1, 2);

/* Lines so far, each ended by a newline. Borrowed until the next call. */
const char *sys_fake_text(void);
unsigned sys_fake_calls(void);

/* Opening path (as the caller writes it, relative or not) yields a file with these bytes. */
void sys_fake_file(const char *path, const void *data, size_t len);

/* Opening path fails with that errno. */
void sys_fake_missing(const char *path, int error);

/* fstat of what was opened as path. Default: uid 0, mode 0600 regular, 0700 for a directory. A mode
 * without a type leaves that. */
void sys_fake_owner(const char *path, uid_t uid, mode_t mode);

/* Inode number of what was opened as path. Default: 7. */
void sys_fake_inode(const char *path, ino_t inode);

/* fstatfs of what was opened as path. Default: tmpfs. */
void sys_fake_fs(const char *path, uint32_t magic);

/*
 * What a named call returns in place of its default: "getsid", "getpgrp" (default 1; getpid is
 * 4242), "geteuid" (0), "fork" (0: goes on as the child), "waitpid" (the status, 0), "isatty" (0).
 * "cgroup_processes" (0) and "attached" (1) of a device cgroup, "unit" (0: no unit runs the app),
 * "v1" (0: the cgroups are of version 2). For "execve" (ENOENT) and "flock" (0, success) it is the
 * errno; so it is, under the path of a file, for writing a line to it.
 */
void sys_fake_value(const char *call, long value);

/* --- for the files of the fake themselves --- */

long sys_fake_value_of(const char *call, long otherwise);
const char *sys_fake_name(int fd);

/* A real descriptor that lines show by that name. */
int sys_fake_fd(const char *name);

#endif
