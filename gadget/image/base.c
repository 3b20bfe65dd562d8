/* SPDX-License-Identifier: Apache-2.0 */
/* What becomes of the base root file system in the image. */
#include <string.h>

#include "files.h"
#include "stage.h"
#include "guard.h"

#define SETID	  06000u
#define VAR	  "/var"
#define VAR_FIRST "/usr/share/bulkhead/var"
#define LINK_HOPS 16u

/* Mount points and what the system cannot do without. */
static const char *const directories[] = { "/dev",	     "/etc",
					   "/home",	     "/proc",
					   "/root",	     "/run",
					   "/snap",	     "/sys",
					   "/tmp",	     VAR,
					   VAR_FIRST,	     VAR_FIRST "/lib",
					   VAR_FIRST "/log", VAR_FIRST "/snap",
					   "/writable" };

static bool is_kept(const struct model_image *image, const char *path)
{
	for (size_t i = 0; i < image->keep_setuid_count; i++) {
		if (str_eq(image->keep_setuid[i], path))
			return true;
	}
	return false;
}

/* The MANIFEST must say of each set-id file what becomes of it: nothing happens unseen. */
static int check_setid(const struct image_build *b, const struct model_base_entry *e, bool kept,
		       struct err *err)
{
	const struct manifest *m = b->manifest;

	for (uint32_t i = 0; i < manifest_count(m, MANIFEST_TABLE_SETIDS); i++) {
		if (!str_eq(manifest_text(m, m->setids[i].path), e->path))
			continue;
		if (m->setids[i].mode == e->mode && m->setids[i].kept == (kept ? 1u : 0u))
			return 0;
	}
	return err_input(err, "cannot use %s of the base: its mode %04o is not in the MANIFEST",
			 e->path, e->mode);
}

/* /var is mounted from the data partition, which the first boot fills from here. */
static const char *place_of(struct mem_arena *a, const char *path)
{
	if (str_starts(path, VAR "/"))
		return mem_printf(a, "%s%s", VAR_FIRST, path + strlen(VAR));
	return path;
}

/* A hard link is the file that it leads to; squashfs stores equal contents once. */
static const struct model_base_entry *follow(const struct model_base *base,
					     const struct model_base_entry *e)
{
	for (unsigned i = 0; e && e->type == '1' && i < LINK_HOPS; i++)
		e = e->link && e->link[0] == '/' ? model_base_find(base, e->link) : NULL;
	return e && e->type == '0' ? e : NULL;
}

static int add_file(const struct image_build *b, struct image_tree *t,
		    const struct model_base_entry *e, struct err *err)
{
	const struct model_base *base = &b->m->image.base;
	const struct model_base_entry *content = follow(base, e);
	struct image_entry x = { .type = '0', .path = place_of(b->a, e->path) };
	bool kept = is_kept(&b->m->image, e->path);

	if (!content)
		return err_input(err, "cannot use %s of the base: it is a hard link to %s, no file",
				 e->path, e->link ? e->link : "nothing");
	x.mode = content->mode & 07777;
	x.uid = content->uid;
	x.gid = content->gid;
	x.size = content->size;
	x.offset = base->is_tar ? content->data : 0;
	x.source = base->is_tar ? base->path : mem_printf(b->a, "%s%s", base->path, content->path);
	if (x.mode & SETID) {
		struct model_base_entry seen = *e;

		seen.mode = content->mode;
		if (check_setid(b, &seen, kept, err) < 0)
			return -1;
		if (!kept && GUARD(image_setid))
			x.mode &= ~SETID;
	}
	if (image_users_names(b, e->path) && image_users_add(b, e->path, &x, err) < 0)
		return -1;
	image_tree_add(b->a, t, &x);
	return 0;
}

static bool is_volatile(const char *path)
{
	for (const struct model_base_link *l = model_base_links; l->path; l++)
		if (path_is_below(path, l->path))
			return true;
	return false;
}

static int add_entry(const struct image_build *b, struct image_tree *t,
		     const struct model_base_entry *e, struct err *err)
{
	struct image_entry x = {
		.path = place_of(b->a, e->path), .type = e->type, .uid = e->uid, .gid = e->gid
	};

	switch (e->type) {
	case '0':
	case '1':
		return add_file(b, t, e, err);
	case '2':
		x.mode = 0777;
		x.link = e->link;
		break;
	case '5':
		x.mode = e->mode & 01777;
		break;
	default:
		return err_input(err, "cannot use %s of the base: type '%c' is not known", e->path,
				 e->type);
	}
	if (x.type == '2' && (!x.link || !*x.link))
		return err_input(err, "cannot use link %s of the base: it leads nowhere", e->path);
	image_tree_add(b->a, t, &x);
	return 0;
}

int image_root_base(const struct image_build *b, struct image_tree *t)
{
	const struct model_base *base = &b->m->image.base;
	const char *left_out = NULL;
	size_t count = 0;
	struct err err = { 0 };

	for (size_t i = 0; i < base->count; i++) {
		const struct model_base_entry *e = &base->entries[i];

		if (e->type == '3' || e->type == '4' || e->type == '6') {
			left_out = left_out ? left_out : e->path;
			count++;
			continue;
		}
		if (is_volatile(e->path))
			continue;
		if (add_entry(b, t, e, &err) < 0)
			return image_refuse(b, NULL, &err);
	}
	if (count)
		meta_warn(b->d, &b->m->image.loc,
			  "device nodes and pipes of the base are left out: %zu, the first is %s",
			  count, left_out);
	for (size_t i = 0; i < ARRAY_SIZE(directories); i++)
		image_tree_dir(b->a, t, directories[i]);
	for (const struct model_base_link *l = model_base_links; l->path; l++)
		image_tree_link(b->a, t, l->path, l->target);
	return 0;
}
