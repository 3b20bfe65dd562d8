/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every number of a system call, 0 to 511 and ARM's private ones, against the table that the twin
 * of the base filter shows a reader: in the simulator for all architectures, and on this machine's
 * kernel for its own (and i386 beside amd64). No call is done, see ask.h.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ask.h"
#include "bpfsim.h"
#include "cleanup.h"
#include "fd.h"
#include "seccomp.h"
#include "seccomp_rules.h"
#include "str.h"

#define PRIVATE	    0xf0000u /* __ARM_NR_BASE */
#define PRIVATE_END 0xf0010u
#define END	    512u
#define BY_ARGS	    0u

struct base {
	struct mem_arena arena;
	struct seccomp_program program;
};

/* Headings of the twin; what stands in none of its lists is an unknown number. */
static const struct {
	const char *heading;
	uint32_t action;
} headings[] = {
	{ "allows", SECCOMP_DO_ALLOW },
	{ "logs and allows", SECCOMP_DO_LOG },
	{ "decides by arguments", BY_ARGS },
	{ "answers EACCES", SECCOMP_DO_ERRNO | SECCOMP_EACCES },
	{ "answers ENOSYS", SECCOMP_DO_ERRNO | SECCOMP_ENOSYS },
	{ "answers EPERM", SECCOMP_DO_ERRNO | SECCOMP_EPERM },
};

static void compile(struct base *b, const char *arch, const char *compat, const char *more)
{
	struct seccomp_line lines[1024];
	struct seccomp_request rq = {
		.lines = lines, .arch = arch, .compat = compat, .development = true
	};
	struct meta_diag d = { 0 };
	CLEANUP_FREE char *text = NULL;
	size_t len;
	char *rest;

	*b = (struct base){ 0 };
	text = fd_read_file("gadget/templates/default.seccomp", 1 << 20, &len, NULL);
	assert_non_null(text);
	rest = mem_strdup(&b->arena, text);
	while (rest && rq.count < ARRAY_SIZE(lines) - 1)
		lines[rq.count++] = (struct seccomp_line){ .text = strsep(&rest, "\n") };
	lines[rq.count++] = (struct seccomp_line){ .text = more };
	assert_int_equal(seccomp_compile(&b->arena, &rq, &b->program, &d), 0);
	meta_diag_free(&d);
}

/* "arm64 allows:", with what stands behind a comma; -1 when it is another architecture's. */
static int heading(const char *line, const char *arch)
{
	for (size_t i = 0; i < ARRAY_SIZE(headings); i++) {
		char text[80];

		snprintf(text, sizeof(text), "%s %s", arch, headings[i].heading);
		if (str_starts(line, text) && strchr(":,", line[strlen(text)]))
			return (int)i;
	}
	return -1;
}

/* What the table says of each number below END. */
static void table(struct base *b, const struct seccomp_target *t, uint32_t unknown,
		  uint32_t want[END])
{
	char *rest = mem_strdup(&b->arena, b->program.summary);
	unsigned listed = 0;
	int at = -1;

	for (uint32_t nr = 0; nr < END; nr++)
		want[nr] = unknown;
	while (rest) {
		const char *line = strsep(&rest, "\n");
		uint32_t nr;

		if (line[0] != '\t') {
			at = heading(line, t->name);
		} else if (at >= 0) {
			assert_int_equal(seccomp_number(t, line + 1, &nr), SECCOMP_HERE);
			if (nr < END) {
				assert_int_equal(want[nr], unknown);
				want[nr] = headings[at].action;
				listed++;
			}
		}
	}
	assert_true(listed > 280);
}

static uint32_t simulate(const struct base *b, uint32_t audit, uint32_t nr, const uint64_t args[6])
{
	struct bpfsim_data data = { .nr = (int32_t)nr, .arch = audit };
	struct bpfsim_result r;

	memcpy(data.args, args, sizeof(data.args));
	assert_int_equal(bpfsim_run(b->program.insns, b->program.count, &data, &r, NULL), 0);
	return r.action;
}

static const uint64_t arguments[][6] = {
	{ 0 },
	{ 1, 2, 3, 4, 5, 0 },
	{ 2, 0x5412, 0100644, 0, 0, 0 },
	{ UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, 0 },
	{ 0x100000001, 0x100005412, 0x100000800, 0x1000009ff, 0x100000000, 0 },
};

/*
 * uretprobe and uprobe of amd64: kernels from 6.13 on show them to no filter, since only their own
 * trampolines can use them; anyone else gets SIGILL or ENXIO (kernel/seccomp.c).
 */
