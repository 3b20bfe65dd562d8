/* SPDX-License-Identifier: Apache-2.0 */
#include "console.h"

#include <stdlib.h>

#include "mem.h"

/* A quarter goes at once: moving the rest for each line would cost a square. */
#define DROP (CONSOLE_LINES_MAX / 4)

static size_t end_line(struct console *c)
{
	size_t dropped = 0;

	if (c->count == CONSOLE_LINES_MAX) {
		for (size_t i = 0; i < DROP; i++)
			free(c->lines[i]);
		memmove(c->lines, c->lines + DROP, (c->count - DROP) * sizeof(*c->lines));
		c->count -= DROP;
		dropped = DROP;
	}
	if (c->count == c->room) {
		c->room = c->room ? c->room * 2 : 256;
		c->lines = mem_must(realloc(c->lines, c->room * sizeof(*c->lines)));
	}
	c->lines[c->count++] = mem_must(strdup(str_text(&c->open)));
	str_free(&c->open);
	c->open = (struct str){ 0 };
	return dropped;
}

/* Escape sequences of ECMA-48, as far as shells and boot loaders send them. */
static enum console_escape escape_next(enum console_escape state, unsigned char b)
{
	switch (state) {
	case ESCAPE_NONE:
		return b == 0x1b ? ESCAPE_START : ESCAPE_NONE;
	case ESCAPE_START:
		return b == '['		      ? ESCAPE_CSI
		       : b == ']'	      ? ESCAPE_OSC
		       : b == '(' || b == ')' ? ESCAPE_CHARSET
					      : ESCAPE_NONE;
	case ESCAPE_CSI:
		return b >= 0x40 && b <= 0x7e ? ESCAPE_NONE : ESCAPE_CSI;
	case ESCAPE_OSC:
		return b == 0x07 || b == 0x9c ? ESCAPE_NONE : b == 0x1b ? ESCAPE_START : ESCAPE_OSC;
	case ESCAPE_CHARSET:
		break;
	}
	return ESCAPE_NONE;
}

size_t console_feed(struct console *c, const void *data, size_t len)
{
	const unsigned char *bytes = data;
	size_t dropped = 0;

	for (size_t i = 0; i < len; i++) {
		enum console_escape before = c->escape;

		/* A line's end also ends a sequence that never came to its own. */
		c->escape = bytes[i] == '\n' ? ESCAPE_NONE : escape_next(before, bytes[i]);
		if (bytes[i] == '\n')
			dropped += end_line(c);
		else if (before == ESCAPE_NONE && c->escape == ESCAPE_NONE &&
			 (bytes[i] >= 0x20 || bytes[i] == '\t') && bytes[i] != 0x7f)
			str_add_bytes(&c->open, &bytes[i], 1);
		if (c->open.len >= CONSOLE_LINE_MAX)
			dropped += end_line(c);
	}
	return dropped;
}

void console_free(struct console *c)
{
	for (size_t i = 0; i < c->count; i++)
		free(c->lines[i]);
	free(c->lines);
	str_free(&c->open);
	*c = (struct console){ 0 };
}

size_t console_lines(const struct console *c)
{
	return c->count + (c->open.len > 0);
}

const char *console_line(const struct console *c, size_t i)
{
	return i < c->count ? c->lines[i] : str_text(&c->open);
}

long console_find(const struct console *c, const regex_t *re, size_t from, bool *open)
{
	for (size_t i = from; i < console_lines(c); i++)
		if (regexec(re, console_line(c, i), 0, NULL, 0) == 0) {
			*open = i == c->count;
			return (long)i;
		}
	return -1;
}
