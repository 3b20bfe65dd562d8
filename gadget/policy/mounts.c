/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "files.h"
#include "path.h"
#include "rules.h"
#include "str.h"
#include "template.h"
#include "view.h"

#define DIR_MODE  0755
#define NAMES_KIB 16 /* a tmpfs that holds names alone */

void policy_rules_mount(struct mem_arena *a, struct policy_mounts *to, const struct policy_mount *m)
{
	to->items = mem_grow(a, to->items, to->count, &to->room, sizeof(*to->items));
	to->items[to->count++] = *m;
}

static void add_mount(const struct rules_build *b, struct policy_app *app,
		      const struct policy_mount *m)
{
	policy_rules_mount(b->a, &app->mounts, m);
}

static bool has_target(const struct policy_app *app, const char *target)
{
	for (size_t i = 0; i < app->mounts.count; i++)
		if (str_eq(app->mounts.items[i].target, target))
			return true;
	return false;
}

static bool name_wanted(const struct policy_mount *m, const char *name)
{
	for (size_t i = 0; i < m->name_count; i++) {
		size_t len = strlen(m->names[i]);

		if (str_eq(m->names[i], name))
			return true;
		if (len && m->names[i][len - 1] == '*' && strncmp(m->names[i], name, len - 1) == 0)
			return true;
	}
	return false;
}

/* A root file system, and where it lies on the device. */
struct root {
	const struct model_base *files;
	const char *at;
};

static struct root root_of(const struct rules_build *b, const struct model_snap *base)
{
	if (!base)
		return (struct root){ &b->m->image.base, "" };
	return (struct root){ &base->files,
			      mem_printf(b->a, "/snap/%s/%s", base->instance, base->revision) };
}

/*
 * The top level: a directory is bound, a link (merged /usr) repeated, so that the bind's source is
 * free of links. Anything else there is not shown.
 */
static void add_base(const struct rules_build *b, const struct policy_mount *m,
		     struct policy_app *app)
{
	const struct root root =
		root_of(b, m->op == POLICY_MOUNT_BASE ? app->app->snap->base : NULL);

	for (size_t i = 0; i < root.files->count; i++) {
		const struct model_base_entry *e = &root.files->entries[i];
		const char *name = e->path + 1;
		struct policy_mount out = { .target = name, .source = "", .reason = "base" };

		if (strchr(name, '/') || !name_wanted(m, name))
			continue;
		out.loc = m->loc;
		if (e->type == '2') {
			out.op = POLICY_MOUNT_SYMLINK;
			out.source = e->link;
			add_mount(b, app, &out);
		}
		if (e->type != '5')
			continue;
		out.op = POLICY_MOUNT_DIR;
		out.mode = DIR_MODE;
		add_mount(b, app, &out);
		out.op = POLICY_MOUNT_BIND;
		out.mode = 0;
		out.flags = m->flags;
		out.source = mem_printf(b->a, "%s%s", root.at, e->path);
		add_mount(b, app, &out);
	}
}

static bool is_excepted(const struct policy_mount *m, const char *base)
{
	for (size_t i = 0; i < m->except_count; i++)
		if (str_eq(m->except[i], base))
			return true;
	return false;
}

static char kind_of(const struct model_base *files, const char *path)
{
	const struct model_base_entry *e = model_base_find(files, path);

	return e ? (e->type == '1' ? '0' : e->type) : '\0';
}

static void add_over(const struct rules_build *b, const struct policy_mount *m,
		     struct policy_app *app)
{
	const struct model_snap *base = app->app->snap->base;
	struct root root;

	if (!base || is_excepted(m, base->name))
		return;
	root = root_of(b, base);
	for (size_t i = 0; i < m->name_count; i++) {
		const char *path = mem_printf(b->a, "/%s", m->names[i]);
		char kind = kind_of(root.files, path);
		const struct policy_mount out = {
			.op = POLICY_MOUNT_BIND,
			.flags = m->flags,
			.source = mem_printf(b->a, "%s%s", root.at, path),
			.target = m->names[i],
			.reason = "base",
			.loc = m->loc,
		};

		if ((kind == '0' || kind == '5') && kind == kind_of(&b->m->image.base, path))
			add_mount(b, app, &out);
	}
}

