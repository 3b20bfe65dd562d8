/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "ends.h"
#include "fit.h"
#include "image.h"
#include "str.h"

#define SYSTEM "system"
#define BOARD  "board"
/* Store ids, by which gadgets name snaps, have as many. */
#define ID_LENGTH 32

const char *const model_why_names[] = {
	[MODEL_WHY_AUTO] = "auto", [MODEL_WHY_GADGET] = "gadget", [MODEL_WHY_IMAGE] = "image"
};

struct connector {
	const struct reader *r;
	struct model *m;
	const struct meta_node *ids; /* store-ids: or NULL */
	size_t room;
	bool gadget; /* the list is gadget.yaml's: it may name snaps that this image has not */
	/* Plugs of lines with an error: nothing else is looked for in their place. */
	const struct model_end **doubted;
	size_t doubt_count, doubt_room;
	bool vague; /* whose plug such a line means is not known */
	struct fit_slots found;
	bool *refused; /* by connection, once they are sorted: an error was told of it */
};

/* "SNAP:NAME" cut in two. */
struct ref {
	const char *snap, *name;
	const struct meta_node *n;
};

static int read_ref(const struct connector *c, const struct meta_node *n, const char *what,
		    struct ref *out)
{
	const char *text;
	const char *colon;

	if (meta_text(n, what, &text, c->r->d))
		return -1;
	colon = strchr(text, ':');
	if (!colon || colon == text || !colon[1] || strchr(colon + 1, ':'))
		return meta_error(c->r->d, &n->loc, "cannot use %s \"%.200s\": expected SNAP:NAME",
				  what, text);
	out->snap = mem_strndup(c->r->a, text, (size_t)(colon - text));
	/* Its own error says enough. */
	if (meta_get(c->ids, out->snap) && meta_get(c->ids, out->snap)->kind != META_SCALAR)
		return -1;
	if (meta_get(c->ids, out->snap))
		out->snap = meta_get(c->ids, out->snap)->text;
	out->name = colon + 1;
	out->n = n;
	return 0;
}

static const struct model_snap *find_snap(const struct connector *c, const char *name)
{
	const struct model *m = c->m;

	if (m->gadget_snap.instance &&
	    (str_eq(name, BOARD) || str_eq(name, m->gadget_snap.instance)))
		return &m->gadget_snap;
	for (size_t i = 0; i < m->snap_count + m->lost_count; i++)
		if (str_eq(m->snaps[i].instance, name))
			return &m->snaps[i];
	return NULL;
}

/* 1: nothing to connect: a warning said so, or the snap may be one that could not be read. */
static int refuse_snap(const struct connector *c, const struct ref *ref)
{
	size_t count = c->m->snap_count + c->m->lost_count;
	const char **names = mem_array(c->r->a, count + 1, sizeof(const char *));

	for (size_t i = 0; i < count; i++)
		names[i] = c->m->snaps[i].instance;
	if (model_image_has_unnamed(c->m))
		return 1;
	if (c->gadget) {
		meta_warn(c->r->d, &ref->n->loc, "cannot connect %s: no snap \"%s\" in the image%s",
			  ref->n->text, ref->snap,
			  strlen(ref->snap) == ID_LENGTH ? " has this id" : "");
		return 1;
	}
	(void)meta_error(c->r->d, &ref->n->loc, "cannot connect %.200s: no snap \"%.64s\" %s",
			 ref->n->text, ref->snap, c->m->bare ? "is given" : "in the image");
	if (meta_nearest(ref->snap, names))
		meta_hint(c->r->d, "did you mean \"%s\"?", meta_nearest(ref->snap, names));
	return -1;
}

/* The ends of one snap, or the slots of the system. */
struct ends {
	const struct model_snap *snap;
	struct model_end *items;
	size_t count;
};

