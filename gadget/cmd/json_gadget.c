/* SPDX-License-Identifier: Apache-2.0 */
/* A gadget as "check --json" shows it: what was understood, what is implied filled in. */
#include "json_check.h"

static void put_content(struct json *j, const struct model_structure *s)
{
	json_list(j, "content");
	for (size_t i = 0; i < s->content_count; i++) {
		const struct model_content *c = &s->content[i];

		json_map(j, NULL);
		if (c->image) {
			json_text(j, "image", c->image);
			if (c->has_offset)
				json_number(j, "offset", c->offset);
			json_number(j, "size", c->size);
		} else {
			json_text(j, "source", c->source);
			json_text(j, "target", c->target);
			json_bool(j, "unpack", c->unpack);
		}
		json_map_end(j);
	}
	json_list_end(j);
}

static void put_offsets(struct json *j, const struct model_structure *s)
{
	if (s->floating)
		json_null(j, "offset");
	else
		json_number(j, "offset", s->offset);
	json_number(j, "size", s->size);
	json_number(j, "min_size", s->min_size);
	if (!s->has_offset_write)
		return;
	json_map(j, "offset_write");
	json_word(j, "relative_to", s->offset_write_to);
	json_number(j, "offset", s->offset_write);
	json_map_end(j);
}

static void put_structure(struct json *j, const struct model_structure *s)
{
	json_map(j, NULL);
	json_word(j, "name", s->name);
	json_number(j, "yaml_index", s->index);
	json_word(j, "role", s->role_by_label ? NULL : model_role_name(s->role));
	json_word(j, "label", s->label);
	json_word(j, "filesystem", model_filesystem_name(s->fs));
	json_word(j, "type", s->type);
	json_word(j, "id", s->id);
	put_offsets(j, s);
	put_content(j, s);
	json_map(j, "update");
	json_number(j, "edition", s->edition);
	json_list(j, "preserve");
	for (size_t i = 0; i < s->preserve_count; i++)
		json_text(j, NULL, s->preserve[i]);
	json_list_end(j);
	json_map_end(j);
	json_map_end(j);
}

static void put_partial(struct json *j, unsigned partial)
{
	static const struct {
		unsigned bit;
		const char *name;
	} bits[] = {
		{ MODEL_PARTIAL_FILESYSTEM, "filesystem" },
		{ MODEL_PARTIAL_SCHEMA, "schema" },
		{ MODEL_PARTIAL_SIZE, "size" },
		{ MODEL_PARTIAL_STRUCTURE, "structure" },
	};

	json_list(j, "partial");
	for (size_t i = 0; i < ARRAY_SIZE(bits); i++)
		if (partial & bits[i].bit)
			json_text(j, NULL, bits[i].name);
	json_list_end(j);
}

static void put_volume(struct json *j, const struct model_volume *v)
{
	json_map(j, NULL);
	json_text(j, "name", v->name);
	json_word(j, "schema", model_schema_name(v->schema));
	json_word(j, "bootloader", v->bootloader);
	json_word(j, "id", v->id);
	put_partial(j, v->partial);
	json_list(j, "structure");
	for (size_t i = 0; i < v->structure_count; i++)
		put_structure(j, &v->structures[i]);
	json_list_end(j);
	json_map_end(j);
}

static void put_arguments(struct json *j, const char *key, const struct model_kernel_args *args)
{
	json_list(j, key);
	for (size_t i = 0; i < args->count; i++) {
		json_map(j, NULL);
		json_text(j, "param", args->items[i].param);
		json_text(j, "value", args->items[i].value);
		json_bool(j, "quoted", args->items[i].quoted);
		json_map_end(j);
	}
	json_list_end(j);
}

static void put_connections(struct json *j, const struct meta_node *list)
{
	json_list(j, "connections");
	for (size_t i = 0; list && i < list->count; i++) {
		const struct meta_node *plug = meta_get(list->items[i], "plug");
		const struct meta_node *slot = meta_get(list->items[i], "slot");

		json_map(j, NULL);
		json_text(j, "plug", plug->text);
		if (slot && slot->text) {
			json_text(j, "slot", slot->text);
		} else {
			/* The system's slot of the plug's name. */
			CLEANUP_STR struct str s = { 0 };

			str_printf(&s, "system%s", strchr(plug->text, ':'));
			json_text(j, "slot", str_text(&s));
		}
		json_map_end(j);
	}
	json_list_end(j);
}

static void put_assignments(struct json *j, const struct model_gadget *g)
{
	json_list(j, "volume_assignments");
	for (size_t i = 0; i < g->assignment_count; i++) {
		const struct model_assignment *a = &g->assignments[i];

		json_map(j, NULL);
		json_text(j, "name", a->name);
		json_map(j, "assignment");
		for (size_t k = 0; k < a->disk_count; k++)
			json_text(j, a->disks[k].volume, a->disks[k].device);
		json_map_end(j);
		json_map_end(j);
	}
	json_list_end(j);
}

void json_gadget(struct json *j, const struct model_gadget *g)
{
	json_map(j, "gadget");
	json_text(j, "model", model_kind_name(g->kind));
	json_list(j, "volumes");
	for (size_t i = 0; i < g->volume_count; i++)
		put_volume(j, &g->volumes[i]);
	json_list_end(j);
	json_list(j, "defaults");
	for (size_t i = 0; i < g->default_count; i++)
		json_text(j, NULL, g->defaults[i].key);
	json_list_end(j);
	put_connections(j, g->connections);
	put_assignments(j, g);
	json_map(j, "kernel_cmdline");
	put_arguments(j, "allow", &g->allow);
	put_arguments(j, "append", &g->append);
	put_arguments(j, "remove", &g->remove);
	json_map_end(j);
	json_map_end(j);
}
