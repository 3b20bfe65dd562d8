/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Links below /dev: a name leads to one slot's device. With two, udev would let it lead to either,
 * so that an app could be shown another's device by the name that it knows.
 */
#include "guard.h"
#include "rules.h"
#include "str.h"

static bool has_link(const struct policy_slot *s, const char *link)
{
	for (size_t i = 0; i < s->links.count; i++)
		if (str_eq(s->links.items[i].text, link))
			return true;
	return s->link && str_eq(s->link, link);
}

static int refuse(const struct rules_build *b, const char *link, const struct policy_slot *at,
		  const struct policy_slot *other)
{
	static const char text[] = "cannot give slot \"%s\" the link /dev/%s: it is that of slot "
				   "\"%s\" (%s; %s)";

	if (b->m->bare)
		meta_warn(b->d, &at->loc, text, at->end->name, link, other->end->name, at->reason,
			  other->reason);
	else
		meta_error(b->d, &at->loc, text, at->end->name, link, other->end->name, at->reason,
			   other->reason);
	return b->m->bare ? 0 : -1;
}

/* The system's slots have their place in no file of the image: the other one is told. */
static int check_link(const struct rules_build *b, const char *link, const struct policy_slot *x,
		      const struct policy_slot *y)
{
	if (!link || x->end == y->end || !has_link(y, link) || !GUARD(policy_link))
		return 0;
	return x->end->snap ? refuse(b, link, x, y) : refuse(b, link, y, x);
}

static int check_slots(const struct rules_build *b, const struct policy_slot *x,
		       const struct policy_slot *y)
{
	int rc = check_link(b, x->link, x, y);

	for (size_t i = 0; i < x->links.count; i++)
		rc |= check_link(b, x->links.items[i].text, x, y);
	return rc;
}

/* Those of earlier apps, and the app's own before it. */
static int check_slot(const struct rules_build *b, const struct policy *p, size_t app, size_t slot)
{
	const struct policy_slot *s = &p->apps[app].slots.items[slot];
	int rc = 0;

	for (size_t i = 0; i <= app; i++)
		for (size_t k = 0; k < (i < app ? p->apps[i].slots.count : slot); k++)
			rc |= check_slots(b, s, &p->apps[i].slots.items[k]);
	return rc;
}

int policy_rules_links_apart(const struct rules_build *b, const struct policy *p)
{
	int rc = 0;

	for (size_t i = 0; i < p->app_count; i++)
		for (size_t k = 0; k < p->apps[i].slots.count; k++)
			rc |= check_slot(b, p, i, k);
	return rc;
}
