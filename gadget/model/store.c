/* SPDX-License-Identifier: Apache-2.0 */
/* store-ids: which snap of the image each id of a gadget's connections is. */
#include <string.h>

#include "image.h"
#include "names.h"
#include "str.h"

#define ID_LENGTH 32
#define SYSTEM	  "system"

bool model_image_has_unnamed(const struct model *m)
{
	for (size_t i = 0; i < m->lost_count; i++)
		if (!*m->snaps[m->snap_count + i].instance)
			return true;
	return m->gadget_snap.unsound && !*m->gadget_snap.instance;
}

static bool is_there(const struct model *m, const char *name)
{
	bool found = str_eq(name, SYSTEM) ||
		     (m->gadget_snap.instance && str_eq(name, m->gadget_snap.instance));

	for (size_t i = 0; i < m->snap_count + m->lost_count; i++)
		found = found || str_eq(m->snaps[i].instance, name);
	return found || model_image_has_unnamed(m);
}

static int refuse_name(const struct reader *r, const struct model *m, const struct meta_node *n)
{
	const char **names = mem_array(r->a, m->snap_count + 1, sizeof(const char *));

	for (size_t i = 0; i < m->snap_count; i++)
		names[i] = m->snaps[i].instance;
	(void)meta_error(r->d, &n->loc, "cannot use store-ids: no snap \"%.64s\" in the image",
			 n->text);
	if (meta_nearest(n->text, names))
		meta_hint(r->d, "did you mean \"%s\"?", meta_nearest(n->text, names));
	return -1;
}

int model_image_ids(const struct reader *r, const struct image_file *f, const struct model *m)
{
	const struct meta_node *map = f->store_ids;
	int status = 0;

	if (!map)
		return 0;
	if (map->kind != META_MAP)
		return meta_error(r->d, &map->loc, "cannot use store-ids: expected a map, got %s",
				  meta_kind_name(map));
	for (size_t i = 0; i < map->count; i++) {
		const char *name;

		if (strlen(map->keys[i]->text) != ID_LENGTH ||
		    !model_names_made_of(map->keys[i]->text, ""))
			status = meta_error(r->d, &map->keys[i]->loc,
					    "cannot use store-ids: \"%.64s\" is no id, expected 32 "
					    "letters and digits",
					    map->keys[i]->text);
		if (meta_text(map->items[i], "store-ids", &name, r->d))
			status = -1;
		else if (!is_there(m, name))
			status = refuse_name(r, m, map->items[i]);
	}
	return status;
}
