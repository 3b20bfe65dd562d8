/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nodes that are the board's own: consoles, its and those of the gadget's kernel arguments, and
 * what board.yaml reserves (UARTs with a debug shell, the medium that the device starts from). An
 * app that gets one could type at the root shell or write the root file system, so image.yaml has
 * to name it.
 */
#include <fnmatch.h>

#include "files.h"
#include "guard.h"
#include "hardware.h"
#include "str.h"

#define PARTITIONS 32u

/* A device that a match is asked about, by what the kernel calls it. */
struct node {
	const char *name;      /* "ttyAMA0", "mmcblk0p1" */
	const char *subsystem; /* or NULL when that is not known by the name */
	const char *devtype;   /* of disks and partitions, or NULL */
};

/* A node that is kept from apps, and the words for it. */
struct node_reserved {
	const char *node; /* "/dev/ttyAMA0" */
	const char *what;
};

/* What the conditions of a match say of a node, one after the other. */
struct verdict {
	bool never;   /* one of them does not hold */
	bool named;   /* one of them names it */
	bool wide;    /* one of them takes its whole subsystem */
	bool unknown; /* one of them cannot be told from here, as the id of a USB device */
};

static const char *subsystem_of(const char *name)
{
	static const char *const disks[] = { "sd", "hd", "vd", "mmcblk", "nvme", "mtdblock" };

	if (str_starts(name, "tty"))
		return "tty";
	for (size_t i = 0; i < ARRAY_SIZE(disks); i++)
		if (str_starts(name, disks[i]))
			return "block";
	return NULL;
}

static bool fits(const char *pattern, const char *text)
{
	return text && fnmatch(pattern, text, 0) == 0;
}

/* KEY=="value" or KEY!="value". KERNELS asks the parents too, so that a "no" means nothing. */
static void ask(const struct match_condition *c, const struct node *n, struct verdict *v)
{
	const char *key = c->key, *value = c->value;
	bool equal = c->equal;
	bool name = str_eq(key, "KERNEL") || str_eq(key, "KERNELS");
	bool devname = str_eq(key, "ENV{DEVNAME}") && str_starts(value, "/dev/");
	bool named = (name && fits(value, n->name)) || (devname && fits(value + 5, n->name));
	bool subsystem = str_eq(key, "SUBSYSTEM") && n->subsystem;
	bool devtype = str_eq(key, "ENV{DEVTYPE}") && n->devtype;
	bool holds = named || (subsystem && fits(value, n->subsystem)) ||
		     (devtype && fits(value, n->devtype));

	if (str_eq(key, "KERNEL") || devname || subsystem || devtype)
		v->never |= holds != equal;
	else if (!named)
		v->unknown = true;
	v->named |= named && equal;
	v->wide |= subsystem && holds && equal;
}

/* What is known of a match and a node: MAYBE when a condition is about what only the board tells.
 */
enum taken { TAKEN_NEVER, TAKEN_MAYBE, TAKEN };

static enum taken match_takes(const struct match *m, const struct node *n)
{
	struct verdict v = { 0 };

	if (!m->count)
		return TAKEN; /* nothing that is known: not to be told apart */
	for (size_t i = 0; i < m->count; i++)
		ask(&m->items[i], n, &v);
	if (v.never)
		return TAKEN_NEVER;
	return v.named || (v.wide && !v.unknown) ? TAKEN : TAKEN_MAYBE;
}

static enum taken more(enum taken a, enum taken b)
{
	return a > b ? a : b;
}

/* The node itself, and of a disk its partitions and those that an eMMC boots from. */
static enum taken takes(const struct rules_build *b, const char *match, const char *name)
{
	struct node n = { name, subsystem_of(name), NULL };
	size_t len = strlen(name);
	const char *between = len && name[len - 1] >= '0' && name[len - 1] <= '9' ? "p" : "";
	struct full f;
	enum taken most;

