/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "build.h"
#include "cleanup.h"
#include "mem.h"
#include "sweep.h"

static struct build_daemons start(void)
{
	struct build_daemons d = { 0 };

	build_daemons_start(&d);
	return d;
}

static void refuses(struct build_daemons d, const char *expected)
{
	CLEANUP_FREE void *bytes = NULL;
	struct err e = { 0 };
	struct daemons daemons;
	char text[256];
	size_t size;

	bytes = build_daemons_end(&d, &size);
	assert_int_equal(daemons_read(bytes, size, &daemons, &e), -1);
	snprintf(text, sizeof(text), "cannot use daemons table: field %s", expected);
	assert_string_equal(e.text, text);
}

/* Three rows; the third after both others. */
static struct build_daemons rich(void)
{
	static const char *const labels[] = { "snap.demo.a", "snap.demo.b", "snap.other.c" };
	struct build_daemons d = start();

	for (uint32_t i = 0; i < ARRAY_SIZE(labels); i++) {
		struct daemons_row row = build_daemons_row(&d, labels[i]);

		build_daemons_add(&d, &row);
	}
	build_daemons_after(&d, 2, 0);
	build_daemons_after(&d, 2, 1);
	build_daemons_need(&d, 2, "left", 0);
	build_daemons_need(&d, 0, "right", 3600000);
	return d;
}

static void test_accepts(void **state)
{
	struct build_daemons empty = start(), b = rich();
	CLEANUP_FREE void *none = NULL;
	CLEANUP_FREE void *bytes = NULL;
	struct err e = { 0 };
	struct daemons d;
	size_t size;

	(void)state;
	none = build_daemons_end(&empty, &size);
	if (daemons_read(none, size, &d, &e))
		fail_msg("%s", e.text);
	bytes = build_daemons_end(&b, &size);
	if (daemons_read(bytes, size, &d, &e))
		fail_msg("%s", e.text);
	assert_string_equal(daemons_text(&d, d.rows[2].label), "snap.other.c");
	assert_int_equal(d.after[1].row, 2);
	assert_int_equal(d.after[1].after, 1);
	assert_int_equal(d.header->rows_count, 3);
	assert_int_equal(d.header->needs_count, 2);
	assert_string_equal(daemons_text(&d, d.needs[0].tag), "snap_ab_db_sleft");
	assert_string_equal(daemons_text(&d, d.needs[1].slot), "right");
	assert_int_equal(d.needs[1].row, 0);
	assert_int_equal(d.needs[1].wait_ms, 3600000);
}

static void test_rows(void **state)
{
	static const struct {
		size_t offset;
		uint32_t value;
		const char *expected;
	} cases[] = {
#define CASE(field, value, expected) { offsetof(struct daemons_row, field), value, expected }
		CASE(kind, 0, "rows[0].kind: 0, expected 1 to 4"),
		CASE(kind, 5, "rows[0].kind: 5, expected 1 to 4"),
		CASE(restart, 16, "rows[0].restart: 16, expected 0 to 15"),
		CASE(stop_signal, 0, "rows[0].stop_signal: 0, expected 1 to 64"),
		CASE(stop_signal, 65, "rows[0].stop_signal: 65, expected 1 to 64"),
		CASE(label, 0, "rows[0].label: expected snap.NAME.APP"),
		CASE(label, 999, "rows[0].label: 999 is not the start of a string"),
#undef CASE
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct build_daemons d = start();
		struct daemons_row row = build_daemons_row(&d, "snap.demo.a");

		memcpy((uint8_t *)&row + cases[i].offset, &cases[i].value, sizeof(uint32_t));
		build_daemons_add(&d, &row);
		refuses(d, cases[i].expected);
	}
}

static void test_after(void **state)
{
	static const struct daemons_after bad[] = {
		{ 0, 0 }, { 0, 2 }, { 3, 1 }, { 1, UINT32_MAX }
	};
	struct build_daemons d;
	struct daemons_row row;

	(void)state;
	/* Itself, a later one, and rows that are not there. */
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		char expected[64];

		d = rich();
		build_daemons_after(&d, bad[i].row, bad[i].after);
		snprintf(expected, sizeof(expected), "after[2]: %u is not before row %u",
			 bad[i].after, bad[i].row);
		refuses(d, expected);
	}
	d = rich();
	row = build_daemons_row(&d, "snap.demo.b");
	build_daemons_add(&d, &row);
	refuses(d, "rows[3]: same as rows[1]");
	d = start();
	for (unsigned i = 0; i <= DAEMONS_COUNT_MAX; i++)
		build_daemons_add(&d, &row);
	refuses(d, "rows: 1025 elements, at most 1024");
	d = start();
	d.header.version = 3;
	refuses(d, "version: 3, expected 4");
	d = start();
	d.header.magic[0] = 0;
	refuses(d, "magic: this is no daemons table");
}

static void test_needs(void **state)
{
	static const char *const bad_tags[] = { "", "snap_a/b", "tag_a", "snap_.", "snap_a b" };
	struct build_daemons d = rich();

	(void)state;
	build_daemons_need(&d, 3, "left", 0);
	refuses(d, "needs[2].row: 3 is not a row");
	d = rich();
	build_daemons_need(&d, 0, "left", 3600001);
	refuses(d, "needs[2].wait_ms: 3600001, expected 0 to 3600000");
	d = rich();
	build_daemons_need(&d, 0, "", 0);
	refuses(d, "needs[2].slot: expected the name of a slot");
	for (size_t i = 0; i < ARRAY_SIZE(bad_tags); i++) {
		struct daemons_need n = { 0 };

		d = rich();
		n.tag = build_text(&d.b, bad_tags[i]);
		n.slot = build_text(&d.b, "left");
		str_add_bytes(&d.b.tables[2], &n, sizeof(n));
		refuses(d, "needs[2].tag: expected a udev tag");
	}
}

static int read_daemons(const void *buf, size_t size)
{
	struct daemons d;
	struct err e;

	return daemons_read(buf, size, &d, &e);
}

static void test_damage(void **state)
{
	struct build_daemons d = rich();
	CLEANUP_FREE uint8_t *bytes = NULL;
	struct daemons_header *h;
	size_t size;

	(void)state;
	bytes = build_daemons_end(&d, &size);
	assert_int_equal(sweep_lengths(read_daemons, bytes, size), 0);
	assert_in_range(sweep_bits(read_daemons, bytes, size), 1, 8 * (size - sizeof(*h)));
	assert_in_range(sweep_bytes(read_daemons, bytes, size), 1, 2 * (size - sizeof(*h)));
	h = (struct daemons_header *)bytes;
	h->after_count--;
	assert_int_equal(read_daemons(bytes, size), -1);
	h->after_count++;
	h->rows_offset += 4;
	assert_int_equal(read_daemons(bytes, size), -1);
	h->rows_offset -= 4;
	h->strings_size++;
	assert_int_equal(read_daemons(bytes, size), -1);
	h->strings_size--;
	assert_int_equal(read_daemons(bytes, size), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accepts), cmocka_unit_test(test_rows),
		cmocka_unit_test(test_after),	cmocka_unit_test(test_needs),
		cmocka_unit_test(test_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
