/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image.yaml to the model, beside a gadget and two snaps: what is accepted gives each snap a number
 * of its own, and connects plugs to slots of their interface alone.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz_yaml.h"
#include "image.h"
#include "snap.h"

static struct model_attr_def defs[] = {
	{ .name = "path", .type = MODEL_ATTR_DEV_NODE, .optional = true },
};

static struct model_variant variant = {
	.name = "all",
	.attrs = defs,
	.attr_count = ARRAY_SIZE(defs),
	.auto_connect = -1,
};

static struct model_iface ifaces[] = {
	{ .name = "net",
	  .offered_by = MODEL_OFFERED_SYSTEM,
	  .auto_connect = true,
	  .plug_variants = &variant,
	  .plug_variant_count = 1,
	  .variants = &variant,
	  .variant_count = 1 },
	{ .name = "uart",
	  .offered_by = MODEL_OFFERED_GADGET,
	  .super = MODEL_SUPER_PLUG,
	  .plug_variants = &variant,
	  .plug_variant_count = 1,
	  .variants = &variant,
	  .variant_count = 1 },
};

static const char app[] =
	"name: app\nversion: 1\nplugs: {port: uart, net: }\n"
	"apps: {run: {command: bin/run, daemon: simple}, tool: {command: bin/x}}\n";
static const char web[] = "name: web\nversion: 1\nplugs: {port: uart, net: }\n"
			  "apps: {run: {command: bin/run, daemon: simple, plugs: [net]}}\n";
static const char gadget[] = "name: board-gadget\nversion: 1\ntype: gadget\n"
			     "slots: {uart: {interface: uart, path: /dev/ttyS1}, other: "
			     "{interface: uart, path: /dev/ttyS2, shared: true}}\n";

static void read_snap(const struct reader *r, const char *text, struct model_snap *out)
{
	const struct meta_node *root = meta_parse(r->a, text, strlen(text), "snap.yaml", r->d);

	if (!root || model_snap_read(r, root, NULL, out))
		abort();
	model_snap_settle(out);
}

static void check_model(const struct model *m)
{
	for (size_t i = 0; i < m->connection_count; i++)
		if (strcmp(m->connections[i].plug->interface, m->connections[i].slot->interface) !=
		    0)
			abort();
	if (m->snaps[0].uid && m->snaps[0].uid == m->snaps[1].uid)
		abort();
	for (size_t i = 0; i < m->image.user_count; i++)
		if (!m->image.users[i].uid || m->image.users[i].uid == m->snaps[0].uid ||
		    m->image.users[i].uid == m->snaps[1].uid)
			abort();
	for (size_t i = 0; i < m->image.sysctl_count; i++)
		if (strchr(m->image.sysctls[i], '\n') || strstr(m->image.sysctls[i], ".."))
			abort();
	if (!m->image.name || strpbrk(m->image.name, "/ \n"))
		abort();
}

static void look(struct mem_arena *a, const struct meta_node *root, struct meta_diag *d)
{
	struct model_end system = {
		.name = "net", .interface = "net", .iface = &ifaces[0], .variant = &variant
	};
	struct model_snap snaps[2] = { 0 };
	struct model m = { .ifaces = ifaces,
			   .iface_count = ARRAY_SIZE(ifaces),
			   .system_slots = &system,
			   .system_slot_count = 1,
			   .snaps = snaps,
			   .snap_count = ARRAY_SIZE(snaps) };
	const struct reader r = { .a = a, .d = d, .m = &m, .building = true, .image = true };
	struct image_file f = { 0 };
	size_t before = d->errors;
	int status;
	int unconnected;

	read_snap(&r, app, &snaps[0]);
	read_snap(&r, web, &snaps[1]);
	read_snap(&r, gadget, &m.gadget_snap);
	status = model_image_read(&r, root, &f, &m.image);
	status |= model_image_users(&r, &f, &m) | model_image_namespaces(&r, &f, &m);
	status |= model_image_interactive(&r, &f, &m) | model_image_ids(&r, &f, &m);
	status |= model_image_process(&r, &f, &m);
	unconnected = model_image_connect(&r, &f, &m);
	status |= unconnected | model_image_needs(&r, &f, &m, unconnected == 0);
	fuzz_told(status, d, before);
	if (!status)
		check_model(&m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_yaml(data, size, "image.yaml", look);
	return 0;
}
