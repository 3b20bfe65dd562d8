/* SPDX-License-Identifier: Apache-2.0 */
#include "str.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "mem.h"

void str_add_bytes(struct str *s, const void *bytes, size_t n)
{
	if (s->room - s->len < n + 1) {
		size_t room = s->room ? s->room * 2 : 256;

		while (room - s->len < n + 1)
			room *= 2;
		s->text = mem_must(realloc(s->text, room));
		s->room = room;
	}
	if (n)
		memcpy(s->text + s->len, bytes, n);
	s->len += n;
	s->text[s->len] = '\0';
}

void str_add(struct str *s, const char *text)
{
	str_add_bytes(s, text, strlen(text));
}

void str_printf(struct str *s, const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0)
		text = mem_must(NULL);
	str_add_bytes(s, text, (size_t)n);
	free(text);
}

char *str_join(char *out, size_t size, ...)
{
	va_list ap;

	va_start(ap, size);
	for (const char *text = ""; text; text = va_arg(ap, const char *)) {
		size_t n = strlen(text);

		if (n >= size)
			out = mem_must(NULL);
		memcpy(out, text, n + 1);
		out += n;
		size -= n;
	}
	va_end(ap);
	return out;
}

void str_free(struct str *s)
{
	free(s->text);
	*s = (struct str){ 0 };
}
