/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "meta.h"
#include "str.h"

static const struct meta_node *parse(struct mem_arena *a, const char *text, struct meta_diag *d)
{
	return meta_parse(a, text, strlen(text), "f.yaml", d);
}

static void places(void **state)
{
	struct mem_arena a = { 0 };
	struct meta_diag d = { 0 };
	const struct meta_node *n = parse(&a,
					  "a: 1\n"
					  "\"\xc3\xa4\xc3\xb6\": [x, 'y']\n"
					  "m:\n"
					  "  k: ~\n"
					  "t: |\n"
					  "    one\n"
					  "\n"
					  "    two\n",
					  &d);
	const struct meta_node *list;
	const struct meta_node *block;

	(void)state;
	assert_non_null(n);
	assert_int_equal(n->kind, META_MAP);
	assert_int_equal(n->count, 4);
	assert_string_equal(n->keys[2]->text, "m");
	assert_int_equal(n->keys[2]->loc.line, 3);
	list = n->items[1];
	assert_int_equal(list->kind, META_LIST);
	/* Two letters of two bytes each: the column counts bytes. */
	assert_int_equal(list->loc.col, 9);
	assert_string_equal(list->loc.file, "f.yaml");
	assert_true(list->items[0]->plain);
	assert_false(list->items[1]->plain);
	assert_int_equal(meta_get(meta_get(n, "m"), "k")->kind, META_NULL);
	assert_int_equal(meta_get(meta_get(n, "m"), "k")->loc.line, 4);
	block = meta_get(n, "t");
	assert_string_equal(block->text, "one\n\ntwo\n");
	assert_int_equal(block->loc.line, 5);
	assert_int_equal(block->block_col, 5);
	assert_null(meta_get(n, "none"));
	assert_null(meta_get(block, "none"));
	assert_null(meta_get(NULL, "none"));
	assert_int_equal(d.count, 0);
	mem_free(&a);
	meta_diag_free(&d);
}

struct refusal {
	const char *text;
	unsigned line, col;
	const char *message;
};

static const struct refusal refusals[] = {
	{ "", 0, 0, "cannot read f.yaml: it is empty" },
	{ "# only this\n", 0, 0, "cannot read f.yaml: it is empty" },
	{ "a: &x 1\n", 1, 4, "cannot use an anchor: not in our subset of YAML" },
	{ "a: &x [1]\n", 1, 4, "cannot use an anchor: not in our subset of YAML" },
	{ "a: *x\n", 1, 4, "cannot use an alias: not in our subset of YAML" },
	{ "<<: {a: 1}\n", 1, 1, "cannot use a merge key: not in our subset of YAML" },
	{ "a: !!str 1\n", 1, 4, "cannot use a tag: not in our subset of YAML" },
	{ "a: !x {b: 1}\n", 1, 4, "cannot use a tag: not in our subset of YAML" },
	{ "%TAG ! !x\n---\na: 1\n", 1, 1,
	  "cannot use a %TAG directive: not in our subset of YAML" },
	{ "a: 1\n---\nb: 1\n", 2, 1, "cannot read f.yaml: more than one document" },
	{ "a: 1\nb: 2\na: 3\n", 3, 1, "cannot use key \"a\": already used in line 1" },
	{ "x: {a: 1, 'a': 2}\n", 1, 11, "cannot use key \"a\": already used in line 1" },
	{ "? [a]\n: 1\n", 1, 3, "cannot use a list as a key: expected text" },
	{ "~: 1\n", 1, 1, "cannot use nothing as a key: expected text" },
	{ "a: 1\r\nb: 2\r\n", 1, 5, "cannot read f.yaml: control byte 0x0d" },
	{ "a: b\033[2J\n", 1, 5, "cannot read f.yaml: control byte 0x1b" },
	{ "a: b\xc2\x85 c\n", 1, 5, "cannot read f.yaml: control byte 0xc2" },
	{ "a: b\xe2\x80\xa8 c\n", 1, 5, "cannot read f.yaml: control byte 0xe2" },
	{ "a: \"b\\0c\"\n", 1, 4, "cannot use text: control byte 0x00 in it" },
	{ "a: \"b\\x1bc\"\n", 1, 4, "cannot use text: control byte 0x1b in it" },
	{ "a: \"b\\u009b\"\n", 1, 4, "cannot use text: control byte 0xc2 in it" },
	{ "\xef\xbb\xbf"
	  "a: 1\n",
	  1, 1, "cannot read f.yaml: begins with a byte-order mark" },
	{ "a: [1\n", 2, 1,
	  "cannot read f.yaml: did not find expected ',' or ']' while parsing a flow sequence" },
	{ "a: 1\n b: 2\n", 2, 3,
	  "cannot read f.yaml: mapping values are not allowed in this context" },
	{ "a: \xff\n", 0, 0, "cannot read f.yaml: invalid leading UTF-8 octet at byte 3" },
};

