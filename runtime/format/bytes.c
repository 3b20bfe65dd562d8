/* SPDX-License-Identifier: Apache-2.0 */
#include "bytes.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define FIELD_MAX  96
#define REASON_MAX 256

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
	       "the formats are little-endian and read in place");

/* How each of our files begins. */
struct prefix {
	char magic[8];
	uint32_t version;
	uint32_t size;
};

BASE_PRINTF(3, 0)
static int fail(const struct bytes *b, const char *field, const char *fmt, va_list ap)
{
	char reason[REASON_MAX];

	vsnprintf(reason, sizeof(reason), fmt, ap);
	return err_input(b->e, "cannot use %s: field %s: %s", b->format->what, field, reason);
}

int bytes_fail(const struct bytes *b, const char *field, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fail(b, field, fmt, ap);
	va_end(ap);
	return -1;
}

int bytes_fail_row(const struct bytes *b, uint32_t index, const char *field, const char *fmt, ...)
{
	int table = (int)strcspn(field, ".");
	char row[FIELD_MAX];
	va_list ap;

	snprintf(row, sizeof(row), "%.*s[%" PRIu32 "]%s", table, field, index, field + table);
	va_start(ap, fmt);
	fail(b, row, fmt, ap);
	va_end(ap);
	return -1;
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
	if (size > f->size_max)
		return err_input(e, "cannot use %s: %zu bytes, more than %zu", f->what, size,
				 f->size_max);
	memcpy(&p, buf, sizeof(p));
	if (memcmp(p.magic, f->magic, sizeof(p.magic)) != 0)
		return bytes_fail(b, "magic", "this is no %s", f->what);
	if (p.version != f->version)
		return bytes_fail(b, "version", "%" PRIu32 ", expected %" PRIu32, p.version,
				  f->version);
	if (p.size != size)
		return bytes_fail(b, "size", "%" PRIu32 ", but the file has %zu bytes", p.size,
				  size);
	b->at = f->header_size;
	return 0;
}

const void *bytes_table(struct bytes *b, const char *name, uint32_t offset, uint32_t count,
			size_t element)
{
	size_t start = b->at;

	if (offset != start) {
		bytes_fail(b, name, "offset %" PRIu32 ", expected %zu", offset, start);
		return NULL;
	}
	if (count > (b->size - start) / element) {
		bytes_fail(b, name, "%" PRIu32 " elements do not fit the file", count);
		return NULL;
	}
	b->at = start + count * element;
	return b->data + start;
}

int bytes_strings(struct bytes *b, uint32_t offset, uint32_t size)
{
	const char *text = bytes_table(b, "strings", offset, size, 1);

	if (!text)
		return -1;
	if (b->at != b->size)
		return bytes_fail(b, "strings", "%zu bytes behind the end", b->size - b->at);
	if (size == 0 || text[0] != '\0' || text[size - 1] != '\0')
		return bytes_fail(b, "strings", "do not begin and end with a NUL");
	b->strings = text;
	b->strings_size = size;
	return 0;
}

const char *bytes_text(struct bytes *b, const char *field, uint32_t ref)
{
	if (ref < b->strings_size && (ref == 0 || b->strings[ref - 1] == '\0'))
		return b->strings + ref;
	bytes_fail(b, field, "%" PRIu32 " is not the start of a string", ref);
	return NULL;
}

int bytes_refs(struct bytes *b, const char *table, uint32_t index, const void *row,
	       const struct bytes_ref *refs)
{
	for (const struct bytes_ref *r = refs; r->name; r++) {
		char field[FIELD_MAX];
		const char *text;
		uint32_t ref;

		memcpy(&ref, (const uint8_t *)row + r->offset, sizeof(ref));
		if (table)
			snprintf(field, sizeof(field), "%s[%" PRIu32 "].%s", table, index, r->name);
		else
			snprintf(field, sizeof(field), "%s", r->name);
		text = bytes_text(b, field, ref);
		if (!text)
			return -1;
		if (!r->valid(text))
			return bytes_fail(b, field, "expected %s", r->expected);
	}
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
