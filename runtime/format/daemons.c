/* SPDX-License-Identifier: Apache-2.0 */
#include "daemons.h"

#include "bytes.h"
#include "label.h"

#define SIGNAL_LAST 64 /* SIGRTMAX of Linux */

enum table { ROWS, AFTER, NEEDS, TABLES };

static const struct bytes_field row_fields[] = BYTES_FIELDS(
	BYTES_TEXT(daemons_row, label, label_valid, "snap.NAME.APP"),
	BYTES_NUMBER(daemons_row, kind, DAEMONS_SIMPLE, DAEMONS_NOTIFY),
	BYTES_NUMBER(daemons_row, restart, DAEMONS_RESTART_NEVER, DAEMONS_RESTART_ALWAYS),
	BYTES_NUMBER(daemons_row, stop_signal, 1, SIGNAL_LAST));

static const struct bytes_field need_fields[] =
	BYTES_FIELDS(BYTES_TEXT(daemons_need, tag, label_tag_valid, "a udev tag"),
		     BYTES_TEXT(daemons_need, slot, bytes_text_printable, "the name of a slot"),
		     BYTES_NUMBER(daemons_need, wait_ms, 0, DAEMONS_WAIT_MAX));

/* Neither a circle nor a row that is not there: each waits for earlier ones only. */
static int check_after(const struct bytes *b, const void *row)
{
	const struct daemons_after *a = row;

	if ((a->row >= b->count[ROWS] || a->after >= a->row) && GUARD(daemons_after))
		return bytes_fail(b, NULL, "%" PRIu32 " is not before row %" PRIu32, a->after,
				  a->row);
	return 0;
}

static int check_need(const struct bytes *b, const void *row)
{
	const struct daemons_need *n = row;

	if (n->row >= b->count[ROWS])
		return bytes_fail(b, "row", "%" PRIu32 " is not a row", n->row);
	return 0;
}

static const struct bytes_table tables[TABLES] = {
	[ROWS] = BYTES_TABLE("rows", struct daemons_row, row_fields, .same = bytes_same_text),
	[AFTER] = BYTES_TABLE("after", struct daemons_after, NULL, .check = check_after),
	[NEEDS] = BYTES_TABLE("needs", struct daemons_need, need_fields, .check = check_need),
};

static const struct bytes_format format = {
	.what = "daemons table",
	.magic = DAEMONS_MAGIC,
	.version = DAEMONS_VERSION,
	.header_size = sizeof(struct daemons_header),
	.size_max = DAEMONS_SIZE_MAX,
	.rows_max = DAEMONS_COUNT_MAX,
	.tables = tables,
	.tables_count = TABLES,
};

int daemons_read(const void *buf, size_t size, struct daemons *d, struct err *e)
{
	struct bytes b;

	if (bytes_read(&b, &format, buf, size, e))
		return -1;
	*d = (struct daemons){ buf, b.rows[ROWS], b.rows[AFTER], b.rows[NEEDS], b.strings };
	return 0;
}
