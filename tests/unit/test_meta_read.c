/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "yaml_fixture.h"

static const struct meta_node *value(struct fixture *f, const char *text)
{
	return yaml(f, "f.yaml", text);
}

static void ints(void **state)
{
	static const struct {
		const char *text;
		int64_t value;
	} good[] = {
		{ "0", 0 },
		{ "42", 42 },
		{ "-42", -42 },
		{ "+7", 7 },
		{ "0x1F", 31 },
		{ "0o17", 15 },
		{ "1000", 1000 },
		{ "9223372036854775807", INT64_MAX },
		{ "0x7fffffffffffffff", INT64_MAX },
	};
	static const char *const bad[] = {
		"010",
		"1_000",
		"'5'",
		"5M",
		"0x",
		"0o",
		"0o8",
		"1.0",
		"1e3",
		"-",
		"+-5",
		"[5]",
		"true",
		"~",
		"9223372036854775808",
		"0x8000000000000000",
		"0o7777777777777777777777",
		"+",
		"-0x5",
	};
	struct fixture *f = *state;
	int64_t out;

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		assert_int_equal(meta_int(value(f, good[i].text), "n",
					  (struct meta_range){ INT64_MIN, INT64_MAX }, &out, &f->d),
				 0);
		assert_int_equal(out, good[i].value);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(meta_int(value(f, bad[i]), "n",
					  (struct meta_range){ INT64_MIN, INT64_MAX }, &out, &f->d),
				 -1);
		assert_int_equal(f->d.errors, i + 1);
	}
	assert_string_equal(f->d.messages[0].text, "cannot use n: expected a number, got \"010\"");
	assert_string_equal(f->d.messages[2].text,
			    "cannot use n: expected a number, got quoted \"5\"");
}

static void int_range(void **state)
{
	struct fixture *f = *state;
	int64_t out = 7;

	assert_int_equal(meta_int(value(f, "8"), "n", (struct meta_range){ 1, 8 }, &out, &f->d), 0);
	assert_int_equal(meta_int(value(f, "9"), "n", (struct meta_range){ 1, 8 }, &out, &f->d),
			 -1);
	assert_int_equal(meta_int(value(f, "0"), "n", (struct meta_range){ 1, 8 }, &out, &f->d),
			 -1);
	assert_int_equal(out, 8);
	assert_string_equal(f->d.messages[0].text, "cannot use n: 9 is not in 1..8");
}

static void bools_and_texts(void **state)
{
	struct fixture *f = *state;
	const char *text;
	bool b = false;

	assert_int_equal(meta_bool(value(f, "true"), "b", &b, &f->d), 0);
	assert_true(b);
	assert_int_equal(meta_bool(value(f, "False"), "b", &b, &f->d), 0);
	assert_false(b);
	assert_int_equal(meta_bool(value(f, "yes"), "b", &b, &f->d), -1);
	assert_int_equal(meta_bool(value(f, "'true'"), "b", &b, &f->d), -1);
	assert_int_equal(meta_text(value(f, "1.10"), "t", &text, &f->d), 0);
	assert_string_equal(text, "1.10");
	assert_int_equal(meta_text(value(f, "[x]"), "t", &text, &f->d), -1);
	assert_int_equal(meta_text(value(f, "~"), "t", &text, &f->d), -1);
	assert_int_equal(meta_text(value(f, "'~'"), "t", &text, &f->d), 0);
	assert_string_equal(f->d.messages[2].text, "cannot use t: expected text, got a list");
	assert_string_equal(f->d.messages[3].text, "cannot use t: expected text, got nothing");
}

