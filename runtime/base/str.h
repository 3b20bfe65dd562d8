/* SPDX-License-Identifier: Apache-2.0 */
/* Strings: a growing buffer and the few comparisons that libc lacks. */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "err.h"

/* Zero-initialised is empty; text is NULL or NUL-terminated. Release with str_free(). */
struct str {
	char *text;
	size_t len;
	size_t room;
};

void str_add(struct str *s, const char *text);
void str_add_bytes(struct str *s, const void *bytes, size_t n);
void str_printf(struct str *s, const char *fmt, ...) BASE_PRINTF(2, 3);
void str_free(struct str *s);

/*
 * Into out, of size bytes, the texts of the list, which NULL ends; returns where its NUL is. What a
 * caller has not made room for ends the process, as running out of memory does.
 */
char *str_join(char *out, size_t size, ...) __attribute__((sentinel));

/* The text, "" when nothing was added. Borrowed until the next change. */
static inline const char *str_text(const struct str *s)
{
	return s->text ? s->text : "";
}

static inline bool str_eq(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

static inline bool str_starts(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

static inline bool str_ends(const char *s, const char *suffix)
{
	size_t n = strlen(s), m = strlen(suffix);

	return n >= m && memcmp(s + n - m, suffix, m) == 0;
}

#define CLEANUP_STR __attribute__((cleanup(str_free)))

#endif
