/* SPDX-License-Identifier: Apache-2.0 */
/* Nothing is emitted that was not run: the program against the lines' own meaning. */
#include "seccomp_rules.h"

#define CANDIDATES_MAX 512u

struct check {
	const struct filter_insn *insns;
	uint32_t count;
	const struct seccomp_table *table;
	const struct meta_loc *loc;
	struct meta_diag *d;
};

static const char *call_name(const struct seccomp_call *c)
{
	return c ? c->name : "an unknown system call";
}

/* One call; c is NULL for a number without one. */
static int one(const struct check *ck, uint32_t nr, const uint64_t args[6],
	       const struct seccomp_call *c)
{
	struct bpfsim_data data = { .nr = (int32_t)nr, .arch = ck->table->target->audit };
	struct bpfsim_result got;
	struct err e = { 0 };
	uint32_t want = seccomp_meaning(ck->table, nr, args);

	for (unsigned i = 0; i < SECCOMP_ARGS_MAX; i++)
		data.args[i] = args[i];
	if (bpfsim_run(ck->insns, ck->count, &data, &got, &e) < 0)
		return meta_error(ck->d, ck->loc, "cannot compile filter: %s", e.text);
	if (got.action != want)
		return meta_error(ck->d, ck->loc,
				  "cannot compile filter: on %s the program answers 0x%08x for %s "
				  "(%u), the lines say 0x%08x",
				  ck->table->target->name, got.action, call_name(c), nr, want);
	if (got.args_read && (!c || c->constant))
		return meta_error(ck->d, ck->loc,
				  "cannot compile filter: on %s the program reads arguments of %s "
				  "(%u) to no end",
				  ck->table->target->name, call_name(c), nr);
	return 0;
}

struct candidates {
	uint64_t values[CANDIDATES_MAX];
	size_t count;
};

static void candidate(struct candidates *set, uint64_t v)
{
	for (size_t i = 0; i < set->count; i++) {
		if (set->values[i] == v)
			return;
	}
	if (set->count < CANDIDATES_MAX)
		set->values[set->count++] = v;
}

/* Both sides of a comparison, and the same with bits that the kernel may not look at. */
static void around(struct candidates *set, const struct seccomp_cond *cond, unsigned column)
{
	uint32_t near[] = { cond->value[column],	  cond->value[column] - 1,
			    cond->value[column] + 1,	  cond->mask[column],
			    ~cond->mask[column],	  cond->value[column] ^ cond->mask[column],
			    cond->value[column] | 0x10000 };

	for (size_t i = 0; i < ARRAY_SIZE(near); i++) {
		candidate(set, near[i]);
		candidate(set, near[i] | 1ull << 32);
		candidate(set, near[i] | 1ull << 63);
	}
	if (cond->negative)
		candidate(set, (uint64_t)(int64_t)(int32_t)cond->value[column]);
}

static void collect(const struct check *ck, const struct seccomp_call *c, unsigned arg,
		    struct candidates *set)
{
	set->count = 0;
	candidate(set, 0);
	candidate(set, UINT64_MAX);
	candidate(set, UINT32_MAX);
	candidate(set, 0xffff);
	for (size_t i = 0; i < c->count; i++) {
		if (arg < c->rules[i]->argc && c->rules[i]->args[arg].op != SECCOMP_ANY)
			around(set, &c->rules[i]->args[arg], ck->table->target->column);
	}
}

/* Arguments that a rule's comparisons for equality accept; where others do, near them. */
static void base(const struct seccomp_rule *r, unsigned column, uint64_t args[6])
{
	for (unsigned i = 0; i < SECCOMP_ARGS_MAX; i++) {
		const struct seccomp_cond *cond = &r->args[i];

		args[i] = cond->value[column];
		args[i] += cond->op == SECCOMP_GT || cond->op == SECCOMP_NE;
		args[i] -= cond->op == SECCOMP_LT;
	}
}

