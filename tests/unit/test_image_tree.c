/* SPDX-License-Identifier: Apache-2.0 */
/* Trees and the archives that they are written to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "disk.h"
#include "fd.h"
#include "files.h"
#include "str.h"
#include "tool.h"
#include "tree.h"

#define MIB (1024u * 1024u)

static char folder[] = "/tmp/test-image-parts-XXXXXX";

static int make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int drop_folder(void **state)
{
	const char *const argv[] = { "rm", "-rf", folder, NULL };
	struct err e = { 0 };

	(void)state;
	return image_run(argv, &e);
}

static const char *in_folder(struct mem_arena *a, const char *name)
{
	return mem_printf(a, "%s/%s", folder, name);
}

static void write_text(struct mem_arena *a, const char *name, const char *text)
{
	struct err e = { 0 };

	assert_int_equal(fd_write_file(in_folder(a, name), text, strlen(text), 0644, &e), 0);
}

/* --- trees ----------------------------------------------------------------------------------- */

static void tree_adds_parents_and_sorts(void **state)
{
	CLEANUP_ARENA struct mem_arena a = { 0 };
	struct image_tree t = { 0 };
	struct err e = { 0 };

	(void)state;
	image_tree_text(&a, &t, "/z/b/file", "x");
	image_tree_text(&a, &t, "/a", "y");
	assert_int_equal(image_tree_finish(&a, &t, &e), 0);
	assert_int_equal(t.count, 5);
	assert_string_equal(t.items[0].path, "/");
	assert_string_equal(t.items[1].path, "/a");
	assert_string_equal(t.items[2].path, "/z");
	assert_string_equal(t.items[3].path, "/z/b");
	assert_int_equal(t.items[3].type, '5');
	assert_int_equal(t.items[3].mode, 0755);
	assert_non_null(image_tree_find(&t, "/z/b/file"));
	assert_null(image_tree_find(&t, "/z/c"));
}

static void tree_keeps_the_first_directory(void **state)
{
	CLEANUP_ARENA struct mem_arena a = { 0 };
	struct image_entry mine = { .path = "/root", .type = '5', .mode = 0700 };
	struct image_tree t = { 0 };
	struct err e = { 0 };

	(void)state;
	image_tree_add(&a, &t, &mine);
	image_tree_dir(&a, &t, "/root");
	assert_int_equal(image_tree_finish(&a, &t, &e), 0);
	assert_int_equal(t.count, 2);
	assert_int_equal(image_tree_find(&t, "/root")->mode, 0700);
}

static void expect_refused(struct mem_arena *a, struct image_tree *t, const char *text)
{
	struct err e = { 0 };

	assert_int_equal(image_tree_finish(a, t, &e), -1);
	assert_string_equal(e.text, text);
}

static void tree_refuses_twice(void **state)
{
	CLEANUP_ARENA struct mem_arena a = { 0 };
	struct image_tree t = { 0 };

	(void)state;
	image_tree_text(&a, &t, "/a", "1");
	image_tree_text(&a, &t, "/a", "2");
	expect_refused(&a, &t, "cannot put /a into the file system: it is there already");
}

static void tree_refuses_what_lies_below_a_link(void **state)
{
	CLEANUP_ARENA struct mem_arena a = { 0 };
	struct image_tree t = { 0 };

	(void)state;
	image_tree_link(&a, &t, "/lib", "/etc");
	image_tree_text(&a, &t, "/lib/x", "1");
	expect_refused(&a, &t, "cannot put /lib/x into the file system: /lib is a link");
}

static void tree_refuses_what_lies_below_a_file(void **state)
{
	CLEANUP_ARENA struct mem_arena a = { 0 };
	struct image_tree t = { 0 };

	(void)state;
	image_tree_text(&a, &t, "/lib", "1");
	image_tree_text(&a, &t, "/lib/x/y", "1");
	expect_refused(&a, &t, "cannot put /lib/x into the file system: /lib is a file");
}

static void tree_refuses_paths_that_are_not_clean(void **state)
{
	static const char *const bad[] = { "/a/../b", "a", "/a//b", "/a/", "", "/./a", "/a\nb" };
	CLEANUP_ARENA struct mem_arena a = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct image_tree t = { 0 };

		image_tree_text(&a, &t, bad[i], "1");
		expect_refused(&a, &t,
			       mem_printf(&a, "cannot use path \"%s\": it is not clean", bad[i]));
	}
}

