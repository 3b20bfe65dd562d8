/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Volumes, base and pack to a disk image, bit for bit the same every time; no root, no loop
 * device, no mount. Reads the pack through its MANIFEST: it does not see emit.
 */
#ifndef IMAGE_IMAGE_H
#define IMAGE_IMAGE_H

#include "model.h"

struct image_options {
	const char *files;    /* fetched: kernel/boot/vmlinuz-*, kernel/lib/modules/V, busybox,
				 e2fsck... */
	const char *runtime;  /* folder with the device programs for the board's architecture */
	const char *pack;     /* OUT/pack */
	const char *hardware; /* OUT/hardware, which bulkheadctl reads */
	const char *work;     /* scratch folder, emptied by the caller */
	bool dry_run;	      /* compute and print the map, write nothing */
};

/* A kernel module that a connection cannot do without. */
struct image_module {
	const char *name;
	const char *config; /* what a kernel has that knows it */
	const char *reason; /* "plug:slot (interface)" */
	struct meta_loc loc;
};

/*
 * Writes OUT/NAME.img for each volume. All sizes and places are computed before the first byte;
 * each file appears whole or not at all.
 */
int image_write(struct mem_arena *a, const struct model *m, const char *out,
		const struct image_options *o, struct meta_diag *d) BASE_WARN_UNUSED;

/*
 * Refuses a gadget that no image can be written from: what this version does not know, what does
 * not fit or is not in its order, a role that is missing. image_write() asks too; a builder asks
 * before it compiles.
 */
int image_check_gadget(struct mem_arena *a, const struct model *m,
		       struct meta_diag *d) BASE_WARN_UNUSED;

/*
 * Refuses a kernel image, found below the fetched files by the board's pattern, that the board's
 * features were not captured from; the hint names the command. image_write() asks too; a builder
 * asks before it compiles policy for features that the kernel may not have.
 */
int image_check_kernel(struct mem_arena *a, const struct model *m, const char *files,
		       struct meta_diag *d) BASE_WARN_UNUSED;

/*
 * Refuses a module that the kernel has neither built in nor, in the base, as a file. The kernel is
 * one that image_check_kernel() accepted.
 */
int image_check_module(struct mem_arena *a, const struct model *m, const char *files,
		       const struct image_module *x, struct meta_diag *d) BASE_WARN_UNUSED;

#endif
