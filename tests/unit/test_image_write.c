/* SPDX-License-Identifier: Apache-2.0 */
/* A whole image from a small base, kernel and pack, and everything that it must refuse. */
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

#include "build.h"
#include "cleanup.h"
#include "fd.h"
#include "image.h"
#include "str.h"
#include "tool.h"

#define MIB (1024u * 1024u)

/* Everything image_write() reads, made anew for each test. */
struct world {
	struct mem_arena a;
	char dir[32];
	const char *out;
	struct model m;
	struct model_structure s[3];
	struct model_volume v;
	struct model_snap snap;
	struct model_base_entry base[12];
	const char *modules[2];
	struct build_manifest pack;
	struct image_options o;
	struct meta_diag d;
	unsigned runs;
};

static const char *at(struct world *w, const char *name)
{
	return mem_printf(&w->a, "%s/%s", w->dir, name);
}

static void put(struct world *w, const char *name, const char *text)
{
	char *path = mem_strdup(&w->a, at(w, name));
	struct err e = { 0 };

	*strrchr(path, '/') = 0;
	assert_int_equal(fd_mkdirs(path, 0755, &e), 0);
	assert_int_equal(fd_write_file(at(w, name), text, strlen(text), 0644, &e), 0);
}

static void put_features(struct world *w)
{
	uint8_t digest[SHA256_SIZE];
	char hex[SHA256_HEX_SIZE + 1];

	sha256_of("kernel", 6, digest);
	sha256_hex(digest, hex);
	put(w, "features/kernel", hex);
}

static void put_files(struct world *w)
{
	static const char *const programs[] = { "boot", "device", "run", "supervise" };
	char elf[20] = "\177ELF";
	struct err e = { 0 };

	put(w, "files/kernel/boot/vmlinuz-6.1-test", "kernel");
	put(w, "files/kernel/lib/modules/6.1-test/modules.builtin", "kernel/fs/built-in.ko\n");
	put(w, "files/kernel/lib/modules/6.1-test/kernel/a/some-disk.ko", "module");
	put(w, "files/initramfs/init", "#!/bin/sh\n");
	put(w, "files/initramfs/busybox", "busybox");
	put(w, "files/initramfs/e2fsck", "e2fsck");
	put(w, "runtime/x", "");
	elf[18] = (char)183;
	for (size_t i = 0; i < ARRAY_SIZE(programs); i++)
		assert_int_equal(
			fd_write_file(at(w, mem_printf(&w->a, "runtime/bulkhead-%s", programs[i])),
				      elf, sizeof(elf), 0755, &e),
			0);
	put_features(w);
}

/* A base as a folder: what the entries say and what lies on the disk are told apart by the owners.
 */
static void put_base(struct world *w)
{
	const struct model_base_entry entries[] = {
		{ .path = "/bin", .type = '2', .link = "usr/bin" },
		{ .path = "/dev/null", .type = '3', .mode = 0666, .major = 1, .minor = 3 },
		{ .path = "/etc", .type = '5', .mode = 0755 },
		{ .path = "/etc/hostname", .type = '0', .mode = 0644, .size = 4 },
		{ .path = "/usr", .type = '5', .mode = 02755 },
		{ .path = "/usr/bin", .type = '5', .mode = 0755 },
		{ .path = "/usr/bin/hard", .type = '1', .link = "/usr/bin/su" },
		{ .path = "/usr/bin/su",
		  .type = '0',
		  .mode = 04755,
		  .uid = 5,
		  .gid = 6,
		  .size = 2 },
		{ .path = "/var", .type = '5', .mode = 0755 },
		{ .path = "/var/run", .type = '2', .link = "/run" },
		{ .path = "/var/spool", .type = '5', .mode = 01777, .gid = 8 },
	};

	put(w, "base/etc/hostname", "base");
	put(w, "base/usr/bin/su", "su");
	for (size_t i = 0; i < ARRAY_SIZE(entries); i++)
		w->base[i] = entries[i];
	w->m.image.base = (struct model_base){ .path = at(w, "base"),
					       .entries = w->base,
					       .count = ARRAY_SIZE(entries) };
}

