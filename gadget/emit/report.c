/* SPDX-License-Identifier: Apache-2.0 */
/* report.txt: who may touch what, and by which layer alone a remark holds. */
#include <inttypes.h>

#include "grain.h"
#include "pack.h"
#include "plan.h"

static void report_layers(struct str *s, const struct policy_app *app)
{
	str_add(s, "  layers:");
	for (unsigned i = 0; i < PLAN_LAYERS; i++)
		str_printf(s, " %s%s", emit_pack_has_layer(app, 1u << i) ? "" : "NO-",
			   plan_layer_names[i]);
	str_add(s, "\n");
}

static const char *const access_words[] = {
	[PLAN_ACCESS_READ] = "r",
	[PLAN_ACCESS_WRITE] = "w",
	[PLAN_ACCESS_READ | PLAN_ACCESS_WRITE] = "rw",
};

static void report_doubts(struct str *s, const char *slot, const struct policy_rules *doubts)
{
	for (size_t i = 0; i < doubts->count; i++)
		str_printf(s,
			   "  remark: slot %s may be the same hardware as %s: only the board "
			   "can tell\n",
			   slot, doubts->items[i].text);
}

void emit_pack_need(struct str *s, const struct policy_app *app, const struct policy_slot *slot)
{
	if (slot->need == MODEL_NEED_REQUIRED)
		str_printf(s,
			   "  required: %s is started when slot %s is there and stopped when it "
			   "goes\n",
			   app->app->label, slot->name);
	else if (slot->need == MODEL_NEED_WAIT)
		str_printf(
			s,
			"  waited for: at boot %s is started %u ms later at most without slot %s\n",
			app->app->label, slot->wait_ms, slot->name);
}

static void report_slots(struct str *s, const struct policy_app *app)
{
	for (size_t i = 0; i < app->slots.count; i++) {
		const struct policy_slot *slot = &app->slots.items[i];

		str_printf(s, "  slot %s %s", slot->name, access_words[slot->access]);
		emit_pack_provenance(s, &slot->loc, slot->reason);
		str_add(s, "\n");
		for (size_t j = 0; j < slot->matches.count; j++)
			str_printf(s, "    %s\n", slot->matches.items[j].text);
		emit_pack_need(s, app, slot);
		report_doubts(s, slot->name, &slot->doubts);
		if (slot->one_layer)
			str_printf(
				s,
				"  remark: slot %s has one layer: AppArmor grants names that other "
				"devices can have, the device map is exact\n",
				slot->name);
	}
}

void emit_pack_module(struct str *s, const struct policy_module *m)
{
	str_printf(s, "  module %s %s%s%s", m->name, m->load, *m->options ? " " : "", m->options);
	emit_pack_provenance(s, &m->loc, m->reason);
	str_add(s, "\n");
}

static void report_modules(struct str *s, const struct policy_app *app)
{
	for (size_t i = 0; i < app->modules.count; i++)
		emit_pack_module(s, &app->modules.items[i]);
}

static void report_files(struct str *s, const struct policy_late *l)
{
	if (!*l->prefix) {
		str_printf(s,
			   "  remark: files of %s are not given: the board has no prefix for them "
			   "(%s)\n",
			   l->link, l->reason);
		return;
	}
	for (size_t k = 0; k < l->file_count; k++) {
		str_printf(s, "  file /run/slot/%s/%s %s below %s%s", l->slot, l->files[k],
			   access_words[l->access], l->prefix,
			   l->optional ? ", if it is there" : "");
		emit_pack_provenance(s, &l->loc, l->reason);
		str_add(s, "\n");
	}
}

static void report_late(struct str *s, const struct policy_app *app)
{
	for (size_t i = 0; i < app->made_devices.count; i++) {
		const struct policy_made *m = &app->made_devices.items[i];

		str_printf(s, "  device %s %s of %s, made by \"%s\"", m->node,
			   access_words[m->access], m->device, m->value);
		emit_pack_provenance(s, &m->loc, m->reason);
		str_add(s, "\n");
	}
	for (size_t i = 0; i < app->late.count; i++) {
		report_files(s, &app->late.items[i]);
		report_doubts(s, app->late.items[i].slot, &app->late.items[i].doubts);
	}
}

static void report_left_out(struct str *s, const struct policy_app *app)
{
	for (size_t i = 0; i < app->left_out.count; i++)
		str_printf(s, "  remark: nothing is given for %s\n", app->left_out.items[i].text);
}

