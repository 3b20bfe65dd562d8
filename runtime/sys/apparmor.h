/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel's AppArmor through its files. Paths are relative to root_fd, a descriptor of "/", so
 * that a test stands on a tree of its own.
 */
#ifndef SYS_APPARMOR_H
#define SYS_APPARMOR_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"

#define SYS_APPARMOR_DIR    "sys/kernel/security/apparmor"
#define SYS_APPARMOR_PARAMS "sys/module/apparmor/parameters"

/* A loaded profile as policy/profiles tells it. */
struct sys_apparmor_profile {
	const char *name;
	const char *mode; /* "enforce", "complain", ... */
	const char *sha1; /* of what was loaded, 40 hexadecimal digits */
};

/*
 * Proves that AppArmor is on: parameters/enabled is Y, the global mode is enforce (labels do not
 * show that one), the directory lies in securityfs and has a feature tree. Returns an owned
 * descriptor of the directory, or -1: "cannot start apps: AppArmor is not enabled in this kernel".
 */
int sys_apparmor_open(int root_fd, struct err *e) BASE_WARN_UNUSED;

/* Loads a whole set of profiles, replacing those of the same names: one write(2), or nothing. */
int sys_apparmor_replace(int dir_fd, const void *policy, size_t size,
			 struct err *e) BASE_WARN_UNUSED;

/* Called for each loaded profile; a failure ends the walk. What p points to is borrowed. */
typedef int sys_apparmor_visit(void *ctx, const struct sys_apparmor_profile *p, struct err *e);

int sys_apparmor_profiles(int dir_fd, sys_apparmor_visit *visit, void *ctx,
			  struct err *e) BASE_WARN_UNUSED;

/* Locks the policy until the next boot and reads the lock back. */
int sys_apparmor_lock(int root_fd, struct err *e) BASE_WARN_UNUSED;

#endif
