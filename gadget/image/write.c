/* SPDX-License-Identifier: Apache-2.0 */
#include "image.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fd.h"
#include "files.h"
#include "stage.h"
#include "cleanup.h"
#include "path.h"

/* What the disk is made of, staged in the work folder. */
struct staged {
	const char *root;   /* squashfs */
	const char *initrd; /* cpio */
	uint64_t root_size, initrd_size;
	uint8_t seed[SHA256_SIZE];
};

/* later: something was refused, and what is missing may be that. */
static int make_maps(const struct image_build *b, struct image_map *maps,
		     const struct image_map **system, bool later)
{
	static const struct {
		enum model_role role;
		enum model_filesystem fs;
		const char *name, *fs_name;
	} wanted[] = {
		{ MODEL_ROLE_SYSTEM_BOOT, MODEL_FS_VFAT, "system-boot", "vfat" },
		{ MODEL_ROLE_SYSTEM_ROOT, MODEL_FS_SQUASHFS, "system-root", "squashfs" },
		{ MODEL_ROLE_SYSTEM_DATA, MODEL_FS_EXT4, "system-data", "ext4" },
	};
	const struct model_gadget *g = &b->m->gadget;
	int status = 0;

	*system = NULL;
	for (size_t i = 0; i < g->volume_count; i++) {
		if (!image_map_is_later(&g->volumes[i]))
			status |= image_map_make(b->a, &g->volumes[i], &maps[i], b->d);
		if (image_map_role(&maps[i], MODEL_ROLE_SYSTEM_ROOT))
			*system = &maps[i];
	}
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
		const struct image_part *p =
			*system ? image_map_role(*system, wanted[i].role) : NULL;

		if (!p && later)
			continue;
		if (!p)
			status = meta_error(
				b->d, &g->loc, "cannot make an image: no structure has role %s%s",
				wanted[i].name, *system ? ", in the volume of system-root" : "");
		else if (p->s->fs != wanted[i].fs && !later)
			status = meta_error(
				b->d, &p->s->loc,
				"cannot use structure \"%s\" as %s: expected filesystem "
				"%s",
				p->s->name ? p->s->name : "", wanted[i].name, wanted[i].fs_name);
	}
	return status;
}

/* The FAT's own files, and what the gadget wants beside them. */
static int add_content(const struct image_build *b, const struct model_structure *s,
		       struct image_tree *t, struct err *e)
{
	for (size_t i = 0; i < s->content_count; i++) {
		const struct model_content *c = &s->content[i];
		const char *from = mem_printf(b->a, "%s/%s", b->m->gadget_snap.dir, c->source);
		const char *to = c->target ? c->target : "/";
		struct image_entry x = { .mode = 0644, .source = from };
		size_t len = strlen(to);

		while (len && to[len - 1] == '/')
			len--;
		x.path = mem_printf(b->a, "%s%.*s", to[0] == '/' ? "" : "/", (int)len, to);
		if (str_ends(c->source, "/")) {
			if (image_tree_walk(b->a, t, from, *x.path && x.path[1] ? x.path : "/", e) <
			    0)
				return -1;
			continue;
		}
		if (len == 0 || to[strlen(to) - 1] == '/')
			x.path = mem_printf(b->a, "%s/%s", x.path[1] ? x.path : "",
					    path_base(c->source));
		if (image_tree_file(b->a, t, &x, e) < 0)
			return -1;
	}
	return 0;
}

static const char *extlinux(const struct image_build *b, const struct image_map *map)
{
	CLEANUP_STR struct str s = { 0 };
	const struct model_board *board = &b->m->board;
	char disk[33];

	image_uuid_disk(map->uuid, disk);
	str_printf(&s, "default linux\nprompt 0\ntimeout 0\n\nlabel linux\n");
	str_printf(&s, "\tlinux /vmlinuz\n\tinitrd /initrd.img\n\tappend");
	if (board->console && *board->console)
		str_printf(&s, " console=%s", board->console);
	str_printf(&s, " apparmor=1 security=apparmor");
	if (board->cmdline && *board->cmdline)
		str_printf(&s, " %s", board->cmdline);
	str_printf(&s, " bulkhead.disk=%s bulkhead.root=%u bulkhead.data=%u bulkhead.name=%s\n",
		   disk, image_map_role(map, MODEL_ROLE_SYSTEM_ROOT)->number,
		   image_map_role(map, MODEL_ROLE_SYSTEM_DATA)->number, b->m->image.name);
	return mem_strdup(b->a, str_text(&s));
}

