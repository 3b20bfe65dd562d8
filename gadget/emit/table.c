/* SPDX-License-Identifier: Apache-2.0 */
#include "table.h"

#include <string.h>

void emit_table_free(struct table_file *f)
{
	str_free(&f->body);
	str_free(&f->strings);
}

/* Offset 0 is the empty string of every file. */
static void begin_strings(struct table_file *f)
{
	if (f->strings.len == 0)
		str_add_bytes(&f->strings, "", 1);
}

uint32_t emit_table_ref(struct table_file *f, const char *text)
{
	size_t at = 0;

	begin_strings(f);
	while (at < f->strings.len) {
		const char *have = f->strings.text + at;

		if (str_eq(have, text))
			return (uint32_t)at;
		at += strlen(have) + 1;
	}
	str_add_bytes(&f->strings, text, strlen(text) + 1);
	return (uint32_t)at;
}

void emit_table_row(struct table_file *f, const void *row, size_t size)
{
	str_add_bytes(&f->body, row, size);
}

uint32_t emit_table_offset(const struct table_file *f)
{
	return (uint32_t)(f->header_size + f->body.len);
}

uint32_t emit_table_strings_size(struct table_file *f)
{
	begin_strings(f);
	return (uint32_t)f->strings.len;
}

void *emit_table_finish(struct mem_arena *a, struct table_file *f, const void *header, size_t *size)
{
	char *out;

	begin_strings(f);
	*size = f->header_size + f->body.len + f->strings.len;
	out = mem_alloc(a, *size);
	memcpy(out, header, f->header_size);
	if (f->body.len)
		memcpy(out + f->header_size, f->body.text, f->body.len);
	memcpy(out + f->header_size + f->body.len, f->strings.text, f->strings.len);
	return out;
}
