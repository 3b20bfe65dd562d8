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

static int check_gadget(const struct reader *r, const struct meta_node *root)
{
	struct model_gadget gadget;

	return model_gadget_read(r, root, &gadget);
}

static int check_snap(const struct reader *r, const struct meta_node *root)
{
	struct model_snap *snap = mem_alloc(r->a, sizeof(*snap));

	return model_snap_read(r, root, NULL, snap);
}

static int check_board(const struct reader *r, const struct meta_node *root)
{
	struct model_board board;

	return model_read_board(r->a, root, ".", &board, r->d);
}

/* The keys that tell, in this order: a snap.yaml has no "volumes", an image.yaml no "version". */
static const struct {
	const char *key;
	int (*check)(const struct reader *r, const struct meta_node *root);
} kinds[] = {
	{ "interface", model_reader_iface },
	{ "volumes", check_gadget },
	{ "connections", check_gadget },
	{ "defaults", check_gadget },
	{ "name", check_snap },
	{ "board", check_board },
};

/* A folder or file, and what messages call it. */
struct subject {
	const char *path, *name;
	const struct model_options *o;
};

static int check_file(const struct reader *r, const struct subject *s)
{
	struct model *m = mem_alloc(r->a, sizeof(*m));
	struct reader known = { .a = r->a, .d = r->d, .m = m };
	const struct meta_node *root = meta_load(r->a, s->path, s->name, r->d);
	const char *ifaces;

	if (!root)
		return -1;
	if (root->kind != META_MAP)
		return meta_error(r->d, &root->loc, "cannot check file: expected a map, got %s",
				  meta_kind_name(root));
	/* Only an image has snaps: with "image" misspelt it is still one, and refused as such. */
	if (meta_get(root, "image") || meta_get(root, "snaps"))
		return model_load(r->a, s->path, s->o, m, r->d);
	ifaces = s->o->data ? mem_printf(r->a, "%s/gadget/interfaces", s->o->data) : NULL;
	if (ifaces && model_load_ifaces(r->a, ifaces, m, r->d))
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (meta_get(root, kinds[i].key))
			return kinds[i].check(&known, root);
	return meta_error(r->d, &root->loc,
			  "cannot check file: none of the keys image, board, interface, volumes "
			  "and name in it");
}

static int check_folder(const struct reader *r, const struct subject *s)
{
	static const char *const files[] = { "meta/snap.yaml", "meta/gadget.yaml", "snap.yaml",
					     "gadget.yaml", "board.yaml" };
	struct tree t = { .dir = s->path, .name = s->name };
	struct meta_loc loc = { .file = s->name };
	int status = model_tree_check(r, &t);
	size_t found = 0;

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		struct subject file = { mem_printf(r->a, "%s/%s", s->path, files[i]),
					mem_printf(r->a, "%s/%s", s->name, files[i]), s->o };
		struct stat st;

		if (lstat(file.path, &st))
			continue;
		found++;
		if (check_file(r, &file))
			status = -1;
	}
	return found ? status
		     : meta_error(r->d, &loc,
				  "cannot check folder: neither snap.yaml, gadget.yaml nor "
				  "board.yaml in it");
}

static bool is_squashfs(const char *path)
{
	CLEANUP_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char magic[4];

	return fd >= 0 && read(fd, magic, sizeof(magic)) == sizeof(magic) &&
	       memcmp(magic, "hsqs", sizeof(magic)) == 0;
}

static int check_snap_file(const struct reader *r, const struct subject *s)
{
	char *dir = mem_printf(r->a, "%s/check-XXXXXX", s->o->scratch);
	struct meta_loc loc = { .file = s->name };
	struct subject tree = { .name = s->name, .o = s->o };

	if (!mkdtemp(dir))
		return meta_error(r->d, &loc, "cannot unpack snap: %s", strerror(errno));
	tree.path = mem_printf(r->a, "%s/snap", dir);
	if (model_tree_unpack(r, s->path, s->name, tree.path))
		return -1;
	return check_folder(r, &tree);
}

int model_check(struct mem_arena *a, const char *path, const struct model_options *o,
		struct meta_diag *d)
{
	struct reader r = { .a = a, .d = d };
	struct subject s = { path, path, o };
	struct stat st;

	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return check_folder(&r, &s);
	if (o->scratch && is_squashfs(path))
		return check_snap_file(&r, &s);
	return check_file(&r, &s);
}
