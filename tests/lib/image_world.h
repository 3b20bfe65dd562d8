/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All that image_write() reads, small: a base, a kernel with modules, a pack, one snap, a board and
 * a gadget. Shared by the tests of whole images; those include cmocka.h before this.
 */
#ifndef TESTS_IMAGE_WORLD_H
#define TESTS_IMAGE_WORLD_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "build.h"
#include "cleanup.h"
#include "fd.h"
#include "files.h"
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

__attribute__((unused)) static void put(struct world *w, const char *name, const char *text)
{
	char *path = mem_strdup(&w->a, at(w, name));
	struct err e = { 0 };

	*strrchr(path, '/') = 0;
	assert_int_equal(fd_mkdirs(path, 0755, &e), 0);
	assert_int_equal(fd_write_file(at(w, name), text, strlen(text), 0644, &e), 0);
}

__attribute__((unused)) static void put_features(struct world *w)
{
	uint8_t digest[SHA256_SIZE];
	char hex[SHA256_HEX_SIZE + 1];

	sha256_of("kernel", 6, digest);
	sha256_hex(digest, hex);
	put(w, "features/kernel", hex);
}

__attribute__((unused)) static void put_files(struct world *w)
{
	static const char *const programs[] = { "bulkhead-boot", "bulkhead-device", "bulkhead-run",
						"bulkhead-supervise", "bulkheadctl" };
	char elf[20] = "\177ELF";
	struct err e = { 0 };

	put(w, "files/kernel/boot/vmlinuz-6.1-test", "kernel");
	put(w, "files/kernel/lib/modules/6.1-test/modules.builtin", "kernel/fs/built-in.ko\n");
	put(w, "files/kernel/lib/modules/6.1-test/kernel/a/some-disk.ko", "module");
	put(w, "files/initramfs/init", "#!/bin/sh\n");
	put(w, "files/initramfs/busybox", "busybox");
	put(w, "files/initramfs/e2fsck", "e2fsck");
	put(w, "runtime/x", "");
	put(w, "hardware", "table");
	elf[18] = (char)183;
	for (size_t i = 0; i < ARRAY_SIZE(programs); i++)
		assert_int_equal(fd_write_file(at(w, mem_printf(&w->a, "runtime/%s", programs[i])),
					       elf, sizeof(elf), 0755, &e),
				 0);
	put_features(w);
}

/* A base as a folder: what the entries say and what lies on the disk are told apart by the owners.
 */
__attribute__((unused)) static void put_base(struct world *w)
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

__attribute__((unused)) static void add_setid(struct world *w, const char *path, uint32_t mode,
					      uint32_t kept)
{
	struct manifest_setid s = { build_text(&w->pack.b, path), mode, kept };

	build_manifest_row(&w->pack, MANIFEST_TABLE_SETIDS, &s);
}

__attribute__((unused)) static void add_pack_file(struct world *w, const char *path,
						  enum manifest_kind kind, const char *text)
{
	struct manifest_file f = { .path = build_text(&w->pack.b, path),
				   .kind = kind,
				   .size = strlen(text) };

	sha256_of(text, strlen(text), f.digest);
	put(w, mem_printf(&w->a, "pack/%s", path), text);
	build_manifest_row(&w->pack, MANIFEST_TABLE_FILES, &f);
}

__attribute__((unused)) static void put_pack(struct world *w)
{
	struct manifest_snap s = { 0 };

	build_manifest_start(&w->pack);
	w->pack.header.image = build_text(&w->pack.b, "test");
	w->pack.header.board = build_text(&w->pack.b, "virt");
	add_pack_file(w, "policy.aa", MANIFEST_KIND_POLICY, "key");
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

__attribute__((unused)) static void end_pack(struct world *w)
{
	struct err e = { 0 };
	size_t size;
	CLEANUP_FREE void *bytes = build_manifest_end(&w->pack, &size);

	assert_int_equal(fd_write_file(at(w, "pack/MANIFEST"), bytes, size, 0644, &e), 0);
}

__attribute__((unused)) static void fill_model(struct world *w)
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
				       .pack = at(w, "pack"),
				       .hardware = at(w, "hardware") };
}

__attribute__((unused)) static int make_world(void **state)
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

__attribute__((unused)) static int drop_world(void **state)
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
__attribute__((unused)) static int run(struct world *w)
{
	const char *work = at(w, mem_printf(&w->a, "work-%u", w->runs));

	w->out = at(w, mem_printf(&w->a, "out-%u", w->runs++));
	assert_int_equal(mkdir(work, 0700), 0);
	assert_int_equal(mkdir(w->out, 0700), 0);
	w->o.work = work;
	return image_write(&w->a, &w->m, w->out, &w->o, &w->d);
}

__attribute__((unused)) static void end_setids(struct world *w)
{
	add_setid(w, "/usr/bin/hard", 04755, 0);
	add_setid(w, "/usr/bin/su", 04755, 0);
	end_pack(w);
}

/* One error, of that text and place, and nothing in the output folder. */
__attribute__((unused)) static void expect_refused(struct world *w, const char *file, unsigned line,
						   const char *text)
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_world, drop_world)

#endif
