/* SPDX-License-Identifier: Apache-2.0 */
/* What image.yaml says of single apps: namespaces:, process:, interactive: with users: */
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "image.h"
#include "names.h"
#include "snap.h"
#include "str.h"

/* Between the system's own and those that run-as: auto gives. */
#define USER_FIRST     1000
#define USER_LAST      59999
#define USER_NAME_MOST 32

/* What n says behind the name of the snap and a dot; NULL: it names another's app. */
static const char *name_in(const struct model_snap *s, const struct meta_node *n)
{
	size_t len = s->instance ? strlen(s->instance) : 0;

	return len && strncmp(n->text, s->instance, len) == 0 && n->text[len] == '.'
		       ? n->text + len + 1
		       : NULL;
}

static void hint_app(const struct reader *r, const struct model_snap *s, const char *name)
{
	const char **names = mem_array(r->a, s->app_count + 1, sizeof(*names));
	const char *nearest;

	for (size_t i = 0; i < s->app_count; i++)
		names[i] = s->apps[i].name;
	nearest = meta_nearest(name, names);
	if (nearest)
		meta_hint(r->d, "did you mean \"%s.%s\"?", s->instance, nearest);
}

static void hint_snap(const struct reader *r, const struct model *m, const struct meta_node *n)
{
	size_t count = m->snap_count + m->lost_count;
	const char **names = mem_array(r->a, count + 1, sizeof(*names));
	size_t len = strcspn(n->text, ".");
	const char *nearest;

	if (!n->text[len]) {
		meta_hint(r->d, "an app is named SNAP.APP");
		return;
	}
	for (size_t i = 0; i < count; i++)
		names[i] = m->snaps[i].instance;
	nearest = meta_nearest(mem_strndup(r->a, n->text, len), names);
	if (nearest)
		meta_hint(r->d, "did you mean \"%s%s\"?", nearest, n->text + len);
}

static int refuse_app(const struct reader *r, const struct model *m, const struct meta_node *n,
		      const char *what)
{
	const struct model_snap *snap = NULL;

	for (size_t i = 0; i < m->snap_count + m->lost_count && !snap; i++)
		snap = name_in(&m->snaps[i], n) ? &m->snaps[i] : NULL;
	(void)meta_error(r->d, &n->loc, "cannot use %s: no app \"%.128s\" in the image", what,
			 n->text);
	if (snap)
		hint_app(r, snap, name_in(snap, n));
	else
		hint_snap(r, m, n);
	return -1;
}

/* It may be one of a snap whose name or apps could not be read. */
static bool may_be_lost(const struct model *m, const char *name)
{
	size_t len = strcspn(name, ".");

	for (size_t i = 0; i < m->lost_count; i++) {
		const struct model_snap *s = &m->snaps[m->snap_count + i];

		if (s->app_count == 0 && strlen(s->instance) == len &&
		    strncmp(s->instance, name, len) == 0)
			return true;
	}
	return model_image_has_unnamed(m);
}

/*
 * The app that n names as SNAP.APP; NULL when there is none, with an error but where it may be one
 * that could not be read.
 */
static struct model_app *find_app(const struct reader *r, struct model *m,
				  const struct meta_node *n, const char *what)
{
	for (size_t i = 0; i < m->snap_count + m->lost_count; i++) {
		const char *name = name_in(&m->snaps[i], n);

		for (size_t k = 0; name && k < m->snaps[i].app_count; k++)
			if (str_eq(m->snaps[i].apps[k].name, name))
				return &m->snaps[i].apps[k];
	}
	if (!may_be_lost(m, n->text))
		(void)refuse_app(r, m, n, what);
	return NULL;
}

/* a is NULL where it is not known. */
static int read_namespaces(const struct reader *r, const struct meta_node *list,
			   struct model_app *a)
{
	static const struct model_reader_word words[] = { { "pid", MODEL_NAMESPACE_PID },
							  { "ipc", MODEL_NAMESPACE_IPC },
							  { NULL, 0 } };
	unsigned bits = 0;
	int status = 0;

	if (model_reader_list(r, list, "namespaces"))
		return -1;
	for (size_t i = 0; i < list->count; i++) {
		int bit = 0;

		status |= model_reader_word(r, list->items[i], "namespaces", words, &bit);
		bits |= (unsigned)bit;
	}
	if (!a)
		return status;
	a->namespaces |= bits;
	if (a->namespaces && !(a->snap->layers & SNAP_LAYER_NAMESPACES))
		status = meta_error(r->d, &list->loc,
				    "cannot use namespaces: the layers of snap \"%s\" lack them",
				    a->snap->instance);
	/* What a forking daemon leaves behind ends with the first process of its namespace. */
	if (a->namespaces & MODEL_NAMESPACE_PID && a->daemon == MODEL_DAEMON_FORKING)
		status = meta_error(r->d, &list->loc,
				    "cannot use namespace pid: app \"%s\" is a daemon of kind "
				    "forking, which does not outlive its first process there",
				    a->name);
	return status;
}

