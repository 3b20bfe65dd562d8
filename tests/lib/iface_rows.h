/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An image of two snaps for one row of tests/ifaces: "consumer" with a plug, and "provider", the
 * gadget, or the system with a slot. A header only, since tests/lib is compiled for lower floors.
 */
#ifndef TESTS_IFACE_ROWS_H
#define TESTS_IFACE_ROWS_H

#include <string.h>

#include "image.h"
#include "policy.h"
#include "snap.h"
#include "str.h"

#define CONSUMER                                                                                   \
	"name: consumer\nversion: '1'\napps: {app: {command: bin/app, plugs: [plug]}}\n"           \
	"plugs: {plug: {interface: x}}\n"
#define PROVIDER                                                                                   \
	"name: provider\nversion: '1'\napps: {daemon: {command: bin/daemon, slots: [slot]}}\n"     \
	"slots: {slot: {interface: x}}\n"
#define GADGET                                                                                     \
	"name: provider\nversion: '1'\ntype: gadget\n"                                             \
	"slots: {slot: {interface: x}}\n"

/* The board of all rows. */
static const struct model_sysfs_prefix row_prefixes[] = {
	{ "gpio", "/sys/devices/platform/board/gpio" },
	{ "leds", "/sys/devices/platform/board/leds" },
	{ "pwm", "/sys/devices/platform/board/pwm" },
};
static struct model_hardware row_hardware[] = { { .of_path = "/soc/gpio@1c20800",
						  .chip = "chip0" } };
static const char *row_chips[] = { "chip0", "chip9" };

struct row {
	struct mem_arena a;
	struct meta_diag d;
	const struct model *known; /* interfaces and the system's slots */
	const struct model_iface *iface;
	const struct meta_node *node; /* the row */
	enum model_offered from;
	/* snap.yaml of who has the plug and of who has the slot: made of the row unless they are
	 * here. */
	const struct meta_node *roots[2];
	struct model m;
	struct model_snap snaps[2];
	struct policy p;
};

static inline const struct meta_node *row_parse(struct row *r, const char *text)
{
	return meta_parse(&r->a, text, strlen(text), "row", &r->d);
}

/* The interface's name and the row's attributes, in the place of {interface: x}. */
static inline void row_put_attrs(struct row *r, const struct meta_node *end,
				 const struct meta_node *attrs)
{
	struct meta_node *to = (struct meta_node *)end;
	size_t more = attrs && attrs->kind == META_MAP ? attrs->count : 0;
	struct meta_node **keys = mem_array(&r->a, more + 1, sizeof(*keys));
	struct meta_node **items = mem_array(&r->a, more + 1, sizeof(*items));

	keys[0] = to->keys[0];
	items[0] = to->items[0];
	items[0]->text = r->iface->name;
	for (size_t i = 0; i < more; i++) {
		keys[i + 1] = attrs->keys[i];
		items[i + 1] = attrs->items[i];
	}
	to->keys = keys;
	to->items = items;
	to->count = more + 1;
}

/* kind is "plug" or "slot": both the end's name in the texts above and the row's key. */
static inline const struct meta_node *row_root(struct row *r, const char *text, const char *kind)
{
	const struct meta_node *root = row_parse(r, text);
	const struct meta_node *ends = meta_get(root, mem_printf(&r->a, "%ss", kind));

	row_put_attrs(r, meta_get(ends, kind), meta_get(r->node, kind));
	return root;
}

static inline void row_make_roots(struct row *r)
{
	if (!r->roots[0])
		r->roots[0] = row_root(r, CONSUMER, "plug");
	if (!r->roots[1] && r->from != MODEL_OFFERED_SYSTEM)
		r->roots[1] = row_root(r, r->from == MODEL_OFFERED_APP ? PROVIDER : GADGET, "slot");
}

static inline int row_read_snap(struct row *r, const struct meta_node *root, struct model_snap *out)
{
	*out = (struct model_snap){ .layers = SNAP_LAYERS_ALL };
	if (model_read_snap(&r->a, root, r->known, out, &r->d))
		return -1;
	model_snap_settle(out);
	return 0;
}

