/* SPDX-License-Identifier: Apache-2.0 */
#include "fit.h"

#include <stdlib.h>
#include <string.h>

#include "attr.h"
#include "compat.h"
#include "ends.h"
#include "guard.h"
#include "str.h"

static const char *snap_name(const struct model_end *end)
{
	return end->snap ? end->snap->instance : "system";
}

bool model_fit_is_auto(const struct model_end *plug)
{
	int own = plug->variant ? plug->variant->auto_connect : -1;

	return own < 0 ? plug->iface->auto_connect : own;
}

/* --- attributes ------------------------------------------------------------------------------ */

/* What the attribute is, or its default; NULL when there is neither. */
static const char *value_of(const struct reader *r, const struct model_end *end, const char *attr)
{
	const struct model_attr_def *def =
		end->variant ? model_attr_find(end->variant, attr) : NULL;
	const struct meta_node *n = meta_get(end->attrs, attr);

	if (!def)
		return NULL;
	if (n)
		return model_attr_text(r->a, def, n, end, r->d);
	return def->own_name ? end->name : def->fallback;
}

static bool matches(const struct reader *r, const struct model_match *m,
		    const struct model_end *plug, const struct model_end *slot)
{
	const char *a = value_of(r, plug, m->attr);
	const char *b = value_of(r, slot, m->attr);

	if (!a || !b)
		return a == b;
	return m->how == MODEL_MATCH_SAME ? str_eq(a, b) : model_compat_meet(a, b);
}

static bool fits(const struct reader *r, const struct model_end *plug, const struct model_end *slot)
{
	const struct model_iface *iface = plug->iface;

	for (size_t i = 0; i < iface->match_count; i++)
		if (!matches(r, &iface->matches[i], plug, slot))
			return false;
	return true;
}

int model_fit_check(const struct reader *r, const struct model_end *plug,
		    const struct model_end *slot, const struct meta_loc *loc)
{
	int status = 0;

	for (size_t i = 0; i < plug->iface->match_count; i++) {
		const struct model_match *m = &plug->iface->matches[i];
		const char *a, *b;

		if (matches(r, m, plug, slot))
			continue;
		a = value_of(r, plug, m->attr);
		b = value_of(r, slot, m->attr);
		status = meta_error(r->d, loc,
				    "cannot connect plug \"%s\" to slot \"%s\": its %s is %s, the "
				    "slot's %s",
				    plug->name, slot->name, m->attr, a ? a : "not set",
				    b ? b : "not set");
	}
	return status;
}

/* --- candidates ------------------------------------------------------------------------------ */

static void find_among(const struct reader *r, const struct model_end *plug,
		       const struct model_end *slots, size_t count, struct fit_slots *out)
{
	for (size_t i = 0; i < count; i++)
		if (slots[i].iface == plug->iface && !slots[i].unread &&
		    slots[i].snap != plug->snap && fits(r, plug, &slots[i]))
			out->items[out->count++] = &slots[i];
}

void model_fit_find(const struct reader *r, const struct model *m, const struct model_end *plug,
		    struct fit_slots *out)
{
	size_t room = m->system_slot_count + m->gadget_snap.slot_count;

	for (size_t i = 0; i < m->snap_count + m->lost_count; i++)
		room += m->snaps[i].slot_count;
	/* One for all plugs: of thousands of plugs and slots each pair would be one. */
	if (!out->items)
		out->items = mem_array(r->a, room, sizeof(*out->items));
	out->count = 0;
	find_among(r, plug, m->system_slots, m->system_slot_count, out);
	find_among(r, plug, m->gadget_snap.slots, m->gadget_snap.slot_count, out);
	for (size_t i = 0; i < m->snap_count + m->lost_count; i++)
		find_among(r, plug, m->snaps[i].slots, m->snaps[i].slot_count, out);
}

int model_fit_ambiguous(const struct reader *r, const struct model_end *plug,
			const struct fit_slots *found, const struct meta_loc *loc)
{
	CLEANUP_STR struct str list = { 0 };

	for (size_t i = 0; i < found->count; i++)
		str_printf(&list, "%s%s:%s", i ? ", " : "", snap_name(found->items[i]),
			   found->items[i]->name);
	return meta_error(r->d, loc, "cannot connect plug %s:%s: several slots fit (%s)",
			  snap_name(plug), plug->name, str_text(&list));
}

/* --- conflicts ------------------------------------------------------------------------------- */

static bool conflicts(const struct model_iface *iface, const struct model_iface *other)
{
	for (size_t i = 0; iface->conflicts && iface->conflicts[i]; i++)
		if (str_eq(iface->conflicts[i], other->name))
			return true;
	return false;
}

