/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bus.d/snap.NAME.conf: which names of the system's D-Bus the snap's user may own, and call, and
 * which interfaces of those who called it, who need have no name. The bus asks it whether or not
 * the kernel mediates D-Bus; what no file allows, its own default refuses.
 */
#include <inttypes.h>
#include <string.h>

#include "pack.h"

#define HEADER                                                                                     \
	"<!DOCTYPE busconfig PUBLIC \"-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN\"\n"     \
	" \"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd\">\n"

/* Every app of a snap has its user: what one may, all may, so names are listed once. */
static void gather(struct pack *k, const struct model_snap *snap, struct policy_rules *names,
		   struct policy_rules *talks, struct policy_rules *calls)
{
	for (size_t i = 0; i < k->policy->app_count; i++) {
		const struct policy_app *app = &k->policy->apps[i];

		if (app->app->snap != snap)
			continue;
		policy_rules_merge(k->a, names, &app->bus_names);
		policy_rules_merge(k->a, talks, &app->bus_talks);
		policy_rules_merge(k->a, calls, &app->bus_calls);
	}
}

/* The interface, and a member of it where one is named. */
static void add_call(struct str *s, const char *call)
{
	size_t len = strcspn(call, " ");

	str_printf(s, "    <allow send_type=\"method_call\" send_interface=\"%.*s\"", (int)len,
		   call);
	if (call[len])
		str_printf(s, " send_member=\"%s\"", call + len + 1);
	str_add(s, "/>\n");
}

const char *emit_pack_bus_text(struct pack *k, const struct model_snap *snap)
{
	CLEANUP_STR struct str s = { 0 };
	struct policy_rules names = { 0 };
	struct policy_rules talks = { 0 };
	struct policy_rules calls = { 0 };

	gather(k, snap, &names, &talks, &calls);
	if (names.count == 0 && talks.count == 0 && calls.count == 0)
		return NULL;
	str_printf(&s,
		   HEADER "<!-- Names of snap %s, written by bulkhead. -->\n<busconfig>\n"
			  "  <policy user=\"%" PRIu32 "\">\n",
		   snap->instance, snap->uid);
	for (size_t i = 0; i < names.count; i++)
		str_printf(&s, "    <allow own=\"%s\"/>\n", names.items[i].text);
	for (size_t i = 0; i < talks.count; i++)
		str_printf(&s, "    <allow send_destination=\"%s\"/>\n", talks.items[i].text);
	for (size_t i = 0; i < calls.count; i++)
		add_call(&s, calls.items[i].text);
	str_add(&s, "  </policy>\n</busconfig>\n");
	return mem_strdup(k->a, str_text(&s));
}

int emit_pack_bus(struct pack *k)
{
	for (size_t i = 0; i < k->m->snap_count; i++) {
		const struct model_snap *snap = &k->m->snaps[i];
		const char *path = mem_printf(k->a, "bus.d/snap.%s.conf", snap->instance);
		const char *text = emit_pack_bus_text(k, snap);

		if (text && (emit_pack_write(k, MANIFEST_KIND_BUS, path, text, strlen(text)) ||
			     emit_pack_twin(k, path, text)))
			return -1;
	}
	return 0;
}
