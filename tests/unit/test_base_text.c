/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers, paths, strings and messages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

#include "err.h"
#include "mem.h"
#include "num.h"
#include "path.h"
#include "str.h"

static void test_num(void **state)
{
	static const char *const bad[] = { "",
					   "0x0",
					   "1 ",
					   " 1",
					   "4294967296",
					   "-1",
					   "1000:",
					   "+1",
					   "007",
					   "1.0",
					   "1e3",
					   "٣",
					   "18446744073709551616",
					   "99999999999999999999999" };
	struct err e = { 0 };
	uint64_t v = 42;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(num_parse(bad[i], 0, UINT32_MAX, &v, &e), -1);
		assert_int_equal(v, 42);
	}
	assert_int_equal(num_parse("4294967295", 0, UINT32_MAX, &v, &e), 0);
	assert_int_equal(v, UINT32_MAX);
	assert_int_equal(num_parse("18446744073709551615", 0, UINT64_MAX, &v, &e), 0);
	assert_true(v == UINT64_MAX);
	assert_int_equal(num_parse("0", 0, 0, &v, &e), 0);
	assert_int_equal(num_parse("0", 1, 2, &v, &e), -1);
	assert_string_equal(e.text, "cannot use number 0: expected 1 to 2");
	assert_int_equal(num_parse("x", 1, 2, &v, &e), -1);
	assert_string_equal(e.text, "cannot parse number \"x\": expected decimal digits only");
}

/* Each byte alone, in both bases: what is beside the digits and the letters is none of them. */
static void test_num_bytes(void **state)
{
	static const char digits[] = "0123456789abcdefABCDEF";
	struct err e = { 0 };

	(void)state;
	for (int byte = 1; byte < 256; byte++) {
		const char text[] = { (char)byte, '\0' };
		const char *at = strchr(digits, byte);
		uint64_t n = 99;

		assert_int_equal(num_parse(text, 0, 99, &n, &e), at && at < digits + 10 ? 0 : -1);
		assert_int_equal(num_parse_hex(text, 0, 99, &n, &e), at ? 0 : -1);
		if (at)
			assert_int_equal(n, at - digits - (at >= digits + 16 ? 6 : 0));
	}
}

static void test_num_hex(void **state)
{
	struct err e = { 0 };
	uint64_t u = 0;

	(void)state;
	assert_int_equal(num_parse_hex("00fF", 0, 255, &u, &e), 0);
	assert_int_equal(u, 255);
	assert_int_equal(num_parse_hex("0x1", 0, 255, &u, &e), -1);
	assert_int_equal(num_parse_hex("100", 0, 255, &u, &e), -1);
	assert_int_equal(num_parse_hex("g", 0, 255, &u, &e), -1);
	assert_string_equal(e.text, "cannot parse number \"g\": expected hexadecimal digits only");
}

static void test_path(void **state)
{
	static const char *const bad[] = { "",	      "a",    "//",	"/a/",	 "/a//b",
					   "/.",      "/..",  "/a/.",	"/../a", "/a/..",
					   "/a/../b", "/a\n", "/\x7f/a" };
	char path[PATH_TEXT_MAX + 2];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (path_is_clean(bad[i]))
			fail_msg("%s is not clean", bad[i]);
	assert_true(path_is_clean("/"));
	assert_true(path_is_clean("/a/..b/.c/d.."));
	assert_true(path_is_clean_relative("a/b"));
	assert_false(path_is_clean_relative(""));
	assert_false(path_is_clean_relative("/a"));
	assert_false(path_is_clean_relative("a/"));
	assert_false(path_is_clean_relative("../a"));
	assert_false(path_is_clean_relative("."));
	memset(path, 'a', sizeof(path));
	path[0] = '/';
	path[PATH_TEXT_MAX] = '\0';
	assert_true(path_is_clean(path));
	path[PATH_TEXT_MAX] = 'a';
	path[PATH_TEXT_MAX + 1] = '\0';
	assert_false(path_is_clean(path));
}

static void test_str(void **state)
{
	struct str s = { 0 };

	(void)state;
	assert_string_equal(str_text(&s), "");
	str_add(&s, "a");
	str_add_bytes(&s, "b\0c", 3);
	str_printf(&s, "%d", 7);
	assert_int_equal(s.len, 5);
	assert_memory_equal(s.text, "ab\0c7", 6);
	for (unsigned i = 0; i < 1000; i++)
		str_add(&s, "0123456789");
	assert_int_equal(s.len, 10005);
	assert_true(str_ends(s.text + 3, "789"));
	str_free(&s);
	assert_null(s.text);
	assert_true(str_starts("snap.a", "snap."));
	assert_false(str_starts("sna", "snap."));
	assert_false(str_ends("a", "ba"));
	assert_true(str_eq("", ""));
}

static void test_join(void **state)
{
	char out[8] = "xxxxxxx";
	int status;
	pid_t pid;

	(void)state;
	assert_ptr_equal(str_join(out, sizeof(out), "a", "", "bcd", NULL), out + 4);
	assert_string_equal(out, "abcd");
	assert_ptr_equal(str_join(out, sizeof(out), NULL), out);
	assert_string_equal(out, "");
	str_join(out, sizeof(out), "1234567", NULL);
	assert_string_equal(out, "1234567");
	pid = fork();
	if (pid == 0) {
		close(2);
		str_join(out, sizeof(out), "1234", "5678", NULL);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 3 << 8);
}

static void test_err(void **state)
{
	char path[2 * ERR_TEXT_MAX];
	struct err e = { 0 };

	(void)state;
	assert_int_equal(err_input(&e, "cannot use %s", "x"), -1);
	assert_int_equal(e.kind, ERR_INPUT);
	assert_int_equal(err_prefix(&e, "file:%d", 3), -1);
	assert_string_equal(e.text, "file:3: cannot use x");
	assert_int_equal(e.kind, ERR_INPUT);
	errno = ENOENT;
	assert_int_equal(err_sys(&e, "cannot open %s", "y"), -1);
	assert_string_equal(e.text, "cannot open y: No such file or directory");
	assert_int_equal(e.sys, ENOENT);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(e.kind, ERR_ENVIRONMENT);
	assert_int_equal(err_prefix(&e, "file"), -1);
	assert_int_equal(errno, ENOENT);
	/* What no call has caused is not taken for what the last one that failed had. */
	assert_int_equal(err_env(&e, "cannot do it"), -1);
	assert_int_equal(e.sys, 0);
	assert_int_equal(errno, 0);
	errno = ENOENT;
	assert_int_equal(err_sys(NULL, "x"), -1);
	assert_int_equal(err_prefix(NULL, "x"), -1);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(err_input(NULL, "x"), -1);
	assert_int_equal(errno, 0);
	memset(path, 'p', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	err_sys(&e, "cannot open %s", path);
	assert_int_equal(strlen(e.text), ERR_TEXT_MAX - 1);
	err_prefix(&e, "%s", path);
	assert_int_equal(strlen(e.text), ERR_TEXT_MAX - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_num),	  cmocka_unit_test(test_num_hex),
		cmocka_unit_test(test_num_bytes), cmocka_unit_test(test_join),
		cmocka_unit_test(test_path),	  cmocka_unit_test(test_str),
		cmocka_unit_test(test_err),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
