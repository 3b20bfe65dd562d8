/* SPDX-License-Identifier: Apache-2.0 */
/* The real effects: one struct process per daemon, and the operations of supervise.h on them. */
#ifndef SUPERVISE_PROCESS_H
#define SUPERVISE_PROCESS_H

#include <sys/stat.h>

#include "supervise.h"

#define PROCESS_RUN "/usr/lib/bulkhead/bulkhead-run"

/* What stays open for a daemon over all its runs. */
struct process {
	const char *label; /* borrowed from the table */
	int cgroup_fd;
	int out_read; /* the daemon's stdout and stderr, non-blocking here */
	int out_write;
	struct lines lines;
};

struct processes {
	struct process *items;
	size_t count;
	int proc_fd;
	int null_fd;
	int watch_fd;	  /* inotify(7): PLAN_SLOTS_THERE has changed */
	int slots_fd;	  /* it itself; -1 where it cannot be watched: nothing is there then */
	struct stat self; /* of this program and of the launcher: not yet the app */
	struct stat run;
};

/* Opens everything for the rows of a table, which is borrowed; all of it is held until we end. */
int processes_open(struct processes *p, const struct daemons *table,
		   struct err *e) BASE_WARN_UNUSED;

/* Reads once from the daemon's pipe and writes its lines to the console. */
void process_output(struct process *p);

#endif
