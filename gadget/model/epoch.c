/* SPDX-License-Identifier: Apache-2.0 */
#include "about.h"
#include "num.h"
#include "str.h"

#define NUMBERS_MAX 10

struct numbers {
	uint64_t items[NUMBERS_MAX];
	size_t count;
};

static int refuse(const struct reader *r, const struct meta_node *n, const char *why)
{
	return meta_error(r->d, &n->loc, "cannot use epoch: %s", why);
}

/* "0", "N" or "N*"; N* reads what N-1 wrote, and before 0 is nothing. */
static int read_one(const struct reader *r, const struct meta_node *n)
{
	const char *text = n->text;
	size_t len = strlen(text);
	bool star = len && text[len - 1] == '*';
	uint64_t value;

	if (star)
		text = mem_strndup(r->a, text, len - 1);
	if (!len || num_parse(text, 0, UINT32_MAX, &value, NULL) || (star && value == 0))
		return refuse(r, n, "expected a number, a number above 0 and *, or a map");
	return 0;
}

/* Numbers that grow. */
static int read_list(const struct reader *r, const struct meta_node *map, const char *key,
		     struct numbers *out)
{
	const struct meta_node *list = meta_get(map, key);
	int status = 0;

	if (!list || list->kind == META_NULL)
		return 0;
	if (model_reader_list(r, list, key))
		return -1;
	if (list->count == 0 || list->count > NUMBERS_MAX)
		return refuse(r, list, "expected 1 to 10 numbers");
	for (size_t i = 0; i < list->count; i++) {
		const struct meta_node *n = list->items[i];

		if (n->kind != META_SCALAR || !n->plain ||
		    num_parse(n->text, 0, UINT32_MAX, &out->items[i], NULL))
			status = refuse(r, n, "expected decimal numbers");
		else if (out->count && out->items[i] <= out->items[out->count - 1])
			status = refuse(r, n, "the numbers must grow");
		else
			out->items[out->count++] = out->items[i];
	}
	return status;
}

static bool meet(const struct numbers *a, const struct numbers *b)
{
	for (size_t i = 0; i < a->count; i++)
		for (size_t k = 0; k < b->count; k++)
			if (a->items[i] == b->items[k])
				return true;
	return false;
}

static int read_map(const struct reader *r, const struct meta_node *n)
{
	static const char *const used[] = { "read", "write", NULL };
	static const struct reader_keys keys = { used, NULL, false };
	struct numbers reads = { 0 };
	struct numbers writes = { 0 };

	if (model_reader_map(r, n, "epoch", &keys) |
	    (read_list(r, n, "read", &reads) | read_list(r, n, "write", &writes)))
		return -1;
	if (reads.count && writes.count && !meet(&reads, &writes))
		return refuse(r, n, "read and write have no number in common");
	return 0;
}

int model_epoch_read(const struct reader *r, const struct meta_node *root)
{
	const struct meta_node *n = meta_get(root, "epoch");

	if (!n || n->kind == META_NULL)
		return 0;
	if (n->kind == META_SCALAR)
		return read_one(r, n);
	if (n->kind == META_MAP)
		return read_map(r, n);
	return refuse(r, n, "expected a number, a number above 0 and *, or a map");
}
