/* SPDX-License-Identifier: Apache-2.0 */
#include "grain.h"
#include "list.h"

static void begin(struct json *j)
{
	json_map(j, NULL);
	json_number(j, "version", JSON_LIST_VERSION);
}

/* --- slots and connections ------------------------------------------------------------------- */

/* snap is null for the system's. */
static void put_names(struct json *j, const struct model_end *end)
{
	json_text(j, "snap", end->snap ? end->snap->instance : NULL);
	json_text(j, "name", end->name);
}

static void put_end(struct json *j, const char *key, const struct model_end *end)
{
	json_map(j, key);
	put_names(j, end);
	json_map_end(j);
}

static void put_slots(struct json *j, const struct model *m, const struct model_end *slots,
		      size_t count)
{
	for (size_t i = 0; i < count; i++) {
		json_map(j, NULL);
		put_names(j, &slots[i]);
		json_text(j, "interface", slots[i].interface);
		json_list(j, "plugs");
		for (size_t k = 0; k < m->connection_count; k++)
			if (m->connections[k].slot == &slots[i])
				put_end(j, NULL, m->connections[k].plug);
		json_list_end(j);
		json_map_end(j);
	}
}

static void put_unconnected(struct json *j, const struct model *m, const struct model_snap *s)
{
	for (size_t i = 0; i < s->plug_count; i++) {
		if (cmd_list_is_connected(m, &s->plugs[i]))
			continue;
		json_map(j, NULL);
		put_names(j, &s->plugs[i]);
		json_text(j, "interface", s->plugs[i].interface);
		json_map_end(j);
	}
}

void json_slots(struct json *j, const struct model *m)
{
	begin(j);
	json_list(j, "slots");
	put_slots(j, m, m->system_slots, m->system_slot_count);
	put_slots(j, m, m->gadget_snap.slots, m->gadget_snap.slot_count);
	for (size_t i = 0; i < m->snap_count; i++)
		put_slots(j, m, m->snaps[i].slots, m->snaps[i].slot_count);
	json_list_end(j);
	json_list(j, "unconnected");
	for (size_t i = 0; i < m->snap_count; i++)
		put_unconnected(j, m, &m->snaps[i]);
	json_list_end(j);
	json_map_end(j);
}

void json_connections(struct json *j, const struct model *m)
{
	begin(j);
	json_list(j, "connections");
	for (size_t i = 0; i < m->connection_count; i++) {
		const struct model_connection *c = &m->connections[i];
		const struct model_grain *grain = model_grain_of(c);

		json_map(j, NULL);
		put_end(j, "plug", c->plug);
		put_end(j, "slot", c->slot);
		json_text(j, "interface", c->slot->interface);
		json_text(j, "why", model_why_names[c->why]);
		json_text(j, "hardware", grain ? grain->kind : NULL);
		json_text(j, "layers", grain ? grain->layers : NULL);
		json_text(j, "remark", grain ? grain->remark : NULL);
		json_text(j, "file", c->loc.file);
		json_number(j, "line", c->loc.line);
		json_map_end(j);
	}
	json_list_end(j);
	json_map_end(j);
}

/* --- interfaces ------------------------------------------------------------------------------ */

void json_summaries(struct json *j, const struct model *m)
{
	begin(j);
	json_list(j, "interfaces");
	for (size_t i = 0; i < m->iface_count; i++) {
		json_map(j, NULL);
		json_text(j, "name", m->ifaces[i].name);
		json_text(j, "summary", m->ifaces[i].summary);
		json_map_end(j);
	}
	json_list_end(j);
	json_map_end(j);
}

static void put_words(struct json *j, const char *key, const struct list_word *words, unsigned set)
{
	json_list(j, key);
	for (size_t i = 0; words[i].name; i++)
		if (set & words[i].bit)
			json_text(j, NULL, words[i].name);
	json_list_end(j);
}

static void put_texts(struct json *j, const char *key, const char *const *texts)
{
	json_list(j, key);
	for (size_t i = 0; texts && texts[i]; i++)
		json_text(j, NULL, texts[i]);
	json_list_end(j);
}

static void put_limit(struct json *j, const char *key, int64_t value, int64_t none)
{
	if (value == none)
		json_null(j, key);
	else
		json_integer(j, key, value);
}

static void put_attrs(struct json *j, const char *key, const struct model_attr_def *defs,
		      size_t count);

static void put_attr(struct json *j, const struct model_attr_def *def)
{
	bool number = def->type == MODEL_ATTR_INT;

	json_map(j, NULL);
	json_text(j, "name", def->name);
	json_text(j, "type", model_attr_type_name(def->type));
	json_bool(j, "list", def->list);
	json_bool(j, "optional", def->optional);
	json_text(j, "default", def->fallback);
	json_text(j, "match", def->match);
	json_text(j, "is", def->is);
	put_limit(j, "least", number ? def->min : INT64_MIN, INT64_MIN);
	put_limit(j, "most", number ? def->max : INT64_MAX, INT64_MAX);
	put_texts(j, "values", def->values);
	put_texts(j, "refers_to", def->refers_to);
	json_text(j, "unless", def->unless);
	put_attrs(j, "fields", def->fields, def->field_count);
	json_map_end(j);
}

static void put_attrs(struct json *j, const char *key, const struct model_attr_def *defs,
		      size_t count)
{
	json_list(j, key);
	for (size_t i = 0; i < count; i++)
		put_attr(j, &defs[i]);
	json_list_end(j);
}

static void put_variants(struct json *j, const char *key, const struct model_variant *items,
			 size_t count)
{
	json_list(j, key);
	for (size_t i = 0; i < count; i++) {
		const struct model_variant *v = &items[i];

		json_map(j, NULL);
		json_text(j, "name", v->name);
		put_words(j, "offered_by", cmd_list_offerers, v->offered_by);
		json_text(j, "connect",
			  v->auto_connect < 0 ? NULL
			  : v->auto_connect   ? "auto"
					      : "manual");
		json_bool(j, "super_privileged", v->super_privileged);
		put_texts(j, "any_of", v->any_of);
		put_texts(j, "disjoint", v->disjoint);
		put_texts(j, "apart", v->apart);
		put_attrs(j, "attrs", v->attrs, v->attr_count);
		json_map_end(j);
	}
	json_list_end(j);
}

void json_iface(struct json *j, const struct model_iface *f)
{
	begin(j);
	json_map(j, "interface");
	json_text(j, "name", f->name);
	json_text(j, "summary", f->summary);
	put_words(j, "offered_by", cmd_list_offerers, f->offered_by);
	json_text(j, "connect", f->auto_connect ? "auto" : "manual");
	json_text(j, "slots_per_plug", f->many ? "many" : "one");
	put_words(j, "super_privileged", cmd_list_super, f->super);
	json_bool(j, "listens", f->listens);
	json_map(j, "match");
	for (size_t i = 0; i < f->match_count; i++)
		json_text(j, f->matches[i].attr, model_matching_names[f->matches[i].how]);
	json_map_end(j);
	put_variants(j, "plugs", f->plug_variants, f->plug_variant_count);
	put_variants(j, "slots", f->variants, f->variant_count);
	json_map_end(j);
	json_map_end(j);
}
