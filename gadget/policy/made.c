/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Devices that the kernel makes when it is asked to, for one slot alone: a GPIO chip of some lines
 * of another. Boot asks, udev finds the node by the platform device that came of it, and the
 * launcher binds it where the app looks: docs/decisions/0020.
 */
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "path.h"
#include "rules.h"
#include "str.h"

static bool is_node(const char *path)
{
	return path_is_clean(path) && str_starts(path, "/dev/");
}

static int check(struct rules_joint *j, const struct policy_made *m, const char *link)
{
	size_t name = strspn(m->device, "abcdefghijklmnopqrstuvwxyz0123456789-_");

	if (!path_is_clean(m->file) || !str_starts(m->file, "/sys/") || !*m->value || !name ||
	    m->device[name] || !*m->udev || !is_node(m->node) || (*link && !is_node(link)))
		return meta_error(j->b->d, &m->from->loc,
				  "cannot make device \"%s\" by \"%s\" to \"%s\" for \"%s\": "
				  "expected a value, clean paths below /sys and /dev, and a name",
				  m->device, m->value, m->file, m->node);
	return 0;
}

static bool has_chip(const struct model_board *board, const char *label)
{
	for (size_t i = 0; i < board->chip_count; i++)
		if (str_eq(board->chips[i], label))
			return true;
	return false;
}

/* Of several values, or chips, the one that is this board's; its place in chips. */
static int choose_chip(struct rules_joint *j, const struct expand_texts *chips, size_t *out)
{
	const struct model_board *board = &j->b->m->board;
	size_t found = 0;

	*out = 0;
	for (size_t i = chips->count; i > 0; i--) {
		if (!has_chip(board, chips->items[i - 1]))
			continue;
		*out = i - 1;
		found++;
	}
	/* With one chip there is nothing to choose, and without an image each is as good. */
	if (found == 1 || j->b->m->bare || (!board->chip_count && chips->count == 1))
		return 0;
	if (!board->chip_count)
		meta_error(
			j->b->d, &j->slot->loc,
			"cannot choose a chip of slot \"%s\" out of %zu: board \"%s\" does not say "
			"which ones it has (%s)",
			j->slot->name, chips->count, board->name, j->reason);
	else
		meta_error(
			j->b->d, &j->slot->loc,
			"cannot choose a chip of slot \"%s\": board \"%s\" has %zu of those named "
			"(%s)",
			j->slot->name, board->name, found, j->reason);
	meta_hint(j->b->d, "gpio-chips of board.yaml lists the labels of the board's chips");
	return -1;
}

static int choose_value(struct rules_joint *j, const struct model_made *from,
			struct policy_made *out)
{
	struct expand_texts values, chips;
	size_t at = 0;

	if (policy_expand_line(&j->x, &from->value, EXPAND_SYSFS, &values))
		return -1;
	if (from->chip.text) {
		if (policy_expand_line(&j->x, &from->chip, EXPAND_SYSFS, &chips) ||
		    choose_chip(j, &chips, &at))
			return -1;
		if (chips.count != values.count)
			values.count = 0;
		if (at < chips.count)
			out->chip = chips.items[at];
	}
	if (at < values.count && (from->chip.text || values.count == 1)) {
		out->value = values.items[at];
		return 0;
	}
	return meta_error(j->b->d, &from->value.loc,
			  "cannot use value \"%s\": expected one, or one for each chip",
			  from->value.text);
}

/* A name below the image's own /dev, which every snap's namespace shows: whoever starts first
 * makes it. */
static void add_name(struct rules_joint *j, struct policy_mount m)
{
	struct policy_mounts *all = &j->app->mounts;

	m.flags = POLICY_MOUNT_OPTIONAL;
	m.reason = j->reason;
	m.loc = j->loc;
	for (size_t i = 0; i < all->count; i++)
		if (all->items[i].op == m.op && str_eq(all->items[i].target, m.target))
			return;
	policy_rules_mount(j->b->a, all, &m);
}

/* path with the folders that it lies in, but for /dev. */
static void add_names(struct rules_joint *j, const char *path, const struct policy_mount *last)
{
	const char *p = path + strlen("/dev/");
	struct policy_mount m = *last;

	while ((p = strchr(p, '/'))) {
		m.target = mem_strndup(j->b->a, path + 1, (size_t)(p++ - path - 1));
		add_name(j, (struct policy_mount){ POLICY_MOUNT_DIR, .source = "",
						   .target = m.target, .mode = 0755 });
	}
	m.target = path + 1;
	add_name(j, m);
}

