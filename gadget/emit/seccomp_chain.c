/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Instructions, and the tests of arguments. The program is written from its end to its start:
 * places count from the end, the instruction put last is the one executed first. Nothing may come
 * between an instruction that falls through (a load, an AND) and the one put just before it.
 */
#include "seccomp_rules.h"
#include "guard.h"

#include <linux/filter.h>
#include <string.h>

#define REACH 255u /* of a conditional jump: struct sock_filter has 8 bits for it */

size_t seccomp_put(struct seccomp_code *c, uint16_t code, uint32_t k, const char *note)
{
	c->insns = mem_grow(c->arena, c->insns, c->count, &c->room, sizeof(c->insns[0]));
	c->notes = mem_grow(c->arena, c->notes, c->count, &c->notes_room, sizeof(c->notes[0]));
	c->labels = mem_grow(c->arena, c->labels, c->count, &c->labels_room, sizeof(c->labels[0]));
	c->insns[c->count] = (struct filter_insn){ .code = code, .k = k };
	c->notes[c->count] = note;
	c->labels[c->count] = NULL;
	return c->count++;
}

/* Two trampolines may be put before the jump itself. */
static bool near(const struct seccomp_code *c, size_t place)
{
	return c->count - place - 1 <= REACH - 2;
}

size_t seccomp_put_return(struct seccomp_code *c, uint32_t action)
{
	size_t i = 0;

	while (i < c->return_count && c->returns[i].action != action)
		i++;
	if (i < c->return_count && near(c, c->returns[i].at))
		return c->returns[i].at;
	c->returns[i].action = action;
	c->returns[i].at = seccomp_put(c, BPF_RET | BPF_K, action, NULL);
	c->return_count += i == c->return_count;
	return c->returns[i].at;
}

static size_t reach(struct seccomp_code *c, size_t place)
{
	if (near(c, place))
		return place;
	/* A copy of a RET costs what a trampoline would, and saves a step. */
	if (c->insns[place].code == (BPF_RET | BPF_K))
		return seccomp_put_return(c, c->insns[place].k);
	return seccomp_put(c, BPF_JMP | BPF_JA, (uint32_t)(c->count - place - 1), NULL);
}

size_t seccomp_put_branch(struct seccomp_code *c, const struct seccomp_branch *b, const char *note)
{
	size_t yes = reach(c, b->yes);
	size_t no = reach(c, b->no);
	size_t at = seccomp_put(c, BPF_JMP | b->code | BPF_K, b->k, note);

	c->insns[at].jt = (uint8_t)(at - yes - 1);
	c->insns[at].jf = (uint8_t)(at - no - 1);
	return at;
}

/* A comparison as the machine makes it. */
struct test {
	unsigned arg;
	enum seccomp_op op;
	uint64_t width;
	uint32_t mask, value;
};

static struct test test_of(const struct seccomp_target *t, const struct seccomp_call *call,
			   const struct seccomp_rule *r, unsigned arg)
{
	const struct seccomp_cond *c = &r->args[arg];
	struct test out = { .arg = arg, .op = c->op };

	out.width = seccomp_width_mask(t, call, arg);
	out.mask = c->mask[t->column] & (uint32_t)out.width;
	out.value = c->value[t->column];
	if (c->negative)
		out.value &= (uint32_t)out.width;
	return out;
}

static uint32_t low_word(unsigned arg)
{
	return (uint32_t)offsetof(struct bpfsim_data, args) + 8 * arg;
}

/* One JSET decides: a single bit that must be set, or bits that must all be clear. */
static bool by_bits(const struct test *t)
{
	return t->op == SECCOMP_MASKED &&
	       (t->value == 0 || (t->value == t->mask && (t->mask & (t->mask - 1)) == 0));
}

/* The accumulator keeps the argument's low word, whichever way the test goes. */
static bool keeps_word(const struct test *t)
{
	return by_bits(t) || (t->width == UINT32_MAX && t->op != SECCOMP_MASKED);
}

static const struct {
	uint16_t code;
	bool inverted;
} jumps[] = {
	[SECCOMP_EQ] = { BPF_JEQ, false },     [SECCOMP_NE] = { BPF_JEQ, true },
	[SECCOMP_GT] = { BPF_JGT, false },     [SECCOMP_GE] = { BPF_JGE, false },
	[SECCOMP_LT] = { BPF_JGE, true },      [SECCOMP_LE] = { BPF_JGT, true },
	[SECCOMP_MASKED] = { BPF_JEQ, false },
};

/* Of the low word, in the accumulator. */
static size_t put_low(struct seccomp_code *c, const struct test *t, size_t pass, size_t fail)
{
	bool inverted = by_bits(t) ? t->value == 0 : jumps[t->op].inverted;
	struct seccomp_branch b = {
		.code = by_bits(t) ? BPF_JSET : jumps[t->op].code,
		.k = by_bits(t) ? t->mask : t->value,
		.yes = inverted ? fail : pass,
		.no = inverted ? pass : fail,
	};
	size_t at = seccomp_put_branch(c, &b, NULL);

	if (by_bits(t))
		return at;
	if (t->op == SECCOMP_MASKED)
		return seccomp_put(c, BPF_ALU | BPF_AND | BPF_K, t->mask, NULL);
	if (t->width == 0xffff)
		return seccomp_put(c, BPF_ALU | BPF_AND | BPF_K, 0xffff, NULL);
	return at;
}