static void add_setid(struct world *w, const char *path, uint32_t mode, uint32_t kept)
{
	struct manifest_setid s = { build_text(&w->pack.b, path), mode, kept };

	build_manifest_row(&w->pack, MANIFEST_TABLE_SETIDS, &s);
}

static void add_pack_file(struct world *w, const char *path, enum manifest_kind kind,
			  const char *text)
{
	struct manifest_file f = { .path = build_text(&w->pack.b, path),
				   .kind = kind,
				   .size = strlen(text) };

	sha256_of(text, strlen(text), f.digest);
	put(w, mem_printf(&w->a, "pack/%s", path), text);
	build_manifest_row(&w->pack, MANIFEST_TABLE_FILES, &f);
}

static void put_pack(struct world *w)
{
	struct manifest_snap s = { 0 };

	w->pack.header = (struct manifest_header){ .magic = MANIFEST_MAGIC,
						   .version = MANIFEST_VERSION,
						   .image = build_text(&w->pack.b, "test"),
						   .board = build_text(&w->pack.b, "virt") };
	add_pack_file(w, "KEY", MANIFEST_KIND_KEY, "key");
	add_pack_file(w, "rules.d/70-snap.app.rules", MANIFEST_KIND_UDEV, "# rules\n");
	s.name = build_text(&w->pack.b, "app");
	s.revision = build_text(&w->pack.b, "x1");
	s.file = build_text(&w->pack.b, "/usr/lib/bulkhead/snaps/app_x1.snap");
	build_manifest_row(&w->pack, MANIFEST_TABLE_SNAPS, &s);
	put(w, "snap/meta/snap.yaml", "name: app\n");
	put(w, "snap/bin/app", "app");
	w->snap = (struct model_snap){
		.name = "app", .instance = "app", .revision = "x1", .dir = at(w, "snap")
	};
}

static void end_pack(struct world *w)
{
	struct err e = { 0 };
	size_t size;
	CLEANUP_FREE void *bytes = build_manifest_end(&w->pack, &size);

	assert_int_equal(fd_write_file(at(w, "pack/MANIFEST"), bytes, size, 0644, &e), 0);
}

static void fill_model(struct world *w)
{
	static const char type[] = "0FC63DAF-8483-4772-8E79-3D69D8477DE4";
	const struct model_structure s[] = {
		{ .name = "boot",
		  .type = type,
		  .role = MODEL_ROLE_SYSTEM_BOOT,
		  .fs = MODEL_FS_VFAT,
		  .offset = MIB,
		  .size = MIB,
		  .loc = { "gadget.yaml", 1, 1 } },
		{ .name = "root",
		  .type = type,
		  .role = MODEL_ROLE_SYSTEM_ROOT,
		  .fs = MODEL_FS_SQUASHFS,
		  .offset = 2 * MIB,
		  .size = MIB,
		  .loc = { "gadget.yaml", 2, 1 } },
		{ .name = "data",
		  .type = type,
		  .role = MODEL_ROLE_SYSTEM_DATA,
		  .fs = MODEL_FS_EXT4,
		  .offset = 3 * MIB,
		  .size = 16 * MIB,
		  .loc = { "gadget.yaml", 3, 1 } },
	};

	memcpy(w->s, s, sizeof(s));
	w->v = (struct model_volume){ .name = "disk", .structures = w->s, .structure_count = 3 };
	w->modules[0] = "some_disk";
	w->modules[1] = "built_in";
	w->m.image.name = "test";
	w->m.image.loc.file = "image.yaml";
	w->m.gadget.volumes = &w->v;
	w->m.gadget.volume_count = 1;
	w->m.snaps = &w->snap;
	w->m.snap_count = 1;
	w->m.board = (struct model_board){ .name = "virt",
					   .arch = "arm64",
					   .console = "ttyAMA0",
					   .cmdline = "quiet",
					   .kernel = "kernel/boot/vmlinuz-*",
					   .modules = w->modules,
					   .module_count = 2,
					   .features = at(w, "features"),
					   .loc = { "board.yaml", 1, 1 } };
	w->o = (struct image_options){ .files = at(w, "files"),
				       .runtime = at(w, "runtime"),
				       .pack = at(w, "pack") };
}