/* From the folder of link to node, both below /dev. */
static const char *relative(struct mem_arena *a, const char *link, const char *node)
{
	CLEANUP_STR struct str s = { 0 };
	size_t same = 0;

	for (size_t i = 0; link[i] && link[i] == node[i]; i++)
		same = link[i] == '/' ? i + 1 : same;
	for (const char *p = strchr(link + same, '/'); p; p = strchr(p + 1, '/'))
		str_add(&s, "../");
	str_add(&s, node + same);
	return mem_strdup(a, str_text(&s));
}

/* Another plug of the app has brought it already. */
static bool is_known(const struct policy_app *app, const struct policy_made *m)
{
	for (size_t i = 0; i < app->made_devices.count; i++)
		if (app->made_devices.items[i].end == m->end &&
		    app->made_devices.items[i].from == m->from)
			return true;
	return false;
}

int policy_rules_group_made(struct rules_joint *j, const struct model_made *from)
{
	struct policy_mades *to = &j->app->made_devices;
	struct policy_made m = { .access = from->access,
				 .from = from,
				 .end = j->slot,
				 .reason = j->reason,
				 .loc = j->loc };
	const char *link;

	if (policy_rules_one(&j->x, &from->file, EXPAND_PATH, &m.file) ||
	    choose_value(j, from, &m) ||
	    policy_rules_one(&j->x, &from->device, EXPAND_PATH, &m.device) ||
	    policy_rules_one(&j->x, &from->udev, EXPAND_UDEV, &m.udev) ||
	    policy_rules_one(&j->x, &from->node, EXPAND_PATH, &m.node) ||
	    policy_rules_one(&j->x, &from->link, EXPAND_PATH, &link) || check(j, &m, link))
		return -1;
	add_names(j, m.node, &(struct policy_mount){ POLICY_MOUNT_FILE, .source = "" });
	if (*link)
		add_names(j, link,
			  &(struct policy_mount){ POLICY_MOUNT_SYMLINK,
						  .source = relative(j->b->a, link, m.node) });
	if (is_known(j->app, &m))
		return 0;
	m.slot = policy_rules_slot(j, from->access)->name;
	to->items = mem_grow(j->b->a, to->items, to->count, &to->room, sizeof(*to->items));
	to->items[to->count++] = m;
	return 0;
}

/* --- numbers --------------------------------------------------------------------------------- */

static int by_value(const void *a, const void *b)
{
	const struct policy_made *x = a, *y = b;
	int order = strcmp(x->value, y->value);

	return order ? order : strcmp(x->device, y->device);
}

/* As the kernel counts: what is asked for first has the lowest number. */
static void number(const struct rules_build *b, struct policy_mades *all)
{
	size_t count = 0;

	if (all->count)
		qsort(all->items, all->count, sizeof(*all->items), by_value);
	for (size_t i = 0; i < all->count; i++)
		if (!count || by_value(&all->items[i], &all->items[count - 1]))
			all->items[count++] = all->items[i];
	all->count = count;
	for (size_t i = count; i > 0; i--) {
		struct policy_made *m = &all->items[i - 1];
		unsigned before = 0;

		for (size_t k = 0; k + 1 < i; k++)
			before += str_eq(all->items[k].device, m->device);
		m->device = mem_printf(b->a, "%s.%u", m->device, before);
	}
}

/* Those of an app become the numbered ones of the same value. */
static void find(const struct rules_build *b, const struct policy_mades *all,
		 struct policy_app *app, struct policy_made *m)
{
	for (size_t i = 0; i < all->count; i++)
		if (str_eq(all->items[i].value, m->value) && all->items[i].from == m->from)
			m->device = all->items[i].device;
	for (size_t i = 0; i < app->slots.count; i++) {
		struct policy_slot *s = &app->slots.items[i];
		const char *text = mem_printf(b->a, "%s, KERNELS==\"%s\"", m->udev, m->device);

		if (!str_eq(s->name, m->slot))
			continue;
		policy_rules_add(b->a, &s->matches,
				 &(struct policy_rule){ text, m->from->udev.loc, m->reason, true });
		s->link = mem_printf(b->a, "slot/%s", s->name);
	}
}

void policy_rules_made(const struct rules_build *b, struct policy *p)
{
	struct policy_mades *all = &p->made;

	for (size_t i = 0; i < p->app_count; i++)
		for (size_t k = 0; k < p->apps[i].made_devices.count; k++) {
			all->items = mem_grow(b->a, all->items, all->count, &all->room,
					      sizeof(*all->items));
			all->items[all->count++] = p->apps[i].made_devices.items[k];
		}
	number(b, all);
	for (size_t i = 0; i < p->app_count; i++)
		for (size_t k = 0; k < p->apps[i].made_devices.count; k++)
			find(b, all, &p->apps[i], &p->apps[i].made_devices.items[k]);
}
