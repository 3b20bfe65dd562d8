/* SPDX-License-Identifier: Apache-2.0 */
/* Questions to a compiled filter, in words. */
#include <linux/seccomp.h>
#include <string.h>

#include "num.h"
#include "seccomp.h"
#include "seccomp_rules.h"
#include "str.h"

static int call_number(const struct seccomp_target *t, const char *word, int32_t *out,
		       struct err *e)
{
	uint64_t n;
	uint32_t nr;

	if (num_parse(word, 0, UINT32_MAX, &n, NULL) == 0 ||
	    (str_starts(word, "0x") && num_parse_hex(word + 2, 0, UINT32_MAX, &n, NULL) == 0)) {
		*out = (int32_t)(uint32_t)n;
		return 0;
	}
	switch (seccomp_number(t, word, &nr)) {
	case SECCOMP_HERE:
		*out = (int32_t)nr;
		return 0;
	case SECCOMP_ELSEWHERE:
		return err_input(e, "cannot simulate %.64s: %s has no such system call, others do",
				 word, t->name);
	case SECCOMP_UNKNOWN:
	default:
		return err_input(e,
				 "cannot simulate %.64s: expected the name of a system call or its "
				 "number, decimal or 0x and hexadecimal",
				 word);
	}
}

/* A register's value: what the language writes, and hexadecimal; a minus is sign-extended. */
static int argument(const struct seccomp_target *t, const char *word, uint64_t *out, struct err *e)
{
	const uint32_t *constant = seccomp_constant(word);
	bool negative = word[0] == '-' && word[1];
	uint64_t n = 0;

	if (constant)
		n = constant[t->column];
	else if (!str_eq(word, "-") &&
		 !(str_starts(word, "0x") &&
		   num_parse_hex(word + 2, 0, UINT64_MAX, &n, NULL) == 0) &&
		 num_parse(word + negative, 0, negative ? 1ull << 63 : UINT64_MAX, &n, NULL) < 0)
		return err_input(e,
				 "cannot simulate argument \"%.64s\": expected a number, 0x and "
				 "hexadecimal, a known constant, or - for 0",
				 word);
	*out = negative && !constant ? -n : n;
	if (t->bits == 32)
		*out = (uint32_t)*out;
	return 0;
}

int seccomp_ask(struct mem_arena *a, const struct filter *f, const struct seccomp_question *q,
		uint32_t *action, struct err *e)
{
	const struct seccomp_target *t = seccomp_target(q->arch);
	struct bpfsim_data data = { 0 };
	struct bpfsim_result r;

	if (!t)
		return err_input(e, "cannot simulate %.64s: expected one of %s", q->arch,
				 seccomp_target_list(a));
	if (q->arg_count > SECCOMP_ARGS_MAX)
		return err_input(e, "cannot simulate %zu arguments: a system call has at most %u",
				 q->arg_count, SECCOMP_ARGS_MAX);
	data.arch = t->audit;
	if (call_number(t, q->call, &data.nr, e))
		return -1;
	for (size_t i = 0; i < q->arg_count; i++) {
		if (argument(t, q->args[i], &data.args[i], e))
			return -1;
	}
	if (bpfsim_run(f->insns, f->count, &data, &r, e))
		return -1;
	*action = r.action;
	return 0;
}

/* Ours are the first four; others are in files that others made. */
static const struct {
	uint32_t action;
	const char *name;
} answers[] = {
	{ SECCOMP_RET_ALLOW, "allow" },	      { SECCOMP_RET_LOG, "log" },
	{ SECCOMP_RET_KILL_PROCESS, "kill" }, { SECCOMP_RET_ERRNO, "errno" },
	{ SECCOMP_RET_TRACE, "trace" },	      { SECCOMP_RET_USER_NOTIF, "notify" },
	{ SECCOMP_RET_TRAP, "trap" },
};

const char *seccomp_answer(struct mem_arena *a, uint32_t action)
{
	/* The kernel's reading: what it does not know kills (kernel/seccomp.c), the thread alone.
	 */
	const char *name = "kill thread";

	for (size_t i = 0; i < ARRAY_SIZE(answers); i++) {
		if ((action & SECCOMP_RET_ACTION_FULL) == answers[i].action)
			name = answers[i].name;
	}
	if ((action & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO)
		return mem_printf(a, "errno %u", action & SECCOMP_RET_DATA);
	return name;
}
