/* SPDX-License-Identifier: Apache-2.0 */
/* after: and before: of daemons. */
#include <stdlib.h>
#include <string.h>

#include "app.h"
#include "str.h"

/* "first runs before second", with the place that says so. */
struct edge {
	size_t first, second;
};

struct order {
	const struct reader *r;
	struct model_snap *snap;
	const struct meta_node *apps;
	struct edge *edges;
	size_t count;
};

static bool is_user(const struct order *o, size_t index)
{
	const struct meta_node *scope = meta_get(o->apps->items[index], "daemon-scope");

	return scope && scope->kind == META_SCALAR && str_eq(scope->text, "user");
}

static int find_daemon(const struct order *o, const struct meta_node *n, bool after, size_t *index)
{
	const char *key = after ? "after" : "before";
	size_t self = *index;
	const struct model_snap *s = o->snap;
	const char *name;

	if (meta_text(n, key, &name, o->r->d))
		return -1;
	for (size_t i = 0; i < s->app_count; i++) {
		if (!str_eq(s->apps[i].name, name))
			continue;
		/* Whether it is one is not known of all that have an error. */
		if (s->apps[i].daemon == MODEL_DAEMON_NONE && !s->apps[i].unsound)
			return meta_error(o->r->d, &n->loc,
					  "cannot use %s: app \"%s\" is no daemon", key, name);
		if (is_user(o, i) != is_user(o, self) && !s->apps[i].unsound)
			return meta_error(o->r->d, &n->loc,
					  "cannot use %s: app \"%s\" has another daemon-scope", key,
					  name);
		*index = i;
		return 0;
	}
	return meta_error(o->r->d, &n->loc, "cannot use %s: no app \"%.64s\"", key, name);
}

static int read_edges(struct order *o, const struct meta_node *app, size_t self, bool after)
{
	const char *key = after ? "after" : "before";
	const struct meta_node *list = meta_get(app, key);
	int status = 0;

	if (!list || list->kind == META_NULL)
		return 0;
	if (model_reader_list(o->r, list, key))
		return -1;
	for (size_t i = 0; i < list->count; i++) {
		size_t other = self;

		if (find_daemon(o, list->items[i], after, &other))
			status = -1;
		else
			o->edges[o->count++] =
				(struct edge){ after ? other : self, after ? self : other };
	}
	return status;
}

static int by_name(const void *pa, const void *pb)
{
	const struct model_app *a = *(const struct model_app *const *)pa;
	const struct model_app *b = *(const struct model_app *const *)pb;

	return strcmp(a->name, b->name);
}

static int by_second(const void *pa, const void *pb)
{
	const struct edge *a = pa;
	const struct edge *b = pb;

	return (a->second > b->second) - (a->second < b->second);
}

/* The next count edges are those of one app. */
static void fill_after(const struct order *o, const struct edge *edges, size_t count)
{
	struct model_app *app = &o->snap->apps[edges->second];
	const struct model_app **out = mem_array(o->r->a, count, sizeof(*out));
	size_t unique = 0;

	for (size_t i = 0; i < count; i++)
		out[i] = &o->snap->apps[edges[i].first];
	qsort(out, count, sizeof(*out), by_name);
	for (size_t i = 0; i < count; i++)
		if (!unique || out[unique - 1] != out[i])
			out[unique++] = out[i];
	app->after = out;
	app->after_count = unique;
}

/* A snap can have a million edges: each is looked at once. */
static void fill_all(const struct order *o)
{
	size_t next;

	qsort(o->edges, o->count, sizeof(*o->edges), by_second);
	for (size_t i = 0; i < o->count; i = next) {
		next = i + 1;
		while (next < o->count && o->edges[next].second == o->edges[i].second)
			next++;
		fill_after(o, &o->edges[i], next - i);
	}
}

/* Takes away, again and again, the apps that wait for nothing that is left. */
static void take_away(const struct model_snap *s, bool *done)
{
	bool again = true;

	while (again) {
		again = false;
		for (size_t i = 0; i < s->app_count; i++) {
			bool waits = false;

			for (size_t k = 0; !done[i] && !waits && k < s->apps[i].after_count; k++)
				waits = !done[s->apps[i].after[k] - s->apps];
			if (done[i] || waits)
				continue;
			done[i] = true;
			again = true;
		}
	}
}

/* The one before it that is not done: there is one while it waits. */
static size_t step_back(const struct model_snap *s, const bool *done, size_t at)
{
	const struct model_app *app = &s->apps[at];
	size_t k = 0;

	while (k + 1 < app->after_count && done[app->after[k] - s->apps])
		k++;
	return (size_t)(app->after[k] - s->apps);
}

/* Its first app tells of each circle; those that only wait for one are not in it. */
static int check_cycles(const struct order *o)
{
	const struct model_snap *s = o->snap;
	bool *done = mem_array(o->r->a, s->app_count, sizeof(*done));
	size_t first;
	int status = 0;

	for (;;) {
		size_t at = 0;

		take_away(s, done);
		while (at < s->app_count && done[at])
			at++;
		if (at == s->app_count)
			return status;
		/* As many steps as there are apps end in a circle. */
		for (size_t i = 0; i < s->app_count; i++)
			at = step_back(s, done, at);
		first = at;
		for (size_t i = step_back(s, done, at); i != at; i = step_back(s, done, i))
			first = i < first ? i : first;
		status = meta_error(o->r->d, &s->apps[first].loc,
				    "cannot use app \"%s\": after and before go in a circle",
				    s->apps[first].name);
		done[first] = true;
	}
}

int model_app_order(const struct reader *r, const struct meta_node *apps, struct model_snap *snap)
{
	struct order o = { .r = r, .snap = snap, .apps = apps };
	size_t room = 0;
	int status = 0;

	for (size_t i = 0; i < snap->app_count; i++) {
		const struct meta_node *after = meta_get(apps->items[i], "after");
		const struct meta_node *before = meta_get(apps->items[i], "before");

		room += (after ? after->count : 0) + (before ? before->count : 0);
	}
	if (room == 0)
		return 0;
	o.edges = mem_array(r->a, room, sizeof(*o.edges));
	for (size_t i = 0; i < snap->app_count; i++)
		status |= read_edges(&o, apps->items[i], i, true) |
			  read_edges(&o, apps->items[i], i, false);
	fill_all(&o);
	return check_cycles(&o) | status;
}
