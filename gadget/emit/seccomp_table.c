/* SPDX-License-Identifier: Apache-2.0 */
/* What the lines say about each system call of one architecture. */
#include "seccomp_rules.h"

#include <stdlib.h>

#include "guard.h"
#include "str.h"

static int compare_calls(const void *name, const void *call)
{
	return strcmp(name, (*(struct seccomp_call *const *)call)->name);
}

static int sort_calls(const void *a, const void *b)
{
	return strcmp((*(struct seccomp_call *const *)a)->name,
		      (*(struct seccomp_call *const *)b)->name);
}

static int check_argument(const struct seccomp_target *t, const struct seccomp_call *c,
			  const struct seccomp_rule *r, unsigned i, struct meta_diag *d)
{
	struct meta_loc loc = r->loc;
	char letter;

	loc.col = r->args[i].col;
	if (!c->widths)
		return meta_error(d, &loc,
				  "cannot compare argument %u of %s: its prototype is not known",
				  i + 1, r->name);
	if (i >= strlen(c->widths))
		return meta_error(d, &loc, "cannot compare argument %u of %s: on %s it has %zu",
				  i + 1, r->name, t->name, strlen(c->widths));
	/* 64 bits take a pair of registers, on ARM an aligned one: the later ones move. */
	if (t->bits == 32 && memchr(c->widths, 'q', i + 1))
		return meta_error(d, &loc,
				  "cannot compare argument %u of %s: on %s a 64-bit value takes "
				  "two registers",
				  i + 1, r->name, t->name);
	letter = c->widths[i];
	if (r->args[i].negative && letter != 'u' && letter != 'v')
		return meta_error(d, &loc,
				  "cannot compare argument %u of %s with a negative number: it is "
				  "no user or group id",
				  i + 1, r->name);
	return 0;
}

static int check_rule(const struct seccomp_target *t, const struct seccomp_call *c,
		      const struct seccomp_rule *r, struct meta_diag *d)
{
	int result = 0;

	for (unsigned i = 0; i < r->argc; i++) {
		if (r->args[i].op != SECCOMP_ANY && check_argument(t, c, r, i, d) < 0)
			result = -1;
	}
	return result;
}

static bool unconditional(const struct seccomp_rule *r)
{
	for (unsigned i = 0; i < r->argc; i++) {
		if (r->args[i].op != SECCOMP_ANY)
			return false;
	}
	return true;
}

/* Decides whether the answer is the same for all arguments, and which. */
static void settle(struct seccomp_call *c)
{
	bool denies = false, allowed = false;

	for (size_t i = 0; i < c->count; i++) {
		const struct seccomp_rule *r = c->rules[i];

		if (r->deny && unconditional(r) && !denies) {
			c->constant = true;
			c->action = SECCOMP_DO_ERRNO | r->errnum;
			return;
		}
		denies |= r->deny;
		allowed |= !r->deny && unconditional(r);
	}
	c->constant = c->count == 0 || (allowed && !denies);
	c->action = c->count == 0 ? c->otherwise : SECCOMP_DO_ALLOW;
}

static int add_rules(struct mem_arena *a, struct seccomp_table *t,
		     struct seccomp_call *const *by_name, struct seccomp_rule *r,
		     struct meta_diag *d)
{
	struct seccomp_call *const *found =
		bsearch(r->name, by_name, t->count, sizeof(struct seccomp_call *), compare_calls);
	struct seccomp_call *c;

	/* Another architecture's; or the first one's error, which this one would say again. */
	if (!found || r->wrong)
		return 0;
	c = *found;
	if (check_rule(t->target, c, r, d) < 0) {
		r->wrong = true;
		return -1;
	}
	c->rules = mem_grow(a, c->rules, c->count, &c->room, sizeof(struct seccomp_rule *));
	c->rules[c->count++] = r;
	return 0;
}

