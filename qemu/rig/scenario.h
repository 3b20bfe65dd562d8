/* SPDX-License-Identifier: Apache-2.0 */
/* A scenario: what bulkhead-rig does with one image, step by step. docs/rig.md says how it reads.
 */
#ifndef RIG_SCENARIO_H
#define RIG_SCENARIO_H

#include <stddef.h>
#include <stdint.h>

#include "mem.h"
#include "meta.h"

enum step_kind {
	STEP_WAIT,	/* a line of the console */
	STEP_SEEN,	/* a line of the console since this boot, wherever it stands */
	STEP_ABSENT,	/* no line of the console since this boot */
	STEP_RUN,	/* a command of the console's shell */
	STEP_SEND,	/* a line typed, and no more */
	STEP_FETCH,	/* HTTP GET through the forwarded port */
	STEP_QMP,	/* a command of QEMU's machine protocol */
	STEP_PLUG,	/* device_add */
	STEP_PULL,	/* device_del, and until it is gone */
	STEP_POWER_CUT, /* the machine ends without warning */
	STEP_BOOT,	/* again, with the disks as they are */
	STEP_REBOOT,	/* the guest starts itself anew, in the same QEMU */
	STEP_ACCESS,	/* what device cgroup and profile of an app answer for a node */
	STEP_OFF,	/* until the machine has ended by itself */
	STEP_QUIT,	/* QEMU's own end: disks are flushed, the guest is not asked */
};

/* Any exit status of a command. */
#define SCENARIO_STATUS_ANY (-1)

enum scenario_access { SCENARIO_READ = 1, SCENARIO_WRITE = 2 };

struct scenario_step {
	enum step_kind kind;
	struct meta_loc loc;
	const char *title;     /* "wait: REGEX", for reports */
	const char *text;      /* the action's own value; "" where it has none */
	const char *arguments; /* qmp, plug: JSON object, or NULL */
	const char *expect;    /* extended regular expression, or NULL */
	const char *save;      /* file name in the log folder, or NULL */
	const char *node;      /* access: below /dev */
	unsigned allows;       /* access: bits of enum scenario_access */
	int status;	       /* run: exit status; fetch: HTTP status */
	int64_t timeout_ms;    /* absent: how long to watch */
};

struct scenario {
	const char *name;
	const char *image; /* folder that holds boot.args */
	int64_t timeout_ms;
	unsigned forward_host;	/* on 127.0.0.1; 0: any that is free */
	unsigned forward_guest; /* 0: no port is forwarded, and there is no network */
	struct scenario_step *steps;
	size_t count;
};

/* NAME=VALUE of the command line; borrowed. */
struct scenario_vars {
	const char *const *items;
	size_t count;
};

/*
 * Reads a scenario into the arena, with %{NAME} replaced in every value. Records every error;
 * returns -1 when there was one.
 */
int scenario_load(struct mem_arena *a, const char *path, const struct scenario_vars *vars,
		  struct scenario *out, struct meta_diag *d) BASE_WARN_UNUSED;
/* The same from a tree. */
int scenario_read(struct mem_arena *a, const struct meta_node *root,
		  const struct scenario_vars *vars, struct scenario *out,
		  struct meta_diag *d) BASE_WARN_UNUSED;

#endif