int model_image_namespaces(const struct reader *r, const struct image_file *f, struct model *m)
{
	const struct meta_node *map = f->namespaces;
	int status = 0;

	if (!map)
		return 0;
	if (map->kind != META_MAP)
		return meta_error(r->d, &map->loc, "cannot use namespaces: expected a map, got %s",
				  meta_kind_name(map));
	for (size_t i = 0; i < map->count; i++) {
		size_t before = r->d->errors;
		struct model_app *a = find_app(r, m, map->keys[i], "namespaces");

		if (read_namespaces(r, map->items[i], a) || r->d->errors != before)
			status = -1;
	}
	return status;
}

/* --- process: --------------------------------------------------------------------------------- */

/* The names of systemd.exec(5) and setrlimit(2). */
static const struct model_reader_word limits[] = {
	{ "as", RLIMIT_AS },
	{ "core", RLIMIT_CORE },
	{ "cpu", RLIMIT_CPU },
	{ "data", RLIMIT_DATA },
	{ "fsize", RLIMIT_FSIZE },
	{ "locks", RLIMIT_LOCKS },
	{ "memlock", RLIMIT_MEMLOCK },
	{ "msgqueue", RLIMIT_MSGQUEUE },
	{ "nice", RLIMIT_NICE },
	{ "nofile", RLIMIT_NOFILE },
	{ "nproc", RLIMIT_NPROC },
	{ "rss", RLIMIT_RSS },
	{ "rtprio", RLIMIT_RTPRIO },
	{ "rttime", RLIMIT_RTTIME },
	{ "sigpending", RLIMIT_SIGPENDING },
	{ "stack", RLIMIT_STACK },
	{ NULL, 0 },
};

static int read_limit(const struct reader *r, const struct meta_node *key,
		      const struct meta_node *value, struct model_limit *out)
{
	int resource = 0;
	int64_t most = 0;

	if (model_reader_word(r, key, "limits", limits, &resource))
		return -1;
	out->name = key->text;
	out->resource = (uint32_t)resource;
	out->value = UINT64_MAX;
	if (value->kind == META_SCALAR && str_eq(value->text, "unlimited"))
		return 0;
	if (meta_int(value, key->text, (struct meta_range){ 0, INT64_MAX }, &most, r->d)) {
		meta_hint(r->d, "without a limit, write \"unlimited\"");
		return -1;
	}
	out->value = (uint64_t)most;
	return 0;
}

static int by_resource(const void *a, const void *b)
{
	const struct model_limit *x = a, *y = b;

	return (x->resource > y->resource) - (x->resource < y->resource);
}

static int read_limits(const struct reader *r, const struct meta_node *map, struct model_app *a)
{
	int status = 0;

	if (map->kind != META_MAP)
		return meta_error(r->d, &map->loc, "cannot use limits: expected a map, got %s",
				  meta_kind_name(map));
	a->process.limits = mem_array(r->a, map->count, sizeof(*a->process.limits));
	for (size_t i = 0; i < map->count; i++)
		status |= read_limit(r, map->keys[i], map->items[i], &a->process.limits[i]);
	if (status)
		return -1;
	a->process.limit_count = map->count;
	qsort(a->process.limits, a->process.limit_count, sizeof(*a->process.limits), by_resource);
	return 0;
}

/* What the shell calls 022 is octal here as everywhere in YAML 1.2. */
static int read_umask(const struct reader *r, const struct meta_node *n, int64_t *out)
{
	if (!meta_int(n, "umask", (struct meta_range){ 0, 0777 }, out, r->d))
		return 0;
	meta_hint(r->d, "write it in octal, from 0o000 to 0o777: the shell's 022 is 0o022");
	return -1;
}

static int read_process(const struct reader *r, const struct meta_node *map, struct model_app *a)
{
	static const char *const used[] = { "nice", "umask", "limits", NULL };
	static const struct reader_keys keys = { used, NULL, true };
	const struct meta_node *nice = meta_get(map, "nice"), *mask = meta_get(map, "umask");
	const struct meta_node *most = meta_get(map, "limits");
	int status = model_reader_map(r, map, "process", &keys);
	int64_t n = 0;

	if (map->kind != META_MAP)
		return -1;
	if (nice && meta_int(nice, "nice", (struct meta_range){ -20, 19 }, &n, r->d))
		status = -1;
	a->process.nice = (int)n;
	n = 0;
	if (mask && read_umask(r, mask, &n))
		status = -1;
	a->process.umask_given = mask != NULL;
	a->process.umask_bits = (uint32_t)n;
	return status | (most ? read_limits(r, most, a) : 0) ? -1 : 0;
}

