/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random comparisons of every system call that has arguments, on every architecture, against plain
 * arithmetic written here: each operator at random values, and what the kernel does not look at of
 * an argument never decides (CVE-2019-7303, CVE-2019-9893).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bpfsim.h"
#include "cleanup.h"
#include "seccomp.h"
#include "seccomp_rules.h"
#include "str.h"

#define ROUNDS	  6
#define ARGUMENTS 60
#define CALLS_MAX 1024

struct random {
	uint64_t state;
};

/* xorshift64: the same filters at every run. */
static uint64_t next(struct random *r)
{
	r->state ^= r->state << 13;
	r->state ^= r->state >> 7;
	r->state ^= r->state << 17;
	return r->state;
}

/* The line of one call: "NAME - OP VALUE". */
struct comparison {
	const struct seccomp_call *call;
	unsigned arg;
	char letter;
	unsigned op;
	uint32_t mask, value;
};

static const char *const signs[] = { "", "!", ">", ">=", "<", "<=", "|" };

/* What the kernel's prototype has of it. */
static uint64_t seen(const struct seccomp_target *t, char letter, uint64_t v)
{
	if (letter == 'h' || letter == 'v')
		return v & 0xffff;
	return letter == 'l' && t->bits == 64 ? v : v & 0xffffffff;
}

static bool holds(const struct seccomp_target *t, const struct comparison *c, uint64_t arg)
{
	uint64_t v = seen(t, c->letter, arg);
	const bool results[] = { v == c->value,
				 v != c->value,
				 v > c->value,
				 v >= c->value,
				 v < c->value,
				 v <= c->value,
				 (v & c->mask) == c->value };

	return results[c->op];
}

static uint32_t any_value(struct random *r)
{
	static const uint32_t corners[] = { 0,	    1,	     2,		 0x7fff,     0x8000,
					    0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff };

	return next(r) % 3 ? corners[next(r) % ARRAY_SIZE(corners)] : (uint32_t)next(r);
}

/* Near the value, or not, with anything above. */
static uint64_t any_argument(const struct comparison *c, struct random *r)
{
	uint64_t v = next(r) % 4 ? c->value + next(r) % 3 - 1 : any_value(r);

	if (next(r) % 2)
		v = (uint32_t)v;
	return next(r) % 2 ? v : v ^ next(r) << (next(r) % 2 ? 32 : 16);
}

/* Chooses an argument that can be compared; false when there is none. */
static bool choose(const struct seccomp_target *t, const struct seccomp_call *call,
		   struct comparison *c, struct random *r)
{
	const char *widths = seccomp_widths(call->name, t->abi);
	size_t room = widths ? strcspn(widths, "q") : 0;

	if (room == 0)
		return false;
	*c = (struct comparison){ .call = call, .arg = (unsigned)(next(r) % room) };
	c->letter = widths[c->arg];
	c->op = (unsigned)(next(r) % ARRAY_SIZE(signs));
	c->mask = any_value(r);
	c->value = c->op == 6 ? c->mask & (uint32_t)next(r) : any_value(r);
	return true;
}

static void write_line(struct str *s, const struct comparison *c)
{
	str_add(s, c->call->name);
	for (unsigned i = 0; i < c->arg; i++)
		str_add(s, " -");
	if (c->op == 6)
		str_printf(s, " %u|%u\n", c->mask, c->value);
	else
		str_printf(s, " %s%u\n", signs[c->op], c->value);
}

static void compile(struct mem_arena *a, const struct seccomp_target *t, const char *text,
		    struct seccomp_program *out)
{
	static struct seccomp_line lines[CALLS_MAX];
	struct seccomp_request rq = { .lines = lines, .arch = t->name };
	struct meta_diag d = { 0 };
	char *rest = mem_strdup(a, text);

	while (rest && rq.count < ARRAY_SIZE(lines))
		lines[rq.count++] = (struct seccomp_line){ .text = strsep(&rest, "\n") };
	if (seccomp_compile(a, &rq, out, &d) < 0)
		fail_msg("%s: %s", t->name, d.messages[0].text);
	meta_diag_free(&d);
}

static uint32_t run(const struct seccomp_program *p, const struct seccomp_target *t,
		    const struct comparison *c, uint64_t arg, struct random *r)
{
	struct bpfsim_data data = { .nr = (int32_t)c->call->nr, .arch = t->audit };
	struct bpfsim_result got;

	for (unsigned i = 0; i < SECCOMP_ARGS_MAX; i++)
		data.args[i] = i == c->arg ? arg : next(r);
	assert_int_equal(bpfsim_run(p->insns, p->count, &data, &got, NULL), 0);
	return got.action;
}

static void one_round(const struct seccomp_target *t, struct random *r)
{
	CLEANUP_STR struct str text = { 0 };
	CLEANUP_ARENA struct mem_arena a = { 0 };
	static struct comparison list[CALLS_MAX];
	struct seccomp_program program;
	struct seccomp_call *calls;
	size_t all = seccomp_calls(&a, t, &calls), count = 0;

	for (size_t i = 0; i < all && count < ARRAY_SIZE(list); i++) {
		if (choose(t, &calls[i], &list[count], r))
			write_line(&text, &list[count++]);
	}
	assert_true(count > 250);
	compile(&a, t, str_text(&text), &program);
	for (size_t i = 0; i < count * ARGUMENTS; i++) {
		const struct comparison *c = &list[i / ARGUMENTS];
		uint64_t arg = any_argument(c, r);
		uint32_t want =
			holds(t, c, arg) ? SECCOMP_DO_ALLOW : SECCOMP_DO_ERRNO | SECCOMP_EPERM;
		uint32_t got = run(&program, t, c, arg, r);

		if (got != want)
			fail_msg(
				"%s %s: argument %u is 0x%llx, '%s' %u|%u: got 0x%08x, want 0x%08x",
				t->name, c->call->name, c->arg, (unsigned long long)arg,
				signs[c->op], c->mask, c->value, got, want);
		/* The rest of a register never decides. */
		arg = seen(t, c->letter, arg) | (next(r) & ~seen(t, c->letter, UINT64_MAX));
		assert_int_equal(run(&program, t, c, arg, r), want);
	}
}

static void arithmetic(void **state)
{
	const struct seccomp_target *t = seccomp_target(*state);
	struct random r = { 0x2545f4914f6cdd1d };

	for (unsigned i = 0; i < ROUNDS; i++)
		one_round(t, &r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_prestate(arithmetic, (void *)"amd64"),
		cmocka_unit_test_prestate(arithmetic, (void *)"arm64"),
		cmocka_unit_test_prestate(arithmetic, (void *)"armhf"),
		cmocka_unit_test_prestate(arithmetic, (void *)"i386"),
	};

	return cmocka_run_group_tests_name("property", tests, NULL, NULL);
}
