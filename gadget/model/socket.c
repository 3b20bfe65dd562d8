/* SPDX-License-Identifier: Apache-2.0 */
/* Sockets that are opened for a daemon. */
#include <string.h>

#include "app.h"
#include "names.h"
#include "num.h"
#include "path.h"
#include "str.h"

#define MODE_MAX 0777u

struct socket {
	const struct reader *r;
	const struct model_app *app;
	bool user;
};

static int refuse(const struct socket *s, const struct meta_node *n, const char *expected)
{
	return meta_error(s->r->d, &n->loc, "cannot use listen-stream \"%.200s\": expected %s",
			  n->text, expected);
}

/* A file in a folder that the daemon may write. */
static int check_path(const struct socket *s, const struct meta_node *n)
{
	static const char *const system[] = { "$SNAP_DATA", "$SNAP_COMMON", "$XDG_RUNTIME_DIR" };
	static const char *const user[] = { "$SNAP_USER_DATA", "$SNAP_USER_COMMON",
					    "$XDG_RUNTIME_DIR" };
	const char *const *dirs = s->user ? user : system;

	for (size_t i = 0; i < ARRAY_SIZE(system); i++) {
		size_t len = strlen(dirs[i]);

		if (str_starts(n->text, dirs[i]) && n->text[len] == '/' &&
		    path_is_clean_relative(n->text + len + 1) && !strchr(n->text + 1, '$'))
			return 0;
	}
	return refuse(s, n,
		      s->user ? "a clean path below $SNAP_USER_DATA, $SNAP_USER_COMMON or "
				"$XDG_RUNTIME_DIR"
			      : "a clean path below $SNAP_DATA, $SNAP_COMMON or $XDG_RUNTIME_DIR");
}

/* "@snap.NAME." and more: nobody else's. */
static int check_abstract(const struct socket *s, const struct meta_node *n)
{
	const char *prefix = mem_printf(s->r->a, "@snap.%s.", s->app->snap->instance);

	if (str_starts(n->text, prefix) && n->text[strlen(prefix)])
		return 0;
	return refuse(s, n, mem_printf(s->r->a, "a name that begins with \"%s\"", prefix));
}

/* PORT, or HOST:PORT. */
static int check_port(const struct socket *s, const struct meta_node *n)
{
	static const char *const hosts[] = { "127.0.0.1", "[::1]", "[::]" };
	const char *colon = strrchr(n->text, ':');
	const char *port = colon ? colon + 1 : n->text;
	bool known = !colon;
	uint64_t number;

	for (size_t i = 0; i < ARRAY_SIZE(hosts) && !known; i++)
		known = strlen(hosts[i]) == (size_t)(colon - n->text) &&
			str_starts(n->text, hosts[i]);
	if (known && num_parse(port, 1, 65535, &number, NULL) == 0)
		return 0;
	return refuse(s, n,
		      "a path, an abstract name, a port, or 127.0.0.1, [::1] or [::] and a port");
}

static int check_stream(const struct socket *s, const struct meta_node *n)
{
	const char *text;

	if (meta_text(n, "listen-stream", &text, s->r->d))
		return -1;
	if (*text == '/' || *text == '$')
		return check_path(s, n);
	if (*text == '@')
		return check_abstract(s, n);
	return check_port(s, n);
}

/* YAML 1.1's octal "0660", YAML 1.2's "0o660", and decimal. */
static int check_mode(const struct socket *s, const struct meta_node *n)
{
	struct meta_node plain = *n;
	int64_t mode;

	if (n->kind == META_SCALAR && n->plain && n->text[0] == '0' && n->text[1] != 'o' &&
	    n->text[1] != 'x' && n->text[1])
		plain.text = mem_printf(s->r->a, "0o%s", n->text + 1);
	if (meta_int(&plain, "socket-mode", (struct meta_range){ 0, INT64_MAX }, &mode, s->r->d))
		return -1;
	if (mode > MODE_MAX)
		return meta_error(s->r->d, &n->loc,
				  "cannot use socket-mode %.64s: it has more than 0777", n->text);
	return 0;
}

static int read_one(const struct socket *s, const struct meta_node *key, const struct meta_node *n)
{
	static const char *const used[] = { "listen-stream", "socket-mode", NULL };
	static const struct reader_keys keys = { used, NULL, false };
	const struct meta_node *stream = meta_get(n, "listen-stream");
	const struct meta_node *mode = meta_get(n, "socket-mode");
	int status = 0;

	/* It becomes part of the name of a unit. */
	if (!model_names_is_app(key->text))
		status = meta_error(s->r->d, &key->loc,
				    "cannot use \"%.64s\" as the name of a socket: expected "
				    "letters, digits and single hyphens",
				    key->text);
	if (n->kind != META_NULL)
		status |= model_reader_map(s->r, n, "socket", &keys);
	if (stream)
		status |= check_stream(s, stream);
	else if (n->kind == META_NULL || n->kind == META_MAP)
		status = meta_error(s->r->d, &key->loc,
				    "cannot use socket \"%.64s\": it has no listen-stream",
				    key->text);
	if (mode && mode->kind != META_NULL)
		status |= check_mode(s, mode);
	return status;
}

int model_socket_read(const struct reader *r, const struct meta_node *n,
		      const struct model_app *app, bool user)
{
	const struct socket s = { r, app, user };
	const struct meta_node *map = meta_get(n, "sockets");
	int status = 0;

	if (!map || map->kind == META_NULL)
		return 0;
	if (map->kind != META_MAP)
		return meta_error(r->d, &map->loc, "cannot use sockets: expected a map, got %s",
				  meta_kind_name(map));
	for (size_t i = 0; i < map->count; i++)
		if (read_one(&s, map->keys[i], map->items[i]))
			status = -1;
	return status;
}
