/* SPDX-License-Identifier: Apache-2.0 */
#include "app.h"

#include <string.h>

#include "names.h"
#include "path.h"
#include "str.h"

/* All are compared with all. */
#define APPS_MAX  1024
#define ALIAS_MAX 64

static const char *const used_keys[] = { "aliases",
					 "command",
					 "command-chain",
					 "daemon",
					 "daemon-scope",
					 "stop-command",
					 "reload-command",
					 "post-stop-command",
					 "stop-timeout",
					 "start-timeout",
					 "watchdog-timeout",
					 "completer",
					 "refresh-mode",
					 "stop-mode",
					 "install-mode",
					 "restart-condition",
					 "restart-delay",
					 "success-exit-status",
					 "slots",
					 "plugs",
					 "bus-name",
					 "activates-on",
					 "common-id",
					 "environment",
					 "sockets",
					 "after",
					 "before",
					 "timer",
					 "autostart",
					 "desktop",
					 NULL };

static const char command_bytes[] = "/. _#:$-";

int model_app_read_env(const struct reader *r, const struct meta_node *n, struct app_env *out)
{
	const struct meta_node *map = meta_get(n, "environment");
	struct app_env env = { 0 };
	int status = 0;

	*out = env;
	if (!map || map->kind == META_NULL)
		return 0;
	if (map->kind != META_MAP)
		return meta_error(r->d, &map->loc, "cannot use environment: expected a map, got %s",
				  meta_kind_name(map));
	env.items = mem_array(r->a, map->count, sizeof(*env.items));
	for (size_t i = 0; i < map->count; i++) {
		struct model_env *v = &env.items[env.count++];
		const struct meta_node *value = map->items[i];

		*v = (struct model_env){ map->keys[i]->text, "", map->keys[i]->loc };
		if (!model_names_is_variable(v->name))
			status = meta_error(r->d, &v->loc,
					    "cannot use \"%s\" as the name of a variable", v->name);
		if (value->kind != META_NULL && meta_text(value, v->name, &v->value, r->d))
			status = -1;
		else if (strchr(v->value, '\n'))
			status = meta_error(r->d, &value->loc,
					    "cannot use %s: its value has more than one line",
					    v->name);
	}
	if (status == 0)
		*out = env;
	return status;
}

/* --- command --------------------------------------------------------------------------------- */

static int refuse_command(const struct reader *r, const struct meta_node *n, const char *key)
{
	return meta_error(r->d, &n->loc,
			  "cannot use %s \"%.200s\": expected a clean path relative to the snap%s",
			  key, n->text, str_eq(key, "command-chain") ? "" : ", then arguments");
}

int model_app_check_text(const struct reader *r, const struct meta_node *n, const char *key,
			 const char **out)
{
	if (meta_text(n, key, out, r->d))
		return -1;
	if (!**out || model_names_made_of(*out, command_bytes))
		return 0;
	return meta_error(r->d, &n->loc,
			  "cannot use %s \"%.200s\": expected letters, digits and the bytes \"%s\"",
			  key, *out, command_bytes);
}

static bool is_program(const char *path)
{
	return path_is_clean_relative(path) && !strchr(path, '$');
}

int model_app_read_chain(const struct reader *r, const struct meta_node *n, struct model_app *app)
{
	const struct meta_node *list = meta_get(n, "command-chain");
	int status = 0;

	app->argv = mem_array(r->a, (list ? list->count : 0) + 1, sizeof(*app->argv));
	if (!list || list->kind == META_NULL)
		return 0;
	if (model_reader_list(r, list, "command-chain"))
		return -1;
	for (size_t i = 0; i < list->count; i++) {
		const char *text;

		if (meta_text(list->items[i], "command-chain", &text, r->d))
			status = -1;
		else if (!model_names_made_of(text, "/._#:$-") || !is_program(text))
			status = refuse_command(r, list->items[i], "command-chain");
		else
			app->argv[app->argc++] = text;
	}
	/* Whose place in the list is told by its number. */
	if (status)
		app->argc = 0;
	app->chain_count = app->argc;
	return status;
}