/* NAME, or usr/NAME where /usr is merged: the one that no link leads to. NULL: not a folder there.
 */
static const char *find_library(const struct rules_build *b, const struct model_base *files,
				const char *name)
{
	const char *path = mem_printf(b->a, "/%s", name);

	if (kind_of(files, path) == '5')
		return path;
	path = mem_printf(b->a, "/usr/%s", name);
	return kind_of(files, path) == '5' ? path : NULL;
}

static void add_back(const struct rules_build *b, const struct policy_mount *m,
		     struct policy_app *app)
{
	const struct model_snap *base = app->app->snap->base;

	for (size_t i = 0; base && i < m->name_count; i++) {
		const char *from = find_library(b, &b->m->image.base, m->names[i]);
		const char *to = find_library(b, &base->files, m->names[i]);
		const struct policy_mount out = {
			.op = POLICY_MOUNT_BIND,
			.flags = m->flags,
			.source = from,
			.target = to ? to + 1 : NULL,
			.reason = "base",
			.loc = m->loc,
		};

		if (from && to)
			add_mount(b, app, &out);
	}
}

/* *out NULL: the text names a place that this snap has not. */
static int expand_path(const struct expand *x, const struct policy_mount *m, const char *text,
		       const char **out)
{
	const struct model_line line = { text, m->loc };
	struct expand_texts texts;

	if (policy_expand_line(x, &line, EXPAND_PATH, &texts))
		return -1;
	if (texts.count > 1)
		return meta_error(x->d, &m->loc, "cannot use mount path \"%s\": it is not one path",
				  text);
	*out = texts.count ? texts.items[0] : NULL;
	return 0;
}

/* A folder of the image's own is covered; in a base snap there is none. */
static bool is_of_image_only(const struct rules_build *b, struct policy_app *app,
			     const struct policy_mount *m)
{
	const struct view v = { b, &app->mounts };
	struct view_place place;

	if (!app->app->snap->base || m->op != POLICY_MOUNT_TMPFS)
		return false;
	policy_view_look(&v, mem_printf(b->a, "/%s", m->target), &place);
	return place.kind == VIEW_NOTHING;
}

int policy_rules_mounts(const struct rules_build *b, const struct expand *x, struct policy_app *app)
{
	for (size_t i = 0; i < b->t->mounts.count; i++) {
		struct policy_mount m = b->t->mounts.items[i];

		if (m.op == POLICY_MOUNT_BASE || m.op == POLICY_MOUNT_ROOT) {
			add_base(b, &m, app);
			continue;
		}
		if (m.op == POLICY_MOUNT_OVER) {
			add_over(b, &m, app);
			continue;
		}
		if (m.op == POLICY_MOUNT_BACK) {
			add_back(b, &m, app);
			continue;
		}
		if (expand_path(x, &m, m.source, &m.source) ||
		    expand_path(x, &m, m.target, &m.target))
			return -1;
		if (m.source && m.target && !is_of_image_only(b, app, &m))
			add_mount(b, app, &m);
	}
	return 0;
}

static const struct template_word bind_words[] = {
	{ "dir", 0 },
	{ "file", 1 },
};

static const struct template_word bind_access[] = {
	{ "rw", 0 },
	{ "ro", POLICY_MOUNT_READONLY },
};

/* Below a folder that is bound, as /sys is, names are there already and none can be made. */
static bool in_bound(const struct policy_app *app, const char *target)
{
	for (size_t i = 0; i < app->mounts.count; i++) {
		const struct policy_mount *m = &app->mounts.items[i];

		if (m->op == POLICY_MOUNT_BIND && str_starts(target, m->target) &&
		    target[strlen(m->target)] == '/')
			return true;
	}
	return false;
}

