/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "console.h"
#include "disk.h"
#include "expand.h"
#include "fd.h"
#include "fetch.h"
#include "json.h"
#include "machine.h"
#include "mem.h"
#include "report.h"

static void feed(struct console *c, const char *text)
{
	assert_int_equal(console_feed(c, text, strlen(text)), 0);
}

static void test_console_cleans(void **state)
{
	static const struct {
		const char *in, *line;
	} rows[] = {
		{ "plain\r\n", "plain" },
		{ "\x1b[1;31mred\x1b[0m\n", "red" },
		{ "\x1b[6n/ # ls\r\n", "/ # ls" },
		{ "\x1b]0;title\x07text\n", "text" },
		{ "\x1b]0;title\x1b\\text\n", "text" },
		{ "\x1b(Bx\x1b=y\n", "xy" },
		{ "a\x07"
		  "b\x7f\tc\n",
		  "ab\tc" },
		{ "\x1b[12\nnext\n", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct console c = { 0 };

		/* Byte by byte and at once: a sequence may be cut anywhere. */
		for (const char *p = rows[i].in; *p; p++)
			assert_int_equal(console_feed(&c, p, 1), 0);
		assert_string_equal(console_line(&c, 0), rows[i].line);
		feed(&c, rows[i].in);
		assert_string_equal(console_line(&c, c.count / 2), rows[i].line);
		console_free(&c);
	}
}

static void test_console_finds(void **state)
{
	struct console c = { 0 };
	bool open = false;
	regex_t re;

	(void)state;
	assert_int_equal(regcomp(&re, "^lo", REG_EXTENDED | REG_NOSUB), 0);
	feed(&c, "login\nhello\nlo");
	assert_int_equal(console_lines(&c), 3);
	assert_int_equal(console_find(&c, &re, 0, &open), 0);
	assert_false(open);
	assert_int_equal(console_find(&c, &re, 1, &open), 2);
	assert_true(open);
	assert_int_equal(console_find(&c, &re, 3, &open), -1);
	regfree(&re);
	console_free(&c);
}

static void test_console_bounds(void **state)
{
	struct console c = { 0 };
	size_t dropped = 0;

	(void)state;
	for (size_t i = 0; i < CONSOLE_LINE_MAX + 1; i++)
		dropped += console_feed(&c, "x", 1);
	assert_int_equal(c.count, 1);
	assert_int_equal(c.open.len, 1);
	for (size_t i = 0; i < CONSOLE_LINES_MAX; i++)
		dropped += console_feed(&c, "y\n", 2);
	assert_int_equal(dropped, CONSOLE_LINES_MAX / 4);
	assert_true(c.count <= CONSOLE_LINES_MAX);
	console_free(&c);
}

static void test_json_member(void **state)
{
	static const struct {
		const char *text, *key;
		int rc;
		const char *value;
	} rows[] = {
		{ "{\"return\": {}}", "return", 1, "{}" },
		{ "{\"a\": {\"return\": 1}, \"return\": [1, {\"b\": \"]\"}]}", "return", 1,
		  "[1, {\"b\": \"]\"}]" },
		{ "{\"a\": {\"return\": 1}}", "return", 0, "" },
		{ "{\"a\": \"return\"}", "return", 0, "" },
		{ "{\"ab\": 1, \"a\": -2.5}", "a", 1, "-2.5" },
		{ "{\"a\\\"b\": \"x\\\\\", \"c\": true}", "c", 1, "true" },
		{ "{}", "a", 0, "" },
		{ " { \"a\" : null } ", "a", 1, "null" },
		{ "", "a", -1, "" },
		{ "[1]", "a", -1, "" },
		{ "{\"a\"", "a", -1, "" },
		{ "{\"a\": ", "a", -1, "" },
		{ "{\"a\": {", "a", -1, "" },
		{ "{\"a\": \"x", "a", -1, "" },
		{ "{\"b\": \"x\\", "a", -1, "" },
		{ "{\"b\": 1 \"a\": 2}", "a", -1, "" },
		{ "{b: 1}", "a", -1, "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		CLEANUP_STR struct str value = { 0 };
		int rc = json_member(rows[i].text, rows[i].key, &value);

		if (rc != rows[i].rc || !str_eq(str_text(&value), rows[i].value))
			fail_msg("%s: %d, \"%s\"", rows[i].text, rc, str_text(&value));
	}
}

static void test_json_strings(void **state)
{
	CLEANUP_STR struct str s = { 0 };

	(void)state;
	json_add_string(&s, "a\"b\\c\n\x01");
	assert_string_equal(str_text(&s), "\"a\\\"b\\\\c\\u000a\\u0001\"");
}

static void test_vars(void **state)
{
	(void)state;
	assert_true(expand_is_var("a="));
	assert_true(expand_is_var("Name_2=x=y"));
	assert_false(expand_is_var("a"));
	assert_false(expand_is_var("=x"));
	assert_false(expand_is_var("2a=x"));
	assert_false(expand_is_var("a-b=x"));
}

static void test_http(void **state)
{
	static const char *const bad[] = {
		"",
		"HTTP/1.0 200 OK\r\n",
		"HTTP/1.0 20x OK\r\n\r\n",
		"HTTP/1.0 099 OK\r\n\r\n",
		"SSH-2.0-x\r\n\r\n",
		"HTTP/1.0\r\n\r\n",
	};
	CLEANUP_STR struct str answer = { 0 };
	CLEANUP_STR struct str body = { 0 };
	int status = 0;

	(void)state;
	str_add(&answer, "HTTP/1.1 404 Not Found\r\nA: b\r\n\r\nnone\r\n\r\nhere");
	assert_int_equal(fetch_parse(&answer, &status, &body), 0);
	assert_int_equal(status, 404);
	assert_string_equal(str_text(&body), "none\r\n\r\nhere");
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		CLEANUP_STR struct str s = { 0 };

		str_add(&s, bad[i]);
		assert_int_equal(fetch_parse(&s, &status, &body), -1);
	}
}

static void test_args(void **state)
{
	static const struct machine_options o = { .image = "O", .log_dir = "L" };
	static const struct {
		const char *text, *says;
	} bad[] = {
		{ "", "cannot use O/boot.args: its first line names no program" },
		{ "-M\nvirt\n", "cannot use O/boot.args: its first line names no program" },
		{ "qemu\n\n-M\n", "cannot use O/boot.args: an empty line" },
	};
	CLEANUP_ARENA struct mem_arena a = { 0 };
	struct machine m = { 0 };
	struct err e = { 0 };

	(void)state;
	assert_int_equal(machine_args(&a, &m, &o,
				      "qemu\n-bios\n%{out}/fw/u.bin\n-drive\n"
				      "if=none,file=%{out}/d.img,id=x\n%{out}/a/b.img",
				      &e),
			 0);
	assert_string_equal(m.argv[0], "qemu");
	assert_string_equal(m.argv[2], "O/fw/u.bin");
	assert_string_equal(m.argv[4], "if=none,file=L/d.img,id=x");
	assert_string_equal(m.argv[5], "O/a/b.img");
	assert_null(m.argv[6]);
	assert_int_equal(m.disk_count, 1);
	assert_string_equal(m.disks[0], "L/d.img");
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(machine_args(&a, &m, &o, bad[i].text, &e), -1);
		assert_string_equal(e.text, bad[i].says);
	}
}

