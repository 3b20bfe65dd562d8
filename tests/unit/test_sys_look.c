/* SPDX-License-Identifier: Apache-2.0 */
#include "look.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cmocka.h>

#include "cleanup.h"

/* A directory of its own for each test, and the file system it is on. */
struct place {
	char path[64];
	int dir;
	uint32_t magic;
};

static int make_place(void **state)
{
	struct place *p = calloc(1, sizeof(*p));
	struct statfs fs;
	int fd;

	snprintf(p->path, sizeof(p->path), "/tmp/test_sys_look.XXXXXX");
	assert_non_null(mkdtemp(p->path));
	p->dir = open(p->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(fstatfs(p->dir, &fs), 0);
	p->magic = (uint32_t)fs.f_type;
	assert_int_equal(mkdirat(p->dir, "in", 0700), 0);
	assert_int_equal(symlinkat("in", p->dir, "link"), 0);
	fd = openat(p->dir, "in/file", O_WRONLY | O_CREAT, 0600);
	assert_int_equal(write(fd, "text", 4), 4);
	close(fd);
	*state = p;
	return 0;
}

static int drop_place(void **state)
{
	struct place *p = *state;

	unlinkat(p->dir, "in/file", 0);
	unlinkat(p->dir, "in/new", 0);
	unlinkat(p->dir, "in", AT_REMOVEDIR);
	unlinkat(p->dir, "link", 0);
	close(p->dir);
	rmdir(p->path);
	free(p);
	return 0;
}

static void test_open(void **state)
{
	struct place *p = *state;
	CLEANUP_FD int fd = sys_look_open(p->dir, "in/file", O_RDONLY, NULL);
	CLEANUP_FD int fresh = sys_look_open(p->dir, "in/new", O_RDWR | O_CREAT | O_EXCL, NULL);
	struct err e = { 0 };
	struct stat st;

	/* openat2(2) came with Linux 5.6; qemu-user knows it since 9.1. */
	if (fd < 0 && errno == ENOSYS)
		skip();
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(fstat(fresh, &st), 0);
	assert_int_equal(st.st_mode & 07777 & ~0600, 0);
	assert_int_equal(sys_look_open(p->dir, "link/file", O_RDONLY, &e), -1);
	assert_int_equal(errno, ELOOP);
	assert_int_equal(sys_look_open(p->dir, "../x", O_RDONLY, &e), -1);
	assert_int_equal(errno, EXDEV);
	assert_int_equal(sys_look_open(p->dir, "/etc", O_RDONLY, &e), -1);
	assert_int_equal(errno, EXDEV);
	assert_int_equal(sys_look_open(p->dir, "absent", O_RDONLY, &e), -1);
	assert_int_equal(errno, ENOENT);
	assert_string_equal(e.text, "cannot open absent: No such file or directory");
}

static void test_trust(void **state)
{
	struct place *p = *state;
	CLEANUP_FD int fd = openat(p->dir, "in/file", O_RDONLY | O_CLOEXEC);
	struct err e = { 0 };

	if (geteuid() != 0)
		skip();
	assert_int_equal(sys_look_trust(fd, "x", p->magic, &e), 0);
	assert_int_equal(sys_look_trust(fd, "x", PROC_SUPER_MAGIC, &e), -1);
	assert_non_null(strstr(e.text, "cannot trust /x: file system type "));
	assert_int_equal(fchmod(fd, 0620), 0);
	assert_int_equal(sys_look_trust(fd, "x", p->magic, &e), -1);
	assert_string_equal(e.text, "cannot trust /x: others may write it");
	assert_int_equal(fchmod(fd, 0602), 0);
	assert_int_equal(sys_look_trust(fd, "x", p->magic, &e), -1);
	assert_int_equal(fchmod(fd, 0644), 0);
	assert_int_equal(fchown(fd, 1, 0), 0);
	assert_int_equal(sys_look_trust(fd, "x", p->magic, &e), -1);
	assert_string_equal(e.text, "cannot trust /x: its owner is not root");
}

static void test_read(void **state)
{
	struct place *p = *state;
	CLEANUP_FD int fd = openat(p->dir, "in/file", O_RDONLY | O_CLOEXEC);
	struct err e = { 0 };
	char buf[5];

	assert_int_equal(sys_look_read(fd, "x", buf, 5, &e), 4);
	assert_string_equal(buf, "text");
	/* Again from its start. */
	assert_int_equal(sys_look_read(fd, "x", buf, 5, &e), 4);
	assert_int_equal(sys_look_read(fd, "x", buf, 4, &e), -1);
	assert_string_equal(e.text, "cannot read x: larger than 3 bytes");
	assert_int_equal(sys_look_read(-1, "x", buf, 4, &e), -1);
	assert_int_equal(sys_look_terminal(fd, &e), 0);
	assert_int_equal(sys_look_terminal(-1, &e), -1);
}

static void test_lines(void **state)
{
	static const char text[] = "Name:\tx\nCapPrm:\t00\nCapPrmX:\t01\nLast:  a b";
	size_t len = 0;

	(void)state;
	assert_int_equal(strncmp(sys_look_field(text, "CapPrm", &len), "00\n", 3), 0);
	assert_int_equal(len, 2);
	assert_string_equal(sys_look_field(text, "Last", &len), "a b");
	assert_int_equal(len, 3);
	assert_null(sys_look_field(text, "ame", &len));
	assert_null(sys_look_field(text, "Cap", &len));
	assert_null(sys_look_field("", "Cap", &len));
	assert_true(sys_look_has_line("a\nbc\nd", "a"));
	assert_true(sys_look_has_line("a\nbc\nd", "bc"));
	assert_true(sys_look_has_line("a\nbc\nd", "d"));
	assert_false(sys_look_has_line("a\nbc\nd", "b"));
	assert_false(sys_look_has_line("a\nbc\nd", "c"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_open, make_place, drop_place),
		cmocka_unit_test_setup_teardown(test_trust, make_place, drop_place),
		cmocka_unit_test_setup_teardown(test_read, make_place, drop_place),
		cmocka_unit_test(test_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
