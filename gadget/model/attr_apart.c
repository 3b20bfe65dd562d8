/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers that two slots of a snap must not both have. */
#include <stdlib.h>
#include <string.h>

#include "attr.h"
#include "attr_type.h"
#include "str.h"

/* One item of one slot's list: "these numbers of this chip are mine". */
struct claim {
	const struct model_end *slot;
	const struct model_variant *variant;
	const char *item;
};

struct owner {
	size_t group; /* from 1 on: what an earlier group wrote counts as nothing */
	const struct model_end *slot;
};

static const struct meta_node *part(const struct model_end *slot, size_t index)
{
	return meta_get(slot->attrs, slot->variant->apart[index]);
}

static bool has_parts(const struct model_end *slot)
{
	return slot->variant && slot->variant->apart && part(slot, 0) && part(slot, 1) &&
	       part(slot, 0)->kind == META_SCALAR && part(slot, 1)->kind == META_LIST;
}

static int by_item(const void *pa, const void *pb)
{
	const struct claim *a = pa;
	const struct claim *b = pb;
	int order = strcmp(a->item, b->item);

	if (order == 0)
		order = (a->variant > b->variant) - (a->variant < b->variant);
	/* Slots are items of one array, in the order of the file. */
	return order ? order : (a->slot > b->slot) - (a->slot < b->slot);
}

static struct claim *collect(const struct reader *r, const struct model_end *slots, size_t count,
			     size_t *out)
{
	struct claim *claims = NULL;
	size_t room = 0;

	*out = 0;
	for (size_t i = 0; i < count; i++) {
		const struct meta_node *list = has_parts(&slots[i]) ? part(&slots[i], 1) : NULL;

		for (size_t k = 0; list && k < list->count; k++) {
			if (list->items[k]->kind != META_SCALAR)
				continue;
			claims = mem_grow(r->a, claims, *out, &room, sizeof(*claims));
			claims[(*out)++] =
				(struct claim){ &slots[i], slots[i].variant, list->items[k]->text };
		}
	}
	if (*out)
		qsort(claims, *out, sizeof(*claims), by_item);
	return claims;
}

static int take(const struct reader *r, const struct claim *c, size_t group, struct owner *owners)
{
	const struct meta_node *n = part(c->slot, 0);
	const char *text = n->text;
	unsigned first, last;

	while (model_attr_next_range(&text, &first, &last)) {
		for (unsigned i = first; i <= last; i++) {
			struct owner *o = &owners[i];

			if (o->group == group && o->slot != c->slot)
				return meta_error(r->d, &n->loc,
						  "cannot use %s \"%.64s\": slot \"%s\" has %u of "
						  "%s \"%.64s\"",
						  c->variant->apart[0], n->text, o->slot->name, i,
						  c->variant->apart[1], c->item);
			*o = (struct owner){ group, c->slot };
		}
		if (*text++ != ',')
			break;
	}
	return 0;
}

int model_attr_check_apart(const struct reader *r, const struct model_end *slots, size_t count)
{
	size_t claim_count;
	struct claim *claims = collect(r, slots, count, &claim_count);
	struct owner *owners =
		mem_array(r->a, claim_count ? ATTR_RANGE_NUMBERS : 0, sizeof(*owners));
	bool *told = mem_array(r->a, count, sizeof(*told));
	size_t group = 1;
	int status = 0;

	for (size_t i = 0; i < claim_count; i++) {
		if (i && (!str_eq(claims[i].item, claims[i - 1].item) ||
			  claims[i].variant != claims[i - 1].variant))
			group++;
		/* A slot that shares several chips with another is one mistake. */
		if (told[claims[i].slot - slots] || take(r, &claims[i], group, owners) == 0)
			continue;
		told[claims[i].slot - slots] = true;
		status = -1;
	}
	return status;
}
