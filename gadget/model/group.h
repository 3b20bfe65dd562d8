/* SPDX-License-Identifier: Apache-2.0 */
/* What a variant adds to an app, as interface files write it; not for other floors. */
#ifndef MODEL_GROUP_H
#define MODEL_GROUP_H

#include "reader.h"

/* The keys of a group, for whoever has them among others of its own. */
#define GROUP_KEYS                                                                                 \
	"apparmor", "seccomp", "sockets", "capabilities", "binds", "links", "udev", "udev-access", \
		"devices", "mounts", "kmod", "late-binding", "made-devices", "each",               \
		"host-network", "delegate", "attach-disconnected", "needs", "if-base-has",         \
		"not-yet", "bus-names", "bus-talks", "bus-calls", "places", "environment"

/* Reads the keys of a group from map n; other keys are not looked at. */
int model_group_read(const struct reader *r, const struct meta_node *n,
		     struct model_group *out) BASE_WARN_UNUSED;

/* Reads the map under a key of n as a group; nothing when it is absent. */
int model_group_read_key(const struct reader *r, const struct meta_node *n, const char *key,
			 struct model_group *out) BASE_WARN_UNUSED;

/* The words of an access: "r", "w", "rw", to the bits of plan.h. *bits unchanged when absent. */
int model_group_access(const struct reader *r, const struct meta_node *n, const char *key,
		       unsigned *bits) BASE_WARN_UNUSED;

/* A literal block, one line, or a list of lines. */
int model_group_lines(const struct reader *r, const struct meta_node *n, const char *key,
		      struct model_lines *out) BASE_WARN_UNUSED;

/* Where the text of a scalar begins: in one line behind its quote. */
struct meta_loc model_group_place(const struct meta_node *n);

/* The groups' parts that are maps: group_parts.c. */
int model_group_parts(const struct reader *r, const struct meta_node *n,
		      struct model_group *out) BASE_WARN_UNUSED;

#endif
