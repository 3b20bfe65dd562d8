/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libseccomp as oracle: random filters that both can express, ours compiled from text, its own
 * built through its API and exported, and both run in the simulator over the same calls.
 * What libseccomp 2.5.4 gets right only: it drops a conditional ALLOW beside an unconditional errno
 * that is not the default (seen), so a call has either allow or deny lines; several rules of one
 * call with different comparisons mislead it ("socket <8 - <=255" and "socket >1 - |4294967294"
 * allow socket(0, 0, 0xffffffff): seen), so those are alternatives of one argument. It has no idea
 * of the widths of arguments, so values stay within 32 bits where we look at 32.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>
#include <seccomp.h>

#include "bpfsim.h"
#include "cleanup.h"
#include "seccomp.h"
#include "seccomp_rules.h"
#include "str.h"

#define ROUNDS	  40
#define LINES_MAX 160

struct random {
	uint64_t state;
};

/* xorshift64: the same filters at every run. */
static uint32_t next(struct random *r, uint32_t below)
{
	r->state ^= r->state << 13;
	r->state ^= r->state >> 7;
	r->state ^= r->state << 17;
	return (uint32_t)((r->state >> 11) % below);
}

static const struct {
	const char *sign;
	enum scmp_compare op;
} operators[] = {
	{ "", SCMP_CMP_EQ },	     { "!", SCMP_CMP_NE }, { ">", SCMP_CMP_GT },
	{ ">=", SCMP_CMP_GE },	     { "<", SCMP_CMP_LT }, { "<=", SCMP_CMP_LE },
	{ "|", SCMP_CMP_MASKED_EQ },
};

static const uint32_t values[] = { 0,	1,     2,     3,	  5,	      8,	 255,
				   256, 65535, 65536, 0x7fffffff, 0x80000000, 0xfffffffe };

/* Calls of all three architectures with longs and pointers as first three arguments. */
static const char *const calls[] = {
	"mprotect", "munmap",  "shmat", "mount",  "mremap",	"clone",    "process_vm_readv",
	"futex",    "mincore", "read",	"write",  "getdents64", "setxattr", "add_key",
	"ioctl",    "prctl",   "fcntl", "socket", "epoll_ctl",
};

struct pair {
	const struct seccomp_target *target;
	scmp_filter_ctx theirs;
	struct str text;
	struct mem_arena arena;
	struct seccomp_program ours;
	struct filter_insn *insns;
	uint32_t count;
};

static void condition(struct pair *p, struct random *r, unsigned arg, struct scmp_arg_cmp *out)
{
	size_t op = next(r, ARRAY_SIZE(operators));
	uint32_t v = values[next(r, ARRAY_SIZE(values))];

	str_printf(&p->text, " %s%u", operators[op].sign, v);
	*out = operators[op].op == SCMP_CMP_MASKED_EQ ? SCMP_CMP(arg, SCMP_CMP_MASKED_EQ, v, v)
						      : SCMP_CMP(arg, operators[op].op, v);
}

static void add(struct pair *p, const char *name, bool deny, unsigned n,
		const struct scmp_arg_cmp *cmp)
{
	assert_int_equal(seccomp_rule_add_exact_array(
				 p->theirs, deny ? SCMP_ACT_ERRNO(SECCOMP_EACCES) : SCMP_ACT_ALLOW,
				 seccomp_syscall_resolve_name(name), n, cmp),
			 0);
}

/* "name a b c" with any of the arguments compared. */
static void mixed(struct pair *p, struct random *r, const char *name, bool deny)
{
	const char *widths = seccomp_widths(name, SECCOMP_ABI_64);
	struct scmp_arg_cmp cmp[3];
	unsigned n = 0;

	str_printf(&p->text, "%s%s", deny ? "~" : "", name);
	for (unsigned i = 0; i < 3 && i < strlen(widths); i++) {
		if (next(r, 2))
			condition(p, r, i, &cmp[n++]);
		else
			str_add(&p->text, " -");
	}
	str_add(&p->text, "\n");
	add(p, name, deny, n, cmp);
}

/* Several "name - b": one argument, one of some values, as lists of socket families have it. */
static void alternatives(struct pair *p, struct random *r, const char *name, bool deny)
{
	unsigned arg = next(r, 2);
	unsigned count = 1 + next(r, 6);

	for (unsigned i = 0; i < count; i++) {
		uint32_t v = values[(i * 2 + arg) % ARRAY_SIZE(values)];

		str_printf(&p->text, "%s%s%s %u\n", deny ? "~" : "", name, arg ? " -" : "", v);
		add(p, name, deny, 1, &SCMP_CMP(arg, SCMP_CMP_EQ, v));
	}
}

