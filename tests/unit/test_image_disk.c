/* SPDX-License-Identifier: Apache-2.0 */
/* Places on a disk and the room of a FAT. */
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(map_numbers_partitions_and_rounds_up),
		cmocka_unit_test(map_refuses_overlaps),
		cmocka_unit_test(map_refuses_sizes_that_no_disk_has),
		cmocka_unit_test(map_refuses_what_this_version_has_not),
		cmocka_unit_test(fat_has_the_room_it_promises),
	};

	return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
