/* SPDX-License-Identifier: Apache-2.0 */
/*
 * units/LABEL.service: a daemon on a base whose init is systemd, in the place of the table that
 * bulkhead-supervise reads elsewhere, with the same meaning.
 */
#include <string.h>

#include "apparmor.h"
#include "guard.h"
#include "pack.h"

#define BUS "/run/dbus/system_bus_socket"
#define RUN "/usr/lib/bulkhead/bulkhead-run"
/* As bulkhead-supervise: a sixth start within 10 seconds does not happen. */
#define LIMIT "StartLimitIntervalSec=10\nStartLimitBurst=5\n"

static const char *const kinds[] = {
	/* "simple" is there before the launcher is executed, and what looks at it would see
	   systemd. */
	[MODEL_DAEMON_SIMPLE] = "exec",	    [MODEL_DAEMON_FORKING] = "forking",
	[MODEL_DAEMON_ONESHOT] = "oneshot", [MODEL_DAEMON_NOTIFY] = "notify",
	[MODEL_DAEMON_DBUS] = "dbus",
};

/* systemd.service(5) has another word for one of them. */
static const char *restart_word(const struct model_app *app)
{
	return app->restart == MODEL_RESTART_NEVER ? "no" : model_restart_name(app->restart);
}

/* systemd.service(5): with these it does not load a unit of Type=oneshot. */
static bool restarts_done(const struct model_app *app)
{
	return app->daemon == MODEL_DAEMON_ONESHOT &&
	       (app->restart == MODEL_RESTART_ALWAYS || app->restart == MODEL_RESTART_ON_SUCCESS);
}

/*
 * Who is root may ask systemd over the bus to run anything as root, unconfined. A bus tells users
 * apart, and apps only where the kernel mediates D-Bus.
 */
static bool is_root_on_bus(const struct pack *k, const struct policy_app *app)
{
	bool bus = false;

	for (size_t i = 0; i < app->mounts.count; i++)
		bus = bus || str_eq(app->mounts.items[i].source, BUS);
	return bus && app->app->snap->uid == 0 && emit_apparmor_accepts(k->m, "dbus") &&
	       !emit_apparmor_accepts(k->m, "dbus-as-root") && GUARD(emit_bus_root);
}

int emit_pack_check_systemd(struct pack *k)
{
	int status = 0;

	if (!model_base_has_systemd(&k->m->image.base))
		return 0;
	for (size_t i = 0; i < k->policy->app_count; i++) {
		const struct model_app *app = k->policy->apps[i].app;

		if (restarts_done(app))
			status = meta_error(k->d, &app->loc,
					    "cannot use restart-condition \"%s\" of app \"%s\": "
					    "systemd starts no oneshot again that ended well",
					    restart_word(app), app->name);
		if (!is_root_on_bus(k, &k->policy->apps[i]))
			continue;
		status = meta_error(k->d, &app->loc,
				    "cannot give app \"%s\" the system's D-Bus: it is root, and "
				    "systemd does there what root asks for",
				    app->name);
		meta_hint(k->d,
			  "run-as gives snap \"%s\" a user; accept-unmediated: "
			  "[dbus-as-root] allows it",
			  app->snap->instance);
	}
	return status;
}

/* 0 is no limit, there as here. */
static void add_time(struct str *s, const char *key, unsigned ms)
{
	if (ms)
		str_printf(s, "%s=%ums\n", key, ms);
	else
		str_printf(s, "%s=infinity\n", key);
}

/* systemd.unit(5): the unit of a link below /dev. A slot's name has no other byte to escape. */
static void add_device(struct str *s, const char *slot)
{
	str_add(s, "dev-slot-");
	for (; *slot; slot++)
		str_printf(s, *slot == '-' ? "\\x2d" : "%c", *slot);
	str_add(s, ".device");
}

static const char *wait_name(struct pack *k, const struct policy_app *app,
			     const struct policy_slot *slot)
{
	return mem_printf(k->a, "%s.wait-%s.service", app->app->label, slot->name);
}

/*
 * BindsTo: ended when the device goes, and no start without it. Who waits does so for a unit of its
 * own, once at boot: Wants= of the device would hold up each restart.
 */