static int boot_tree(const struct image_build *b, const struct image_map *map,
		     const struct staged *st, struct image_tree *t, struct err *e)
{
	const struct image_part *p = image_map_role(map, MODEL_ROLE_SYSTEM_BOOT);
	struct image_entry kernel = { .path = "/vmlinuz", .mode = 0644, .source = b->kernel };
	struct image_entry initrd = { .path = "/initrd.img", .mode = 0644, .source = st->initrd };

	image_tree_text(b->a, t, "/extlinux/extlinux.conf", extlinux(b, map));
	if (image_tree_file(b->a, t, &kernel, e) < 0 || image_tree_file(b->a, t, &initrd, e) < 0 ||
	    add_content(b, p->s, t, e) < 0)
		return -1;
	return image_tree_finish(b->a, t, e);
}

static int stage_initrd(const struct image_build *b, struct staged *st)
{
	struct image_tree t = { 0 };
	CLEANUP_FD int fd = -1;
	struct err e = { 0 };
	uint8_t digest[SHA256_SIZE];

	if (image_initramfs(b, &t) < 0)
		return -1;
	st->initrd = mem_printf(b->a, "%s/initrd.img", b->o->work);
	fd = image_create(st->initrd, &e);
	if (fd < 0 || image_cpio_write(&t, fd, &e) < 0 ||
	    image_digest(st->initrd, &st->initrd_size, digest, &e) < 0)
		return image_refuse(b, NULL, &e);
	return 0;
}

static int stage_root(const struct image_build *b, struct staged *st)
{
	struct image_tree t = { 0 };
	struct err e = { 0 };
	uint8_t digest[SHA256_SIZE];

	if (image_root_base(b, &t) < 0 || image_root_own(b, &t) < 0)
		return -1;
	st->root = mem_printf(b->a, "%s/root.squashfs", b->o->work);
	if (image_tree_finish(b->a, &t, &e) < 0 || image_squashfs_write(&t, st->root, &e) < 0 ||
	    image_digest(st->root, &st->root_size, digest, &e) < 0)
		return image_refuse(b, NULL, &e);
	return 0;
}

/* Every UUID follows from what the image is made of. */
static int make_seed(const struct image_build *b, struct staged *st)
{
	const char *const files[] = { st->root, st->initrd, b->kernel };
	struct err e = { 0 };
	struct sha256 s;

	sha256_start(&s);
	sha256_add(&s, b->m->image.name, strlen(b->m->image.name) + 1);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		uint8_t digest[SHA256_SIZE];
		uint64_t size;

		if (image_digest(files[i], &size, digest, &e) < 0)
			return image_refuse(b, NULL, &e);
		sha256_add(&s, digest, sizeof(digest));
	}
	sha256_end(&s, st->seed);
	return 0;
}

static int write_raw(const struct image_build *b, const struct image_part *p, int fd, struct err *e)
{
	uint64_t end = 0;

	for (size_t i = 0; i < p->s->content_count; i++) {
		const struct model_content *c = &p->s->content[i];
		const char *path = mem_printf(b->a, "%s/%s", b->m->gadget_snap.dir, c->image);
		uint64_t at = c->has_offset ? c->offset : end, size;
		int in = image_open(path, &size, e);

		if (in < 0)
			return -1;
		close(in);
		if (image_copy(path, fd, p->s->offset + at, e) < 0)
			return -1;
		end = at + (c->size ? c->size : size);
	}
	return 0;
}

