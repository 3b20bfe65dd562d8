/* SPDX-License-Identifier: Apache-2.0 */
#include "hook.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "about.h"
#include "app.h"
#include "cleanup.h"
#include "guard.h"
#include "names.h"
#include "str.h"

#define HOOK_MAX 128

/* They are looked for one after the other; no snap has a tenth of it. */
#define HOOKS_MAX 1024u

static const struct meta_node *map_of(const struct meta_node *root, const char *key)
{
	const struct meta_node *n = meta_get(root, key);

	return n && n->kind == META_MAP && n->count <= HOOKS_MAX ? n : NULL;
}

static int need_map(const struct reader *r, const struct meta_node *n, const char *key)
{
	if (n && n->kind == META_MAP && n->count > HOOKS_MAX)
		return meta_error(r->d, &n->loc, "cannot use %s: %zu of them (%u at most)", key,
				  n->count, HOOKS_MAX);
	if (!n || n->kind == META_NULL || n->kind == META_MAP)
		return 0;
	return meta_error(r->d, &n->loc, "cannot use %s: expected a map, got %s", key,
			  meta_kind_name(n));
}

static bool is_hook(const char *s)
{
	return strlen(s) <= HOOK_MAX && *s >= 'a' && *s <= 'z' && model_names_made_of(s, "-") &&
	       strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(s) &&
	       s[strlen(s) - 1] != '-' && !strstr(s, "--");
}

/* The names that the reference runs; those that end with a hyphen go on with a name. */
static bool is_known(const char *s)
{
	static const char *const known[] = {
		"configure",	 "default-configure", "install",	   "remove",
		"pre-refresh",	 "post-refresh",      "prepare-device",	   "install-device",
		"check-health",	 "fde-setup",	      "gate-auto-refresh", "prepare-plug-",
		"prepare-slot-", "unprepare-plug-",   "unprepare-slot-",   "connect-plug-",
		"connect-slot-", "disconnect-plug-",  "disconnect-slot-",  "change-view-",
		"save-view-",	 "query-view-",	      "load-view-",	   "observe-view-",
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (str_eq(known[i], s) ||
		    (str_ends(known[i], "-") && str_starts(s, known[i]) && s[strlen(known[i])]))
			return true;
	return false;
}

static int check_name(const struct reader *r, const struct meta_node *key)
{
	if (!is_hook(key->text) && GUARD(hook_name))
		return meta_error(r->d, &key->loc,
				  "cannot use \"%.64s\" as the name of a hook: expected lower-case "
				  "letters, digits and single hyphens",
				  key->text);
	if (!is_known(key->text))
		meta_warn(r->d, &key->loc, "cannot use hook \"%s\": nothing runs it", key->text);
	return 0;
}

/* The keys of one hook, of the snap or of a component. */
static int read_hook(const struct reader *r, const struct meta_node *n, bool component,
		     struct model_app *hook)
{
	static const char *const used[] = { "plugs", "slots", "environment", "command-chain",
					    NULL };
	static const struct reader_keys keys = { used, NULL, false };
	struct app_env env;
	int status;

	if (n->kind == META_NULL)
		return 0;
	if (n->kind != META_MAP)
		return model_reader_map(r, n, "hook", &keys);
	status = model_reader_map(r, n, "hook", &keys) | model_app_read_env(r, n, &env) |
		 model_app_read_chain(r, n, hook);
	hook->env = env.items;
	hook->env_count = env.count;
	if (component && meta_get(n, "slots"))
		status = meta_error(r->d, &meta_get(n, "slots")->loc,
				    "cannot use slots: hooks of components have none");
	return status;
}

static void name_hook(const struct reader *r, struct model_app *hook, const char *name,
		      const struct model_snap *snap)
{
	hook->name = name;
	hook->hook = true;
	hook->snap = snap;
	hook->label = mem_printf(r->a, "snap.%s.hook.%s", snap->instance, name);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct model_app *)a)->name, ((const struct model_app *)b)->name);
}

static struct model_app *find(const struct model_snap *s, const char *name)
{
	for (size_t i = 0; i < s->hook_count; i++)
		if (str_eq(s->hooks[i].name, name))
			return &s->hooks[i];
	return NULL;
}

