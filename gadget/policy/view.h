/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an app sees in its root before it has started: the list of mounts, over the base and the
 * snaps whose files the build knows. Private to this floor.
 */
#ifndef POLICY_VIEW_H
#define POLICY_VIEW_H

#include "rules.h"

struct view {
	const struct rules_build *b;
	struct policy_mounts *mounts; /* in the order of execution */
};

enum view_kind {
	VIEW_NOTHING,
	VIEW_FOLDER,
	VIEW_FILE,
	VIEW_LINK,
	VIEW_UNKNOWN, /* of data or of the kernel: only the running device knows */
};

struct view_place {
	enum view_kind kind;
	const char *host;		  /* where that is on the device; NULL: in the scaffold */
	const char *link;		  /* VIEW_LINK: where it leads */
	const struct policy_mount *cover; /* the mount that shows it; NULL: the scaffold */
};

/* path is absolute and clean. Links on the way are not followed. */
void policy_view_look(const struct view *v, const char *path, struct view_place *out);

/* The path without links; whole: the last name's too. NULL when they lead in a circle. */
const char *policy_view_resolve(const struct view *v, const char *path, bool whole);

/*
 * Names can be made in that folder of the root: what binds it becomes one bind for each of its
 * names, on the way from the bind to it. False when it shows what only the device knows.
 */
bool policy_view_open(const struct view *v, const char *path);

/* Takes a name out of the list again, which policy_view_open() has put there. */
void policy_view_remove(const struct view *v, const char *path);

#endif
