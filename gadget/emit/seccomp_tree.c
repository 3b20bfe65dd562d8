/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The search for a system call's number: the numbers fall into intervals with one answer each, and
 * a balanced tree of comparisons finds the interval. Paths with a constant answer are made of loads
 * of nr, comparisons, jumps and RET alone: the kernel (5.11 and later, seccomp_is_const_allow())
 * emulates these once per number when the filter is installed and never runs the filter for them.
 */
#include "seccomp_rules.h"

#include <linux/filter.h>

struct interval {
	uint32_t start;
	uint32_t action;
	const struct seccomp_call *chain; /* NULL: action */
};

struct tree {
	struct seccomp_code *code;
	const struct seccomp_target *target;
	struct interval *items;
	size_t count;
	const struct seccomp_table *table;
};

static bool equal(const struct interval *a, const struct interval *b)
{
	return !a->chain && !b->chain && a->action == b->action;
}

static void add(struct tree *t, uint32_t start, uint32_t action, const struct seccomp_call *chain)
{
	struct interval *next = &t->items[t->count];

	*next = (struct interval){ .start = start, .action = action, .chain = chain };
	if (t->count == 0 || !equal(next, next - 1))
		t->count++;
}

static void split(struct tree *t)
{
	const struct seccomp_table *table = t->table;
	uint64_t next = 0;

	for (size_t i = 0; i < table->count; i++) {
		const struct seccomp_call *c = &table->calls[i];

		if (c->nr > next)
			add(t, (uint32_t)next, table->unknown, NULL);
		add(t, c->nr, c->action, c->constant ? NULL : c);
		next = (uint64_t)c->nr + 1;
	}
	add(t, (uint32_t)next, table->unknown, NULL);
}

static size_t leaf(struct tree *t, size_t i)
{
	const struct interval *in = &t->items[i];

	if (in->chain)
		return seccomp_put_chain(t->code, t->target, in->chain);
	return seccomp_put_return(t->code, in->action);
}

/* The name of a number, for the twin. */
static const char *note(const struct tree *t, uint32_t nr)
{
	for (size_t i = 0; i < t->table->count; i++) {
		if (t->table->calls[i].nr == nr)
			return t->table->calls[i].name;
	}
	return NULL;
}

/* One number between two intervals with the same answer: one comparison instead of two. */
static bool island(const struct tree *t, size_t first, size_t end)
{
	const struct interval *in = &t->items[first];

	return end - first == 3 && in[2].start - in[1].start == 1 && equal(&in[0], &in[2]);
}

/* Depth is the logarithm of the number of intervals (at most 4096): the recursion is bounded. */
static size_t put(struct tree *t, size_t first, size_t end)
{
	struct seccomp_branch b;
	size_t middle = first + (end - first) / 2;

	if (end - first == 1)
		return leaf(t, first);
	if (island(t, first, end)) {
		b.code = BPF_JEQ;
		b.no = leaf(t, first);
		b.yes = leaf(t, first + 1);
		middle = first + 1;
	} else {
		b.code = BPF_JGE;
		b.yes = put(t, middle, end);
		b.no = put(t, first, middle);
	}
	b.k = t->items[middle].start;
	return seccomp_put_branch(t->code, &b, note(t, b.k));
}

size_t seccomp_put_tree(struct seccomp_code *c, const struct seccomp_table *table)
{
	struct tree t = { .code = c, .target = table->target, .table = table };
	size_t root, at;

	t.items = mem_array(c->arena, 2 * table->count + 1, sizeof(t.items[0]));
	split(&t);
	root = put(&t, 0, t.count);
	/* The load falls through into the root, which may be a RET put long before. */
	if (root != c->count - 1)
		seccomp_put(c, BPF_JMP | BPF_JA, (uint32_t)(c->count - root - 1), NULL);
	at = seccomp_put(c, BPF_LD | BPF_W | BPF_ABS, offsetof(struct bpfsim_data, nr), NULL);
	c->labels[at] = table->target->name;
	return at;
}