static int make_world(void **state)
{
	struct world *w = mem_must(calloc(1, sizeof(*w)));

	snprintf(w->dir, sizeof(w->dir), "/tmp/test-image-XXXXXX");
	if (!mkdtemp(w->dir))
		return -1;
	put_files(w);
	put_base(w);
	put_pack(w);
	fill_model(w);
	*state = w;
	return 0;
}

static int drop_world(void **state)
{
	struct world *w = *state;
	const char *const argv[] = { "rm", "-rf", w->dir, NULL };
	struct err e = { 0 };
	int rc = image_run(argv, &e);

	meta_diag_free(&w->d);
	mem_free(&w->a);
	free(w);
	return rc;
}

/* Each run has folders of its own: neither name may show in the image. */
static int run(struct world *w)
{
	const char *work = at(w, mem_printf(&w->a, "work-%u", w->runs));

	w->out = at(w, mem_printf(&w->a, "out-%u", w->runs++));
	assert_int_equal(mkdir(work, 0700), 0);
	assert_int_equal(mkdir(w->out, 0700), 0);
	w->o.work = work;
	return image_write(&w->a, &w->m, w->out, &w->o, &w->d);
}

static void end_setids(struct world *w)
{
	add_setid(w, "/usr/bin/hard", 04755, 0);
	add_setid(w, "/usr/bin/su", 04755, 0);
	end_pack(w);
}

/* One error, of that text and place, and nothing in the output folder. */
static void expect_refused(struct world *w, const char *file, unsigned line, const char *text)
{
	assert_int_equal(run(w), -1);
	assert_int_equal(w->d.errors, 1);
	for (size_t i = 0; i < w->d.count; i++) {
		if (w->d.messages[i].severity != META_ERROR)
			continue;
		assert_string_equal(w->d.messages[i].text, text);
		assert_string_equal(w->d.messages[i].loc.file, file);
		assert_int_equal(w->d.messages[i].loc.line, line);
	}
	assert_int_equal(rmdir(w->out), 0);
}

static char *read_disk(struct world *w, size_t *size)
{
	struct err e = { 0 };
	char *disk = fd_read_file(mem_printf(&w->a, "%s/disk.img", w->out), 64 * MIB, size, &e);

	assert_non_null(disk);
	return disk;
}

/* Unpacks the root of the image made last into DIR/root. */
static void unpack_root(struct world *w)
{
	const char *image = mem_printf(&w->a, "%s/disk.img", w->out);
	const char *const argv[] = { "unsquashfs", "-q",	  "-n",	 "-o", "2097152",
				     "-d",	   at(w, "root"), image, NULL };
	struct err e = { 0 };

	assert_int_equal(image_run(argv, &e), 0);
}

static struct stat look(struct world *w, const char *path)
{
	struct stat st;

	assert_int_equal(lstat(mem_printf(&w->a, "%s/root%s", w->dir, path), &st), 0);
	return st;
}

static void expect_link(struct world *w, const char *path, const char *target)
{
	char text[256] = { 0 };

	assert_true(readlink(mem_printf(&w->a, "%s/root%s", w->dir, path), text, 255) > 0);
	assert_string_equal(text, target);
}

static void expect_absent(struct world *w, const char *path)
{
	struct stat st;

	assert_int_equal(lstat(mem_printf(&w->a, "%s/root%s", w->dir, path), &st), -1);
}

