/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Both filters' meaning, asked for every call that ours has a line for, at every combination of
 * arguments that a comparison of either can tell from another.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "compare.h"
#include "fd.h"
#include "seccomp_rules.h"
#include "str.h"

#define FILE_MAX   (1u << 20)
#define LINES_MAX  8192u
#define VALUES_MAX 512u
#define POINTS_MAX 20000000u

struct side {
	const char *file;
	char *text;
	struct seccomp_table table;
};

struct values {
	uint64_t items[VALUES_MAX];
	size_t count;
};

struct compare {
	struct mem_arena a;
	struct meta_diag d;
	const struct seccomp_target *target;
	struct side ours, theirs;
	struct values values[SECCOMP_ARGS_MAX];
	int surplus;
};

static int read_side(struct compare *c, struct side *s, struct err *e)
{
	struct seccomp_rules rules = { 0 };
	unsigned line = 0;
	size_t size;

	s->text = fd_read_file(s->file, FILE_MAX, &size, e);
	if (!s->text)
		return -1;
	rules.items = mem_array(&c->a, LINES_MAX, sizeof(*rules.items));
	for (char *next = s->text, *text; (text = strsep(&next, "\n"));) {
		struct meta_loc loc = { .file = s->file, .line = ++line, .col = 1 };
		struct seccomp_rule *r;
		uint32_t nr;

		if (seccomp_parse(&c->a, text, &loc, &r, &c->d) || rules.count == LINES_MAX)
			return err_input(e, "cannot use %s:%u: %s", s->file, line, text);
		if (r && seccomp_number(c->target, r->name, &nr) == SECCOMP_HERE)
			rules.items[rules.count++] = r;
	}
	if (seccomp_table(&c->a, c->target, &rules, &s->table, &c->d)) {
		meta_print(&c->d);
		return err_input(e, "cannot use %s", s->file);
	}
	return 0;
}

static int add_value(struct values *set, uint64_t v)
{
	for (size_t i = 0; i < set->count; i++)
		if (set->items[i] == v)
			return 0;
	if (set->count == VALUES_MAX)
		return -1;
	set->items[set->count++] = v;
	return 0;
}

/* What lies on both sides of a comparison, with the bits that it masks off set and clear. */
static int add_values(struct values *set, const struct seccomp_cond *cond, unsigned column,
		      uint64_t width)
{
	uint64_t value = cond->value[column], mask = cond->mask[column];
	uint64_t near[] = { value,
			    (value - 1) & width,
			    (value + 1) & width,
			    mask,
			    value ^ mask,
			    cond->op == SECCOMP_MASKED ? (value | ~mask) & width : value };

	for (size_t i = 0; i < ARRAY_SIZE(near); i++)
		if (add_value(set, near[i]))
			return -1;
	return 0;
}

static int collect(struct compare *c, const struct seccomp_call *call)
{
	for (size_t i = 0; i < call->count; i++)
		for (unsigned arg = 0; arg < call->rules[i]->argc; arg++) {
			uint64_t width = seccomp_width_mask(c->target, call, arg);
			const struct seccomp_cond *cond = &call->rules[i]->args[arg];

			if (cond->op != SECCOMP_ANY &&
			    add_values(&c->values[arg], cond, c->target->column, width))
				return -1;
		}
	return 0;
}

/* The points are counted in a mixed base: each argument's values. False behind the last one. */
static bool next_point(const struct compare *c, size_t at[SECCOMP_ARGS_MAX])
{
	for (unsigned arg = 0; arg < SECCOMP_ARGS_MAX; arg++) {
		if (++at[arg] < c->values[arg].count)
			return true;
		at[arg] = 0;
	}
	return false;
}

static void print_point(const struct seccomp_call *call, const uint64_t args[6])
{
	printf("seccomp: %s", call->name);
	for (unsigned i = 0; i < SECCOMP_ARGS_MAX && call->widths && call->widths[i]; i++)
		printf(" %" PRIu64, args[i]);
	puts("");
}

static int compare_call(struct compare *c, const struct seccomp_call *ours,
			const struct seccomp_call *theirs, struct err *e)
{
	size_t at[SECCOMP_ARGS_MAX] = { 0 }, points = 1;

	for (unsigned arg = 0; arg < SECCOMP_ARGS_MAX; arg++)
		c->values[arg] = (struct values){ .items = { 0 }, .count = 1 };
	if (collect(c, ours) || collect(c, theirs))
		return err_input(e, "cannot compare %s: too many values", ours->name);
	for (unsigned arg = 0; arg < SECCOMP_ARGS_MAX; arg++)
		points *= c->values[arg].count;
	if (points > POINTS_MAX)
		return err_input(e, "cannot compare %s: too many values", ours->name);
	do {
		uint64_t args[SECCOMP_ARGS_MAX];

		for (unsigned arg = 0; arg < SECCOMP_ARGS_MAX; arg++)
			args[arg] = c->values[arg].items[at[arg]];
		if (seccomp_meaning(&c->ours.table, ours->nr, args) == SECCOMP_DO_ALLOW &&
		    seccomp_meaning(&c->theirs.table, ours->nr, args) != SECCOMP_DO_ALLOW) {
			print_point(ours, args);
			c->surplus++;
			return 0;
		}
	} while (next_point(c, at));
	return 0;
}

static int compare_all(struct compare *c, struct err *e)
{
	if (read_side(c, &c->ours, e) || read_side(c, &c->theirs, e))
		return -1;
	for (size_t i = 0; i < c->ours.table.count; i++)
		if (compare_call(c, &c->ours.table.calls[i], &c->theirs.table.calls[i], e))
			return -1;
	return c->surplus;
}

int compare_seccomp(const char *arch, const char *ours, const char *theirs, struct err *e)
{
	CLEANUP_FREE struct compare *c = calloc(1, sizeof(*c));
	int result = -1;

	if (!c || !seccomp_target(arch))
		return err_input(e, "cannot compare filters: architecture \"%s\"", arch);
	c->target = seccomp_target(arch);
	c->ours.file = ours;
	c->theirs.file = theirs;
	result = compare_all(c, e);
	free(c->ours.text);
	free(c->theirs.text);
	mem_free(&c->a);
	meta_diag_free(&c->d);
	return result;
}
