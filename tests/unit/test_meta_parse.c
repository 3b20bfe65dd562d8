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

/* tree: what is read on, as a line of flow YAML; NULL: nothing is. */
struct refusal {
	const char *text;
	unsigned line, col;
	const char *message;
	const char *tree;
};

static void show(const struct meta_node *n, struct str *out)
{
	if (n->kind == META_NULL)
		str_add(out, "~");
	else if (n->kind == META_SCALAR)
		str_printf(out, n->plain ? "%s" : "'%s'", n->text);
	else
		str_add(out, n->kind == META_MAP ? "{" : "[");
	for (size_t i = 0; i < n->count; i++) {
		str_add(out, i ? ", " : "");
		if (n->kind == META_MAP) {
			show(n->keys[i], out);
			str_add(out, ": ");
		}
		show(n->items[i], out);
	}
	if (n->kind == META_MAP || n->kind == META_LIST)
		str_add(out, n->kind == META_MAP ? "}" : "]");
}

/* What was read is the tree, and known to be refused. */
static void assert_tree(const struct meta_node *root, const char *tree)
{
	CLEANUP_STR struct str s = { 0 };

	if (!tree) {
		assert_null(root);
		return;
	}
	assert_non_null(root);
	assert_true(root->faulty);
	show(root, &s);
	assert_string_equal(str_text(&s), tree);
}

static const struct refusal refusals[] = {
	{ "", 1, 1, "cannot read f.yaml: it is empty", NULL },
	{ "# only this\n", 1, 1, "cannot read f.yaml: it is empty", NULL },
	{ "a: &x 1\n", 1, 4, "cannot use an anchor: not in our subset of YAML", "{a: 1}" },
	{ "a: &x [1]\n", 1, 4, "cannot use an anchor: not in our subset of YAML", "{a: [1]}" },
	{ "a: *x\n", 1, 4, "cannot use an alias: not in our subset of YAML", "{a: '_'}" },
	{ "<<: {a: 1}\n", 1, 1, "cannot use a merge key: not in our subset of YAML", "{a: 1}" },
	{ "a: !!str 1\n", 1, 4, "cannot use a tag: not in our subset of YAML", "{a: '1'}" },
	{ "a: !x {b: 1}\n", 1, 4, "cannot use a tag: not in our subset of YAML", "{a: {b: 1}}" },
	{ "%TAG ! !x\n---\na: 1\n", 1, 1, "cannot use a %TAG directive: not in our subset of YAML",
	  "{a: 1}" },
	{ "a: 1\n---\nb: 1\n", 2, 1, "cannot read f.yaml: more than one document", "{a: 1}" },
	{ "a: 1\nb: 2\na: 3\n", 3, 1, "cannot use key \"a\": already used in line 1",
	  "{a: 1, b: 2}" },
	{ "x: {a: 1, 'a': 2}\n", 1, 11, "cannot use key \"a\": already used in line 1",
	  "{x: {a: 1}}" },
	{ "? [a]\n: 1\n", 1, 3, "cannot use a list as a key: expected text", "{}" },
	{ "~: 1\n", 1, 1, "cannot use nothing as a key: expected text", "{}" },
	{ "a: 1\r\nb: 2\r\n", 1, 5, "cannot read f.yaml: control byte 0x0d", "{a: 1, b: 2}" },
	{ "a: b\033[2J\n", 1, 5, "cannot read f.yaml: control byte 0x1b", NULL },
	{ "a: b\xc2\x85 c\n", 1, 5, "cannot read f.yaml: control byte 0xc2", NULL },
	{ "a: b\xe2\x80\xa8 c\n", 1, 5, "cannot read f.yaml: control byte 0xe2", NULL },
	{ "a: \"b\\0c\"\n", 1, 4, "cannot use text: control byte 0x00 in it", "{a: '___'}" },
	{ "a: \"b\\x1bc\"\n", 1, 4, "cannot use text: control byte 0x1b in it", "{a: '___'}" },
	{ "a: \"b\\u009b\"\n", 1, 4, "cannot use text: control byte 0xc2 in it", "{a: '___'}" },
	{ "\xef\xbb\xbf"
	  "a: 1\n",
	  1, 1, "cannot read f.yaml: begins with a byte-order mark", "{a: 1}" },
	{ "a: [1\n", 2, 1,
	  "cannot read f.yaml: did not find expected ',' or ']' while parsing a flow sequence",
	  NULL },
	{ "a: 1\n b: 2\n", 2, 3,
	  "cannot read f.yaml: mapping values are not allowed in this context", NULL },
	{ "a: b\rc: d\n", 1, 5, "cannot read f.yaml: control byte 0x0d", NULL },
	{ "a: !!int '5'\n", 1, 4, "cannot use a tag: not in our subset of YAML", "{a: 5}" },
	{ "a: !x '5'\n", 1, 4, "cannot use a tag: not in our subset of YAML", "{a: '5'}" },
	{ "a: [{<<: [{b: 1, c: 2}, {b: 3}, x], c: 4}]\n", 1, 6,
	  "cannot use a merge key: not in our subset of YAML", "{a: [{c: 4, b: 1}]}" },
	{ "a: \xff\n", 1, 4, "cannot read f.yaml: invalid leading UTF-8 octet", NULL },
};

