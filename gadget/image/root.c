/* SPDX-License-Identifier: Apache-2.0 */
/* What we put into the root beside the base: programs, pack, snaps. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"
#include "stage.h"
#include "cleanup.h"
#include "guard.h"
#include "plan.h"

#define LAUNCHER "bulkhead-run"

static const struct program {
	const char *name, *folder;
} programs[] = {
	{ "bulkhead-boot", IMAGE_LIB }, { "bulkhead-device", IMAGE_LIB },
	{ LAUNCHER, IMAGE_LIB },	{ "bulkhead-supervise", IMAGE_LIB },
	{ "bulkheadctl", "/usr/bin" },
};

/* e_machine of the ELF header, by our names of architectures. */
static const struct {
	const char *arch;
	unsigned machine;
} machines[] = { { "amd64", 62 }, { "arm64", 183 }, { "armhf", 40 } };

static int check_machine(const char *path, const char *arch, struct err *e)
{
	uint64_t size;
	CLEANUP_FD int fd = image_open(path, &size, e);
	uint8_t h[20] = { 0 };

	if (fd < 0)
		return -1;
	if (pread(fd, h, sizeof(h), 0) != (ssize_t)sizeof(h) || memcmp(h, "\177ELF", 4) != 0)
		return err_input(e, "cannot use %s: it is no program", path);
	for (size_t i = 0; i < ARRAY_SIZE(machines); i++) {
		if (str_eq(machines[i].arch, arch) &&
		    machines[i].machine == (unsigned)(h[18] | h[19] << 8))
			return 0;
	}
	return err_input(e, "cannot use %s: it is not built for %s", path, arch);
}

static int add_programs(const struct image_build *b, struct image_tree *t, struct err *e)
{
	bool systemd = model_base_has_systemd(&b->m->image.base);

	for (size_t i = 0; i < ARRAY_SIZE(programs); i++) {
		const char *name = programs[i].name;
		struct image_entry x = { .mode = 0755 };

		if (systemd && str_eq(name, "bulkhead-supervise"))
			continue;
		x.path = mem_printf(b->a, "%s/%s", programs[i].folder, name);
		x.source = mem_printf(b->a, "%s/%s", b->o->runtime, name);
		/* Only where users start apps: nothing else of an image lends privilege. */
		if (b->m->image.user_count && (str_eq(name, LAUNCHER) || !GUARD(image_lent)))
			x.caps = PLAN_LAUNCHER_CAPS;
		if (check_machine(x.source, b->m->board.arch, e) < 0 ||
		    image_tree_file(b->a, t, &x, e) < 0)
			return -1;
	}
	return 0;
}

/* What bulkheadctl drafts slots from. */
static int add_hardware(const struct image_build *b, struct image_tree *t, struct err *e)
{
	struct image_entry x = { .mode = 0644,
				 .path = IMAGE_LIB "/hardware",
				 .source = b->o->hardware };

	return image_tree_file(b->a, t, &x, e);
}

/* Who reads files of the pack looks in one folder only; a link keeps them where boot verifies. */
static void link_file(const struct image_build *b, struct image_tree *t,
		      const struct manifest_file *f)
{
	static const char *const folders[] = {
		[MANIFEST_KIND_UDEV] = "/usr/lib/udev/rules.d",
		[MANIFEST_KIND_BUS] = "/usr/share/dbus-1/system.d",
		[MANIFEST_KIND_MODULES] = "/usr/lib/modules-load.d",
		[MANIFEST_KIND_MODPROBE] = "/usr/lib/modprobe.d",
	};
	const char *path = manifest_text(b->manifest, f->path);

	if (f->kind == MANIFEST_KIND_UNIT)
		image_systemd_unit(b, t, path_base(path));
	else if (f->kind < ARRAY_SIZE(folders) && folders[f->kind])
		image_tree_link(b->a, t,
				mem_printf(b->a, "%s/%s", folders[f->kind], path_base(path)),
				mem_printf(b->a, IMAGE_PACK "/%s", path));
}

static int add_pack(const struct image_build *b, struct image_tree *t, struct err *e)
{
	const struct manifest *m = b->manifest;
	struct image_entry x = { .mode = 0644, .path = IMAGE_PACK "/MANIFEST" };

	x.source = mem_printf(b->a, "%s/MANIFEST", b->o->pack);
	if (image_tree_file(b->a, t, &x, e) < 0)
		return -1;
	for (uint32_t i = 0; i < manifest_count(m, MANIFEST_TABLE_FILES); i++) {
		const struct manifest_file *f = &m->files[i];
		const char *path = manifest_text(m, f->path);
		uint8_t digest[SHA256_SIZE];
		uint64_t size;

		x.path = mem_printf(b->a, IMAGE_PACK "/%s", path);
		x.source = mem_printf(b->a, "%s/%s", b->o->pack, path);
		if (image_digest(x.source, &size, digest, e) < 0)
			return -1;
		if (GUARD(image_pack) &&
		    (size != f->size || memcmp(digest, f->digest, SHA256_SIZE) != 0))
			return err_input(e, "cannot use %s: it is not what the MANIFEST says",
					 x.source);
		if (image_tree_file(b->a, t, &x, e) < 0)
			return -1;
		link_file(b, t, f);
	}
	return 0;
}

static const struct model_snap *find_snap(const struct model *m, const char *instance)
{
	for (size_t i = 0; i < m->snap_count; i++) {
		if (str_eq(m->snaps[i].instance, instance))
			return &m->snaps[i];
	}
	return NULL;
}

static int add_snap(const struct image_build *b, struct image_tree *t,
		    const struct manifest_snap *s, struct err *e)
{
	const char *name = manifest_text(b->manifest, s->name);
	const char *revision = manifest_text(b->manifest, s->revision);
	const struct model_snap *snap = find_snap(b->m, name);
	struct image_entry x = { .mode = 0644 };
	struct image_tree files = { 0 };

	if (!snap || !str_eq(snap->revision, revision))
		return err_input(e, "cannot use the pack: it is for snap %s %s, the image has %s",
				 name, revision, snap ? snap->revision : "none");
	if (image_tree_walk(b->a, &files, snap->dir, "/", e) < 0 ||
	    image_tree_finish(b->a, &files, e) < 0)
		return err_prefix(e, "cannot pack snap %s", name);
	x.path = manifest_text(b->manifest, s->file);
	x.source = mem_printf(b->a, "%s/%s_%s.snap", b->o->work, name, revision);
	if (image_squashfs_write(&files, x.source, e) < 0)
		return err_prefix(e, "cannot pack snap %s", name);
	image_tree_dir(b->a, t, mem_printf(b->a, "/snap/%s/%s", name, revision));
	return image_tree_file(b->a, t, &x, e);
}

int image_root_own(const struct image_build *b, struct image_tree *t)
{
	const struct manifest *m = b->manifest;
	uint32_t count = manifest_count(m, MANIFEST_TABLE_SNAPS);
	struct err e = { 0 };

	if (count != b->m->snap_count) {
		err_input(&e, "cannot use the pack: it is for %u snaps, the image has %zu", count,
			  b->m->snap_count);
		return image_refuse(b, NULL, &e);
	}
	if (model_base_has_systemd(&b->m->image.base))
		image_systemd_boot(b, t);
	if (add_programs(b, t, &e) < 0 || add_hardware(b, t, &e) < 0 || add_pack(b, t, &e) < 0)
		return image_refuse(b, NULL, &e);
	for (uint32_t i = 0; i < count; i++) {
		if (add_snap(b, t, &m->snaps[i], &e) < 0)
			return image_refuse(b, NULL, &e);
	}
	return 0;
}
