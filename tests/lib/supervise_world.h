/* SPDX-License-Identifier: Apache-2.0 */
/* Daemons over a clock and processes that are only told, for tests of supervise.h. */
#ifndef TESTS_SUPERVISE_WORLD_H
#define TESTS_SUPERVISE_WORLD_H

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "build.h"
#include "supervise.h"

#define EXITED(n)    ((n) << 8)
#define SIGNALLED(n) (n)

/* What the daemons' processes are said to be; text notes every effect. */
struct world {
	struct str text;
	struct supervise s;
	struct daemon daemons[4];
	struct daemons table;
	void *bytes;
	uint64_t now;
	pid_t next_pid;
	bool populated[4];
	uint64_t there[2]; /* of the slots "left" and "right" */
	bool start_fails;
	pid_t survivor;
	enum verdict verdict;
};

pid_t process_start(struct processes *p, size_t n, struct err *e)
{
	struct world *w = (void *)p;

	str_printf(&w->text, "%llu start %zu\n", (unsigned long long)w->now, n);
	if (w->start_fails)
		return err_env(e, "no memory");
	w->populated[n] = true;
	return w->next_pid++;
}

enum verdict process_verify(struct processes *p, size_t n, pid_t pid, struct err *e)
{
	struct world *w = (void *)p;

	(void)n;
	(void)pid;
	if (w->verdict == VERDICT_BAD)
		(void)err_env(e, "Seccomp is 0, not 2");
	return w->verdict;
}

bool process_populated(struct processes *p, size_t n)
{
	return ((struct world *)(void *)p)->populated[n];
}

uint64_t process_there(struct processes *p, const char *tag)
{
	return ((struct world *)(void *)p)->there[strcmp(tag, "snap_ab_db_sleft") != 0];
}

pid_t process_survivor(struct processes *p, size_t n)
{
	(void)n;
	return ((struct world *)(void *)p)->survivor;
}

void process_signal(struct processes *p, size_t n, int sig)
{
	struct world *w = (void *)p;

	if (sig == SIGKILL)
		str_printf(&w->text, "%llu kill %zu\n", (unsigned long long)w->now, n);
	else
		str_printf(&w->text, "%llu signal %zu %d\n", (unsigned long long)w->now, n, sig);
}

void process_say(struct processes *p, const char *line)
{
	str_printf(&((struct world *)(void *)p)->text, "say %s\n", line);
}

static void world_begin(struct world *w, struct build_daemons *b)
{
	struct err e = { 0 };
	size_t size;

	w->bytes = build_daemons_end(b, &size);
	if (daemons_read(w->bytes, size, &w->table, &e))
		fail_msg("%s", e.text);
	w->s.processes = (void *)w;
	w->next_pid = 100;
	w->verdict = VERDICT_GOOD;
	if (supervise_begin(&w->s, &w->table, w->daemons, w->now, &e))
		fail_msg("%s", e.text);
	supervise_tick(&w->s, w->now);
}

static void one(struct build_daemons *b, enum daemons_kind kind, enum daemons_restart restart)
{
	struct daemons_row row;

	build_daemons_start(b);
	row = build_daemons_row(b, "snap.ab.b");
	row.kind = kind;
	row.restart = restart;
	row.restart_delay_ms = 0;
	row.start_timeout_ms = 5000;
	row.stop_timeout_ms = 3000;
	row.stop_signal = SIGTERM;
	build_daemons_add(b, &row);
}

static void world_end(struct world *w)
{
	str_free(&w->text);
	free(w->bytes);
}

static void at(struct world *w, uint64_t now)
{
	w->now = now;
	supervise_tick(&w->s, now);
}

/* The daemon's process ends and with it its cgroup. */
static void ends(struct world *w, size_t n, uint64_t now, int status)
{
	w->now = now;
	w->populated[n] = false;
	supervise_exited(&w->s, w->daemons[n].main, status, now);
	supervise_tick(&w->s, now);
}

static void expect(struct world *w, const char *text)
{
	assert_string_equal(str_text(&w->text), text);
	str_free(&w->text);
}

#endif