/* Content and size are kept, and a hole takes no room. */
static void test_disk_copy(void **state)
{
	char dir[] = "/tmp/test-rig-XXXXXX", from[64], to[64], buf[5] = "";
	struct err e = { 0 };
	struct stat st;
	int fd;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(from, sizeof(from), "%s/a", dir);
	snprintf(to, sizeof(to), "%s/b", dir);
	fd = open(from, O_RDWR | O_CREAT, 0600);
	assert_int_equal(pwrite(fd, "here", 4, 8 << 20), 4);
	assert_int_equal(ftruncate(fd, 16 << 20), 0);
	close(fd);
	assert_int_equal(disk_copy(from, to, &e), 0);
	assert_int_equal(stat(to, &st), 0);
	assert_int_equal(st.st_size, 16 << 20);
	assert_true(st.st_blocks < 1024);
	fd = open(to, O_RDONLY);
	assert_int_equal(pread(fd, buf, 4, 8 << 20), 4);
	assert_string_equal(buf, "here");
	close(fd);
	assert_int_equal(disk_copy(from, to, &e), -1);
	assert_int_equal(unlink(to), 0);
	assert_int_equal(disk_copy(dir, to, &e), -1);
	unlink(from);
	rmdir(dir);
}

static void test_reports(void **state)
{
	static struct scenario_step steps[] = { { .title = "run: a #1" },
						{ .title = "wait: <b>" },
						{ .title = "quit" } };
	static const struct scenario s = { .name = "n", .steps = steps, .count = 3 };
	static const struct report_row rows[] = { { OUTCOME_PASSED, 1500, NULL },
						  { OUTCOME_FAILED, 20, "cannot \"x\" & <y>" },
						  { OUTCOME_SKIPPED, 0, NULL } };
	char path[] = "/tmp/test-rig-XXXXXX", *text = NULL, *file;
	struct err e = { 0 };
	size_t len;
	FILE *f = open_memstream(&text, &len);

	(void)state;
	report_tap_start(f, &s);
	for (size_t i = 0; i < 3; i++)
		report_tap_step(f, &s, i, &rows[i]);
	fclose(f);
	assert_string_equal(text, "TAP version 13\n1..3\nok 1 - run: a \\#1\n"
				  "not ok 2 - wait: <b>\n# cannot \"x\" & <y>\n"
				  "ok 3 - quit # SKIP not reached\n");
	free(text);
	close(mkstemp(path));
	assert_int_equal(report_junit(path, &s, rows, &e), 0);
	file = fd_read_file(path, 4096, &len, &e);
	assert_string_equal(
		file,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<testsuite name=\"n\" tests=\"3\" failures=\"1\" errors=\"0\" skipped=\"1\">\n"
		"  <testcase classname=\"n\" name=\"1 run: a #1\" time=\"1.500\"/>\n"
		"  <testcase classname=\"n\" name=\"2 wait: &lt;b&gt;\" time=\"0.020\">"
		"<failure message=\"cannot &quot;x&quot; &amp; &lt;y&gt;\"/></testcase>\n"
		"  <testcase classname=\"n\" name=\"3 quit\" time=\"0.000\"><skipped/></testcase>\n"
		"</testsuite>\n");
	free(file);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_console_cleans), cmocka_unit_test(test_console_finds),
		cmocka_unit_test(test_console_bounds), cmocka_unit_test(test_json_member),
		cmocka_unit_test(test_json_strings),   cmocka_unit_test(test_vars),
		cmocka_unit_test(test_http),	       cmocka_unit_test(test_args),
		cmocka_unit_test(test_disk_copy),      cmocka_unit_test(test_reports),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