static void refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(refusals); i++) {
		struct mem_arena a = { 0 };
		struct meta_diag d = { 0 };

		assert_tree(parse(&a, refusals[i].text, &d), refusals[i].tree);
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

/* Every one is told, and the tree is the one that was meant. */
static void several(void **state)
{
	static const char text[] = "t: &t {x: 1, y: !!str 2}\n"
				   "u: {<<: *t, x: 3}\n"
				   "u: 5\n"
				   "l: [*t, *nothing, \"\\a\"]\n"
				   "{}: 1\n"
				   "s: &t 7\n"
				   "r: *t\n";
	static const struct {
		unsigned line, col;
	} places[] = { { 1, 4 }, { 1, 17 }, { 2, 5 }, { 2, 9 }, { 3, 1 }, { 4, 5 },
		       { 4, 9 }, { 4, 19 }, { 5, 1 }, { 6, 4 }, { 7, 4 } };
	struct mem_arena a = { 0 };
	struct meta_diag d = { 0 };

	(void)state;
	assert_tree(parse(&a, text, &d), "{t: {x: 1, y: '2'}, u: {x: 3, y: '2'}, "
					 "l: [{x: 1, y: '2'}, '_', '_'], s: 7, r: 7}");
	meta_sort(&d);
	assert_int_equal(d.count, ARRAY_SIZE(places));
	for (size_t i = 0; i < d.count; i++) {
		assert_int_equal(d.messages[i].loc.line, places[i].line);
		assert_int_equal(d.messages[i].loc.col, places[i].col);
	}
	mem_free(&a);
	meta_diag_free(&d);
}

/* Each line's first byte that is none of YAML's; nothing else of such a file. */
static void several_bytes(void **state)
{
	struct mem_arena a = { 0 };
	struct meta_diag d = { 0 };

	(void)state;
	assert_null(parse(&a, "a: \033\033\r\nb: 1\r\nb: \x7f\n", &d));
	assert_int_equal(d.errors, 3);
	assert_int_equal(d.messages[1].loc.line, 2);
	assert_string_equal(d.messages[1].text, "cannot read f.yaml: control byte 0x0d");
	assert_int_equal(d.messages[2].loc.line, 3);
	assert_int_equal(d.messages[2].loc.col, 4);
	mem_free(&a);
	meta_diag_free(&d);
}

/* Aliases of aliases, which would be read as 10 to the ninth values: counted, not walked. */
static void laughs(void **state)
{
	struct mem_arena a = { 0 };
	struct meta_diag d = { 0 };
	CLEANUP_STR struct str s = { 0 };

	(void)state;
	str_add(&s, "a0: &a0 x\n");
	for (unsigned i = 1; i < 10; i++) {
		str_printf(&s, "a%u: &a%u [", i, i);
		for (unsigned k = 0; k < 10; k++)
			str_printf(&s, "*a%u, ", i - 1);
		str_add(&s, "]\n");
	}
	assert_null(parse(&a, str_text(&s), &d));
	assert_string_equal(d.messages[d.count - 1].text,
			    "cannot read f.yaml: more than 1000000 values");
	mem_free(&a);
	meta_diag_free(&d);
}

/* count times the text between two brackets is refused so, as the last that is told. */
static void refused_many(const char *text, unsigned count, const char *message)
{
	struct mem_arena a = { 0 };
	struct meta_diag d = { 0 };
	CLEANUP_STR struct str s = { 0 };

	str_add(&s, "[");
	for (unsigned i = 0; i < count; i++)
		str_add(&s, text);
	str_add(&s, "]");
	assert_null(parse(&a, str_text(&s), &d));
	assert_string_equal(d.messages[d.count - 1].text, message);
	mem_free(&a);
	meta_diag_free(&d);
}

static void too_many_refused(void **state)
{
	(void)state;
	refused_many("!x y, ", 5000, "cannot read f.yaml further: more than 1000 errors");
	refused_many("&x y, ", 257, "cannot read f.yaml: more than 256 anchors");
	/* 62 deep, named 3 deep. */
	refused_many("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[&x [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[x"
		     "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]],"
		     "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[*x]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]],",
		     1, "cannot read f.yaml: nested deeper than 64");
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
		cmocka_unit_test(too_many_entries), cmocka_unit_test(several),
		cmocka_unit_test(several_bytes),    cmocka_unit_test(laughs),
		cmocka_unit_test(too_many_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