static void refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(refusals); i++) {
		struct mem_arena a = { 0 };
		struct meta_diag d = { 0 };

		assert_null(parse(&a, refusals[i].text, &d));
		assert_int_equal(d.errors, 1);
		assert_string_equal(d.messages[0].text, refusals[i].message);
		assert_int_equal(d.messages[0].loc.line, refusals[i].line);
		assert_int_equal(d.messages[0].loc.col, refusals[i].col);
		/* What an editor did, an editor can undo. */
		assert_int_equal(d.messages[0].hint != NULL,
				 str_ends(refusals[i].message, "0x0d") ||
					 str_ends(refusals[i].message, "mark"));
		mem_free(&a);
		meta_diag_free(&d);
	}
}

static void nul_byte(void **state)
{
	struct mem_arena a = { 0 };
	struct meta_diag d = { 0 };

	(void)state;
	assert_null(meta_parse(&a, "a: b\0c\n", 7, "f.yaml", &d));
	assert_string_equal(d.messages[0].text, "cannot read f.yaml: control byte 0x00");
	mem_free(&a);
	meta_diag_free(&d);
}

/* depth lists in each other */
static const struct meta_node *nested(struct mem_arena *a, size_t depth, struct meta_diag *d)
{
	char *text = malloc(2 * depth + 1);
	const struct meta_node *n;

	assert_non_null(text);
	memset(text, '[', depth);
	memset(text + depth, ']', depth);
	n = meta_parse(a, text, 2 * depth, "f.yaml", d);
	free(text);
	return n;
}

static void depth(void **state)
{
	struct mem_arena a = { 0 };
	struct meta_diag d = { 0 };

	(void)state;
	assert_non_null(nested(&a, META_DEPTH_MAX, &d));
	assert_null(nested(&a, META_DEPTH_MAX + 1, &d));
	assert_string_equal(d.messages[0].text, "cannot read f.yaml: nested deeper than 64");
	assert_null(nested(&a, 100000, &d));
	assert_int_equal(d.errors, 2);
	mem_free(&a);
	meta_diag_free(&d);
}

static void too_large(void **state)
{
	struct mem_arena a = { 0 };
	struct meta_diag d = { 0 };

	(void)state;
	/* Refused by its size, before a byte of it is read. */
	assert_null(meta_parse(&a, "a: 1\n", META_SIZE_MAX + 1, "f.yaml", &d));
	assert_string_equal(d.messages[0].text, "cannot read f.yaml: larger than 16777216 bytes");
	mem_free(&a);
	meta_diag_free(&d);
}

/* "[ROW,ROW,...]", each row a list of zeros. */
static void refused_lists(const char *row, size_t rows, const char *message)
{
	struct mem_arena a = { 0 };
	struct meta_diag d = { 0 };
	size_t each = strlen(row);
	size_t len = rows * each + 2;
	char *text = malloc(len);

	assert_non_null(text);
	text[0] = '[';
	for (size_t i = 0; i < rows; i++)
		memcpy(text + 1 + i * each, row, each);
	text[len - 1] = ']';
	assert_null(meta_parse(&a, text, len, "f.yaml", &d));
	assert_string_equal(d.messages[0].text, message);
	free(text);
	mem_free(&a);
	meta_diag_free(&d);
}

static void too_many_values(void **state)
{
	(void)state;
	refused_lists("[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0],", META_NODES_MAX / 25 + 1,
		      "cannot read f.yaml: more than 1000000 values");
}

static void too_many_entries(void **state)
{
	(void)state;
	refused_lists("0,", META_ENTRIES_MAX + 1, "cannot read f.yaml: more than 65536 entries");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(places),	    cmocka_unit_test(refused),
		cmocka_unit_test(nul_byte),	    cmocka_unit_test(depth),
		cmocka_unit_test(too_large),	    cmocka_unit_test(too_many_values),
		cmocka_unit_test(too_many_entries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