static inline int row_read_ends(struct row *r)
{
	r->m = *r->known;
	r->m.board.arch = "arm64";
	r->m.board.prefixes = (struct model_sysfs_prefix *)row_prefixes;
	r->m.board.prefix_count = ARRAY_SIZE(row_prefixes);
	r->m.board.name = "row";
	r->m.board.hardware = row_hardware;
	r->m.board.hardware_count = ARRAY_SIZE(row_hardware);
	r->m.board.chips = row_chips;
	r->m.board.chip_count = ARRAY_SIZE(row_chips);
	r->m.snaps = r->snaps;
	r->m.snap_count = r->from == MODEL_OFFERED_APP ? 2 : 1;
	row_make_roots(r);
	if (row_read_snap(r, r->roots[0], &r->snaps[0]))
		return -1;
	if (r->from == MODEL_OFFERED_APP)
		return row_read_snap(r, r->roots[1], &r->snaps[1]);
	if (r->from == MODEL_OFFERED_GADGET && row_read_snap(r, r->roots[1], &r->m.gadget_snap))
		return -1;
	model_snap_settle(&r->m.gadget_snap);
	return 0;
}

/* Who offers the slot: the row's word, else the first that the interface lets; 0: no such word. */
static inline enum model_offered row_offerer(const struct model_iface *iface,
					     const struct meta_node *row)
{
	static const struct {
		const char *name;
		enum model_offered bit;
	} words[] = { { "system", MODEL_OFFERED_SYSTEM },
		      { "gadget", MODEL_OFFERED_GADGET },
		      { "app", MODEL_OFFERED_APP } };
	const struct meta_node *from = meta_get(row, "from");

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (from ? str_eq(from->text, words[i].name)
			 : (iface->offered_by & words[i].bit) != 0)
			return words[i].bit;
	return 0;
}

static inline bool row_is_super(const struct model_end *end, unsigned bit)
{
	return end->iface && ((end->iface->super & bit) || end->variant->super_privileged);
}

/* "SNAP:PLUG" of the consumer, "SNAP:SLOT" of who offers; "" where such a key is misspelt. */
static inline const char *row_name(struct row *r, unsigned which, const char *kind)
{
	const struct meta_node *name = meta_get(r->roots[which], "name");
	const struct meta_node *ends = meta_get(r->roots[which], kind);

	return name && ends ? mem_printf(&r->a, "%s:%s", name->text, ends->keys[0]->text) : "";
}

static inline const char *row_plug(struct row *r)
{
	return row_name(r, 0, "plugs");
}

static inline const char *row_slot(struct row *r)
{
	return r->from == MODEL_OFFERED_SYSTEM ? mem_printf(&r->a, "system:%s", r->iface->name)
					       : row_name(r, 1, "slots");
}

/* The lines of image.yaml that the row needs, unless it says "privileged: false". */
static inline const struct meta_node *row_privileged(struct row *r)
{
	const struct meta_node *own = meta_get(r->node, "privileged");
	bool plug = row_is_super(&r->snaps[0].plugs[0], MODEL_SUPER_PLUG);
	bool slot = r->m.snap_count == 2 && row_is_super(&r->snaps[1].slots[0], MODEL_SUPER_SLOT);
	const struct meta_node *list;

	if (own || (!plug && !slot))
		return NULL;
	list = row_parse(r, plug && slot ? "['x', 'x']\n" : "['x']\n");
	list->items[0]->text = plug ? row_plug(r) : row_slot(r);
	list->items[list->count - 1]->text = slot ? row_slot(r) : row_plug(r);
	return list;
}

static inline int row_connect(struct row *r)
{
	struct reader reader = { .a = &r->a, .d = &r->d, .m = &r->m, .building = true };
	struct image_file f = { .privileged = row_privileged(r) };

	if (!meta_get(r->node, "auto")) {
		f.connections = row_parse(r, "- {plug: 'x', slot: 'x'}\n");
		f.connections->items[0]->items[0]->text = row_plug(r);
		f.connections->items[0]->items[1]->text = row_slot(r);
	}
	return model_image_connect(&reader, &f, &r->m);
}

/* The interface's rules alone: templates without the common ground of every app. */
static inline int row_build(struct row *r, const struct policy_templates *t)
{
	struct policy_templates bare = { .fixed = t->fixed,
					 .places = t->places,
					 .place_count = t->place_count };

	return row_read_ends(r) || row_connect(r) || policy_build(&r->a, &r->m, &bare, &r->p, &r->d)
		       ? -1
		       : 0;
}

static inline void row_free(struct row *r)
{
	mem_free(&r->a);
	meta_diag_free(&r->d);
}

#endif
