/* SPDX-License-Identifier: Apache-2.0 */
#include "json_check.h"

#include "mem.h"

static void put_ends(struct json *j, const char *key, const struct model_end *ends, size_t count)
{
	json_list(j, key);
	for (size_t i = 0; i < count; i++) {
		json_map(j, NULL);
		json_text(j, "name", ends[i].name);
		json_text(j, "interface", ends[i].interface);
		json_map_end(j);
	}
	json_list_end(j);
}

static void put_names(struct json *j, const char *key, struct model_end *const *ends, size_t count)
{
	json_list(j, key);
	for (size_t i = 0; i < count; i++)
		json_text(j, NULL, ends[i]->name);
	json_list_end(j);
}

/* A list, since their order means something. */
static void put_env(struct json *j, const struct model_env *env, size_t count)
{
	json_list(j, "environment");
	for (size_t i = 0; i < count; i++) {
		json_map(j, NULL);
		json_text(j, "name", env[i].name);
		json_text(j, "value", env[i].value);
		json_map_end(j);
	}
	json_list_end(j);
}

static void put_app(struct json *j, const struct model_app *app)
{
	static const char *const daemons[] = {
		[MODEL_DAEMON_NONE] = NULL,	    [MODEL_DAEMON_SIMPLE] = "simple",
		[MODEL_DAEMON_FORKING] = "forking", [MODEL_DAEMON_ONESHOT] = "oneshot",
		[MODEL_DAEMON_NOTIFY] = "notify",   [MODEL_DAEMON_DBUS] = "dbus",
	};

	json_map(j, NULL);
	json_text(j, "name", app->name);
	json_text(j, "security_tag", app->label);
	json_text(j, "command", app->command);
	json_text(j, "daemon", daemons[app->daemon]);
	json_list(j, "after");
	for (size_t i = 0; i < app->after_count; i++)
		json_text(j, NULL, app->after[i]->name);
	json_list_end(j);
	put_env(j, app->env, app->env_count);
	put_names(j, "plugs", app->plugs, app->plug_count);
	put_names(j, "slots", app->slots, app->slot_count);
	json_map_end(j);
}

static void put_apps(struct json *j, const char *key, const struct model_app *apps, size_t count)
{
	json_list(j, key);
	for (size_t i = 0; i < count; i++)
		put_app(j, &apps[i]);
	json_list_end(j);
}

void json_snap(struct json *j, const struct model_snap *s)
{
	static const char *const types[] = {
		[MODEL_SNAP_APP] = "app",	[MODEL_SNAP_GADGET] = "gadget",
		[MODEL_SNAP_KERNEL] = "kernel", [MODEL_SNAP_OS] = "os",
		[MODEL_SNAP_BASE] = "base",	[MODEL_SNAP_SNAPD] = "snapd",
	};

	static const char *const confinements[] = {
		[MODEL_STRICT] = "strict",
		[MODEL_DEVMODE] = "devmode",
		[MODEL_CLASSIC] = "classic",
	};

	json_map(j, "snap");
	json_text(j, "name", s->name);
	json_text(j, "instance", s->instance);
	json_text(j, "version", s->version);
	json_text(j, "type", types[s->type]);
	json_text(j, "confinement", confinements[s->confinement]);
	put_env(j, s->env, s->env_count);
	put_apps(j, "apps", s->apps, s->app_count);
	put_apps(j, "hooks", s->hooks, s->hook_count);
	put_ends(j, "plugs", s->plugs, s->plug_count);
	put_ends(j, "slots", s->slots, s->slot_count);
	json_map_end(j);
}

static void put_image(struct json *j, const struct model *m)
{
	json_map(j, "image");
	json_text(j, "name", m->image.name);
	json_text(j, "board", m->board.name);
	json_gadget(j, &m->gadget);
	json_list(j, "snaps");
	for (size_t i = 0; i < m->snap_count; i++) {
		json_map(j, NULL);
		json_snap(j, &m->snaps[i]);
		json_map_end(j);
	}
	json_list_end(j);
	json_map_end(j);
}

/* What was refused was not understood. */
static void put_checked(struct json *j, const struct model_checked *c)
{
	static const char *const kinds[] = {
		[MODEL_FILE_UNKNOWN] = NULL,  [MODEL_FILE_GADGET] = "gadget",
		[MODEL_FILE_SNAP] = "snap",   [MODEL_FILE_IMAGE] = "image",
		[MODEL_FILE_BOARD] = "board", [MODEL_FILE_IFACE] = "interface",
	};

	json_map(j, NULL);
	json_text(j, "file", c->name);
	json_text(j, "kind", kinds[c->kind]);
	json_bool(j, "ok", c->ok);
	if (c->ok && c->gadget)
		json_gadget(j, c->gadget);
	if (c->ok && c->snap)
		json_snap(j, c->snap);
	if (c->ok && c->model)
		put_image(j, c->model);
	json_map_end(j);
}

static void put_message(struct json *j, const struct meta_message *m)
{
	json_map(j, NULL);
	json_text(j, "severity", m->severity == META_ERROR ? "error" : "warning");
	json_text(j, "file", m->loc.file);
	json_number(j, "line", m->loc.line);
	json_number(j, "column", m->loc.col);
	json_text(j, "text", m->text);
	json_text(j, "hint", m->hint);
	json_map_end(j);
}

void json_checks(struct json *j, const struct model_checks *checks, struct meta_diag *d)
{
	meta_sort(d);
	json_map(j, NULL);
	json_number(j, "version", JSON_CHECK_VERSION);
	json_bool(j, "ok", d->errors == 0);
	json_list(j, "files");
	for (size_t i = 0; i < checks->count; i++)
		put_checked(j, &checks->items[i]);
	json_list_end(j);
	json_list(j, "messages");
	for (size_t i = 0; i < d->count; i++)
		put_message(j, &d->messages[i]);
	json_list_end(j);
	json_map_end(j);
}
