/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Commands on the console's shell. What is typed comes back as an echo, with prompts, line editing
 * and the kernel's messages between; so each command prints marks around its output. The marks are
 * typed in two halves, "@b""7@": the echo never looks like what echo(1) prints.
 */
#include "rig.h"

#include <stdio.h>

#include "clock.h"
#include "num.h"

#define SYNC_MS 2000

/* What stands before mark at the end of the line; NULL when the line does not end so. */
static const char *before_mark(const char *line, const char *mark, size_t *len)
{
	if (!str_ends(line, mark))
		return NULL;
	*len = strlen(line) - strlen(mark);
	return line;
}

/* Waits until a line from "from" on ends with the mark: 1 with *at, 0 when the time is over. */
static int await_mark(struct rig *r, const char *mark, size_t *at, int64_t deadline, struct err *e)
{
	size_t len;

	for (;;) {
		int got;

		/* An open line may still grow, but a mark that is there stays. */
		for (size_t i = *at; i < r->console.count; i++)
			if (before_mark(console_line(&r->console, i), mark, &len)) {
				*at = i;
				return 1;
			}
		*at = r->scanned = r->console.count;
		got = rig_pump(r, deadline, e);
		if (got < 0)
			return -1;
		if (got == RIG_PUMP_ENDED)
			return err_input(e, "cannot use the console: the machine has ended");
		if (got == RIG_PUMP_TIMEOUT)
			return 0;
		*at = r->scanned;
	}
}

/* Types until the shell answers: it may wait for a key first, or not have been started yet. */
static int sync_shell(struct rig *r, struct err *e)
{
	while (!r->shell) {
		size_t at = console_lines(&r->console);
		char mark[32], line[64];
		int got;

		r->serial++;
		snprintf(mark, sizeof(mark), "@s%u@", r->serial);
		snprintf(line, sizeof(line), "\necho \"@s\"\"%u@\"\n", r->serial);
		if (rig_type(r, line, e) < 0)
			return -1;
		got = await_mark(r, mark, &at, clock_ms() + SYNC_MS, e);
		if (got < 0)
			return -1;
		r->shell = got == 1;
		if (!r->shell && clock_left(r->until) == 0)
			return err_input(e, "cannot use the console: no shell answers");
	}
	return 0;
}

/* "...@e7@STATUS@": the digits, and how much of the line is the command's own. */
static bool parse_end(const char *line, const char *mark, int *status, size_t *own)
{
	const char *p = strstr(line, mark);
	char digits[4] = "";
	uint64_t value;
	size_t n;

	if (!p)
		return false;
	n = strspn(p + strlen(mark), "0123456789");
	if (n == 0 || n > 3 || p[strlen(mark) + n] != '@' || p[strlen(mark) + n + 1])
		return false;
	memcpy(digits, p + strlen(mark), n);
	if (num_parse(digits, 0, 255, &value, NULL) < 0)
		return false;
	*status = (int)value;
	*own = (size_t)(p - line);
	return true;
}

/* Takes the lines from "from" on up to the one with the end mark. */
static int collect(struct rig *r, const char *mark, int *status, struct str *output, struct err *e)
{
	size_t own;

	for (r->scanned = r->mark;;) {
		int got;

		for (; r->scanned < r->console.count; r->scanned++) {
			const char *line = console_line(&r->console, r->scanned);

			if (parse_end(line, mark, status, &own)) {
				str_add_bytes(output, line, own);
				return 0;
			}
			str_printf(output, "%s\n", line);
		}
		got = rig_pump(r, r->until, e);
		if (got < 0)
			return -1;
		if (got == RIG_PUMP_ENDED)
			return err_input(e, "cannot finish the command: the machine has ended");
		if (got == RIG_PUMP_TIMEOUT) {
			/* The shell may still be in it: the next command has to find out. */
			r->shell = false;
			return err_input(e, "cannot finish the command: not done in time");
		}
	}
}

int rig_run(struct rig *r, const struct scenario_step *step, int *status, struct str *output,
	    struct err *e)
{
	CLEANUP_STR struct str text = { 0 };
	char begin[32], end[32];
	size_t at;
	int got;

	if (sync_shell(r, e) < 0)
		return -1;
	r->serial++;
	snprintf(begin, sizeof(begin), "@b%u@", r->serial);
	snprintf(end, sizeof(end), "@e%u@", r->serial);
	/* The shell reads the whole list before it runs any of it, so that no echo comes between.
	 */
	str_printf(&text, "echo \"@b\"\"%u@\"; { %s\n} </dev/null; echo \"@e\"\"%u@$?@\"\n",
		   r->serial, step->text, r->serial);
	at = console_lines(&r->console);
	if (rig_type(r, text.text, e) < 0)
		return -1;
	got = await_mark(r, begin, &at, r->until, e);
	if (got < 0)
		return -1;
	if (got == 0) {
		r->shell = false;
		return err_input(e, "cannot start the command: the shell did not take it in time");
	}
	r->mark = at + 1;
	return collect(r, end, status, output, e);
}