static int read_command(const struct reader *r, const struct meta_node *n, struct model_app *app)
{
	const struct meta_node *command = meta_get(n, "command");
	const char **argv;
	const char *text = "";
	int status = model_app_read_chain(r, n, app);

	if (command && command->kind != META_NULL &&
	    model_app_check_text(r, command, "command", &text))
		return -1;
	app->command = text;
	if (!*text)
		return status |
		       model_reader_wrong(r, &app->loc, "cannot use app \"%s\": it has no command",
					  app->name);
	argv = mem_array(r->a, app->chain_count + strlen(text) + 2, sizeof(*argv));
	if (app->chain_count)
		memcpy(argv, app->argv, app->chain_count * sizeof(*argv));
	app->argv = argv;
	/* The reference joins the snap's folder and the command, whatever it begins with. */
	text += strspn(text, "/");
	while (*text) {
		size_t len = strcspn(text, " ");

		if (len)
			argv[app->argc++] = mem_strndup(r->a, text, len);
		text += len + (text[len] == ' ');
	}
	if (app->argc > app->chain_count && is_program(argv[app->chain_count]))
		return status;
	app->argc = app->chain_count;
	return status | refuse_command(r, command, "command");
}

/* --- names ----------------------------------------------------------------------------------- */

/* [a-zA-Z0-9][-_.a-zA-Z0-9]* */
static bool is_alias(const char *s)
{
	return strlen(s) <= ALIAS_MAX && model_names_made_of(s, "-_.") && !strchr("-_.", *s);
}

static int read_aliases(const struct reader *r, const struct meta_node *n)
{
	const struct meta_node *list = meta_get(n, "aliases");
	struct model_reader_texts aliases;
	int status = model_reader_texts(r, n, "aliases", &aliases);

	for (size_t i = 0; i < aliases.count; i++)
		if (aliases.items[i] && !is_alias(aliases.items[i]))
			status = meta_error(r->d, &list->items[i]->loc,
					    "cannot use \"%.64s\" in aliases: expected letters, "
					    "digits, hyphens, underscores and dots",
					    aliases.items[i]);
	return status;
}

/* Keys that say nothing to us: that they are text is all. */
static int read_texts(const struct reader *r, const struct meta_node *n)
{
	static const char *const keys[] = { "completer", "common-id", "desktop", "autostart" };
	const char *text;
	int status = 0;

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		text = "";
		if (model_reader_text(r, n, keys[i], &text))
			status = -1;
		else if (str_eq(keys[i], "autostart") && strchr(text, '/'))
			status = meta_error(r->d, &meta_get(n, keys[i])->loc,
					    "cannot use autostart \"%.64s\": expected the name of "
					    "a file",
					    text);
	}
	if (meta_get(n, "completer") && meta_get(n, "completer")->kind == META_SCALAR &&
	    model_app_check_text(r, meta_get(n, "completer"), "completer", &text))
		status = -1;
	return status;
}

static int read_app(const struct reader *r, const struct meta_node *key, const struct meta_node *n,
		    struct model_app *app)
{
	static const struct reader_keys keys = { used_keys, NULL, false };
	static const struct meta_node nothing = { .kind = META_MAP };
	struct app_env env;
	int status = 0;

	if (n->kind == META_NULL)
		n = &nothing;
	app->name = key->text;
	app->loc = key->loc;
	if (!model_names_is_app(key->text))
		status = meta_error(r->d, &key->loc,
				    "cannot use \"%s\" as the name of an app: expected letters, "
				    "digits and single hyphens",
				    key->text);
	app->label = mem_printf(r->a, "snap.%s.%s", app->snap->instance, app->name);
	if (n->kind != META_MAP)
		return model_reader_map(r, n, "app", &keys);
	status |= model_reader_map(r, n, "app", &keys);
	status |= read_command(r, n, app);
	status |= read_aliases(r, n);
	status |= read_texts(r, n);
	status |= model_app_read_env(r, n, &env);
	status |= model_service_read(r, n, app);
	app->env = env.items;
	app->env_count = env.count;
	return status;
}

