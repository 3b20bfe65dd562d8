/* SPDX-License-Identifier: Apache-2.0 */
/* One QEMU: its arguments, its disks, its process, its console and its QMP connection. */
#ifndef RIG_MACHINE_H
#define RIG_MACHINE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "err.h"
#include "arena.h"
#include "qmp.h"

struct machine_options {
	const char *image;   /* folder that holds boot.args */
	const char *log_dir; /* copies of disks, QEMU's own messages */
	unsigned forward_host, forward_guest;
};

struct machine {
	const char **argv;  /* NULL-terminated, in the arena of machine_open() */
	const char **disks; /* copies, removed at the end */
	size_t disk_count;
	const char *dir;    /* private folder of the QMP socket */
	const char *errors; /* file of QEMU's messages */
	unsigned host_port; /* forwarded to the guest's; 0: none */
	pid_t pid;	    /* 0: off */
	int console;	    /* -1: off */
	struct qmp qmp;
	bool ended; /* it has ended by itself; end_status is what waitpid(2) said */
	int end_status;
};

/* Reads boot.args, copies disks, finds a port. Release with machine_close() in any case. */
int machine_open(struct mem_arena *a, struct machine *m, const struct machine_options *o,
		 struct err *e) BASE_WARN_UNUSED;

/*
 * boot.args to an argument list: one argument a line, %{out} replaced by the folder, but disk
 * images (%{out}/NAME.img) by log_dir/NAME.img, named in m->disks. The first line is the program.
 */
int machine_args(struct mem_arena *a, struct machine *m, const struct machine_options *o,
		 const char *text, struct err *e) BASE_WARN_UNUSED;

/* Starts QEMU. It ends when this process does, however that comes. */
int machine_start(struct machine *m, int64_t deadline, struct err *e) BASE_WARN_UNUSED;

/* True when it is off, or has ended by itself since it was last asked. */
bool machine_check_ended(struct machine *m);

/* Ends it at once, as a power cut does; nothing when it is off. */
void machine_cut(struct machine *m);

void machine_close(struct machine *m);

#endif
