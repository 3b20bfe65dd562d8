/* SPDX-License-Identifier: Apache-2.0 */
/* Content against the structure that holds it: as written, and with the gadget's files. */
#include <unistd.h>

#include "tree.h"
#include "volume.h"

#define FOLDER_PARTS struct model_gadget g;
#include "folder_fixture.h"

#define RAW "      - {type: bare, size: 10M, content: ["
#define FAT                                                                                        \
	"      - {type: EBD0A0A2-B9E5-4433-87C0-68B6B72699C7, filesystem: vfat, size: 1M, "        \
	"content: ["
#define OPEN "    partial: [size, filesystem]\n    structure:\n      - {type: bare, content: ["

struct row {
	const char *content; /* RAW or FAT is before it, "]}" behind */
	const char *error;   /* or NULL */
};

static int read_gadget(struct fixture *f, const char *volume)
{
	const char *text = mem_printf(&f->a, "volumes:\n  pc:\n    bootloader: grub\n%s", volume);
	const struct meta_node *n = meta_parse(&f->a, text, strlen(text), "gadget.yaml", &f->d);
	struct reader r = { .a = &f->a, .d = &f->d };

	assert_non_null(n);
	return model_gadget_read(&r, n, MODEL_KIND_NONE, &f->g);
}

static int look(struct fixture *f)
{
	struct tree t = { .dir = f->dir, .name = "gadget", .links = true };
	struct reader r = { .a = &f->a, .d = &f->d };

	return model_content_files(&r, &t, &f->g);
}

static void verdict(struct fixture *f, int status, const struct row *row, size_t before)
{
	assert_int_equal(status, row->error ? -1 : 0);
	assert_int_equal(f->d.count, before + (row->error != NULL));
	if (row->error)
		assert_string_equal(f->d.messages[before].text, row->error);
}

static void as_written(void **state)
{
	static const struct row rows[] = {
		{ "{image: a, size: 10M}", NULL },
		{ "{image: a, size: 11M}",
		  "cannot place image \"a\": it ends at 11534336, the structure at 10485760" },
		{ "{image: a, offset: 9M, size: 2M}",
		  "cannot place image \"a\": it ends at 11534336, the structure at 10485760" },
		/* The file may be empty. */
		{ "{image: a, offset: 10M}", NULL },
		{ "{image: a, offset: 11M}",
		  "cannot place image \"a\": it ends at 11534336, the structure at 10485760" },
		{ "{image: a, size: 6M}, {image: b, size: 5M}",
		  "cannot place image \"b\": it ends at 11534336, the structure at 10485760" },
		/* One error, not one for each that follows. */
		{ "{image: a, size: 11M}, {image: b, size: 1M}, {image: c, offset: 0}",
		  "cannot place image \"a\": it ends at 11534336, the structure at 10485760" },
		/* Only the files tell whether they overlap. */
		{ "{image: a, offset: 1M, size: 1M}, {image: b, offset: 0, size: 2M}", NULL },
		{ "{image: a}, {image: b, offset: 0}", NULL },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		size_t before = f->d.count;
		int status = read_gadget(
			f, mem_printf(&f->a, "    structure:\n" RAW "%s]}\n", rows[i].content));

		verdict(f, status, &rows[i], before);
	}
}

/* Nothing says how much fits, but sums stay sums. */
static void open_size(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(read_gadget(f, OPEN "{image: a, size: 90000G},"
					     " {source: b, target: /}]}\n"),
			 0);
	assert_int_equal(read_gadget(f, OPEN "{image: a, size: 1073741824G}, {image: b}]}\n"), 0);
	assert_int_equal(read_gadget(f, OPEN "{image: a, size: 1073741824G},"
					     " {image: b, size: 1}]}\n"),
			 -1);
	assert_int_equal(f->d.count, 1);
}

static void put_sized(const struct fixture *f, const char *name, off_t size)
{
	char path[128];
	struct err e = { 0 };

	snprintf(path, sizeof(path), "%s/%s", f->dir, name);
	assert_int_equal(fd_write_file(path, "", 0, 0644, &e), 0);
	assert_int_equal(truncate(path, size), 0);
}

