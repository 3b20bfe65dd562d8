/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the readers of our own formats share: the first 16 bytes (magic, version, size), tables that
 * follow one another without a gap, and the strings at the end. Private to this floor.
 */
#ifndef FORMAT_BYTES_H
#define FORMAT_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

/* What a format is, for the messages and the first checks. */
struct bytes_format {
	const char *what; /* "plan" */
	const char *magic;
	uint32_t version;
	size_t header_size;
	size_t size_max;
};

/* A file being read. Borrows buffer and err. */
struct bytes {
	const struct bytes_format *format;
	const uint8_t *data;
	size_t size;
	size_t at; /* end of what is laid out so far */
	const char *strings;
	size_t strings_size;
	struct err *e;
};

/* A field of a row that refers to a string, and the form that the text must have. */
struct bytes_ref {
	const char *name;
	size_t offset; /* of the uint32_t in the row */
	bool (*valid)(const char *text);
	const char *expected;
};

/*
 * Starts reading: alignment, magic, version, the size in the header equal to size. On success the
 * whole header lies inside the buffer and b->at is behind it.
 */
int bytes_start(struct bytes *b, const struct bytes_format *f, const void *buf, size_t size,
		struct err *e) BASE_WARN_UNUSED;

/*
 * The next table: offset must be where the one before it ended, count * element must fit. Returns
 * its start (never NULL on success, also for an empty table), or NULL with the error set.
 */
const void *bytes_table(struct bytes *b, const char *name, uint32_t offset, uint32_t count,
			size_t element) BASE_WARN_UNUSED;

/* The strings: directly after the last table, to the end of the file, first and last byte NUL. */
int bytes_strings(struct bytes *b, uint32_t offset, uint32_t size) BASE_WARN_UNUSED;

/* The text of a reference, which must be the start of a string; NULL with the error set. */
const char *bytes_text(struct bytes *b, const char *field, uint32_t ref) BASE_WARN_UNUSED;

/*
 * Checks the references of one row; refs ends with an empty element. table and index name the row
 * ("mounts", 3); table is NULL for the header.
 */
int bytes_refs(struct bytes *b, const char *table, uint32_t index, const void *row,
	       const struct bytes_ref *refs) BASE_WARN_UNUSED;

/* Sets "cannot use WHAT: field FIELD: ..." and returns -1. */
int bytes_fail(const struct bytes *b, const char *field, const char *fmt, ...) BASE_PRINTF(3, 4);

/* The same for a row: "mounts.target" of index 3 is shown as "mounts[3].target". */
int bytes_fail_row(const struct bytes *b, uint32_t index, const char *field, const char *fmt, ...)
	BASE_PRINTF(4, 5);

/* Forms of text that several formats ask for. */
bool bytes_text_any(const char *text);
bool bytes_text_some(const char *text);	     /* not empty */
bool bytes_text_printable(const char *text); /* not empty, no control bytes */

#endif
