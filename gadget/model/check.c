/* SPDX-License-Identifier: Apache-2.0 */
/* "bulkhead check": what a file is, its keys say. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "image.h"
#include "snap.h"
#include "str.h"
#include "tree.h"
#include "volume.h"

/* A folder or file, and what messages call it. */
struct subject {
	const char *path, *name;
	const struct model_options *o;
	struct model_checks *checks;
	enum model_kind kind;
	struct snap_given given; /* what lies around a snap.yaml */
};

static int check_gadget(const struct reader *r, const struct meta_node *root,
			const struct subject *s, struct model_checked *out)
{
	struct model_gadget *gadget = mem_alloc(r->a, sizeof(*gadget));

	out->gadget = gadget;
	return model_gadget_read(r, root, s->kind, gadget);
}

static int check_snap(const struct reader *r, const struct meta_node *root, const struct subject *s,
		      struct model_checked *out)
{
	struct model_snap *snap = mem_alloc(r->a, sizeof(*snap));

	out->snap = snap;
	return model_snap_read(r, root, &s->given, snap);
}

static int check_board(const struct reader *r, const struct meta_node *root,
		       const struct subject *s, struct model_checked *out)
{
	struct model_board board;

	(void)s;
	(void)out;
	return model_read_board(r->a, root, ".", &board, r->d);
}

static int check_iface(const struct reader *r, const struct meta_node *root,
		       const struct subject *s, struct model_checked *out)
{
	struct model_iface *iface = mem_alloc(r->a, sizeof(*iface));

	(void)s;
	out->iface = iface;
	return model_reader_iface(r, root, iface);
}

static int check_image(const struct reader *r, const struct meta_node *root,
		       const struct subject *s, struct model_checked *out)
{
	struct model *m = mem_alloc(r->a, sizeof(*m));

	(void)root;
	out->model = m;
	return model_load(r->a, s->path, s->o, m, r->d);
}

/* The keys that tell, in this order: a snap.yaml has no "volumes", an image.yaml no "version". */
static const struct kind {
	const char *key;
	enum model_file_kind kind;
	int (*check)(const struct reader *r, const struct meta_node *root, const struct subject *s,
		     struct model_checked *out);
} kinds[] = {
	{ "image", MODEL_FILE_IMAGE, check_image },
	/* Only an image has snaps: with "image" misspelt it is still one, and refused as such. */
	{ "snaps", MODEL_FILE_IMAGE, check_image },
	{ "interface", MODEL_FILE_IFACE, check_iface },
	{ "volumes", MODEL_FILE_GADGET, check_gadget },
	{ "connections", MODEL_FILE_GADGET, check_gadget },
	{ "defaults", MODEL_FILE_GADGET, check_gadget },
	{ "volume-assignments", MODEL_FILE_GADGET, check_gadget },
	{ "kernel-cmdline", MODEL_FILE_GADGET, check_gadget },
	{ "name", MODEL_FILE_SNAP, check_snap },
	{ "board", MODEL_FILE_BOARD, check_board },
};

static const struct kind *kind_of(const struct meta_node *root)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (meta_get(root, kinds[i].key))
			return &kinds[i];
	return NULL;
}

static int check_known(const struct reader *r, const struct meta_node *root,
		       const struct subject *s, struct model_checked *out)
{
	struct model *m = mem_alloc(r->a, sizeof(*m));
	struct reader known = { .a = r->a, .d = r->d, .m = m };
	const struct kind *kind = kind_of(root);
	const char *ifaces =
		s->o->data ? mem_printf(r->a, "%s/gadget/interfaces", s->o->data) : NULL;

	if (!kind)
		return meta_error(r->d, &root->loc,
				  "cannot check file: none of the keys image, board, interface, "
				  "volumes and name in it");
	out->kind = kind->kind;
	/* An image reads them itself. */
	if (kind->kind != MODEL_FILE_IMAGE && ifaces && model_load_ifaces(r->a, ifaces, m, r->d))
		return -1;
	return kind->check(&known, root, s, out);
}

static void record(const struct reader *r, const struct subject *s, const struct model_checked *c)
{
	struct model_checks *all = s->checks;

	if (!all)
		return;
	all->items = mem_grow(r->a, all->items, all->count, &all->room, sizeof(all->items[0]));
	all->items[all->count++] = *c;
}