int model_image_process(const struct reader *r, const struct image_file *f, struct model *m)
{
	const struct meta_node *map = f->process;
	int status = 0;

	if (map && map->kind != META_MAP)
		return meta_error(r->d, &map->loc, "cannot use process: expected a map, got %s",
				  meta_kind_name(map));
	for (size_t i = 0; map && i < map->count; i++) {
		/* Of one that is not known what is written is read all the same. */
		struct model_app lost = { 0 };
		struct model_app *a = find_app(r, m, map->keys[i], "process");

		if (read_process(r, map->items[i], a ? a : &lost) || !a)
			status = -1;
	}
	return status;
}

/* --- interactive: and users: ------------------------------------------------------------------ */

/* As useradd(8) takes them, so that a home is one clean name. */
static bool is_user_name(const char *s)
{
	return model_names_made_of(s, "_-") && strlen(s) <= USER_NAME_MOST &&
	       ((*s >= 'a' && *s <= 'z') || *s == '_');
}

static int check_user_name(const struct reader *r, const struct meta_node *key)
{
	if (is_user_name(key->text))
		return 0;
	return meta_error(r->d, &key->loc,
			  "cannot use user \"%.64s\": expected a lower-case letter or _, then at "
			  "most 31 letters, digits, _ and -",
			  key->text);
}

static int check_user(const struct reader *r, const struct model *m, const struct meta_node *key,
		      const struct model_user *u)
{
	for (size_t i = 0; i < m->image.user_count; i++)
		if (m->image.users[i].uid == u->uid)
			return meta_error(r->d, &key->loc,
					  "cannot use user \"%s\": user \"%s\" has %u", u->name,
					  m->image.users[i].name, u->uid);
	for (size_t i = 0; i < m->snap_count + m->lost_count; i++)
		if (m->snaps[i].uid == u->uid)
			return meta_error(r->d, &key->loc,
					  "cannot use user \"%s\": the apps of snap \"%s\" have %u",
					  u->name, m->snaps[i].instance, u->uid);
	return 0;
}

static int read_users(const struct reader *r, const struct meta_node *map, struct model *m)
{
	static const struct meta_range range = { USER_FIRST, USER_LAST };
	int status = 0;

	if (map->kind != META_MAP || map->count == 0)
		return meta_error(r->d, &map->loc,
				  "cannot use users: expected a map of names to "
				  "numbers");
	m->image.users = mem_array(r->a, map->count, sizeof(*m->image.users));
	for (size_t i = 0; i < map->count; i++) {
		struct model_user u = { .name = map->keys[i]->text };
		int64_t uid = 0;

		status |= check_user_name(r, map->keys[i]);
		if (meta_int(map->items[i], "users", range, &uid, r->d)) {
			status = -1;
			continue;
		}
		u.uid = (uint32_t)uid;
		if (check_user(r, m, map->keys[i], &u))
			status = -1;
		else
			m->image.users[m->image.user_count++] = u;
	}
	return status;
}

static int set_interactive(const struct reader *r, struct model *m, const struct meta_node *n)
{
	struct model_app *a;
	int status = 0;

	if (n->kind != META_SCALAR)
		return meta_error(r->d, &n->loc,
				  "cannot use interactive: expected SNAP.APP, got %s",
				  meta_kind_name(n));
	a = find_app(r, m, n, "interactive");
	if (!a)
		return -1;
	if (a->daemon != MODEL_DAEMON_NONE)
		status = meta_error(r->d, &n->loc,
				    "cannot use interactive: app \"%s\" is a daemon, which nobody "
				    "but the system starts",
				    n->text);
	if (!(a->snap->layers & SNAP_LAYER_NAMESPACES))
		status = meta_error(r->d, &n->loc,
				    "cannot use interactive: the layers of snap \"%s\" lack "
				    "namespaces, which keep users apart",
				    a->snap->instance);
	a->interactive = true;
	((struct model_snap *)(uintptr_t)a->snap)->interactive = true;
	return status;
}

static int by_uid(const void *a, const void *b)
{
	const struct model_user *x = a, *y = b;

	return (x->uid > y->uid) - (x->uid < y->uid);
}

int model_image_interactive(const struct reader *r, const struct image_file *f, struct model *m)
{
	const struct meta_node *list = f->interactive;
	int status = 0;

	if (!list && !f->users)
		return 0;
	if (!list)
		status = meta_error(r->d, &f->users->loc,
				    "cannot use users: \"interactive\" names no app that they may "
				    "start");
	else
		status = model_reader_list(r, list, "interactive");
	if (!f->users)
		status = meta_error(
			r->d, &list->loc,
			"cannot use interactive: \"users\" names nobody who may start them");
	else
		status |= read_users(r, f->users, m);
	for (size_t i = 0; list && list->kind == META_LIST && i < list->count; i++)
		status |= set_interactive(r, m, list->items[i]);
	if (status)
		return -1;
	qsort(m->image.users, m->image.user_count, sizeof(*m->image.users), by_uid);
	return 0;
}
