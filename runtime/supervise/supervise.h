/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bulkhead-supervise: starts and restarts daemons where there is no systemd. The states of a daemon
 * are decided here without a clock or a process: time comes in as milliseconds, effects go out
 * through the functions process_*().
 */
#ifndef SUPERVISE_SUPERVISE_H
#define SUPERVISE_SUPERVISE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "cleanup.h"
#include "daemons.h"
#include "err.h"
#include "mem.h"
#include "str.h"

/* --- back-off --------------------------------------------------------------------------- */

#define BACKOFF_FIRST_MS  100u
#define BACKOFF_LAST_MS	  30000u
#define BACKOFF_STARTS	  5u	 /* more starts than that ... */
#define BACKOFF_WINDOW_MS 10000u /* ... within this: failed */
#define BACKOFF_STABLE_MS 30000u /* a run as long as this begins again at the first delay */

/* Zero-initialised: never started. */
struct backoff {
	uint64_t starts[BACKOFF_STARTS]; /* the latest ones, a ring */
	unsigned count;			 /* starts so far */
	unsigned doubled;		 /* how often the delay has doubled */
};

/* False when as many starts as allowed lie within the window that ends now. */
bool backoff_may_start(const struct backoff *b, uint64_t now);
void backoff_started(struct backoff *b, uint64_t now);

/* The wait before the next start after a run of ran_ms; at least the daemon's own delay. */
uint64_t backoff_delay(struct backoff *b, uint64_t ran_ms, uint64_t own_ms);

/* --- how a run ended -------------------------------------------------------------------- */

/* As systemd.service(5) counts: 0, and SIGHUP, SIGINT, SIGTERM, SIGPIPE but for a oneshot. */
enum daemons_end outcome_of(int wait_status, bool oneshot);

/* --- the output of daemons -------------------------------------------------------------- */

#define LINES_MAX 512

/* What was read of a line that has not ended. Zero-initialised is empty. */
struct lines {
	char text[LINES_MAX];
	size_t used;
};

/* Whose lines they are, and where they go. */
struct lines_to {
	const char *label;
	void (*emit)(void *ctx, const char *text, size_t len);
	void *ctx;
};

/*
 * Takes bytes and calls emit with each line: "LABEL: " before it, a newline after it, backslash and
 * every byte that is not printable ASCII as \xHH; a longer line is broken at LINES_MAX bytes.
 */
void lines_add(struct lines *l, const struct lines_to *to, const char *bytes, size_t n);

/* Writes a line to the console. False when it takes nothing within LINES_WAIT_MS: the line is lost.
 */
#define LINES_WAIT_MS 50
bool lines_write(int console_fd, const char *text, size_t len);

/* --- daemons ---------------------------------------------------------------------------- */

enum state {
	STATE_WAITING, /* for those it comes after, and for hardware */
	STATE_STARTING,
	STATE_RUNNING,
	STATE_ENDING, /* until its cgroup is empty; then what next says */
	STATE_BACKOFF,
	STATE_DONE,
	STATE_FAILED,
};

/* What follows STATE_ENDING. */
enum next {
	NEXT_START = STATE_WAITING,
	NEXT_RESTART = STATE_BACKOFF,
	NEXT_DONE = STATE_DONE,
	NEXT_FAIL = STATE_FAILED,
};

struct daemon {
	const char *label;
	const struct daemons_row *row;
	enum state state;
	enum next next;
	bool settled;	/* ready or over once: those after it may start */
	bool forked;	/* forking: its first process has left */
	bool verified;	/* main was seen confined as its plan says */
	bool killed;	/* SIGKILL is out */
	pid_t main;	/* 0: none */
	uint64_t since; /* start of this run */
	uint64_t due;	/* of the state: time limit, end of the back-off */
	struct backoff backoff;
	const struct daemons_need *lacks; /* what it waits for, or NULL */
	uint64_t has; /* what is required, told apart from what comes in its place */
};

enum verdict { VERDICT_NOT_YET, VERDICT_GOOD, VERDICT_BAD };

/* Effects on daemon n: process.c has them, and a test of the states its own. */
struct processes;

pid_t process_start(struct processes *p, size_t n, struct err *e); /* the process, -1 on failure */
/* Has the app been executed, and is it confined as its plan says? */
enum verdict process_verify(struct processes *p, size_t n, pid_t pid, struct err *e);
bool process_populated(struct processes *p, size_t n); /* true when it cannot be told */
/* 0: nothing has the tag, or it cannot be told; else another number each time that it has come. */
uint64_t process_there(struct processes *p, const char *tag);
/* The process that stays of a forking one, or 0. */
pid_t process_survivor(struct processes *p, size_t n);
/* SIGKILL goes to all of it at once. */
void process_signal(struct processes *p, size_t n, int sig);
void process_say(struct processes *p, const char *line); /* without prefix and newline */

struct supervise {
	struct daemon *daemons;
	size_t count;
	const struct daemons *table;
	struct processes *processes; /* borrowed */
	uint64_t began;
	bool stopping;
};

/* The program bulkhead-supervise; its exit status. */
int supervise_main(void);

/*
 * Takes over a checked table; daemons is an array of its rows' number, owned by the caller. What an
 * earlier supervise left running is ended before its daemon starts. Refuses kinds that this
 * version does not know.
 */
int supervise_begin(struct supervise *s, const struct daemons *table, struct daemon *daemons,
		    uint64_t now, struct err *e) BASE_WARN_UNUSED;

/*
 * Does what is due: call it after every event, also of hardware, and at the time that
 * supervise_due() gives. When hardware that a daemon requires is not there, the daemon is ended in
 * its way, whatever became of it before, and starts anew when all of it is.
 */
void supervise_tick(struct supervise *s, uint64_t now);

/* A process was reaped. Unknown ones are ignored. */
void supervise_exited(struct supervise *s, pid_t pid, int wait_status, uint64_t now);

/* Ends every daemon; supervise_finished() tells when they are gone. */
void supervise_stop(struct supervise *s, uint64_t now);
bool supervise_finished(const struct supervise *s);

/* When something is due next; UINT64_MAX: nothing but events. */
uint64_t supervise_due(const struct supervise *s, uint64_t now);

#endif
