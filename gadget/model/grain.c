/* SPDX-License-Identifier: Apache-2.0 */
#include "grain.h"

/* What a group has of each kind. */
struct parts {
	bool nodes, found, files, sockets;
};

static const struct model_grain both = { "nodes", "AppArmor, cgroup", NULL };
static const struct model_grain found = {
	"nodes", "cgroup",
	"one layer: AppArmor grants names that other devices can have, the device cgroup is exact"
};
static const struct model_grain files = {
	"files", "AppArmor", "one layer: files of sysfs have no entry in the device cgroup"
};
static const struct model_grain sockets = {
	"sockets", "AppArmor, seccomp",
	"no finer grain: by family, each link of the host's network; sockets have no entry in the "
	"device cgroup"
};

static void add_group(const struct model_group *g, const struct model_end *slot, struct parts *to)
{
	for (size_t i = 0; i < g->udev_count; i++)
		to->found |= g->udev[i].identity != NULL;
	to->nodes |= g->udev_count || g->device_count || g->made_count;
	to->files |= g->late_count > 0;
	to->sockets |= g->network && g->sockets.count;
	for (size_t i = 0; i < g->each_count; i++)
		if (meta_get(slot->attrs, g->each[i].of))
			add_group(&g->each[i].group, slot, to);
}

const struct model_grain *model_grain_of(const struct model_connection *c)
{
	struct parts p = { 0 };

	if (c->slot->variant)
		add_group(&c->slot->variant->group, c->slot, &p);
	if (c->plug->variant)
		add_group(&c->plug->variant->group, c->slot, &p);
	if (p.nodes)
		return p.found ? &found : &both;
	if (p.files)
		return &files;
	return p.sockets ? &sockets : NULL;
}
