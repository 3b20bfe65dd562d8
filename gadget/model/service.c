/* SPDX-License-Identifier: Apache-2.0 */
/* Daemons: how they start, stop and are started again. */
#include <string.h>

#include "app.h"
#include "duration.h"
#include "num.h"
#include "str.h"

/* What the reference and systemd use when snap.yaml is silent. */
#define TIMEOUT_MS	 30000
#define RESTART_DELAY_MS 100

/* One app, its keys, and what of it the other keys depend on. */
struct service {
	const struct reader *r;
	const struct meta_node *n;
	struct model_app *app;
	bool user; /* of a user's session */
};

static const struct meta_node *find(const struct service *s, const char *key)
{
	const struct meta_node *n = meta_get(s->n, key);

	return n && n->kind != META_NULL ? n : NULL;
}

static int read_word(const struct service *s, const char *key,
		     const struct model_reader_word *words, int *value)
{
	const struct meta_node *n = find(s, key);

	return n ? model_reader_word(s->r, n, key, words, value) : 0;
}

/* Keys that say something of daemons only. */
static int check_daemon_keys(const struct service *s)
{
	static const char *const keys[] = {
		"daemon-scope", "restart-condition", "restart-delay", "start-timeout",
		"stop-timeout", "watchdog-timeout",  "after",	      "before",
		"timer",	"stop-mode",	     "install-mode",  "activates-on",
	};
	int status = 0;

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (find(s, keys[i]))
			status = meta_error(s->r->d, &find(s, keys[i])->loc,
					    "cannot use %s: app \"%s\" is no daemon", keys[i],
					    s->app->name);
	return status;
}

static int read_daemon(struct service *s)
{
	static const struct model_reader_word words[] = {
		{ "simple", MODEL_DAEMON_SIMPLE },   { "forking", MODEL_DAEMON_FORKING },
		{ "oneshot", MODEL_DAEMON_ONESHOT }, { "notify", MODEL_DAEMON_NOTIFY },
		{ "dbus", MODEL_DAEMON_DBUS },	     { NULL, 0 },
	};
	static const struct model_reader_word scopes[] = { { "system", 0 },
							   { "user", 1 },
							   { NULL, 0 } };
	const struct meta_node *daemon = find(s, "daemon");
	const struct meta_node *scope = find(s, "daemon-scope");
	int value = MODEL_DAEMON_NONE;
	int user = 0;
	int status = 0;

	if (read_word(s, "daemon", words, &value) | read_word(s, "daemon-scope", scopes, &user))
		return -1;
	s->app->daemon = (enum model_daemon)value;
	s->user = user;
	if (value == MODEL_DAEMON_NOTIFY || value == MODEL_DAEMON_DBUS)
		status = model_reader_later(s->r, &daemon->loc, "daemon \"%s\"", daemon->text);
	return user ? status | model_reader_later(s->r, &scope->loc, "daemon-scope \"user\"")
		    : status;
}

/* --- restart --------------------------------------------------------------------------------- */

static int read_time(const struct service *s, const char *key, unsigned *ms)
{
	const struct meta_node *v = find(s, key);
	const char *text;

	if (!v)
		return 0;
	if (meta_text(v, key, &text, s->r->d))
		return -1;
	if (model_duration_parse(text, ms))
		return meta_error(s->r->d, &v->loc,
				  "cannot use %s \"%.64s\": expected a time as 30s, 500ms or "
				  "1m30s, at most a day",
				  key, text);
	return 0;
}

static const struct model_reader_word restarts[] = {
	{ "on-failure", MODEL_RESTART_ON_FAILURE },
	{ "never", MODEL_RESTART_NEVER },
	{ "no", MODEL_RESTART_NEVER },
	{ "on-success", MODEL_RESTART_ON_SUCCESS },
	{ "on-abnormal", MODEL_RESTART_ON_ABNORMAL },
	{ "on-abort", MODEL_RESTART_ON_ABORT },
	{ "on-watchdog", MODEL_RESTART_ON_WATCHDOG },
	{ "always", MODEL_RESTART_ALWAYS },
	{ NULL, 0 },
};

const char *model_restart_name(enum model_restart restart)
{
	const struct model_reader_word *w = restarts;

	while (w->name && w->value != (int)restart)
		w++;
	return w->name;
}

