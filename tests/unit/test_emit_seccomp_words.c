/* SPDX-License-Identifier: Apache-2.0 */
/* "@complain" and "@unrestricted", and i386 as compat architecture of amd64. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bpfsim.h"
#include "seccomp.h"
#include "seccomp_rules.h"
#include "str.h"

#define EPERM_	(SECCOMP_DO_ERRNO | SECCOMP_EPERM)
#define EACCES_ (SECCOMP_DO_ERRNO | SECCOMP_EACCES)
#define ENOSYS_ (SECCOMP_DO_ERRNO | SECCOMP_ENOSYS)

struct list {
	struct mem_arena arena;
	struct seccomp_program program;
};

static void compile(struct list *l, const char *text, const char *arch, const char *compat)
{
	struct seccomp_line lines[16];
	struct seccomp_request rq = {
		.lines = lines, .arch = arch, .compat = compat, .development = true
	};
	struct meta_diag d = { 0 };
	char *rest;

	*l = (struct list){ 0 };
	rest = mem_strdup(&l->arena, text);
	while (rest && rq.count < ARRAY_SIZE(lines))
		lines[rq.count++] = (struct seccomp_line){ .text = strsep(&rest, "\n") };
	assert_int_equal(seccomp_compile(&l->arena, &rq, &l->program, &d), 0);
	assert_int_equal(d.count, 0);
	meta_diag_free(&d);
}

static uint32_t number(const struct list *l, uint32_t audit, uint32_t nr, uint64_t arg1)
{
	struct bpfsim_data data = { .arch = audit, .nr = (int32_t)nr, .args = { 0, arg1 } };
	struct bpfsim_result r;

	assert_int_equal(bpfsim_run(l->program.insns, l->program.count, &data, &r, NULL), 0);
	return r.action;
}

static uint32_t answer(const struct list *l, const char *arch, const char *name, uint64_t arg1)
{
	const struct seccomp_target *t = seccomp_target(arch);
	uint32_t nr;

	assert_int_equal(seccomp_number(t, name, &nr), SECCOMP_HERE);
	return number(l, t->audit, nr, arg1);
}

/* What is not allowed is logged and done; what is denied stays so, as in AppArmor's complain. */
static void complain(void **state)
{
	static const char *const archs[] = { "arm64", "armhf" };
	struct list l;

	(void)state;
	compile(&l, "read\nmadvise - 5\n@complain\nioctl\n~ioctl - TIOCSTI\n~clone3 errno:ENOSYS",
		"arm64", "armhf");
	for (size_t i = 0; i < ARRAY_SIZE(archs); i++) {
		uint32_t audit = seccomp_target(archs[i])->audit;

		assert_int_equal(answer(&l, archs[i], "read", 0), SECCOMP_DO_ALLOW);
		assert_int_equal(answer(&l, archs[i], "mount", 0), SECCOMP_DO_LOG);
		assert_int_equal(answer(&l, archs[i], "madvise", 5), SECCOMP_DO_ALLOW);
		assert_int_equal(answer(&l, archs[i], "madvise", 6), SECCOMP_DO_LOG);
		assert_int_equal(answer(&l, archs[i], "ioctl", 5), SECCOMP_DO_ALLOW);
		assert_int_equal(answer(&l, archs[i], "ioctl", 0x5412), EACCES_);
		assert_int_equal(answer(&l, archs[i], "clone3", 0), ENOSYS_);
		assert_int_equal(number(&l, audit, 700, 0), SECCOMP_DO_LOG);
		assert_int_equal(number(&l, audit, 0xffffffff, 0), SECCOMP_DO_LOG);
	}
	assert_int_equal(number(&l, 0xc000003e, 0, 0), SECCOMP_DO_KILL);
	assert_non_null(strstr(l.program.summary, "armhf logs and allows, as to unknown numbers:"));
	assert_non_null(strstr(l.program.summary, "armhf answers ENOSYS:\n\tclone3\n"));
	assert_non_null(strstr(seccomp_twin(&l.arena, &l.program), "ret  LOG\n"));
	mem_free(&l.arena);
}

/* Everything on the filter's own architectures; @complain beside it adds nothing. */
static void unrestricted(void **state)
{
	struct list l;

	(void)state;
	compile(&l, "~ioctl - TIOCSTI\nread 5\n@unrestricted\n@complain", "amd64", "i386");
	for (uint32_t nr = 0; nr < 1024; nr++) {
		assert_int_equal(number(&l, 0xc000003e, nr, 0x5412), SECCOMP_DO_ALLOW);
		assert_int_equal(number(&l, 0x40000003, nr, 0x5412), SECCOMP_DO_ALLOW);
	}
	assert_int_equal(number(&l, 0xc000003e, 0xffffffff, 0), SECCOMP_DO_ALLOW);
	assert_int_equal(number(&l, 0xc00000b7, 0, 0), SECCOMP_DO_KILL);
	mem_free(&l.arena);
}

/*
 * i386 has numbers of its own for the calls that socketcall does as well, its old calls take ids of
 * 16 bits, and the multiplexers stay closed when only a call of them is allowed.
 */
static void i386(void **state)
{
	struct list l;

	(void)state;
	compile(&l, "socket\nsetresuid - 5\nsetresuid32 - 5\nsemget\nopenat - -", "amd64", "i386");
	assert_int_equal(number(&l, 0x40000003, 359, 0), SECCOMP_DO_ALLOW);
	assert_int_equal(number(&l, 0x40000003, 102, 0), EPERM_);
	assert_int_equal(number(&l, 0x40000003, 393, 0), SECCOMP_DO_ALLOW);
	assert_int_equal(number(&l, 0x40000003, 117, 0), EPERM_);
	assert_int_equal(number(&l, 0xc000003e, 41, 0), SECCOMP_DO_ALLOW);
	assert_int_equal(answer(&l, "i386", "socket", 0), SECCOMP_DO_ALLOW);
	assert_int_equal(answer(&l, "i386", "setresuid", 0x10005), SECCOMP_DO_ALLOW);
	assert_int_equal(answer(&l, "i386", "setresuid32", 0x10005), EPERM_);
	assert_int_equal(answer(&l, "amd64", "setresuid", 0x10005), EPERM_);
	assert_int_equal(answer(&l, "amd64", "setresuid", 0x100000005), SECCOMP_DO_ALLOW);
	assert_int_equal(number(&l, 0x40000003, 600, 0), ENOSYS_);
	assert_int_equal(number(&l, 0x40000028, 0, 0), SECCOMP_DO_KILL);
	mem_free(&l.arena);
}

/* Each architecture as compiled on this host, with the numbers of its own headers. */
static void numbers(void **state)
{
	static const struct {
		const char *arch;
		uint32_t openat, execve, exit_group;
	} rows[] = {
		{ "amd64", 257, 59, 231 },
		{ "arm64", 56, 221, 94 },
		{ "armhf", 322, 11, 248 },
		{ "i386", 295, 11, 252 },
	};
	struct list l;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		uint32_t audit = seccomp_target(rows[i].arch)->audit;

		compile(&l, "openat\nexit_group", rows[i].arch, NULL);
		assert_int_equal(number(&l, audit, rows[i].openat, 0), SECCOMP_DO_ALLOW);
		assert_int_equal(number(&l, audit, rows[i].exit_group, 0), SECCOMP_DO_ALLOW);
		assert_int_equal(number(&l, audit, rows[i].execve, 0), EPERM_);
		mem_free(&l.arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(complain),
		cmocka_unit_test(unrestricted),
		cmocka_unit_test(i386),
		cmocka_unit_test(numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
