/* SPDX-License-Identifier: Apache-2.0 */
#include "bytes.h"

#include <stdio.h>

#define FIELD_MAX 96

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
	       "the formats are little-endian and read in place");

/* How each of our files begins. */
struct prefix {
	char magic[8];
	uint32_t version, size;
};

struct span {
	uint32_t offset, count;
};

static const struct bytes_table strings_table = { .name = "strings", .element = 1 };

int bytes_where(const struct bytes *b, const char *field)
{
	char row[FIELD_MAX] = "";

	if (b->table)
		snprintf(row, sizeof(row), "%s[%" PRIu32 "]%s", b->table, b->row, field ? "." : "");
	return err_prefix(b->e, "cannot use %s: field %s%s", b->format->what, row,
			  field ? field : "");
}

int bytes_start(struct bytes *b, const struct bytes_format *f, const void *buf, size_t size,
		struct err *e)
{
	struct prefix p;

	*b = (struct bytes){ .format = f, .data = buf, .size = size, .e = e };
	if ((uintptr_t)buf % 8 != 0)
		return err_input(e, "cannot use %s: its buffer is not aligned to 8 bytes", f->what);
	if (size < f->header_size)
		return err_input(e, "cannot use %s: %zu bytes, less than its header of %zu",
				 f->what, size, f->header_size);
	if (size > f->size_max && GUARD(format_size_max))
		return err_input(e, "cannot use %s: %zu bytes, more than %zu", f->what, size,
				 f->size_max);
	memcpy(&p, buf, sizeof(p));
	if (memcmp(p.magic, f->magic, sizeof(p.magic)) != 0 && GUARD(format_magic))
		return bytes_fail(b, "magic", "this is no %s", f->what);
	if (p.version != f->version && GUARD(format_version))
		return bytes_fail(b, "version", "%" PRIu32 ", expected %" PRIu32, p.version,
				  f->version);
	if (p.size != size && GUARD(format_size))
		return bytes_fail(b, "size", "%" PRIu32 ", but the file has %zu bytes", p.size,
				  size);
	return 0;
}

/* There is one valid place for each table and for the strings: directly behind the one before. */
static int lay_out(struct bytes *b)
{
	unsigned count = b->format->tables_count + 1;
	const uint8_t *spans = b->data + b->format->header_size - count * sizeof(struct span);
	size_t at = b->format->header_size;

	for (unsigned t = 0; t < count; t++) {
		const struct bytes_table *table =
			t + 1 < count ? &b->format->tables[t] : &strings_table;
		struct span s;

		memcpy(&s, spans + t * sizeof(s), sizeof(s));
		if (s.offset != at && GUARD(format_offset))
			return bytes_fail(b, table->name, "offset %" PRIu32 ", expected %zu",
					  s.offset, at);
		if (s.count > (b->size - at) / table->element && GUARD(format_count))
			return bytes_fail(b, table->name,
					  "%" PRIu32 " elements do not fit the file", s.count);
		if (b->format->rows_max && s.count > b->format->rows_max && t + 1 < count)
			return bytes_fail(b, table->name, "%" PRIu32 " elements, at most %" PRIu32,
					  s.count, b->format->rows_max);
		b->rows[t] = b->data + at;
		b->count[t] = s.count;
		at += s.count * table->element;
	}
	if (at != b->size && GUARD(format_trailing))
		return bytes_fail(b, "strings", "%zu bytes behind the end", b->size - at);
	b->strings = b->rows[count - 1];
	if (b->count[count - 1] == 0 || b->strings[0] != '\0' ||
	    (b->data[b->size - 1] != '\0' && GUARD(format_nul)))
		return bytes_fail(b, "strings", "do not begin and end with a NUL");
	return 0;
}

static int check_text(const struct bytes *b, const struct bytes_field *f, uint32_t ref)
{
	uint32_t size = b->count[b->format->tables_count];

	if ((ref >= size || (ref > 0 && b->strings[ref - 1] != '\0')) && GUARD(format_reference))
		return bytes_fail(b, f->name, "%" PRIu32 " is not the start of a string", ref);
	if (!f->form(b->strings + ref) && GUARD(format_form))
		return bytes_fail(b, f->name, "expected %s", f->expected);
	return 0;
}

int bytes_fields(const struct bytes *b, const void *row, const struct bytes_field *fields)
{
	for (const struct bytes_field *f = fields; f && f->name; f++) {
		uint32_t value;

		memcpy(&value, (const uint8_t *)row + f->offset, sizeof(value));
		if (f->form) {
			if (check_text(b, f, value))
				return -1;
		} else if (f->expected && (value < f->first || value & ~f->last) &&
			   GUARD(format_bits)) {
			return bytes_fail(b, f->name, "0x%" PRIx32 ", expected %s", value,
					  f->expected);
		} else if ((value < f->first || value > f->last) && GUARD(format_range)) {
			return bytes_fail(b, f->name,
					  "%" PRIu32 ", expected %" PRIu32 " to %" PRIu32, value,
					  f->first, f->last);
		}
	}
	return 0;
}

static const char *first_text(const struct bytes *b, const void *row)
{
	uint32_t ref;

	memcpy(&ref, row, sizeof(ref));
	return b->strings + ref;
}

bool bytes_same_text(const struct bytes *b, const void *x, const void *y)
{
	return strcmp(first_text(b, x), first_text(b, y)) == 0;
}

static bool is_same(const struct bytes *b, const struct bytes_table *t, const void *x,
		    const void *y)
{
	return t->same ? t->same(b, x, y) : memcmp(x, y, t->key) == 0;
}

static int check_row(const struct bytes *b, const struct bytes_table *t, const uint8_t *rows)
{
	const uint8_t *row = rows + b->row * t->element;

	if (bytes_fields(b, row, t->fields))
		return -1;
	if (b->format->sorted && b->row > 0 && GUARD(format_sorted) &&
	    strcmp(first_text(b, row - t->element), first_text(b, row)) >= 0)
		return bytes_fail(b, NULL, "not sorted, or there twice");
	for (uint32_t i = 0; (t->same || t->key) && i < b->row; i++)
		if (is_same(b, t, rows + i * t->element, row) && GUARD(format_same))
			return bytes_fail(b, NULL, "same as %s[%" PRIu32 "]", t->name, i);
	return t->check ? t->check(b, row) : 0;
}

int bytes_read(struct bytes *b, const struct bytes_format *f, const void *buf, size_t size,
	       struct err *e)
{
	if (bytes_start(b, f, buf, size, e) || lay_out(b) || bytes_fields(b, buf, f->header) ||
	    (f->check && f->check(b, buf)))
		return -1;
	for (unsigned t = 0; t < f->tables_count; t++) {
		b->table = f->tables[t].name;
		for (b->row = 0; b->row < b->count[t]; b->row++)
			if (check_row(b, &f->tables[t], b->rows[t]))
				return -1;
	}
	b->table = NULL;
	return 0;
}

bool bytes_text_any(const char *text)
{
	(void)text;
	return true;
}

bool bytes_text_some(const char *text)
{
	return text[0] != '\0';
}

bool bytes_text_printable(const char *text)
{
	for (const char *p = text; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			return false;
	return text[0] != '\0';
}
