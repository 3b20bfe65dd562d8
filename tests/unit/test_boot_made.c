/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bulkhead-boot asks the kernel for devices: over a folder in the place of /sys, whose kernel is
 * here: a device is there when the file that makes it was written to.
 */
#include "boot_fixture.h"

static struct kernel {
	char noted[512]; /* what boot asked, and what the maker held then */
	unsigned made;	 /* devices that are there */
	bool foreign;	 /* one of somebody else's comes between */
	bool deaf;	 /* nothing comes of what is written */
} kernel;

static void maker_holds(int dirfd, char *text, size_t size)
{
	int fd = openat(dirfd, MAKER, O_RDWR | O_CLOEXEC);
	ssize_t n;

	text[0] = '\0';
	if (fd < 0)
		return;
	n = read(fd, text, size - 1);
	text[n > 0 ? n : 0] = '\0';
	/* What is written is taken at once. */
	assert_int_equal(ftruncate(fd, 0), 0);
	close(fd);
}

/* In the place of the C library's. */
int faccessat(int dirfd, const char *path, int mode, int flags)
{
	char text[64];
	size_t used = strlen(kernel.noted);

	(void)mode;
	(void)flags;
	assert_int_equal(strncmp(path, MADE_DEVICE, strlen(MADE_DEVICE)), 0);
	maker_holds(dirfd, text, sizeof(text));
	if (*text && !kernel.deaf)
		kernel.made += kernel.foreign ? 0 : 1;
	snprintf(kernel.noted + used, sizeof(kernel.noted) - used, "%s? [%s]; ",
		 path + strlen(MADE_DEVICE), text);
	if ((unsigned)(path[strlen(MADE_DEVICE)] - '0') < kernel.made)
		return 0;
	errno = ENOENT;
	return -1;
}

static void world(struct fixture *f, bool maker)
{
	make(f, &(struct wish){ .made = true });
	if (maker)
		put_text(f, MAKER, "");
}

static void test_in_order(void **state)
{
	static struct fixture f;

	(void)state;
	kernel = (struct kernel){ 0 };
	world(&f, true);
	assert_int_equal(boot_run(&f.b, &f.e), 0);
	assert_string_equal(kernel.noted, "0? []; 0? [chip 0-3]; 1? []; 1? [chip 4]; ");
	assert_true(there(&f, BOOT_DONE));
	done(&f);
}

/* Somebody else's would be taken for the slot's: no app starts. */
static void test_already_there(void **state)
{
	static struct fixture f;

	(void)state;
	kernel = (struct kernel){ .made = 1 };
	world(&f, true);
	expect_refused(&f, "cannot make /" MADE_DEVICE "0: it is there already");
	assert_string_equal(kernel.noted, "0? []; ");
}

static void test_comes_to_nothing(void **state)
{
	static struct fixture f;

	(void)state;
	kernel = (struct kernel){ .deaf = true };
	world(&f, true);
	expect_refused(&f,
		       "cannot make /" MADE_DEVICE "0 by \"chip 0-3\": No such file or directory");
	kernel = (struct kernel){ .foreign = true };
	world(&f, true);
	expect_refused(&f,
		       "cannot make /" MADE_DEVICE "0 by \"chip 0-3\": No such file or directory");
}

static void test_no_maker(void **state)
{
	static struct fixture f;

	(void)state;
	kernel = (struct kernel){ 0 };
	world(&f, false);
	expect_refused(&f, "cannot make /" MADE_DEVICE "0 by \"chip 0-3\": cannot write " MAKER
			   ": No such file or directory");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_in_order),
		cmocka_unit_test(test_already_there),
		cmocka_unit_test(test_comes_to_nothing),
		cmocka_unit_test(test_no_maker),
	};

	if (fixture_unable())
		return 0;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
