/* SPDX-License-Identifier: Apache-2.0 */
#include "view.h"

#include <string.h>

#include "files.h"
#include "str.h"

#define DIR_MODE 0755
#define HOPS_MAX 40 /* as the kernel's, MAXSYMLINKS */

/* Files that lie at root on the device. */
struct listing {
	const struct model_base *files;
	const char *root; /* "" or "/snap/NAME/REV" */
	bool is_base;
};

static bool is_mount(const struct policy_mount *m)
{
	return m->op == POLICY_MOUNT_BIND || m->op == POLICY_MOUNT_TMPFS;
}

/* Of a target, which has no slash in front. */
static bool covers(const char *target, const char *path)
{
	size_t len = strlen(target);

	return str_starts(path + 1, target) && (path[len + 1] == '\0' || path[len + 1] == '/');
}

/* The last mount on the deepest folder that leads to path. */
static struct policy_mount *find_cover(const struct view *v, const char *path)
{
	struct policy_mount *found = NULL;

	for (size_t i = 0; i < v->mounts->count; i++) {
		struct policy_mount *m = &v->mounts->items[i];

		if (is_mount(m) && covers(m->target, path) &&
		    (!found || strlen(m->target) >= strlen(found->target)))
			found = m;
	}
	return found;
}

/* Which files are at that path of the device; false when no build knows. */
static bool find_listing(const struct view *v, const char *host, struct listing *out)
{
	static const char *const unknown[] = { "/dev", "/proc", "/run", "/snap",
					       "/sys", "/tmp",	"/var" };
	const struct model *m = v->b->m;

	for (size_t i = 0; i < m->snap_count; i++) {
		const struct model_snap *s = &m->snaps[i];

		out->root = mem_printf(v->b->a, "/snap/%s/%s", s->instance, s->revision);
		out->files = &s->files;
		out->is_base = false;
		if (path_is_below(host, out->root))
			return s->files.count > 0;
	}
	for (size_t i = 0; i < ARRAY_SIZE(unknown); i++)
		if (path_is_below(host, unknown[i]))
			return false;
	*out = (struct listing){ &m->image.base, "", true };
	return out->files->count > 0;
}

static const char *base_link(const struct listing *l, const char *host)
{
	for (const struct model_base_link *k = model_base_links; l->is_base && k->path; k++)
		if (str_eq(k->path, host))
			return k->target;
	return NULL;
}

static enum view_kind kind_of(const struct model_base_entry *e)
{
	switch (e ? e->type : 0) {
	case '0':
	case '1':
		return VIEW_FILE;
	case '2':
		return VIEW_LINK;
	case '5':
		return VIEW_FOLDER;
	default:
		return VIEW_NOTHING;
	}
}

static void look_on_device(const struct view *v, struct view_place *out)
{
	const struct model_base_entry *e;
	struct listing l;

	out->kind = VIEW_UNKNOWN;
	if (!find_listing(v, out->host, &l))
		return;
	out->kind = VIEW_FOLDER;
	if (str_eq(out->host, l.root))
		return;
	out->kind = VIEW_LINK;
	out->link = base_link(&l, out->host);
	if (out->link)
		return;
	e = model_base_find(l.files, out->host + strlen(l.root));
	out->kind = kind_of(e);
	out->link = out->kind == VIEW_LINK ? e->link : NULL;
}

/* What a row of the list makes at that very path; VIEW_NOTHING: none does. */
static enum view_kind look_in_list(const struct view *v, const char *path, const char **link)
{
	static const enum view_kind kinds[] = {
		[POLICY_MOUNT_DIR] = VIEW_FOLDER,   [POLICY_MOUNT_FILE] = VIEW_FILE,
		[POLICY_MOUNT_SYMLINK] = VIEW_LINK, [POLICY_MOUNT_TMPFS] = VIEW_FOLDER,
		[POLICY_MOUNT_BIND] = VIEW_NOTHING,
	};
	enum view_kind found = VIEW_NOTHING;

	for (size_t i = 0; i < v->mounts->count; i++) {
		const struct policy_mount *m = &v->mounts->items[i];

		if (!str_eq(m->target, path + 1) || kinds[m->op] == VIEW_NOTHING)
			continue;
		found = kinds[m->op];
		*link = m->source;
	}
	return found;
}

void policy_view_look(const struct view *v, const char *path, struct view_place *out)
{
	enum view_kind listed;
	const char *link = NULL;

	*out = (struct view_place){ .kind = VIEW_NOTHING, .cover = find_cover(v, path) };
	if (out->cover && out->cover->op == POLICY_MOUNT_BIND) {
		out->host = mem_printf(v->b->a, "%s%s", out->cover->source,
				       path + 1 + strlen(out->cover->target));
		look_on_device(v, out);
	}
	listed = look_in_list(v, path, &link);
	if (listed != VIEW_NOTHING) {
		out->kind = listed;
		out->link = listed == VIEW_LINK ? link : NULL;
	}
}

static const char *parent_of(struct mem_arena *a, const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? mem_strndup(a, path, (size_t)(slash - path)) : "";
}

