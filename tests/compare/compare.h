/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "compare": whether one side's policy stays within another's, per layer. Each prints what the
 * first has beyond the second, one line each, and returns how many lines; -1 when a side cannot be
 * read.
 */
#ifndef COMPARE_COMPARE_H
#define COMPARE_COMPARE_H

#include "err.h"

/* Two filters' lines (docs/seccomp.md). */
int compare_seccomp(const char *arch, const char *ours, const char *theirs,
		    struct err *e) BASE_WARN_UNUSED;

/* Two files of udev rules: the devices that they tag. */
int compare_udev(const char *ours, const char *theirs, struct err *e) BASE_WARN_UNUSED;

/*
 * Prints a snap.yaml with one app and one plug or slot of FILE: a snap "consumer" with a plug, or
 * "provider" with a slot. Returns 0.
 */
struct compare_end {
	const char *kind; /* "plugs" or "slots" */
	const char *name, *interface;
	const char *type; /* "gadget" or "app" */
	const char *file;
};

int compare_end(const struct compare_end *w, struct err *e) BASE_WARN_UNUSED;

/*
 * Writes DIR/INTERFACE for each interface that gives rules: the profiles of the good rows of
 * tests/ifaces, those rules alone. Returns 0.
 */
int compare_rows(const char *dir, struct err *e) BASE_WARN_UNUSED;

/* Prints a set of profiles named by number, one for each rule of tests/lib/aa_mounts.h. Returns 0.
 */
int compare_mount_rules(void);

/* That set, compiled, against what the rules mean. */
int compare_mounts(const char *set, struct err *e) BASE_WARN_UNUSED;

#endif
