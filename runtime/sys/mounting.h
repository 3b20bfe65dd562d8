/* SPDX-License-Identifier: Apache-2.0 */
/* Mounts as descriptors: made detached, given their attributes, then moved onto a descriptor. */
#ifndef SYS_MOUNTING_H
#define SYS_MOUNTING_H

#include <stdint.h>
#include <sys/types.h>

#include "err.h"

struct sys_tmpfs {
	uint64_t attrs; /* MOUNT_ATTR_* */
	uint64_t size;	/* bytes; never 0, which is no limit */
	mode_t mode;
	uid_t uid;
	gid_t gid;
};

/* Each returns an owned descriptor of a detached mount. */
int sys_mounting_tmpfs(const struct sys_tmpfs *t, struct err *e) BASE_WARN_UNUSED;

/* A devpts that shows no other's terminals, as login programs expect it (gid 5, 0620). */
int sys_mounting_devpts(struct err *e) BASE_WARN_UNUSED;

/*
 * One of the kernel's own, as the calling process' namespaces show it: "proc" that of PIDs,
 * "cgroup2" that of cgroups, whose root is the root of this.
 */
int sys_mounting_kernel(const char *type, struct err *e) BASE_WARN_UNUSED;

/*
 * A private copy of the mount that fd lies in, from fd down, without the mounts below it, with the
 * attributes of more and without those of less.
 */
int sys_mounting_clone(int fd, uint64_t more, uint64_t less, struct err *e) BASE_WARN_UNUSED;

/* Moves a detached mount onto what place is open on. */
int sys_mounting_onto(int mount, int place, struct err *e) BASE_WARN_UNUSED;

/* The same onto a path below root, not by a link. A mount of -1 is a failure that is told already.
 */
int sys_mounting_at(int mount, int root, const char *path, struct err *e) BASE_WARN_UNUSED;

/* Sets the propagation (MS_SLAVE, MS_SHARED, MS_PRIVATE) of a mount and all below it. */
int sys_mounting_propagate(int fd, uint64_t propagation, struct err *e) BASE_WARN_UNUSED;

/* Makes a mount itself read-only, none below it. */
int sys_mounting_shut(int fd, struct err *e) BASE_WARN_UNUSED;

#endif