static void root_is_base_and_ours(void **state)
{
	struct world *w = *state;

	end_setids(w);
	assert_int_equal(run(w), 0);
	assert_int_equal(w->d.errors, 0);
	assert_int_equal(w->d.count, 1);
	assert_string_equal(w->d.messages[0].text,
			    "device nodes and pipes of the base are left out: 1, the first is "
			    "/dev/null");
	if (geteuid() != 0)
		skip(); /* owners can only be looked at by who may give files away */
	unpack_root(w);
	assert_int_equal(look(w, "/usr/bin/su").st_mode, S_IFREG | 0755);
	assert_int_equal(look(w, "/usr/bin/su").st_uid, 5);
	assert_int_equal(look(w, "/usr/bin/hard").st_mode, S_IFREG | 0755);
	assert_int_equal(look(w, "/usr").st_mode, S_IFDIR | 0755);
	assert_int_equal(look(w, "/usr/share/bulkhead/var/spool").st_mode, S_IFDIR | 01777);
	assert_int_equal(look(w, "/usr/share/bulkhead/var/spool").st_gid, 8);
	expect_link(w, "/usr/share/bulkhead/var/run", "/run");
	expect_link(w, "/bin", "usr/bin");
	expect_link(w, "/etc/hostname", "/run/hostname");
	expect_link(w, "/usr/lib/udev/rules.d/70-snap.app.rules",
		    "/usr/lib/bulkhead/pack/rules.d/70-snap.app.rules");
	assert_int_equal(look(w, "/snap/app/x1").st_mode, S_IFDIR | 0755);
	assert_int_equal(look(w, "/usr/lib/bulkhead/bulkhead-run").st_mode, S_IFREG | 0755);
	assert_int_equal(look(w, "/usr/lib/bulkhead/pack/KEY").st_size, 3);
	assert_true(look(w, "/usr/lib/bulkhead/pack/MANIFEST").st_size > 0);
	assert_true(look(w, "/usr/lib/bulkhead/snaps/app_x1.snap").st_size > 0);
	assert_int_equal(look(w, "/writable").st_mode, S_IFDIR | 0755);
	expect_absent(w, "/dev/null");
	expect_absent(w, "/var/spool");
}

static void kept_setid_files_keep_their_bits(void **state)
{
	static const char *const keep[] = { "/usr/bin/su" };
	struct world *w = *state;

	add_setid(w, "/usr/bin/hard", 04755, 0);
	add_setid(w, "/usr/bin/su", 04755, 1);
	end_pack(w);
	w->m.image.keep_setuid = (const char **)keep;
	w->m.image.keep_setuid_count = 1;
	assert_int_equal(run(w), 0);
	if (geteuid() != 0)
		skip();
	unpack_root(w);
	assert_int_equal(look(w, "/usr/bin/su").st_mode, S_IFREG | 04755);
	assert_int_equal(look(w, "/usr/bin/hard").st_mode, S_IFREG | 0755);
}

/* The disk as firmware sees it: table, bootable bit, names, and a FAT, a squashfs, an ext4. */
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

	w->o.dry_run = true; /* no pack is there either */
	assert_int_equal(run(w), 0);
	assert_int_equal(rmdir(w->out), 0);
	assert_int_equal(rmdir(w->o.work), 0);
}

/* --- refusals -------------------------------------------------------------------------------- */

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

static void refuses_no_kernel_and_two(void **state)
{
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
	put(w, "files/kernel/boot/vmlinuz-1", "kernel");
	put(w, "files/kernel/boot/vmlinuz-2", "kernel");
	assert_int_equal(run(w), -1);
	assert_non_null(strstr(w->d.messages[w->d.count - 1].text, "cannot choose a kernel: "));
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
		{ "pack/KEY", "cannot open %s/pack/KEY: No such file or directory" },
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
	put(w, "pack/KEY", "kez");
	expect_refused(w, "image.yaml", 0,
		       mem_printf(&w->a, "cannot use %s/pack/KEY: it is not what the MANIFEST says",
				  w->dir));
	w->d.count = w->d.errors = 0;
	put(w, "pack/KEY", "key ");
	expect_refused(w, "image.yaml", 0,
		       mem_printf(&w->a, "cannot use %s/pack/KEY: it is not what the MANIFEST says",
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_world, drop_world)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(root_is_base_and_ours),
		TEST(kept_setid_files_keep_their_bits),
		TEST(disk_is_laid_out),
		TEST(the_kernel_is_told_where_things_are),
		TEST(two_builds_are_equal),
		TEST(other_content_has_other_identities),
		TEST(raw_content_lies_at_its_offset),
		TEST(a_dry_run_writes_nothing),
		TEST(refuses_what_does_not_fit),
		TEST(refuses_a_gadget_without_roles),
		TEST(refuses_overlapping_structures),
		TEST(refuses_another_kernel),
		TEST(refuses_no_kernel_and_two),
		TEST(refuses_missing_files),
		TEST(refuses_a_missing_module),
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
