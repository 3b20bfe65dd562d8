/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mount rules and what each one means, asked of compiled profiles: every request that mount(2) and
 * umount2(2) can make of a few places, sources, types and flags, in the terms of the kernel's
 * security/apparmor/mount.c.
 */
#ifndef TESTS_AA_MOUNTS_H
#define TESTS_AA_MOUNTS_H

#include "aa_load.h"
#include "str.h"

/* What a request is, by its flags; the bits of a rule's kinds. */
enum aa_mount_kind {
	AA_MOUNT_NEW = 1 << 0,
	AA_MOUNT_BIND = 1 << 1,
	AA_MOUNT_PROPAGATION = 1 << 2,
	AA_MOUNT_MOVE = 1 << 3,
	AA_MOUNT_REMOUNT = 1 << 4,
	AA_MOUNT_UMOUNT = 1 << 5,
};

/*
 * A rule allows requests of its kinds, of its target, source and type (NULL: of any), whose flags
 * hold must and nothing but may.
 */
struct aa_mount_rule {
	const char *text;
	unsigned kinds;
	unsigned long must, may;
	const char *target, *source, *type;
};

extern const struct aa_mount_rule aa_mount_rules[];
extern const size_t aa_mount_rule_count;

/*
 * Adds "more KIND: REQUEST" and "less KIND: REQUEST" to out for each kind of which the profile with
 * that rule alone answers a request otherwise: the first such request, a line each. Returns how
 * many.
 */
size_t aa_mounts_ask(const struct aa_loaded *p, const struct aa_mount_rule *r, struct str *out);

#endif
