/* SPDX-License-Identifier: Apache-2.0 */
/* sys_look_below(): links of a tree like sysfs's, some of which lead where they may not. */
#include "look.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "cleanup.h"
#include "mem.h"

#define CHIP   "devices/platform/chip"
#define PREFIX CHIP "/gpio"

struct tree {
	char path[64];
	int fd;
};

static const char *const directories[] = {
	"class",      "class/gpio",    "devices",	   "devices/platform",	     CHIP,
	CHIP "/gpio", PREFIX "/gpio4", CHIP "/gpio-other", CHIP "/gpio-other/gpio5", "kernel",
};

static const struct link {
	const char *name, *text;
} links[] = {
	{ "class/gpio/gpio4", "../../" PREFIX "/gpio4" },
	{ "class/gpio/chip", "../../" PREFIX },
	/* As a driver's link in its device's directory: two links on one way. */
	{ PREFIX "/gpio4/device", "../../gpio" },
	{ "class/gpio/other", "../../" CHIP "/gpio-other/gpio5" },
	{ "class/gpio/above", "../../" CHIP },
	{ "class/gpio/kernel", "../../kernel" },
	{ "class/gpio/out", "../../../../../../etc" },
	{ "class/gpio/absolute", "/etc" },
	{ "class/gpio/magic", "/proc/self/root" },
	{ "class/gpio/gone", "../../" PREFIX "/gpio9" },
};

static int make_tree(void **state)
{
	struct tree *t = calloc(1, sizeof(*t));

	snprintf(t->path, sizeof(t->path), "/tmp/test_sys_late.XXXXXX");
	assert_non_null(mkdtemp(t->path));
	t->fd = open(t->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	for (size_t i = 0; i < ARRAY_SIZE(directories); i++)
		assert_int_equal(mkdirat(t->fd, directories[i], 0700), 0);
	for (size_t i = 0; i < ARRAY_SIZE(links); i++)
		assert_int_equal(symlinkat(links[i].text, t->fd, links[i].name), 0);
	*state = t;
	return 0;
}

static int drop_tree(void **state)
{
	struct tree *t = *state;

	for (size_t i = ARRAY_SIZE(links); i > 0; i--)
		unlinkat(t->fd, links[i - 1].name, 0);
	for (size_t i = ARRAY_SIZE(directories); i > 0; i--)
		unlinkat(t->fd, directories[i - 1], AT_REMOVEDIR);
	close(t->fd);
	assert_int_equal(rmdir(t->path), 0);
	free(t);
	return 0;
}

static int open_prefix(const struct tree *t, const char *prefix)
{
	int fd = openat(t->fd, prefix, O_PATH | O_DIRECTORY | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

/* openat2(2) came with Linux 5.6; qemu-user knows it since 9.1. */
static void need_openat2(const struct tree *t)
{
	CLEANUP_FD int within = open_prefix(t, PREFIX);
	CLEANUP_FD int fd = sys_look_below(t->fd, "class/gpio/gpio4", within, NULL);

	if (fd < 0 && errno == ENOSYS)
		skip();
}

static void leads_to(const struct tree *t, const char *link, const char *prefix, const char *where)
{
	struct err e = { 0 };
	CLEANUP_FD int within = open_prefix(t, prefix);
	CLEANUP_FD int fd = sys_look_below(t->fd, link, within, &e);
	struct stat got, want;

	if (fd < 0)
		fail_msg("%s", e.text);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(fstat(fd, &got), 0);
	assert_int_equal(fstatat(t->fd, where, &want, 0), 0);
	assert_int_equal(got.st_ino, want.st_ino);
}

static void test_below(void **state)
{
	need_openat2(*state);
	leads_to(*state, "class/gpio/gpio4", PREFIX, PREFIX "/gpio4");
	leads_to(*state, "class/gpio/gpio4", "devices/platform", PREFIX "/gpio4");
	leads_to(*state, "class/gpio/chip", PREFIX, PREFIX);
	leads_to(*state, "class/gpio/gpio4/device", PREFIX, PREFIX);
}

static void test_elsewhere(void **state)
{
	static const struct {
		const char *link;
		int error;
		const char *text;
	} cases[] = {
		{ "other", EXDEV,
		  "cannot use class/gpio/other: it is not where this board has such: Invalid "
		  "cross-device link" },
		{ "above", EXDEV,
		  "cannot use class/gpio/above: it is not where this board has such: Invalid "
		  "cross-device link" },
		{ "kernel", EXDEV,
		  "cannot use class/gpio/kernel: it is not where this board has such: Invalid "
		  "cross-device link" },
		{ "out", EXDEV, "cannot open class/gpio/out: Invalid cross-device link" },
		{ "absolute", EXDEV, "cannot open class/gpio/absolute: Invalid cross-device link" },
		{ "magic", EXDEV, "cannot open class/gpio/magic: Invalid cross-device link" },
		{ "gone", ENOENT, "cannot open class/gpio/gone: No such file or directory" },
	};
	const struct tree *t = *state;
	CLEANUP_FD int within = open_prefix(t, PREFIX);

	need_openat2(t);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct err e = { 0 };
		char link[64];

		snprintf(link, sizeof(link), "class/gpio/%s", cases[i].link);
		assert_int_equal(sys_look_below(t->fd, link, within, &e), -1);
		assert_int_equal(errno, cases[i].error);
		assert_string_equal(e.text, cases[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_below, make_tree, drop_tree),
		cmocka_unit_test_setup_teardown(test_elsewhere, make_tree, drop_tree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