/* Each rule with the candidates of one argument in its place. */
static int argument(const struct check *ck, const struct seccomp_call *c, unsigned arg)
{
	const size_t step = 1 + c->count / 64; /* of a long list a sample */
	struct candidates set;
	uint64_t args[SECCOMP_ARGS_MAX];

	collect(ck, c, arg, &set);
	for (size_t i = 0; i < c->count; i++) {
		base(c->rules[i], ck->table->target->column, args);
		for (size_t k = 0; k < set.count; k += step) {
			args[arg] = set.values[k];
			if (one(ck, c->nr, args, c) < 0)
				return -1;
		}
	}
	return 0;
}

static int call(const struct check *ck, const struct seccomp_call *c)
{
	static const uint64_t zeros[6];
	static const uint64_t ones[6] = { UINT64_MAX, UINT64_MAX, UINT64_MAX,
					  UINT64_MAX, UINT64_MAX, UINT64_MAX };

	if (one(ck, c->nr, zeros, c) < 0 || one(ck, c->nr, ones, c) < 0)
		return -1;
	for (unsigned arg = 0; arg < SECCOMP_ARGS_MAX && !c->constant; arg++) {
		if (argument(ck, c, arg) < 0)
			return -1;
	}
	return 0;
}

/* The numbers beside the known ones, those that x32 uses, and the ends of the range. */
static int gaps(const struct check *ck)
{
	static const uint32_t far[] = { 0x3fffffff, 0x40000000, 0x400001ff, 0x7fffffff,
					0x80000000, 0x00900000, 0xffffffff };
	static const uint64_t zeros[6];
	const struct seccomp_table *t = ck->table;
	uint64_t next = 0;

	for (size_t i = 0; i < t->count; i++) {
		for (; next < t->calls[i].nr && next <= 4096; next++) {
			if (one(ck, (uint32_t)next, zeros, NULL) < 0)
				return -1;
		}
		if (t->calls[i].nr > next && one(ck, t->calls[i].nr - 1, zeros, NULL) < 0)
			return -1;
		next = (uint64_t)t->calls[i].nr + 1;
	}
	if (one(ck, (uint32_t)next, zeros, NULL) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(far); i++) {
		if (one(ck, far[i], zeros, NULL) < 0)
			return -1;
	}
	return 0;
}

static int foreign(const struct check *ck, uint32_t audit)
{
	for (int32_t nr = -1; nr < 512; nr++) {
		struct bpfsim_data data = { .nr = nr, .arch = audit };
		struct bpfsim_result got;
		struct err e = { 0 };

		if (bpfsim_run(ck->insns, ck->count, &data, &got, &e) < 0)
			return meta_error(ck->d, ck->loc, "cannot compile filter: %s", e.text);
		if (got.action != SECCOMP_DO_KILL)
			return meta_error(ck->d, ck->loc,
					  "cannot compile filter: the program answers 0x%08x to "
					  "architecture 0x%08x",
					  got.action, audit);
	}
	return 0;
}

static bool covered(const struct seccomp_tables *tables, uint32_t audit)
{
	for (uint32_t i = 0; i < tables->count; i++) {
		if (tables->items[i].target->audit == audit)
			return true;
	}
	return false;
}

int seccomp_check(const struct filter_insn *insns, uint32_t count,
		  const struct seccomp_tables *tables, const struct meta_loc *loc,
		  struct meta_diag *d)
{
	/* Ours, i386 (compat of amd64), big-endian ones, none. */
	static const uint32_t audits[] = { 0xc000003e, 0xc00000b7, 0x40000028, 0x40000003,
					   0x80000015, 0x00000028, 0,	       0xffffffff };
	struct check ck = { .insns = insns, .count = count, .loc = loc, .d = d };

	for (uint32_t i = 0; i < tables->count; i++) {
		ck.table = &tables->items[i];
		for (size_t k = 0; k < ck.table->count; k++) {
			if (call(&ck, &ck.table->calls[k]) < 0)
				return -1;
		}
		if (gaps(&ck) < 0)
			return -1;
	}
	for (size_t i = 0; i < ARRAY_SIZE(audits); i++) {
		if (!covered(tables, audits[i]) && foreign(&ck, audits[i]) < 0)
			return -1;
	}
	return 0;
}
