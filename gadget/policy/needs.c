/* SPDX-License-Identifier: Apache-2.0 */
#include "rules.h"

/* Of two plugs on one slot the stricter one holds, and of two times the longer. */
static void need(struct policy_slot *slot, const struct model_end *plug)
{
	if (plug->need > slot->need)
		slot->need = plug->need;
	if (plug->wait_ms > slot->wait_ms)
		slot->wait_ms = plug->wait_ms;
}

/*
 * What comes and goes is a device that udev finds, and one of it: of several nobody could tell
 * which of them the daemon cannot do without.
 */
static int need_slots(const struct rules_build *b, const struct model_connection *c,
		      struct policy_app *app)
{
	struct policy_slots *slots = &app->slots;
	bool any = false;

	for (size_t i = 0; i < slots->count; i++) {
		if (slots->items[i].end != c->slot)
			continue;
		any = true;
		if (!slots->items[i].link)
			return meta_error(b->d, &c->plug->need_loc,
					  "cannot wait for the hardware of %s:%s: slot \"%s\" may "
					  "be several devices",
					  c->plug->snap->instance, c->plug->name, c->slot->name);
		need(&slots->items[i], c->plug);
	}
	if (!any)
		return meta_error(b->d, &c->plug->need_loc,
				  "cannot wait for the hardware of %s:%s: slot \"%s\" gives no "
				  "device that comes and goes",
				  c->plug->snap->instance, c->plug->name, c->slot->name);
	return 0;
}

int policy_rules_needs(const struct rules_build *b, struct policy *p)
{
	int rc = 0;

	for (size_t i = 0; i < b->m->connection_count; i++) {
		const struct model_connection *c = &b->m->connections[i];
		int refused = 0;

		for (size_t k = 0; k < p->app_count && !refused; k++)
			if (c->plug->need != MODEL_NEED_OPTIONAL &&
			    p->apps[k].app->daemon != MODEL_DAEMON_NONE &&
			    policy_rules_has_plug(p->apps[k].app, c->plug))
				refused = need_slots(b, c, &p->apps[k]);
		rc |= refused;
	}
	return rc;
}
