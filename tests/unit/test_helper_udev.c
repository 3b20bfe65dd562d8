/* SPDX-License-Identifier: Apache-2.0 */
/* What counts as tagged now, in a database of udev as its files are. */
#include "helper.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "mem.h"
#include "place.h"
#include "str.h"

#define TAG "snap_demo_dapp_suart-1"

struct fixture {
	char root[64];
	int root_fd;
	struct helper_map map;
	struct err e;
};

static void put(const struct fixture *f, const char *path, const char *text)
{
	char full[256];

	snprintf(full, sizeof(full), "%s/%s", f->root, path);
	place_file(full, text, strlen(text), 0600);
}

static void make(struct fixture *f)
{
	memset(f, 0, sizeof(*f));
	strcpy(f->root, "/tmp/test-udev-XXXXXX");
	assert_non_null(mkdtemp(f->root));
	f->root_fd = open(f->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static int drop(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void done(struct fixture *f)
{
	close(f->root_fd);
	nftw(f->root, drop, 16, FTW_DEPTH | FTW_PHYS);
}

static int ask(struct fixture *f)
{
	f->map.count = 0;
	f->e = (struct err){ 0 };
	return helper_udev_add(f->root_fd, TAG, 6, &f->map, &f->e);
}

static bool has(const struct fixture *f, uint32_t type, uint32_t major, uint32_t minor)
{
	for (size_t i = 0; i < f->map.count; i++) {
		const struct helper_device *d = &f->map.items[i];

		if (d->key.type == type && d->key.major == major && d->key.minor == minor)
			return d->access == 6;
	}
	return false;
}

static void test_current(void **state)
{
	static const struct {
		const char *id, *data;
	} rows[] = {
		{ "c188:0",
		  "I:33\nE:ID_BUS=usb\nG:systemd\nG:" TAG "\nQ:systemd\nQ:" TAG "\nV:1\n" },
		/* Tagged by an earlier connection: in the tags, not in the current ones. */
		{ "c188:1", "G:" TAG "\nQ:systemd\nV:1\n" },
		{ "b8:0", "Q:" TAG "\n" },
		/* A tag that begins or ends like it, a value that has a line's text. */
		{ "c188:2", "Q:" TAG "2\nQ:x" TAG "\nE:X=Q:" TAG "\n" },
		/* None of these is a node. */
		{ "n3", "Q:" TAG "\n" },
		{ "+usb:1-1", "Q:" TAG "\n" },
		{ "c188", "Q:" TAG "\n" },
		{ "c188:", "Q:" TAG "\n" },
		{ "c0:1", "Q:" TAG "\n" },
		{ "c4096:1", "Q:" TAG "\n" },
		{ "c1:1048576", "Q:" TAG "\n" },
		{ "c188:3:4", "Q:" TAG "\n" },
		{ "c1:11111111111111111111111111111111", "Q:" TAG "\n" },
		{ "x188:4", "Q:" TAG "\n" },
	};
	static struct fixture f;
	char path[256];

	(void)state;
	make(&f);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		snprintf(path, sizeof(path), "run/udev/tags/" TAG "/%s", rows[i].id);
		put(&f, path, "");
		snprintf(path, sizeof(path), "run/udev/data/%s", rows[i].id);
		put(&f, path, rows[i].data);
		snprintf(path, sizeof(path), "sys/dev/%s/%s",
			 rows[i].id[0] == 'b' ? "block" : "char", rows[i].id + 1);
		put(&f, path, "");
	}
	if (ask(&f))
		fail_msg("%s", f.e.text);
	assert_true(has(&f, 2, 188, 0));
	assert_true(has(&f, 1, 8, 0));
	assert_int_equal(f.map.count, 2);
	done(&f);
}

/* Pulled while udevd was not looking, or between its two files: neither counts, nor is an error. */
static void test_gone(void **state)
{
	static struct fixture f;

	(void)state;
	make(&f);
	put(&f, "run/udev/tags/" TAG "/c188:0", "");
	put(&f, "run/udev/data/c188:0", "Q:" TAG "\n");
	put(&f, "run/udev/tags/" TAG "/c188:1", "");
	put(&f, "sys/dev/char/188:1", "");
	assert_int_equal(ask(&f), 0);
	assert_int_equal(f.map.count, 0);
	done(&f);
}

static void test_failures(void **state)
{
	static struct fixture f;

	(void)state;
	make(&f);
	/* Nothing was ever tagged so, or no udevd ran. */
	assert_int_equal(ask(&f), 0);
	put(&f, "sys/dev/char/188:0", "");
	put(&f, "run/udev/tags/" TAG "/c188:0", "");
	assert_int_equal(mkdirat(f.root_fd, "run/udev/data", 0700), 0);
	assert_int_equal(symlinkat("/etc/passwd", f.root_fd, "run/udev/data/c188:0"), 0);
	assert_int_equal(ask(&f), -1);
	assert_string_equal(f.e.text, "cannot ask udev for the devices tagged " TAG
				      ": cannot open run/udev/data/c188:0: Too many levels of "
				      "symbolic links");
	assert_int_equal(f.map.count, 0);
	done(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_current),
		cmocka_unit_test(test_gone),
		cmocka_unit_test(test_failures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
