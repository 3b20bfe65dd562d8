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
	for (size_t i = 0; i < m->snap_count; i++)
		if (str_eq(m->snaps[i].instance, name))
			return &m->snaps[i];
	return NULL;
}

/* 1: nothing to connect, and a warning said so. */
static int refuse_snap(const struct connector *c, const struct ref *ref)
{
	const char **names = mem_array(c->r->a, c->m->snap_count + 1, sizeof(const char *));

	for (size_t i = 0; i < c->m->snap_count; i++)
		names[i] = c->m->snaps[i].instance;
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

/* The plug or slot of that name, or NULL after an error. */
static const struct model_end *find_end(const struct connector *c, const struct ref *ref,
					const char *what, struct model_end *ends, size_t count)
{
	const struct model_end *end = model_ends_find(ends, count, ref->name);
	const char **names;

	if (end)
		return end;
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
	return NULL;
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
	*out = find_end(c, &ref, "plug", snap->plugs, snap->plug_count);
	return *out ? 0 : -1;
}

/*
 * Without a slot: the system's of the plug's name, else, in our own format, the only one that fits.
 */
static int guess_slot(const struct connector *c, const struct meta_node *n,
		      const struct model_end *plug, const struct model_end **out)
{
	const struct ref ref = { SYSTEM, plug->name, meta_get(n, "plug") };
	struct fit_slots found = { 0 };

	*out = model_ends_find(c->m->system_slots, c->m->system_slot_count, plug->name);
	if (*out)
		return 0;
	if (!c->gadget)
		model_fit_find(c->r, c->m, plug, &found);
	if (found.count > 1)
		return model_fit_ambiguous(c->r, plug, &found, &ref.n->loc);
	*out = found.count ? found.items[0]
			   : find_end(c, &ref, "slot", c->m->system_slots, c->m->system_slot_count);
	return *out ? 0 : -1;
}

static int find_slot(const struct connector *c, const struct meta_node *n,
		     const struct model_end *plug, const struct model_end **out)
{
	const struct model_snap *snap;
	struct ref ref;

	if (!meta_get(n, "slot"))
		return guess_slot(c, n, plug, out);
	if (read_ref(c, meta_get(n, "slot"), "slot", &ref))
		return -1;
	if (str_eq(ref.snap, SYSTEM)) {
		*out = find_end(c, &ref, "slot", c->m->system_slots, c->m->system_slot_count);
		return *out ? 0 : -1;
	}
	snap = find_snap(c, ref.snap);
	if (!snap)
		return refuse_snap(c, &ref);
	*out = find_end(c, &ref, "slot", snap->slots, snap->slot_count);
	return *out ? 0 : -1;
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

static int connect_one(struct connector *c, const struct meta_node *n)
{
	static const char *const used[] = { "plug", "slot", NULL };
	struct reader_keys keys = { used, NULL, !c->gadget };
	const struct model_end *plug = NULL;
	const struct model_end *slot = NULL;
	int status;

	if (model_reader_map(c->r, n, "connection", &keys))
		return -1;
	if (!meta_get(n, "plug"))
		return meta_error(c->r->d, &n->loc, "cannot find key \"plug\"");
	status = find_plug(c, meta_get(n, "plug"), &plug);
	if (status == 0)
		status = find_slot(c, n, plug, &slot);
	if (status)
		return status < 0 ? -1 : 0;
	if (!str_eq(plug->interface, slot->interface))
		return meta_error(c->r->d, &n->loc,
				  "cannot connect plug \"%s\" to slot \"%s\": its interface is %s, "
				  "the slot's is %s",
				  plug->name, slot->name, plug->interface, slot->interface);
	if (!plug->iface)
		return meta_error(c->r->d, &n->loc,
				  "cannot connect plug \"%s\": no interface \"%s\"", plug->name,
				  plug->interface);
	if (model_fit_check(c->r, plug, slot, &n->loc))
		return -1;
	add(c, &(struct model_connection){ plug, slot, n->loc,
					   c->gadget ? MODEL_WHY_GADGET : MODEL_WHY_IMAGE });
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

/* Interfaces that connect by themselves do so where nothing was said. */
static int connect_auto(struct connector *c, const struct model_end *plug)
{
	const struct model_iface *iface = plug->iface;
	struct fit_slots found;

	if (!iface || is_connected(c->m, plug) || !model_fit_is_auto(plug))
		return 0;
	model_fit_find(c->r, c->m, plug, &found);
	if (found.count > 1 && !iface->many)
		return model_fit_ambiguous(c->r, plug, &found, &plug->loc);
	for (size_t i = 0; i < found.count; i++)
		add(c,
		    &(struct model_connection){ plug, found.items[i], iface->loc, MODEL_WHY_AUTO });
	return 0;
}

static int connect_rest(struct connector *c)
{
	struct model *m = c->m;
	int status = 0;

	for (size_t i = 0; i < m->snap_count; i++)
		for (size_t k = 0; k < m->snaps[i].plug_count; k++)
			status |= connect_auto(c, &m->snaps[i].plugs[k]);
	return status;
}

/* An app finds out on the board what it lacks: a plug that no slot here fits is a mistake. */
static void warn_unoffered(const struct connector *c, const struct model_end *plug)
{
	const struct model_iface *iface = plug->iface;
	struct fit_slots found;

	if (!iface || is_connected(c->m, plug))
		return;
	model_fit_find(c->r, c->m, plug, &found);
	if (found.count)
		return;
	meta_warn(c->r->d, &plug->loc, "cannot connect %s:%s: no slot in the image fits it",
		  plug->snap->instance, plug->name);
	meta_hint(c->r->d, "slots of interface %s are offered by %s", iface->name,
		  iface->offered_by & MODEL_OFFERED_GADGET ? "gadgets, in their meta/snap.yaml"
							   : "other snaps");
}

static void warn_all_unoffered(const struct connector *c)
{
	for (size_t i = 0; i < c->m->snap_count; i++)
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
static int check_exclusive(const struct connector *c)
{
	const struct model *m = c->m;
	int status = 0;

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
			break;
		}
	}
	return status;
}

static bool conflicts(const struct model_iface *iface, const struct model_iface *other)
{
	for (size_t i = 0; iface->conflicts && iface->conflicts[i]; i++)
		if (str_eq(iface->conflicts[i], other->name))
			return true;
	return false;
}

/* The same hardware by another way, which no slot's attributes tell. */
static int check_conflicts(const struct connector *c)
{
	const struct model *m = c->m;
	int status = 0;

	for (size_t i = 0; i < m->connection_count; i++) {
		const struct model_connection *a = &m->connections[i];

		for (size_t k = 0; k < m->connection_count; k++) {
			const struct model_connection *b = &m->connections[k];

			if (!conflicts(a->plug->iface, b->plug->iface))
				continue;
			status = meta_error(c->r->d, &a->loc,
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
	/* What a line with an error would have connected, nothing else is looked for. */
	if (status == 0)
		status = connect_rest(&c);
	if (status == 0)
		warn_all_unoffered(&c);
	sort(m);
	return status | check_exclusive(&c) | check_conflicts(&c) | model_fit_privileged(r, f, m)
		       ? -1
		       : 0;
}
