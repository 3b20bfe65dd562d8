/* SPDX-License-Identifier: Apache-2.0 */
#include "group.h"

#include <string.h>

#include "attr.h"
#include "str.h"

/* As plan.h's enum plan_access, which is not ours to include. */
#define ACCESS_READ  2
#define ACCESS_WRITE 4

static const struct model_reader_word accesses[] = {
	{ "r", ACCESS_READ },
	{ "w", ACCESS_WRITE },
	{ "rw", ACCESS_READ | ACCESS_WRITE },
	{ NULL, 0 },
};

static void add_line(struct mem_arena *a, struct model_lines *out, size_t *room,
		     struct model_line line)
{
	out->items = mem_grow(a, out->items, out->count, room, sizeof(*out->items));
	out->items[out->count++] = line;
}

/* A line of a block without blanks at its ends; nothing for empty lines and comments. */
static bool trim_line(struct mem_arena *a, const char *text, size_t len, struct model_line *line)
{
	while (len && (*text == ' ' || *text == '\t')) {
		text++;
		len--;
		line->loc.col++;
	}
	while (len && (text[len - 1] == ' ' || text[len - 1] == '\t'))
		len--;
	line->text = mem_strndup(a, text, len);
	return len && *text != '#';
}

static void split_block(struct mem_arena *a, const struct meta_node *n, struct model_lines *out)
{
	struct meta_loc loc = n->loc;
	const char *at = n->text;
	size_t room = 0;

	loc.col = n->block_col;
	while (*at) {
		size_t len = strcspn(at, "\n");
		struct model_line line = { .loc = loc };

		line.loc.line = ++loc.line;
		if (trim_line(a, at, len, &line))
			add_line(a, out, &room, line);
		at += len + (at[len] == '\n');
	}
}

struct meta_loc model_group_place(const struct meta_node *n)
{
	struct meta_loc loc = n->loc;

	loc.col += !n->plain;
	return loc;
}

/* A literal block, one line, or a list of lines. */
int model_group_lines(const struct reader *r, const struct meta_node *map, const char *key,
		      struct model_lines *out)
{
	const struct meta_node *n = meta_get(map, key);
	const struct meta_node *one[1] = { n };
	const struct meta_node *const *items = one;
	size_t count = 1;
	size_t room = 0;
	int status = 0;

	if (!n)
		return 0;
	if (n->kind == META_SCALAR && n->block_col) {
		split_block(r->a, n, out);
		return 0;
	}
	if (n->kind == META_LIST) {
		items = (const struct meta_node *const *)n->items;
		count = n->count;
	}
	for (size_t i = 0; i < count; i++) {
		const char *text;

		if (meta_text(items[i], key, &text, r->d))
			status = -1;
		else if (!*text || strchr(text, '\n'))
			status = meta_error(r->d, &items[i]->loc,
					    "cannot use %s: expected one line, not empty", key);
		else
			add_line(r->a, out, &room,
				 (struct model_line){ text, model_group_place(items[i]) });
	}
	return status;
}

int model_group_access(const struct reader *r, const struct meta_node *n, const char *key,
		       unsigned *bits)
{
	const struct meta_node *access = meta_get(n, key);
	int value = (int)*bits;

	if (access && model_reader_word(r, access, key, accesses, &value))
		return -1;
	*bits = (unsigned)value;
	return 0;
}

/* --- udev ------------------------------------------------------------------------------------ */

/* "match:" of a map: one text, or the parts of one. */
static int read_match(const struct reader *r, const struct meta_node *n, struct model_udev *out)
{
	static const char *const used[] = { "match", "access", NULL };
	static const struct reader_keys keys = { used, NULL, true };

	int status = model_reader_map(r, n, "udev", &keys);

	status |= model_group_lines(r, n, "match", &out->parts);
	status |= model_group_access(r, n, "access", &out->access);
	if (!meta_get(n, "match") || (out->parts.count == 0 && !status))
		status = meta_error(r->d, &n->loc, "cannot find key \"match\"");
	return status;
}

static int read_udev_one(const struct reader *r, const struct meta_node *n, unsigned access,
			 struct model_udev *out)
{
	struct model_line *line;

