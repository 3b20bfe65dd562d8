/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An interface file to the model, and a snap that uses it: what is accepted has variants, texts of
 * one line, and accesses that the device knows.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz_yaml.h"
#include "names.h"
#include "reader.h"

#define ACCESS_ALL 6u

static void check_lines(const struct model_lines *lines)
{
	for (size_t i = 0; i < lines->count; i++)
		if (!*lines->items[i].text || strpbrk(lines->items[i].text, "\r\n"))
			abort();
}

static void check_access(unsigned access)
{
	if (!access || access & ~ACCESS_ALL)
		abort();
}

static void check_group(const struct model_group *g)
{
	check_lines(&g->apparmor);
	check_lines(&g->seccomp);
	check_lines(&g->sockets);
	check_lines(&g->binds);
	check_lines(&g->bus_names);
	for (size_t i = 0; i < g->udev_count; i++)
		check_access(g->udev[i].access);
	for (size_t i = 0; i < g->device_count; i++)
		check_access(g->devices[i].access);
	for (size_t i = 0; i < g->each_count; i++)
		check_group(&g->each[i].group);
}

static void check_attrs(const struct model_attr_def *defs, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (defs[i].type == MODEL_ATTR_INT && defs[i].min > defs[i].max)
			abort();
		if (defs[i].type == MODEL_ATTR_ENUM && (!defs[i].values || !defs[i].values[0]))
			abort();
		if (defs[i].type == MODEL_ATTR_MAP)
			check_attrs(defs[i].fields, defs[i].field_count);
	}
}

static void check_variants(const struct model_variant *v, size_t count)
{
	if (!count)
		abort();
	for (size_t i = 0; i < count; i++) {
		check_attrs(v[i].attrs, v[i].attr_count);
		check_group(&v[i].group);
		check_group(&v[i].slot);
		check_group(&v[i].peer);
	}
}

/* Attributes that interface files have often. */
static void use(struct mem_arena *a, struct model_iface *iface)
{
	const char *text = mem_printf(a,
				      "name: s\nversion: 1\n"
				      "plugs:\n  bare: {interface: %s}\n  one: {interface: %s, "
				      "path: /dev/x, write: [/a]}\n"
				      "slots:\n  bare: {interface: %s}\n  two: {interface: %s, "
				      "path: /dev/y0, number: 3}\n",
				      iface->name, iface->name, iface->name, iface->name);
	struct model m = { .ifaces = iface, .iface_count = 1 };
	struct model_snap snap = { 0 };
	struct meta_diag d = { 0 };
	const struct meta_node *root = meta_parse(a, text, strlen(text), "snap.yaml", &d);

	if (!root || (model_read_snap(a, root, &m, &snap, &d) == 0) != (d.errors == 0))
		abort();
	meta_diag_free(&d);
}

static void look(struct mem_arena *a, const struct meta_node *root, struct meta_diag *d)
{
	struct reader r = { .a = a, .d = d, .building = true };
	struct model_iface iface = { 0 };
	size_t before = d->errors;
	int status = model_reader_iface(&r, root, &iface);

	fuzz_told(status, d, before);
	if (status)
		return;
	if (!model_names_is_end(iface.name) || !iface.offered_by)
		abort();
	check_variants(iface.variants, iface.variant_count);
	check_variants(iface.plug_variants, iface.plug_variant_count);
	use(a, &iface);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_yaml(data, size, "x.yaml", look);
	return 0;
}
