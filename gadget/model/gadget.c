/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "names.h"
#include "str.h"
#include "volume.h"

const struct meta_node *model_gadget_value(const struct meta_node *n, const char *key)
{
	const struct meta_node *v = meta_get(n, key);

	return v && v->kind != META_NULL ? v : NULL;
}

const struct meta_loc *model_gadget_place(const struct meta_node *n, const char *key)
{
	const struct meta_node *v = meta_get(n, key);

	return v ? &v->loc : &n->loc;
}

int model_gadget_list(const struct reader *r, const struct meta_node *n, const char *what)
{
	if (model_reader_list(r, n, what))
		return -1;
	if (n->count > ENTRIES_MAX)
		return meta_error(r->d, &n->loc, "cannot use %s: %zu entries (%u at most)", what,
				  n->count, ENTRIES_MAX);
	return 0;
}

/* Keys of the root one or two levels too deep, and those of the other file. */
static const char *place_of(const char *key, bool root)
{
	static const char *const roots[] = { "defaults", "connections", "kernel-cmdline",
					     "volume-assignments" };

	if (str_eq(key, "slots"))
		return "slots of a gadget are in its meta/snap.yaml";
	if (str_eq(key, "plugs"))
		return "plugs of a gadget are in its meta/snap.yaml";
	for (size_t i = 0; !root && i < ARRAY_SIZE(roots); i++)
		if (str_eq(key, roots[i]))
			return "it is a key of its own: indent it as volumes";
	return NULL;
}

bool model_gadget_misplaced(const struct reader *r, const struct meta_node *n, bool root)
{
	bool any = false;

	for (size_t i = 0; n->kind == META_MAP && i < n->count; i++) {
		const char *place = place_of(n->keys[i]->text, root);

		if (!place)
			continue;
		any = true;
		meta_warn(r->d, &n->keys[i]->loc, "cannot use %s: not a key here",
			  n->keys[i]->text);
		meta_hint(r->d, "%s", place);
	}
	return any;
}

/* --- volumes --------------------------------------------------------------------------------- */

static const char *const root_keys[] = { "volumes",
					 "connections",
					 "defaults",
					 "volume-assignments",
					 "kernel-cmdline",
					 "device-tree",
					 "device-tree-origin",
					 "format",
					 "plugs",
					 "slots",
					 NULL };

static int read_structures(const struct reader *r, const struct meta_node *n,
			   struct model_volume *out)
{
	const struct meta_node *list = model_gadget_value(n, "structure");
	int status = 0;

	if (!list)
		return 0;
	out->unread |= MODEL_UNREAD_STRUCTURES;
	if (model_reader_list(r, list, "structure"))
		return -1;
	if (list->count > STRUCTURES_MAX)
		return meta_error(r->d, &list->loc,
				  "cannot use structure: %zu entries (%u at most)", list->count,
				  STRUCTURES_MAX);
	out->unread &= ~(unsigned)MODEL_UNREAD_STRUCTURES;
	out->structures = mem_array(r->a, list->count, sizeof(*out->structures));
	out->structure_count = list->count;
	for (size_t i = 0; i < list->count; i++)
		status |= model_structure_read(r, list->items[i], out, &out->structures[i]);
	return status;
}

static int read_partial(const struct reader *r, const struct meta_node *n, struct model_volume *out)
{
	const struct meta_node *list = model_gadget_value(n, "partial");
	int status = 0;

	if (!list)
		return 0;
	if (model_gadget_list(r, list, "partial"))
		return -1;
	for (size_t i = 0; i < list->count; i++) {
		int bit = 0;

		if (model_reader_word(r, list->items[i], "partial", model_words_partials, &bit))
			status = -1;
		else if (out->partial & (unsigned)bit)
			status = meta_error(r->d, &list->items[i]->loc,
					    "cannot use partial: \"%s\" is there twice",
					    list->items[i]->text);
		out->partial |= (unsigned)bit;
	}
	return status;
}