	*out = (struct model_udev){ .access = access, .loc = n->loc };
	if (n->kind == META_MAP)
		return read_match(r, n, out);
	line = mem_alloc(r->a, sizeof(*line));
	line->loc = n->loc;
	if (meta_text(n, "udev", &line->text, r->d))
		return -1;
	if (!*line->text || strchr(line->text, '\n'))
		return meta_error(r->d, &n->loc, "cannot use udev: expected one line, not empty");
	out->parts = (struct model_lines){ line, 1 };
	return 0;
}

static int read_udev(const struct reader *r, const struct meta_node *n, struct model_group *out)
{
	const struct meta_node *list = meta_get(n, "udev");
	const struct meta_node *each = meta_get(n, "each");
	unsigned access = ACCESS_READ | ACCESS_WRITE;
	int status;

	if (!list && !each && meta_get(n, "udev-access"))
		return meta_error(r->d, &meta_get(n, "udev-access")->loc,
				  "cannot use udev-access: there is no udev");
	if (!list)
		return 0;
	status = model_group_access(r, n, "udev-access", &access);
	if (model_reader_list(r, list, "udev"))
		return -1;
	out->udev = mem_array(r->a, list->count, sizeof(*out->udev));
	out->udev_count = list->count;
	for (size_t i = 0; i < list->count; i++)
		status |= read_udev_one(r, list->items[i], access, &out->udev[i]);
	return status;
}

/* --- all ------------------------------------------------------------------------------------- */

static int read_each_one(const struct reader *r, const struct meta_node *n, struct model_each *out)
{
	static const char *const used[] = { "of", "only", "except", "when", GROUP_KEYS, NULL };
	static const struct reader_keys keys = { used, NULL, true };

	int status = model_reader_map(r, n, "each", &keys);

	out->loc = n->loc;
	if (n->kind != META_MAP)
		return -1;
	status |= model_reader_need_text(r, n, "of", &out->of);
	status |= model_reader_text(r, n, "only", &out->only);
	status |= model_reader_text(r, n, "except", &out->except);
	status |= model_attr_read_when(r, n, &out->when);
	if (meta_get(n, "each"))
		return meta_error(r->d, &meta_get(n, "each")->loc,
				  "cannot use each: not inside another each");
	return status | model_group_read(r, n, &out->group);
}

static int read_each(const struct reader *r, const struct meta_node *n, struct model_group *out)
{
	const struct meta_node *list = meta_get(n, "each");
	int status = 0;

	if (!list)
		return 0;
	if (model_reader_list(r, list, "each"))
		return -1;
	out->each = mem_array(r->a, list->count, sizeof(*out->each));
	out->each_count = list->count;
	for (size_t i = 0; i < list->count; i++)
		status |= read_each_one(r, list->items[i], &out->each[i]);
	return status;
}

int model_group_read(const struct reader *r, const struct meta_node *n, struct model_group *out)
{
	const struct {
		const char *key;
		struct model_lines *lines;
	} lists[] = {
		{ "apparmor", &out->apparmor },	  { "seccomp", &out->seccomp },
		{ "sockets", &out->sockets },	  { "capabilities", &out->capabilities },
		{ "binds", &out->binds },	  { "links", &out->links },
		{ "bus-names", &out->bus_names }, { "bus-talks", &out->bus_talks },
		{ "needs", &out->needs },	  { "if-base-has", &out->if_base_has },
		{ "not-yet", &out->not_yet },	  { "places", &out->places },
		{ "environment", &out->env },	  { "bus-calls", &out->bus_calls },
	};
	int status = 0;

	for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
		status |= model_group_lines(r, n, lists[i].key, lists[i].lines);
	status |= read_udev(r, n, out);
	status |= model_group_parts(r, n, out);
	status |= model_reader_bool(r, n, "host-network", &out->network);
	status |= model_reader_bool(r, n, "delegate", &out->delegate);
	status |= model_reader_bool(r, n, "attach-disconnected", &out->attach);
	return status | read_each(r, n, out);
}

int model_group_read_key(const struct reader *r, const struct meta_node *n, const char *key,
			 struct model_group *out)
{
	static const char *const used[] = { GROUP_KEYS, NULL };
	static const struct reader_keys keys = { used, NULL, true };
	const struct meta_node *group = meta_get(n, key);

	if (!group)
		return 0;
	if (group->kind != META_MAP)
		return model_reader_map(r, group, key, &keys);
	return model_reader_map(r, group, key, &keys) | model_group_read(r, group, out);
}