static void compile(struct pair *p)
{
	struct seccomp_line lines[LINES_MAX];
	struct seccomp_request rq = { .lines = lines, .arch = p->target->name };
	struct meta_diag d = { 0 };
	char *rest = mem_strdup(&p->arena, str_text(&p->text));

	while (rest && rq.count < ARRAY_SIZE(lines))
		lines[rq.count++] = (struct seccomp_line){ .text = strsep(&rest, "\n") };
	assert_int_equal(seccomp_compile(&p->arena, &rq, &p->ours, &d), 0);
	meta_diag_free(&d);
}

static void export(struct pair *p)
{
	CLEANUP_FD int fd = memfd_create("filter", MFD_CLOEXEC);
	off_t size;

	assert_int_equal(seccomp_export_bpf(p->theirs, fd), 0);
	size = lseek(fd, 0, SEEK_END);
	p->count = (uint32_t)(size / (off_t)sizeof(struct filter_insn));
	p->insns = mem_array(&p->arena, p->count, sizeof(struct filter_insn));
	assert_int_equal(pread(fd, p->insns, (size_t)size, 0), size);
}

static void compare(const struct pair *p, const struct bpfsim_data *data, const char *name)
{
	struct bpfsim_result ours, theirs;

	assert_int_equal(bpfsim_run(p->ours.insns, p->ours.count, data, &ours, NULL), 0);
	assert_int_equal(bpfsim_run(p->insns, p->count, data, &theirs, NULL), 0);
	if (ours.action != theirs.action)
		fail_msg("%s %s(%llx, %llx, %llx): 0x%08x, libseccomp 0x%08x, filter:\n%s",
			 p->target->name, name, (unsigned long long)data->args[0],
			 (unsigned long long)data->args[1], (unsigned long long)data->args[2],
			 ours.action, theirs.action, str_text(&p->text));
}

static uint64_t argument(const struct pair *p, const char *name, unsigned i, struct random *r)
{
	const char *widths = seccomp_widths(name, SECCOMP_ABI_64);
	uint64_t v = values[next(r, ARRAY_SIZE(values))];

	v += next(r, 3);
	v -= 1;
	if (p->target->bits == 32 || (i < strlen(widths) && widths[i] != 'l'))
		return (uint32_t)v;
	return v ^ (next(r, 4) == 0 ? 1ull << (32 + next(r, 32)) : 0);
}

static void calls_agree(const struct pair *p, struct random *r)
{
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		struct bpfsim_data data = { .arch = p->target->audit };
		uint32_t nr;

		assert_int_equal(seccomp_number(p->target, calls[i], &nr), SECCOMP_HERE);
		data.nr = (int32_t)nr;
		for (unsigned round = 0; round < 100; round++) {
			for (unsigned k = 0; k < 3; k++)
				data.args[k] = argument(p, calls[i], k, r);
			compare(p, &data, calls[i]);
		}
	}
}

/* Every known number; the unknown ones are ours alone (ENOSYS), libseccomp has one default. */
static void numbers_agree(const struct pair *p)
{
	struct mem_arena arena = { 0 };
	struct seccomp_call *known;
	size_t count = seccomp_calls(&arena, p->target, &known);

	assert_true(count > 300);
	for (size_t i = 0; i < count; i++) {
		struct bpfsim_data data = { .nr = (int32_t)known[i].nr, .arch = p->target->audit };

		compare(p, &data, known[i].name);
	}
	mem_free(&arena);
}

static void one_filter(const struct seccomp_target *t, struct random *r)
{
	struct pair p = { .target = t };

	p.theirs = seccomp_init(SCMP_ACT_ERRNO(SECCOMP_EPERM));
	assert_non_null(p.theirs);
	if (seccomp_arch_native() != t->resolver) {
		assert_int_equal(seccomp_arch_add(p.theirs, t->resolver), 0);
		assert_int_equal(seccomp_arch_remove(p.theirs, SCMP_ARCH_NATIVE), 0);
	}
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		switch (next(r, 3)) {
		case 0:
			mixed(&p, r, calls[i], next(r, 2));
			break;
		case 1:
			alternatives(&p, r, calls[i], next(r, 2));
			break;
		default:
			break;
		}
	}
	compile(&p);
	export(&p);
	numbers_agree(&p);
	calls_agree(&p, r);
	seccomp_release(p.theirs);
	str_free(&p.text);
	mem_free(&p.arena);
}

static void agrees(void **state)
{
	struct random r = { 0x9e3779b97f4a7c15 };

	for (unsigned i = 0; i < ROUNDS; i++)
		one_filter(seccomp_target(*state), &r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_prestate(agrees, (void *)"amd64"),
		cmocka_unit_test_prestate(agrees, (void *)"arm64"),
		cmocka_unit_test_prestate(agrees, (void *)"armhf"),
	};

	return cmocka_run_group_tests_name("oracle", tests, NULL, NULL);
}
