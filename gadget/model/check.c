/* SPDX-License-Identifier: Apache-2.0 */
/* "bulkhead check": what a file is, its keys say. */
#include <string.h>
#include <sys/stat.h>

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

static int check_folder(const struct reader *r, const char *path, const struct model_options *o)
{
	static const char *const files[] = { "meta/snap.yaml", "meta/gadget.yaml", "snap.yaml",
					     "gadget.yaml", "board.yaml" };
	struct tree t = { .dir = path, .name = path };
	struct meta_loc loc = { .file = path };
	int status = model_tree_check(r, &t);
	size_t found = 0;

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		const char *file = mem_printf(r->a, "%s/%s", path, files[i]);
		struct stat st;

		if (lstat(file, &st))
			continue;
		found++;
		if (model_check(r->a, file, o, r->d))
			status = -1;
	}
	return found ? status
		     : meta_error(r->d, &loc,
				  "cannot check folder: neither snap.yaml, gadget.yaml "
				  "nor board.yaml in it");
}

int model_check(struct mem_arena *a, const char *path, const struct model_options *o,
		struct meta_diag *d)
{
	struct model *m = mem_alloc(a, sizeof(*m));
	struct reader r = { .a = a, .d = d, .m = m };
	const struct meta_node *root;
	struct stat st;

	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return check_folder(&r, path, o);
	root = meta_load(a, path, path, d);
	if (!root)
		return -1;
	if (root->kind != META_MAP)
		return meta_error(d, &root->loc, "cannot check file: expected a map, got %s",
				  meta_kind_name(root));
	if (meta_get(root, "image"))
		return model_load(a, path, o, m, d);
	if (o->data && model_load_ifaces(a, mem_printf(a, "%s/gadget/interfaces", o->data), m, d))
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (meta_get(root, kinds[i].key))
			return kinds[i].check(&r, root);
	return meta_error(d, &root->loc,
			  "cannot check file: none of the keys image, board, interface, volumes "
			  "and name in it");
}