static void with_files(void **state)
{
	static const struct row rows[] = {
		{ RAW "{image: small}, {image: large}", NULL },
		{ RAW "{image: large, offset: 4M}, {image: small, offset: 0}", NULL },
		{ RAW "{image: folder/to-small, size: 512}", NULL },
		{ RAW "{image: absent}",
		  "cannot use image \"absent\": no such file in the gadget" },
		{ RAW "{image: to-nothing}",
		  "cannot use image \"to-nothing\": no such file in the gadget" },
		{ RAW "{image: to-outside}",
		  "cannot use image \"to-outside\": a link leads out of the gadget" },
		{ RAW "{image: folder}", "cannot use image \"folder\": not a regular file" },
		{ RAW "{image: small, size: 511}",
		  "cannot use image \"small\": it has 512 bytes, its size says 511" },
		{ RAW "{image: large}, {image: large}",
		  "cannot place image \"large\": it ends at 12582912, the structure at 10485760" },
		/* The size written counts, also of a file that is smaller. */
		{ RAW "{image: large}, {image: small, size: 5M}",
		  "cannot place image \"small\": it ends at 11534336, the structure at 10485760" },
		{ RAW "{image: small, offset: 1M, size: 1M}, {image: small, offset: 0, size: 2M}",
		  "cannot place image \"small\" at offset 1048576: overlaps with \"small\"" },
		{ RAW "{image: large}, {image: small, offset: 1M}",
		  "cannot place image \"small\" at offset 1048576: overlaps with \"large\"" },
		{ RAW "{image: empty}, {image: small, offset: 0}", NULL },
		/* Where the next one would lie follows from one that does not fit. */
		{ RAW "{image: large, offset: 5M}, {image: small}, {image: small, offset: 0}",
		  "cannot place image \"large\": it ends at 11534336, the structure at 10485760" },
		{ RAW "{image: small}, {image: large, offset: 511}",
		  "cannot place image \"large\" at offset 511: overlaps with \"small\"" },
		/* How much a file system holds, making it tells. */
		{ FAT "{source: large, target: a}, {source: ./small, target: b}", NULL },
		{ FAT "{source: folder/, target: /}, {source: ./folder, target: /}", NULL },
		{ FAT "{source: ., target: /}, {source: /, target: /}, {source: ./, target: /}",
		  NULL },
		{ FAT "{source: '$kernel:dtbs/dtb/', target: /}", NULL },
		{ FAT "{source: small/, target: /}",
		  "cannot use source \"small/\": Not a directory" },
		{ FAT "{source: folder/absent, target: /}",
		  "cannot use source \"folder/absent\": no such file in the gadget" },
	};
	struct fixture *f = *state;

	assert_int_equal(mkdir(mem_printf(&f->a, "%s/folder", f->dir), 0755), 0);
	put_sized(f, "small", 512);
	put_sized(f, "empty", 0);
	put_sized(f, "large", 6 << 20);
	assert_int_equal(symlink("../small", mem_printf(&f->a, "%s/folder/to-small", f->dir)), 0);
	assert_int_equal(symlink("absent", mem_printf(&f->a, "%s/to-nothing", f->dir)), 0);
	assert_int_equal(symlink("/etc/passwd", mem_printf(&f->a, "%s/to-outside", f->dir)), 0);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		size_t before = f->d.count;

		assert_int_equal(read_gadget(f, mem_printf(&f->a, "    structure:\n%s]}\n",
							   rows[i].content)),
				 0);
		verdict(f, look(f), &rows[i], before);
	}
}

/* As much as a file can say it has. */
static void huge_file(void **state)
{
	static const uint64_t files[] = { 512, INT64_MAX };
	struct fixture *f = *state;
	struct reader r = { .a = &f->a, .d = &f->d };

	assert_int_equal(read_gadget(f, "    structure:\n" RAW "{image: a}, {image: b}]}\n"), 0);
	assert_int_equal(model_content_fit(&r, f->g.volumes[0].structures, files), -1);
	assert_string_equal(f->d.messages[0].text,
			    "cannot place image \"b\": it ends at 9223372036854776319, the "
			    "structure at 10485760");
}

static void no_folder(void **state)
{
	struct fixture *f = *state;
	struct tree t = { .dir = "/nowhere/at/all", .name = "gadget" };
	struct reader r = { .a = &f->a, .d = &f->d };

	assert_int_equal(model_content_files(&r, &t, &f->g), -1);
	assert_int_equal(f->d.errors, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(as_written, set_up_folder, tear_down_folder),
		cmocka_unit_test_setup_teardown(open_size, set_up_folder, tear_down_folder),
		cmocka_unit_test_setup_teardown(with_files, set_up_folder, tear_down_folder),
		cmocka_unit_test_setup_teardown(huge_file, set_up_folder, tear_down_folder),
		cmocka_unit_test_setup_teardown(no_folder, set_up_folder, tear_down_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