/* What could not be read to its end is not shown as understood. */
static int check_file(const struct reader *r, const struct subject *s, struct model_checked *out)
{
	size_t before = r->d->errors;
	const struct meta_node *root = meta_load(r->a, s->path, s->name, r->d);
	int status = -1;

	*out = (struct model_checked){ .name = s->name };
	if (!root) {
		record(r, s, out);
		return -1;
	}
	if (root->kind != META_MAP)
		(void)meta_error(r->d, &root->loc, "cannot check file: expected a map, got %s",
				 meta_kind_name(root));
	else
		status = check_known(r, root, s, out);
	out->ok = status == 0 && r->d->errors == before;
	record(r, s, out);
	return out->ok ? 0 : -1;
}

/* A gadget's files are copied into volumes: no link of it may lead out. */
static bool is_gadget(const struct reader *r, const char *dir)
{
	static const char *const files[] = { "meta/gadget.yaml", "gadget.yaml" };
	struct stat st;

	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		if (lstat(mem_printf(r->a, "%s/%s", dir, files[i]), &st) == 0)
			return true;
	return false;
}

/* What lies beside a gadget.yaml in its folder. */
static int check_files(const struct reader *r, const struct tree *t, const struct model_checked *c)
{
	struct model_gadget *gadget;

	/* What was read of one with errors is looked at all the same. */
	if (c->kind != MODEL_FILE_GADGET || !c->gadget || !c->gadget->node)
		return 0;
	gadget = mem_alloc(r->a, sizeof(*gadget));
	*gadget = *c->gadget;
	return model_gadget_check_files(r, t->dir, t->name, gadget) |
	       model_content_files(r, t, gadget);
}

static int check_folder(const struct reader *r, const struct subject *s, struct tree *t)
{
	static const char *const files[] = { "meta/snap.yaml", "meta/gadget.yaml", "snap.yaml",
					     "gadget.yaml", "board.yaml" };
	struct meta_loc loc = { .file = s->name };
	struct snap_given given = { 0 };
	struct model_snap snap = { 0 };
	const struct model_snap *first = NULL;
	size_t found = 0;
	int status;

	t->links = is_gadget(r, s->path);
	/* A link out of it would be followed below. */
	if (model_tree_check(r, t))
		return -1;
	status = model_hook_list(r, t, &given);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		struct subject file = *s;
		struct model_checked c;
		struct stat st;

		file.path = mem_printf(r->a, "%s/%s", s->path, files[i]);
		file.name = mem_printf(r->a, "%s/%s", s->name, files[i]);
		file.given = given;
		if (lstat(file.path, &st))
			continue;
		found++;
		status |= check_file(r, &file, &c);
		status |= check_files(r, t, &c);
		first = first ? first : c.snap;
	}
	if (first)
		snap.type = first->type;
	status |= model_tree_settle(r, t, &snap);
	return found ? status
		     : meta_error(r->d, &loc,
				  "cannot check folder: neither snap.yaml, gadget.yaml nor "
				  "board.yaml in it");
}

static int check_snap_file(const struct reader *r, const struct subject *s)
{
	char *dir = mem_printf(r->a, "%s/check-XXXXXX", s->o->scratch);
	struct meta_loc loc = { .file = s->name };
	struct subject tree = *s;
	struct tree t = { .name = s->name };
	struct err e = { 0 };

	if (!mkdtemp(dir)) {
		(void)err_sys(&e, "cannot make a temporary folder");
		return meta_fail(r->d, &loc, &e);
	}
	tree.path = t.dir = mem_printf(r->a, "%s/snap", dir);
	if (model_tree_unpack(r, s->path, &t))
		return -1;
	return check_folder(r, &tree, &t);
}

int model_check(struct mem_arena *a, const char *path, const struct model_options *o,
		struct model_checks *out, struct meta_diag *d)
{
	struct reader r = { .a = a, .d = d };
	struct subject s = { .path = path, .name = path, .o = o, .checks = out };
	struct tree t = { .dir = path, .name = path };
	struct model_checked checked;
	struct stat st;

	if (o->kind && model_kind_find(o->kind, &s.kind))
		return meta_error(d, NULL, "cannot use model \"%.64s\": expected one of %s",
				  o->kind, model_kind_list(a));
	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return check_folder(&r, &s, &t);
	if (o->scratch && model_tree_is_squashfs(path))
		return check_snap_file(&r, &s);
	return check_file(&r, &s, &checked);
}
