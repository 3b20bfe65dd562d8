/* SPDX-License-Identifier: Apache-2.0 */
/* The model's root file systems: a base, what a snap holds, and what layouts show in them. */
#ifndef MODEL_BASE_MODEL_H
#define MODEL_BASE_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mem.h"
#include "meta.h"

/* A file of a base root file system, or of a snap, found without extracting it. */
struct model_base_entry {
	const char *path; /* absolute, clean */
	char type;     /* as in a tar header: '0' file, '1' hard link, '2' link, '3' '4' device, '5'
			  dir, '6' fifo */
	unsigned mode; /* permission and set-id bits */
	unsigned uid, gid;
	unsigned major, minor;
	const char *link; /* target of '1' and '2', else NULL */
	uint64_t size;
	uint64_t data; /* of a tar: offset of the content */
};

struct model_base {
	const char *path; /* folder or uncompressed tar */
	bool is_tar;
	struct model_base_entry *entries; /* sorted by path, unique */
	size_t count;
};

/* What a snap wants to find elsewhere than in itself. */
enum model_layout_kind {
	MODEL_LAYOUT_BIND,
	MODEL_LAYOUT_BIND_FILE,
	MODEL_LAYOUT_SYMLINK,
	MODEL_LAYOUT_TMPFS,
};

struct model_layout {
	enum model_layout_kind kind;
	const char *path;   /* in the app's root, absolute and clean */
	const char *source; /* below the snap's own folders; NULL for a tmpfs */
	unsigned mode;	    /* of a tmpfs */
	struct meta_loc loc;
};

/* Lists a base root file system: a folder, or an uncompressed ustar, GNU or pax tar. */
int model_scan_base(struct mem_arena *a, const char *path, struct model_base *out,
		    struct meta_diag *d) BASE_WARN_UNUSED;

/* Written by the system itself, so they live on a tmpfs; the base's own are left out of the image.
 * Ends with a path of NULL. */
struct model_base_link {
	const char *path, *target;
};
extern const struct model_base_link model_base_links[];

/* The entry of that path, or NULL. */
const struct model_base_entry *model_base_find(const struct model_base *base, const char *path);

/* True when the kernel's first process is systemd: /sbin/init is a link to a file of that name. */
bool model_base_has_systemd(const struct model_base *base);

/* The folder in which, or below which, no layout may place anything: the one that path lies in, or
 * NULL. A snap's own folders are its own all the same. */
const char *model_layout_reserved(const char *path);

#endif
