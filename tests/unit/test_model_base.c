/* SPDX-License-Identifier: Apache-2.0 */
/* Bases: archives made here, byte by byte. */
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "model.h"
#include "str.h"

#define FIXTURE_PARTS                                                                              \
	struct model_base base;                                                                    \
	struct str tar;
#include "yaml_fixture.h"

static int tear_down_tar(void **state)
{
	struct fixture *f = *state;

	str_free(&f->tar);
	return tear_down(state);
}

static void seal(char *block)
{
	unsigned sum = 0;

	memset(block + 148, ' ', 8);
	for (unsigned i = 0; i < 512; i++)
		sum += (unsigned char)block[i];
	snprintf(block + 148, 8, "%06o", sum);
}

/* A member with content; name and link may fill their field without a NUL. */
static void member(struct fixture *f, char type, const char *name, const char *link,
		   const char *content)
{
	static const char zeros[512];
	size_t len = strlen(content);
	char block[512] = { 0 };

	memcpy(block, name, strnlen(name, 100));
	snprintf(block + 100, 8, "%07o", 04755);
	snprintf(block + 108, 8, "%07o", 10);
	snprintf(block + 116, 8, "%07o", 20);
	snprintf(block + 124, 12, "%011o", (unsigned)len);
	block[156] = type;
	memcpy(block + 157, link, strnlen(link, 100));
	memcpy(block + 257, "ustar\00000", 8);
	snprintf(block + 329, 8, "%07o", 1);
	snprintf(block + 337, 8, "%07o", 3);
	seal(block);
	str_add_bytes(&f->tar, block, 512);
	str_add(&f->tar, content);
	str_add_bytes(&f->tar, zeros, (512 - len % 512) % 512);
}

static int scan(struct fixture *f, bool ended)
{
	static const char zeros[1024];
	int fd = memfd_create("base", 0);
	int status;

	assert_true(fd >= 0);
	if (ended)
		str_add_bytes(&f->tar, zeros, sizeof(zeros));
	assert_int_equal(write(fd, f->tar.text, f->tar.len), (ssize_t)f->tar.len);
	status = model_scan_base(&f->a, mem_printf(&f->a, "/proc/self/fd/%d", fd), &f->base, &f->d);
	close(fd);
	return status;
}

static void types(void **state)
{
	struct fixture *f = *state;
	const struct model_base_entry *e;

	member(f, '5', "./", "", "");
	member(f, '5', "./usr/", "", "");
	member(f, '0', "./usr/su", "", "content");
	member(f, '1', "./usr/hard", "./usr/su", "");
	member(f, '2', "./bin", "usr/bin", "");
	member(f, '3', "./null", "", "");
	member(f, '6', "./pipe", "", "");
	assert_int_equal(scan(f, true), 0);
	assert_true(f->base.is_tar);
	assert_int_equal(f->base.count, 6);
	e = f->base.entries;
	assert_string_equal(e[0].path, "/bin");
	assert_string_equal(e[0].link, "usr/bin");
	assert_string_equal(e[1].path, "/null");
	assert_int_equal(e[1].major, 1);
	assert_int_equal(e[1].minor, 3);
	assert_int_equal(e[2].type, '6');
	assert_string_equal(e[3].path, "/usr");
	assert_int_equal(e[3].type, '5');
	assert_string_equal(e[4].path, "/usr/hard");
	assert_string_equal(e[4].link, "/usr/su");
	assert_string_equal(e[5].path, "/usr/su");
	assert_int_equal(e[5].mode, 04755);
	assert_int_equal(e[5].uid, 10);
	assert_int_equal(e[5].gid, 20);
	assert_int_equal(e[5].size, 7);
	assert_memory_equal(f->tar.text + e[5].data, "content", 7);
}

static void long_names(void **state)
{
	struct fixture *f = *state;
	char name[151];

	memset(name, 'n', 150);
	name[150] = '\0';
	member(f, 'L', "././@LongLink", "", name);
	member(f, '0', "cut", "", "1");
	member(f, 'x', "pax", "", "15 path=a/long\n12 uid=7777\n19 linkpath=not-me\n");
	member(f, '0', "short", "", "2");
	member(f, '0', "plain", "", "3");
	assert_int_equal(scan(f, true), 0);
	assert_int_equal(f->base.count, 3);
	assert_string_equal(f->base.entries[0].path, "/a/long");
	assert_int_equal(f->base.entries[0].uid, 7777);
	assert_int_equal(f->base.entries[0].gid, 20);
	assert_string_equal(f->base.entries[1].path + 1, name);
	/* An extended header is for one member only. */
	assert_string_equal(f->base.entries[2].path, "/plain");
	assert_int_equal(f->base.entries[2].uid, 10);
}

