/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "err.h"
#include "fd.h"
#include "files.h"
#include "mem.h"
#include "str.h"

/* What tests leave in it, the deepest first. */
#define FOLDER_NAMES "d/e/f", "d/e", "d", "link", "file"
#include "own_folder.h"

static void test_paths(void **state)
{
	(void)state;
	assert_string_equal(path_base("/a/b"), "b");
	assert_string_equal(path_base("b"), "b");
	assert_string_equal(path_base("/a/"), "");
	assert_true(path_is_below("/a/b", "/a"));
	assert_true(path_is_below("/a", "/a"));
	assert_false(path_is_below("/ab", "/a"));
	assert_true(path_is_below("/ab", "/"));
	assert_false(path_is_below("ab", "/"));
}

static void test_write(void **state)
{
	CLEANUP_FREE char *path = below(*state, "file");
	CLEANUP_FREE char *back = NULL;
	struct err e = { 0 };
	struct stat st;
	size_t len;

	assert_int_equal(fd_write_file(path, "first", 5, 0600, &e), 0);
	assert_int_equal(fd_write_file(path, "a\0b", 3, 0644, &e), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0644);
	back = fd_read_file(path, 3, &len, &e);
	assert_non_null(back);
	assert_int_equal(len, 3);
	assert_memory_equal(back, "a\0b", 4);
}

static void test_write_refuses(void **state)
{
	CLEANUP_FREE char *link = below(*state, "link");
	CLEANUP_FREE char *nowhere = below(*state, "x/y");
	struct place *p = *state;
	struct err e = { 0 };

	assert_int_equal(symlinkat("/dev/null", p->fd, "link"), 0);
	assert_int_equal(fd_write_file(link, "x", 1, 0600, &e), -1);
	assert_true(str_ends(e.text, "/link: something else has that name"));
	assert_int_equal(fd_write_file(nowhere, "x", 1, 0600, &e), -1);
	assert_int_equal(e.sys, ENOENT);
}

static void test_mkdirs(void **state)
{
	CLEANUP_FREE char *deep = below(*state, "d/e/f");
	CLEANUP_FREE char *file = below(*state, "file");
	CLEANUP_FREE char *under = below(*state, "file/d");
	struct err e = { 0 };
	struct stat st;

	assert_int_equal(fd_mkdirs(deep, 0755, &e), 0);
	assert_int_equal(fd_mkdirs(deep, 0755, &e), 0);
	assert_int_equal(stat(deep, &st), 0);
	assert_true(S_ISDIR(st.st_mode));
	assert_int_equal(fd_write_file(file, "", 0, 0600, &e), 0);
	assert_int_equal(fd_mkdirs(file, 0755, &e), -1);
	assert_true(str_ends(e.text, "/file: something else has that name"));
	assert_int_equal(fd_mkdirs(under, 0755, &e), -1);
	assert_int_equal(e.sys, ENOTDIR);
}

#define IN_PLACE(test) cmocka_unit_test_setup_teardown(test, make_place, drop_place)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paths),
		IN_PLACE(test_write),
		IN_PLACE(test_write_refuses),
		IN_PLACE(test_mkdirs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
