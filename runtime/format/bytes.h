/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the readers of our own formats share: the first 16 bytes (magic, version, size), tables that
 * follow one another without a gap, the strings at the end, and what each field must be, told as
 * data. Private to this floor.
 */
#ifndef FORMAT_BYTES_H
#define FORMAT_BYTES_H

#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "guard.h"
#include "mem.h"
#include "str.h"

/* Tables of one format, and the strings. */
#define BYTES_TABLES_MAX 11u

struct bytes;

/* What one uint32_t of a row or of the header must be. */
struct bytes_field {
	const char *name;
	size_t offset;
	bool (*form)(const char *text); /* it refers to a string of that form; NULL: a number */
	const char *expected;		/* the form in words; of a number: it is made of bits */
	uint32_t first, last;		/* a number: its range; bits from 0 on are one too */
};

#define BYTES_TEXT(type, field, form, expected)                                                    \
	{                                                                                          \
#field, offsetof(struct type, field), form, expected, 0, 0                         \
	}
#define BYTES_NUMBER(type, field, first, last)                                                     \
	{                                                                                          \
#field, offsetof(struct type, field), NULL, NULL, first, last                      \
	}
/* A number of which every bit is one of last, and which is first at least. */
#define BYTES_BITS(type, field, first, last, expected)                                             \
	{                                                                                          \
#field, offsetof(struct type, field), NULL, expected, first, last                  \
	}
/* The whole row is one string reference. */
#define BYTES_ROW_TEXT(form, expected)                                                             \
	{                                                                                          \
		"text", 0, form, expected, 0, 0                                                    \
	}

/* The fields of a row, and the empty element behind them. */
#define BYTES_FIELDS(...)                                                                          \
	{                                                                                          \
		__VA_ARGS__,                                                                       \
		{                                                                                  \
			0                                                                          \
		}                                                                                  \
	}

/* What no field shows alone. The row's own fields, the header's and all rows before are checked. */
typedef int bytes_check(const struct bytes *b, const void *row);

struct bytes_table {
	const char *name;
	size_t element;			  /* bytes of a row */
	const struct bytes_field *fields; /* ends with an empty element; NULL: none */
	/* True when the table must not hold both rows; NULL: it may hold any two. */
	bool (*same)(const struct bytes *b, const void *x, const void *y);
	bytes_check *check; /* or NULL */
	size_t key;	    /* no two rows begin with the same that many bytes; 0: they may */
};

/* A table and what else it asks for, by name: same, check, key. */
#define BYTES_TABLE(table, type, of_row, ...)                                                      \
	{                                                                                          \
		.name = table, .element = sizeof(type), .fields = of_row, __VA_ARGS__              \
	}

/*
 * A format. The header ends with a pair of uint32_t, offset and count, for each table and then for
 * the strings.
 */
struct bytes_format {
	const char *what; /* "plan", for the messages */
	const char *magic;
	uint32_t version;
	size_t header_size;
	size_t size_max;
	uint32_t rows_max; /* of each table; 0: what the size allows */
	bool sorted;	   /* each table, ascending, none twice, by the text of its first field */
	const struct bytes_field *header; /* ends with an empty element */
	const struct bytes_table *tables;
	unsigned tables_count;
	bytes_check *check; /* of the header and the counts, or NULL */
};

/* A file being read. Borrows buffer and err. */
struct bytes {
	const struct bytes_format *format;
	const uint8_t *data;
	size_t size;
	const void *rows[BYTES_TABLES_MAX]; /* never NULL, also of an empty table */
	uint32_t count[BYTES_TABLES_MAX];
	const char *strings;
	const char *table; /* whose row is being checked; NULL: the header */
	uint32_t row;
	struct err *e;
};

/*
 * Starts reading: alignment, magic, version, the size in the header equal to size. On success the
 * whole header lies inside the buffer.
 */
int bytes_start(struct bytes *b, const struct bytes_format *f, const void *buf, size_t size,
		struct err *e) BASE_WARN_UNUSED;

/*
 * Checks a whole file: bytes_start(), the layout (each table where the one before it ended, the
 * strings to the end of the file, their first and last byte NUL), then header and rows by their
 * fields and checks. On success rows, count and strings are set.
 */
int bytes_read(struct bytes *b, const struct bytes_format *f, const void *buf, size_t size,
	       struct err *e) BASE_WARN_UNUSED;

/* Checks the fields of one row, or of the header; fields ends with an empty element. */
int bytes_fields(const struct bytes *b, const void *row,
		 const struct bytes_field *fields) BASE_WARN_UNUSED;

/*
 * Sets "cannot use WHAT: field FIELD: ..." and returns -1. Inside of a row, FIELD becomes
 * "TABLE[ROW].FIELD"; NULL is the row as a whole.
 */
#define bytes_fail(b, field, ...) (err_input((b)->e, __VA_ARGS__), bytes_where(b, field))

/* Puts the place before the reason that was just set, and returns -1. */
int bytes_where(const struct bytes *b, const char *field);

/* For struct bytes_table: the first fields of both rows refer to the same text. */
bool bytes_same_text(const struct bytes *b, const void *x, const void *y);

/* Forms of text that several formats ask for. */
bool bytes_text_any(const char *text);
bool bytes_text_some(const char *text);	     /* not empty */
bool bytes_text_printable(const char *text); /* not empty, no control bytes */

#endif