static int read_schema(const struct reader *r, const struct meta_node *n, struct model_volume *out)
{
	const struct meta_node *schema = model_gadget_value(n, "schema");
	const char *text = "";
	int value = out->partial & MODEL_PARTIAL_SCHEMA ? MODEL_SCHEMA_PARTIAL : MODEL_SCHEMA_GPT;

	if (schema && meta_text(schema, "schema", &text, r->d))
		return -1;
	if (*text && value == MODEL_SCHEMA_PARTIAL)
		return meta_error(r->d, &schema->loc,
				  "cannot use schema \"%.64s\": partial says that it is open",
				  text);
	if (*text && model_reader_word(r, schema, "schema", model_words_schemas, &value))
		return -1;
	out->schema = (enum model_schema)value;
	return 0;
}

static int read_bootloader(const struct reader *r, const struct meta_node *n, enum model_kind kind,
			   struct model_volume *out)
{
	const struct meta_node *loader = model_gadget_value(n, "bootloader");
	const char *text;
	int ignored;

	if (!loader)
		return 0;
	if (meta_text(loader, "bootloader", &text, r->d))
		return -1;
	if (!*text)
		return 0;
	if (model_reader_word(r, loader, "bootloader", model_words_bootloaders, &ignored))
		return -1;
	out->bootloader = text;
	if (str_eq(text, "piboot") && (kind == MODEL_KIND_UC16_18 || kind == MODEL_KIND_CLASSIC))
		return meta_error(r->d, &loader->loc,
				  "cannot use bootloader piboot: not with a model of kind %s",
				  model_kind_name(kind));
	return 0;
}

/* Of the disk: a GUID, or the eight digits of a master boot record. */
static int read_id(const struct reader *r, const struct meta_node *n, struct model_volume *out)
{
	const struct meta_node *id = model_gadget_value(n, "id");

	if (!id)
		return 0;
	if (meta_text(id, "id", &out->id, r->d))
		return -1;
	if (!model_names_made_of(*out->id ? out->id : "0", "-{}") || strlen(out->id) > 64)
		return meta_error(r->d, &id->loc,
				  "cannot use id \"%.64s\": expected hexadecimal digits or a GUID",
				  out->id);
	out->id = *out->id ? out->id : NULL;
	return 0;
}

/* Boot partitions of an eMMC are part of another volume's device. */
static int check_emmc(const struct reader *r, const struct meta_node *n,
		      const struct model_volume *v)
{
	static const char *const table[] = { "bootloader", "id", "partial" };
	int status = 0;

	for (size_t i = 0; v->schema == MODEL_SCHEMA_EMMC && i < ARRAY_SIZE(table); i++)
		if (model_gadget_value(n, table[i]))
			status = meta_error(r->d, model_gadget_place(n, table[i]),
					    "cannot use %s: not in a volume with schema emmc",
					    table[i]);
	return status;
}

/* "defaults:" and its like one level too deep look like volumes of that name. */
static int refuse_empty(const struct reader *r, const struct meta_node *key)
{
	(void)meta_error(r->d, &key->loc, "cannot use volume \"%.64s\": it is empty", key->text);
	for (size_t i = 0; root_keys[i]; i++)
		if (str_eq(root_keys[i], key->text))
			meta_hint(r->d, "%s is a key of its own: indent it as volumes", key->text);
	return -1;
}

