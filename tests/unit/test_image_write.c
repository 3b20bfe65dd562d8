/* SPDX-License-Identifier: Apache-2.0 */
/* A whole image from a small base, kernel and pack. */
#include <linux/capability.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cmocka.h>

#include "image_world.h"
#include "plan.h"

static char *read_disk(struct world *w, size_t *size)
{
	struct err e = { 0 };
	char *disk = fd_read_file(mem_printf(&w->a, "%s/disk.img", w->out), 64 * MIB, size, &e);

	assert_non_null(disk);
	return disk;
}

/* Lists the root of the image made last: mode, owner, size, path. Nobody's privilege is needed. */
static char *list_root(struct world *w)
{
	const char *list = at(w, "list");
	const char *script =
		mem_printf(&w->a,
			   "unsquashfs -o 2097152 -lln %s/disk.img >%s.raw && awk "
			   "'{ print $1, $2, $3, $6, $7, $8 }' %s.raw | sed 's/ *$//' >%s",
			   w->out, list, list, list);
	const char *const argv[] = { "sh", "-c", script, NULL };
	struct err e = { 0 };
	size_t len;
	char *text;

	assert_int_equal(image_run(argv, &e), 0);
	text = fd_read_file(list, MIB, &len, &e);
	assert_non_null(text);
	return text;
}

static void expect_line(const char *list, const char *line)
{
	CLEANUP_STR struct str whole = { 0 };

	str_printf(&whole, "\n%s\n", line);
	if (!strstr(list, whole.text))
		fail_msg("no line \"%s\" in:%s", line, list);
}

static void root_is_base_and_ours(void **state)
{
	static const char *const lines[] = {
		"-rwxr-xr-x 5/6 2 squashfs-root/usr/bin/su",
		"-rwxr-xr-x 5/6 2 squashfs-root/usr/bin/hard",
		"drwxrwxrwt 0/8 3 squashfs-root/usr/share/bulkhead/var/spool",
		"lrwxrwxrwx 0/0 4 squashfs-root/usr/share/bulkhead/var/run -> /run",
		"lrwxrwxrwx 0/0 7 squashfs-root/bin -> usr/bin",
		"lrwxrwxrwx 0/0 13 squashfs-root/etc/hostname -> /run/hostname",
		"lrwxrwxrwx 0/0 48 squashfs-root/usr/lib/udev/rules.d/70-snap.app.rules -> "
		"/usr/lib/bulkhead/pack/rules.d/70-snap.app.rules",
		"drwxr-xr-x 0/0 3 squashfs-root/snap/app/x1",
		"-rwxr-xr-x 0/0 20 squashfs-root/usr/lib/bulkhead/bulkhead-run",
		"-rw-r--r-- 0/0 3 squashfs-root/usr/lib/bulkhead/pack/policy.aa",
		"-rw-r--r-- 0/0 4096 squashfs-root/usr/lib/bulkhead/snaps/app_x1.snap",
		"drwxr-xr-x 0/0 3 squashfs-root/writable",
	};
	CLEANUP_FREE char *list = NULL;
	struct world *w = *state;

	end_setids(w);
	assert_int_equal(run(w), 0);
	assert_int_equal(w->d.errors, 0);
	assert_int_equal(w->d.count, 1);
	assert_string_equal(w->d.messages[0].text,
			    "device nodes and pipes of the base are left out: 1, the first is "
			    "/dev/null");
	list = list_root(w);
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		expect_line(list, lines[i]);
	assert_null(strstr(list, "/dev/null"));
	assert_null(strstr(list, "squashfs-root/var/"));
}

static void kept_setid_files_keep_their_bits(void **state)
{
	static const char *const keep[] = { "/usr/bin/su" };
	CLEANUP_FREE char *list = NULL;
	struct world *w = *state;

	add_setid(w, "/usr/bin/hard", 04755, 0);
	add_setid(w, "/usr/bin/su", 04755, 1);
	end_pack(w);
	w->m.image.keep_setuid = (const char **)keep;
	w->m.image.keep_setuid_count = 1;
	assert_int_equal(run(w), 0);
	list = list_root(w);
	expect_line(list, "-rwsr-xr-x 5/6 2 squashfs-root/usr/bin/su");
	expect_line(list, "-rwxr-xr-x 5/6 2 squashfs-root/usr/bin/hard");
}

/* The disk as firmware sees it: table, bootable bit, names, and a FAT, a squashfs, an ext4. */
/* What the file system says of extended attributes, then those of each program when asked by root.
 */
