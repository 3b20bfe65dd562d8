/* SPDX-License-Identifier: Apache-2.0 */
/* layout: what a snap wants to find elsewhere than in itself. */
#include <string.h>

#include "about.h"
#include "files.h"
#include "guard.h"
#include "path.h"
#include "str.h"

/* All are compared with all. */
#define ITEMS_MAX    1024
#define MODE_MAX     0777u
#define MODE_DEFAULT 0755u

struct layout {
	const struct reader *r;
	const char *name, *revision;
	const struct meta_node *key; /* of the item that is read */
};

static int refuse(const struct layout *l, const struct meta_loc *loc, const char *why)
{
	return meta_error(l->r->d, loc, "cannot use layout \"%.200s\": %s", l->key->text, why);
}

/* The path with the three variables replaced; NULL after an error. */
static const char *expand(const struct layout *l, const struct meta_node *n)
{
	const struct {
		const char *variable, *value;
	} variables[] = {
		{ "SNAP_COMMON", mem_printf(l->r->a, "/var/snap/%s/common", l->name) },
		{ "SNAP_DATA", mem_printf(l->r->a, "/var/snap/%s/%s", l->name, l->revision) },
		{ "SNAP", mem_printf(l->r->a, "/snap/%s/%s", l->name, l->revision) },
	};
	const char *text = n->text;
	const char *out = "";

	while (*text) {
		size_t plain = strcspn(text, "$");
		size_t len;
		size_t i = 0;

		out = mem_printf(l->r->a, "%s%.*s", out, (int)plain, text);
		text += plain;
		if (!*text)
			break;
		len = strspn(++text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				     "0123456789_");
		while (i < ARRAY_SIZE(variables) &&
		       (strlen(variables[i].variable) != len ||
			strncmp(variables[i].variable, text, len) != 0))
			i++;
		if (i == ARRAY_SIZE(variables)) {
			(void)refuse(l, &n->loc,
				     mem_printf(l->r->a,
						"no variable \"$%.*s\", expected $SNAP, "
						"$SNAP_DATA or $SNAP_COMMON",
						(int)(len > 64 ? 64 : len), text));
			return NULL;
		}
		out = mem_printf(l->r->a, "%s%s", out, variables[i].value);
		text += len;
	}
	return out;
}

/* The bytes that mean something in a rule of AppArmor. */
static bool is_plain(const char *path)
{
	return !strpbrk(path, "?*[]{}^\"");
}

/* A clean absolute path; NULL after an error. */
static const char *expand_path(const struct layout *l, const struct meta_node *n, const char *what)
{
	const char *path;

	if (n->kind != META_SCALAR) {
		(void)meta_error(l->r->d, &n->loc,
				 "cannot use layout \"%.200s\": expected text for %s, got %s",
				 l->key->text, what, meta_kind_name(n));
		return NULL;
	}
	path = expand(l, n);
	if (!path)
		return NULL;
	if (!path_is_clean(path) || !is_plain(path)) {
		(void)meta_error(
			l->r->d, &n->loc,
			"cannot use layout \"%.200s\": its %s is no clean absolute path, or "
			"has one of ?*[]{}^\"",
			l->key->text, what);
		return NULL;
	}
	return path;
}

static bool is_own(const struct layout *l, const char *path)
{
	struct mem_arena *a = l->r->a;

	return path_is_below(path, mem_printf(a, "/snap/%s/%s", l->name, l->revision)) ||
	       path_is_below(path, mem_printf(a, "/var/snap/%s/%s", l->name, l->revision)) ||
	       path_is_below(path, mem_printf(a, "/var/snap/%s/common", l->name));
}

/* Folders that are the system's, or a snap's each. */
const char *model_layout_reserved(const char *path)
{
	static const char *const reserved[] = {
		"/dev",
		"/proc",
		"/sys",
		"/media",
		"/run",
		"/var/run",
		"/tmp",
		"/var/lib/snapd",
		"/lib/firmware",
		"/usr/lib/firmware",
		"/lib/modules",
		"/usr/lib/modules",
		"/var/snap",
		"/home",
		"/boot",
		"/lost+found",
		"/snap",
		/* Ours: the policy of all snaps lies there. */
		"/lib/bulkhead",
		"/usr/lib/bulkhead",
	};

	for (size_t i = 0; i < ARRAY_SIZE(reserved); i++)
		if (path_is_below(path, reserved[i]) && GUARD(layout_reserved))
			return reserved[i];
	return NULL;
}

/* In a folder that a base has. */
static int check_place(const struct layout *l, const char *path)
{
	static const char *const tops[] = {
		"/bin", "/etc",	 "/lib",  "/lib32", "/lib64", "/libx32", "/mnt",
		"/opt", "/root", "/sbin", "/srv",   "/usr",   "/var",
	};
	const char *reserved = model_layout_reserved(path);

	if (is_own(l, path))
		return 0;
	if (reserved)
		return refuse(l, &l->key->loc, mem_printf(l->r->a, "%s is off limits", reserved));
	for (size_t i = 0; i < ARRAY_SIZE(tops); i++)
		if (path_is_below(path, tops[i]))
			return 0;
	return refuse(l, &l->key->loc, "it would need a new folder in /");
}

/* What is mounted or linked there comes from the snap. */
static int check_source(const struct layout *l, const struct meta_node *n, const char *what)
{
	const char *path = expand_path(l, n, what);

	if (!path)
		return -1;
	if (!is_own(l, path))
		return refuse(l, &n->loc,
			      mem_printf(l->r->a,
					 "its %s is not below $SNAP, $SNAP_DATA or $SNAP_COMMON",
					 what));
	return 0;
}