	/* With the node's name, where the board says it of what is found by another one. */
	policy_hardware_fill(b, match, &f);
	if (!n.subsystem || !str_eq(n.subsystem, "block"))
		return match_takes(&f.match, &n);
	n.devtype = "disk";
	most = match_takes(&f.match, &n);
	for (unsigned i = 0; i < 2; i++) {
		n.name = mem_printf(b->a, "%sboot%u", name, i);
		most = more(most, match_takes(&f.match, &n));
	}
	n.devtype = "partition";
	for (unsigned i = 1; i <= PARTITIONS; i++) {
		n.name = mem_printf(b->a, "%s%s%u", name, between, i);
		most = more(most, match_takes(&f.match, &n));
	}
	return most;
}

/*
 * A match that could take the node by what only the board tells, as the path of a console's UART in
 * the device tree, says that it does not: udev sees to it. Of a disk nothing is taken that is named
 * after it.
 */
static void exclude(const struct rules_build *b, struct policy_slot *s, const char *node)
{
	const char *name = node + strlen("/dev/"), *base = path_base(node);
	const char *subsystem = subsystem_of(base);

	for (size_t i = 0; i < s->matches.count; i++) {
		struct policy_rule *r = &s->matches.items[i];

		if (takes(b, r->text, name) == TAKEN_MAYBE)
			r->text = mem_printf(b->a, "%s, KERNEL!=\"%s%s\"", r->text, base,
					     subsystem && str_eq(subsystem, "block") ? "*" : "");
	}
}

static enum taken slot_takes(const struct rules_build *b, const struct policy_slot *s,
			     const char *node)
{
	enum taken most = TAKEN_NEVER;

	for (size_t i = 0; i < s->matches.count; i++)
		most = more(most, takes(b, s->matches.items[i].text, node + strlen("/dev/")));
	return most;
}

/* Whether image.yaml names the node; notes that it had to. */
static bool allowed(const struct rules_build *b, const char *node, bool *used)
{
	const struct model_image *image = &b->m->image;

	for (size_t i = 0; i < image->allow_reserved_count; i++)
		if (str_eq(image->allow_reserved[i].text, node))
			return used[i] = true;
	return !GUARD(policy_reserved);
}

static int refuse(const struct rules_build *b, const struct node_reserved *r,
		  const struct policy_app *app, const struct policy_slot *s)
{
	meta_error(b->d, &s->loc, "cannot give %s to %s: it is %s (%s)", r->node, app->app->label,
		   r->what, s->reason);
	meta_hint(b->d, "\"allow-reserved: [%s]\" in image.yaml allows it", r->node);
	return -1;
}

static int check_node(const struct rules_build *b, const struct policy *p,
		      const struct node_reserved *r, bool *used)
{
	int rc = 0;

	for (size_t i = 0; i < p->app_count; i++)
		for (size_t j = 0; j < p->apps[i].slots.count; j++) {
			struct policy_slot *s = &p->apps[i].slots.items[j];
			enum taken taken = slot_takes(b, s, r->node);

			if (taken == TAKEN_NEVER || allowed(b, r->node, used))
				continue;
			if (taken == TAKEN)
				rc = refuse(b, r, &p->apps[i], s);
			else
				exclude(b, s, r->node);
		}
	return rc;
}

int policy_rules_reserved(const struct rules_build *b, const struct policy *p, bool whole)
{
	const struct model_image *image = &b->m->image;
	const struct model_board *board = &b->m->board;
	const struct model_gadget *gadget = &b->m->gadget;
	bool *used = mem_array(b->a, image->allow_reserved_count, sizeof(*used));
	int rc = 0;

	for (size_t i = 0; i < board->reserved_count; i++)
		rc |= check_node(b, p,
				 &(struct node_reserved){ board->reserved[i].node,
							  board->reserved[i].console
								  ? "the board's console"
								  : "reserved by the board" },
				 used);
	for (size_t i = 0; i < gadget->console_count && GUARD(policy_console); i++)
		rc |= check_node(b, p,
				 &(struct node_reserved){ gadget->consoles[i],
							  "a console of the gadget's "
							  "kernel arguments" },
				 used);
	for (size_t i = 0; whole && i < image->allow_reserved_count; i++)
		if (!used[i])
			rc = meta_error(b->d, &image->allow_reserved[i].loc,
					"cannot use allow-reserved \"%.200s\": no app is given a "
					"node of this name that the board reserves",
					image->allow_reserved[i].text);
	return rc;
}