/* The plug or slot of that name. 1: it has an error, or may be one of those that have. */
static int find_end(const struct connector *c, const struct ref *ref, const char *what,
		    const struct ends *from, const struct model_end **out)
{
	struct model_end *ends = from->items;
	size_t count = from->count;
	const char **names;

	*out = model_ends_find(ends, count, ref->name);
	if (*out)
		return (*out)->unread;
	if (from->snap && from->snap->ends_unread)
		return 1;
	names = mem_array(c->r->a, count + 1, sizeof(const char *));
	for (size_t i = 0; i < count; i++)
		names[i] = ends[i].name;
	(void)meta_error(c->r->d, &ref->n->loc, "cannot connect %.200s: %s has no %s \"%.64s\"",
			 ref->n->text, ref->snap, what, ref->name);
	if (ends == c->m->system_slots &&
	    model_ends_find(c->m->gadget_snap.slots, c->m->gadget_snap.slot_count, ref->name))
		meta_hint(c->r->d, "the gadget has one: " BOARD ":%s", ref->name);
	else if (meta_nearest(ref->name, names))
		meta_hint(c->r->d, "did you mean \"%s\"?", meta_nearest(ref->name, names));
	return -1;
}

static int find_system(const struct connector *c, const struct ref *ref,
		       const struct model_end **out)
{
	const struct ends slots = { NULL, c->m->system_slots, c->m->system_slot_count };

	return find_end(c, ref, "slot", &slots, out);
}

static bool snap_may_offer(const struct model_snap *s, const struct model_iface *iface)
{
	for (size_t i = 0; i < s->slot_count; i++)
		if (s->slots[i].unread && (!s->slots[i].iface || s->slots[i].iface == iface))
			return true;
	return s->ends_unread;
}

/* Some slot that has an error, or could not be read, may be of the interface. */
static bool may_offer(const struct model *m, const struct model_iface *iface)
{
	for (size_t i = 0; i < m->lost_count; i++)
		if (snap_may_offer(&m->snaps[m->snap_count + i], iface))
			return true;
	return snap_may_offer(&m->gadget_snap, iface);
}

static int find_plug(const struct connector *c, const struct meta_node *n,
		     const struct model_end **out)
{
	const struct model_snap *snap;
	struct ref ref;

	if (read_ref(c, n, "plug", &ref))
		return -1;
	snap = find_snap(c, ref.snap);
	if (!snap)
		return refuse_snap(c, &ref);
	return find_end(c, &ref, "plug", &(struct ends){ snap, snap->plugs, snap->plug_count },
			out);
}

/*
 * Without a slot: the system's of the plug's name, else, in our own format, the only one that fits.
 */
static int guess_slot(struct connector *c, const struct meta_node *n, const struct model_end *plug,
		      const struct model_end **out)
{
	const struct ref ref = { SYSTEM, plug->name, meta_get(n, "plug") };
	struct fit_slots *found = &c->found;

	*out = model_ends_find(c->m->system_slots, c->m->system_slot_count, plug->name);
	if (*out)
		return 0;
	found->count = 0;
	if (!c->gadget)
		model_fit_find(c->r, c->m, plug, found);
	if (found->count > 1)
		return model_fit_ambiguous(c->r, plug, found, &ref.n->loc);
	if (found->count == 0 && may_offer(c->m, plug->iface))
		return 1;
	if (found->count == 0)
		return find_system(c, &ref, out);
	*out = found->items[0];
	return 0;
}

/* plug is NULL where it is not known: a slot that is named is looked for all the same. */
static int find_slot(struct connector *c, const struct meta_node *n, const struct model_end *plug,
		     const struct model_end **out)
{
	const struct model_snap *snap;
	struct ref ref;

	if (!meta_get(n, "slot"))
		return plug ? guess_slot(c, n, plug, out) : 1;
	if (read_ref(c, meta_get(n, "slot"), "slot", &ref))
		return -1;
	if (str_eq(ref.snap, SYSTEM))
		return find_system(c, &ref, out);
	snap = find_snap(c, ref.snap);
	if (!snap)
		return refuse_snap(c, &ref);
	return find_end(c, &ref, "slot", &(struct ends){ snap, snap->slots, snap->slot_count },
			out);
}

/* Asked for twice, as by gadget and image: once, with the first place. */
static void add(struct connector *c, const struct model_connection *new)
{
	struct model *m = c->m;

	for (size_t i = 0; i < m->connection_count; i++)
		if (m->connections[i].plug == new->plug && m->connections[i].slot == new->slot)
			return;
	m->connections = mem_grow(c->r->a, m->connections, m->connection_count, &c->room,
				  sizeof(*m->connections));
	m->connections[m->connection_count++] = *new;
}

static void doubt(struct connector *c, const struct model_end *plug)
{
	c->doubted =
		mem_grow(c->r->a, c->doubted, c->doubt_count, &c->doubt_room, sizeof(*c->doubted));
	c->doubted[c->doubt_count++] = plug;
}

