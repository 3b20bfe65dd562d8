/* SPDX-License-Identifier: Apache-2.0 */
/* What a whole image must refuse: no output is left behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "image_world.h"

static void refuses_what_does_not_fit(void **state)
{
	struct world *w = *state;
	struct stat st;
	const char *root;

	end_setids(w);
	w->s[1].size = 512;
	assert_int_equal(run(w), -1);
	root = mem_printf(&w->a, "%s/root.squashfs", w->o.work);
	assert_int_equal(stat(root, &st), 0);
	w->d.count = w->d.errors = 0;
	expect_refused(
		w, "gadget.yaml", 2,
		mem_printf(&w->a,
			   "cannot put the root file system into structure \"root\": it needs "
			   "%llu bytes, the structure has 512",
			   (unsigned long long)st.st_size));
	w->d.count = w->d.errors = 0;
	w->s[1].size = MIB;
	w->s[0].size = 64 * 512;
	assert_int_equal(run(w), -1);
	assert_int_equal(w->d.errors, 1);
	assert_string_equal(w->d.messages[w->d.count - 1].loc.file, "gadget.yaml");
	assert_non_null(strstr(w->d.messages[w->d.count - 1].text,
			       "bytes, the file system has room for 0 of the structure's 32768"));
	assert_int_equal(rmdir(w->out), 0);
}

/* A full disk or a missing program is not the input's fault: the exit status follows from it. */
static void says_what_the_environment_lacks(void **state)
{
	struct world *w = *state;

	end_setids(w);
	w->out = at(w, "out-absent");
	w->o.work = at(w, "absent");
	assert_int_equal(image_write(&w->a, &w->m, w->out, &w->o, &w->d), -1);
	assert_int_equal(w->d.errors, 1);
	assert_int_equal(w->d.environment, 1);
	assert_non_null(strstr(w->d.messages[w->d.count - 1].text, "No such file or directory"));
}

static void refuses_a_gadget_without_roles(void **state)
{
	struct world *w = *state;

	end_setids(w);
	w->m.gadget.loc = (struct meta_loc){ "gadget.yaml", 9, 1 };
	w->s[2].role = MODEL_ROLE_NONE;
	expect_refused(w, "gadget.yaml", 9,
		       "cannot make an image: no structure has role system-data, in the volume of "
		       "system-root");
	w->d.count = w->d.errors = 0;
	w->s[2].role = MODEL_ROLE_SYSTEM_DATA;
	w->s[2].fs = MODEL_FS_VFAT;
	expect_refused(w, "gadget.yaml", 3,
		       "cannot use structure \"data\" as system-data: expected filesystem ext4");
}

static void refuses_overlapping_structures(void **state)
{
	struct world *w = *state;

	end_setids(w);
	w->s[2].offset -= 512;
	expect_refused(w, "gadget.yaml", 3,
		       "cannot place structure \"data\" at 3145216: structure \"root\" lies at "
		       "2097152..3145728");
}

static void refuses_another_kernel(void **state)
{
	struct world *w = *state;
	uint8_t digest[SHA256_SIZE];
	char hex[SHA256_HEX_SIZE];

	end_setids(w);
	sha256_of("kernel", 6, digest);
	sha256_hex(digest, hex);
	put(w, "files/kernel/boot/vmlinuz-6.1-test", "kernal");
	expect_refused(w, "board.yaml", 1,
		       mem_printf(&w->a,
				  "cannot use kernel vmlinuz-6.1-test: features were captured from "
				  "another one (%s)",
				  hex));
	assert_string_equal(w->d.messages[w->d.count - 1].hint,
			    mem_printf(&w->a,
				       "capture its features: boards/capture-features virt "
				       "%s/files %s/features",
				       w->dir, w->dir));
	w->d.count = w->d.errors = 0;
	assert_int_equal(image_check_kernel(&w->a, &w->m, w->o.files, &w->d), -1);
	put(w, "files/kernel/boot/vmlinuz-6.1-test", "kernel");
	assert_int_equal(image_check_kernel(&w->a, &w->m, w->o.files, &w->d), 0);
}

