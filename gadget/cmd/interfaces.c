/* SPDX-License-Identifier: Apache-2.0 */
/* Slots and what is connected to them. */
#include <stdio.h>
#include <string.h>

#include "grain.h"
#include "list.h"
#include "str.h"

static const char *snap_of(const struct model_end *end)
{
	return end->snap ? end->snap->instance : "";
}

/* --- two columns ----------------------------------------------------------------------------- */

/* As people know them: a name that is too long for its column pushes the other aside. */
static void print_row(const char *slot, const char *plug)
{
	printf("%-20s %s\n", slot, plug);
}

static void print_slot(const struct model *m, const struct model_end *slot)
{
	CLEANUP_STR struct str name = { 0 };
	CLEANUP_STR struct str plugs = { 0 };

	for (size_t i = 0; i < m->connection_count; i++) {
		const struct model_end *plug = m->connections[i].plug;

		if (m->connections[i].slot != slot)
			continue;
		str_printf(&plugs, "%s%s", plugs.len ? "," : "", snap_of(plug));
		if (!str_eq(plug->name, slot->name))
			str_printf(&plugs, ":%s", plug->name);
	}
	str_printf(&name, "%s:%s", snap_of(slot), slot->name);
	print_row(str_text(&name), plugs.len ? str_text(&plugs) : "-");
}

static void print_slots(const struct model *m, const struct model_end *slots, size_t count)
{
	for (size_t i = 0; i < count; i++)
		print_slot(m, &slots[i]);
}

static void print_unconnected(const struct model *m, const struct model_snap *s)
{
	for (size_t i = 0; i < s->plug_count; i++) {
		CLEANUP_STR struct str name = { 0 };

		str_printf(&name, "%s:%s", s->instance, s->plugs[i].name);
		if (!cmd_list_is_connected(m, &s->plugs[i]))
			print_row("-", str_text(&name));
	}
}

enum cmd_status cmd_interfaces(struct mem_arena *a, const struct cmd_args *args)
{
	struct model m = { 0 };
	struct json j = { 0 };
	enum cmd_status status =
		args->count ? cmd_list_image(a, args, &m) : cmd_list_ifaces(a, args, &m);

	if (status != CMD_DONE)
		return status;
	if (args->json) {
		json_slots(&j, &m);
		cmd_list_json(&j);
		return CMD_DONE;
	}
	print_row("Slot", "Plug");
	print_slots(&m, m.system_slots, m.system_slot_count);
	print_slots(&m, m.gadget_snap.slots, m.gadget_snap.slot_count);
	for (size_t i = 0; i < m.snap_count; i++)
		print_slots(&m, m.snaps[i].slots, m.snaps[i].slot_count);
	for (size_t i = 0; i < m.snap_count; i++)
		print_unconnected(&m, &m.snaps[i]);
	return CMD_DONE;
}

/* --- connections ----------------------------------------------------------------------------- */

#define COLUMNS 5

struct row {
	const char *cells[COLUMNS];
};

static void print_table(const struct row *rows, size_t count)
{
	size_t width[COLUMNS] = { 0 };

	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < COLUMNS; k++)
			if (strlen(rows[i].cells[k]) > width[k])
				width[k] = strlen(rows[i].cells[k]);
	for (size_t i = 0; i < count; i++) {
		for (size_t k = 0; k + 1 < COLUMNS; k++)
			printf("%-*s  ", (int)width[k], rows[i].cells[k]);
		puts(rows[i].cells[COLUMNS - 1]);
	}
}

/* What it gives, and which layers tell that from other hardware of its kind. */
static const char *hardware_of(struct mem_arena *a, const struct model_connection *c)
{
	const struct model_grain *grain = model_grain_of(c);

	return grain ? mem_printf(a, "%s: %s", grain->kind, grain->layers) : "-";
}

enum cmd_status cmd_connections(struct mem_arena *a, const struct cmd_args *args)
{
	struct model m = { 0 };
	struct json j = { 0 };
	struct row *rows;
	enum cmd_status status = cmd_list_image(a, args, &m);

	if (status != CMD_DONE)
		return status;
	if (args->json) {
		json_connections(&j, &m);
		cmd_list_json(&j);
		return CMD_DONE;
	}
	rows = mem_array(a, m.connection_count + 1, sizeof(*rows));
	rows[0] = (struct row){ { "Plug", "Slot", "Interface", "Why", "Hardware" } };
	for (size_t i = 0; i < m.connection_count; i++) {
		const struct model_connection *c = &m.connections[i];

		rows[i + 1] =
			(struct row){ { mem_printf(a, "%s:%s", snap_of(c->plug), c->plug->name),
					mem_printf(a, "%s:%s", snap_of(c->slot), c->slot->name),
					c->slot->interface, model_why_names[c->why],
					hardware_of(a, c) } };
	}
	print_table(rows, m.connection_count + 1);
	return CMD_DONE;
}