static int read_volume(const struct reader *r, const struct meta_node *key,
		       const struct meta_node *n, enum model_kind kind, struct model_volume *out)
{
	static const char *const used[] = { "schema",	 "bootloader",		 "id", "partial",
					    "structure", MODEL_GADGET_MISPLACED, NULL };
	static const struct reader_keys keys = { used, NULL, false };
	int status = 0;

	out->name = key->text;
	out->loc = key->loc;
	out->node = n;
	out->unread = MODEL_UNREAD_ALL;
	if (!model_names_is_volume(out->name))
		status = meta_error(r->d, &key->loc,
				    "cannot use \"%.64s\" as the name of a volume: expected "
				    "two or more letters, digits and hyphens, no hyphen first",
				    out->name);
	if (n->kind == META_NULL)
		return refuse_empty(r, key);
	if (!meta_get(n, "structure") && place_of(out->name, false)) {
		/* A map says nothing of volumes. */
		out->unread = n->kind == META_MAP ? 0 : MODEL_UNREAD_ALL;
		meta_warn(r->d, &key->loc, "cannot use %s: not a key here", out->name);
		meta_hint(r->d, "%s", place_of(out->name, false));
		return n->kind == META_MAP ? status : model_reader_map(r, n, "volume", &keys);
	}
	if (model_reader_map(r, n, "volume", &keys))
		return -1;
	(void)model_gadget_misplaced(r, n, false);
	out->unread = 0;
	status |= read_id(r, n, out);
	if (read_bootloader(r, n, kind, out))
		out->unread |= MODEL_UNREAD_BOOTLOADER;
	/* How structures are read depends on both. */
	if (read_partial(r, n, out))
		out->unread |= MODEL_UNREAD_PARTIAL | MODEL_UNREAD_SCHEMA;
	if (read_schema(r, n, out))
		out->unread |= MODEL_UNREAD_SCHEMA;
	if (check_emmc(r, n, out)) {
		out->bootloader = NULL;
		out->unread |= MODEL_UNREAD_BOOTLOADER;
	}
	status |= read_structures(r, n, out);
	status |= model_layout_volume(r, out);
	return status || out->unread ? -1 : 0;
}

static int check_bootloader(const struct reader *r, const struct meta_node *volumes,
			    const struct model_gadget *g)
{
	size_t count = 0;
	unsigned unread = 0;

	for (size_t i = 0; i < g->volume_count; i++) {
		count += g->volumes[i].bootloader != NULL;
		unread |= g->volumes[i].unread;
	}
	if (count == 1 || (count == 0 && (unread & MODEL_UNREAD_BOOTLOADER)))
		return 0;
	return meta_error(r->d, &volumes->loc,
			  "cannot use volumes: expected one bootloader in all of them, got %zu",
			  count);
}

static int read_volumes(const struct reader *r, const struct meta_node *root,
			struct model_gadget *out)
{
	const struct meta_node *volumes = model_gadget_value(root, "volumes");
	bool optional = out->kind == MODEL_KIND_NONE || out->kind == MODEL_KIND_CLASSIC;
	int status = 0;

	if (volumes && volumes->kind != META_MAP)
		return meta_error(r->d, &volumes->loc, "cannot use volumes: expected a map, got %s",
				  meta_kind_name(volumes));
	if (!volumes || volumes->count == 0)
		return optional
			       ? 0
			       : meta_error(r->d, model_gadget_place(root, "volumes"),
					    "cannot use gadget.yaml: expected volumes with a model "
					    "of kind %s",
					    model_kind_name(out->kind));
	if (volumes->count > VOLUMES_MAX)
		return meta_error(r->d, &volumes->loc,
				  "cannot use volumes: %zu of them (%u at most)", volumes->count,
				  VOLUMES_MAX);
	out->volumes = mem_array(r->a, volumes->count, sizeof(*out->volumes));
	out->volume_count = volumes->count;
	for (size_t i = 0; i < volumes->count; i++)
		status |= read_volume(r, volumes->keys[i], volumes->items[i], out->kind,
				      &out->volumes[i]);
	/* What can be said of those that were read is said, whatever the others hold. */
	status |= check_bootloader(r, volumes, out);
	return model_roles_label(r, out) | model_roles_check(r, volumes, out) | status;
}

int model_gadget_read(const struct reader *r, const struct meta_node *root, enum model_kind kind,
		      struct model_gadget *out)
{
	static const struct reader_keys keys = { root_keys, NULL, false };
	int status;

	*out = (struct model_gadget){ .loc = root->loc, .kind = kind, .node = root };
	if (model_reader_map(r, root, "gadget.yaml", &keys))
		return -1;
	(void)model_gadget_misplaced(r, root, true);
	status = read_volumes(r, root, out);
	out->volumes_unread = status && out->volume_count == 0;
	status |= model_gadget_read_extras(r, root, out);
	return status | model_gadget_read_cmdline(r, root, out) ? -1 : 0;
}

int model_read_gadget(struct mem_arena *a, const struct meta_node *root, struct model_gadget *out,
		      struct meta_diag *d)
{
	struct reader r = { .a = a, .d = d, .building = true };

	return model_gadget_read(&r, root, MODEL_KIND_NONE, out);
}
