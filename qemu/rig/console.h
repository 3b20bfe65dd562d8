/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lines of a serial console. Carriage returns, escape sequences and other control bytes are
 * taken out; what was sent is kept in the log as it came. Pure: bytes come in by console_feed().
 */
#ifndef RIG_CONSOLE_H
#define RIG_CONSOLE_H

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>

#include "str.h"

enum console_escape { ESCAPE_NONE, ESCAPE_START, ESCAPE_CSI, ESCAPE_OSC, ESCAPE_CHARSET };

/* Zero-initialised is an empty one. Release with console_free(). */
struct console {
	char **lines; /* whole ones, without their end */
	size_t count;
	size_t room;
	struct str open; /* the line that has not ended */
	enum console_escape escape;
};

/* A line without an end is cut here, so that a guest cannot fill the memory with one. */
#define CONSOLE_LINE_MAX 8192
/* So many lines are kept; the oldest go. */
#define CONSOLE_LINES_MAX 100000

/* Borrows data. Returns how many of the oldest lines were dropped. */
size_t console_feed(struct console *c, const void *data, size_t len);
void console_free(struct console *c);

/* Lines, with the one that has not ended when it holds anything. */
size_t console_lines(const struct console *c);
/* Line i of them; borrowed until the next feed. */
const char *console_line(const struct console *c, size_t i);

/*
 * Index of the first line from "from" on that matches, -1 for none; *open is true when it is the
 * one that has not ended.
 */
long console_find(const struct console *c, const regex_t *re, size_t from, bool *open);

#endif