static void keys(void **state)
{
	static const char long_name[] =
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
	static const struct {
		const char *name, *known;
		bool found;
	} near[] = {
		{ "abc", "abc", true },
		{ "abc", "acb", true },
		{ "abc", "ab", true },
		{ "abc", "axbc", true },
		{ "abc", "xbz", false },
		{ "abc", "xyz", false },
		{ "", "a", false },
		{ long_name, long_name, false },
		{ "a", "b", false },
		/* Up to four letters one edit, up to eight two, then three. */
		{ "nope", "home", false },
		{ "hmoe", "home", true },
		{ "home", "homes", true },
		{ "i2cc", "i2c", true },
		{ "homme", "home", true },
		{ "nopes", "home", false },
		{ "abcde", "abxye", true },
		{ "abcdefgh", "abcdefxy", true },
		{ "abcdefgh", "abcdexyz", false },
		{ "abcdefghi", "abcdefxyz", true },
		{ "abcdefghi", "abcdewxyz", false },
		{ "badcfeghi", "abcdefghi", true },
	};
	static const char *const known[] = { "filesystem", "name", "offset", NULL };
	struct fixture *f = *state;
	const struct meta_node *n = value(f, "name: x\nfileystem: vfat\nzzzz: 1\n");

	assert_int_equal(meta_known_keys(n, known, false, &f->d), 0);
	assert_int_equal(f->d.count, 2);
	assert_int_equal(f->d.errors, 0);
	assert_int_equal(f->d.messages[0].severity, META_WARNING);
	assert_string_equal(f->d.messages[0].text, "cannot use key \"fileystem\": unknown");
	assert_string_equal(f->d.messages[0].hint, "did you mean \"filesystem\"?");
	assert_int_equal(f->d.messages[0].loc.line, 2);
	assert_null(f->d.messages[1].hint);
	assert_int_equal(meta_known_keys(n, known, true, &f->d), -1);
	assert_int_equal(f->d.errors, 2);
	for (size_t i = 0; i < ARRAY_SIZE(near); i++) {
		const char *const names[] = { near[i].known, NULL };

		assert_int_equal(meta_nearest(near[i].name, names) != NULL, near[i].found);
	}
	assert_null(meta_nearest("zzzz", known));
	assert_string_equal(meta_nearest("nam", known), "name");
}

/* What meta_print() writes, read back through a pipe in the place of stderr. */
static void printed(struct meta_diag *d, char *out, size_t size)
{
	FILE *f = tmpfile();
	int saved = dup(STDERR_FILENO);
	ssize_t n;

	assert_non_null(f);
	assert_true(dup2(fileno(f), STDERR_FILENO) >= 0);
	meta_print(d);
	fflush(stderr);
	assert_true(dup2(saved, STDERR_FILENO) >= 0);
	close(saved);
	n = pread(fileno(f), out, size - 1, 0);
	fclose(f);
	out[n > 0 ? n : 0] = '\0';
}

static void print_sorted(void **state)
{
	struct fixture *f = *state;
	struct meta_loc b = { "b.yaml", 1, 1 };
	struct meta_loc late = { "a.yaml", 10, 1 };
	struct meta_loc early = { "a.yaml", 9, 5 };
	struct meta_loc whole = { "a.yaml", 0, 0 };
	char out[4096];

	assert_int_equal(meta_error(&f->d, &b, "cannot b"), -1);
	meta_warn(&f->d, &late, "cannot use \"%s\"", "x\033[1m\ny\xc2\x9b");
	meta_hint(&f->d, "so");
	(void)meta_error(&f->d, &early, "cannot early");
	(void)meta_error(&f->d, &early, "cannot early");
	(void)meta_error(&f->d, &whole, "cannot whole");
	(void)meta_error(&f->d, NULL, "cannot nowhere");
	printed(&f->d, out, sizeof(out));
	assert_string_equal(
		out, "bulkhead: cannot nowhere\n"
		     "bulkhead: a.yaml: cannot whole\n"
		     "bulkhead: a.yaml:9:5: cannot early\n"
		     "bulkhead: a.yaml:10:1: warning: cannot use \"x\\x1b[1m\\ny\\xc2\\x9b\"\n"
		     "bulkhead: hint: so\n"
		     "bulkhead: b.yaml:1:1: cannot b\n");
	assert_int_equal(f->d.errors, 5);
	meta_sort(&f->d);
	assert_int_equal(f->d.count, 5);
}