int model_fit_conflicts(const struct reader *r, const struct model *m)
{
	int status = 0;

	for (size_t i = 0; i < m->connection_count; i++) {
		const struct model_connection *a = &m->connections[i];

		for (size_t k = 0; k < m->connection_count; k++) {
			const struct model_connection *b = &m->connections[k];

			if (!conflicts(a->plug->iface, b->plug->iface))
				continue;
			status = meta_error(r->d, &a->loc,
					    "cannot connect %s:%s to slot \"%s\": interface %s of "
					    "%s:%s is not to be in one image with %s",
					    snap_name(a->plug), a->plug->name, a->slot->name,
					    b->plug->iface->name, snap_name(b->plug), b->plug->name,
					    a->plug->iface->name);
			break;
		}
	}
	return status;
}

/* --- privileges ------------------------------------------------------------------------------ */

static bool plug_is_super(const struct model_end *plug)
{
	return plug->iface && ((plug->iface->super & MODEL_SUPER_PLUG) ||
			       (plug->variant && plug->variant->super_privileged));
}

static bool slot_is_super(const struct model_end *slot)
{
	return slot->iface && ((slot->iface->super & MODEL_SUPER_SLOT) ||
			       (slot->variant && slot->variant->super_privileged));
}

/* Its plugs, then its slots. */
static const struct model_end *find_super(const struct model_snap *s, const char *name)
{
	const struct model_end *end = model_ends_find(s->plugs, s->plug_count, name);

	if (end)
		return plug_is_super(end) || end->unread ? end : NULL;
	end = model_ends_find(s->slots, s->slot_count, name);
	return end && (slot_is_super(end) || end->unread) ? end : NULL;
}

static bool names(const struct meta_node *n, const struct model_end *end)
{
	size_t len = strlen(snap_name(end));

	return n->kind == META_SCALAR && strncmp(n->text, snap_name(end), len) == 0 &&
	       n->text[len] == ':' && str_eq(n->text + len + 1, end->name);
}

static bool is_listed(const struct meta_node *list, const struct model_end *end)
{
	for (size_t i = 0; list && i < list->count; i++)
		if (names(list->items[i], end))
			return true;
	return false;
}

/* A line that allows nothing would be read as if it did. */
static int check_line(const struct reader *r, const struct model *m, const struct meta_node *n)
{
	const char *text;

	if (meta_text(n, "privileged", &text, r->d))
		return -1;
	for (size_t i = 0; i < m->snap_count + m->lost_count; i++) {
		const struct model_snap *s = &m->snaps[i];
		size_t len = strlen(s->instance);

		if (strncmp(text, s->instance, len) == 0 && text[len] == ':' &&
		    (find_super(s, text + len + 1) || s->ends_unread))
			return 0;
	}
	if (model_image_has_unnamed(m))
		return 0;
	return meta_error(r->d, &n->loc,
			  "cannot use privileged \"%.200s\": expected SNAP:NAME of a plug or slot "
			  "whose interface is super-privileged",
			  text);
}

static int refuse(const struct reader *r, const struct model_end *end, const struct meta_loc *loc,
		  const char *what)
{
	(void)meta_error(r->d, loc,
			 "cannot allow %s %s:%s: interface %s is super-privileged, and image.yaml "
			 "does not name it",
			 what, snap_name(end), end->name, end->interface);
	meta_hint(r->d, "\"privileged: ['%s:%s']\" in image.yaml allows it", snap_name(end),
		  end->name);
	return -1;
}

static int check_slots(const struct reader *r, const struct meta_node *list,
		       const struct model_snap *s)
{
	int status = 0;

	for (size_t i = 0; i < s->slot_count; i++)
		if (slot_is_super(&s->slots[i]) && !is_listed(list, &s->slots[i]))
			status = refuse(r, &s->slots[i], &s->slots[i].loc, "slot");
	return status;
}

int model_fit_privileged(const struct reader *r, const struct image_file *f, const struct model *m)
{
	const struct meta_node *list = f->privileged;
	int status = 0;

	if (list && model_reader_list(r, list, "privileged"))
		return -1;
	for (size_t i = 0; list && i < list->count; i++)
		status |= check_line(r, m, list->items[i]);
	for (size_t i = 0; i < m->connection_count; i++) {
		const struct model_connection *c = &m->connections[i];

		if (plug_is_super(c->plug) && !is_listed(list, c->plug) && GUARD(fit_privileged))
			status = refuse(r, c->plug, &c->loc, "plug");
	}
	for (size_t i = 0; i < m->snap_count + m->lost_count; i++)
		status |= check_slots(r, list, &m->snaps[i]);
	return status;
}
