/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "cmd.h"
#include "str.h"

static const struct {
	unsigned bit;
	const char *name;
} offered[] = {
	{ MODEL_OFFERED_SYSTEM, "system" },
	{ MODEL_OFFERED_GADGET, "gadget" },
	{ MODEL_OFFERED_APP, "app" },
};

static enum cmd_status load(struct mem_arena *a, const struct cmd_args *args, struct model *m)
{
	struct meta_diag d = { 0 };
	struct err e = { 0 };
	const char *data = cmd_data_dir(a, args, &e);

	if (!data)
		return cmd_fail(&e);
	if (model_load_ifaces(a, mem_printf(a, "%s/gadget/interfaces", data), m, &d))
		m->iface_count = 0;
	return cmd_report(&d);
}

enum cmd_status cmd_interfaces(struct mem_arena *a, const struct cmd_args *args)
{
	struct model m = { 0 };
	enum cmd_status status = load(a, args, &m);

	for (size_t i = 0; status == CMD_DONE && i < m.iface_count; i++)
		printf("%-20s %s\n", m.ifaces[i].name, m.ifaces[i].summary);
	return status;
}

static void show(const struct model_iface *iface)
{
	printf("interface: %s\nsummary: %s\nconnect: %s\noffered-by:", iface->name, iface->summary,
	       iface->auto_connect ? "auto" : "manual");
	for (size_t i = 0; i < ARRAY_SIZE(offered); i++)
		if (iface->offered_by & offered[i].bit)
			printf(" %s", offered[i].name);
	puts("\nvariants:");
	for (size_t i = 0; i < iface->variant_count; i++) {
		const struct model_variant *v = &iface->variants[i];

		printf("  %s\n", v->name);
		for (size_t k = 0; k < v->attr_count; k++)
			printf("    %s%s%s%s\n", v->attrs[k].name,
			       v->attrs[k].optional || v->attrs[k].fallback ? " (optional)" : "",
			       v->attrs[k].match ? ": " : "",
			       v->attrs[k].match ? v->attrs[k].match : "");
	}
}

enum cmd_status cmd_interface(struct mem_arena *a, const struct cmd_args *args)
{
	struct model m = { 0 };
	enum cmd_status status = load(a, args, &m);

	for (size_t i = 0; status == CMD_DONE && i < m.iface_count; i++) {
		if (!str_eq(m.ifaces[i].name, args->operands[0]))
			continue;
		show(&m.ifaces[i]);
		return CMD_DONE;
	}
	if (status == CMD_DONE)
		fprintf(stderr, "bulkhead: cannot show interface \"%s\": there is none\n",
			args->operands[0]);
	return status == CMD_DONE ? CMD_REFUSED : status;
}
