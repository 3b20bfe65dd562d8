/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of a group that are maps: devices, mounts, kernel modules, late binding, made devices. */
#include "group.h"

#include "str.h"

/* A part is read from one item of the list under its key. */
struct part {
	const char *key;
	size_t size;
	int (*read)(const struct reader *r, const struct meta_node *n, void *out);
};

/* One line under a key; its text stays NULL when the key is absent. */
static int read_line(const struct reader *r, const struct meta_node *n, const char *key,
		     struct model_line *out)
{
	if (model_reader_text(r, n, key, &out->text))
		return -1;
	if (out->text)
		out->loc = model_group_place(meta_get(n, key));
	return 0;
}

static int need_line(const struct reader *r, const struct meta_node *n, const char *key,
		     struct model_line *out)
{
	if (read_line(r, n, key, out))
		return -1;
	return out->text ? 0 : meta_error(r->d, &n->loc, "cannot find key \"%s\"", key);
}

static int need_access(const struct reader *r, const struct meta_node *n, unsigned *out)
{
	if (!meta_get(n, "access"))
		return meta_error(r->d, &n->loc, "cannot find key \"access\"");
	return model_group_access(r, n, "access", out);
}

static int read_device(const struct reader *r, const struct meta_node *n, void *to)
{
	static const char *const used[] = { "node", "access", NULL };
	static const struct reader_keys keys = { used, NULL, true };
	struct model_iface_device *out = to;
	int status;

	out->loc = n->loc;
	status = model_reader_map(r, n, "device", &keys);
	if (n->kind != META_MAP)
		return -1;
	status |= need_line(r, n, "node", &out->node);
	return status | need_access(r, n, &out->access);
}

static int read_mount(const struct reader *r, const struct meta_node *n, void *to)
{
	static const char *const used[] = { "from", "to", "access", "below", NULL };
	static const struct reader_keys keys = { used, NULL, true };
	static const struct model_reader_word words[] = { { "ro", 0 }, { "rw", 1 }, { NULL, 0 } };
	struct model_iface_mount *out = to;
	int writable = 0;
	int status;

	out->loc = n->loc;
	status = model_reader_map(r, n, "mount", &keys);
	if (n->kind != META_MAP)
		return -1;
	status |= need_line(r, n, "from", &out->from) | need_line(r, n, "to", &out->to);
	status |= model_reader_bool(r, n, "below", &out->below);
	if (!meta_get(n, "access"))
		return meta_error(r->d, &n->loc, "cannot find key \"access\"");
	status |= model_reader_word(r, meta_get(n, "access"), "access", words, &writable);
	out->writable = writable;
	return status;
}

/* "NAME", or a map. */
static int read_module(const struct reader *r, const struct meta_node *n, void *to)
{
	static const char *const used[] = { "name", "load", "options", "config", NULL };
	static const struct reader_keys keys = { used, NULL, true };
	struct model_module *out = to;

	out->loc = n->loc;
	if (n->kind == META_SCALAR && *n->text) {
		out->name = (struct model_line){ n->text, model_group_place(n) };
		return 0;
	}
	if (n->kind != META_MAP)
		return model_reader_map(r, n, "kmod", &keys);
	return model_reader_map(r, n, "kmod", &keys) | need_line(r, n, "name", &out->name) |
	       read_line(r, n, "load", &out->load) | read_line(r, n, "options", &out->options) |
	       read_line(r, n, "config", &out->config);
}

static int read_late_export(const struct reader *r, const struct meta_node *n,
			    struct model_late *out)
{
	static const char *const used[] = { "file", "value", NULL };
	static const struct reader_keys keys = { used, NULL, true };
	const struct meta_node *map = meta_get(n, "export");

	if (!map)
		return 0;
	if (map->kind != META_MAP)
		return model_reader_map(r, map, "export", &keys);
	return model_reader_map(r, map, "export", &keys) |
	       need_line(r, map, "file", &out->export_file) |
	       need_line(r, map, "value", &out->export_value);
}

static int read_late(const struct reader *r, const struct meta_node *n, void *to)
{
	static const char *const used[] = { "link",   "subdir",	  "prefix",   "files", "access",
					    "export", "in-place", "optional", NULL };
	static const struct reader_keys keys = { used, NULL, true };
	struct model_late *out = to;

	int status = model_reader_map(r, n, "late-binding", &keys);

	out->loc = n->loc;
	if (n->kind != META_MAP)
		return -1;
	status |= need_line(r, n, "link", &out->link);
	status |= read_line(r, n, "subdir", &out->subdir) | read_line(r, n, "prefix", &out->prefix);
	if (model_group_lines(r, n, "files", &out->files))
		status = -1;
	else if (out->files.count == 0)
		status = meta_error(r->d, &n->loc, "cannot find key \"files\"");
	status |= read_late_export(r, n, out);
	status |= model_reader_bool(r, n, "in-place", &out->in_place) |
		  model_reader_bool(r, n, "optional", &out->optional);
	return status | need_access(r, n, &out->access);
}

static int read_made(const struct reader *r, const struct meta_node *n, void *to)
{
	static const char *const used[] = { "file", "value", "chip",   "device", "udev",
					    "node", "link",  "access", NULL };
	static const struct reader_keys keys = { used, NULL, true };
	struct model_made *out = to;
	int status;

	out->loc = n->loc;
	status = model_reader_map(r, n, "made-devices", &keys);
	if (n->kind != META_MAP)
		return -1;
	status |= need_line(r, n, "file", &out->file) | need_line(r, n, "value", &out->value);
	status |= read_line(r, n, "chip", &out->chip) | need_line(r, n, "device", &out->device);
	status |= need_line(r, n, "udev", &out->udev) | need_line(r, n, "node", &out->node);
	status |= read_line(r, n, "link", &out->link);
	return status | need_access(r, n, &out->access);
}

/* Reads every item of the list under part->key into *items. */
static int read_part(const struct reader *r, const struct meta_node *n, const struct part *part,
		     void **items, size_t *count)
{
	const struct meta_node *list = meta_get(n, part->key);
	int status = 0;

	if (!list)
		return 0;
	if (model_reader_list(r, list, part->key))
		return -1;
	*items = mem_array(r->a, list->count, part->size);
	*count = list->count;
	for (size_t i = 0; i < list->count; i++)
		status |= part->read(r, list->items[i], (char *)*items + i * part->size);
	return status;
}

int model_group_parts(const struct reader *r, const struct meta_node *n, struct model_group *out)
{
	static const struct part devices = { "devices", sizeof(*out->devices), read_device };
	static const struct part mounts = { "mounts", sizeof(*out->mounts), read_mount };
	static const struct part modules = { "kmod", sizeof(*out->modules), read_module };
	static const struct part late = { "late-binding", sizeof(*out->late), read_late };
	static const struct part made = { "made-devices", sizeof(*out->made), read_made };

	return read_part(r, n, &devices, (void **)&out->devices, &out->device_count) |
	       read_part(r, n, &mounts, (void **)&out->mounts, &out->mount_count) |
	       read_part(r, n, &modules, (void **)&out->modules, &out->module_count) |
	       read_part(r, n, &late, (void **)&out->late, &out->late_count) |
	       read_part(r, n, &made, (void **)&out->made, &out->made_count);
}
