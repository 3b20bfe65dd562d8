/* SPDX-License-Identifier: Apache-2.0 */
/* Interface files: data that is trusted as the program is, but checked as whole as any other. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "attr.h"
#include "cleanup.h"
#include "names.h"
#include "path.h"
#include "reader.h"
#include "str.h"

/* As plan.h's enum plan_access, which is not ours to include. */
#define ACCESS_READ  2
#define ACCESS_WRITE 4

static const struct model_reader_word accesses[] = {
	{ "r", ACCESS_READ },
	{ "w", ACCESS_WRITE },
	{ "rw", ACCESS_READ | ACCESS_WRITE },
	{ NULL, 0 },
};

static void add_line(struct mem_arena *a, struct model_lines *out, size_t *room,
		     struct model_line line)
{
	out->items = mem_grow(a, out->items, out->count, room, sizeof(*out->items));
	out->items[out->count++] = line;
}

/* A line of a block without blanks at its ends; nothing for empty lines and comments. */
static bool trim_line(struct mem_arena *a, const char *text, size_t len, struct model_line *line)
{
	while (len && (*text == ' ' || *text == '\t')) {
		text++;
		len--;
		line->loc.col++;
	}
	while (len && (text[len - 1] == ' ' || text[len - 1] == '\t'))
		len--;
	line->text = mem_strndup(a, text, len);
	return len && *text != '#';
}

static void split_block(struct mem_arena *a, const struct meta_node *n, struct model_lines *out)
{
	struct meta_loc loc = n->loc;
	const char *at = n->text;
	size_t room = 0;

	loc.col = n->block_col;
	while (*at) {
		size_t len = strcspn(at, "\n");
		struct model_line line = { .loc = loc };

		line.loc.line = ++loc.line;
		if (trim_line(a, at, len, &line))
			add_line(a, out, &room, line);
		at += len + (at[len] == '\n');
	}
}

/* A literal block, one line, or a list of lines. */
static int read_lines(const struct reader *r, const struct meta_node *map, const char *key,
		      struct model_lines *out)
{
	const struct meta_node *n = meta_get(map, key);
	const struct meta_node *one[1] = { n };
	const struct meta_node *const *items = one;
	size_t count = 1;
	size_t room = 0;

	if (!n)
		return 0;
	if (n->kind == META_SCALAR && n->block_col) {
		split_block(r->a, n, out);
		return 0;
	}
	if (n->kind == META_LIST) {
		items = (const struct meta_node *const *)n->items;
		count = n->count;
	}
	for (size_t i = 0; i < count; i++) {
		const char *text;

		if (meta_text(items[i], key, &text, r->d))
			return -1;
		if (!*text || strchr(text, '\n'))
			return meta_error(r->d, &items[i]->loc,
					  "cannot use %s: expected one line, not empty", key);
		add_line(r->a, out, &room, (struct model_line){ text, items[i]->loc });
	}
	return 0;
}

static int read_device(const struct reader *r, const struct meta_node *n,
		       struct model_iface_device *out)
{
	static const char *const used[] = { "node", "access", NULL };
	static const struct reader_keys keys = { used, NULL, true };
	const struct meta_node *access;
	int bits = 0;

	if (model_reader_map(r, n, "device", &keys) ||
	    model_reader_need_text(r, n, "node", &out->node.text))
		return -1;
	access = meta_get(n, "access");
	if (!access)
		return meta_error(r->d, &n->loc, "cannot find key \"access\"");
	if (model_reader_word(r, access, "access", accesses, &bits))
		return -1;
	out->access = (unsigned)bits;
	out->loc = n->loc;
	out->node.loc = meta_get(n, "node")->loc;
	return 0;
}

static int read_devices(const struct reader *r, const struct meta_node *n, struct model_variant *v)
{
	const struct meta_node *list = meta_get(n, "devices");

	if (!list)
		return 0;
	if (model_reader_list(r, list, "devices"))
		return -1;
	v->devices = mem_array(r->a, list->count, sizeof(*v->devices));
	v->device_count = list->count;
	for (size_t i = 0; i < list->count; i++)
		if (read_device(r, list->items[i], &v->devices[i]))
			return -1;
	return 0;
}

static int read_udev_access(const struct reader *r, const struct meta_node *n,
			    struct model_variant *v)
{
	const struct meta_node *access = meta_get(n, "udev-access");
	int bits;

