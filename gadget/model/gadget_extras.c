/* SPDX-License-Identifier: Apache-2.0 */
/* gadget.yaml besides its volumes: defaults, connections, volume-assignments. */
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "names.h"
#include "path.h"
#include "str.h"
#include "volume.h"

#define SNAP_ID_LENGTH 32

static bool is_snap_id(const char *s)
{
	return strlen(s) == SNAP_ID_LENGTH && model_names_made_of(s, "");
}

/* --- defaults -------------------------------------------------------------------------------- */

static int read_defaults(const struct reader *r, const struct meta_node *root,
			 struct model_gadget *out)
{
	const struct meta_node *map = model_gadget_value(root, "defaults");
	int status = 0;

	if (!map)
		return 0;
	if (map->kind != META_MAP)
		return meta_error(r->d, &map->loc, "cannot use defaults: expected a map, got %s",
				  meta_kind_name(map));
	if (map->count > ENTRIES_MAX)
		return meta_error(r->d, &map->loc, "cannot use defaults: %zu entries (%u at most)",
				  map->count, ENTRIES_MAX);
	out->defaults = mem_array(r->a, map->count, sizeof(*out->defaults));
	out->default_count = map->count;
	for (size_t i = 0; i < map->count; i++) {
		const struct meta_node *v = map->items[i];

		out->defaults[i] = (struct model_default){ map->keys[i]->text, v };
		if (!str_eq(map->keys[i]->text, "system") && !is_snap_id(map->keys[i]->text))
			status = meta_error(r->d, &map->keys[i]->loc,
					    "cannot use \"%.64s\" as a key of defaults: expected "
					    "system or a snap id of %d letters and digits",
					    map->keys[i]->text, SNAP_ID_LENGTH);
		if (v->kind != META_MAP && v->kind != META_NULL)
			status = meta_error(r->d, &v->loc,
					    "cannot use defaults: expected a map, got %s",
					    meta_kind_name(v));
	}
	return status;
}

/* --- connections ----------------------------------------------------------------------------- */

/* "system", a snap id, or, ours, the name of a snap of the image; and a name behind a colon. */
static int check_end(const struct reader *r, const struct meta_node *n, const char *key)
{
	const char *text;
	const char *colon;
	const char *snap;

	if (meta_text(n, key, &text, r->d))
		return -1;
	colon = strchr(text, ':');
	snap = colon ? mem_strndup(r->a, text, (size_t)(colon - text)) : text;
	if (colon && model_names_is_end(colon + 1) &&
	    (is_snap_id(snap) || model_names_is_snap(mem_strndup(r->a, snap, strcspn(snap, "_")))))
		return 0;
	(void)meta_error(r->d, &n->loc,
			 "cannot use %s \"%.200s\": expected SNAP:NAME, the snap by its id, its "
			 "name or as system",
			 key, text);
	/* Who connects it has nothing to add. */
	meta_last_word(r->d);
	return -1;
}

/* The form only: who the ends are, the model knows that has all snaps. */
static int read_connections(const struct reader *r, const struct meta_node *root,
			    struct model_gadget *out)
{
	static const char *const used[] = { "plug", "slot", NULL };
	static const struct reader_keys keys = { used, NULL, false };
	const struct meta_node *list = model_gadget_value(root, "connections");
	int status = 0;

	if (!list)
		return 0;
	if (model_gadget_list(r, list, "connections"))
		return -1;
	out->connections = list;
	for (size_t i = 0; i < list->count; i++) {
		const struct meta_node *n = list->items[i];
		const struct meta_node *plug = model_gadget_value(n, "plug");
		const struct meta_node *slot = model_gadget_value(n, "slot");

		if (model_reader_map(r, n, "connection", &keys)) {
			status = -1;
			continue;
		}
		if (!plug)
			status = meta_error(r->d, &n->loc, "cannot find key \"plug\"");
		else
			status |= check_end(r, plug, "plug");
		if (slot)
			status |= check_end(r, slot, "slot");
	}
	return status;
}

/* --- volume-assignments ---------------------------------------------------------------------- */

static bool has_volume(const struct model_gadget *g, const char *name)
{
	for (size_t i = 0; i < g->volume_count; i++)
		if (str_eq(g->volumes[i].name, name))
			return true;
	return false;
}

static bool is_stable_path(const char *path)
{
	static const char *const folders[] = { "/dev/disk/by-path", "/dev/disk/by-id" };

	for (size_t i = 0; i < ARRAY_SIZE(folders); i++)
		if (path_is_clean(path) && path_is_below(path, folders[i]) &&
		    !str_eq(path, folders[i]))
			return true;
	return false;
}