/* Of many the same two are named, whatever the order of the folder. */
static void refuses_no_kernel_and_two(void **state)
{
	static const char *const kernels[] = { "vmlinuz-3", "vmlinuz-1", "vmlinuz-4", "vmlinuz-2" };
	struct world *w = *state;

	end_setids(w);
	assert_int_equal(unlink(at(w, "files/kernel/boot/vmlinuz-6.1-test")), 0);
	expect_refused(
		w, "board.yaml", 1,
		mem_printf(&w->a,
			   "cannot find the kernel: nothing in %s/files/kernel/boot/ matches "
			   "vmlinuz-*",
			   w->dir));
	w->d.count = w->d.errors = 0;
	for (size_t i = 0; i < ARRAY_SIZE(kernels); i++)
		put(w, mem_printf(&w->a, "files/kernel/boot/%s", kernels[i]), "kernel");
	expect_refused(w, "board.yaml", 1,
		       "cannot choose a kernel: vmlinuz-1 and vmlinuz-2 both match "
		       "kernel/boot/vmlinuz-*");
}

static void refuses_missing_files(void **state)
{
	static const struct {
		const char *path, *expected;
	} files[] = {
		{ "files/initramfs/e2fsck",
		  "cannot open %s/files/initramfs/e2fsck: No such file or "
		  "directory" },
		{ "runtime/bulkhead-run",
		  "cannot open %s/runtime/bulkhead-run: No such file or directory" },
		{ "pack/policy.aa", "cannot open %s/pack/policy.aa: No such file or directory" },
		{ "pack/MANIFEST", "cannot open %s/pack/MANIFEST: No such file or directory" },
		{ "base/usr/bin/su", "cannot write /usr/bin/hard: cannot open "
				     "%s/base/usr/bin/su: No such file or directory" },
	};
	struct world *w = *state;

	end_setids(w);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		const char *percent = strstr(files[i].expected, "%s");
		const char *text = mem_printf(&w->a, "%.*s%s%s", (int)(percent - files[i].expected),
					      files[i].expected, w->dir, percent + 2);
		const char *aside = at(w, "aside");

		assert_int_equal(rename(at(w, files[i].path), aside), 0);
		expect_refused(w, "image.yaml", 0, text);
		assert_int_equal(rename(aside, at(w, files[i].path)), 0);
		w->d.count = w->d.errors = 0;
	}
}

static void refuses_a_missing_module(void **state)
{
	struct world *w = *state;

	end_setids(w);
	w->modules[1] = "other";
	expect_refused(w, "board.yaml", 1,
		       mem_printf(&w->a,
				  "cannot find module other: it is not below "
				  "%s/files/kernel/lib/modules/6.1-test",
				  w->dir));
}

/* One of them would come with the next boot, the other with the next kernel. */
static void refuses_a_module_twice(void **state)
{
	struct world *w = *state;
	const char *dir = "files/kernel/lib/modules/6.1-test";

	end_setids(w);
	put(w, mem_printf(&w->a, "%s/updates/some_disk.ko", dir), "another");
	expect_refused(w, "board.yaml", 1,
		       mem_printf(&w->a,
				  "cannot choose module some_disk: there are %s/%s/kernel/a/"
				  "some-disk.ko and %s/%s/updates/some_disk.ko",
				  w->dir, dir, w->dir, dir));
}

static void refuses_programs_of_another_machine(void **state)
{
	struct world *w = *state;

	end_setids(w);
	w->m.board.arch = "armhf";
	expect_refused(w, "image.yaml", 0,
		       mem_printf(&w->a,
				  "cannot use %s/runtime/bulkhead-boot: it is not built for armhf",
				  w->dir));
}

static void refuses_an_altered_pack(void **state)
{
	struct world *w = *state;

	end_setids(w);
	put(w, "pack/policy.aa", "kez");
	expect_refused(w, "image.yaml", 0,
		       mem_printf(&w->a,
				  "cannot use %s/pack/policy.aa: it is not what the MANIFEST says",
				  w->dir));
	w->d.count = w->d.errors = 0;
	put(w, "pack/policy.aa", "key ");
	expect_refused(w, "image.yaml", 0,
		       mem_printf(&w->a,
				  "cannot use %s/pack/policy.aa: it is not what the MANIFEST says",
				  w->dir));
}

static void refuses_a_pack_for_other_snaps(void **state)
{
	struct world *w = *state;

	end_setids(w);
	w->snap.revision = "x2";
	expect_refused(w, "image.yaml", 0,
		       "cannot use the pack: it is for snap app x1, the image has x2");
	w->d.count = w->d.errors = 0;
	w->m.snap_count = 0;
	expect_refused(w, "image.yaml", 0,
		       "cannot use the pack: it is for 1 snaps, the image has 0");
}

