/* SPDX-License-Identifier: Apache-2.0 */
#include "app.h"

#include <limits.h>
#include <string.h>

#include "duration.h"
#include "names.h"
#include "path.h"
#include "str.h"

/* What the reference and systemd use when snap.yaml is silent. */
#define TIMEOUT_MS	 30000
#define RESTART_DELAY_MS 100

static const char *const used_keys[] = { "command",
					 "command-chain",
					 "daemon",
					 "daemon-scope",
					 "restart-condition",
					 "restart-delay",
					 "start-timeout",
					 "stop-timeout",
					 "after",
					 "before",
					 "environment",
					 "plugs",
					 "slots",
					 "aliases",
					 "completer",
					 "common-id",
					 "desktop",
					 "refresh-mode",
					 NULL };

static const char *const later_keys[] = { "stop-command",
					  "reload-command",
					  "post-stop-command",
					  "watchdog-timeout",
					  "stop-mode",
					  "success-exit-status",
					  "bus-name",
					  "activates-on",
					  "sockets",
					  "timer",
					  "install-mode",
					  "autostart",
					  "adapter",
					  "passthrough",
					  NULL };

/* Keys that say something of daemons only. */
static const char *const daemon_keys[] = { "restart-condition", "restart-delay", "start-timeout",
					   "stop-timeout",	"after",	 "before",
					   "daemon-scope" };

int model_app_read_env(const struct reader *r, const struct meta_node *n, struct app_env *out)
{
	const struct meta_node *map = meta_get(n, "environment");

	*out = (struct app_env){ 0 };
	if (!map || map->kind == META_NULL)
		return 0;
	if (map->kind != META_MAP)
		return meta_error(r->d, &map->loc, "cannot use environment: expected a map, got %s",
				  meta_kind_name(map));
	out->items = mem_array(r->a, map->count, sizeof(*out->items));
	for (size_t i = 0; i < map->count; i++) {
		struct model_env *env = &out->items[out->count++];
		const struct meta_node *value = map->items[i];

		*env = (struct model_env){ map->keys[i]->text, "", map->keys[i]->loc };
		if (!model_names_is_variable(env->name))
			return meta_error(r->d, &env->loc,
					  "cannot use \"%s\" as the name of a variable", env->name);
		if (value->kind != META_NULL && meta_text(value, env->name, &env->value, r->d))
			return -1;
		if (strchr(env->value, '\n'))
			return meta_error(r->d, &value->loc,
					  "cannot use %s: its value has more than one line",
					  env->name);
	}
	return 0;
}

static int refuse_command(const struct reader *r, const struct meta_node *n, const char *key)
{
	return meta_error(r->d, &n->loc,
			  "cannot use %s \"%.200s\": expected a clean path relative to the snap%s",
			  key, n->text, str_eq(key, "command") ? ", then arguments" : "");
}

static bool is_program(const char *path)
{
	return path_is_clean_relative(path) && !strchr(path, '$');
}

static int read_chain(const struct reader *r, const struct meta_node *n, struct model_app *app)
{
	const struct meta_node *list = meta_get(n, "command-chain");

	if (!list)
		return 0;
	if (model_reader_list(r, list, "command-chain"))
		return -1;
	for (size_t i = 0; i < list->count; i++) {
		if (meta_text(list->items[i], "command-chain", &app->argv[app->argc], r->d))
			return -1;
		if (!model_names_made_of(app->argv[app->argc], "/._#:$-") ||
		    !is_program(app->argv[app->argc]))
			return refuse_command(r, list->items[i], "command-chain");
		app->argc++;
	}
	return 0;
}

static int read_command(const struct reader *r, const struct meta_node *n, struct model_app *app)
{
	const struct meta_node *command = meta_get(n, "command");
	const struct meta_node *chain = meta_get(n, "command-chain");
	const char *text;
	size_t first;

	if (!command)
		return model_reader_wrong(r, &app->loc, "cannot use app \"%s\": it has no command",
					  app->name);
	if (meta_text(command, "command", &text, r->d))
		return -1;
	if (!model_names_made_of(text, "/. _#:$-"))
		return refuse_command(r, command, "command");
	app->argv =
		mem_array(r->a, (chain ? chain->count : 0) + strlen(text) + 2, sizeof(*app->argv));
	if (read_chain(r, n, app))
		return -1;
	first = app->argc;
	/* The reference joins the snap's folder and the command, whatever it begins with. */
	text += strspn(text, "/");
	while (*text) {
		size_t len = strcspn(text, " ");

		if (len)
			app->argv[app->argc++] = mem_strndup(r->a, text, len);
		text += len + (text[len] == ' ');
	}
	if (app->argc == first || !is_program(app->argv[first]))
		return refuse_command(r, command, "command");
	return 0;
}

