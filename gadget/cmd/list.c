/* SPDX-License-Identifier: Apache-2.0 */
#include "list.h"

#include <stdio.h>

const struct list_word cmd_list_offerers[] = {
	{ MODEL_OFFERED_SYSTEM, "system" },
	{ MODEL_OFFERED_GADGET, "gadget" },
	{ MODEL_OFFERED_APP, "app" },
	{ 0, NULL },
};

const struct list_word cmd_list_super[] = {
	{ MODEL_SUPER_PLUG, "plug" },
	{ MODEL_SUPER_SLOT, "slot" },
	{ 0, NULL },
};

enum cmd_status cmd_list_ifaces(struct mem_arena *a, const struct cmd_args *args, struct model *m)
{
	struct meta_diag d = { 0 };
	struct err e = { 0 };
	const char *data = cmd_data_dir(a, args, &e);

	if (!data)
		return cmd_fail(&e);
	if (model_load_ifaces(a, mem_printf(a, "%s/gadget/interfaces", data), m, &d) && !d.errors)
		(void)meta_error(&d, NULL, "cannot read interfaces: no reason was given");
	return cmd_report(&d);
}

enum cmd_status cmd_list_image(struct mem_arena *a, const struct cmd_args *args, struct model *m)
{
	struct model_options o = { .checking = true, .metadata = true, .board = args->board };
	struct meta_diag d = { 0 };
	struct err e = { 0 };
	enum cmd_status status;

	o.data = cmd_data_dir(a, args, &e);
	o.scratch = o.data ? cmd_stage_scratch(a, &e) : NULL;
	if (!o.scratch)
		return cmd_fail(&e);
	if (model_load(a, args->operands[0], &o, m, &d) && !d.errors)
		(void)meta_error(&d, NULL, "cannot read image: no reason was given");
	status = cmd_report(&d);
	cmd_stage_remove(o.scratch);
	return status;
}

void cmd_list_json(struct json *j)
{
	fputs(str_text(&j->text), stdout);
	str_free(&j->text);
}

bool cmd_list_is_connected(const struct model *m, const struct model_end *plug)
{
	for (size_t i = 0; i < m->connection_count; i++)
		if (m->connections[i].plug == plug)
			return true;
	return false;
}
