/* SPDX-License-Identifier: Apache-2.0 */
#include "identity.h"

#include <string.h>
#include <unistd.h>

#include "attr.h"
#include "group.h"
#include "names.h"
#include "str.h"

/* Names of udev's properties and of its builtins: nothing of a rule's syntax is in them. */
static bool is_property(const char *s)
{
	return *s && s[strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_")] == '\0';
}

static bool is_builtin(const char *s)
{
	return *s && s[strspn(s, "abcdefghijklmnopqrstuvwxyz_")] == '\0';
}

static const struct model_attr_def *find_attr(const struct model_identity *id, const char *name)
{
	for (size_t i = 0; i < id->attr_count; i++)
		if (str_eq(id->attrs[i].name, name))
			return &id->attrs[i];
	return NULL;
}

static int read_import(const struct reader *r, const struct meta_node *n,
		       const struct model_identity *id, struct model_import *out)
{
	static const char *const used[] = { "property", "builtin", "with", NULL };
	static const struct reader_keys keys = { used, NULL, true };
	int status = model_reader_map(r, n, "import", &keys);

	if (n->kind != META_MAP || model_reader_need_text(r, n, "property", &out->property) ||
	    model_reader_text(r, n, "builtin", &out->builtin) ||
	    model_reader_text(r, n, "with", &out->with))
		return -1;
	if (!is_property(out->property) || (out->builtin && !is_builtin(out->builtin)))
		status = meta_error(r->d, &n->loc,
				    "cannot use import: expected a property as ID_PATH and a "
				    "builtin of udev as path_id");
	if (out->with && !find_attr(id, out->with))
		status = meta_error(r->d, &n->loc, "cannot use import: no attribute \"%s\"",
				    out->with);
	return status;
}

static int read_imports(const struct reader *r, const struct meta_node *n,
			struct model_identity *out)
{
	const struct meta_node *list = meta_get(n, "import");
	int status = 0;

	if (!list)
		return 0;
	if (model_reader_list(r, list, "import"))
		return -1;
	out->imports = mem_array(r->a, list->count, sizeof(*out->imports));
	out->import_count = list->count;
	for (size_t i = 0; i < list->count; i++)
		status |= read_import(r, list->items[i], out, &out->imports[i]);
	return status;
}

static int read_one(const struct reader *r, const struct meta_node *key, const struct meta_node *n,
		    struct model_identity *out)
{
	static const char *const used[] = { "attrs", "udev", "import", NULL };
	static const struct reader_keys keys = { used, NULL, true };
	struct attr_defs defs;
	int status;

	*out = (struct model_identity){ .name = key->text, .loc = key->loc };
	status = model_reader_map(r, n, key->text, &keys);
	if (n->kind != META_MAP || model_attr_read_defs(r, n, "attrs", &defs))
		return -1;
	out->attrs = defs.items;
	out->attr_count = defs.count;
	if (!model_names_is_end(key->text) || !defs.count || !meta_get(n, "udev"))
		status = meta_error(r->d, &key->loc,
				    "cannot use identity \"%.64s\": expected a name, attrs and "
				    "udev",
				    key->text);
	return status | model_group_lines(r, n, "udev", &out->udev) | read_imports(r, n, out);
}

int model_identity_load(const struct reader *r, const char *ifaces, struct model *m)
{
	static const char *const used[] = { "identities", NULL };
	static const struct reader_keys keys = { used, NULL, true };
	const char *path = mem_printf(r->a, "%s/../templates/identities.yaml", ifaces);
	const struct meta_node *root, *map;
	int status;

	if (access(path, F_OK))
		return 0;
	root = meta_load(r->a, path, "gadget/templates/identities.yaml", r->d);
	if (!root)
		return -1;
	status = model_reader_map(r, root, "identities.yaml", &keys);
	map = meta_get(root, "identities");
	if (!map || map->kind != META_MAP)
		return meta_error(r->d, &root->loc, "cannot find key \"identities\", a map");
	m->identities = mem_array(r->a, map->count, sizeof(*m->identities));
	m->identity_count = map->count;
	for (size_t i = 0; i < map->count; i++)
		status |= read_one(r, map->keys[i], map->items[i], &m->identities[i]);
	return status || root->faulty ? -1 : 0;
}

const struct model_identity *model_identity_find(const struct reader *r, const struct meta_node *n)
{
	size_t count = r->m ? r->m->identity_count : 0;
	const char **names = mem_array(r->a, count + 1, sizeof(*names));
	const char *text;

	if (meta_text(n, "identity", &text, r->d))
		return NULL;
	for (size_t i = 0; i < count; i++) {
		if (str_eq(r->m->identities[i].name, text))
			return &r->m->identities[i];
		names[i] = r->m->identities[i].name;
	}
	(void)meta_error(r->d, &n->loc, "cannot use identity \"%.64s\": none of templates/%s", text,
			 "identities.yaml");
	if (meta_nearest(text, names))
		meta_hint(r->d, "did you mean \"%s\"?", meta_nearest(text, names));
	return NULL;
}

int model_identity_attrs(const struct reader *r, struct model_variant *v)
{
	const struct model_identity *id = v->identity;
	size_t own = v->attr_count;
	struct model_attr_def *all = mem_array(r->a, own + id->attr_count, sizeof(*all));

	for (size_t i = 0; i < own; i++) {
		all[i] = v->attrs[i];
		if (find_attr(id, all[i].name))
			return meta_error(r->d, &all[i].loc,
					  "cannot use attribute \"%s\": identity %s has it",
					  all[i].name, id->name);
	}
	for (size_t i = 0; i < id->attr_count; i++)
		all[own + i] = id->attrs[i];
	v->attrs = all;
	v->attr_count = own + id->attr_count;
	return 0;
}

int model_identity_udev(const struct reader *r, struct model_variant *v)
{
	const struct model_lines *more = &v->identity->udev;

	if (!v->group.udev_count)
		return meta_error(r->d, &v->loc, "cannot use identity: there is no udev");
	for (size_t i = 0; i < v->group.udev_count; i++) {
		struct model_udev *u = &v->group.udev[i];
		struct model_lines all = {
			mem_array(r->a, u->parts.count + more->count, sizeof(*all.items)), 0
		};

		for (size_t k = 0; k < u->parts.count; k++)
			all.items[all.count++] = u->parts.items[k];
		for (size_t k = 0; k < more->count; k++)
			all.items[all.count++] = more->items[k];
		u->parts = all;
		u->identity = v->identity;
	}
	return 0;
}
