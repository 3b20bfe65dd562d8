/* SPDX-License-Identifier: Apache-2.0 */
/* The pairs of one map while it is read; not for other floors. */
#ifndef META_PAIRS_H
#define META_PAIRS_H

#include "meta.h"

/* Zero-initialised is none. Items of a list have no keys: NULL. */
struct meta_pairs {
	struct meta_node **keys, **items;
	size_t count, keys_room, items_room;
};

void meta_pairs_add(struct mem_arena *a, struct meta_pairs *to, struct meta_node *key,
		    struct meta_node *item);

/*
 * Leaves each key once, a scalar: the first of those written, in their order, and behind them what
 * merge keys bring and no other says. Tells of keys that are no text, of merge keys, and of those
 * written twice.
 */
void meta_pairs_settle(struct mem_arena *a, struct meta_pairs *pairs, struct meta_diag *d);

#endif