const char *policy_view_resolve(const struct view *v, const char *path, bool whole)
{
	struct mem_arena *a = v->b->a;
	const char *out = "", *rest = path;
	unsigned hops = 0;

	for (rest += strspn(rest, "/"); *rest; rest += strspn(rest, "/")) {
		size_t len = strcspn(rest, "/");
		const char *name = mem_strndup(a, rest, len);
		struct view_place place = { .kind = VIEW_NOTHING };
		const char *next = mem_printf(a, "%s/%s", out, name);
		bool last = rest[len + strspn(rest + len, "/")] == '\0';

		rest += len;
		if (str_eq(name, "."))
			continue;
		if (str_eq(name, "..")) {
			out = parent_of(a, out);
			continue;
		}
		policy_view_look(v, next, &place);
		if (place.kind != VIEW_LINK || (last && !whole)) {
			out = next;
			continue;
		}
		if (++hops > HOPS_MAX)
			return NULL;
		rest = mem_printf(a, "%s%s", place.link, rest);
		out = *rest == '/' ? "" : out;
	}
	return *out ? out : "/";
}

/* Rows for one name of a folder that was bound as a whole by m. */
static void add_name(const struct view *v, struct policy_mounts *to, const struct policy_mount *m,
		     const char *name)
{
	static const unsigned ops[] = {
		[VIEW_FOLDER] = POLICY_MOUNT_DIR,
		[VIEW_FILE] = POLICY_MOUNT_FILE,
		[VIEW_LINK] = POLICY_MOUNT_SYMLINK,
	};
	struct view_place place = { .host = mem_printf(v->b->a, "%s/%s", m->source, name) };
	struct policy_mount row = *m;

	look_on_device(v, &place);
	if (place.kind == VIEW_NOTHING || place.kind == VIEW_UNKNOWN)
		return;
	row.target = mem_printf(v->b->a, "%s/%s", m->target, name);
	row.op = ops[place.kind];
	row.flags = 0;
	row.mode = place.kind == VIEW_FOLDER ? DIR_MODE : 0;
	row.source = place.kind == VIEW_LINK ? place.link : "";
	policy_rules_mount(v->b->a, to, &row);
	if (place.kind == VIEW_LINK)
		return;
	row = *m;
	row.target = mem_printf(v->b->a, "%s/%s", m->target, name);
	row.source = place.host;
	policy_rules_mount(v->b->a, to, &row);
}

/* The folder's own names, and those that only the image adds to it. */
static void add_names(const struct view *v, struct policy_mounts *to, const struct policy_mount *m,
		      const struct listing *l)
{
	const char *folder = m->source + strlen(l->root);
	size_t len = strlen(folder);

	for (size_t i = 0; i < l->files->count; i++) {
		const char *path = l->files->entries[i].path;

		if (str_starts(path, folder) && path[len] == '/' && !strchr(path + len + 1, '/'))
			add_name(v, to, m, path + len + 1);
	}
	for (const struct model_base_link *k = model_base_links; l->is_base && k->path; k++)
		if (str_eq(parent_of(v->b->a, k->path), folder) &&
		    !model_base_find(l->files, k->path))
			add_name(v, to, m, path_base(k->path));
}

/* An empty folder for each mount of the rest of the list that only the image has a name for. */
static void add_missing(const struct view *v, struct policy_mounts *to,
			const struct policy_mount *opened, const struct policy_mount *end)
{
	size_t len = strlen(opened->target);

	for (const struct policy_mount *m = opened + 1; m < end; m++) {
		struct policy_mount row = *m;
		struct view_place place;

		if (m->op != POLICY_MOUNT_TMPFS || !str_starts(m->target, opened->target) ||
		    m->target[len] != '/' || strchr(m->target + len + 1, '/'))
			continue;
		place.host = mem_printf(v->b->a, "%s%s", opened->source, m->target + len);
		look_on_device(v, &place);
		if (place.kind != VIEW_NOTHING)
			continue;
		row.op = POLICY_MOUNT_DIR;
		row.flags = row.size_kib = 0;
		policy_rules_mount(v->b->a, to, &row);
	}
}

/* One bind for each name in the place of one bind for all. False when nobody knows the names. */
static bool split(const struct view *v, const struct policy_mount *m)
{
	const struct policy_mount *end = v->mounts->items + v->mounts->count;
	struct policy_mounts out = { 0 };
	struct listing l;

	if (!find_listing(v, m->source, &l))
		return false;
	for (const struct policy_mount *row = v->mounts->items; row < end; row++) {
		if (row != m) {
			policy_rules_mount(v->b->a, &out, row);
			continue;
		}
		add_names(v, &out, m, &l);
		add_missing(v, &out, m, end);
	}
	*v->mounts = out;
	return true;
}

bool policy_view_open(const struct view *v, const char *path)
{
	const struct policy_mount *m = find_cover(v, path);

	for (; m && m->op == POLICY_MOUNT_BIND; m = find_cover(v, path))
		if (!split(v, m))
			return false;
	return !m || !(m->flags & POLICY_MOUNT_READONLY);
}

void policy_view_remove(const struct view *v, const char *path)
{
	size_t kept = 0;

	for (size_t i = 0; i < v->mounts->count; i++)
		if (!str_eq(v->mounts->items[i].target, path + 1))
			v->mounts->items[kept++] = v->mounts->items[i];
	v->mounts->count = kept;
}
