/* SPDX-License-Identifier: Apache-2.0 */
#include "pairs.h"

#include <stdlib.h>
#include <string.h>

#include "guard.h"
#include "str.h"

static bool is_merge(const struct meta_node *key)
{
	return key->kind == META_SCALAR && key->plain && str_eq(key->text, "<<") &&
	       GUARD(meta_merge);
}

static int check_key(const struct meta_node *key, struct meta_diag *d)
{
	if (key->kind != META_SCALAR)
		return meta_error(d, &key->loc, "cannot use %s as a key: expected text",
				  meta_kind_name(key));
	if (is_merge(key))
		return meta_error(d, &key->loc,
				  "cannot use a merge key: not in our subset of YAML");
	return 0;
}

void meta_pairs_add(struct mem_arena *a, struct meta_pairs *to, struct meta_node *key,
		    struct meta_node *item)
{
	to->keys = mem_grow(a, to->keys, to->count, &to->keys_room, sizeof(to->keys[0]));
	to->items = mem_grow(a, to->items, to->count, &to->items_room, sizeof(to->items[0]));
	to->keys[to->count] = key;
	to->items[to->count++] = item;
}

/* A merge key's value is a map, or a list of maps. */
static void merge(struct mem_arena *a, struct meta_pairs *to, const struct meta_node *n)
{
	for (size_t i = 0; i < n->count; i++) {
		if (n->kind == META_MAP)
			meta_pairs_add(a, to, n->keys[i], n->items[i]);
		else if (n->items[i]->kind == META_MAP)
			merge(a, to, n->items[i]);
	}
}

struct used_key {
	const struct meta_node *key;
	size_t at;
};

static int by_text_and_order(const void *pa, const void *pb)
{
	const struct used_key *a = pa;
	const struct used_key *b = pb;
	int order = strcmp(a->key->text, b->key->text);

	return order ? order : (a->at > b->at) - (a->at < b->at);
}

/* The first of each key stays. The first own are written here: two of those are a mistake. */
static void drop_duplicates(struct mem_arena *a, struct meta_pairs *pairs, size_t own,
			    struct meta_diag *d)
{
	struct used_key *sorted = mem_array(a, pairs->count, sizeof(*sorted));
	size_t first = 0;
	size_t kept = 0;

	for (size_t i = 0; i < pairs->count; i++)
		sorted[i] = (struct used_key){ pairs->keys[i], i };
	if (pairs->count)
		qsort(sorted, pairs->count, sizeof(*sorted), by_text_and_order);
	for (size_t i = 1; i < pairs->count; i++) {
		if (!str_eq(sorted[first].key->text, sorted[i].key->text)) {
			first = i;
			continue;
		}
		if (!GUARD(meta_twice))
			continue;
		if (sorted[i].at < own)
			(void)meta_error(d, &sorted[i].key->loc,
					 "cannot use key \"%s\": already used in line %u",
					 sorted[i].key->text, sorted[first].key->loc.line);
		/* What the other says is not there. */
		if (sorted[i].at < own)
			pairs->items[sorted[first].at]->faulty = true;
		pairs->keys[sorted[i].at] = NULL;
	}
	for (size_t i = 0; i < pairs->count; i++) {
		if (!pairs->keys[i])
			continue;
		pairs->keys[kept] = pairs->keys[i];
		pairs->items[kept++] = pairs->items[i];
	}
	pairs->count = kept;
}

void meta_pairs_settle(struct mem_arena *a, struct meta_pairs *pairs, struct meta_diag *d)
{
	struct meta_pairs kept = { 0 };
	size_t own;

	for (size_t i = 0; i < pairs->count; i++)
		if (check_key(pairs->keys[i], d) == 0)
			meta_pairs_add(a, &kept, pairs->keys[i], pairs->items[i]);
	own = kept.count;
	for (size_t i = 0; i < pairs->count; i++)
		if (is_merge(pairs->keys[i]))
			merge(a, &kept, pairs->items[i]);
	drop_duplicates(a, &kept, own, d);
	*pairs = kept;
}
