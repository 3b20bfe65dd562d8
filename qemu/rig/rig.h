/* SPDX-License-Identifier: Apache-2.0 */
/* One run of a scenario: the machine, its console, and the steps that drive them. */
#ifndef RIG_RIG_H
#define RIG_RIG_H

#include "console.h"
#include "machine.h"
#include "scenario.h"

struct rig {
	const struct scenario *scenario;
	const char *log_dir;
	struct machine machine;
	struct console console;
	int log;	  /* the console as it came, over all boots */
	int signals;	  /* signalfd of what ends the run; -1: none */
	int64_t deadline; /* of the whole run */
	int64_t until;	  /* of the step that runs; never later */
	size_t boot;	  /* first line of this boot */
	size_t mark;	  /* "wait" looks from this line on */
	size_t scanned;	  /* lines before this one were looked at by the running wait */
	unsigned serial;  /* makes the marks around a command's output unique */
	unsigned boots;
	bool shell; /* the console's shell has answered since this boot */
};

/*
 * Opens log, machine and console, and boots. Releases nothing on failure: call rig_close() in any
 * case. signals is borrowed.
 */
int rig_open(struct mem_arena *a, struct rig *r, const struct scenario *s, const char *log_dir,
	     struct err *e) BASE_WARN_UNUSED;
void rig_close(struct rig *r);

/* Runs one step; e says why it failed. */
int rig_step(struct rig *r, const struct scenario_step *step, struct err *e) BASE_WARN_UNUSED;

/* --- for the steps --------------------------------------------------------------------------- */

enum rig_pump { RIG_PUMP_DATA, RIG_PUMP_TIMEOUT, RIG_PUMP_ENDED };

/*
 * Waits for bytes of the console until then, at most to the end of the step, and takes them in. The
 * answer is an enum rig_pump; -1 when a signal ends the run.
 */
int rig_pump(struct rig *r, int64_t deadline, struct err *e) BASE_WARN_UNUSED;

/* Types text on the console. */
int rig_type(struct rig *r, const char *text, struct err *e) BASE_WARN_UNUSED;

/* Boots the machine; the log says where. */
int rig_boot(struct rig *r, struct err *e) BASE_WARN_UNUSED;

/* The console is that of another boot from here on. */
int rig_mark_boot(struct rig *r, struct err *e) BASE_WARN_UNUSED;

/* Runs a command in the console's shell; appends what it printed. */
int rig_run(struct rig *r, const struct scenario_step *step, int *status, struct str *output,
	    struct err *e) BASE_WARN_UNUSED;

/*
 * Opens the step's node for reading and for writing by a shell of the console that has the app's
 * cgroup and profile; fails when one of the answers is not what the step allows, or is no answer of
 * theirs: no such node, a device that is busy.
 */
int rig_access(struct rig *r, const struct scenario_step *step, struct err *e) BASE_WARN_UNUSED;

#endif