	v->udev_access = "rw";
	if (!access)
		return 0;
	if (v->udev.count == 0)
		return meta_error(r->d, &access->loc, "cannot use udev-access: there is no udev");
	if (model_reader_word(r, access, "udev-access", accesses, &bits))
		return -1;
	v->udev_access = access->text;
	return 0;
}

static int read_variant(const struct reader *r, const struct meta_node *n, struct model_variant *v)
{
	static const char *const used[] = { "name",  "attrs",	     "apparmor",    "seccomp",
					    "udev",  "devices",	     "udev-access", "capabilities",
					    "binds", "host-network", NULL };
	static const struct reader_keys keys = { used, NULL, true };
	struct attr_defs defs;

	v->loc = n->loc;
	if (model_reader_map(r, n, "variant", &keys) ||
	    model_reader_need_text(r, n, "name", &v->name))
		return -1;
	if (!model_names_is_end(v->name))
		return meta_error(r->d, &n->loc, "cannot use \"%s\" as the name of a variant",
				  v->name);
	if (model_attr_read_defs(r, n, "attrs", &defs) ||
	    read_lines(r, n, "apparmor", &v->apparmor) ||
	    read_lines(r, n, "seccomp", &v->seccomp) || read_lines(r, n, "udev", &v->udev) ||
	    read_lines(r, n, "capabilities", &v->capabilities) ||
	    read_lines(r, n, "binds", &v->binds) || read_devices(r, n, v) ||
	    read_udev_access(r, n, v) || model_reader_bool(r, n, "host-network", &v->network))
		return -1;
	v->attrs = defs.items;
	v->attr_count = defs.count;
	return 0;
}

static int check_variants(const struct reader *r, const struct model_iface *iface)
{
	for (size_t i = 0; i < iface->variant_count; i++) {
		for (size_t k = 0; k < i; k++) {
			const struct model_variant *a = &iface->variants[k];
			const struct model_variant *b = &iface->variants[i];

			if (str_eq(a->name, b->name))
				return meta_error(r->d, &b->loc,
						  "cannot use variant \"%s\": already defined",
						  b->name);
			if (model_attr_ambiguous(a, b))
				return meta_error(r->d, &b->loc,
						  "cannot use variant \"%s\": a slot could fit "
						  "\"%s\" as well",
						  b->name, a->name);
		}
	}
	return 0;
}

static int read_variants(const struct reader *r, const struct meta_node *root,
			 struct model_iface *out)
{
	const struct meta_node *list = meta_get(root, "variants");

	if (!list)
		return meta_error(r->d, &root->loc, "cannot find key \"variants\"");
	if (model_reader_list(r, list, "variants"))
		return -1;
	if (list->count == 0)
		return meta_error(r->d, &list->loc, "cannot use variants: the list is empty");
	out->variants = mem_array(r->a, list->count, sizeof(*out->variants));
	out->variant_count = list->count;
	for (size_t i = 0; i < list->count; i++)
		if (read_variant(r, list->items[i], &out->variants[i]))
			return -1;
	return check_variants(r, out);
}

static int read_offered(const struct reader *r, const struct meta_node *root,
			struct model_iface *out)
{
	static const struct model_reader_word words[] = {
		{ "system", MODEL_OFFERED_SYSTEM },
		{ "gadget", MODEL_OFFERED_GADGET },
		{ "app", MODEL_OFFERED_APP },
		{ NULL, 0 },
	};
	static const char *const used[] = { "offered-by", NULL };
	static const struct reader_keys keys = { used, NULL, true };
	const struct meta_node *slots = meta_get(root, "slots");
	const struct meta_node *list;

	if (!slots)
		return meta_error(r->d, &root->loc, "cannot find key \"slots\"");
	if (model_reader_map(r, slots, "slots", &keys))
		return -1;
	list = meta_get(slots, "offered-by");
	if (!list)
		return meta_error(r->d, &slots->loc, "cannot find key \"offered-by\"");
	if (model_reader_list(r, list, "offered-by"))
		return -1;
	for (size_t i = 0; i < list->count; i++) {
		int bit = 0;

		if (model_reader_word(r, list->items[i], "offered-by", words, &bit))
			return -1;
		out->offered_by |= (unsigned)bit;
	}
	if (!out->offered_by)
		return meta_error(r->d, &list->loc, "cannot use offered-by: the list is empty");
	return 0;
}

