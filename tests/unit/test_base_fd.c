/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "err.h"
#include "fd.h"
#include "mem.h"
#include "place.h"
#include "str.h"

/* What tests leave in it, the deepest first. */
#define FOLDER_NAMES "d/e", "d", "link", "file", "fifo", "up"
#include "own_folder.h"

static void test_write_and_read(void **state)
{
	CLEANUP_FREE char *path = below(*state, "file");
	CLEANUP_FREE char *back = NULL;
	struct err e = { 0 };
	struct stat st;
	size_t len;

	assert_int_equal(fd_write_new(AT_FDCWD, path, "a\0b", 3, &e), 0);
	assert_int_equal(fd_write_new(AT_FDCWD, path, "more", 4, &e), -1);
	assert_int_equal(e.sys, EEXIST);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0400);
	back = fd_read_file(path, 3, &len, &e);
	assert_non_null(back);
	assert_int_equal(len, 3);
	assert_memory_equal(back, "a\0b", 4);
	assert_null(fd_read_file(path, 2, &len, &e));
	assert_true(str_ends(e.text, "/file: larger than 2 bytes"));
	assert_int_equal(e.kind, ERR_INPUT);
}

static void test_read_refuses(void **state)
{
	CLEANUP_FREE char *missing = below(*state, "nothing");
	CLEANUP_FREE char *link = below(*state, "link");
	CLEANUP_FREE char *fifo = below(*state, "fifo");
	struct place *p = *state;
	struct err e = { 0 };
	size_t len;

	assert_null(fd_read_file(missing, 10, &len, &e));
	assert_int_equal(e.sys, ENOENT);
	assert_int_equal(symlinkat("/dev/null", p->fd, "link"), 0);
	assert_null(fd_read_file(link, 10, &len, &e));
	assert_int_equal(e.sys, ELOOP);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_null(fd_read_file(fifo, 10, &len, &e)); /* and does not wait for a writer */
	assert_true(str_ends(e.text, "/fifo: not a regular file"));
	assert_null(fd_read_file(p->path, 10, &len, &e));
	assert_true(str_ends(e.text, ": not a regular file"));
}

static void test_open_beneath(void **state)
{
	CLEANUP_FREE char *deep = below(*state, "d/e");
	struct place *p = *state;
	struct err e = { 0 };
	CLEANUP_FD int fd = -1;

	place_folder(deep, 0755);
	fd = fd_open_beneath(p->fd, "d/e", O_PATH, 0, &e);
	if (fd < 0 && e.sys == ENOSYS) {
		print_message("no openat2(2) here\n");
		skip();
	}
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(fd_open_beneath(p->fd, "..", O_PATH, 0, &e), -1);
	assert_int_equal(e.sys, EXDEV);
	assert_int_equal(fd_open_beneath(p->fd, "d/../../x", O_PATH, 0, &e), -1);
	assert_int_equal(e.sys, EXDEV);
	assert_int_equal(fd_open_beneath(p->fd, "/etc", O_PATH, 0, &e), -1);
	assert_int_equal(e.sys, EXDEV);
	assert_int_equal(symlinkat("d", p->fd, "link"), 0);
	assert_int_equal(fd_open_beneath(p->fd, "link/e", O_PATH, 0, &e), -1);
	assert_int_equal(e.sys, ELOOP);
	assert_int_equal(fd_open_beneath(p->fd, "link", O_RDONLY, 0, &e), -1);
	assert_int_equal(e.sys, ELOOP);
}

static void test_kernel_files(void **state)
{
	CLEANUP_FD int proc = open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC);
	CLEANUP_FREE char *status = NULL;
	struct err e = { 0 };
	size_t len = 0;

	(void)state;
	assert_true(proc >= 0);
	status = fd_read_kernel(proc, "status", 65536, &len, &e);
	assert_non_null(status);
	assert_true(len > 100 && strlen(status) == len);
	assert_null(fd_read_kernel(proc, "status", 10, &len, &e));
	assert_string_equal(e.text, "cannot read status: larger than 10 bytes");
	assert_null(fd_read_kernel(proc, "exe", 10, &len, &e));
	assert_int_equal(e.sys, ELOOP);
	assert_null(fd_read_kernel(proc, "nothing", 10, &len, &e));
	assert_int_equal(e.sys, ENOENT);
}

