/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A kept pair of mount and IPC namespaces: held by binds of their files in a directory (a private
 * tmpfs of root's), with a record beside them that says what they were made from. The record is
 * written last and removed first: whatever was left by a process that died has none, or one that
 * does not fit. The caller holds a lock over all of it.
 */
#ifndef SYS_KEPT_H
#define SYS_KEPT_H

#include <linux/sched.h>
#include <stdint.h>

#include "err.h"
#include "sha256.h"

#define SYS_KEPT_KINDS 2u
#define SYS_KEPT_FLAGS (CLONE_NEWNS | CLONE_NEWIPC) /* what to unshare before sys_kept_keep() */

struct sys_kept_record {
	char magic[8];
	uint8_t origin[SHA256_SIZE]; /* of what the namespaces were made from */
	uint64_t inodes[SYS_KEPT_KINDS];
};

_Static_assert(sizeof(struct sys_kept_record) == 56, "kept record layout");

/* Start from SYS_KEPT_NONE, end with sys_kept_close(). */
struct sys_kept {
	char names[SYS_KEPT_KINDS + 1][128]; /* of the files: NAME.mnt, NAME.ipc, NAME.info */
	int dir;
	struct sys_kept_record want;
	int fds[SYS_KEPT_KINDS];
};

#define SYS_KEPT_NONE                                                                              \
	{                                                                                          \
		.dir = -1, .fds = { -1, -1 }                                                       \
	}

/* Opens path (below root_fd, a trusted tmpfs, which no boot outlives) for name; origin must fit. */
int sys_kept_open(struct sys_kept *k, int root_fd, const char *path, const char *name,
		  struct err *e) BASE_WARN_UNUSED;
void sys_kept_want(struct sys_kept *k, const uint8_t origin[SHA256_SIZE]);

/*
 * 1 when the namespaces are there and fit, trusted by the record, file system, kind and inode;
 * 0 when not, and what there was has been discarded (processes in it keep it); -1 on failure.
 */
int sys_kept_find(struct sys_kept *k, struct err *e) BASE_WARN_UNUSED;

/*
 * Keeps the namespaces of the calling process (self_fd is its /proc/thread-self), which was in
 * host_fd's mount namespace when the directory was opened, and is there again afterwards.
 */
int sys_kept_keep(struct sys_kept *k, int self_fd, int host_fd, struct err *e) BASE_WARN_UNUSED;

/* Enters both. */
int sys_kept_join(struct sys_kept *k, struct err *e) BASE_WARN_UNUSED;

void sys_kept_close(struct sys_kept *k);

#endif