/* What two apps may not both say. */
static int check_unique(const struct reader *r, const struct meta_node *apps, size_t self)
{
	const struct meta_node *id = meta_get(apps->items[self], "common-id");

	for (size_t i = 0; id && id->kind == META_SCALAR && i < self; i++) {
		const struct meta_node *other = meta_get(apps->items[i], "common-id");

		if (other && other->kind == META_SCALAR && str_eq(other->text, id->text))
			return meta_error(r->d, &id->loc,
					  "cannot use common-id \"%.64s\": app \"%s\" has it",
					  id->text, apps->keys[i]->text);
	}
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
	if (apps->count > APPS_MAX)
		return meta_error(r->d, &apps->loc, "cannot use apps: more than %u", APPS_MAX);
	snap->apps = mem_array(r->a, apps->count, sizeof(*snap->apps));
	snap->app_count = apps->count;
	for (size_t i = 0; i < apps->count; i++) {
		snap->apps[i].snap = snap;
		if (read_app(r, apps->keys[i], apps->items[i], &snap->apps[i]))
			snap->apps[i].unsound = true;
		if (check_unique(r, apps, i) || snap->apps[i].unsound)
			status = -1;
	}
	return status;
}

/* --- ends ------------------------------------------------------------------------------------ */

/* Sockets of the network are opened for the app; it must be one that may have them. */
static int check_sockets(const struct reader *r, const struct meta_node *sockets,
			 const struct model_app *app)
{
	bool known = r->m && r->m->iface_count;

	if (!known || app->snap->confinement == MODEL_CLASSIC || app->snap->ends_unread)
		return 0;
	/* One with an error may be the one. */
	for (size_t i = 0; i < app->plug_count; i++)
		if (!app->plugs[i]->interface ||
		    (app->plugs[i]->iface && app->plugs[i]->iface->listens))
			return 0;
	return meta_error(r->d, &sockets->loc,
			  "cannot use sockets: app \"%s\" has no plug that lets it serve",
			  app->name);
}

/* Each is a slot of the app's. Whether it is of the right kind, its interface's data knows. */
static int check_activates(const struct reader *r, const struct meta_node *list,
			   const struct model_snap *snap)
{
	int status = 0;

	for (size_t i = 0; i < list->count; i++) {
		const struct meta_node *n = list->items[i];
		bool found = false;

		for (size_t k = 0; n->kind == META_SCALAR && k < snap->slot_count; k++)
			found = found || str_eq(snap->slots[k].name, n->text);
		if (!found && n->kind == META_SCALAR && !snap->ends_unread)
			status = meta_error(r->d, &n->loc,
					    "cannot use activates-on: no slot \"%.64s\"", n->text);
	}
	return status;
}

int model_app_check_ends(const struct reader *r, const struct meta_node *apps,
			 const struct model_snap *snap)
{
	int status = 0;

	for (size_t i = 0; i < snap->app_count; i++) {
		const struct meta_node *n = apps->items[i];
		const struct meta_node *sockets = meta_get(n, "sockets");
		const struct meta_node *activates = meta_get(n, "activates-on");

		bool wrong = snap->apps[i].unsound;

		if (sockets && sockets->count)
			wrong |= check_sockets(r, sockets, &snap->apps[i]) != 0;
		if (activates)
			wrong |= check_activates(r, activates, snap) != 0;
		/* What of it is wrong is told first. */
		if (wrong || model_service_later(r, n))
			status = -1;
	}
	return status;
}