/* An archive may hold a path twice: the later one counts. */
static void twice(void **state)
{
	struct fixture *f = *state;

	member(f, '0', "a", "", "first");
	member(f, '2', "a", "b", "");
	assert_int_equal(scan(f, true), 0);
	assert_int_equal(f->base.count, 1);
	assert_int_equal(f->base.entries[0].type, '2');
}

static void refused(struct fixture *f, bool ended, const char *why)
{
	assert_int_equal(scan(f, ended), -1);
	assert_int_equal(f->d.errors, 1);
	assert_non_null(strstr(f->d.messages[0].text, why));
}

static void escapes(void **state)
{
	struct fixture *f = *state;

	member(f, '0', "usr/../../etc/shadow", "", "x");
	refused(f, true, "not a clean path");
}

static void no_end(void **state)
{
	struct fixture *f = *state;

	member(f, '0', "a", "", "x");
	refused(f, false, "the archive is cut off");
}

static void checksum(void **state)
{
	struct fixture *f = *state;

	member(f, '0', "a", "", "x");
	f->tar.text[1] = 'b';
	refused(f, true, "not a tar archive");
}

static void too_long(void **state)
{
	struct fixture *f = *state;

	member(f, '0', "a", "", "x");
	snprintf(f->tar.text + 124, 12, "77777777777");
	seal(f->tar.text);
	refused(f, true, "the archive is cut off");
}

static void unknown_type(void **state)
{
	struct fixture *f = *state;

	member(f, 'S', "a", "", "x");
	refused(f, true, "unknown type");
}

static void sparse(void **state)
{
	struct fixture *f = *state;

	member(f, 'x', "pax", "", "22 GNU.sparse.major=1\n");
	member(f, '0', "a", "", "x");
	refused(f, true, "sparse");
}

static void wrong_pax(void **state)
{
	static const char *const bad[] = { "x path=a\n",   "99 path=a\n", "9 path=ab\n",
					   "10 patha=\n5", "7 path\n",	  "11 size=-1\n\n" };
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		str_free(&f->tar);
		member(f, 'x', "pax", "", bad[i]);
		member(f, '0', "a", "", "x");
		assert_int_equal(scan(f, true), -1);
		assert_int_equal(f->d.errors, i + 1);
	}
}

static void folder(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(model_scan_base(&f->a, "/proc/self/ns", &f->base, &f->d), 0);
	assert_false(f->base.is_tar);
	assert_true(f->base.count > 3);
	for (size_t i = 0; i < f->base.count; i++) {
		assert_int_equal(f->base.entries[i].type, '2');
		assert_non_null(f->base.entries[i].link);
		if (i)
			assert_true(strcmp(f->base.entries[i - 1].path, f->base.entries[i].path) <
				    0);
	}
	assert_int_equal(model_scan_base(&f->a, "/dev/null", &f->base, &f->d), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(types, set_up, tear_down_tar),
		cmocka_unit_test_setup_teardown(long_names, set_up, tear_down_tar),
		cmocka_unit_test_setup_teardown(twice, set_up, tear_down_tar),
		cmocka_unit_test_setup_teardown(escapes, set_up, tear_down_tar),
		cmocka_unit_test_setup_teardown(no_end, set_up, tear_down_tar),
		cmocka_unit_test_setup_teardown(checksum, set_up, tear_down_tar),
		cmocka_unit_test_setup_teardown(too_long, set_up, tear_down_tar),
		cmocka_unit_test_setup_teardown(unknown_type, set_up, tear_down_tar),
		cmocka_unit_test_setup_teardown(sparse, set_up, tear_down_tar),
		cmocka_unit_test_setup_teardown(wrong_pax, set_up, tear_down_tar),
		cmocka_unit_test_setup_teardown(folder, set_up, tear_down_tar),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
