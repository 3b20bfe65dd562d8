/* SPDX-License-Identifier: Apache-2.0 */
/* What a board.yaml says: a part of model.h. */
#ifndef MODEL_BOARD_MODEL_H
#define MODEL_BOARD_MODEL_H

#include <stdbool.h>
#include <stddef.h>

#include "meta.h"

/* A node that no app is given unless image.yaml names it. */
struct model_reserved {
	const char *node; /* "/dev/ttyAMA0" */
	bool console;	  /* what the kernel's command line says, not reserved: */
};

/* Where the board's devices of a class or bus of sysfs lie: what late binding may reach. */
struct model_sysfs_prefix {
	const char *class;
	const char *path; /* below /sys/devices */
};

/*
 * One piece of hardware by the names that it has. A name is NULL when it is not said; what one of
 * them finds is what the others find.
 */
struct model_hardware {
	const char *of_path; /* of its node of the device tree */
	const char *id_path; /* as udev has it */
	const char *node;    /* "/dev/ttyAMA0", where this kernel always calls it that */
	const char *sysfs;   /* folder below /sys/devices that its files of sysfs are below */
	const char *chip;    /* label of a GPIO chip */
	const char *driver;  /* of the kernel, which uses it whatever apps do; or NULL */
	struct meta_loc loc;
};

/* boards/NAME/board.yaml: facts about one board; a new board is a folder dropped in. */
struct model_board {
	const char *name;
	const char *dir;
	const char *arch;    /* "arm64", "armhf", "amd64" */
	const char *compat;  /* second architecture the kernel runs, or NULL */
	const char *console; /* "ttyAMA0" */
	const char *cmdline; /* more kernel arguments */
	const char *kernel; /* path of the kernel image below the fetched files, may use '*' once */
	const char **modules; /* loaded by the initramfs, in this order, without ".ko" */
	size_t module_count;
	const char *features; /* folder: apparmor/ feature tree, kernel (its SHA-256) */
	const char **qemu;    /* argument list, "%{disk}" replaced; or empty */
	size_t qemu_count;
	struct model_sysfs_prefix *prefixes; /* by class */
	size_t prefix_count;
	const char **chips; /* labels of its GPIO chips; or empty: not known */
	size_t chip_count;
	struct model_hardware *hardware;
	size_t hardware_count;
	struct model_reserved *reserved; /* consoles first */
	size_t reserved_count;
	struct meta_loc loc;
};

#endif