static void refuses_setid_files_that_the_manifest_does_not_list(void **state)
{
	struct world *w = *state;

	add_setid(w, "/usr/bin/hard", 04755, 0);
	add_setid(w, "/usr/bin/su", 04755, 1);
	end_pack(w);
	expect_refused(w, "image.yaml", 0,
		       "cannot use /usr/bin/su of the base: its mode 4755 is not in the MANIFEST");
}

static void refuses_a_base_that_takes_our_places(void **state)
{
	struct world *w = *state;

	end_setids(w);
	w->base[11] = (struct model_base_entry){ .path = "/writable", .type = '2', .link = "/etc" };
	w->m.image.base.count = 12;
	expect_refused(w, "image.yaml", 0,
		       "cannot put /writable into the file system: it is there already");
	w->d.count = w->d.errors = 0;
	w->base[11] = (struct model_base_entry){ .path = "/usr/lib", .type = '2', .link = "/etc" };
	assert_int_equal(run(w), -1);
	assert_non_null(strstr(w->d.messages[w->d.count - 1].text, "/usr/lib is a link"));
	assert_int_equal(rmdir(w->out), 0);
}

static void refuses_broken_entries_of_the_base(void **state)
{
	static const struct {
		struct model_base_entry e;
		const char *text;
	} bad[] = {
		{ { .path = "/x", .type = '1', .link = "/nowhere" },
		  "cannot use /x of the base: it is a hard link to /nowhere, no file" },
		{ { .path = "/x", .type = '1', .link = "/x" },
		  "cannot use /x of the base: it is a hard link to /x, no file" },
		{ { .path = "/x", .type = '1', .link = "../etc/shadow" },
		  "cannot use /x of the base: it is a hard link to ../etc/shadow, no file" },
		{ { .path = "/x", .type = '1', .link = "/usr" },
		  "cannot use /x of the base: it is a hard link to /usr, no file" },
		{ { .path = "/x", .type = '2', .link = "" },
		  "cannot use link /x of the base: it leads nowhere" },
		{ { .path = "/x", .type = 'S' },
		  "cannot use /x of the base: type 'S' is not known" },
		{ { .path = "/x/../y", .type = '5' },
		  "cannot use path \"/x/../y\": it is not clean" },
		{ { .path = "/bin/x", .type = '5' },
		  "cannot put /bin/x into the file system: /bin is a link" },
	};
	struct world *w = *state;

	end_setids(w);
	w->m.image.base.count = 12;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		w->base[11] = bad[i].e;
		expect_refused(w, "image.yaml", 0, bad[i].text);
		w->d.count = w->d.errors = 0;
	}
}

static void refuses_a_tar_that_is_cut(void **state)
{
	struct world *w = *state;

	end_setids(w);
	put(w, "base.tar", "0123456789");
	w->m.image.base.path = at(w, "base.tar");
	w->m.image.base.is_tar = true;
	w->base[7].data = 9;
	expect_refused(
		w, "image.yaml", 0,
		mem_printf(&w->a,
			   "cannot write /usr/bin/hard: cannot read %s/base.tar: 2 bytes at 9 "
			   "are asked for, it has 10",
			   w->dir));
}

static void refuses_a_snap_with_a_pipe(void **state)
{
	struct world *w = *state;

	end_setids(w);
	assert_int_equal(mkfifo(at(w, "snap/pipe"), 0644), 0);
	expect_refused(
		w, "image.yaml", 0,
		mem_printf(&w->a,
			   "cannot pack snap app: cannot use %s/snap/pipe: expected a file, a "
			   "link or a directory",
			   w->dir));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(refuses_what_does_not_fit),
		TEST(says_what_the_environment_lacks),
		TEST(refuses_a_gadget_without_roles),
		TEST(refuses_overlapping_structures),
		TEST(refuses_another_kernel),
		TEST(refuses_no_kernel_and_two),
		TEST(refuses_missing_files),
		TEST(refuses_a_missing_module),
		TEST(refuses_a_module_twice),
		TEST(refuses_programs_of_another_machine),
		TEST(refuses_an_altered_pack),
		TEST(refuses_a_pack_for_other_snaps),
		TEST(refuses_setid_files_that_the_manifest_does_not_list),
		TEST(refuses_a_base_that_takes_our_places),
		TEST(refuses_broken_entries_of_the_base),
		TEST(refuses_a_tar_that_is_cut),
		TEST(refuses_a_snap_with_a_pipe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