static int check_ends(const struct connector *c, const struct meta_node *n,
		      const struct model_end *plug, const struct model_end *slot)
{
	if (!str_eq(plug->interface, slot->interface))
		return meta_error(c->r->d, &n->loc,
				  "cannot connect plug \"%s\" to slot \"%s\": its interface is %s, "
				  "the slot's is %s",
				  plug->name, slot->name, plug->interface, slot->interface);
	if (!plug->iface)
		return meta_error(c->r->d, &n->loc,
				  "cannot connect plug \"%s\": no interface \"%s\"", plug->name,
				  plug->interface);
	return model_fit_check(c->r, plug, slot, &n->loc);
}

static int connect_one(struct connector *c, const struct meta_node *n)
{
	static const char *const used[] = { "plug", "slot", NULL };
	struct reader_keys keys = { used, NULL, !c->gadget };
	const struct model_end *plug = NULL;
	const struct model_end *slot = NULL;
	int status = model_reader_map(c->r, n, "connection", &keys);
	int found = -1;

	if (n->kind != META_MAP)
		return -1;
	if (meta_get(n, "plug"))
		found = find_plug(c, meta_get(n, "plug"), &plug);
	else
		status = meta_error(c->r->d, &n->loc, "cannot find key \"plug\"");
	/* The warning was enough. */
	if (found > 0 && c->gadget)
		return 0;
	c->vague |= found < 0;
	found |= find_slot(c, n, found ? NULL : plug, &slot);
	if (found == 0)
		status |= check_ends(c, n, plug, slot);
	if (plug && (found || status))
		doubt(c, plug);
	if (found || status)
		return found < 0 || status ? -1 : 0;
	add(c, &(struct model_connection){
		       .plug = plug,
		       .slot = slot,
		       .loc = n->loc,
		       .why = c->gadget ? MODEL_WHY_GADGET : MODEL_WHY_IMAGE,
	       });
	return 0;
}

static int connect_list(struct connector *c, const struct meta_node *list)
{
	int status = 0;

	if (!list || list->kind == META_NULL)
		return 0;
	if (model_reader_list(c->r, list, "connections"))
		return -1;
	for (size_t i = 0; i < list->count; i++)
		if (connect_one(c, list->items[i]))
			status = -1;
	return status;
}

static bool is_connected(const struct model *m, const struct model_end *plug)
{
	for (size_t i = 0; i < m->connection_count; i++)
		if (m->connections[i].plug == plug)
			return true;
	return false;
}

/* Something can be looked for, for this plug: nothing was said of it. */
static bool is_free(const struct connector *c, const struct model_end *plug)
{
	for (size_t i = 0; i < c->doubt_count; i++)
		if (c->doubted[i] == plug)
			return false;
	return plug->iface && !plug->unread && !is_connected(c->m, plug);
}

/* Interfaces that connect by themselves do so where nothing was said. */
static int connect_auto(struct connector *c, const struct model_end *plug)
{
	const struct model_iface *iface = plug->iface;
	struct fit_slots *found = &c->found;

	if (!is_free(c, plug) || !model_fit_is_auto(plug))
		return 0;
	model_fit_find(c->r, c->m, plug, found);
	if (found->count > 1 && !iface->many)
		return c->vague ? 0 : model_fit_ambiguous(c->r, plug, found, &plug->loc);
	/* What a line with an error may have connected, nothing else is. */
	for (size_t i = 0; i < found->count && (!c->vague || !found->items[i]->snap); i++)
		add(c, &(struct model_connection){
			       .plug = plug,
			       .slot = found->items[i],
			       .loc = iface->loc,
			       .why = MODEL_WHY_AUTO,
		       });
	return 0;
}

static int connect_rest(struct connector *c)
{
	struct model *m = c->m;
	int status = 0;

	for (size_t i = 0; i < m->snap_count + m->lost_count; i++)
		for (size_t k = 0; k < m->snaps[i].plug_count; k++)
			status |= connect_auto(c, &m->snaps[i].plugs[k]);
	return status;
}

