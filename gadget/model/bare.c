/* SPDX-License-Identifier: Apache-2.0 */
/* Metadata alone: snaps as files, and the connections that are named. */
#include "bare.h"

#include <string.h>
#include <sys/stat.h>

#include "board.h"
#include "image.h"
#include "snap.h"
#include "str.h"
#include "tree.h"

#define OPTION "--connect"

struct bare {
	struct reader r;
	const struct model_bare *given;
	const struct model_options *o;
	struct model *m;
};

/* Such a snap is not held, so there is no policy to write. */
static int check_confinement(const struct bare *b, const struct meta_node *root,
			     const struct model_snap *s)
{
	const struct meta_node *n = meta_get(root, "confinement");

	if (s->confinement == MODEL_CLASSIC)
		return meta_error(b->r.d, &n->loc,
				  "cannot write policy of snap \"%s\": its confinement is classic",
				  s->name);
	if (s->confinement == MODEL_DEVMODE)
		meta_warn(b->r.d, &n->loc,
			  "cannot confine snap \"%s\": its confinement is devmode, its policy "
			  "only logs",
			  s->name);
	return 0;
}

static int read_snap(const struct bare *b, const struct meta_node *root,
		     const struct snap_given *given, struct model_snap *out)
{
	int status;

	if (!root)
		return -1;
	status = model_snap_read(&b->r, root, given, out) | -root->faulty;
	return root->kind == META_MAP ? status | check_confinement(b, root, out) : status;
}

/* A folder has snap.yaml in meta/, or beside what it is built from. */
static int load_folder(const struct bare *b, struct tree *t, struct model_snap *out)
{
	struct mem_arena *a = b->r.a;
	struct snap_given given = { 0 };
	const char *file = "meta/snap.yaml";
	struct stat st;
	int status;

	if (lstat(mem_printf(a, "%s/%s", t->dir, file), &st) &&
	    lstat(mem_printf(a, "%s/snap.yaml", t->dir), &st) == 0)
		file = "snap.yaml";
	if (model_tree_check(&b->r, t))
		return -1;
	status = model_hook_list(&b->r, t, &given);
	status |= read_snap(b,
			    meta_load(a, mem_printf(a, "%s/%s", t->dir, file),
				      mem_printf(a, "%s/%s", t->name, file), b->r.d),
			    &given, out);
	return status | model_tree_settle(&b->r, t, out);
}

static int load_snap(const struct bare *b, size_t index, struct model_snap *out)
{
	const char *path = b->given->snaps[index];
	const struct meta_loc loc = { .file = path };
	struct tree t = { .dir = path, .name = path };
	struct stat st;

	*out = (struct model_snap){ .source = path, .layers = SNAP_LAYERS_ALL };
	if (stat(path, &st))
		return meta_error(b->r.d, &loc, "cannot find snap: no such file or folder");
	if (S_ISDIR(st.st_mode))
		return load_folder(b, &t, out);
	if (!model_tree_is_squashfs(path))
		return read_snap(b, meta_load(b->r.a, path, path, b->r.d), NULL, out);
	t.dir = mem_printf(b->r.a, "%s/snap-%zu", b->o->scratch, index);
	return model_tree_unpack(&b->r, path, &t) ? -1 : load_folder(b, &t, out);
}

static int load_snaps(const struct bare *b)
{
	struct model *m = b->m;
	int status;

	m->snaps = mem_array(b->r.a, b->given->snap_count, sizeof(*m->snaps));
	for (size_t i = 0; i < b->given->snap_count; i++)
		if (load_snap(b, i, &m->snaps[i]))
			model_lost_snap(&m->snaps[i], false);
	status = model_lost_part(&b->r, m, b->given->snap_count);
	return status || m->lost_count ? -1 : 0;
}

static struct meta_node *text_node(const struct bare *b, const struct meta_loc *loc,
				   const char *text)
{
	struct meta_node *n = mem_alloc(b->r.a, sizeof(*n));

	*n = (struct meta_node){ .kind = META_SCALAR, .loc = *loc, .text = text };
	return n;
}

/* "SNAP:PLUG=SNAP:SLOT", as an entry of connections: in YAML. */
static struct meta_node *connection_node(const struct bare *b, const char *text)
{
	struct mem_arena *a = b->r.a;
	const struct meta_loc loc = { .file = mem_printf(a, OPTION " %.200s", text) };
	const char *equals = strchr(text, '=');
	struct meta_node *n = mem_alloc(a, sizeof(*n));

	if (!equals || strchr(equals + 1, '=')) {
		(void)meta_error(b->r.d, &loc,
				 "cannot connect: expected SNAP:PLUG=SNAP:SLOT, or "
				 "SNAP:PLUG=system:NAME");
		return NULL;
	}
	*n = (struct meta_node){ .kind = META_MAP, .loc = loc, .count = 2 };
	n->keys = mem_array(a, 2, sizeof(struct meta_node *));
	n->items = mem_array(a, 2, sizeof(struct meta_node *));
	n->keys[0] = text_node(b, &loc, "plug");
	n->items[0] = text_node(b, &loc, mem_strndup(a, text, (size_t)(equals - text)));
	n->keys[1] = text_node(b, &loc, "slot");
	n->items[1] = text_node(b, &loc, equals + 1);
	return n;
}

static int connect_named(const struct bare *b)
{
	struct meta_node list = { .kind = META_LIST };
	int status = 0;

	list.items = mem_array(b->r.a, b->given->connection_count, sizeof(*list.items));
	for (size_t i = 0; i < b->given->connection_count; i++) {
		struct meta_node *n = connection_node(b, b->given->connections[i]);

		if (n)
			list.items[list.count++] = n;
		else
			status = -1;
	}
	if (model_image_connect_only(&b->r, &list, b->m))
		status = -1;
	return status;
}

int model_load_bare(struct mem_arena *a, const struct model_bare *given,
		    const struct model_options *o, struct model *out, struct meta_diag *d)
{
	const struct bare b = {
		.r = { .a = a, .d = d, .m = out, .policy = true }, .given = given, .o = o, .m = out
	};
	int unusable;
	int status;

	*out = (struct model){ .bare = true };
	/* Each of these tells its errors, whatever the others found. */
	unusable = model_load_ifaces(a, mem_printf(a, "%s/gadget/interfaces", o->data), out, d);
	status = o->board ? model_board_find(&b.r, o, o->board, &out->board) : 0;
	/* Without interfaces nothing can be said of plugs and slots. */
	if (unusable)
		return -1;
	status |= load_snaps(&b);
	status |= connect_named(&b);
	return status || d->errors ? -1 : 0;
}
