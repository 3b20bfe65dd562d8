/* SPDX-License-Identifier: Apache-2.0 */
/* Environment, arguments and working directory of an app. */
#include <ctype.h>
#include <string.h>

#include "guard.h"
#include "rules.h"
#include "str.h"

#define PATH_DEFAULT "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
/*
 * Snaps write LD_LIBRARY_PATH: "...:$SNAP_LIBRARY_PATH". An empty value would leave an empty
 * element there, which the loader reads as the working directory (CVE-2020-27348), so it names a
 * place that never exists.
 */
#define LIBRARY_PATH_DEFAULT "/var/lib/snapd/void"

/* Lists of directories that are searched for code: an empty element means the working directory. */
static const char *const search_lists[] = { "PATH", "LD_LIBRARY_PATH", "SNAP_LIBRARY_PATH" };

struct var {
	const char *name;
	const char *value;
};

struct env {
	struct mem_arena *a;
	struct var *vars;
	size_t count;
	size_t room;
};

static const char *env_get(const struct env *env, const char *name)
{
	for (size_t i = 0; i < env->count; i++)
		if (str_eq(env->vars[i].name, name))
			return env->vars[i].value;
	return "";
}

static bool is_search_list(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(search_lists); i++)
		if (str_eq(search_lists[i], name))
			return true;
	return false;
}

/* The same list without its empty elements. */
static const char *without_empty(struct mem_arena *a, const char *list)
{
	CLEANUP_STR struct str s = { 0 };

	while (*list) {
		size_t len = strcspn(list, ":");

		if (len && s.len)
			str_add(&s, ":");
		str_add_bytes(&s, list, len);
		list += len;
		if (*list)
			list++;
	}
	return mem_strdup(a, str_text(&s));
}

static void env_set(struct env *env, const char *name, const char *value)
{
	if (is_search_list(name) && GUARD(policy_empty))
		value = without_empty(env->a, value);
	for (size_t i = 0; i < env->count; i++) {
		if (str_eq(env->vars[i].name, name)) {
			env->vars[i].value = value;
			return;
		}
	}
	env->vars = mem_grow(env->a, env->vars, env->count, &env->room, sizeof(*env->vars));
	env->vars[env->count++] = (struct var){ name, value };
}

static size_t name_length(const char *p)
{
	size_t n = 0;

	if (isdigit((unsigned char)*p))
		return 0;
	while (isascii(p[n]) && (isalnum((unsigned char)p[n]) || p[n] == '_'))
		n++;
	return n;
}

/* $NAME and ${NAME} to their values, an unknown one to nothing; any other "$" stays. */
static const char *env_expand(const struct env *env, const char *text)
{
	CLEANUP_STR struct str s = { 0 };

	while (*text) {
		size_t plain = strcspn(text, "$");
		bool brace = text[plain] && text[plain + 1] == '{';
		const char *name = text + plain + (brace ? 2 : 1);
		size_t len = text[plain] ? name_length(name) : 0;

		str_add_bytes(&s, text, plain);
		text += plain;
		if (!*text)
			break;
		if (!len || (brace && name[len] != '}')) {
			str_add(&s, "$");
			text++;
			continue;
		}
		str_add(&s, env_get(env, mem_strndup(env->a, name, len)));
		text = name + len + (brace ? 1 : 0);
	}
	return mem_strdup(env->a, str_text(&s));
}

/* The key of an instance name: "b" of "a_b", "" of "a". */
static const char *instance_key(const struct model_snap *s)
{
	const char *bar = strchr(s->instance, '_');

	return bar ? bar + 1 : "";
}

const char *policy_rules_user_data(const struct rules_build *b, const struct model_app *app)
{
	return app->interactive ? "/home/" POLICY_USER
				: mem_printf(b->a, "/var/snap/%s", app->snap->instance);
}

/*
 * docs/decisions: on a device the app's own uid is its user, so the areas "per user" are the
 * snap's own ones and need nobody to make them. What users start has one place for whoever it is:
 * the launcher mounts the caller's there.
 */