static int read_connect(const struct reader *r, const struct meta_node *root,
			struct model_iface *out)
{
	static const struct model_reader_word words[] = { { "manual", 0 },
							  { "auto", 1 },
							  { NULL, 0 } };
	const struct meta_node *n = meta_get(root, "connect");
	int value = 0;

	if (n && model_reader_word(r, n, "connect", words, &value))
		return -1;
	out->auto_connect = value;
	if (value && !(out->offered_by & MODEL_OFFERED_SYSTEM))
		return meta_error(r->d, &n->loc,
				  "cannot use connect \"auto\": no slot of the system");
	return 0;
}

static int read_iface(const struct reader *r, const struct meta_node *root, const char *stem,
		      struct model_iface *out)
{
	static const char *const used[] = { "interface",  "summary",  "slots",	 "connect",
					    "plug-attrs", "variants", "listens", NULL };
	static const struct reader_keys keys = { used, NULL, true };
	struct attr_defs defs;

	out->loc = root->loc;
	if (model_reader_map(r, root, "interface file", &keys) ||
	    model_reader_need_text(r, root, "interface", &out->name) ||
	    model_reader_need_text(r, root, "summary", &out->summary))
		return -1;
	if (model_reader_bool(r, root, "listens", &out->listens))
		return -1;
	out->loc = meta_get(root, "interface")->loc;
	if (!model_names_is_end(out->name) || (stem && !str_eq(out->name, stem)))
		return meta_error(r->d, &out->loc,
				  "cannot use interface \"%s\": expected the name of the file",
				  out->name);
	if (read_offered(r, root, out) || read_connect(r, root, out) ||
	    model_attr_read_defs(r, root, "plug-attrs", &defs) || read_variants(r, root, out))
		return -1;
	out->plug_attrs = defs.items;
	out->plug_attr_count = defs.count;
	return 0;
}

int model_reader_iface(const struct reader *r, const struct meta_node *root)
{
	struct model_iface iface = { 0 };

	return read_iface(r, root, NULL, &iface);
}

static int is_yaml(const struct dirent *e)
{
	return str_ends(e->d_name, ".yaml") && e->d_name[0] != '.';
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct model_iface *)a)->name, ((const struct model_iface *)b)->name);
}

static int load_one(const struct reader *r, const char *dir, const char *file,
		    struct model_iface *out)
{
	const char *path = mem_printf(r->a, "%s/%s", dir, file);
	const char *name = mem_printf(r->a, "gadget/interfaces/%s", file);
	const char *stem = mem_strndup(r->a, file, strlen(file) - strlen(".yaml"));
	const struct meta_node *root = meta_load(r->a, path, name, r->d);

	return root ? read_iface(r, root, stem, out) : -1;
}

/* The slots that every system has: one for each interface that it offers. */
static int make_system_slots(const struct reader *r, struct model *m)
{
	int status = 0;

	m->system_slots = mem_array(r->a, m->iface_count, sizeof(*m->system_slots));
	for (size_t i = 0; i < m->iface_count; i++) {
		const struct model_iface *iface = &m->ifaces[i];
		struct model_end *slot = &m->system_slots[m->system_slot_count];

		if (!(iface->offered_by & MODEL_OFFERED_SYSTEM))
			continue;
		*slot = (struct model_end){ .name = iface->name,
					    .interface = iface->name,
					    .iface = iface,
					    .loc = iface->loc };
		if (model_attr_check_slot(r, slot))
			status = -1;
		m->system_slot_count++;
	}
	return status;
}

int model_load_ifaces(struct mem_arena *a, const char *dir, struct model *out, struct meta_diag *d)
{
	struct reader r = { .a = a, .d = d, .building = true };
	struct meta_loc loc = { .file = dir };
	struct dirent **list = NULL;
	int n = scandir(dir, &list, is_yaml, alphasort);
	int status = 0;

	if (n < 0)
		return meta_error(d, &loc, "cannot read interfaces: %s", strerror(errno));
	out->ifaces = mem_array(a, (size_t)n, sizeof(*out->ifaces));
	for (int i = 0; i < n; i++) {
		if (load_one(&r, dir, list[i]->d_name, &out->ifaces[i]))
			status = -1;
		free(list[i]);
	}
	free(list);
	out->iface_count = (size_t)n;
	if (status)
		return -1;
	if (n == 0)
		return meta_error(d, &loc, "cannot read interfaces: there is none");
	/* The locale of scandir's order is not ours. */
	qsort(out->ifaces, out->iface_count, sizeof(*out->ifaces), by_name);
	return make_system_slots(&r, out);
}
