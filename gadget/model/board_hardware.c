/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The board's hardware by all its names: the path in the device tree, what udev and the kernel call
 * it. Who is given it by one of them has it, whatever another app calls it.
 */
#include <stddef.h>
#include <string.h>

#include "attr_type.h"
#include "board.h"
#include "names.h"
#include "path.h"
#include "str.h"

static bool is_of_path(const char *text)
{
	return model_attr_types[MODEL_ATTR_OF_PATH].fits(text);
}

static bool is_id_path(const char *text)
{
	return strchr(text, '-') && model_names_made_of(text, "_.:-");
}

static bool is_node(const char *text)
{
	return path_is_clean(text) && str_starts(text, "/dev/") &&
	       model_names_made_of(text, "/_.:-");
}

static bool is_driver(const char *text)
{
	return model_names_made_of(text, "_.-");
}

/* The keys of an entry. */
static const struct key {
	const char *name;
	size_t at;
	bool (*valid)(const char *text);
	bool alone; /* no other entry has this value */
	const char *expected;
} keys[] = {
	{ "of-path", offsetof(struct model_hardware, of_path), is_of_path, false,
	  "the path of a device-tree node as /soc/i2c@1c2b000" },
	{ "id-path", offsetof(struct model_hardware, id_path), is_id_path, false,
	  "what udev calls it, as platform-1c2b000.i2c" },
	{ "node", offsetof(struct model_hardware, node), is_node, true, "a node below /dev" },
	{ "sysfs", offsetof(struct model_hardware, sysfs), model_board_is_prefix, false,
	  "a clean path below /sys/devices" },
	{ "chip", offsetof(struct model_hardware, chip), model_board_is_label, true,
	  "the label of a chip" },
	{ "driver", offsetof(struct model_hardware, driver), is_driver, false,
	  "the name of a driver of the kernel" },
};

static const char **value_of(struct model_hardware *h, const struct key *k)
{
	return (const char **)((char *)h + k->at);
}

/* Both would be what the value finds. */
static int check_alone(const struct reader *r, const struct meta_node *n, const struct key *k,
		       const struct model_board *board)
{
	for (size_t i = 0; k->alone && i + 1 < board->hardware_count; i++) {
		const char *other = *value_of(&board->hardware[i], k);

		if (other && str_eq(other, n->text))
			return meta_error(r->d, &n->loc,
					  "cannot use %s \"%.200s\": the hardware of line %u has "
					  "it",
					  k->name, n->text, board->hardware[i].loc.line);
	}
	return 0;
}

static int read_key(const struct reader *r, const struct meta_node *n, const struct key *k,
		    struct model_board *board)
{
	const struct meta_node *value = meta_get(n, k->name);
	const char **out = value_of(&board->hardware[board->hardware_count - 1], k);

	if (model_reader_text(r, n, k->name, out))
		return -1;
	if (!*out)
		return 0;
	if (!k->valid(*out))
		return meta_error(r->d, &value->loc, "cannot use %s \"%.200s\": expected %s",
				  k->name, *out, k->expected);
	return check_alone(r, value, k, board);
}

static int read_one(const struct reader *r, const struct meta_node *n, struct model_board *board)
{
	static const char *const used[] = { "of-path", "id-path", "node", "sysfs",
					    "chip",    "driver",  NULL };
	static const struct reader_keys known = { used, NULL, true };
	struct model_hardware *h = &board->hardware[board->hardware_count++];
	size_t said = 0;
	int status = model_reader_map(r, n, "hardware", &known);

	h->loc = n->loc;
	if (n->kind != META_MAP)
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		status |= read_key(r, n, &keys[i], board);
		said += *value_of(h, &keys[i]) != NULL;
	}
	/* One name alone says nothing, and a driver is found on its bus by the path. */
	if (!status && (said < 2 || (h->driver && !h->of_path)))
		return meta_error(r->d, &n->loc,
				  "cannot use hardware: expected two of of-path, id-path, node, "
				  "sysfs and chip, or of-path and driver");
	return status;
}

int model_board_hardware(const struct reader *r, const struct meta_node *root,
			 struct model_board *out)
{
	const struct meta_node *list = meta_get(root, "hardware");
	int status = 0;

	if (!list || list->kind == META_NULL)
		return 0;
	if (model_reader_list(r, list, "hardware"))
		return -1;
	out->hardware = mem_array(r->a, list->count, sizeof(*out->hardware));
	for (size_t i = 0; i < list->count; i++)
		status |= read_one(r, list->items[i], out);
	return status;
}
