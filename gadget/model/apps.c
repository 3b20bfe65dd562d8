/* SPDX-License-Identifier: Apache-2.0 */
/* What image.yaml says of single apps: namespaces: */
#include <string.h>

#include "image.h"
#include "snap.h"
#include "str.h"

static const char *short_name(const struct reader *r, const struct model_app *a)
{
	return mem_printf(r->a, "%s.%s", a->snap->instance, a->name);
}

static int refuse_app(const struct reader *r, const struct model *m, const struct meta_node *n,
		      const char *what)
{
	const char **names;
	size_t count = 0;

	for (size_t i = 0; i < m->snap_count; i++)
		count += m->snaps[i].app_count;
	names = mem_array(r->a, count + 1, sizeof(*names));
	count = 0;
	for (size_t i = 0; i < m->snap_count; i++)
		for (size_t k = 0; k < m->snaps[i].app_count; k++)
			names[count++] = short_name(r, &m->snaps[i].apps[k]);
	(void)meta_error(r->d, &n->loc, "cannot use %s: no app \"%.128s\" in the image", what,
			 n->text);
	if (meta_nearest(n->text, names))
		meta_hint(r->d, "did you mean \"%s\"?", meta_nearest(n->text, names));
	return -1;
}

/* The app that n names as SNAP.APP; NULL, with an error, when there is none. */
static struct model_app *find_app(const struct reader *r, struct model *m,
				  const struct meta_node *n, const char *what)
{
	for (size_t i = 0; i < m->snap_count; i++)
		for (size_t k = 0; k < m->snaps[i].app_count; k++)
			if (str_eq(short_name(r, &m->snaps[i].apps[k]), n->text))
				return &m->snaps[i].apps[k];
	(void)refuse_app(r, m, n, what);
	return NULL;
}

static int read_namespaces(const struct reader *r, const struct meta_node *list,
			   struct model_app *a)
{
	static const struct model_reader_word words[] = { { "pid", MODEL_NAMESPACE_PID },
							  { "ipc", MODEL_NAMESPACE_IPC },
							  { NULL, 0 } };

	if (model_reader_list(r, list, "namespaces"))
		return -1;
	for (size_t i = 0; i < list->count; i++) {
		int bit = 0;

		if (model_reader_word(r, list->items[i], "namespaces", words, &bit))
			return -1;
		a->namespaces |= (unsigned)bit;
	}
	if (a->namespaces && !(a->snap->layers & SNAP_LAYER_NAMESPACES))
		return meta_error(r->d, &list->loc,
				  "cannot use namespaces: the layers of snap \"%s\" lack them",
				  a->snap->instance);
	/* What a forking daemon leaves behind ends with the first process of its namespace. */
	if (a->namespaces & MODEL_NAMESPACE_PID && a->daemon == MODEL_DAEMON_FORKING)
		return meta_error(r->d, &list->loc,
				  "cannot use namespace pid: app \"%s\" is a daemon of kind "
				  "forking, which does not outlive its first process there",
				  a->name);
	return 0;
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
		struct model_app *a = find_app(r, m, map->keys[i], "namespaces");

		if (!a || read_namespaces(r, map->items[i], a))
			status = -1;
	}
	return status;
}
