/* SPDX-License-Identifier: Apache-2.0 */
/* layout: of a snap, as rows of its mounts and rules of its apps. */
#include <string.h>

#include "files.h"
#include "guard.h"
#include "rules.h"
#include "str.h"
#include "view.h"

#define REASON	  "layout"
#define DIR_MODE  0755
#define TMPFS_KIB 16384

/* One layout on its way into the list. */
struct placing {
	const struct model_layout *l;
	const char *path;   /* l->path without links */
	const char *source; /* a path of the device */
	unsigned flags;	    /* of the mount that shows the source */
};

struct layouts {
	struct view v;
	const struct model_snap *snap;
};

static int refuse(const struct layouts *x, const struct model_layout *l, const char *why)
{
	return meta_error(x->v.b->d, &l->loc, "cannot use layout \"%.200s\": %s", l->path, why);
}

static bool is_of_snap(const struct layouts *x, const char *path)
{
	struct mem_arena *a = x->v.b->a;

	return path_is_below(path, mem_printf(a, "/snap/%s", x->snap->instance)) ||
	       path_is_below(path, mem_printf(a, "/var/snap/%s", x->snap->instance));
}

static bool is_file(const struct model_layout *l)
{
	return l->kind == MODEL_LAYOUT_BIND_FILE;
}

/* What is to be mounted, as it lies on the device. */
static int find_source(const struct layouts *x, struct placing *p)
{
	struct mem_arena *a = x->v.b->a;
	const struct model_layout *l = p->l;
	const char *path = policy_view_resolve(&x->v, l->source, true);
	struct view_place place;

	if (!path)
		return refuse(x, l, mem_printf(a, "the links of %s lead in a circle", l->source));
	if (!is_of_snap(x, path))
		return refuse(x, l,
			      mem_printf(a, "%s is a link that leads out of the snap", l->source));
	policy_view_look(&x->v, path, &place);
	if (!place.host || place.kind == VIEW_NOTHING)
		return refuse(x, l, mem_printf(a, "there is no %s", l->source));
	if (place.kind != VIEW_UNKNOWN && place.kind != (is_file(l) ? VIEW_FILE : VIEW_FOLDER))
		return refuse(
			x, l,
			mem_printf(a, "%s is no %s", l->source, is_file(l) ? "file" : "folder"));
	p->source = place.host;
	p->flags = place.cover->flags & POLICY_MOUNT_READONLY;
	return 0;
}

static int find_place(const struct layouts *x, struct placing *p)
{
	const struct model_layout *l = p->l;
	const char *reserved;

	p->path = policy_view_resolve(&x->v, l->path, false);
	if (!p->path)
		return refuse(x, l, "links of the base lead in a circle there");
	reserved = model_layout_reserved(p->path);
	if (reserved && !is_of_snap(x, p->path) && GUARD(layout_resolved))
		return refuse(
			x, l,
			mem_printf(x->v.b->a, "it is %s, and %s is off limits", p->path, reserved));
	return 0;
}

/* --- rows ------------------------------------------------------------------------------------- */

static void add_row(const struct layouts *x, const struct placing *p, const char *path,
		    struct policy_mount row)
{
	row.target = path + 1;
	row.source = row.source ? row.source : "";
	row.reason = REASON;
	row.loc = p->l->loc;
	policy_rules_mount(x->v.b->a, x->v.mounts, &row);
}

/* Makes the name of path, in folders that are made where they are missing. */
static int add_name(const struct layouts *x, const struct placing *p)
{
	struct mem_arena *a = x->v.b->a;
	const char *folder = "";
	struct view_place place;

	for (const char *end = strchr(p->path + 1, '/'); end; end = strchr(end + 1, '/')) {
		const char *next = mem_strndup(a, p->path, (size_t)(end - p->path));

		policy_view_look(&x->v, next, &place);
		if (place.kind != VIEW_FOLDER && place.kind != VIEW_NOTHING)
			return refuse(x, p->l, mem_printf(a, "%s is no folder", next));
		if (place.kind == VIEW_FOLDER) {
			folder = next;
			continue;
		}
		if (*folder && !policy_view_open(&x->v, folder))
			return refuse(x, p->l, mem_printf(a, "no name can be made in %s", folder));
		add_row(x, p, next,
			(struct policy_mount){ .op = POLICY_MOUNT_DIR, .mode = DIR_MODE });
		folder = next;
	}
	if (*folder && !policy_view_open(&x->v, folder))
		return refuse(x, p->l, mem_printf(a, "no name can be made in %s", folder));
	policy_view_remove(&x->v, p->path);
	if (p->l->kind == MODEL_LAYOUT_SYMLINK)
		add_row(x, p, p->path,
			(struct policy_mount){ .op = POLICY_MOUNT_SYMLINK,
					       .source = p->l->source });
	else if (is_file(p->l))
		add_row(x, p, p->path, (struct policy_mount){ .op = POLICY_MOUNT_FILE });
	else
		add_row(x, p, p->path,
			(struct policy_mount){ .op = POLICY_MOUNT_DIR, .mode = DIR_MODE });
	return 0;
}