static bool unfiltered(const struct seccomp_target *t, uint32_t nr)
{
	return t->audit == 0xc000003e && (nr == 335 || nr == 336);
}

/* The kernel's answer is the simulator's; that it did a call or logged it is one to us. */
static void on_kernel(const struct base *b, const struct seccomp_target *t)
{
	static struct ask_call calls[END * ARRAY_SIZE(arguments)];
	size_t count = 0;

	for (uint32_t nr = 0; nr < END; nr++) {
		for (size_t i = 0; i < ARRAY_SIZE(arguments) && !unfiltered(t, nr); i++) {
			calls[count] = (struct ask_call){ .nr = nr, .arch = t->audit };
			memcpy(calls[count++].args, arguments[i], sizeof(arguments[i]));
		}
	}
	assert_int_equal(ask_kernel(b->program.insns, b->program.count, calls, count), 0);
	for (size_t i = 0; i < count; i++) {
		uint32_t want = simulate(b, t->audit, calls[i].nr, calls[i].args);

		if (want == SECCOMP_DO_LOG)
			want = SECCOMP_DO_ALLOW;
		if (calls[i].action != want)
			fail_msg("%s %u(0x%llx, 0x%llx): kernel 0x%08x, simulator 0x%08x", t->name,
				 calls[i].nr, (unsigned long long)calls[i].args[0],
				 (unsigned long long)calls[i].args[1], calls[i].action, want);
	}
}

static void one_target(struct base *b, const struct seccomp_target *t, uint32_t refused,
		       uint32_t unknown)
{
	uint32_t want[END];

	table(b, t, unknown, want);
	for (uint32_t nr = 0; nr < END; nr++) {
		for (size_t i = 0; i < ARRAY_SIZE(arguments); i++) {
			uint32_t got = simulate(b, t->audit, nr, arguments[i]);

			if (got != want[nr] && want[nr] != BY_ARGS)
				fail_msg("%s %u: 0x%08x, the table says 0x%08x", t->name, nr, got,
					 want[nr]);
		}
	}
	/* breakpoint, cacheflush, usr26, usr32, set_tls, get_tls (asm/unistd.h): not the mode ones
	 */
	for (uint32_t nr = PRIVATE; t->range2[1] && nr < PRIVATE_END; nr++) {
		uint32_t got = simulate(b, t->audit, nr, arguments[0]);

		if (strchr("1256", (int)('0' + nr - PRIVATE)))
			assert_int_equal(got, SECCOMP_DO_ALLOW);
		else if (strchr("34", (int)('0' + nr - PRIVATE)))
			assert_int_equal(got, refused);
		else
			assert_int_equal(got, unknown);
	}
}

static const struct {
	const char *arch, *compat;
} pairs[] = { { "arm64", "armhf" }, { "armhf", NULL }, { "amd64", "i386" } };

static void all(const char *more, uint32_t refused, uint32_t unknown)
{
	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		const char *const archs[] = { pairs[i].arch, pairs[i].compat };
		struct base b;

		compile(&b, pairs[i].arch, pairs[i].compat, more);
		for (size_t k = 0; k < ARRAY_SIZE(archs) && archs[k]; k++) {
			const struct seccomp_target *t = seccomp_target(archs[k]);

			one_target(&b, t, refused, unknown);
			if (b.program.arch[0] == ask_native && ask_has(t->audit))
				on_kernel(&b, t);
		}
		mem_free(&b.arena);
	}
}

static void base_filter(void **state)
{
	(void)state;
	all("", SECCOMP_DO_ERRNO | SECCOMP_EPERM, SECCOMP_DO_ERRNO | SECCOMP_ENOSYS);
}

static void complaining(void **state)
{
	(void)state;
	all("@complain", SECCOMP_DO_LOG, SECCOMP_DO_LOG);
}

/* A program of another machine, or one that enters the kernel as one, ends at its first call. */
static void foreign(void **state)
{
	struct ask_call calls[] = { { .nr = 20, .arch = 0x40000003 }, { .nr = 39 } };
	struct base b;

	(void)state;
	if (ask_native != 0xc000003e || !ask_has(0x40000003))
		skip();
	calls[1].arch = ask_native;
	compile(&b, "amd64", NULL, "");
	assert_int_equal(ask_kernel(b.program.insns, b.program.count, calls, 2), 0);
	assert_int_equal(calls[0].action, SECCOMP_DO_KILL);
	assert_int_equal(calls[1].action, SECCOMP_DO_ALLOW);
	mem_free(&b.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(base_filter),
		cmocka_unit_test(complaining),
		cmocka_unit_test(foreign),
	};

	return cmocka_run_group_tests_name("numbers", tests, NULL, NULL);
}