static int read_disk(const struct reader *r, const struct meta_node *key, const struct meta_node *n,
		     const struct model_gadget *g, struct model_assignment_disk *out)
{
	static const char *const used[] = { "device", NULL };
	static const struct reader_keys keys = { used, NULL, false };
	int status = 0;

	out->volume = key->text;
	if (!g->volumes_unread && !has_volume(g, key->text))
		status = meta_error(r->d, &key->loc,
				    "cannot use assignment: no volume is named \"%.64s\"",
				    key->text);
	if (model_reader_map(r, n, "assignment", &keys) ||
	    model_reader_need_text(r, n, "device", &out->device))
		return -1;
	if (!is_stable_path(out->device))
		status = meta_error(r->d, &meta_get(n, "device")->loc,
				    "cannot use device \"%.200s\": expected a clean path below "
				    "/dev/disk/by-path or /dev/disk/by-id",
				    out->device);
	return status;
}

static int by_volume(const void *a, const void *b)
{
	return strcmp(((const struct model_assignment_disk *)a)->volume,
		      ((const struct model_assignment_disk *)b)->volume);
}

static int read_assignment(const struct reader *r, const struct meta_node *n,
			   const struct model_gadget *g, struct model_assignment *out)
{
	static const char *const used[] = { "assignment-name", "assignment", NULL };
	static const struct reader_keys keys = { used, NULL, false };
	const struct meta_node *map = model_gadget_value(n, "assignment");
	int status = 0;

	out->loc = n->loc;
	out->name = "";
	if (model_reader_map(r, n, "volume-assignments", &keys))
		return -1;
	status = model_reader_need_text(r, n, "assignment-name", &out->name);
	if (map && map->kind != META_MAP)
		return meta_error(r->d, &map->loc, "cannot use assignment: expected a map, got %s",
				  meta_kind_name(map));
	if (!map || map->count == 0 || map->count > VOLUMES_MAX)
		return meta_error(r->d, model_gadget_place(n, "assignment"),
				  "cannot use assignment of \"%.64s\": expected 1 to %u volumes",
				  out->name, VOLUMES_MAX);
	out->disks = mem_array(r->a, map->count, sizeof(*out->disks));
	for (size_t i = 0; i < map->count; i++)
		status |= read_disk(r, map->keys[i], map->items[i], g, &out->disks[i]);
	if (status)
		return -1;
	out->disk_count = map->count;
	qsort(out->disks, out->disk_count, sizeof(*out->disks), by_volume);
	return 0;
}

static bool same_disks(const struct model_assignment *a, const struct model_assignment *b)
{
	if (a->disk_count != b->disk_count)
		return false;
	for (size_t i = 0; i < a->disk_count; i++)
		if (!str_eq(a->disks[i].volume, b->disks[i].volume) ||
		    !str_eq(a->disks[i].device, b->disks[i].device))
			return false;
	return true;
}

/* A device would not know which of two it is. */
static int check_same(const struct reader *r, const struct model_gadget *g)
{
	int status = 0;

	for (size_t i = 1; i < g->assignment_count; i++) {
		const struct model_assignment *x = &g->assignments[i];
		size_t k = 0;

		while (k < i && !same_disks(x, &g->assignments[k]))
			k++;
		/* Of one with an error no disk is known. */
		if (k < i && x->disk_count)
			status = meta_error(r->d, &x->loc,
					    "cannot use assignment of \"%.64s\": the same as that "
					    "of \"%.64s\"",
					    x->name, g->assignments[k].name);
	}
	return status;
}

static int read_assignments(const struct reader *r, const struct meta_node *root,
			    struct model_gadget *out)
{
	const struct meta_node *list = model_gadget_value(root, "volume-assignments");
	int status = 0;

	if (!list)
		return 0;
	if (model_reader_list(r, list, "volume-assignments"))
		return -1;
	if (list->count > STRUCTURES_MAX)
		return meta_error(r->d, &list->loc,
				  "cannot use volume-assignments: %zu entries (%u at most)",
				  list->count, STRUCTURES_MAX);
	out->assignments = mem_array(r->a, list->count, sizeof(*out->assignments));
	out->assignment_count = list->count;
	for (size_t i = 0; i < list->count; i++)
		status |= read_assignment(r, list->items[i], out, &out->assignments[i]);
	return status | check_same(r, out);
}

int model_gadget_read_extras(const struct reader *r, const struct meta_node *root,
			     struct model_gadget *out)
{
	return read_defaults(r, root, out) | read_connections(r, root, out) |
	       read_assignments(r, root, out);
}
