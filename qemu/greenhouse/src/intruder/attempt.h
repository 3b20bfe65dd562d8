/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One attempt: something that an app without plugs must not get. Each runs in a process of its own
 * and is harmless where it succeeds, so that the same program can show that it does, unconfined.
 */
#ifndef INTRUDER_ATTEMPT_H
#define INTRUDER_ATTEMPT_H

#include <stddef.h>
#include <sys/types.h>

#define VICTIMS_MAX 8

/* Processes of sensord, of which the attempts go for any they can reach. */
struct victims {
	pid_t pids[VICTIMS_MAX];
	size_t count;
};

enum result {
	SUCCEEDED,
	STOPPED, /* errno says with what */
	ABSENT,	 /* this architecture has no such thing; *fact shows it */
	BROKEN,	 /* it could not be tried; *fact says why */
};

struct attempt {
	const char *name;
	enum result (*run)(const struct victims *v, const char **fact);
};

/* SUCCEEDED for 0 and above, else STOPPED: for what a system call returned. */
enum result attempt_result(long rc);

/* The tables of each topic, ended by a NULL name. */
extern const struct attempt attempts_files[];
extern const struct attempt attempts_processes[];
extern const struct attempt attempts_ipc[];
extern const struct attempt attempts_kernel[];
extern const struct attempt attempts_privilege[];

/* Only for a process whose input is a virtual console. */
extern const struct attempt attempts_console[];

/* What main() tries, ended by NULL. */
extern const struct attempt *const attempt_topics[];

#endif