/* Every missing parent of target, outermost first. */
static void add_parents(const struct rules_build *b, struct policy_app *app, const char *target,
			const struct policy_mount *like)
{
	for (const char *p = strchr(target, '/'); p; p = strchr(p + 1, '/')) {
		struct policy_mount m = *like;

		m.op = POLICY_MOUNT_DIR;
		m.flags = 0;
		m.source = "";
		m.mode = DIR_MODE;
		m.target = mem_strndup(b->a, target, (size_t)(p - target));
		if (!has_target(app, m.target) && !in_bound(app, m.target))
			add_mount(b, app, &m);
	}
}

static struct policy_mount *find_bind(const struct policy_app *app, const char *source)
{
	for (size_t i = 0; i < app->mounts.count; i++)
		if (app->mounts.items[i].op == POLICY_MOUNT_BIND &&
		    str_eq(app->mounts.items[i].source, source))
			return &app->mounts.items[i];
	return NULL;
}

#define MADE (1u << 31)

static const struct template_word bind_more[] = {
	{ "optional", POLICY_MOUNT_OPTIONAL },
	{ "made", MADE },
};

/* What boot makes is a folder, and a name of its own place. */
static int add_made(const struct rules_build *b, const struct policy_mount *m, bool file,
		    struct policy_app *app)
{
	const char *path = m->source;

	if (file || m->flags & POLICY_MOUNT_READONLY || !str_starts(path, POLICY_MADE_DIR) ||
	    strchr(path + strlen(POLICY_MADE_DIR), '/'))
		return meta_error(b->d, &m->loc,
				  "cannot use bind of \"%s\": what is made is " POLICY_MADE_DIR
				  "NAME dir rw",
				  path);
	policy_rules_add(b->a, &app->made,
			 &(struct policy_rule){ .text = path, .loc = m->loc, .reason = m->reason });
	return 0;
}

/* Reads "PATH dir|file ro|rw [optional|made]". */
static int read_bind(const struct rules_build *b, const struct model_line *line,
		     struct policy_mount *m, bool *file)
{
	char *rest = mem_strdup(b->a, line->text);
	const char *path = strsep(&rest, " ");
	const char *kind = strsep(&rest, " ");
	const char *access = strsep(&rest, " ");
	const char *word = strsep(&rest, " ");
	unsigned kind_value = 0, readonly = 0, more = 0;

	if (!access || rest || !path_is_clean(path) || str_eq(path, "/") ||
	    (word && policy_template_word(bind_more, ARRAY_SIZE(bind_more), word, &more)) ||
	    policy_template_word(bind_words, ARRAY_SIZE(bind_words), kind, &kind_value) ||
	    policy_template_word(bind_access, ARRAY_SIZE(bind_access), access, &readonly))
		return meta_error(b->d, &line->loc,
				  "cannot use bind \"%s\": expected PATH dir|file ro|rw "
				  "[optional|made]",
				  line->text);
	m->source = path;
	m->target = path + 1;
	m->flags = readonly | POLICY_MOUNT_NOSUID | POLICY_MOUNT_NODEV | POLICY_MOUNT_NOEXEC | more;
	*file = kind_value;
	return 0;
}

void policy_rules_place(const struct rules_build *b, const struct policy_mount *place,
			struct policy_app *app)
{
	add_parents(b, app, place->target, place);
	if (!has_target(app, place->target) && !in_bound(app, place->target))
		add_mount(b, app, place);
}

int policy_rules_bind(const struct rules_build *b, const struct model_line *line,
		      const char *reason, struct policy_app *app)
{
	struct policy_mount m = { .loc = line->loc, .reason = reason };
	struct policy_mount place, *old;
	bool file = false;

	if (read_bind(b, line, &m, &file))
		return -1;
	m.op = POLICY_MOUNT_BIND;
	if (m.flags & MADE && add_made(b, &m, file, app))
		return -1;
	m.flags &= ~MADE;
	old = find_bind(app, m.source);
	if (old && old->flags & ~m.flags & POLICY_MOUNT_READONLY)
		*old = m;
	if (old)
		return 0;
	place = m;
	place.op = file ? POLICY_MOUNT_FILE : POLICY_MOUNT_DIR;
	place.flags = 0;
	place.source = "";
	place.mode = file ? 0 : DIR_MODE;
	policy_rules_place(b, &place, app);
	add_mount(b, app, &m);
	return 0;
}