static void walk_takes_files_links_and_folders(void **state)
{
	CLEANUP_ARENA struct mem_arena a = { 0 };
	struct image_tree t = { 0 };
	struct err e = { 0 };
	const struct image_entry *x;

	(void)state;
	assert_int_equal(mkdir(in_folder(&a, "walk"), 0777), 0);
	assert_int_equal(mkdir(in_folder(&a, "walk/sub"), 0777), 0);
	write_text(&a, "walk/sub/file", "text");
	assert_int_equal(chmod(in_folder(&a, "walk/sub/file"), 06775), 0);
	assert_int_equal(symlink("/etc/passwd", in_folder(&a, "walk/link")), 0);
	assert_int_equal(image_tree_walk(&a, &t, in_folder(&a, "walk"), "/", &e), 0);
	assert_int_equal(image_tree_finish(&a, &t, &e), 0);
	x = image_tree_find(&t, "/sub/file");
	assert_non_null(x);
	/* Neither the umask's bits nor set-id ones. */
	assert_int_equal(x->mode, 0755);
	assert_int_equal(x->size, 4);
	x = image_tree_find(&t, "/link");
	assert_int_equal(x->type, '2');
	assert_string_equal(x->link, "/etc/passwd");
}

static void walk_refuses_a_pipe(void **state)
{
	CLEANUP_ARENA struct mem_arena a = { 0 };
	struct image_tree t = { 0 };
	struct err e = { 0 };

	(void)state;
	assert_int_equal(mkdir(in_folder(&a, "pipes"), 0755), 0);
	assert_int_equal(mkfifo(in_folder(&a, "pipes/p"), 0644), 0);
	assert_int_equal(image_tree_walk(&a, &t, in_folder(&a, "pipes"), "/", &e), -1);
	assert_string_equal(e.text, mem_printf(&a,
					       "cannot use %s/pipes/p: expected a file, a link or "
					       "a directory",
					       folder));
}

/* --- archives -------------------------------------------------------------------------------- */

static char *read_back(struct mem_arena *a, const char *name, size_t *len)
{
	struct err e = { 0 };
	char *text = fd_read_file(in_folder(a, name), 64 * MIB, len, &e);

	assert_non_null(text);
	return text;
}

static int create(struct mem_arena *a, const char *name)
{
	struct err e = { 0 };
	int fd = image_create(in_folder(a, name), &e);

	assert_true(fd >= 0);
	return fd;
}

/* Paths and targets longer than the plain header holds must come back whole. */
static void squashfs_holds_what_was_put_in(void **state)
{
	CLEANUP_ARENA struct mem_arena a = { 0 };
	struct image_entry odd = { .path = "/odd",
				   .type = '0',
				   .mode = 04751,
				   .uid = 70000,
				   .gid = 3000000,
				   .bytes = "odd",
				   .size = 3 };
	char name[201];
	struct image_tree t = { 0 };
	struct err e = { 0 };
	struct stat st;
	char target[300];
	const char *out = in_folder(&a, "unpacked");
	const char *image = in_folder(&a, "tree.squashfs");
	const char *const argv[] = { "unsquashfs", "-q",   "-n",   "-no-xattrs", "-d", out,
				     image,	   "deep", "link", "empty",	 NULL };
	const char *script = mem_printf(
		&a,
		"unsquashfs -lln %s | grep -q '^-rwsr-x--x 70000/3000000  *3 2023-01-01 .*/odd$'",
		image);
	const char *const list[] = { "sh", "-c", script, NULL };

	(void)state;
	memset(name, 'n', sizeof(name) - 1);
	name[200] = 0;
	image_tree_add(&a, &t, &odd);
	image_tree_text(&a, &t, mem_printf(&a, "/deep/%s/%s", name, name), "deep");
	image_tree_link(&a, &t, "/link", name);
	image_tree_text(&a, &t, "/empty", "");
	assert_int_equal(image_tree_finish(&a, &t, &e), 0);
	assert_int_equal(image_squashfs_write(&t, image, &e), 0);
	/* Owners are listed, for not everybody can give files away. */
	assert_int_equal(image_run(list, &e), 0);
	assert_int_equal(image_run(argv, &e), 0);
	assert_int_equal(lstat(mem_printf(&a, "%s/deep/%s/%s", out, name, name), &st), 0);
	assert_int_equal(st.st_size, 4);
	assert_int_equal(readlink(mem_printf(&a, "%s/link", out), target, sizeof(target)), 200);
	assert_memory_equal(target, name, 200);
	assert_int_equal(lstat(mem_printf(&a, "%s/empty", out), &st), 0);
	assert_int_equal(st.st_size, 0);
}

