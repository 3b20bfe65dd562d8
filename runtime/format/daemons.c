/* SPDX-License-Identifier: Apache-2.0 */
#include "daemons.h"

#include <inttypes.h>

#include "bytes.h"
#include "guard.h"
#include "label.h"

#define SIGNAL_LAST 64 /* SIGRTMAX of Linux */
#define ID_LAST	    (UINT32_MAX - 1)

enum table { ROWS, AFTER, TABLES };

static const struct bytes_field row_fields[] = {
	BYTES_TEXT(daemons_row, label, label_valid, "snap.NAME.APP"),
	BYTES_NUMBER(daemons_row, kind, DAEMONS_SIMPLE, DAEMONS_NOTIFY),
	BYTES_NUMBER(daemons_row, restart, DAEMONS_RESTART_NEVER, DAEMONS_RESTART_ALWAYS),
	BYTES_NUMBER(daemons_row, stop_signal, 1, SIGNAL_LAST),
	BYTES_NUMBER(daemons_row, uid, 0, ID_LAST),
	{ 0 },
};

/* Where the parts of the after table end that belong to the first count rows. */
static uint32_t parts_end(const struct daemons_row *rows, uint32_t count)
{
	return count ? rows[count - 1].after_first + rows[count - 1].after_count : 0;
}

static int check_row(const struct bytes *b, const void *row)
{
	const struct daemons_row *r = row;
	const uint32_t *after = b->rows[AFTER];
	uint32_t first = parts_end(b->rows[ROWS], b->row);

	if ((r->after_first != first || r->after_count > b->count[AFTER] - first) &&
	    GUARD(daemons_part))
		return bytes_fail(b, "after", "expected the part of the table from %" PRIu32,
				  first);
	for (uint32_t n = first; n < first + r->after_count; n++)
		if (after[n] >= b->row && GUARD(daemons_after))
			return bytes_fail(b, "after", "%" PRIu32 " is not before row %" PRIu32,
					  after[n], b->row);
	return 0;
}

/* Before the rows are compared with one another. */
static int check_header(const struct bytes *b, const void *header)
{
	const struct daemons_header *h = header;

	if (h->rows_count > DAEMONS_COUNT_MAX)
		return bytes_fail(b, "rows", "%" PRIu32 " elements, at most %u", h->rows_count,
				  DAEMONS_COUNT_MAX);
	return 0;
}

static const struct bytes_table tables[TABLES] = {
	[ROWS] = { "rows", sizeof(struct daemons_row), row_fields, bytes_same_text, check_row, 0 },
	[AFTER] = { "after", sizeof(uint32_t), NULL, NULL, NULL, 0 },
};

static const struct bytes_format format = {
	.what = "daemons table",
	.magic = DAEMONS_MAGIC,
	.version = DAEMONS_VERSION,
	.header_size = sizeof(struct daemons_header),
	.size_max = DAEMONS_SIZE_MAX,
	.tables = tables,
	.tables_count = TABLES,
	.check = check_header,
};

int daemons_read(const void *buf, size_t size, struct daemons *d, struct err *e)
{
	struct bytes b;

	if (bytes_read(&b, &format, buf, size, e))
		return -1;
	if (parts_end(b.rows[ROWS], b.count[ROWS]) != b.count[AFTER])
		return bytes_fail(&b, "after", "its last elements belong to no row");
	*d = (struct daemons){
		.header = buf, .rows = b.rows[ROWS], .after = b.rows[AFTER], .strings = b.strings
	};
	return 0;
}