/* Messages cut what is long, and name files of any bytes. */
static void characters(void **state)
{
	static const struct {
		const char *text, *said;
	} rows[] = {
		{ "\xc3\xa4\xe2\x82\xac\xf0\x9f\x8e\x89", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x8e\x89" },
		{ "a\xc3", "a\\xc3" },
		{ "\xe2\x82", "\\xe2\\x82" },
		{ "\xf0\x9f\x8e", "\\xf0\\x9f\\x8e" },
		{ "\x9b"
		  "1m",
		  "\\x9b1m" },
		{ "\xc0\xaf", "\\xc0\\xaf" },
		{ "\xe0\x80\xaf", "\\xe0\\x80\\xaf" },
		{ "\xed\xa0\x80", "\\xed\\xa0\\x80" },
		{ "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80" },
		{ "\xff", "\\xff" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		(void)meta_error(&f->d, NULL, "%s", rows[i].text);
		assert_string_equal(f->d.messages[i].text, rows[i].said);
	}
}

static void print_some(void **state)
{
	struct fixture *f = *state;
	static char out[128 * 1024];
	size_t lines = 0;

	for (unsigned i = 0; i < 1003; i++) {
		struct meta_loc loc = { "f", 1003 - i, 1 };

		(void)meta_error(&f->d, &loc, "cannot %u", i);
		if (i < 1002)
			meta_warn(&f->d, &loc, "odd %u", i);
	}
	printed(&f->d, out, sizeof(out));
	for (const char *p = out; *p; p++)
		lines += *p == '\n';
	assert_int_equal(lines, 2002);
	assert_non_null(strstr(out, "bulkhead: and 3 more errors\n"));
	assert_non_null(strstr(out, "bulkhead: and 2 more warnings\n"));
	assert_null(strstr(out, "f:1001:1: cannot"));
}

static void load(void **state)
{
	struct fixture *f = *state;

	assert_null(meta_load(&f->a, "/nonexistent/x.yaml", "x.yaml", &f->d));
	assert_string_equal(f->d.messages[0].loc.file, "x.yaml");
	assert_null(meta_load(&f->a, "/", "dir", &f->d));
	assert_string_equal(f->d.messages[1].text, "cannot read dir: not a regular file");
}

/* That a named file is not there is a mistake; that the machine fails is none. */
static void whose_fault(void **state)
{
	static const struct {
		int sys;
		size_t environment;
	} all[] = { { ENOENT, 0 }, { ENOTDIR, 0 }, { ELOOP, 0 }, { EISDIR, 0 },
		    { EIO, 1 },	   { EACCES, 1 },  { EMFILE, 1 } };
	struct fixture *f = *state;
	struct meta_loc loc = { .file = "f" };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		struct err e = { .kind = ERR_ENVIRONMENT, .sys = all[i].sys, .text = "cannot" };

		f->d.environment = 0;
		assert_int_equal(meta_fail_file(&f->d, &loc, &e), -1);
		assert_int_equal(f->d.environment, all[i].environment);
		assert_int_equal(f->d.errors, i + 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(whose_fault, set_up, tear_down),
		cmocka_unit_test_setup_teardown(ints, set_up, tear_down),
		cmocka_unit_test_setup_teardown(int_range, set_up, tear_down),
		cmocka_unit_test_setup_teardown(bools_and_texts, set_up, tear_down),
		cmocka_unit_test_setup_teardown(keys, set_up, tear_down),
		cmocka_unit_test_setup_teardown(print_sorted, set_up, tear_down),
		cmocka_unit_test_setup_teardown(characters, set_up, tear_down),
		cmocka_unit_test_setup_teardown(print_some, set_up, tear_down),
		cmocka_unit_test_setup_teardown(load, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