static void test_writes(void **state)
{
	CLEANUP_FD int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
	CLEANUP_FD int out = -1;
	CLEANUP_FD int in = -1;
	static char much[1 << 20];
	struct err e = { 0 };
	int ends[2];

	(void)state;
	assert_int_equal(fd_write_all(full, "x", 1, "full", &e), -1);
	assert_string_equal(e.text, "cannot write full: No space left on device");
	assert_int_equal(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
	in = ends[0];
	out = ends[1];
	assert_int_equal(fd_write_all(out, much, sizeof(much), "pipe", &e), -1);
	assert_int_equal(e.sys, EAGAIN);
}

static void test_write_kernel(void **state)
{
	const struct rlimit small = { 4096, RLIM_INFINITY };
	const struct place *p = *state;
	static char much[1 << 20];
	struct rlimit old;
	struct err e = { 0 };

	assert_int_equal(fd_write_kernel(AT_FDCWD, "/dev/full", "x", 1, &e), -1);
	assert_int_equal(e.sys, ENOSPC);
	assert_int_equal(fd_write_kernel(p->fd, "none", "x", 1, &e), -1);
	assert_int_equal(e.sys, ENOENT);
	assert_int_equal(mknodat(p->fd, "file", S_IFREG | 0600, 0), 0);
	/* What is cut short is a failure, not written again. */
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	assert_int_equal(fd_write_kernel(p->fd, "file", much, sizeof(much), &e), -1);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_string_equal(e.text, "cannot write file: 4096 of 1048576 bytes taken");
	assert_int_equal(fd_write_kernel(p->fd, "file", "x\ny\n", 4, &e), 0);
}

static int note(void *ctx, int dir_fd, const char *name, struct err *e)
{
	(void)dir_fd;
	if (str_eq(name, "fifo"))
		return err_env(e, "stop");
	str_add(ctx, name);
	return 0;
}

static void test_each(void **state)
{
	const struct place *p = *state;
	CLEANUP_STR struct str seen = { 0 };
	struct err e = { 0 };

	assert_int_equal(fd_each(p->fd, ".", note, &seen, &e), 0);
	assert_string_equal(str_text(&seen), "");
	assert_int_equal(mknodat(p->fd, "file", S_IFREG | 0600, 0), 0);
	assert_int_equal(fd_each(p->fd, ".", note, &seen, &e), 0);
	assert_string_equal(str_text(&seen), "file");
	assert_int_equal(mknodat(p->fd, "fifo", S_IFREG | 0600, 0), 0);
	assert_int_equal(fd_each(p->fd, ".", note, &seen, &e), -1);
	assert_string_equal(e.text, "stop");
	assert_int_equal(fd_each(p->fd, "file", note, &seen, &e), -1);
	assert_int_equal(e.sys, ENOTDIR);
}

static void test_read_line(void **state)
{
	const struct place *p = *state;
	CLEANUP_FREE char *line = NULL;
	struct err e = { 0 };

	assert_int_equal(mknodat(p->fd, "file", S_IFREG | 0600, 0), 0);
	assert_int_equal(fd_write_kernel(p->fd, "file", "Y\n", 2, &e), 0);
	line = fd_read_line(p->fd, "file", &e);
	assert_string_equal(line, "Y");
	assert_null(fd_read_line(p->fd, "none", &e));
}

#define IN_PLACE(test) cmocka_unit_test_setup_teardown(test, make_place, drop_place)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_PLACE(test_write_kernel),
		IN_PLACE(test_each),
		IN_PLACE(test_read_line),
		IN_PLACE(test_write_and_read),
		IN_PLACE(test_read_refuses),
		IN_PLACE(test_open_beneath),
		cmocka_unit_test(test_kernel_files),
		cmocka_unit_test(test_writes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
