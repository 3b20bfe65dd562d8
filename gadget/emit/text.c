/* SPDX-License-Identifier: Apache-2.0 */
/* Policy as text, for people and for tools that read it. */
#include "pack.h"
#include "plan.h"
#include "str.h"

static int write_profiles(struct pack *k)
{
	for (size_t i = 0; i < k->policy->app_count; i++) {
		const struct pack_app *app = &k->apps[i];

		if (app->text &&
		    emit_pack_text(k, mem_printf(k->a, "apparmor/%s", app->p->app->label),
				   app->text))
			return -1;
	}
	return 0;
}

/* A comment has a line of its own: one where what follows comes from elsewhere. */
static void add_lines(struct str *s, const struct policy_rules *rules)
{
	const struct policy_rule *last = NULL;

	for (size_t i = 0; i < rules->count; i++) {
		const struct policy_rule *r = &rules->items[i];

		if (!last || !str_eq(last->loc.file, r->loc.file) ||
		    !str_eq(last->reason, r->reason)) {
			str_add(s, last ? "\n" : "");
			emit_pack_origin(s, &r->loc, r->reason);
			str_add(s, "\n");
		}
		str_printf(s, "%s\n", r->text);
		last = r;
	}
}

static int write_filter(struct pack *k, const struct policy_app *app)
{
	CLEANUP_STR struct str s = { 0 };
	struct seccomp_program program;

	if (k->features.dir && emit_pack_filter(k, app, &program))
		return -1;
	add_lines(&s, &app->seccomp);
	if (emit_pack_is_devmode(app))
		str_add(&s, "\n# confinement: devmode\n@complain\n");
	return emit_pack_text(k, mem_printf(k->a, "seccomp/%s", app->app->label), str_text(&s));
}

static int write_filters(struct pack *k)
{
	int rc = 0;

	for (size_t i = 0; i < k->policy->app_count; i++)
		if (emit_pack_has_layer(k->apps[i].p, PLAN_LAYER_SECCOMP))
			rc |= write_filter(k, k->apps[i].p);
	return rc;
}

static int write_udev(struct pack *k)
{
	for (size_t i = 0; i < k->m->snap_count; i++) {
		const struct model_snap *snap = &k->m->snaps[i];
		const char *path = mem_printf(k->a, "udev/70-snap.%s.rules", snap->instance);
		const char *text;

		if (emit_pack_udev_text(k, snap, &text) || (text && emit_pack_text(k, path, text)))
			return -1;
	}
	return 0;
}

static int write_bus(struct pack *k)
{
	for (size_t i = 0; i < k->m->snap_count; i++) {
		const struct model_snap *snap = &k->m->snaps[i];
		const char *text = emit_pack_bus_text(k, snap);

		if (text &&
		    emit_pack_text(k, mem_printf(k->a, "bus/snap.%s.conf", snap->instance), text))
			return -1;
	}
	return 0;
}

/* The text is what the files say; that no image can do it is worth knowing. */
static void warn_missing(struct pack *k)
{
	for (size_t i = 0; i < k->policy->app_count; i++) {
		const struct policy_rules *r = &k->policy->apps[i].missing;

		for (size_t j = 0; j < r->count; j++)
			meta_warn(k->d, &r->items[j].loc, "cannot use %s", r->items[j].text);
	}
}

/* What a board's prefix decides, none decided. */
static void warn_late(struct pack *k)
{
	for (size_t i = 0; i < k->policy->app_count; i++) {
		const struct policy_lates *late = &k->policy->apps[i].late;

		for (size_t j = 0; j < late->count; j++) {
			const struct policy_late *l = &late->items[j];

			if (*l->prefix || l->optional)
				continue;
			meta_warn(k->d, &l->loc,
				  "cannot find the place of %s: no board tells it, the profile has "
				  "its files below /run/slot/%s only (%s)",
				  l->link, l->slot, l->reason);
			meta_hint(k->d, "--board names one whose sysfs-prefixes say it");
		}
	}
}

static int write_devices(struct pack *k)
{
	CLEANUP_STR struct str s = { 0 };

	for (size_t i = 0; i < k->policy->app_count; i++) {
		const struct policy_app *app = k->apps[i].p;

		str_printf(&s, "%s%s\n", i ? "\n" : "", app->app->label);
		for (size_t j = 0; j < app->devices.count; j++)
			emit_pack_device(&s, &app->devices.items[j]);
		for (size_t j = 0; j < app->slots.count; j++)
			if (emit_pack_slot(k, app, &app->slots.items[j], &s))
				return -1;
	}
	return emit_pack_text(k, "devices", str_text(&s));
}

static int write_modules(struct pack *k)
{
	CLEANUP_STR struct str s = { 0 };

	for (size_t i = 0; i < k->policy->app_count; i++) {
		const struct policy_app *app = k->apps[i].p;

		if (app->modules.count)
			str_printf(&s, "%s%s\n", s.len ? "\n" : "", app->app->label);
		for (size_t j = 0; j < app->modules.count; j++)
			emit_pack_module(&s, &app->modules.items[j]);
	}
	return emit_pack_text(k, "kmod", str_text(&s));
}

int emit_text(struct mem_arena *a, const struct model *m, const struct policy *p,
	      const struct emit_options *o, struct meta_diag *d)
{
	struct pack k = { .a = a, .m = m, .policy = p, .out = o->out, .d = d };

	emit_pack_start(&k);
	warn_missing(&k);
	warn_late(&k);
	if ((o->features && emit_pack_read_features(&k, o->features)) || emit_pack_profiles(&k) ||
	    (o->features && emit_pack_compile(&k)))
		return -1;
	return write_profiles(&k) || write_filters(&k) || write_udev(&k) || write_bus(&k) ||
			       write_devices(&k) || write_modules(&k)
		       ? -1
		       : 0;
}
