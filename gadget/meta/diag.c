/* SPDX-License-Identifier: Apache-2.0 */
#include "meta.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "str.h"

/* Far more than anybody reads: a hostile file must not fill the log of a build machine. */
#define PRINTED_MAX 1000

unsigned meta_character(const char *s)
{
	/* Table 3-7 of the Unicode standard: the first byte, the second, and how many there are. */
	static const unsigned char rows[][5] = {
		{ 0x01, 0x7f, 0, 0, 1 },       { 0xc2, 0xdf, 0x80, 0xbf, 2 },
		{ 0xe0, 0xe0, 0xa0, 0xbf, 3 }, { 0xe1, 0xec, 0x80, 0xbf, 3 },
		{ 0xed, 0xed, 0x80, 0x9f, 3 }, { 0xee, 0xef, 0x80, 0xbf, 3 },
		{ 0xf0, 0xf0, 0x90, 0xbf, 4 }, { 0xf1, 0xf3, 0x80, 0xbf, 4 },
		{ 0xf4, 0xf4, 0x80, 0x8f, 4 },
	};
	const unsigned char *p = (const unsigned char *)s;
	size_t row = 0;
	unsigned n = 2;

	while (row < ARRAY_SIZE(rows) && (p[0] < rows[row][0] || p[0] > rows[row][1]))
		row++;
	if (row == ARRAY_SIZE(rows))
		return 0;
	if (rows[row][4] > 1 && (p[1] < rows[row][2] || p[1] > rows[row][3]))
		return 0;
	while (n < rows[row][4] && (p[n] & 0xc0) == 0x80)
		n++;
	return n < rows[row][4] ? 0 : rows[row][4];
}

/*
 * Messages quote what was read, and name files. Control bytes would let a file speak to the
 * terminal, and C1 controls (U+0080 to U+009F) do so too, in UTF-8 as 0xc2 and a byte below 0xa0.
 * What is no UTF-8 is a file's name, or a character that a message cut.
 */
static void add_clean(struct str *out, const char *text)
{
	for (const unsigned char *p = (const unsigned char *)text; *p;) {
		unsigned n = meta_character((const char *)p);
		bool clean = n && *p >= 0x20 && *p != 0x7f && (*p != 0xc2 || p[1] >= 0xa0);
		const unsigned char *end = p + (n ? n : 1);

		if (*p == '\n')
			str_add(out, "\\n");
		else if (*p == '\t')
			str_add(out, "\\t");
		else if (clean)
			str_add_bytes(out, p, n);
		else
			for (const unsigned char *c = p; c < end; c++)
				str_printf(out, "\\x%02x", *c);
		p = end;
	}
}

static BASE_PRINTF(2, 0) char *clean_text(struct mem_arena *a, const char *fmt, va_list ap)
{
	char raw[ERR_TEXT_MAX];
	CLEANUP_STR struct str s = { 0 };

	if (vsnprintf(raw, sizeof(raw), fmt, ap) >= (int)sizeof(raw))
		memcpy(raw + sizeof(raw) - 4, "...", 4);
	add_clean(&s, raw);
	return mem_strdup(a, str_text(&s));
}

static void record(struct meta_diag *d, enum meta_severity severity, const struct meta_loc *loc,
		   char *text)
{
	d->messages = mem_grow(&d->arena, d->messages, d->count, &d->room, sizeof(d->messages[0]));
	d->messages[d->count] = (struct meta_message){ .severity = severity, .text = text };
	if (loc)
		d->messages[d->count].loc = *loc;
	d->count++;
	if (severity == META_ERROR)
		d->errors++;
}

int meta_error(struct meta_diag *d, const struct meta_loc *loc, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	record(d, META_ERROR, loc, clean_text(&d->arena, fmt, ap));
	va_end(ap);
	return -1;
}

int meta_fail(struct meta_diag *d, const struct meta_loc *loc, const struct err *e)
{
	if (e->kind == ERR_ENVIRONMENT)
		d->environment++;
	return meta_error(d, loc, "%s", e->text);
}

int meta_fail_file(struct meta_diag *d, const struct meta_loc *loc, const struct err *e)
{
	static const int mistakes[] = { ENOENT, ENOTDIR, EISDIR, ELOOP, ENAMETOOLONG };

	for (size_t i = 0; i < ARRAY_SIZE(mistakes); i++)
		if (e->sys == mistakes[i])
			return meta_error(d, loc, "%s", e->text);
	return meta_fail(d, loc, e);
}

