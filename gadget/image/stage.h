/* SPDX-License-Identifier: Apache-2.0 */
/* The stages of one image, shared by the files of this floor. */
#ifndef IMAGE_STAGE_H
#define IMAGE_STAGE_H

#include "image.h"
#include "manifest.h"
#include "tree.h"
#include "disk.h"

/* Where the policy pack lies in the image. */
#define IMAGE_LIB  "/usr/lib/bulkhead"
#define IMAGE_PACK IMAGE_LIB "/pack"

struct image_build {
	struct mem_arena *a;
	const struct model *m;
	const struct image_options *o;
	const char *kernel;	    /* path of the kernel image */
	const char *kernel_version; /* what follows the first '-' of its name */
	const struct manifest *manifest;
	struct meta_diag *d;
};

/* Records e, of its kind, at loc or at the image. Returns -1. */
int image_refuse(const struct image_build *b, const struct meta_loc *loc, const struct err *e);

/* Finds the one kernel image that the board's pattern names; sets kernel and kernel_version. */
int image_find_kernel(struct image_build *b) BASE_WARN_UNUSED;

/* Refuses a kernel other than the one that the board's features were captured from. */
int image_check_features(const struct image_build *b) BASE_WARN_UNUSED;

/* Fills the tree of the initramfs: busybox, e2fsck, the script, the board's modules in order. */
int image_initramfs(const struct image_build *b, struct image_tree *t) BASE_WARN_UNUSED;

/* Adds the base to the tree of the root, as docs/images.md says. */
int image_root_base(const struct image_build *b, struct image_tree *t) BASE_WARN_UNUSED;

/* Adds programs, pack, snaps and mount points to the tree of the root. */
int image_root_own(const struct image_build *b, struct image_tree *t) BASE_WARN_UNUSED;

/* Whether that file of the base is to name the users of snaps; does so, x being the base's
 * (users.c). */
bool image_users_names(const struct image_build *b, const char *path);
int image_users_add(const struct image_build *b, const char *path, struct image_entry *x,
		    struct err *e) BASE_WARN_UNUSED;

/* Adds the unit of bulkhead-boot, and one of the pack's, started at boot (systemd.c). */
void image_systemd_boot(const struct image_build *b, struct image_tree *t);
void image_systemd_unit(const struct image_build *b, struct image_tree *t, const char *name);

#endif
