/* SPDX-License-Identifier: Apache-2.0 */
#include "supervise.h"

#include <poll.h>

static void flush(struct lines *l, const struct lines_to *to)
{
	CLEANUP_STR struct str out = { 0 };

	str_printf(&out, "%s: ", to->label);
	for (size_t i = 0; i < l->used; i++) {
		unsigned char c = (unsigned char)l->text[i];

		/* The console is a terminal: no byte of an app may steer it (CVE-2024-28085). */
		if (c >= 0x20 && c < 0x7f && c != '\\')
			str_add_bytes(&out, &l->text[i], 1);
		else
			str_printf(&out, "\\x%02x", c);
	}
	str_add(&out, "\n");
	l->used = 0;
	to->emit(to->ctx, out.text, out.len);
}

void lines_add(struct lines *l, const struct lines_to *to, const char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		bool end = bytes[i] == '\n';

		if (!end)
			l->text[l->used++] = bytes[i];
		if (end || l->used == LINES_MAX)
			flush(l, to);
	}
}

/*
 * Any app fills the console, and Control-S stops it: supervision goes on. The descriptor is shared
 * and stays blocking; a terminal or pipe that is ready has room for more than our longest line
 * (4096 bytes, less 256 at most).
 */
bool lines_write(int console_fd, const char *text, size_t len)
{
	struct pollfd console = { .fd = console_fd, .events = POLLOUT };

	return poll(&console, 1, LINES_WAIT_MS) == 1 && write(console_fd, text, len) >= 0;
}
