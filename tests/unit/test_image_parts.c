/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the image floor, each alone: trees, archives, places on a disk, programs that are
 * run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "disk.h"
#include "fd.h"
#include "path.h"
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
	const char *const argv[] = { "unsquashfs", "-q", "-n", "-d", out, image, NULL };

	(void)state;
	memset(name, 'n', sizeof(name) - 1);
	name[200] = 0;
	image_tree_add(&a, &t, &odd);
	image_tree_text(&a, &t, mem_printf(&a, "/deep/%s/%s", name, name), "deep");
	image_tree_link(&a, &t, "/link", name);
	image_tree_text(&a, &t, "/empty", "");
	assert_int_equal(image_tree_finish(&a, &t, &e), 0);
	assert_int_equal(image_squashfs_write(&t, image, &e), 0);
	if (geteuid() != 0)
		skip(); /* unsquashfs cannot give files away */
	assert_int_equal(image_run(argv, &e), 0);
	assert_int_equal(lstat(mem_printf(&a, "%s/odd", out), &st), 0);
	assert_int_equal(st.st_mode & 07777, 04751);
	assert_int_equal(st.st_uid, 70000);
	assert_int_equal(st.st_gid, 3000000);
	assert_int_equal(st.st_mtime, IMAGE_EPOCH);
	assert_int_equal(lstat(mem_printf(&a, "%s/deep/%s/%s", out, name, name), &st), 0);
	assert_int_equal(st.st_size, 4);
	assert_int_equal(readlink(mem_printf(&a, "%s/link", out), target, sizeof(target)), 200);
	assert_memory_equal(target, name, 200);
	assert_int_equal(lstat(mem_printf(&a, "%s/empty", out), &st), 0);
	assert_int_equal(st.st_size, 0);
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

/* --- places ---------------------------------------------------------------------------------- */

struct place {
	struct model_structure s[3];
	struct model_volume v;
};