/* Whoever builds: the root directory is root's, and the bytes are the same. */
static void squashfs_is_the_same_for_every_user(void **state)
{
	CLEANUP_ARENA struct mem_arena a = { 0 };
	const char *script =
		mem_printf(&a,
			   "cmp %s/mine.squashfs %s/nobody/its.squashfs && unsquashfs "
			   "-lln %s/mine.squashfs | head -n 1 | grep '^drwxr-xr-x 0/0 '",
			   folder, folder, folder);
	const char *const compare[] = { "sh", "-c", script, NULL };
	const char *nobody = in_folder(&a, "nobody");
	struct image_tree t = { 0 };
	struct err e = { 0 };
	int status;
	pid_t pid;

	(void)state;
	image_tree_text(&a, &t, "/file", "text");
	assert_int_equal(image_tree_finish(&a, &t, &e), 0);
	assert_int_equal(image_squashfs_write(&t, in_folder(&a, "mine.squashfs"), &e), 0);
	assert_int_equal(chmod(folder, 0755) | mkdir(nobody, 0755), 0);
	if (geteuid() == 0)
		assert_int_equal(chown(nobody, 65534, 65534), 0);
	pid = fork();
	if (pid == 0) {
		umask(077);
		if (geteuid() == 0 && (setresgid(65534, 65534, 65534) ||
				       setresuid(65534, 65534, 65534) || prctl(PR_SET_DUMPABLE, 1)))
			_exit(2);
		_exit(image_squashfs_write(&t, in_folder(&a, "nobody/its.squashfs"), &e) ? 1 : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(image_run(compare, &e), 0);
}

static void tar_refuses_content_that_is_not_there(void **state)
{
	CLEANUP_ARENA struct mem_arena a = { 0 };
	/* Sizes around the limits of 32 bits, and one whose sum with the offset overflows 64. */
	static const struct {
		uint64_t offset, size;
	} bad[] = {
		{ 0, 11 },
		{ 5, 6 },
		{ 11, 0 },
		{ 0, 0x7fffffff },
		{ 0, 0x80000000 },
		{ 0, 0x100000001 },
		{ 2, UINT64_MAX - 1 },
		{ UINT64_MAX, 1 },
	};

	(void)state;
	write_text(&a, "ten", "0123456789");
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct image_entry x = { .path = "/x",
					 .type = '0',
					 .mode = 0644,
					 .source = in_folder(&a, "ten"),
					 .offset = bad[i].offset,
					 .size = bad[i].size };
		struct image_tree t = { 0 };
		struct err e = { 0 };

		image_tree_add(&a, &t, &x);
		assert_int_equal(image_tree_finish(&a, &t, &e), 0);
		assert_int_equal(image_squashfs_write(&t, in_folder(&a, "bad.squashfs"), &e), -1);
		assert_string_equal(
			e.text,
			mem_printf(&a,
				   "cannot write /x: cannot read %s/ten: %llu bytes at %llu "
				   "are asked for, it has 10",
				   folder, (unsigned long long)bad[i].size,
				   (unsigned long long)bad[i].offset));
		unlink(in_folder(&a, "bad.squashfs"));
	}
}

static void cpio_is_what_the_kernel_reads(void **state)
{
	CLEANUP_ARENA struct mem_arena a = { 0 };
	CLEANUP_FD int fd = create(&a, "initrd");
	CLEANUP_FREE char *text = NULL;
	struct image_tree t = { 0 };
	struct err e = { 0 };
	size_t len;

	(void)state;
	image_tree_text(&a, &t, "/init", "12345");
	image_tree_link(&a, &t, "/sh", "init");
	assert_int_equal(image_tree_finish(&a, &t, &e), 0);
	assert_int_equal(image_cpio_write(&t, fd, &e), 0);
	text = read_back(&a, "initrd", &len);
	/* ".": 110 + 2 bytes. "init": 110 + 5 to 116, content 5 to 8. "sh": 110 + 3 to 116, link 4.
	 */
	assert_int_equal(len % 4, 0);
	assert_memory_equal(text, "07070100000001000041ED", 22);
	assert_memory_equal(text + 112, "07070100000002000081A4", 22);
	assert_memory_equal(text + 112 + 54, "00000005", 8);
	assert_memory_equal(text + 112 + 110, "init\0\0", 6);
	assert_memory_equal(text + 112 + 116, "12345\0\0\0", 8);
	assert_memory_equal(text + 236, "0707010000000300", 16);
	assert_memory_equal(text + 236 + 116, "init", 4);
	assert_memory_equal(text + 356 + 110, "TRAILER!!!", 11);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tree_adds_parents_and_sorts),
		cmocka_unit_test(tree_keeps_the_first_directory),
		cmocka_unit_test(tree_refuses_twice),
		cmocka_unit_test(tree_refuses_what_lies_below_a_link),
		cmocka_unit_test(tree_refuses_what_lies_below_a_file),
		cmocka_unit_test(tree_refuses_paths_that_are_not_clean),
		cmocka_unit_test(walk_takes_files_links_and_folders),
		cmocka_unit_test(walk_refuses_a_pipe),
		cmocka_unit_test(squashfs_holds_what_was_put_in),
		cmocka_unit_test(squashfs_is_the_same_for_every_user),
		cmocka_unit_test(tar_refuses_content_that_is_not_there),
		cmocka_unit_test(cpio_is_what_the_kernel_reads),
	};

	return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
