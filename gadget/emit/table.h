/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writer of our byte formats: a header, tables that follow one another, strings at the end (the
 * rules of format/plan.h). Equal strings are stored once. Private to this floor.
 */
#ifndef EMIT_TABLE_H
#define EMIT_TABLE_H

#include <stdint.h>

#include "arena.h"
#include "str.h"

/* A file being written. Start with TABLE_FILE, release with emit_table_free(). */
struct table_file {
	size_t header_size;
	struct str body;    /* tables */
	struct str strings; /* begins with the empty string */
};

#define TABLE_FILE(header_type)                                                                    \
	{                                                                                          \
		.header_size = sizeof(header_type)                                                 \
	}
#define CLEANUP_TABLE __attribute__((cleanup(emit_table_free)))

void emit_table_free(struct table_file *f);

/* Reference of a text, which is added when it is new. */
uint32_t emit_table_ref(struct table_file *f, const char *text);

/* Appends one row to the table that is being written. */
void emit_table_row(struct table_file *f, const void *row, size_t size);

/* Where the next table, or after the last one the strings, begins. */
uint32_t emit_table_offset(const struct table_file *f);

/* Bytes of the strings so far; all references are made when this is asked. */
uint32_t emit_table_strings_size(struct table_file *f);

/* The whole file: header (header_size bytes), tables, strings. Memory of the arena. */
void *emit_table_finish(struct mem_arena *a, struct table_file *f, const void *header,
			size_t *size) BASE_WARN_UNUSED;

#endif