static int read_daemon(const struct reader *r, const struct meta_node *n, struct model_app *app)
{
	static const struct model_reader_word words[] = {
		{ "simple", MODEL_DAEMON_SIMPLE },
		{ "forking", MODEL_DAEMON_FORKING },
		{ "oneshot", MODEL_DAEMON_ONESHOT },
		{ "notify", READER_LATER },
		{ "dbus", READER_LATER },
		{ NULL, 0 },
	};
	static const struct model_reader_word scopes[] = { { "system", 1 },
							   { "user", READER_LATER },
							   { NULL, 0 } };
	const struct meta_node *daemon = meta_get(n, "daemon");
	const struct meta_node *scope = meta_get(n, "daemon-scope");
	int value = MODEL_DAEMON_NONE;
	int ignored;

	for (size_t i = 0; !daemon && i < ARRAY_SIZE(daemon_keys); i++)
		if (meta_get(n, daemon_keys[i]))
			return meta_error(r->d, &meta_get(n, daemon_keys[i])->loc,
					  "cannot use %s: app \"%s\" is no daemon", daemon_keys[i],
					  app->name);
	if (daemon && model_reader_word(r, daemon, "daemon", words, &value))
		return -1;
	app->daemon = value == READER_LATER ? MODEL_DAEMON_SIMPLE : (enum model_daemon)value;
	return scope ? model_reader_word(r, scope, "daemon-scope", scopes, &ignored) : 0;
}

static int read_time(const struct reader *r, const struct meta_node *n, const char *key,
		     unsigned *ms)
{
	const struct meta_node *v = meta_get(n, key);
	const char *text;

	if (!v)
		return 0;
	if (meta_text(v, key, &text, r->d))
		return -1;
	if (model_duration_parse(text, ms))
		return meta_error(r->d, &v->loc,
				  "cannot use %s \"%.64s\": expected a time as 30s, 500ms or "
				  "1m30s, at most a day",
				  key, text);
	return 0;
}

static int read_restart(const struct reader *r, const struct meta_node *n, struct model_app *app)
{
	static const struct model_reader_word words[] = {
		{ "on-failure", MODEL_RESTART_ON_FAILURE },
		{ "never", MODEL_RESTART_NEVER },
		{ "no", MODEL_RESTART_NEVER },
		{ "on-success", MODEL_RESTART_ON_SUCCESS },
		{ "on-abnormal", MODEL_RESTART_ON_ABNORMAL },
		{ "on-abort", MODEL_RESTART_ON_ABORT },
		{ "always", MODEL_RESTART_ALWAYS },
		{ "on-watchdog", READER_LATER },
		{ NULL, 0 },
	};
	const struct meta_node *condition = meta_get(n, "restart-condition");
	int value = MODEL_RESTART_ON_FAILURE;

	app->restart_delay_ms = RESTART_DELAY_MS;
	app->start_timeout_ms = TIMEOUT_MS;
	app->stop_timeout_ms = TIMEOUT_MS;
	if (condition && model_reader_word(r, condition, "restart-condition", words, &value))
		return -1;
	if (value != READER_LATER)
		app->restart = (enum model_restart)value;
	return read_time(r, n, "restart-delay", &app->restart_delay_ms) ||
			       read_time(r, n, "start-timeout", &app->start_timeout_ms) ||
			       read_time(r, n, "stop-timeout", &app->stop_timeout_ms)
		       ? -1
		       : 0;
}

static int read_app(const struct reader *r, const struct meta_node *key, const struct meta_node *n,
		    struct model_app *app)
{
	static const struct reader_keys keys = { used_keys, later_keys, false };
	static const struct meta_node nothing = { .kind = META_MAP };
	struct app_env env;

	if (n->kind == META_NULL)
		n = &nothing;
	app->name = key->text;
	app->loc = key->loc;
	if (!model_names_is_app(key->text))
		return meta_error(r->d, &key->loc,
				  "cannot use \"%s\" as the name of an app: expected letters, "
				  "digits and single hyphens",
				  key->text);
	app->label = mem_printf(r->a, "snap.%s.%s", app->snap->instance, app->name);
	if (model_reader_map(r, n, "app", &keys) || read_command(r, n, app) ||
	    read_daemon(r, n, app) || read_restart(r, n, app) || model_app_read_env(r, n, &env))
		return -1;
	app->env = env.items;
	app->env_count = env.count;
	return 0;
}

int model_app_read_all(const struct reader *r, const struct meta_node *apps,
		       struct model_snap *snap)
{
	int status = 0;

	if (!apps || apps->kind == META_NULL)
		return 0;
	if (apps->kind != META_MAP)
		return meta_error(r->d, &apps->loc, "cannot use apps: expected a map, got %s",
				  meta_kind_name(apps));
	snap->apps = mem_array(r->a, apps->count, sizeof(*snap->apps));
	snap->app_count = apps->count;
	for (size_t i = 0; i < apps->count; i++) {
		snap->apps[i].snap = snap;
		if (read_app(r, apps->keys[i], apps->items[i], &snap->apps[i]))
			status = -1;
	}
	return status;
}