static void add_needs(struct pack *k, struct str *s, const struct policy_app *app)
{
	for (size_t i = 0; i < app->slots.count; i++) {
		const struct policy_slot *slot = &app->slots.items[i];

		if (slot->need == MODEL_NEED_WAIT)
			str_printf(s, "After=%s\n", wait_name(k, app, slot));
		if (slot->need != MODEL_NEED_REQUIRED)
			continue;
		str_add(s, "BindsTo=");
		add_device(s, slot->name);
		str_add(s, "\nAfter=");
		add_device(s, slot->name);
		str_add(s, "\n");
	}
}

static int write_waits(struct pack *k, const struct policy_app *app)
{
	for (size_t i = 0; i < app->slots.count; i++) {
		const struct policy_slot *slot = &app->slots.items[i];
		CLEANUP_STR struct str s = { 0 };
		const char *path;

		if (slot->need != MODEL_NEED_WAIT)
			continue;
		path = mem_printf(k->a, "units/%s", wait_name(k, app, slot));
		str_printf(&s,
			   "# Written by bulkhead from needs: of image.yaml.\n[Unit]\n"
			   "Description=Hardware of slot %s, for app %s of snap %s\n"
			   "After=bulkhead-boot.service systemd-udevd.service\n\n[Service]\n"
			   "Type=oneshot\nRemainAfterExit=yes\n"
			   "ExecStart=-udevadm wait --settle --timeout=%ums /dev/%s\n"
			   "TimeoutStartSec=infinity\n",
			   slot->name, app->app->name, app->app->snap->instance, slot->wait_ms,
			   slot->link);
		if (emit_pack_write(k, MANIFEST_KIND_UNIT, path, str_text(&s), s.len) ||
		    emit_pack_twin(k, path, str_text(&s)))
			return -1;
	}
	return 0;
}

static void write_unit(struct pack *k, struct str *s, const struct policy_app *p)
{
	const struct model_app *app = p->app;

	str_printf(s,
		   "# Written by bulkhead from snap.yaml of %s.\n[Unit]\n"
		   "Description=App %s of snap %s\n"
		   "Requires=bulkhead-boot.service\n"
		   "After=bulkhead-boot.service bulkhead-hardware.service",
		   app->snap->instance, app->name, app->snap->instance);
	for (size_t i = 0; i < app->after_count; i++)
		str_printf(s, " %s.service", app->after[i]->label);
	str_add(s, "\n");
	add_needs(k, s, p);
	str_printf(s, LIMIT "\n[Service]\nType=%s\nExecStart=" RUN " %s\n", kinds[app->daemon],
		   app->label);
	/* Of a oneshot nothing is left by then. */
	if (app->daemon != MODEL_DAEMON_ONESHOT)
		str_printf(s, "ExecStartPost=" RUN " %s --started\n", app->label);
	/* Delegate: the cgroup is ours, daemon-reload moves nobody out of it (CVE-2020-27352). */
	str_printf(s, "Delegate=yes\nRestart=%s\nRestartSec=%ums\n", restart_word(app),
		   app->restart_delay_ms);
	add_time(s, "TimeoutStartSec", app->start_timeout_ms);
	add_time(s, "TimeoutStopSec", app->stop_timeout_ms);
	str_printf(s, "SyslogIdentifier=%s\n", app->label);
}

int emit_pack_units(struct pack *k)
{
	for (size_t i = 0; i < k->policy->app_count; i++) {
		const struct model_app *app = k->policy->apps[i].app;
		const char *path = mem_printf(k->a, "units/%s.service", app->label);
		CLEANUP_STR struct str s = { 0 };

		if (app->daemon == MODEL_DAEMON_NONE)
			continue;
		if (restarts_done(app))
			return meta_error(
				k->d, &app->loc,
				"cannot use restart-condition \"%s\" of app \"%s\": systemd "
				"starts no oneshot again that ended well; expected "
				"on-failure, on-abnormal, on-abort or never",
				restart_word(app), app->name);
		write_unit(k, &s, &k->policy->apps[i]);
		if (emit_pack_write(k, MANIFEST_KIND_UNIT, path, str_text(&s), s.len) ||
		    emit_pack_twin(k, path, str_text(&s)) || write_waits(k, &k->policy->apps[i]))
			return -1;
	}
	return 0;
}