static bool root_says(struct world *w, const char *test)
{
	const char *script =
		mem_printf(&w->a,
			   "R=\"%s/disk.img\"; D=%s; unsquashfs -s -o 2097152 $R >$D.says && "
			   "unsquashfs -q -n -o 2097152 -d $D.files $R usr/lib/bulkhead && "
			   "cd $D.files/usr/lib/bulkhead && %s",
			   w->out, at(w, "files"), test);
	const char *const argv[] = { "sh", "-c", script, NULL };
	struct err e = { 0 };

	return image_run(argv, &e) == 0;
}

/* Capabilities of files: none in an image, but the launcher's where users start apps. */
static void capabilities_are_the_launchers(void **state)
{
	struct model_user alice = { "alice", 1000 };
	const uint64_t caps = PLAN_LAUNCHER_CAPS;
	const uint32_t want[] = { VFS_CAP_REVISION_2, (uint32_t)caps, 0, (uint32_t)(caps >> 32),
				  0 };
	uint32_t got[5] = { 0 };
	struct world *w = *state;

	end_setids(w);
	assert_int_equal(run(w), 0);
	assert_true(root_says(w, "grep -qx 'Number of xattr ids 0' $D.says; rm -r $D.files"));
	assert_int_equal(unlink(mem_printf(&w->a, "%s/disk.img", w->out)), 0);
	w->m.image.users = &alice;
	w->m.image.user_count = 1;
	assert_int_equal(run(w), 0);
	assert_true(root_says(w, "grep -qx 'Number of xattr ids 1' $D.says"));
	if (geteuid() != 0)
		return;
	assert_int_equal(getxattr(mem_printf(&w->a, "%s.files/usr/lib/bulkhead/bulkhead-run",
					     at(w, "files")),
				  "security.capability", got, sizeof(got)),
			 sizeof(got));
	assert_memory_equal(got, want, sizeof(want));
	assert_int_equal(getxattr(mem_printf(&w->a, "%s.files/usr/lib/bulkhead/bulkhead-boot",
					     at(w, "files")),
				  "security.capability", got, sizeof(got)),
			 -1);
}

static void disk_is_laid_out(void **state)
{
	struct world *w = *state;
	CLEANUP_FREE char *disk = NULL;
	size_t size;

	end_setids(w);
	assert_int_equal(run(w), 0);
	disk = read_disk(w, &size);
	assert_int_equal(size, 20 * MIB);
	assert_memory_equal(disk + 512, "EFI PART", 8);
	assert_memory_equal(disk + size - 512, "EFI PART", 8);
	/* Second and first partition: bytes 48 the attributes, 56 the name in UTF-16. */
	assert_int_equal(disk[1024 + 48], 4);
	assert_memory_equal(disk + 1024 + 56, "b\0o\0o\0t\0\0", 10);
	assert_int_equal(disk[1024 + 128 + 48], 0);
	assert_memory_equal(disk + 1024 + 128 + 56, "r\0o\0o\0t\0\0", 10);
	assert_memory_equal(disk + MIB + 510, "\x55\xaa", 2);
	assert_memory_equal(disk + 2 * MIB, "hsqs", 4);
	assert_memory_equal(disk + 3 * MIB + 1024 + 56, "\x53\xef", 2);
}

static void the_kernel_is_told_where_things_are(void **state)
{
	struct world *w = *state;
	const char *image, *target;
	CLEANUP_FREE char *text = NULL;
	CLEANUP_FREE char *disk = NULL;
	struct err e = { 0 };
	char guid[33];
	size_t len;

	end_setids(w);
	assert_int_equal(run(w), 0);
	image = mem_printf(&w->a, "%s/disk.img@@1M", w->out);
	target = at(w, "extlinux.conf");
	const char *const argv[] = {
		"mcopy", "-i", image, "::extlinux/extlinux.conf", target, NULL
	};

	assert_int_equal(image_run(argv, &e), 0);
	text = fd_read_file(target, MIB, &len, &e);
	assert_non_null(text);
	disk = read_disk(w, &len);
	for (size_t i = 0; i < 16; i++)
		snprintf(guid + 2 * i, 3, "%02x", (unsigned char)disk[512 + 56 + i]);
	assert_string_equal(text, mem_printf(&w->a,
					     "default linux\nprompt 0\ntimeout 0\n\nlabel linux\n"
					     "\tlinux /vmlinuz\n\tinitrd /initrd.img\n"
					     "\tappend console=ttyAMA0 apparmor=1 "
					     "security=apparmor quiet bulkhead.disk=%s "
					     "bulkhead.root=2 bulkhead.data=3 bulkhead.name=test\n",
					     guid));
}