static struct place place(void)
{
	static const char type[] = "0FC63DAF-8483-4772-8E79-3D69D8477DE4";
	struct place p = {
		.s = { { .name = "a", .type = type, .offset = MIB, .size = MIB },
		       { .name = "b", .type = type, .offset = 2 * MIB, .size = MIB },
		       { .name = "raw", .type = "bare", .offset = 17408, .size = 512 } },
		.v = { .name = "disk" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(p.s); i++)
		p.s[i].loc = (struct meta_loc){ "gadget.yaml", (unsigned)i + 1, 1 };
	return p;
}

static void expect_place(struct place *p, size_t count, unsigned line, const char *text)
{
	CLEANUP_ARENA struct mem_arena a = { 0 };
	struct meta_diag d = { 0 };
	struct image_map map;

	p->v.structures = p->s;
	p->v.structure_count = count;
	assert_int_equal(image_map_make(&a, &p->v, &map, &d), text ? -1 : 0);
	assert_int_equal(d.errors, text ? 1 : 0);
	if (text) {
		assert_string_equal(d.messages[0].text, text);
		assert_int_equal(d.messages[0].loc.line, line);
	}
	meta_diag_free(&d);
}

static void map_numbers_partitions_and_rounds_up(void **state)
{
	CLEANUP_ARENA struct mem_arena a = { 0 };
	CLEANUP_STR struct str s = { 0 };
	struct meta_diag d = { 0 };
	struct place p = place();
	struct image_map map;

	(void)state;
	p.v.structures = p.s;
	p.v.structure_count = 3;
	assert_int_equal(image_map_make(&a, &p.v, &map, &d), 0);
	assert_int_equal(map.parts[0].number, 1);
	assert_int_equal(map.parts[1].number, 2);
	assert_int_equal(map.parts[2].number, 0);
	assert_int_equal(map.size, 4 * MIB);
	image_map_text(&map, &s);
	assert_string_equal(s.text, "volume disk, 4194304 bytes\n"
				    "        offset         size  what\n"
				    "             0        17408  partition table\n"
				    "       1048576      1048576  partition 1, a, raw\n"
				    "       2097152      1048576  partition 2, b, raw\n"
				    "         17408          512  raw, raw\n"
				    "       4177408        16896  second partition table\n");
}

static void map_refuses_overlaps(void **state)
{
	struct place p = place();

	(void)state;
	p.s[1].offset = 2 * MIB - 512;
	expect_place(&p, 2, 2,
		     "cannot place structure \"b\" at 2096640: structure \"a\" lies at "
		     "1048576..2097152");
	p.s[1].offset = 2 * MIB;
	expect_place(&p, 2, 0, NULL);
	p.s[2].offset = 16896;
	expect_place(&p, 3, 3,
		     "cannot place structure \"raw\" at 16896: the partition table reaches to "
		     "17408");
	p = place();
	p.s[0].offset = 512 * 1024;
	expect_place(&p, 1, 1,
		     "cannot place structure \"a\" at 524288: a partition starts at 1048576 or "
		     "behind");
}

static void map_refuses_sizes_that_no_disk_has(void **state)
{
	struct place p = place();

	(void)state;
	p.s[1].size = 0;
	expect_place(&p, 2, 2,
		     "cannot place structure \"b\": 0 bytes at 2097152, a disk ends at "
		     "17592186044416");
	p.s[1].size = UINT64_MAX - 511;
	expect_place(&p, 2, 2,
		     "cannot place structure \"b\": 18446744073709551104 bytes at 2097152, a disk "
		     "ends at 17592186044416");
	p.s[1].size = 512;
	p.s[1].offset = UINT64_MAX - 511;
	expect_place(&p, 2, 2,
		     "cannot place structure \"b\": 512 bytes at 18446744073709551104, a disk ends "
		     "at 17592186044416");
	p = place();
	p.s[1].size = 1000;
	expect_place(&p, 2, 2,
		     "cannot place structure \"b\": 1000 bytes at 2097152 are no whole sectors of "
		     "512");
}

static void map_refuses_what_this_version_has_not(void **state)
{
	struct model_content content = { .source = "x" };
	struct place p = place();

	(void)state;
	p.s[0].has_offset_write = true;
	expect_place(&p, 1, 1, "cannot use offset-write: not in this version");
	p = place();
	p.s[0].fs = MODEL_FS_EXT4;
	p.s[0].content = &content;
	p.s[0].content_count = 1;
	expect_place(&p, 1, 1, "cannot use content of an ext4 structure: not in this version");
	p = place();
	p.s[0].fs = MODEL_FS_SQUASHFS;
	expect_place(&p, 1, 1, "cannot use filesystem squashfs: only role system-root has it");
	p = place();
	p.s[0].fs = MODEL_FS_VFAT;
	p.s[0].label = "twelve-bytes";
	expect_place(&p, 1, 1,
		     "cannot use label \"twelve-bytes\": a FAT has room for 11 characters");
	p = place();
	p.s[0].name = "1234567890123456789012345678901234567";
	expect_place(&p, 1, 1,
		     "cannot use name \"1234567890123456789012345678901234567\": a partition's has "
		     "at most 36 characters");
	p = place();
	p.s[0].role = MODEL_ROLE_MBR;
	expect_place(&p, 1, 1,
		     "cannot place mbr structure \"a\": expected offset 0 and at most 446 bytes, "
		     "got offset 1048576 and 1048576 bytes");
	p = place();
	p.v.schema = MODEL_SCHEMA_MBR;
	p.v.loc.line = 9;
	expect_place(&p, 1, 9, "cannot use schema mbr: not in this version");
}

/* A FAT filled to what image_vfat_room() promises takes it all, at each kind and its limits. */
static void fat_has_the_room_it_promises(void **state)
{
	static const uint64_t sizes[] = { MIB, 16ull * MIB - 512, 16ull * MIB, 64ull * MIB };
	CLEANUP_ARENA struct mem_arena a = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct model_structure s = { .name = "fat", .size = sizes[i] };
		struct image_part p = { .s = &s, .uuid = "01234567-89ab-8def-8123-456789abcdef" };
		struct image_tree t = { 0 };
		struct err e = { 0 };
		uint64_t needed, offered;
		char *big;

		image_tree_text(&a, &t, "/dir/file", "x");
		assert_int_equal(image_tree_finish(&a, &t, &e), 0);
		image_vfat_room(&t, s.size, &needed, &offered);
		big = mem_alloc(&a, offered - needed + 1);
		memset(big, 'b', offered - needed);
		image_tree_text(&a, &t, "/big", big);
		assert_int_equal(image_tree_finish(&a, &t, &e), 0);
		p.file = mem_printf(&a, "%s/fat-%zu", folder, i);
		assert_int_equal(image_vfat_write(&a, &p, &t, folder, &e), 0);
		unlink(p.file);
		image_tree_text(&a, &t, "/more", "x");
		assert_int_equal(image_tree_finish(&a, &t, &e), 0);
		image_vfat_room(&t, s.size, &needed, &offered);
		assert_int_equal(image_vfat_write(&a, &p, &t, folder, &e), -1);
		assert_string_equal(
			e.text,
			mem_printf(&a,
				   "cannot put the content into structure \"fat\": it needs "
				   "%llu bytes, the file system has room for %llu of the "
				   "structure's %llu",
				   (unsigned long long)needed, (unsigned long long)offered,
				   (unsigned long long)sizes[i]));
		assert_int_not_equal(access(p.file, F_OK), 0);
		unlink(mem_printf(&a, "%s/staged-1", folder));
	}
}

