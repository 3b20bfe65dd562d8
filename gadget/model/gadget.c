/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "names.h"
#include "str.h"
#include "volume.h"

static const struct model_reader_word schemas[] = {
	{ "gpt", MODEL_SCHEMA_GPT },
	{ "mbr", MODEL_SCHEMA_MBR },
	{ "emmc", READER_LATER },
	{ NULL, 0 },
};

static const struct model_reader_word bootloaders[] = {
	{ "u-boot", 1 },
	{ "grub", READER_LATER },
	{ "android-boot", READER_LATER },
	{ "piboot", READER_LATER },
	{ "lk", READER_LATER },
	{ NULL, 0 },
};

static int read_structures(const struct reader *r, const struct meta_node *n,
			   struct model_volume *out)
{
	const struct meta_node *list = meta_get(n, "structure");
	int status = 0;

	if (!list || list->kind == META_NULL)
		return 0;
	if (model_reader_list(r, list, "structure"))
		return -1;
	out->structures = mem_array(r->a, list->count, sizeof(*out->structures));
	out->structure_count = list->count;
	for (size_t i = 0; i < list->count; i++)
		if (model_structure_read(r, list->items[i], out->schema, &out->structures[i]))
			status = -1;
	return status;
}

static int read_volume(const struct reader *r, const struct meta_node *key,
		       const struct meta_node *n, struct model_volume *out)
{
	static const char *const used[] = { "schema", "bootloader", "id", "structure", NULL };
	static const char *const later[] = { "partial", NULL };
	static const struct reader_keys keys = { used, later, false };
	const struct meta_node *schema = meta_get(n, "schema");
	const struct meta_node *loader = meta_get(n, "bootloader");
	int value = MODEL_SCHEMA_GPT;
	int ignored;

	out->name = key->text;
	out->loc = key->loc;
	if (!model_names_is_volume(out->name))
		return meta_error(r->d, &key->loc,
				  "cannot use \"%.64s\" as the name of a volume: expected letters, "
				  "digits and hyphens",
				  out->name);
	if (model_reader_map(r, n, "volume", &keys) || model_reader_text(r, n, "id", &out->id))
		return -1;
	if (schema && model_reader_word(r, schema, "schema", schemas, &value))
		return -1;
	if (value == READER_LATER)
		return 0;
	out->schema = (enum model_schema)value;
	if (loader && model_reader_word(r, loader, "bootloader", bootloaders, &ignored))
		return -1;
	out->bootloader = loader ? loader->text : NULL;
	/* Sizes may be absent from a partial volume: nothing can be placed. */
	if (meta_get(n, "partial"))
		return 0;
	return read_structures(r, n, out) ? -1 : model_layout_volume(r, out);
}

static int check_bootloader(const struct reader *r, const struct meta_node *volumes,
			    const struct model_gadget *g)
{
	size_t count = 0;

	for (size_t i = 0; i < g->volume_count; i++)
		count += g->volumes[i].bootloader != NULL;
	if (count == 1)
		return 0;
	return meta_error(r->d, &volumes->loc,
			  "cannot use volumes: expected one bootloader in all of them, got %zu",
			  count);
}

/* What can be there once only, over all volumes. */
static int check_roles(const struct reader *r, const struct model_gadget *g)
{
	static const struct {
		enum model_role role;
		const char *name;
	} single[] = {
		{ MODEL_ROLE_SYSTEM_BOOT, "system-boot" },
		{ MODEL_ROLE_SYSTEM_DATA, "system-data" },
		{ MODEL_ROLE_SYSTEM_ROOT, "system-root" },
	};
	unsigned seen = 0;

	for (size_t i = 0; i < g->volume_count; i++) {
		const struct model_volume *v = &g->volumes[i];

		for (size_t k = 0; k < v->structure_count * ARRAY_SIZE(single); k++) {
			const struct model_structure *s = &v->structures[k / ARRAY_SIZE(single)];
			unsigned bit = 1u << k % ARRAY_SIZE(single);

			if (s->role != single[k % ARRAY_SIZE(single)].role)
				continue;
			if (seen & bit)
				if (model_reader_wrong(r, &s->loc,
						       "cannot use role %s: another structure has "
						       "it",
						       single[k % ARRAY_SIZE(single)].name))
					return -1;
			seen |= bit;
		}
	}
	return 0;
}

static int read_volumes(const struct reader *r, const struct meta_node *root,
			struct model_gadget *out)
{
	const struct meta_node *volumes = meta_get(root, "volumes");
	int status = 0;

	if (!volumes)
		return model_reader_wrong(r, &root->loc, "cannot find key \"volumes\"");
	if (volumes->kind != META_MAP)
		return meta_error(r->d, &volumes->loc, "cannot use volumes: expected a map, got %s",
				  meta_kind_name(volumes));
	out->volumes = mem_array(r->a, volumes->count, sizeof(*out->volumes));
	out->volume_count = volumes->count;
	for (size_t i = 0; i < volumes->count; i++)
		if (read_volume(r, volumes->keys[i], volumes->items[i], &out->volumes[i]))
			status = -1;
	if (status)
		return -1;
	return check_bootloader(r, volumes, out) || check_roles(r, out) ? -1 : 0;
}

/* The form only: who the ends are, the model knows that has all snaps. */
static int check_connections(const struct reader *r, const struct meta_node *list)
{
	static const char *const used[] = { "plug", "slot", NULL };
	static const struct reader_keys keys = { used, NULL, false };
	int status = 0;

	if (model_reader_list(r, list, "connections"))
		return -1;
	for (size_t i = 0; i < list->count; i++) {
		const struct meta_node *n = list->items[i];
		const char *text = NULL;

		if (model_reader_map(r, n, "connection", &keys) ||
		    model_reader_need_text(r, n, "plug", &text) ||
		    model_reader_text(r, n, "slot", &text))
			status = -1;
	}
	return status;
}

int model_gadget_read(const struct reader *r, const struct meta_node *root,
		      struct model_gadget *out)
{
	static const char *const used[] = { "volumes", "connections", NULL };
	static const char *const later[] = { "defaults",    "volume-assignments", "kernel-cmdline",
					     "device-tree", "device-tree-origin", "format",
					     NULL };
	static const struct reader_keys keys = { used, later, false };
	const struct meta_node *connections = meta_get(root, "connections");
	int status;

	*out = (struct model_gadget){ .loc = root->loc };
	if (model_reader_map(r, root, "gadget.yaml", &keys))
		return -1;
	status = read_volumes(r, root, out);
	if (!connections || connections->kind == META_NULL)
		return status;
	out->connections = connections;
	return check_connections(r, connections) ? -1 : status;
}

int model_read_gadget(struct mem_arena *a, const struct meta_node *root, struct model_gadget *out,
		      struct meta_diag *d)
{
	struct reader r = { .a = a, .d = d, .building = true };

	return model_gadget_read(&r, root, out);
}