static int read_restart(const struct service *s)
{
	struct model_app *app = s->app;
	int value = MODEL_RESTART_ON_FAILURE;
	int status = read_word(s, "restart-condition", restarts, &value);
	unsigned ignored;

	app->restart = (enum model_restart)value;
	app->restart_delay_ms = RESTART_DELAY_MS;
	app->start_timeout_ms = TIMEOUT_MS;
	app->stop_timeout_ms = TIMEOUT_MS;
	if (value == MODEL_RESTART_ON_WATCHDOG)
		status |= model_reader_later(s->r, &find(s, "restart-condition")->loc,
					     "restart-condition \"on-watchdog\"");
	status |= read_time(s, "restart-delay", &app->restart_delay_ms);
	status |= read_time(s, "start-timeout", &app->start_timeout_ms);
	status |= read_time(s, "stop-timeout", &app->stop_timeout_ms);
	status |= read_time(s, "watchdog-timeout", &ignored);
	return status;
}

/* --- modes ----------------------------------------------------------------------------------- */

static int read_modes(const struct service *s)
{
	static const struct model_reader_word stops[] = {
		{ "sigterm", 0 }, { "sigterm-all", 0 }, { "sighup", 0 },  { "sighup-all", 0 },
		{ "sigusr1", 0 }, { "sigusr1-all", 0 }, { "sigusr2", 0 }, { "sigusr2-all", 0 },
		{ "sigint", 0 },  { "sigint-all", 0 },	{ NULL, 0 },
	};
	static const struct model_reader_word installs[] = { { "enable", 0 },
							     { "disable", 0 },
							     { NULL, 0 } };
	enum { DAEMONS, COMMANDS };
	static const struct model_reader_word refreshes[] = { { "restart", DAEMONS },
							      { "endure", DAEMONS },
							      { "ignore-running", COMMANDS },
							      { NULL, 0 } };
	bool daemon = s->app->daemon != MODEL_DAEMON_NONE;
	const struct meta_node *refresh = find(s, "refresh-mode");
	int ignored;
	int who = DAEMONS;
	int status = read_word(s, "stop-mode", stops, &ignored);

	status |= read_word(s, "install-mode", installs, &ignored);
	if (read_word(s, "refresh-mode", refreshes, &who))
		return -1;
	if (refresh && daemon != (who == DAEMONS))
		return meta_error(s->r->d, &refresh->loc,
				  "cannot use refresh-mode \"%s\": app \"%s\" is %s daemon",
				  refresh->text, s->app->name, daemon ? "a" : "no");
	return status;
}

static int read_exit_status(const struct service *s)
{
	const struct meta_node *list = meta_get(s->n, "success-exit-status");
	struct model_reader_texts texts;
	int status = model_reader_texts(s->r, s->n, "success-exit-status", &texts);

	for (size_t i = 0; i < texts.count; i++) {
		uint64_t ignored;

		if (texts.items[i] && num_parse(texts.items[i], 1, 255, &ignored, NULL))
			status = meta_error(s->r->d, &list->items[i]->loc,
					    "cannot use success-exit-status \"%.64s\": expected a "
					    "number from 1 to 255",
					    texts.items[i]);
	}
	return status;
}

/* --- what starts and stops it ---------------------------------------------------------------- */

static int read_commands(const struct service *s)
{
	static const char *const keys[] = { "stop-command", "reload-command", "post-stop-command",
					    "bus-name" };
	int status = 0;

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		const char *text;

		if (find(s, keys[i]) &&
		    model_app_check_text(s->r, find(s, keys[i]), keys[i], &text))
			status = -1;
	}
	return status;
}

static int read_timer(const struct service *s)
{
	const struct meta_node *n = find(s, "timer");
	const char *text;

	if (!n)
		return 0;
	if (meta_text(n, "timer", &text, s->r->d))
		return -1;
	if (!model_timer_is_schedule(text))
		return meta_error(s->r->d, &n->loc,
				  "cannot use timer \"%.200s\": expected days and times as "
				  "mon-fri,9:00-17:00/2,,sat,10:00",
				  text);
	return 0;
}

int model_service_read(const struct reader *r, const struct meta_node *n, struct model_app *app)
{
	struct service s = { .r = r, .n = n, .app = app };
	struct model_reader_texts slots;
	int status = read_daemon(&s);

	if (!find(&s, "daemon"))
		status |= check_daemon_keys(&s);
	status |= read_restart(&s);
	status |= read_modes(&s);
	status |= read_exit_status(&s);
	status |= read_commands(&s);
	status |= read_timer(&s);
	status |= model_reader_texts(r, n, "activates-on", &slots);
	status |= model_socket_read(r, n, app, s.user);
	return status;
}

int model_service_later(const struct reader *r, const struct meta_node *n)
{
	static const char *const keys[] = {
		"stop-command",
		"reload-command",
		"post-stop-command",
		"watchdog-timeout",
		"stop-mode",
		"install-mode",
		"success-exit-status",
		"bus-name",
		"activates-on",
		"sockets",
		"timer",
		"autostart",
	};
	int status = 0;

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		status |= model_reader_later_key(r, n, keys[i]);
	return status;
}
