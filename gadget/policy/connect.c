/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What each connection adds to an app: on the plug's side what the variants of slot and plug say,
 * on the slot's side what the slot's variant says, for the connection and for being there.
 */
#include "rules.h"
#include "str.h"

/* The group of a variant, with the joint's scope. */
static int join(struct rules_joint *j, const struct model_group *group, const struct model_end *end)
{
	return policy_rules_joint_scope(j) || policy_rules_group(j, group, end) ? -1 : 0;
}

static struct rules_joint joint_of(const struct rules_build *b, const struct model_connection *c,
				   struct policy_app *app)
{
	return (struct rules_joint){
		.b = b,
		.app = app,
		.plug = c->plug,
		.slot = c->slot,
		.loc = c->loc,
		.reason = mem_printf(b->a, "%s:%s (%s)", c->plug->name, c->slot->name,
				     c->slot->interface),
	};
}

static int join_plug(const struct rules_build *b, const struct model_end *plug,
		     struct policy_app *app)
{
	int rc = 0;

	for (size_t i = 0; i < b->m->connection_count; i++) {
		const struct model_connection *c = &b->m->connections[i];
		struct rules_joint j = joint_of(b, c, app);

		if (c->plug != plug)
			continue;
		if (!c->slot->variant) {
			rc = meta_error(b->d, &c->loc,
					"cannot connect \"%s\" to \"%s\": interface \"%s\" is "
					"not known",
					plug->name, c->slot->name, c->slot->interface);
			continue;
		}
		rc |= join(&j, &c->slot->variant->group, c->slot);
		if (plug->variant)
			rc |= join(&j, &plug->variant->group, plug);
	}
	return rc;
}

static int join_slot(const struct rules_build *b, const struct model_end *slot,
		     struct policy_app *app)
{
	struct rules_joint own = { .b = b, .app = app, .slot = slot, .loc = slot->loc };
	int rc;

	if (!slot->variant)
		return 0;
	own.reason = mem_printf(b->a, "slot %s (%s)", slot->name, slot->interface);
	rc = join(&own, &slot->variant->slot, slot);
	for (size_t i = 0; i < b->m->connection_count; i++) {
		const struct model_connection *c = &b->m->connections[i];
		struct rules_joint j = joint_of(b, c, app);

		if (c->slot == slot)
			rc |= join(&j, &slot->variant->peer, slot);
	}
	return rc;
}

int policy_rules_connect(const struct rules_build *b, struct policy_app *app)
{
	int rc = 0;

	for (size_t i = 0; i < app->app->plug_count; i++)
		rc |= join_plug(b, app->app->plugs[i], app);
	for (size_t i = 0; i < app->app->slot_count; i++)
		rc |= join_slot(b, app->app->slots[i], app);
	policy_rules_links(b, app);
	return rc;
}