/* Makes the file systems of one volume in the work folder. */
static int stage_parts(const struct image_build *b, struct image_map *map, const struct staged *st)
{
	for (size_t i = 0; i < map->count; i++) {
		struct image_part *p = &map->parts[i];
		struct image_tree t = { 0 };
		struct err e = { 0 };
		int rc = 0;

		if (p->s->role == MODEL_ROLE_SYSTEM_ROOT) {
			p->file = st->root;
			continue;
		}
		if (p->s->fs == MODEL_FS_NONE)
			continue;
		p->file = mem_printf(b->a, "%s/%s-%zu", b->o->work, map->v->name, i);
		if (p->s->fs == MODEL_FS_EXT4)
			rc = image_ext4_write(p, &e);
		else if (p->s->role == MODEL_ROLE_SYSTEM_BOOT)
			rc = boot_tree(b, map, st, &t, &e);
		else if (add_content(b, p->s, &t, &e) < 0 || image_tree_finish(b->a, &t, &e) < 0)
			rc = -1;
		if (rc == 0 && p->s->fs == MODEL_FS_VFAT)
			rc = image_vfat_write(b->a, p, &t, b->o->work, &e);
		if (rc < 0)
			return image_refuse(b, &p->s->loc, &e);
	}
	return 0;
}

static int fill_disk(const struct image_build *b, const struct image_map *map, const char *path,
		     struct err *e)
{
	CLEANUP_FD int fd = image_create(path, e);

	if (fd < 0)
		return -1;
	if (ftruncate(fd, (off_t)map->size) < 0)
		return err_sys(e, "cannot make %s %llu bytes long", path,
			       (unsigned long long)map->size);
	if (image_gpt_write(map, path, e) < 0)
		return -1;
	for (size_t i = 0; i < map->count; i++) {
		const struct image_part *p = &map->parts[i];

		if (p->file ? image_copy(p->file, fd, p->s->offset, e) < 0
			    : write_raw(b, p, fd, e) < 0)
			return -1;
	}
	return fsync(fd) < 0 ? err_sys(e, "cannot write %s", path) : 0;
}

static int write_disk(const struct image_build *b, const struct image_map *map, const char *out)
{
	const char *path = mem_printf(b->a, "%s/%s.img", out, map->v->name);
	const char *part = mem_printf(b->a, "%s.part", path);
	struct err e = { 0 };

	if (fill_disk(b, map, part, &e) == 0 && rename(part, path) == 0)
		return 0;
	if (!*e.text)
		err_sys(&e, "cannot rename %s", part);
	unlink(part);
	return image_refuse(b, NULL, &e);
}

static int write_all(struct image_build *b, struct image_map *maps, const struct image_map *system,
		     const char *out)
{
	struct staged st = { 0 };

	if (stage_initrd(b, &st) < 0 || stage_root(b, &st) < 0)
		return -1;
	if (image_map_fits(image_map_role(system, MODEL_ROLE_SYSTEM_ROOT), "the root file system",
			   st.root_size, b->d) < 0 ||
	    make_seed(b, &st) < 0)
		return -1;
	for (size_t i = 0; i < b->m->gadget.volume_count; i++) {
		image_map_seed(&maps[i], st.seed);
		if (stage_parts(b, &maps[i], &st) < 0)
			return -1;
	}
	for (size_t i = 0; i < b->m->gadget.volume_count; i++) {
		if (write_disk(b, &maps[i], out) < 0)
			return -1;
	}
	return 0;
}

static int print_maps(const struct image_build *b, const struct image_map *maps)
{
	CLEANUP_STR struct str s = { 0 };

	for (size_t i = 0; i < b->m->gadget.volume_count; i++)
		image_map_text(&maps[i], &s);
	fputs(str_text(&s), stdout);
	return 0;
}