static void two_builds_are_equal(void **state)
{
	struct world *w = *state;
	CLEANUP_FREE char *one = NULL, *two = NULL;
	size_t size, again;
	mode_t before;

	end_setids(w);
	assert_int_equal(run(w), 0);
	one = read_disk(w, &size);
	/* What a machine or user may have that another has not. */
	assert_int_equal(setenv("TZ", "Pacific/Kiritimati", 1), 0);
	assert_int_equal(setenv("SOURCE_DATE_EPOCH", "1", 1), 0);
	put(w, "mke2fs.conf", "[defaults]\n\tbase_features = sparse_super\n\tinode_size = 128\n");
	assert_int_equal(setenv("MKE2FS_CONFIG", at(w, "mke2fs.conf"), 1), 0);
	assert_int_equal(chmod(at(w, "snap/bin/app"), 0664), 0);
	before = umask(077);
	assert_int_equal(run(w), 0);
	umask(before);
	two = read_disk(w, &again);
	assert_int_equal(size, again);
	assert_memory_equal(one, two, size);
	unsetenv("TZ");
	unsetenv("SOURCE_DATE_EPOCH");
	unsetenv("MKE2FS_CONFIG");
}

static void other_content_has_other_identities(void **state)
{
	struct world *w = *state;
	CLEANUP_FREE char *one = NULL, *two = NULL;
	size_t size;

	end_setids(w);
	assert_int_equal(run(w), 0);
	one = read_disk(w, &size);
	put(w, "snap/bin/app", "app, changed");
	assert_int_equal(run(w), 0);
	two = read_disk(w, &size);
	assert_memory_not_equal(one + 512 + 56, two + 512 + 56, 16);
	assert_memory_not_equal(one + 1024 + 16, two + 1024 + 16, 16);
	assert_memory_not_equal(one + 3 * MIB + 1024 + 104, two + 3 * MIB + 1024 + 104, 16);
}

static void raw_content_lies_at_its_offset(void **state)
{
	struct model_content content[] = {
		{ .image = "one.bin" }, { .image = "two.bin", .offset = 100, .has_offset = true }
	};
	struct world *w = *state;
	CLEANUP_FREE char *disk = NULL;
	size_t size;

	end_setids(w);
	put(w, "gadget/one.bin", "one");
	put(w, "gadget/two.bin", "two");
	w->m.gadget_snap.dir = at(w, "gadget");
	struct model_structure s[4] = { w->s[0],
					w->s[1],
					w->s[2],
					{ .name = "raw",
					  .type = "bare",
					  .offset = 32768,
					  .size = 512,
					  .content = content,
					  .content_count = 2,
					  .loc = { "gadget.yaml", 4, 1 } } };
	w->v.structures = s;
	w->v.structure_count = 4;
	assert_int_equal(run(w), 0);
	disk = read_disk(w, &size);
	assert_memory_equal(disk + 32768, "one", 3);
	assert_memory_equal(disk + 32768 + 100, "two", 3);
	content[1].offset = 2;
	content[1].loc = (struct meta_loc){ "gadget.yaml", 5, 1 };
	w->d.count = 0;
	expect_refused(w, "gadget.yaml", 5,
		       "cannot put content two.bin at 2: the one before it ends at 3");
	w->d.count = w->d.errors = 0;
	content[1].offset = 510;
	expect_refused(w, "gadget.yaml", 4,
		       "cannot put two.bin into structure \"raw\": it needs 513 bytes, the "
		       "structure has 512");
}

static void a_dry_run_writes_nothing(void **state)
{
	struct world *w = *state;

	end_setids(w);
	w->o.dry_run = true;
	assert_int_equal(unlink(at(w, "pack/MANIFEST")), 0); /* none is asked for */
	assert_int_equal(run(w), 0);
	assert_int_equal(rmdir(w->out), 0);
	assert_int_equal(rmdir(w->o.work), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(root_is_base_and_ours),
		TEST(kept_setid_files_keep_their_bits),
		TEST(capabilities_are_the_launchers),
		TEST(disk_is_laid_out),
		TEST(the_kernel_is_told_where_things_are),
		TEST(two_builds_are_equal),
		TEST(other_content_has_other_identities),
		TEST(raw_content_lies_at_its_offset),
		TEST(a_dry_run_writes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
