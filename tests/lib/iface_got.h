/* SPDX-License-Identifier: Apache-2.0 */
/* What an app of a row got, as the texts that tests/ifaces writes. */
#ifndef TESTS_IFACE_GOT_H
#define TESTS_IFACE_GOT_H

#include "cleanup.h"
#include "iface_rows.h"

struct got {
	struct row *r;
	const struct policy_app *app;
	const char *items[1024];
	size_t count;
};

static inline void got_add(struct got *g, const char *text)
{
	if (g->count < ARRAY_SIZE(g->items))
		g->items[g->count++] = text;
}

static inline void got_rules(struct got *g, const struct policy_rules *rules)
{
	for (size_t i = 0; i < rules->count; i++)
		got_add(g, rules->items[i].text);
}

static inline void got_apparmor(struct got *g)
{
	got_rules(g, &g->app->apparmor);
}

static inline void got_seccomp(struct got *g)
{
	got_rules(g, &g->app->seccomp);
}

static inline void got_udev(struct got *g)
{
	for (size_t i = 0; i < g->app->slots.count; i++)
		got_rules(g, &g->app->slots.items[i].matches);
}

static inline void got_links(struct got *g)
{
	for (size_t i = 0; i < g->app->slots.count; i++)
		got_rules(g, &g->app->slots.items[i].links);
}

/* What udev finds out before it matches. */
static inline void got_imports(struct got *g)
{
	for (size_t i = 0; i < g->app->slots.count; i++)
		got_rules(g, &g->app->slots.items[i].imports);
}

static inline void got_devices(struct got *g)
{
	for (size_t i = 0; i < g->app->devices.count; i++)
		got_add(g, g->app->devices.items[i].node);
}

static inline bool got_is_bind(const struct policy_mount *m)
{
	return *m->source && str_eq(m->source + 1, m->target);
}

static inline const char *got_mount_access(const struct policy_mount *m)
{
	return m->flags & POLICY_MOUNT_READONLY ? "ro" : "rw";
}

static inline void got_binds(struct got *g)
{
	for (size_t i = 0; i < g->app->mounts.count; i++) {
		const struct policy_mount *m = &g->app->mounts.items[i];

		if (m->op == POLICY_MOUNT_BIND && got_is_bind(m))
			got_add(g, mem_printf(&g->r->a, "%s %s", m->source, got_mount_access(m)));
	}
}

static inline void got_mounts(struct got *g)
{
	for (size_t i = 0; i < g->app->mounts.count; i++) {
		const struct policy_mount *m = &g->app->mounts.items[i];

		if (m->op == POLICY_MOUNT_BIND && !got_is_bind(m))
			got_add(g, mem_printf(&g->r->a, "%s -> /%s %s", m->source, m->target,
					      got_mount_access(m)));
	}
}

static inline void got_kmod(struct got *g)
{
	for (size_t i = 0; i < g->app->modules.count; i++) {
		const struct policy_module *m = &g->app->modules.items[i];

		got_add(g, mem_printf(&g->r->a, "%s %s%s%s", m->name, m->load,
				      *m->options ? " " : "", m->options));
	}
}

static inline void got_late(struct got *g)
{
	for (size_t i = 0; i < g->app->late.count; i++) {
		const struct policy_late *l = &g->app->late.items[i];
		CLEANUP_STR struct str s = { 0 };

		str_printf(&s, "%s%s%s", l->link, *l->subdir ? "/" : "", l->subdir);
		for (size_t k = 0; k < l->file_count; k++)
			str_printf(&s, " %s", l->files[k]);
		got_add(g, mem_strdup(&g->r->a, str_text(&s)));
	}
}

static inline void got_made(struct got *g)
{
	for (size_t i = 0; i < g->app->made_devices.count; i++) {
		const struct policy_made *m = &g->app->made_devices.items[i];

		got_add(g, mem_printf(&g->r->a, "%s to %s -> %s %s", m->value, m->file, m->device,
				      m->node));
	}
}

static inline void got_capabilities(struct got *g)
{
	for (unsigned n = 0; policy_capability_name(n); n++)
		if (g->app->caps & UINT64_C(1) << n)
			got_add(g, policy_capability_name(n));
}

static inline void got_bus_names(struct got *g)
{
	got_rules(g, &g->app->bus_names);
}

static inline void got_bus_talks(struct got *g)
{
	got_rules(g, &g->app->bus_talks);
}

static inline void got_bus_calls(struct got *g)
{
	got_rules(g, &g->app->bus_calls);
}

static inline void got_environment(struct got *g)
{
	got_rules(g, &g->app->env_more);
}

static inline void got_places(struct got *g)
{
	got_rules(g, &g->app->shared);
}

/* What the base must have; a row has no base, so the interface itself is looked at. */
static inline void got_needs(struct got *g)
{
	const struct model_connection *c = g->r->m.connections;
	const struct model_lines *needs = &c->slot->variant->group.needs;

	for (size_t i = 0; i < needs->count && str_eq(g->app->app->snap->name, "consumer"); i++)
		got_add(g, needs->items[i].text);
}

/* What the build refuses the connection for. */
static inline void got_missing(struct got *g)
{
	got_rules(g, &g->app->missing);
}

static const struct {
	const char *key;
	void (*get)(struct got *g);
} got_kinds[] = {
	{ "apparmor", got_apparmor },	{ "seccomp", got_seccomp },
	{ "udev", got_udev },		{ "links", got_links },
	{ "devices", got_devices },	{ "binds", got_binds },
	{ "mounts", got_mounts },	{ "kmod", got_kmod },
	{ "needs", got_needs },		{ "missing", got_missing },
	{ "bus-names", got_bus_names }, { "bus-talks", got_bus_talks },
	{ "places", got_places },	{ "environment", got_environment },
	{ "late", got_late },		{ "capabilities", got_capabilities },
	{ "made", got_made },		{ "bus-calls", got_bus_calls },
	{ "imports", got_imports },
};

/* What a row may say. */
static inline const char *const *got_row_keys(void)
{
	static const char *const keys[] = { "slot",	      "plug",
					    "from",	      "error",
					    "exact",	      "auto",
					    "privileged",     "network",
					    "apparmor",	      "seccomp",
					    "udev",	      "links",
					    "devices",	      "binds",
					    "mounts",	      "kmod",
					    "bus-names",      "bus-talks",
					    "slot-bus-names", "slot-bus-talks",
					    "bus-calls",      "slot-bus-calls",
					    "needs",	      "missing",
					    "slot-needs",     "slot-missing",
					    "late",	      "capabilities",
					    "slot-apparmor",  "slot-seccomp",
					    "slot-udev",      "slot-links",
					    "slot-devices",   "slot-binds",
					    "slot-mounts",    "slot-kmod",
					    "slot-late",      "slot-capabilities",
					    "places",	      "slot-places",
					    "environment",    "slot-environment",
					    "made",	      "slot-made",
					    "imports",	      "slot-imports",
					    "flags",	      NULL };

	return keys;
}

#endif