/* This one is for what is set before any configuration is, which such snaps do not have. */
static int check_default(const struct reader *r, const struct model_snap *snap)
{
	const struct model_app *hook = find(snap, "default-configure");

	if (!hook)
		return 0;
	if (snap->type == MODEL_SNAP_OS || snap->type == MODEL_SNAP_SNAPD ||
	    snap->type == MODEL_SNAP_BASE)
		return meta_error(r->d, &hook->loc,
				  "cannot use hook \"default-configure\": a snap of this type "
				  "has none");
	if (!find(snap, "configure"))
		return meta_error(r->d, &hook->loc,
				  "cannot use hook \"default-configure\": there is no hook "
				  "\"configure\"");
	return 0;
}

static int read_hooks(const struct reader *r, const struct meta_node *map,
		      const struct snap_given *given, struct model_snap *snap)
{
	int status = 0;

	snap->hooks =
		mem_array(r->a, (map ? map->count : 0) + given->hook_count, sizeof(*snap->hooks));
	for (size_t i = 0; map && i < map->count; i++) {
		struct model_app *hook = &snap->hooks[snap->hook_count++];

		name_hook(r, hook, map->keys[i]->text, snap);
		hook->loc = map->keys[i]->loc;
		status |= check_name(r, map->keys[i]) | read_hook(r, map->items[i], false, hook);
	}
	for (size_t i = 0; i < given->hook_count; i++) {
		struct model_app *hook = find(snap, given->hooks[i]);

		if (!hook) {
			hook = &snap->hooks[snap->hook_count++];
			name_hook(r, hook, given->hooks[i], snap);
			hook->loc = snap->loc;
		}
		if (!hook->argv)
			hook->argv = mem_array(r->a, 1, sizeof(*hook->argv));
		hook->argv[hook->argc++] = mem_printf(r->a, "meta/hooks/%s", hook->name);
	}
	if (snap->hook_count)
		qsort(snap->hooks, snap->hook_count, sizeof(*snap->hooks), by_name);
	return status | check_default(r, snap);
}

/* --- components ------------------------------------------------------------------------------ */

static int read_component_type(const struct reader *r, const struct meta_node *n,
			       const struct model_snap *snap)
{
	enum { STANDARD, TEST, KERNEL_MODULES };
	static const struct model_reader_word words[] = {
		{ "standard", STANDARD },
		{ "kernel-modules", KERNEL_MODULES },
		{ "test", TEST },
		{ NULL, 0 },
	};
	const struct meta_node *type = meta_get(n, "type");
	int value = STANDARD;

	if (!type || type->kind == META_NULL)
		return 0;
	if (model_reader_word(r, type, "type", words, &value))
		return -1;
	if (value == KERNEL_MODULES && snap->type != MODEL_SNAP_KERNEL)
		return meta_error(r->d, &type->loc,
				  "cannot use type \"%s\": only in a snap of type kernel",
				  type->text);
	return 0;
}

static int read_component_hooks(const struct reader *r, const struct meta_node *n)
{
	const struct meta_node *map = map_of(n, "hooks");
	struct model_app hook;
	int status = need_map(r, meta_get(n, "hooks"), "hooks");

	for (size_t i = 0; map && i < map->count; i++) {
		hook = (struct model_app){ 0 };
		status |= check_name(r, map->keys[i]) | read_hook(r, map->items[i], true, &hook);
	}
	return status;
}

static int read_component(const struct reader *r, const struct meta_node *key,
			  const struct meta_node *n, const struct model_snap *snap)
{
	static const char *const used[] = { "type",    "summary",    "description", "hooks",
					    "version", "adopt-info", NULL };
	static const struct reader_keys keys = { used, NULL, false };
	int status = 0;

	if (!model_names_is_snap(key->text))
		status = meta_error(r->d, &key->loc,
				    "cannot use \"%.64s\" as the name of a component: expected 2 "
				    "to 40 lower-case letters, digits and single hyphens",
				    key->text);
	if (n->kind == META_NULL)
		return status;
	if (model_reader_map(r, n, "component", &keys))
		return -1;
	return status | read_component_type(r, n, snap) | model_about_texts(r, n) |
	       read_component_hooks(r, n);
}

static int read_components(const struct reader *r, const struct meta_node *map,
			   const struct model_snap *snap)
{
	int status = 0;

	for (size_t i = 0; i < map->count; i++)
		if (read_component(r, map->keys[i], map->items[i], snap))
			status = -1;
	return status;
}

/* --- all ------------------------------------------------------------------------------------- */