/* --- programs and names ---------------------------------------------------------------------- */

static void a_program_that_fails_says_why(void **state)
{
	static const char *const status[] = { "sh", "-c", "echo one; echo two >&2; exit 7", NULL };
	static const char *const killed[] = { "sh", "-c", "kill -9 $$", NULL };
	static const char *const missing[] = { "no-such-program", NULL };
	struct err e = { 0 };

	(void)state;
	assert_int_equal(image_run(status, &e), -1);
	assert_string_equal(e.text, "cannot run sh: it ended with status 7: one;two");
	assert_int_equal(image_run(killed, &e), -1);
	assert_string_equal(e.text, "cannot run sh: it was ended by signal 9 (Killed): ");
	assert_int_equal(image_run(missing, &e), -1);
	assert_string_equal(e.text, "cannot run no-such-program: it is in none of /usr/sbin "
				    "/usr/bin /sbin /bin");
}

static void a_program_sees_nothing_of_our_environment(void **state)
{
	static const char *const argv[] = {
		"sh", "-c", "test -z \"$HOSTILE$LD_PRELOAD$HOME\" && test \"$LC_ALL\" = C", NULL
	};
	struct err e = { 0 };

	(void)state;
	assert_int_equal(setenv("HOSTILE", "1", 1), 0);
	assert_int_equal(setenv("LC_ALL", "tr_TR.UTF-8", 1), 0);
	assert_int_equal(image_run(argv, &e), 0);
	unsetenv("HOSTILE");
	unsetenv("LC_ALL");
}

/* A reader that ends early must not take us with it by a signal, and must be quoted. */
static void a_reader_that_goes_away_is_quoted(void **state)
{
	static const char *const argv[] = { "sh", "-c", "exec 0<&-; echo gone; exit 3", NULL };
	struct image_child c = { .in = -1, .messages = -1 };
	static char block[4096];
	struct err e = { 0 };
	unsigned i;

	(void)state;
	assert_int_equal(image_child_start(argv, true, &c, &e), 0);
	for (i = 0; i < 1000 && image_put(c.in, block, sizeof(block), &e) == 0; i++)
		;
	assert_true(i < 1000);
	assert_int_equal(image_child_wait(&c, &e), -1);
	assert_string_equal(e.text, "cannot run sh: it ended with status 3: gone");
}

static void uuids_follow_from_seed_and_name(void **state)
{
	static const uint8_t seed[SHA256_SIZE] = { 1 }, other[SHA256_SIZE] = { 2 };
	char a[IMAGE_UUID_SIZE], b[IMAGE_UUID_SIZE], disk[33];

	(void)state;
	image_uuid(seed, "x", a);
	image_uuid(seed, "x", b);
	assert_string_equal(a, b);
	assert_int_equal(a[14], '8');
	assert_non_null(strchr("89ab", a[19]));
	image_uuid(seed, "y", b);
	assert_string_not_equal(a, b);
	image_uuid(other, "x", b);
	assert_string_not_equal(a, b);
	image_uuid_disk("00112233-4455-6677-8899-AABBCCDDEEFF", disk);
	assert_string_equal(disk, "33221100554477668899aabbccddeeff");
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
		cmocka_unit_test(tar_refuses_content_that_is_not_there),
		cmocka_unit_test(cpio_is_what_the_kernel_reads),
		cmocka_unit_test(map_numbers_partitions_and_rounds_up),
		cmocka_unit_test(map_refuses_overlaps),
		cmocka_unit_test(map_refuses_sizes_that_no_disk_has),
		cmocka_unit_test(map_refuses_what_this_version_has_not),
		cmocka_unit_test(fat_has_the_room_it_promises),
		cmocka_unit_test(a_program_that_fails_says_why),
		cmocka_unit_test(a_program_sees_nothing_of_our_environment),
		cmocka_unit_test(a_reader_that_goes_away_is_quoted),
		cmocka_unit_test(uuids_follow_from_seed_and_name),
	};

	return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