static void fixed_env(const struct rules_build *b, const struct model_app *app, struct env *env)
{
	const struct model_snap *s = app->snap;
	const char *data = mem_printf(b->a, "/var/snap/%s/%s", s->instance, s->revision);
	const char *common = mem_printf(b->a, "/var/snap/%s/common", s->instance);
	const char *user = policy_rules_user_data(b, app);
	const char *home = mem_printf(b->a, "%s/%s", user, s->revision);
	const struct var vars[] = {
		{ "PATH", PATH_DEFAULT },
		{ "SNAP", mem_printf(b->a, "/snap/%s/%s", s->instance, s->revision) },
		{ "SNAP_APP_NAME", app->name },
		{ "SNAP_ARCH", b->m->board.arch },
		{ "SNAP_COMMON", common },
		{ "SNAP_DATA", data },
		{ "SNAP_INSTANCE_KEY", instance_key(s) },
		{ "SNAP_INSTANCE_NAME", s->instance },
		{ "SNAP_LIBRARY_PATH", LIBRARY_PATH_DEFAULT },
		{ "SNAP_NAME", s->name },
		{ "SNAP_REVISION", s->revision },
		{ "SNAP_USER_COMMON", mem_printf(b->a, "%s/common", user) },
		{ "SNAP_USER_DATA", home },
		{ "SNAP_VERSION", s->version ? s->version : "" },
		{ "HOME", home },
		{ "XDG_RUNTIME_DIR", mem_printf(b->a, "/run/snap.%s", s->instance) },
	};

	for (size_t i = 0; i < ARRAY_SIZE(vars); i++)
		env_set(env, vars[i].name, vars[i].value);
}

static bool is_own_env(const struct model_app *app, const char *name)
{
	for (size_t i = 0; i < app->snap->env_count; i++)
		if (str_eq(app->snap->env[i].name, name))
			return true;
	for (size_t i = 0; i < app->env_count; i++)
		if (str_eq(app->env[i].name, name))
			return true;
	return false;
}

/* Of connections and slots. Two that say otherwise: which one is meant only the snap knows. */
static int more_env(const struct rules_build *b, const struct policy_app *app, struct env *env)
{
	const struct policy_rules *more = &app->env_more;

	for (size_t i = 0; i < more->count; i++) {
		const struct policy_rule *r = &more->items[i];
		size_t len = name_length(r->text);
		const char *name = mem_strndup(b->a, r->text, len);

		if (!len || r->text[len] != '=')
			return meta_error(b->d, &r->loc,
					  "cannot use environment \"%s\": expected NAME=VALUE",
					  r->text);
		for (size_t k = 0; k < i; k++)
			if (str_starts(more->items[k].text, mem_printf(b->a, "%s=", name)) &&
			    !is_own_env(app->app, name))
				return meta_error(b->d, &app->app->loc,
						  "cannot set %s for %s and %s: the app's own "
						  "environment has to say which",
						  name, more->items[k].reason, r->reason);
		env_set(env, name, r->text + len + 1);
	}
	return 0;
}

static void own_env(struct env *env, const struct model_env *vars, size_t count)
{
	for (size_t i = 0; i < count; i++)
		env_set(env, vars[i].name, env_expand(env, vars[i].value));
}

static void store_env(struct mem_arena *a, const struct env *env, struct policy_app *app)
{
	app->env = mem_array(a, env->count, sizeof(*app->env));
	for (size_t i = 0; i < env->count; i++)
		app->env[i] = mem_printf(a, "%s=%s", env->vars[i].name, env->vars[i].value);
	app->env_count = env->count;
}

/* A program of the snap: a path below $SNAP, with or without saying so. */
static const char *program(const struct env *env, const char *text)
{
	const char *snap = env_get(env, "SNAP");
	const char *path = env_expand(env, text);

	if (str_starts(path, snap) && path[strlen(snap)] == '/')
		return path;
	return mem_printf(env->a, "%s/%s", snap, path[0] == '/' ? path + 1 : path);
}

int policy_rules_process(const struct rules_build *b, struct policy_app *app)
{
	const struct model_app *from = app->app;
	struct env env = { .a = b->a };

	fixed_env(b, from, &env);
	if (more_env(b, app, &env))
		return -1;
	own_env(&env, from->snap->env, from->snap->env_count);
	own_env(&env, from->env, from->env_count);
	store_env(b->a, &env, app);
	if (from->argc <= from->chain_count)
		return meta_error(b->d, &from->loc, "cannot use app \"%s\": it has no command",
				  from->label);
	app->argv = mem_array(b->a, from->argc, sizeof(*app->argv));
	for (size_t i = 0; i < from->argc; i++)
		app->argv[i] = i <= from->chain_count ? program(&env, from->argv[i])
						      : env_expand(&env, from->argv[i]);
	app->argc = from->argc;
	app->cwd = mem_printf(b->a, "%s/%s", policy_rules_user_data(b, from), from->snap->revision);
	return 0;
}
