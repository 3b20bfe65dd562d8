/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The real launcher on this machine's kernel, as root, in a mount namespace with a /run of its own
 * and development plans that lack the device cgroup, and AppArmor but where native_profile(). Where
 * that is impossible (no root, another architecture under emulation) the tests are skipped:
 * NEEDS_KERNEL().
 */
#ifndef TESTS_NATIVE_H
#define TESTS_NATIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plan.h"

#define LABEL "snap.demo.app"
#define RUN   "/run/bulkhead"
#define ROOM  65536

/* Who may start it but root: the number and the one after it, with homes below NATIVE_HOMES. */
#define NATIVE_USER  4301
#define NATIVE_HOMES "/run/home"

/* The file that those start: the launcher, with the capabilities that an image gives it. */
#define NATIVE_LENT "/run/lib/bulkhead-run"

struct native_mount {
	uint32_t op, flags;
	const char *source, *target;
	uint32_t mode, size_kib;
};

/* A launch: what the plan says beyond the common ground, and how it is started. */
struct native {
	const char *script;
	const char *env[4];
	const char *arg; /* one of "-- ARG" */
	uint32_t uid, flags, pass, passed_fds;
	uint32_t layers; /* beyond the common ones */
	uint64_t caps, ambient;
	const char *program; /* in the place of /bin/sh */
	const char *cwd;     /* in the place of /tmp */
	const struct native_mount *mounts;
	int (*before)(void); /* in the world, before the start */
	uint32_t as;	  /* an ordinary user starts it, of NATIVE_USER or its neighbour; 0: root */
	uint32_t as_then; /* and the second time */
	int (*last)(void); /* in the process that becomes the launcher, as the user that it is of */
	bool again;	   /* started twice; the output is the second's */
	bool first_fails;  /* the first of the two ends badly */
	int (*between)(void);	 /* between the two */
	const char *const *argv; /* in the place of LABEL [-- arg] */
	/* In the test, once the app prints a "?" on its terminal, of which nothing is read
	 * meanwhile. */
	void (*asked)(const char *out, int master);
};

/* What is left of that in an exit status. */
#define NATIVE_ENDED_BY(sig) ((1000 + (sig)) & 0xff)

/* Runs it in a process of its own; out gets what it printed, the exit status is returned, 1000 and
 * the signal when it was killed. */
int native_launch(const struct native *t, char out[ROOM]);

/* The same on a terminal of its own, at which typed is typed once the app prints a "?". */
int native_launch_on_terminal(const struct native *t, const char *typed, char out[ROOM]);

/* As native_launch, failing the test when the status is not 0. */
void native_expect_start(const struct native *t, char out[ROOM]);
void native_expect_line(const char *out, const char *line);

/*
 * For functions called in the world: one more start of its plan, with its arguments; in this
 * process, or waited for.
 */
_Noreturn void native_exec(const struct native *t);
int native_start(const struct native *t);

/* Reads to the end and closes; what does not fit is lost. Returns the bytes before the NUL. */
size_t native_read(int fd, char *out, size_t size);

/* For functions called in the world: writes a file. */
void native_put(const char *path, const void *data, size_t len, uint32_t mode);

bool native_possible(void);

/* How often to try what needs many tries: less often on an emulated machine, where native_profile()
 * is. */
unsigned native_rounds(unsigned rounds);

/* True where the kernel has the profile of tests/qemu/program for the app: plans then ask for it.
 */
bool native_profile(void);

#define NEEDS_KERNEL()                                                                             \
	do {                                                                                       \
		if (!native_possible())                                                            \
			skip();                                                                    \
	} while (0)

#endif