static void report_shared(struct str *s, const struct policy_app *app)
{
	for (size_t i = 0; i < app->shared.count; i++)
		str_printf(s,
			   "  remark: the image's %s in place of the snap's own, by names that "
			   "begin with \"snap.%s.\" or are listed (%s)\n",
			   app->shared.items[i].text, app->app->snap->instance,
			   app->shared.items[i].reason);
}

static void report_capabilities(struct str *s, const struct policy_app *app)
{
	for (unsigned n = 0; policy_capability_name(n); n++)
		if (app->caps & UINT64_C(1) << n)
			str_printf(s, "  capability %s\n", policy_capability_name(n));
}

static void report_users(struct str *s, const struct model_image *image,
			 const struct policy_app *app)
{
	for (size_t i = 0; app->app->interactive && i < image->user_count; i++)
		str_printf(s, "  started by user %s as %" PRIu32 ", with data in its own home\n",
			   image->users[i].name, image->users[i].uid);
}

static void report_remarks(struct str *s, struct pack *k, const struct policy_app *app)
{
	if (app->network)
		str_add(s, "  remark: shares the host's network: abstract sockets reachable\n");
	if (app->delegate)
		str_add(s,
			"  remark: makes control groups below its own: cgroup2 with nsdelegate\n");
	if (app->app->snap->uid == 0)
		str_add(s, "  remark: runs as root, without capabilities but those above\n");
	for (size_t i = 0; i < k->m->image.accept_count; i++)
		str_printf(s,
			   "  remark: %s is not mediated by AppArmor on this kernel "
			   "(accept-unmediated)\n",
			   k->m->image.accept_unmediated[i]);
}

static void report_sizes(struct str *s, const struct pack_app *app)
{
	if (app->policy)
		str_printf(s, "  apparmor: %zu rules, %zu bytes%s%s\n", app->p->apparmor.count,
			   app->policy_size, app->parser_options[0] ? ", " : "",
			   app->parser_options);
	if (app->filter_count)
		str_printf(s, "  seccomp: %zu lines, %" PRIu32 " instructions\n",
			   app->p->seccomp.count, app->filter_count);
}

static void report_app(struct str *s, struct pack *k, const struct pack_app *app)
{
	const struct policy_app *p = app->p;

	str_printf(s, "\n%s\n  uid %" PRIu32 " gid %" PRIu32 "\n", p->app->label, p->app->snap->uid,
		   p->app->snap->gid);
	if (emit_pack_is_devmode(p))
		str_add(s, "  DEVMODE: not confined, AppArmor and seccomp log only\n");
	report_users(s, &k->m->image, p);
	report_layers(s, p);
	report_sizes(s, app);
	report_capabilities(s, p);
	report_slots(s, p);
	report_modules(s, p);
	report_late(s, p);
	report_left_out(s, p);
	report_shared(s, p);
	report_remarks(s, k, p);
}

static void report_connections(struct str *s, const struct model *m)
{
	str_add(s, "\nconnections\n");
	for (size_t i = 0; i < m->connection_count; i++) {
		const struct model_connection *c = &m->connections[i];
		const struct model_grain *grain = model_grain_of(c);

		str_printf(s, "  %s:%s -> %s:%s (%s)", c->plug->snap ? c->plug->snap->instance : "",
			   c->plug->name, c->slot->snap ? c->slot->snap->instance : "system",
			   c->slot->name, model_why_names[c->why]);
		emit_pack_provenance(s, &c->loc, c->slot->interface);
		str_add(s, "\n");
		if (grain && grain->remark)
			str_printf(s, "    %s\n", grain->remark);
	}
}

/* As the image's own base: nothing of it is lost unseen. */
static void report_bases(struct str *s, const struct model *m)
{
	for (size_t i = 0; i < m->snap_count; i++) {
		const struct model_snap *snap = &m->snaps[i];

		if (snap->set_id_count == 0)
			continue;
		str_printf(s, "\nbase %s: %zu set-id files, cleared\n", snap->instance,
			   snap->set_id_count);
		for (size_t k = 0; k < snap->set_id_count; k++)
			str_printf(s, "  /%s\n", snap->set_ids[k]);
	}
}

int emit_pack_report(struct pack *k)
{
	CLEANUP_STR struct str s = { 0 };

	str_printf(&s, "image %s for board %s%s\n", k->m->image.name, k->m->board.name,
		   k->m->image.development ? " (DEVELOPMENT)" : "");
	report_connections(&s, k->m);
	report_bases(&s, k->m);
	for (size_t i = 0; i < k->policy->app_count; i++)
		report_app(&s, k, &k->apps[i]);
	return emit_pack_twin(k, "report.txt", str_text(&s));
}