int model_hook_read_all(const struct reader *r, const struct meta_node *root,
			const struct snap_given *given, struct model_snap *snap)
{
	const struct meta_node *hooks = meta_get(root, "hooks");
	const struct meta_node *components = map_of(root, "components");
	int status = need_map(r, hooks, "hooks");

	status |= need_map(r, meta_get(root, "components"), "components");
	status |= read_hooks(r, map_of(root, "hooks"), given, snap);
	if (components && components->count)
		status |= read_components(r, components, snap);
	if (status)
		return -1;
	return model_reader_later_key(r, root, "components");
}

static size_t count_all(const struct meta_node *root, const struct model_snap *snap)
{
	const struct meta_node *components = map_of(root, "components");
	size_t n = snap->app_count + snap->hook_count;

	for (size_t i = 0; components && i < components->count; i++) {
		const struct meta_node *hooks = map_of(components->items[i], "hooks");

		n += hooks ? hooks->count : 0;
	}
	return n;
}

void model_hook_users(const struct reader *r, const struct meta_node *root, struct model_snap *snap,
		      struct ends_users *out)
{
	const struct meta_node *apps = map_of(root, "apps");
	const struct meta_node *components = map_of(root, "components");

	out->items = mem_array(r->a, count_all(root, snap), sizeof(*out->items));
	for (size_t i = 0; i < snap->app_count; i++)
		out->items[out->count++] = (struct ends_user){ apps->items[i], &snap->apps[i] };
	for (size_t i = 0; i < snap->hook_count; i++)
		out->items[out->count++] =
			(struct ends_user){ meta_get(meta_get(root, "hooks"), snap->hooks[i].name),
					    &snap->hooks[i] };
	for (size_t i = 0; components && i < components->count; i++) {
		const struct meta_node *hooks = map_of(components->items[i], "hooks");

		for (size_t k = 0; hooks && k < hooks->count; k++)
			out->items[out->count++] = (struct ends_user){ hooks->items[k], NULL };
	}
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int model_hook_list(const struct reader *r, const struct tree *t, struct snap_given *out)
{
	const char *path = mem_printf(r->a, "%s/meta/hooks", t->dir);
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	CLEANUP_DIR DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct meta_loc loc = { .file = mem_printf(r->a, "%s/meta/hooks", t->name) };
	const struct dirent *e;
	struct err failed = { 0 };
	const char **names = NULL;
	size_t room = 0;
	int status = 0;

	if (!d && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (!d) {
		(void)err_sys(&failed, "cannot read hooks");
		return meta_fail_file(r->d, &loc, &failed);
	}
	while ((errno = 0, e = readdir(d))) {
		struct meta_node key = { .text = mem_strdup(r->a, e->d_name) };

		if (*e->d_name == '.')
			continue;
		if (out->hook_count == HOOKS_MAX) {
			status = meta_error(r->d, &loc, "cannot use hooks: more than %u of them",
					    HOOKS_MAX);
			break;
		}
		key.loc.file = mem_printf(r->a, "%s/%s", loc.file, e->d_name);
		if (check_name(r, &key))
			status = -1;
		names = mem_grow(r->a, names, out->hook_count, &room, sizeof(*names));
		names[out->hook_count++] = key.text;
	}
	if (!e && errno) {
		(void)err_sys(&failed, "cannot read hooks");
		status = meta_fail(r->d, &loc, &failed);
	}
	if (out->hook_count)
		qsort(names, out->hook_count, sizeof(*names), by_text);
	out->hooks = names;
	return status;
}

int model_hook_settle(const struct reader *r, const struct tree *t, struct model_snap *s)
{
	size_t kept = 0;
	int status = 0;

	for (size_t i = 0; i < s->hook_count; i++) {
		struct model_app *hook = &s->hooks[i];

		if (hook->argc == hook->chain_count)
			continue;
		for (size_t k = 0; k < hook->argc; k++)
			status |= model_tree_check_program(r, t, hook->argv[k], &hook->loc);
		s->hooks[kept++] = *hook;
	}
	s->hook_count = kept;
	if (kept == 0 || status)
		return status;
	meta_warn(r->d, &s->hooks[0].loc,
		  "cannot run the hooks of snap \"%s\" when something happens to it: not in this "
		  "version",
		  s->instance);
	meta_hint(r->d, "\"bulkhead-run %s\" runs one", s->hooks[0].label);
	return 0;
}