/* loaded: the accumulator holds the low word already. */
static size_t put_test(struct seccomp_code *c, const struct test *t, size_t pass, size_t fail,
		       bool loaded)
{
	size_t at = put_low(c, t, pass, fail);

	if (!loaded)
		at = seccomp_put(c, BPF_LD | BPF_W | BPF_ABS, low_word(t->arg), NULL);
	if (t->width == UINT64_MAX && t->op != SECCOMP_MASKED && GUARD(filter_high)) {
		/* Any bit of the high word makes it greater than every number of the language. */
		bool greater = t->op == SECCOMP_NE || t->op == SECCOMP_GT || t->op == SECCOMP_GE;
		struct seccomp_branch b = {
			.code = BPF_JEQ, .k = 0, .yes = at, .no = greater ? pass : fail
		};

		seccomp_put_branch(c, &b, NULL);
		at = seccomp_put(c, BPF_LD | BPF_W | BPF_ABS, low_word(t->arg) + 4, NULL);
	}
	return at;
}

/* The single argument that a rule looks at, or -1. */
static int only_argument(const struct seccomp_rule *r)
{
	int found = -1;

	for (unsigned i = 0; i < r->argc; i++) {
		if (r->args[i].op == SECCOMP_ANY)
			continue;
		if (found >= 0)
			return -1;
		found = (int)i;
	}
	return found;
}

static int first_argument(const struct seccomp_rule *r)
{
	for (unsigned i = 0; i < r->argc; i++) {
		if (r->args[i].op != SECCOMP_ANY)
			return (int)i;
	}
	return -1;
}

static bool same(const struct seccomp_rule *a, const struct seccomp_rule *b, unsigned column)
{
	if (a->deny != b->deny || a->errnum != b->errnum)
		return false;
	for (unsigned i = 0; i < SECCOMP_ARGS_MAX; i++) {
		const struct seccomp_cond *x = &a->args[i], *y = &b->args[i];

		if (x->op != y->op || x->negative != y->negative ||
		    x->mask[column] != y->mask[column] || x->value[column] != y->value[column])
			return false;
	}
	return true;
}

/* The rules that can decide, and the answer when none of them matches. */
static size_t reduce(const struct seccomp_call *call, unsigned column,
		     const struct seccomp_rule **out, uint32_t *last)
{
	size_t n = 0, denies = 0;

	*last = call->otherwise;
	for (size_t i = 0; i < call->count; i++) {
		const struct seccomp_rule *r = call->rules[i];
		size_t k = 0;

		if (first_argument(r) < 0) {
			*last = r->deny ? SECCOMP_DO_ERRNO | r->errnum : SECCOMP_DO_ALLOW;
			return r->deny ? n : denies;
		}
		while (k < n && !same(out[k], r, column))
			k++;
		if (k == n)
			out[n++] = r;
		if (r->deny)
			denies = n;
	}
	return n;
}

/* Whether the rule before leaves the word that this rule loads first in the accumulator. */
static bool word_is_loaded(const struct seccomp_target *t, const struct seccomp_call *call,
			   const struct seccomp_rule *before, const struct seccomp_rule *r)
{
	int only = only_argument(before), first = first_argument(r);
	struct test left, next;

	if (only < 0 || only != first)
		return false;
	left = test_of(t, call, before, (unsigned)only);
	next = test_of(t, call, r, (unsigned)first);
	return keeps_word(&left) && (next.width != UINT64_MAX || next.op == SECCOMP_MASKED);
}

static size_t put_rule(struct seccomp_code *c, const struct seccomp_target *t,
		       const struct seccomp_call *call, const struct seccomp_rule *const *rule,
		       size_t fail)
{
	const struct seccomp_rule *r = rule[0];
	int first = first_argument(r);
	size_t at =
		seccomp_put_return(c, r->deny ? SECCOMP_DO_ERRNO | r->errnum : SECCOMP_DO_ALLOW);

	for (int i = (int)r->argc - 1; i >= first; i--) {
		struct test test;
		bool loaded;

		if (r->args[i].op == SECCOMP_ANY)
			continue;
		test = test_of(t, call, r, (unsigned)i);
		loaded = i == first && rule[-1] && word_is_loaded(t, call, rule[-1], r);
		at = put_test(c, &test, at, fail, loaded);
	}
	return at;
}

size_t seccomp_put_chain(struct seccomp_code *c, const struct seccomp_target *t,
			 const struct seccomp_call *call)
{
	/* One row of NULL in front: the rule before the first. */
	const struct seccomp_rule **rules =
		mem_array(c->arena, call->count + 1, sizeof(struct seccomp_rule *));
	uint32_t last;
	size_t n = reduce(call, t->column, rules + 1, &last);
	size_t at = seccomp_put_return(c, last);

	for (size_t i = n; i > 0; i--)
		at = put_rule(c, t, call, &rules[i], at);
	c->labels[at] = mem_printf(c->arena, "%s_%s", t->name, call->name);
	return at;
}