/* Below the snap's own folders, and not one of them as a whole. */
static bool is_own_place(const struct rules_build *b, const struct policy_app *app,
			 const char *path)
{
	const struct model_snap *s = app->app->snap;
	const char *const own[] = {
		mem_printf(b->a, "/snap/%s/%s", s->instance, s->revision),
		mem_printf(b->a, "/var/snap/%s/%s", s->instance, s->revision),
		mem_printf(b->a, "/var/snap/%s/common", s->instance),
	};

	for (size_t i = 0; i < ARRAY_SIZE(own); i++)
		if (path_is_below(path, own[i]) && !str_eq(path, own[i]))
			return true;
	return false;
}

/* What is mounted at that place, or NULL. */
static const struct policy_mount *find_mount(const struct policy_app *app, const char *target)
{
	for (size_t i = 0; i < app->mounts.count; i++) {
		const struct policy_mount *m = &app->mounts.items[i];

		if ((m->op == POLICY_MOUNT_BIND || m->op == POLICY_MOUNT_TMPFS) &&
		    str_eq(m->target, target))
			return m;
	}
	return NULL;
}

static const char *folder_of(const struct rules_build *b, const char *path)
{
	return mem_strndup(b->a, path, (size_t)(strrchr(path, '/') - path));
}

/*
 * A place for target in its folder, which is the snap's and has no such name: an empty tmpfs over
 * the folder, once, and a name in it. What else is mounted on the folder, or NULL.
 */
static const struct policy_mount *add_names(const struct rules_build *b, struct policy_app *app,
					    const struct policy_mount *share)
{
	const struct policy_mount *old;
	struct policy_mount m = *share;

	m.source = "";
	m.mode = DIR_MODE;
	m.target = folder_of(b, share->target);
	m.op = POLICY_MOUNT_TMPFS;
	m.flags = POLICY_MOUNT_NOSUID | POLICY_MOUNT_NODEV | POLICY_MOUNT_NOEXEC;
	m.size_kib = NAMES_KIB;
	old = find_mount(app, m.target);
	if (old && old->op == POLICY_MOUNT_BIND)
		return old;
	if (!old)
		add_mount(b, app, &m);
	m.op = POLICY_MOUNT_DIR;
	m.flags = 0;
	m.size_kib = 0;
	m.target = share->target;
	add_mount(b, app, &m);
	return NULL;
}

/*
 * A folder that the plug's snap has is there when its file is mounted; of its data, boot makes what
 * is missing.
 */
int policy_rules_share(const struct rules_build *b, const struct policy_mount *share, bool below,
		       struct policy_app *app)
{
	const struct policy_mount *old;
	bool in_snap;
	struct policy_mount m = *share;

	if (!path_is_clean(m.source) || !path_is_clean(m.target))
		return meta_error(b->d, &m.loc, "cannot mount \"%s\" at \"%s\": not clean paths",
				  m.source, m.target);
	in_snap = below && str_starts(m.target, "/snap/");
	if (!is_own_place(b, app, in_snap ? folder_of(b, m.target) : m.target))
		return meta_error(
			b->d, &m.loc,
			"cannot mount at \"%s\": expected a folder below $SNAP, $SNAP_DATA "
			"or $SNAP_COMMON",
			m.target);
	m.target++;
	old = find_mount(app, m.target);
	if (old && str_eq(old->source, m.source))
		return 0;
	if (!old && in_snap)
		old = add_names(b, app, &m);
	if (old)
		return meta_error(b->d, &m.loc, "cannot mount \"%s\" at \"/%s\": \"%s\" is there",
				  m.source, m.target,
				  *old->source ? old->source : "a folder of several");
	add_mount(b, app, &m);
	return 0;
}