static void add_mount(const struct layouts *x, const struct placing *p)
{
	const unsigned flags = POLICY_MOUNT_NOSUID | POLICY_MOUNT_NODEV;

	if (p->l->kind == MODEL_LAYOUT_TMPFS)
		add_row(x, p, p->path,
			(struct policy_mount){ .op = POLICY_MOUNT_TMPFS,
					       .flags = flags | POLICY_MOUNT_OWNED,
					       .mode = p->l->mode,
					       .size_kib = TMPFS_KIB });
	else if (p->l->kind != MODEL_LAYOUT_SYMLINK)
		add_row(x, p, p->path,
			(struct policy_mount){ .op = POLICY_MOUNT_BIND,

					       .flags = flags | p->flags,
					       .of_file = is_file(p->l),
					       .source = p->source });
}

/* In the snap's data: boot makes what is missing there. */
static int check_data(const struct layouts *x, const struct placing *p)
{
	const struct view_place nowhere = { .kind = VIEW_UNKNOWN };
	struct view_place place = nowhere;

	policy_view_look(&x->v, p->path, &place);
	if (!place.host ||
	    !str_starts(place.host, mem_printf(x->v.b->a, "/var/snap/%s/", x->snap->instance)))
		return refuse(x, p->l, "only the running device knows what is there");
	if (p->l->kind == MODEL_LAYOUT_SYMLINK)
		return refuse(x, p->l, "a link in the snap's own data: not in this version");
	return 0;
}

/* A mount goes onto what is there; for anything else a name is made. */
static int place_one(const struct layouts *x, const struct placing *p)
{
	enum view_kind wanted = is_file(p->l) ? VIEW_FILE : VIEW_FOLDER;
	struct view_place place;

	policy_view_look(&x->v, p->path, &place);
	if (place.kind == VIEW_UNKNOWN) {
		if (check_data(x, p))
			return -1;
	} else if (place.kind == VIEW_NOTHING || place.kind == VIEW_LINK) {
		if (add_name(x, p))
			return -1;
	} else if (place.kind != wanted || p->l->kind == MODEL_LAYOUT_SYMLINK) {
		return refuse(x, p->l,
			      mem_printf(x->v.b->a, "a %s is there",
					 place.kind == VIEW_FILE ? "file" : "folder"));
	}
	add_mount(x, p);
	return 0;
}

/* --- rules ------------------------------------------------------------------------------------ */

/* What a place may be used for, as the template says of what is shown there. */
static int add_rules(const struct layouts *x, const struct placing *p, struct policy_app *app)
{
	static const char *const texts[2][2] = {
		{ "%{path}/{,**} mrwlkix,", "%{path}/{,**} mrix," },
		{ "%{path} mrwlkix,", "%{path} mrix," },
	};
	const struct model_layout *l = p->l;
	bool readonly = p->flags & POLICY_MOUNT_READONLY;
	struct model_line line = { texts[is_file(l)][readonly], l->loc };
	const struct model_lines lines = { &line, 1 };
	struct expand scope;

	/* The link itself asks for nothing: what it leads to is asked for. */
	if (l->kind == MODEL_LAYOUT_SYMLINK)
		return 0;
	policy_rules_scope(x->v.b, app->app, &scope);
	policy_expand_add(&scope, "path", p->path);
	return policy_rules_expand(&scope, &lines, EXPAND_APPARMOR, REASON, &app->apparmor);
}

static int find_all(const struct layouts *x, struct placing *all, bool image)
{
	int rc = 0;

	for (size_t i = 0; i < x->snap->layout_count; i++) {
		struct placing *p = &all[i];

		*p = (struct placing){ .l = &x->snap->layouts[i] };
		p->path = p->l->path;
		if (p->l->source && str_starts(p->l->source, "/snap/"))
			p->flags = POLICY_MOUNT_READONLY;
		if (!image)
			continue;
		if (find_place(x, p) ||
		    (p->l->source && p->l->kind != MODEL_LAYOUT_SYMLINK && find_source(x, p)))
			rc = -1;
	}
	return rc;
}

int policy_rules_layouts(const struct rules_build *b, const struct model_snap *s,
			 struct policy_mounts *mounts, struct policy_app *apps)
{
	const struct layouts x = { { b, mounts }, s };
	struct placing *all = mem_array(b->a, s->layout_count, sizeof(*all));
	bool image = b->m->image.base.count && s->files.count;

	/* All sources first: a layout shows what the snap and its content hold. */
	if (find_all(&x, all, image))
		return -1;
	for (size_t i = 0; i < s->layout_count; i++) {
		if (image && place_one(&x, &all[i]))
			return -1;
		for (size_t k = 0; k < s->app_count + s->hook_count; k++)
			if (add_rules(&x, &all[i], &apps[k]))
				return -1;
	}
	if (s->layout_count && mounts->count > POLICY_MOUNTS_MAX)
		return meta_error(b->d, &s->loc,
				  "cannot use the layouts of snap \"%s\": %zu mounts and names, at "
				  "most %u: each name beside a layout's takes two",
				  s->instance, mounts->count, POLICY_MOUNTS_MAX);
	return 0;
}