/* Raw content: files of the gadget at offsets of the structure, in their order. */
static int check_raw(const struct image_build *b, const struct image_part *p)
{
	uint64_t end = 0;
	int status = 0;

	for (size_t i = 0; i < p->s->content_count; i++) {
		const struct model_content *c = &p->s->content[i];
		const char *path = mem_printf(b->a, "%s/%s", b->m->gadget_snap.dir, c->image);
		struct err e = { 0 };
		uint64_t at = c->has_offset ? c->offset : end, size;
		int fd = image_open(path, &size, &e);

		if (fd < 0) {
			status = image_refuse(b, &c->loc, &e);
			continue;
		}
		close(fd);
		if (c->size && size > c->size)
			status = meta_error(b->d, &c->loc,
					    "cannot use content %s: it has %llu bytes, its size "
					    "says %llu",
					    c->image, (unsigned long long)size,
					    (unsigned long long)c->size);
		if (at < end) {
			status = meta_error(b->d, &c->loc,
					    "cannot put content %s at %llu: the one before it ends "
					    "at %llu",
					    c->image, (unsigned long long)at,
					    (unsigned long long)end);
			continue;
		}
		end = at + (c->size ? c->size : size);
		if (end < at || image_map_fits(p, c->image, end, b->d) < 0)
			status = -1;
	}
	return status;
}

/* A source that is no one file or folder of the gadget by its name. */
static int check_files(const struct image_build *b, const struct image_part *p)
{
	int status = 0;

	for (size_t i = 0; i < p->s->content_count; i++) {
		const struct model_content *c = &p->s->content[i];

		if (!path_is_clean_relative(c->source) && !str_ends(c->source, "/"))
			status =
				meta_error(b->d, &c->loc,
					   "cannot use content %s: not in this version", c->source);
	}
	return status;
}

static int check_content(const struct image_build *b, const struct image_map *map)
{
	int status = 0;

	for (size_t i = 0; i < map->count; i++) {
		const struct image_part *p = &map->parts[i];

		if (p->s->fs == MODEL_FS_NONE)
			status |= check_raw(b, p);
		else if (p->s->fs == MODEL_FS_VFAT)
			status |= check_files(b, p);
	}
	return status;
}

/* What the volumes hold, before anything is compiled or written. */
static int check_all_content(const struct image_build *b, const struct image_map *maps)
{
	int status = 0;

	for (size_t i = 0; i < b->m->gadget.volume_count; i++)
		status |= check_content(b, &maps[i]);
	return status;
}

int image_check_gadget(struct mem_arena *a, const struct model *m, struct meta_diag *d)
{
	struct image_build b = { .a = a, .m = m, .d = d };
	struct image_map *maps = mem_array(a, m->gadget.volume_count, sizeof(*maps));
	const struct image_map *system;

	int status = image_map_later(m, d);

	status |= make_maps(&b, maps, &system, status < 0);
	return status | check_all_content(&b, maps);
}

int image_check_kernel(struct mem_arena *a, const struct model *m, const char *files,
		       struct meta_diag *d)
{
	struct image_options o = { .files = files };
	struct image_build b = { .a = a, .m = m, .o = &o, .d = d };

	return image_find_kernel(&b) < 0 ? -1 : image_check_features(&b);
}

int image_write(struct mem_arena *a, const struct model *m, const char *out,
		const struct image_options *o, struct meta_diag *d)
{
	struct image_build b = { .a = a, .m = m, .o = o, .d = d };
	struct image_map *maps = mem_array(a, m->gadget.volume_count, sizeof(*maps));
	const struct image_map *system;
	CLEANUP_FREE void *bytes = NULL;
	struct manifest manifest;
	struct err e = { 0 };
	size_t len;

	if (image_map_later(m, d) < 0 || make_maps(&b, maps, &system, false) < 0 ||
	    check_all_content(&b, maps) < 0)
		return -1;
	if (o->dry_run)
		return print_maps(&b, maps);
	if (image_find_kernel(&b) < 0 || image_check_features(&b) < 0)
		return -1;
	bytes = fd_read_file(mem_printf(a, "%s/MANIFEST", o->pack), MANIFEST_SIZE_MAX, &len, &e);
	if (!bytes || manifest_read(bytes, len, &manifest, &e) < 0)
		return image_refuse(&b, NULL, &e);
	b.manifest = &manifest;
	return write_all(&b, maps, system, out);
}