void meta_warn(struct meta_diag *d, const struct meta_loc *loc, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	record(d, META_WARNING, loc, clean_text(&d->arena, fmt, ap));
	va_end(ap);
}

void meta_hint(struct meta_diag *d, const char *fmt, ...)
{
	va_list ap;

	if (d->count == 0)
		return;
	va_start(ap, fmt);
	d->messages[d->count - 1].hint = clean_text(&d->arena, fmt, ap);
	va_end(ap);
}

void meta_last_word(struct meta_diag *d)
{
	if (d->count)
		d->messages[d->count - 1].last_word = true;
}

static int compare_unsigned(unsigned a, unsigned b)
{
	return (a > b) - (a < b);
}

static int compare_places(const struct meta_message *a, const struct meta_message *b)
{
	int order = strcmp(a->loc.file ? a->loc.file : "", b->loc.file ? b->loc.file : "");

	if (order == 0)
		order = compare_unsigned(a->loc.line, b->loc.line);
	if (order == 0)
		order = compare_unsigned(a->loc.col, b->loc.col);
	return order;
}

static int compare(const void *pa, const void *pb)
{
	const struct meta_message *a = *(const struct meta_message *const *)pa;
	const struct meta_message *b = *(const struct meta_message *const *)pb;
	int order = compare_places(a, b);

	if (order == 0)
		order = b->last_word - a->last_word;
	return order ? order : strcmp(a->text, b->text);
}

/*
 * b, which comes after a, is not said: said twice, as by two that read the same file, or of a place
 * whose last word a is.
 */
static bool is_said(const struct meta_message *a, const struct meta_message *b)
{
	if (a->last_word)
		return compare_places(a, b) == 0;
	return a->severity == b->severity && compare(&a, &b) == 0;
}

static int compare_values(const void *pa, const void *pb)
{
	return compare(&pa, &pb);
}

void meta_sort(struct meta_diag *d)
{
	size_t kept = 0;

	if (d->count)
		qsort(d->messages, d->count, sizeof(d->messages[0]), compare_values);
	for (size_t i = 0; i < d->count; i++)
		if (i == 0 || !is_said(&d->messages[kept - 1], &d->messages[i]))
			d->messages[kept++] = d->messages[i];
	d->count = kept;
}

static void print_one(const struct meta_message *m)
{
	CLEANUP_STR struct str place = { 0 };

	if (m->loc.file) {
		add_clean(&place, m->loc.file);
		str_add(&place, ":");
		if (m->loc.line)
			str_printf(&place, "%u:%u:", m->loc.line, m->loc.col);
		str_add(&place, " ");
	}
	fprintf(stderr, "bulkhead: %s%s%s\n", str_text(&place),
		m->severity == META_WARNING ? "warning: " : "", m->text);
	if (m->hint)
		fprintf(stderr, "bulkhead: hint: %s\n", m->hint);
}

void meta_print(const struct meta_diag *d)
{
	CLEANUP_FREE const struct meta_message **sorted = NULL;
	size_t printed[] = { [META_ERROR] = 0, [META_WARNING] = 0 };

	if (d->count == 0)
		return;
	sorted = mem_must(calloc(d->count, sizeof(const struct meta_message *)));
	for (size_t i = 0; i < d->count; i++)
		sorted[i] = &d->messages[i];
	qsort(sorted, d->count, sizeof(const struct meta_message *), compare);
	for (size_t i = 0, said = 0; i < d->count; i++) {
		if (i && is_said(sorted[said], sorted[i]))
			continue;
		said = i;
		if (++printed[sorted[i]->severity] <= PRINTED_MAX)
			print_one(sorted[i]);
	}
	if (printed[META_ERROR] > PRINTED_MAX)
		fprintf(stderr, "bulkhead: and %zu more errors\n",
			printed[META_ERROR] - PRINTED_MAX);
	if (printed[META_WARNING] > PRINTED_MAX)
		fprintf(stderr, "bulkhead: and %zu more warnings\n",
			printed[META_WARNING] - PRINTED_MAX);
}

void meta_diag_free(struct meta_diag *d)
{
	mem_free(&d->arena);
	*d = (struct meta_diag){ 0 };
}
