/* SPDX-License-Identifier: Apache-2.0 */
/* Which hardware tables bulkheadctl takes. */
#include "ctl.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "mem.h"

/* A table of one row, with one term and one attribute. */
struct file {
	struct hardware_header h;
	struct hardware_row row;
	struct hardware_term term;
	struct hardware_attr attr;
	char strings[8];
} __attribute__((aligned(8)));

static struct file valid(void)
{
	struct file f = {
		.h = { .magic = HARDWARE_MAGIC,
		       .version = HARDWARE_VERSION,
		       .size = offsetof(struct file, strings) + 7,
		       .tables = { { offsetof(struct file, row), 1 },
				   { offsetof(struct file, term), 1 },
				   { offsetof(struct file, attr), 1 } },
		       .strings = { offsetof(struct file, strings), 7 } },
		.row = { .interface = 1, .terms = 1 },
		.term = { .key = HARDWARE_ENV, .form = HARDWARE_TEXT },
		.attr = { .name = 1 },
		.strings = "\0wire\0",
	};

	return f;
}

static void refused(struct file f, const char *want)
{
	struct ctl_table t;
	struct err e = { 0 };

	assert_int_equal(ctl_table_read(&f, f.h.size, &t, &e), -1);
	assert_string_equal(e.text, want);
}

#define REFUSED(field, value, want)                                                                \
	do {                                                                                       \
		struct file f_ = valid();                                                          \
		f_.field = value;                                                                  \
		refused(f_, "cannot use hardware table: field " want);                             \
	} while (0)

static void test_valid(void **state)
{
	struct file f = valid();
	struct ctl_table t;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(ctl_table_read(&f, f.h.size, &t, &e), 0);
	assert_int_equal(t.row_count, 1);
	assert_string_equal(ctl_text(&t, t.rows[0].interface), "wire");
	for (size_t size = 0; size < f.h.size; size++)
		assert_int_equal(ctl_table_read(&f, size, &t, &e), -1);
}

static void test_refused(void **state)
{
	(void)state;
	REFUSED(h.version, 2, "version: 2, expected 1");
	REFUSED(row.interface, 0, "rows[0].interface: expected printable text");
	REFUSED(row.terms, 0, "rows: they have 0 terms, expected 1");
	REFUSED(row.terms, 2, "rows: they have 2 terms, expected 1");
	REFUSED(row.system, 2, "rows[0].system: 2, expected 0 to 1");
	REFUSED(term.key, 11, "terms[0].key: 11, expected 1 to 10");
	REFUSED(term.form, 5, "terms[0].form: 5, expected 0 to 4");
	REFUSED(term.attr, 1, "terms: there is no attribute 1");
	REFUSED(term.arg, 2, "terms[0].arg: 2 is not the start of a string");
	REFUSED(attr.name, 0, "attrs[0].name: expected printable text");
	REFUSED(attr.optional, 2, "attrs[0].optional: 2, expected 0 to 1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_valid),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
