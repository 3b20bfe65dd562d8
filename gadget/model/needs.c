/* SPDX-License-Identifier: Apache-2.0 */
/* needs: which hardware daemons wait for, or do not run without. */
#include <string.h>

#include "duration.h"
#include "ends.h"
#include "image.h"
#include "str.h"

/* Who waits longer wants "required". */
#define WAIT_MOST_MS 3600000u

static int read_wait(const struct reader *r, const struct meta_node *n, unsigned *ms)
{
	const char *text;

	if (!n)
		return 0;
	if (meta_text(n, "wait", &text, r->d))
		return -1;
	if (model_duration_parse(text, ms) || *ms == 0 || *ms > WAIT_MOST_MS)
		return meta_error(r->d, &n->loc,
				  "cannot use wait \"%.64s\": expected a time as 30s, 500ms or "
				  "1m30s, at most an hour",
				  text);
	return 0;
}

static int read_need(const struct reader *r, const struct meta_node *n, struct model_end *out)
{
	static const struct model_reader_word words[] = { { "optional", MODEL_NEED_OPTIONAL },
							  { "required", MODEL_NEED_REQUIRED },
							  { "{ wait: TIME }", MODEL_NEED_WAIT },
							  { NULL, 0 } };
	static const char *const used[] = { "wait", NULL };
	static const struct reader_keys keys = { used, NULL, true };
	const struct meta_node *wait = meta_get(n, "wait");
	int need = MODEL_NEED_WAIT;

	if (n->kind == META_MAP &&
	    (model_reader_map(r, n, "needs", &keys) || read_wait(r, wait, &out->wait_ms)))
		return -1;
	if (n->kind == META_MAP && !wait)
		return meta_error(r->d, &n->loc, "cannot find key \"wait\"");
	if (n->kind != META_MAP && model_reader_word(r, n, "needs", words, &need))
		return -1;
	/* The text of the third word stands for a map. */
	if (n->kind != META_MAP && need == MODEL_NEED_WAIT)
		return meta_error(r->d, &n->loc, "cannot use needs \"%s\": expected a map",
				  n->text);
	out->need = (enum model_need)need;
	out->need_loc = n->loc;
	return 0;
}

/* NULL: there is none, with an error but where it may be what could not be read. */
static struct model_end *find_plug(const struct reader *r, struct model *m,
				   const struct meta_node *key)
{
	const char *colon = strchr(key->text, ':');
	struct model_snap *s = NULL;
	struct model_end *plug;
	const char **names;
	const char *snap;

	if (!colon || colon == key->text || !colon[1] || strchr(colon + 1, ':')) {
		(void)meta_error(r->d, &key->loc, "cannot use needs \"%.128s\": expected SNAP:PLUG",
				 key->text);
		return NULL;
	}
	snap = mem_strndup(r->a, key->text, (size_t)(colon - key->text));
	for (size_t i = 0; i < m->snap_count + m->lost_count && !s; i++)
		s = str_eq(m->snaps[i].instance, snap) ? &m->snaps[i] : NULL;
	if (!s && !model_image_has_unnamed(m))
		(void)model_image_no_snap(r, m, &key->loc, "needs", snap);
	plug = s ? model_ends_find(s->plugs, s->plug_count, colon + 1) : NULL;
	if (!s || plug || s->ends_unread)
		return plug;
	names = mem_array(r->a, s->plug_count + 1, sizeof(*names));
	for (size_t i = 0; i < s->plug_count; i++)
		names[i] = s->plugs[i].name;
	(void)meta_error(r->d, &key->loc, "cannot use needs: %s has no plug \"%.64s\"", snap,
			 colon + 1);
	if (meta_nearest(colon + 1, names))
		meta_hint(r->d, "did you mean \"%s:%s\"?", snap, meta_nearest(colon + 1, names));
	return NULL;
}

static bool has_daemon(const struct model_end *plug)
{
	const struct model_snap *s = plug->snap;

	for (size_t i = 0; i < s->app_count; i++)
		for (size_t k = 0; k < s->apps[i].plug_count; k++)
			if (s->apps[i].plugs[k] == plug && s->apps[i].daemon != MODEL_DAEMON_NONE)
				return true;
	return false;
}

static bool is_connected(const struct model *m, const struct model_end *plug)
{
	for (size_t i = 0; i < m->connection_count; i++)
		if (m->connections[i].plug == plug)
			return true;
	return false;
}

/* A need that nobody would ever heed is a mistake. */
static int check(const struct reader *r, const struct model *m, const struct meta_node *key,
		 const struct model_end *plug)
{
	if (!has_daemon(plug))
		return meta_error(r->d, &key->loc,
				  "cannot use needs: no app with plug \"%s\" is a daemon",
				  key->text);
	if (!is_connected(m, plug))
		return meta_error(r->d, &key->loc, "cannot use needs: %s is not connected",
				  key->text);
	return 0;
}

int model_image_needs(const struct reader *r, const struct image_file *f, struct model *m,
		      bool connected)
{
	const struct meta_node *map = f->needs;
	int status = 0;

	if (!map)
		return 0;
	if (map->kind != META_MAP)
		return meta_error(r->d, &map->loc, "cannot use needs: expected a map, got %s",
				  meta_kind_name(map));
	for (size_t i = 0; i < map->count; i++) {
		size_t before = r->d->errors;
		struct model_end lost = { 0 };
		struct model_end *plug = find_plug(r, m, map->keys[i]);

		status |= read_need(r, map->items[i], plug ? plug : &lost);
		if (r->d->errors == before && connected && plug && !plug->unread &&
		    !plug->snap->unsound && plug->need != MODEL_NEED_OPTIONAL)
			status |= check(r, m, map->keys[i], plug);
		if (r->d->errors != before)
			status = -1;
	}
	return status;
}
