/* SPDX-License-Identifier: Apache-2.0 */
#include "supervise.h"

#include <signal.h>
#include <sys/wait.h>

/* How often one is looked at until its app has been executed, or nothing of it is left. */
#define LOOK_EVERY_MS 20u
/* SIGKILL is repeated while something is left: a fork may have slipped in between. */
#define KILL_AGAIN_MS 1000u
#define NEVER	      UINT64_MAX

static BASE_PRINTF(2, 3) void say(const struct supervise *s, const char *fmt, ...)
{
	char line[ERR_TEXT_MAX + 256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	process_say(s->processes, line);
}

static size_t number(const struct supervise *s, const struct daemon *d)
{
	return (size_t)(d - s->daemons);
}

static void become(struct daemon *d, enum state state, uint64_t due)
{
	d->state = state;
	d->due = due;
	if (state == STATE_DONE || state == STATE_FAILED)
		d->settled = true;
}

/* Ends what is left of the daemon; next follows when its cgroup is empty. */
static void end(struct supervise *s, struct daemon *d, enum next next, uint64_t now)
{
	size_t n = number(s, d);

	d->next = next;
	d->killed = false;
	become(d, STATE_ENDING, now + d->row->stop_timeout_ms);
	if (process_populated(s->processes, n))
		process_signal(s->processes, n, (int)d->row->stop_signal);
}

static void ended(struct supervise *s, struct daemon *d, enum daemons_end outcome, uint64_t now)
{
	enum next next = outcome == DAEMONS_END_CLEAN ? NEXT_DONE : NEXT_FAIL;

	if (!s->stopping && d->row->restart & outcome)
		next = NEXT_RESTART;
	end(s, d, next, now);
}

static void start(struct supervise *s, struct daemon *d, uint64_t now)
{
	struct err e = { 0 };

	if (!backoff_may_start(&d->backoff, now)) {
		say(s, "%s: failed: %u starts within %u seconds", d->label, BACKOFF_STARTS,
		    BACKOFF_WINDOW_MS / 1000);
		become(d, STATE_FAILED, NEVER);
		return;
	}
	backoff_started(&d->backoff, now);
	d->since = now;
	d->forked = false;
	d->verified = false;
	d->main = process_start(s->processes, number(s, d), &e);
	become(d, STATE_STARTING,
	       d->row->start_timeout_ms ? now + d->row->start_timeout_ms : NEVER);
	if (d->main < 0) {
		d->main = 0;
		say(s, "cannot start %s: %s", d->label, e.text);
		ended(s, d, DAEMONS_END_STATUS, now);
	}
}

static bool may_start(const struct supervise *s, const struct daemon *d)
{
	const struct daemons_after *a = s->table->after;

	for (uint32_t i = 0; i < s->table->header->after_count; i++)
		if (a[i].row == number(s, d) && !s->daemons[a[i].after].settled)
			return false;
	return true;
}

static void ready(struct supervise *s, struct daemon *d, const char *word)
{
	say(s, "%s: %s", d->label, word);
	d->settled = true;
}

static void step_starting(struct supervise *s, struct daemon *d, uint64_t now)
{
	struct err e = { 0 };
	enum verdict verdict = VERDICT_GOOD;

	if (!d->verified)
		verdict = process_verify(s->processes, number(s, d), d->main, &e);
	if (verdict == VERDICT_BAD) {
		say(s, "cannot keep %s: %s", d->label, e.text);
		process_signal(s->processes, number(s, d), SIGKILL);
		end(s, d, NEXT_FAIL, now);
		return;
	}
	d->verified = verdict == VERDICT_GOOD;
	/* A oneshot is ready when it has ended well, a forking one when its first process has. */
	if (d->verified &&
	    (d->row->kind == DAEMONS_SIMPLE || (d->row->kind == DAEMONS_FORKING && d->forked))) {
		become(d, STATE_RUNNING, NEVER);
		ready(s, d, "started");
		return;
	}
	if (now >= d->due) {
		say(s, "cannot start %s: not ready after %u ms", d->label,
		    d->row->start_timeout_ms);
		ended(s, d, DAEMONS_END_TIMEOUT, now);
	}
}

static void step_ending(struct supervise *s, struct daemon *d, uint64_t now)
{
	uint64_t delay, due = NEVER;

	if (d->main || process_populated(s->processes, number(s, d))) {
		if (now >= d->due) {
			if (!d->killed)
				say(s, "%s: killed after %u ms", d->label, d->row->stop_timeout_ms);
			d->killed = true;
			process_signal(s->processes, number(s, d), SIGKILL);
			d->due = now + KILL_AGAIN_MS;
		}
		return;
	}
	if (d->next == NEXT_RESTART && !s->stopping) {
		delay = backoff_delay(&d->backoff, now - d->since, d->row->restart_delay_ms);
		say(s, "%s: restarting in %llu ms", d->label, (unsigned long long)delay);
		due = now + delay;
	} else if (d->next == NEXT_FAIL && !s->stopping) {
		say(s, "%s: failed", d->label);
	}
	become(d, s->stopping ? STATE_DONE : (enum state)d->next, due);
}

/* What it cannot be started without, or, when it has been, not run without; or NULL. */
static const struct daemons_need *lacks(const struct supervise *s, const struct daemon *d,
					uint64_t now, uint64_t *has)
{
	const struct daemons_need *n = s->table->needs;

	for (uint32_t i = s->stopping ? 0 : s->table->header->needs_count; i-- > 0; n++) {
		uint64_t there;

		if (n->row != number(s, d) ||
		    (n->wait_ms && (d->state != STATE_WAITING || now >= s->began + n->wait_ms)))
			continue;
		there = process_there(s->processes, daemons_text(s->table, n->tag));
		if (!there)
			return n;
		*has += n->wait_ms ? 0 : there;
	}
	return NULL;
}

/*
 * True while something is missing. What went, or went and has come again since, ends the daemon,
 * which begins anew when nothing is missing.
 */
static bool hold(struct supervise *s, struct daemon *d, uint64_t now)
{
	uint64_t has = 0;
	const struct daemons_need *n = lacks(s, d, now, &has);

	if (n && n != d->lacks)
		say(s, "%s: waiting for hardware: slot %s", d->label,
		    daemons_text(s->table, n->slot));
	if ((n || has != d->has) && !s->stopping) {
		if (d->state != STATE_WAITING && d->state != STATE_ENDING)
			end(s, d, NEXT_START, now);
		d->next = NEXT_START;
		d->backoff = (struct backoff){ 0 };
	}
	if (d->state == STATE_WAITING)
		d->due = n && n->wait_ms ? s->began + n->wait_ms : NEVER;
	/* Those after it do not wait for hardware that may never come. */
	d->settled |= n && !n->wait_ms;
	d->lacks = n;
	d->has = has;
	return n;
}

static void step(struct supervise *s, struct daemon *d, uint64_t now)
{
	bool held = hold(s, d, now);

	if (d->state == STATE_STARTING)
		step_starting(s, d, now);
	else if (d->state == STATE_ENDING)
		step_ending(s, d, now);
	else if (!held && (d->state == STATE_WAITING ? may_start(s, d)
						     : d->state == STATE_BACKOFF && now >= d->due))
		start(s, d, now);
}

int supervise_begin(struct supervise *s, const struct daemons *table, struct daemon *daemons,
		    uint64_t now, struct err *e)
{
	s->table = table;
	s->began = now;
	s->daemons = daemons;
	s->count = table->header->rows_count;
	for (size_t i = 0; i < s->count; i++) {
		struct daemon *d = &daemons[i];

		*d = (struct daemon){ .row = &table->rows[i], .due = NEVER };
		d->label = daemons_text(table, d->row->label);
		if (d->row->kind == DAEMONS_NOTIFY)
			return err_input(e, "cannot start %s: daemon notify is not in this version",
					 d->label);
		if (process_populated(s->processes, i))
			end(s, d, NEXT_START, now);
	}
	return 0;
}

void supervise_tick(struct supervise *s, uint64_t now)
{
	for (size_t i = 0; i < s->count; i++)
		step(s, &s->daemons[i], now);
}

/* The first process of a forking daemon left well: what stays behind is looked at next. */
static bool goes_on(struct supervise *s, struct daemon *d, enum daemons_end outcome)
{
	if (d->row->kind != DAEMONS_FORKING || d->state != STATE_STARTING || d->forked ||
	    outcome != DAEMONS_END_CLEAN)
		return false;
	d->main = process_survivor(s->processes, number(s, d));
	d->forked = true;
	d->verified = false;
	return d->main != 0;
}

void supervise_exited(struct supervise *s, pid_t pid, int wait_status, uint64_t now)
{
	for (size_t i = 0; i < s->count; i++) {
		struct daemon *d = &s->daemons[i];
		bool oneshot = d->row->kind == DAEMONS_ONESHOT;
		enum daemons_end outcome = outcome_of(wait_status, oneshot);

		if (!d->main || d->main != pid)
			continue;
		d->main = 0;
		if (d->state != STATE_STARTING && d->state != STATE_RUNNING)
			return;
		if (goes_on(s, d, outcome))
			return;
		if (oneshot && outcome == DAEMONS_END_CLEAN)
			ready(s, d, "done");
		else
			say(s, "%s: %s %d", d->label,
			    WIFEXITED(wait_status) ? "exited with status" : "ended by signal",
			    WIFEXITED(wait_status) ? WEXITSTATUS(wait_status)
						   : WTERMSIG(wait_status));
		/* A forking daemon with nobody left behind has not started. */
		if (d->row->kind == DAEMONS_FORKING && d->state == STATE_STARTING)
			outcome = outcome == DAEMONS_END_CLEAN ? DAEMONS_END_STATUS : outcome;
		ended(s, d, outcome, now);
		return;
	}
}

void supervise_stop(struct supervise *s, uint64_t now)
{
	s->stopping = true;
	for (size_t i = s->count; i-- > 0;)
		if (s->daemons[i].state != STATE_ENDING)
			end(s, &s->daemons[i], NEXT_DONE, now);
}

bool supervise_finished(const struct supervise *s)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->daemons[i].state != STATE_DONE && s->daemons[i].state != STATE_FAILED)
			return false;
	return true;
}

uint64_t supervise_due(const struct supervise *s, uint64_t now)
{
	uint64_t due = NEVER;

	for (size_t i = 0; i < s->count; i++) {
		const struct daemon *d = &s->daemons[i];
		uint64_t at = d->due;

		if (((d->state == STATE_STARTING && !d->verified) || d->state == STATE_ENDING) &&
		    now + LOOK_EVERY_MS < at)
			at = now + LOOK_EVERY_MS;
		if (d->state == STATE_WAITING && !d->lacks && may_start(s, d))
			at = now;
		if (at < due)
			due = at;
	}
	return due;
}
