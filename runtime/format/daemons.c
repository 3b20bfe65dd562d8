/* SPDX-License-Identifier: Apache-2.0 */
#include "daemons.h"

#include <inttypes.h>
#include <string.h>

#include "bytes.h"
#include "mem.h"
#include "str.h"
#include "tag.h"

#define SIGNAL_LAST 64 /* SIGRTMAX of Linux */
#define ID_NONE	    UINT32_MAX

static const struct bytes_format format = { "daemons table", DAEMONS_MAGIC, DAEMONS_VERSION,
					    sizeof(struct daemons_header), DAEMONS_SIZE_MAX };

static const struct bytes_ref row_refs[] = {
	{ "label", offsetof(struct daemons_row, label), tag_label_valid, "snap.NAME.APP" },
	{ 0 },
};

/* The numbers of a row that lie in a closed range. */
static const struct range {
	const char *name;
	size_t offset;
	uint32_t first;
	uint32_t last;
} ranges[] = {
	{ "rows.kind", offsetof(struct daemons_row, kind), DAEMONS_SIMPLE, DAEMONS_NOTIFY },
	{ "rows.restart", offsetof(struct daemons_row, restart), DAEMONS_RESTART_NEVER,
	  DAEMONS_RESTART_ALWAYS },
	{ "rows.stop_signal", offsetof(struct daemons_row, stop_signal), 1, SIGNAL_LAST },
	{ "rows.uid", offsetof(struct daemons_row, uid), 0, ID_NONE - 1 },
};

static int check_ranges(const struct daemons_row *r, uint32_t i, struct bytes *b)
{
	for (size_t n = 0; n < ARRAY_SIZE(ranges); n++) {
		uint32_t value;

		memcpy(&value, (const uint8_t *)r + ranges[n].offset, sizeof(value));
		if (value < ranges[n].first || value > ranges[n].last)
			return bytes_fail_row(b, i, ranges[n].name,
					      "%" PRIu32 ", expected %" PRIu32 " to %" PRIu32,
					      value, ranges[n].first, ranges[n].last);
	}
	return 0;
}

/* first: where the row's part of the after table must begin. */
static int check_after(const struct daemons *d, uint32_t i, uint32_t first, struct bytes *b)
{
	const struct daemons_row *r = &d->rows[i];

	if (r->after_first != first || r->after_count > d->header->after_count - first)
		return bytes_fail_row(b, i, "rows.after",
				      "expected the part of the table from %" PRIu32, first);
	for (uint32_t n = first; n < first + r->after_count; n++)
		if (d->after[n] >= i)
			return bytes_fail_row(b, n, "after",
					      "%" PRIu32 " is not before row %" PRIu32, d->after[n],
					      i);
	return 0;
}

static int check_rows(const struct daemons *d, struct bytes *b)
{
	uint32_t first = 0;

	for (uint32_t i = 0; i < d->header->rows_count; i++) {
		const struct daemons_row *r = &d->rows[i];

		if (bytes_refs(b, "rows", i, r, row_refs) || check_ranges(r, i, b) ||
		    check_after(d, i, first, b))
			return -1;
		first += r->after_count;
		for (uint32_t j = 0; j < i; j++)
			if (str_eq(b->strings + r->label, b->strings + d->rows[j].label))
				return bytes_fail_row(b, i, "rows.label",
						      "same as rows[%" PRIu32 "]", j);
	}
	if (first != d->header->after_count)
		return bytes_fail(b, "after", "%" PRIu32 " elements belong to no row",
				  d->header->after_count - first);
	return 0;
}

int daemons_read(const void *buf, size_t size, struct daemons *d, struct err *e)
{
	const struct daemons_header *h = buf;
	struct bytes b;

	if (bytes_start(&b, &format, buf, size, e))
		return -1;
	if (h->rows_count > DAEMONS_COUNT_MAX)
		return bytes_fail(&b, "rows", "%" PRIu32 " elements, at most %u", h->rows_count,
				  DAEMONS_COUNT_MAX);
	*d = (struct daemons){ .header = h };
	d->rows = bytes_table(&b, "rows", h->rows_offset, h->rows_count, sizeof(*d->rows));
	if (!d->rows)
		return -1;
	d->after = bytes_table(&b, "after", h->after_offset, h->after_count, sizeof(*d->after));
	if (!d->after || bytes_strings(&b, h->strings_offset, h->strings_size))
		return -1;
	d->strings = b.strings;
	return check_rows(d, &b);
}

const char *daemons_text(const struct daemons *d, uint32_t ref)
{
	return d->strings + ref;
}