static const char *const sources[] = {
	[MODEL_LAYOUT_BIND] = "bind",
	[MODEL_LAYOUT_BIND_FILE] = "bind-file",
	[MODEL_LAYOUT_SYMLINK] = "symlink",
};

static int check_kind(const struct layout *l, const struct meta_node *n)
{
	const struct meta_node *type = meta_get(n, "type");
	size_t kinds = type != NULL;
	int status = 0;

	for (size_t i = 0; i < ARRAY_SIZE(sources); i++) {
		const struct meta_node *source = meta_get(n, sources[i]);

		if (!source)
			continue;
		kinds++;
		if (check_source(l, source, sources[i]))
			status = -1;
	}
	if (type && (type->kind != META_SCALAR || !str_eq(type->text, "tmpfs")))
		status = refuse(l, &type->loc, "its type is not tmpfs");
	if (kinds != 1)
		status = refuse(l, &l->key->loc,
				"expected one of bind, bind-file, type and symlink");
	return status;
}

/* YAML 1.1's octal, which is how everybody writes modes. */
static int read_mode(const struct layout *l, const struct meta_node *n, unsigned *out)
{
	unsigned mode = 0;

	if (!n || n->kind == META_NULL)
		return 0;
	if (n->kind != META_SCALAR || !*n->text || strlen(n->text) > 6)
		return refuse(l, &n->loc, "its mode is not octal");
	for (const char *p = n->text; *p; p++) {
		if (*p < '0' || *p > '7')
			return refuse(l, &n->loc, "its mode is not octal");
		mode = mode * 8 + (unsigned)(*p - '0');
	}
	*out = mode;
	return mode > MODE_MAX ? refuse(l, &n->loc, "its mode has more than 0777") : 0;
}

static int check_owner(const struct layout *l, const struct meta_node *n, const char *key)
{
	const struct meta_node *owner = meta_get(n, key);

	if (!owner || owner->kind == META_NULL ||
	    (owner->kind == META_SCALAR && (str_eq(owner->text, "root") || !*owner->text)))
		return 0;
	return refuse(l, &owner->loc, mem_printf(l->r->a, "its %s is not root", key));
}

static int check_item(const struct layout *l, const struct meta_node *n, struct model_layout *out)
{
	static const char *const used[] = { "bind", "bind-file", "symlink", "type",
					    "user", "group",	 "mode",    NULL };
	static const struct reader_keys keys = { used, NULL, false };
	int status;

	out->path = expand_path(l, l->key, "place");
	status = !out->path || check_place(l, out->path) ? -1 : 0;
	if (n->kind != META_MAP)
		return refuse(l, &l->key->loc, "expected one of bind, bind-file, type and symlink");
	status |= model_reader_map(l->r, n, "layout", &keys);
	status |= check_kind(l, n);
	status |= check_owner(l, n, "user");
	status |= check_owner(l, n, "group");
	return status | read_mode(l, meta_get(n, "mode"), &out->mode);
}

/* The revision that stands for each: a layout holds for all of them, so a path that names one is
 * not the snap's own. */
#define ANY_REVISION "unset"

static int read_item(struct layout *l, const struct meta_node *n, const struct model_snap *snap,
		     struct model_layout *out)
{
	*out = (struct model_layout){ .kind = MODEL_LAYOUT_TMPFS,
				      .mode = MODE_DEFAULT,
				      .loc = l->key->loc };
	l->name = snap->name;
	l->revision = ANY_REVISION;
	if (check_item(l, n, out))
		return -1;
	l->name = snap->instance;
	l->revision = snap->revision;
	out->path = expand(l, l->key);
	for (size_t i = 0; i < ARRAY_SIZE(sources); i++) {
		const struct meta_node *source = meta_get(n, sources[i]);

		if (!source)
			continue;
		out->kind = (enum model_layout_kind)i;
		out->source = expand(l, source);
		if (!is_own(l, out->source))
			return refuse(l, &source->loc, "it names a revision or another instance");
	}
	return is_own(l, out->path) || !model_layout_reserved(out->path)
		       ? 0
		       : refuse(l, &l->key->loc, "it names a revision or another instance");
}

/* One in another: what is seen would depend on which is made first. */
static int check_nesting(struct layout *l, const struct meta_node *map,
			 const struct model_layout *items)
{
	int status = 0;

	for (size_t i = 0; i < map->count; i++) {
		for (size_t k = 0; items[i].path && k < map->count; k++) {
			if (i == k || !items[k].path ||
			    !path_is_below(items[i].path, items[k].path))
				continue;
			l->key = map->keys[i];
			status = refuse(l, &l->key->loc,
					mem_printf(l->r->a, "it lies in layout \"%.200s\"",
						   map->keys[k]->text));
			break;
		}
	}
	return status;
}

int model_snap_layout_read(const struct reader *r, const struct meta_node *root,
			   struct model_snap *snap)
{
	const struct meta_node *map = meta_get(root, "layout");
	struct layout l = { .r = r };
	int status = 0;

	if (!map || map->kind == META_NULL)
		return 0;
	if (map->kind != META_MAP)
		return meta_error(r->d, &map->loc, "cannot use layout: expected a map, got %s",
				  meta_kind_name(map));
	if (map->count > ITEMS_MAX)
		return meta_error(r->d, &map->loc, "cannot use layout: more than %u", ITEMS_MAX);
	snap->layouts = mem_array(r->a, map->count, sizeof(*snap->layouts));
	for (size_t i = 0; i < map->count; i++) {
		l.key = map->keys[i];
		if (read_item(&l, map->items[i], snap, &snap->layouts[i]) == 0)
			continue;
		status = -1;
		snap->layouts[i].path = NULL;
	}
	if (check_nesting(&l, map, snap->layouts) || status)
		return -1;
	snap->layout_count = map->count;
	return 0;
}
