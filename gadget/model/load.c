/* SPDX-License-Identifier: Apache-2.0 */
/* image.yaml and everything it names. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base.h"
#include "board.h"
#include "files.h"
#include "guard.h"
#include "image.h"
#include "path.h"
#include "snap.h"
#include "str.h"
#include "tree.h"
#include "volume.h"

struct load {
	struct reader r;
	const struct model_options *o;
	const char *scratch;
	struct model *m;
	struct image_file f;
};

/* What a path of image.yaml is on the build host: relative to the folder of image.yaml. */
static const char *resolve(const struct load *l, const char *path)
{
	while (str_starts(path, "./"))
		path += 2;
	if (*path == '/' || str_eq(l->m->image.dir, "."))
		return path;
	return mem_printf(l->r.a, "%s/%s", l->m->image.dir, path);
}

static const char *dir_of(struct mem_arena *a, const char *path)
{
	const char *base = path_base(path);

	if (base == path)
		return ".";
	if (base == path + 1)
		return "/";
	return mem_strndup(a, path, (size_t)(base - path) - 1);
}

static bool is_dir(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool is_file(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

/* --- board ----------------------------------------------------------------------------------- */

static int load_board(struct load *l)
{
	const char *board = l->o->board ? l->o->board : l->f.board;

	/* It is there, and not a text. */
	if (!board && meta_get(l->f.root, "board"))
		return -1;
	if (!board)
		return meta_error(l->r.d, &l->f.root->loc, "cannot find key \"board\"");
	if (!l->o->board && strchr(board, '/'))
		return model_board_load(&l->r, l->o, resolve(l, board), &l->m->board);
	return model_board_find(&l->r, l->o, board, &l->m->board);
}

/* --- snaps ----------------------------------------------------------------------------------- */

/* The folder of a snap, unpacked to scratch when it is a file. */
static int open_tree(struct load *l, const char *path, const char *scratch,
		     const struct meta_loc *loc, struct tree *out)
{
	*out = (struct tree){ .dir = path, .name = path };
	if (is_dir(path))
		return 0;
	if (!is_file(path))
		return meta_error(l->r.d, loc,
				  "cannot find snap \"%.200s\": no such folder or file", path);
	if (!l->scratch)
		return meta_error(l->r.d, loc, "cannot check snap \"%.200s\": it is not unpacked",
				  path);
	out->dir = mem_printf(l->r.a, "%s/%s", l->scratch, scratch);
	return model_tree_unpack(&l->r, path, out);
}

static const struct meta_node *load_meta(struct load *l, const struct tree *t, const char *file)
{
	struct mem_arena *a = l->r.a;

	return meta_load(a, mem_printf(a, "%s/%s", t->dir, file),
			 mem_printf(a, "%s/%s", t->name, file), l->r.d);
}

/* What each command names must be there, in the snap. */
static int check_programs(const struct load *l, const struct tree *t, const struct model_snap *s,
			  const struct meta_node *root)
{
	const struct meta_node *apps = meta_get(root, "apps");
	int status = 0;

	for (size_t i = 0; i < s->app_count; i++) {
		const struct model_app *app = &s->apps[i];
		const struct meta_node *n = apps->items[i];
		const struct meta_node *chain = meta_get(n, "command-chain");
		/* Without the command, when that has an error. */
		size_t programs = app->argc > app->chain_count ? app->chain_count + 1 : app->argc;

		for (size_t k = 0; k < programs; k++) {
			const struct meta_loc *loc = k < app->chain_count
							     ? &chain->items[k]->loc
							     : &meta_get(n, "command")->loc;

			if (model_tree_check_program(&l->r, t, app->argv[k], loc))
				status = -1;
		}
	}
	return status;
}

/* "all", the board's architecture, or its second one. */
static int check_arch(const struct load *l, const struct meta_node *root,
		      const struct model_snap *s)
{
	const struct meta_node *n = meta_get(root, "architectures");
	const struct model_board *b = &l->m->board;
	struct model_reader_texts texts;

	if (!n || n->kind == META_NULL)
		return 0;
	if (model_reader_texts(&l->r, root, "architectures", &texts))
		return -1;
	/* None is all, as when the key is not there. */
	if (texts.count == 0)
		return 0;
	for (size_t i = 0; i < texts.count; i++)
		if (str_eq(texts.items[i], "all") || !b->arch || str_eq(texts.items[i], b->arch) ||
		    (b->compat && str_eq(texts.items[i], b->compat)))
			return 0;
	return meta_error(l->r.d, &n->loc, "cannot use snap \"%s\": it is not for architecture %s",
			  s->name, b->arch);
}

/* What a snap was made for, against what image.yaml wants: 0 when it may be as it is. */
static int check_made_for(const struct load *l, const struct image_snap *is,
			  const struct meta_node *root, const struct model_snap *s)
{
	const struct meta_node *made = meta_get(root, "confinement");
	bool allowed = l->m->image.development || !GUARD(image_devmode);

	if (s->confinement != MODEL_DEVMODE || is->mode == IMAGE_JAILMODE ||
	    (is->mode != IMAGE_STRICT && allowed))
		return 0;
	if (!allowed)
		meta_error(l->r.d, &made->loc,
			   "cannot use confinement \"devmode\" of snap \"%s\": only in an image "
			   "with development: true",
			   s->name);
	else
		meta_error(l->r.d, &made->loc,
			   "cannot use confinement \"devmode\" of snap \"%s\": the image says "
			   "\"mode: strict\"",
			   s->name);
	meta_hint(l->r.d, "\"mode: jailmode\" in image.yaml confines it all the same");
	return -1;
}

/*
 * In devmode nothing is in the way of a device node but its owner and mode: the device cgroup
 * refuses without a word, and what it refuses never reaches the layers that would log it.
 */
static int settle_mode(const struct load *l, const struct image_snap *is,
		       const struct meta_node *root, struct model_snap *s)
{
	if (check_made_for(l, is, root, s))
		return -1;
	if (is->mode == IMAGE_DEVMODE)
		s->confinement = MODEL_DEVMODE;
	else if (is->mode == IMAGE_JAILMODE)
		s->confinement = MODEL_STRICT;
	if (s->confinement != MODEL_DEVMODE)
		return 0;
	if (!is->layers_given)
		s->layers &= ~SNAP_LAYER_DEVICES;
	meta_warn(l->r.d, &is->loc,
		  "cannot confine snap \"%s\": it is in devmode, what it may not do is logged and "
		  "not refused",
		  s->instance);
	return 0;
}

static int load_snap(struct load *l, size_t index, struct model_snap *out)
{
	const struct image_snap *is = &l->f.snaps[index];
	struct snap_given given = { .key = is->key };
	const struct meta_node *root;
	struct tree t;
	int status;

	if (open_tree(l, resolve(l, is->source), mem_printf(l->r.a, "snap-%zu", index), &is->loc,
		      &t) ||
	    model_tree_check(&l->r, &t))
		return -1;
	*out = (struct model_snap){ .dir = t.dir, .source = is->source, .layers = is->layers };
	out->revision = is->revision;
	root = load_meta(l, &t, "meta/snap.yaml");
	status = model_hook_list(&l->r, &t, &given);
	if (!root || root->kind != META_MAP)
		return root ? model_snap_read(&l->r, root, &given, out) : -1;
	/* Each of these tells its errors, whatever the others found. */
	status |= model_snap_read(&l->r, root, &given, out) | -root->faulty;
	/* Types that no image may name say so themselves. */
	if (out->type == MODEL_SNAP_GADGET ||
	    (out->type != MODEL_SNAP_APP && out->type != MODEL_SNAP_BASE && l->r.policy))
		status = meta_error(l->r.d, &is->loc,
				    "cannot use snap \"%s\": its type is neither app nor base",
				    out->name);
	if (out->type == MODEL_SNAP_BASE && (out->app_count || out->hook_count || is->key))
		status = meta_error(l->r.d, &is->loc,
				    "cannot use base \"%s\": apps, hooks and instances are not for "
				    "a base",
				    out->name);
	status |= check_arch(l, root, out) | settle_mode(l, is, root, out);
	status |= model_tree_settle(&l->r, &t, out);
	if (l->o->metadata)
		return status;
	return status | check_programs(l, &t, out, root) | model_hook_settle(&l->r, &t, out);
}

static int load_snaps(struct load *l)
{
	struct model *m = l->m;
	size_t count = l->f.snap_count;
	int status;

	m->snaps = mem_array(l->r.a, count, sizeof(*m->snaps));
	for (size_t i = 0; i < count; i++)
		if (!l->f.snaps[i].source || load_snap(l, i, &m->snaps[i]) || l->f.snaps[i].unsound)
			model_lost_snap(&m->snaps[i], l->f.snaps[i].unnamed);
	status = model_lost_part(&l->r, m, count);
	status |= model_base_settle(&l->r, m);
	/* Two of one name, or one on a base that is none. */
	m->judged &= status == 0;
	if (!l->o->metadata)
		status |= model_base_list_files(&l->r, m);
	return status || m->lost_count ? -1 : 0;
}

/* --- gadget ---------------------------------------------------------------------------------- */

/* meta/FILE of a snap; FILE itself in the source folder of one. */
static const struct meta_node *load_gadget_meta(struct load *l, const struct tree *t,
						const char *file)
{
	const char *meta = mem_printf(l->r.a, "meta/%s", file);
	bool source = !is_file(mem_printf(l->r.a, "%s/%s", t->dir, meta)) &&
		      is_file(mem_printf(l->r.a, "%s/%s", t->dir, file));

	return load_meta(l, t, source ? file : meta);
}

static int load_volumes(struct load *l, const struct tree *t)
{
	struct model_gadget *g = &l->m->gadget;
	const struct meta_node *root = load_gadget_meta(l, t, "gadget.yaml");
	int status;

	if (!root)
		return -1;
	status = model_gadget_read(&l->r, root, l->m->image.kind, g) | -root->faulty;
	status |= model_gadget_check_files(&l->r, t->dir, t->name, g);
	status |= l->o->metadata ? 0 : model_content_files(&l->r, t, g);
	g->sound = status == 0;
	return status;
}

static int load_gadget_snap(struct load *l, const struct tree *t)
{
	struct model_snap *s = &l->m->gadget_snap;
	struct snap_given given = { 0 };
	const struct meta_node *root = load_gadget_meta(l, t, "snap.yaml");
	int status = model_hook_list(&l->r, t, &given);

	if (!root)
		return -1;
	status |= model_snap_read(&l->r, root, &given, s) | -root->faulty;
	model_snap_settle(s);
	if (root->kind == META_MAP && s->type != MODEL_SNAP_GADGET)
		status = meta_error(l->r.d, &s->loc,
				    "cannot use gadget \"%s\": its type is not gadget", s->name);
	if (s->hook_count)
		status |= model_reader_later(&l->r, &s->hooks[0].loc, "hooks of a gadget");
	return status | (s->app_count ? model_reader_later(&l->r, &s->loc, "apps of a gadget") : 0);
}

static int load_gadget(struct load *l)
{
	struct model_snap *s = &l->m->gadget_snap;
	struct tree t;
	const char *path;
	int status;

	*s = (struct model_snap){
		.name = "", .instance = "", .unsound = true, .ends_unread = true
	};
	/* It is there, and not a text. */
	if (!l->f.gadget && model_gadget_value(l->f.root, "gadget"))
		return -1;
	if (l->f.gadget)
		path = resolve(l, l->f.gadget);
	else if (l->m->board.dir)
		path = mem_printf(l->r.a, "%s/gadget", l->m->board.dir);
	else
		return -1;
	if (open_tree(l, path, "gadget", &l->f.root->loc, &t))
		return -1;
	if (!l->f.gadget && l->m->board.loc.file)
		t.name = mem_printf(l->r.a, "%s/gadget", dir_of(l->r.a, l->m->board.loc.file));
	t.links = true;
	if (model_tree_check(&l->r, &t) || model_tree_settle(&l->r, &t, NULL))
		return -1;
	status = load_volumes(l, &t);
	*s = (struct model_snap){ .name = "",
				  .instance = "",
				  .dir = t.dir,
				  .source = path,
				  .layers = SNAP_LAYERS_ALL,
				  .ends_unread = true };
	/* Of plugs and slots nothing can be said, and the interfaces' own errors were told. */
	s->unsound = !l->m->iface_count || load_gadget_snap(l, &t) != 0;
	return status || s->unsound ? -1 : 0;
}

/* --- base ------------------------------------------------------------------------------------ */

static bool keeps_setuid(const struct model_base *b, const char *path)
{
	for (size_t i = 0; i < b->count; i++)
		if (str_eq(b->entries[i].path, path))
			return b->entries[i].type == '0' && (b->entries[i].mode & 06000);
	return false;
}

static int load_base(struct load *l)
{
	struct model_image *image = &l->m->image;
	const struct meta_node *keep = meta_get(l->f.root, "keep-setuid");
	const char *path = NULL;
	int status = 0;

	if (l->o->base)
		path = l->o->base;
	else if (l->f.base)
		path = resolve(l, l->f.base);
	else if (l->o->files)
		path = mem_printf(l->r.a, "%s/base.tar", l->o->files);
	/* "bulkhead check" has neither: everything else can be checked. */
	if (!path && !l->r.building)
		return 0;
	if (!path)
		return meta_error(l->r.d, &l->f.root->loc, "cannot find key \"base\"");
	if (model_scan_base(l->r.a, path, &image->base, l->r.d))
		return -1;
	for (size_t i = 0; keep && keep->kind == META_LIST && i < keep->count; i++)
		if (keep->items[i]->kind == META_SCALAR && path_is_clean(keep->items[i]->text) &&
		    !keeps_setuid(&image->base, keep->items[i]->text))
			status = meta_error(l->r.d, &keep->items[i]->loc,
					    "cannot use keep-setuid \"%.200s\": no set-id file of "
					    "this name in the base",
					    keep->items[i]->text);
	return status;
}

/* --- all ------------------------------------------------------------------------------------- */

static int load_all(struct load *l, const char *image_yaml)
{
	struct mem_arena *a = l->r.a;
	const char *ifaces = mem_printf(a, "%s/gadget/interfaces", l->o->data);
	const struct meta_node *root = meta_load(a, image_yaml, image_yaml, l->r.d);
	int status;
	int apart;
	int unusable;
	int unconnected;

	if (!root)
		return -1;
	status = model_image_read(&l->r, root, &l->f, &l->m->image) | -root->faulty;
	/* Without either it is another kind of file. */
	if (!l->f.root || (!meta_get(root, "image") && !meta_get(root, "snaps")))
		return -1;
	unusable = model_load_ifaces(a, ifaces, l->m, l->r.d);
	l->r.kind_open = l->f.kind_unread;
	if (l->o->kind) {
		l->r.kind_open = false;
		status |= model_kind_find(l->o->kind, &l->m->image.kind);
	}
	/* Each of these tells its errors, whatever the others found. */
	apart = load_board(l);
	apart |= l->o->metadata ? 0 : load_base(l);
	status |= load_gadget(l);
	if (unusable)
		return -1;
	l->m->judged = true;
	status |= load_snaps(l);
	apart |= model_image_users(&l->r, &l->f, l->m) | model_image_namespaces(&l->r, &l->f, l->m);
	apart |= model_image_interactive(&l->r, &l->f, l->m);
	status |= model_image_process(&l->r, &l->f, l->m) | model_image_ids(&l->r, &l->f, l->m);
	unconnected = model_image_connect(&l->r, &l->f, l->m);
	status |= unconnected | model_image_needs(&l->r, &l->f, l->m, unconnected == 0);
	/* All policy depends on these. */
	if (apart || l->f.policy_unread || (l->m->lost_count && !l->m->snap_count))
		l->m->judged = false;
	return status | apart ? -1 : 0;
}

int model_load(struct mem_arena *a, const char *image_yaml, const struct model_options *o,
	       struct model *out, struct meta_diag *d)
{
	struct load l = { .r = { .a = a,
				 .d = d,
				 .m = out,
				 .building = !o->checking,
				 .image = true,
				 .policy = o->metadata },
			  .o = o,
			  .scratch = o->scratch,
			  .m = out };
	size_t before = d->errors;

	*out = (struct model){ 0 };
	out->image.dir = dir_of(a, image_yaml);
	if (load_all(&l, image_yaml))
		return -1;
	return d->errors == before ? 0 : -1;
}