/* What is answered to a known number when no line of it matches, and to unknown numbers. */
static void defaults(struct seccomp_table *t, unsigned words)
{
	uint32_t refused =
		GUARD(filter_default) ? SECCOMP_DO_ERRNO | SECCOMP_EPERM : SECCOMP_DO_ALLOW;

	t->unknown = SECCOMP_DO_ERRNO | SECCOMP_ENOSYS;
	if (words & SECCOMP_COMPLAIN)
		refused = t->unknown = SECCOMP_DO_LOG;
	if (words & SECCOMP_UNRESTRICTED)
		refused = t->unknown = SECCOMP_DO_ALLOW;
	for (size_t i = 0; i < t->count; i++)
		t->calls[i].otherwise = refused;
}

int seccomp_table(struct mem_arena *a, const struct seccomp_target *t,
		  const struct seccomp_rules *rules, struct seccomp_table *out, struct meta_diag *d)
{
	struct seccomp_call **by_name;
	int result = 0;

	out->target = t;
	out->count = seccomp_calls(a, t, &out->calls);
	by_name = mem_array(a, out->count, sizeof(struct seccomp_call *));
	for (size_t i = 0; i < out->count; i++) {
		by_name[i] = &out->calls[i];
		out->calls[i].widths = seccomp_widths(out->calls[i].name, t->abi);
	}
	qsort(by_name, out->count, sizeof(struct seccomp_call *), sort_calls);
	for (int deny = 1; deny >= 0; deny--) { /* what is denied stays denied, whoever allows it */
		for (size_t i = 0; i < rules->count; i++) {
			if (rules->items[i]->deny == deny &&
			    add_rules(a, out, by_name, rules->items[i], d) < 0)
				result = -1;
		}
	}
	defaults(out, rules->words);
	for (size_t i = 0; i < out->count; i++) {
		/* The lines are right or wrong all the same, but nobody asks them. */
		if (rules->words & SECCOMP_UNRESTRICTED)
			out->calls[i].count = 0;
		settle(&out->calls[i]);
	}
	return result;
}

uint64_t seccomp_width_mask(const struct seccomp_target *t, const struct seccomp_call *c,
			    unsigned arg)
{
	switch (c->widths[arg]) {
	case 'h':
	case 'v':
		return 0xffff;
	case 'l':
	case 'q':
		return t->bits == 64 ? UINT64_MAX : UINT32_MAX;
	default:
		/* CVE-2019-7303: comparing bits that the kernel drops lets a denied value pass. */
		return GUARD(filter_width) || t->bits == 32 ? UINT32_MAX : UINT64_MAX;
	}
}

static bool matches_argument(const struct seccomp_cond *c, unsigned column, uint64_t arg,
			     uint64_t width)
{
	uint64_t v = arg & width;
	uint64_t value = c->negative ? c->value[column] & width : c->value[column];

	switch (c->op) {
	case SECCOMP_ANY:
		return true;
	case SECCOMP_EQ:
		return v == value;
	case SECCOMP_NE:
		return v != value;
	case SECCOMP_GT:
		return v > value;
	case SECCOMP_GE:
		return v >= value;
	case SECCOMP_LT:
		return v < value;
	case SECCOMP_LE:
		return v <= value;
	case SECCOMP_MASKED:
		return (v & c->mask[column]) == value;
	}
	return false;
}

static bool matches(const struct seccomp_table *t, const struct seccomp_call *c,
		    const struct seccomp_rule *r, const uint64_t args[6])
{
	for (unsigned i = 0; i < r->argc; i++) {
		if (r->args[i].op != SECCOMP_ANY &&
		    !matches_argument(&r->args[i], t->target->column, args[i],
				      seccomp_width_mask(t->target, c, i)))
			return false;
	}
	return true;
}

static int compare_number(const void *nr, const void *call)
{
	uint32_t a = *(const uint32_t *)nr, b = ((const struct seccomp_call *)call)->nr;

	return (a > b) - (a < b);
}

uint32_t seccomp_meaning(const struct seccomp_table *t, uint32_t nr, const uint64_t args[6])
{
	const struct seccomp_call *c =
		bsearch(&nr, t->calls, t->count, sizeof(t->calls[0]), compare_number);

	if (!c)
		return t->unknown;
	for (size_t i = 0; i < c->count; i++) {
		if (matches(t, c, c->rules[i], args))
			return c->rules[i]->deny ? SECCOMP_DO_ERRNO | c->rules[i]->errnum
						 : SECCOMP_DO_ALLOW;
	}
	return c->otherwise;
}