/* An app finds out on the board what it lacks: a plug that no slot here fits is a mistake. */
static void warn_unoffered(struct connector *c, const struct model_end *plug)
{
	const struct model_iface *iface = plug->iface;

	if (!is_free(c, plug) || may_offer(c->m, iface))
		return;
	model_fit_find(c->r, c->m, plug, &c->found);
	if (c->found.count)
		return;
	meta_warn(c->r->d, &plug->loc, "cannot connect %s:%s: no slot in the image fits it",
		  plug->snap->instance, plug->name);
	meta_hint(c->r->d, "slots of interface %s are offered by %s", iface->name,
		  iface->offered_by & MODEL_OFFERED_GADGET ? "gadgets, in their meta/snap.yaml"
							   : "other snaps");
}

static void warn_all_unoffered(struct connector *c)
{
	for (size_t i = 0; i < c->m->snap_count + c->m->lost_count && !c->vague; i++)
		for (size_t k = 0; k < c->m->snaps[i].plug_count; k++)
			warn_unoffered(c, &c->m->snaps[i].plugs[k]);
}

static const char *snap_name(const struct model_end *end)
{
	return end->snap ? end->snap->instance : "";
}

static int by_ends(const void *pa, const void *pb)
{
	const struct model_connection *a = pa;
	const struct model_connection *b = pb;
	int order = strcmp(snap_name(a->plug), snap_name(b->plug));

	if (order == 0)
		order = strcmp(a->plug->name, b->plug->name);
	if (order == 0)
		order = strcmp(snap_name(a->slot), snap_name(b->slot));
	return order ? order : strcmp(a->slot->name, b->slot->name);
}

static bool is_shared(const struct model_end *slot)
{
	const struct meta_node *n = meta_get(slot->attrs, "shared");

	return n && n->kind == META_SCALAR && (n->text[0] == 't' || n->text[0] == 'T');
}

/* Hardware belongs to one snap: two on one serial port read each other's bytes. */
static int check_exclusive(struct connector *c)
{
	const struct model *m = c->m;
	int status = 0;

	c->refused = mem_array(c->r->a, m->connection_count, sizeof(*c->refused));
	for (size_t i = 0; i < m->connection_count; i++) {
		const struct model_connection *b = &m->connections[i];

		if (b->slot->snap != &m->gadget_snap || is_shared(b->slot))
			continue;
		for (size_t k = 0; k < i; k++) {
			const struct model_connection *a = &m->connections[k];

			if (a->slot != b->slot || a->plug->snap == b->plug->snap)
				continue;
			status = meta_error(c->r->d, &b->loc,
					    "cannot connect %s:%s to slot \"%s\": %s:%s is "
					    "connected to it",
					    snap_name(b->plug), b->plug->name, b->slot->name,
					    snap_name(a->plug), a->plug->name);
			meta_hint(c->r->d, "a slot that says shared: true takes several snaps");
			c->refused[i] = true;
			break;
		}
	}
	return status;
}

static bool is_lost(const struct model_end *end, const struct model *m)
{
	return end->snap && end->snap->unsound && end->snap != &m->gadget_snap;
}

/* What policy is made of: connections with an error, and of snaps that have one, go. */
static void drop_lost(const struct connector *c)
{
	struct model *m = c->m;
	size_t kept = 0;

	for (size_t i = 0; i < m->connection_count; i++)
		if (!c->refused[i] && !is_lost(m->connections[i].plug, m) &&
		    !is_lost(m->connections[i].slot, m))
			m->connections[kept++] = m->connections[i];
	m->connection_count = kept;
}

static void sort(struct model *m)
{
	if (m->connection_count)
		qsort(m->connections, m->connection_count, sizeof(*m->connections), by_ends);
}

int model_image_connect_only(const struct reader *r, const struct meta_node *list, struct model *m)
{
	struct connector c = { .r = r, .m = m };

	if (connect_list(&c, list))
		return -1;
	sort(m);
	return 0;
}

int model_image_connect(const struct reader *r, const struct image_file *f, struct model *m)
{
	struct connector c = { .r = r, .m = m, .ids = f->store_ids, .gadget = true };
	int status = connect_list(&c, m->gadget.connections);

	c.gadget = false;
	if (connect_list(&c, f->connections))
		status = -1;
	status |= connect_rest(&c);
	warn_all_unoffered(&c);
	sort(m);
	status |= check_exclusive(&c) | model_fit_conflicts(r, m) | model_fit_privileged(r, f, m);
	drop_lost(&c);
	return status;
}
