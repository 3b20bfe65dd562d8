/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl.h"

#include "bytes.h"

static bool is_expression(const char *text)
{
	return strlen(text) <= 256 && (!*text || bytes_text_printable(text));
}

static const struct bytes_field row_fields[] = BYTES_FIELDS(
	BYTES_TEXT(hardware_row, interface, bytes_text_printable, "printable text"),
	BYTES_TEXT(hardware_row, identity, bytes_text_any, "text"),
	BYTES_NUMBER(hardware_row, system, 0, 1), BYTES_NUMBER(hardware_row, terms, 1, 16));
static const struct bytes_field term_fields[] =
	BYTES_FIELDS(BYTES_NUMBER(hardware_term, key, HARDWARE_KERNEL, HARDWARE_ATTRS_OF),
		     BYTES_TEXT(hardware_term, arg, bytes_text_any, "text"),
		     BYTES_TEXT(hardware_term, value, bytes_text_any, "text"),
		     BYTES_NUMBER(hardware_term, differ, 0, 1),
		     BYTES_NUMBER(hardware_term, form, HARDWARE_LITERAL, HARDWARE_HEX),
		     BYTES_TEXT(hardware_term, import, bytes_text_any, "text"));
static const struct bytes_field attr_fields[] =
	BYTES_FIELDS(BYTES_TEXT(hardware_attr, name, bytes_text_printable, "printable text"),
		     BYTES_TEXT(hardware_attr, match, is_expression, "an expression"),
		     BYTES_NUMBER(hardware_attr, optional, 0, 1));

/* The terms of all rows are those of the table, and what they name is there. */
static int check_counts(const struct bytes *b, const void *header)
{
	const struct hardware_row *rows = b->rows[HARDWARE_ROWS];
	const struct hardware_term *terms = b->rows[HARDWARE_TERMS];
	uint64_t sum = 0;

	(void)header;
	for (uint32_t i = 0; i < b->count[HARDWARE_ROWS]; i++)
		sum += rows[i].terms;
	if (sum != b->count[HARDWARE_TERMS])
		return bytes_fail(b, "rows", "they have %" PRIu64 " terms, expected %" PRIu32, sum,
				  b->count[HARDWARE_TERMS]);
	for (uint32_t i = 0; i < b->count[HARDWARE_TERMS]; i++)
		if (terms[i].form ? terms[i].attr >= b->count[HARDWARE_ATTRS] : terms[i].attr)
			return bytes_fail(b, "terms", "there is no attribute %" PRIu32,
					  terms[i].attr);
	return 0;
}

static const struct bytes_table tables[HARDWARE_TABLES] = {
	[HARDWARE_ROWS] = BYTES_TABLE("rows", struct hardware_row, row_fields),
	[HARDWARE_TERMS] = BYTES_TABLE("terms", struct hardware_term, term_fields),
	[HARDWARE_ATTRS] = BYTES_TABLE("attrs", struct hardware_attr, attr_fields),
};

static const struct bytes_format format = {
	.what = "hardware table",
	.magic = HARDWARE_MAGIC,
	.version = HARDWARE_VERSION,
	.header_size = sizeof(struct hardware_header),
	.size_max = HARDWARE_SIZE_MAX,
	.tables = tables,
	.tables_count = HARDWARE_TABLES,
	.check = check_counts,
};

int ctl_table_read(const void *buf, size_t size, struct ctl_table *t, struct err *e)
{
	struct bytes b;

	if (bytes_read(&b, &format, buf, size, e))
		return -1;
	*t = (struct ctl_table){ .rows = b.rows[HARDWARE_ROWS],
				 .terms = b.rows[HARDWARE_TERMS],
				 .attrs = b.rows[HARDWARE_ATTRS],
				 .row_count = b.count[HARDWARE_ROWS],
				 .term_count = b.count[HARDWARE_TERMS],
				 .strings = b.strings };
	return 0;
}
