/* SPDX-License-Identifier: Apache-2.0 */
/*
 * filter_read() against the kernel's checker: random programs of likely and unlikely instructions
 * are given to seccomp(2) of the kernel that runs the test. What the reader takes the kernel takes,
 * and what the kernel alone takes has an instruction that the builder does not write. Where there
 * is no seccomp (qemu-user), it is skipped.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "build.h"
#include "cleanup.h"
#include "mem.h"

#define PROGRAMS 4000
#define LENGTH	 12

/* Answers of the child that asks the kernel. */
enum { TAKEN = 0, REFUSED = 1, CANNOT_ASK = 2 };

static uint32_t draw(uint32_t *seed, uint32_t below)
{
	*seed = *seed * 1664525u + 1013904223u;
	return (*seed >> 8) % below;
}

/* The first eight are the builder's. */
static const uint16_t likely[] = { 0x20, 0x54, 0x05, 0x15, 0x25, 0x35, 0x45, 0x06, 0x80,
				   0x00, 0x01, 0x60, 0x61, 0x02, 0x03, 0x07, 0x87, 0x04,
				   0x0c, 0x34, 0x3c, 0x64, 0x74, 0x84, 0x1d, 0x16 };
#define OURS 8

static bool all_ours(const struct filter_insn *insns, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		size_t at = 0;

		while (at < OURS && likely[at] != insns[i].code)
			at++;
		if (at == OURS)
			return false;
	}
	return true;
}

static struct filter_insn draw_insn(uint32_t *seed, uint32_t left)
{
	struct filter_insn in = { 0 };

	in.code = likely[draw(seed, draw(seed, 16) ? OURS : ARRAY_SIZE(likely))];
	if (draw(seed, 100) == 0)
		in.code = (uint16_t)draw(seed, 0x200);
	in.jt = (uint8_t)draw(seed, left + 1);
	in.jf = (uint8_t)draw(seed, left + 1);
	in.k = draw(seed, 8) ? draw(seed, 4) : draw(seed, 70);
	if (in.code == 0x20 && draw(seed, 8))
		in.k *= 4;
	return in;
}

/*
 * Asks in a child, whose filter would bind it for good. The refusal of filters without a return,
 * or out of bounds, is EINVAL; everything else is no answer.
 */
static int ask_kernel(const struct filter_insn *insns, uint32_t count)
{
	struct sock_fprog prog = { (unsigned short)count, (struct sock_filter *)insns };
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
			_exit(CANNOT_ASK);
		/* A filter that was taken ends the child one way or another: by exit or by kill. */
		if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog) == 0)
			_exit(TAKEN);
		_exit(errno == EINVAL ? REFUSED : CANNOT_ASK);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : TAKEN;
}

static int ask_reader(const struct filter_insn *insns, uint32_t count)
{
	CLEANUP_FREE void *bytes = NULL;
	struct err e = { 0 };
	struct filter f;
	size_t size;

	bytes = build_filter(insns, count, &size);
	return filter_read(bytes, size, &f, &e) ? REFUSED : TAKEN;
}

static void test_within_kernel(void **state)
{
	static const struct filter_insn allow[] = {
		{ BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW },
	};
	static const struct filter_insn nonsense[] = { { 0xffff, 0, 0, 0 } };
	unsigned taken = 0, alone = 0;
	uint32_t seed = 1;

	(void)state;
	if (ask_kernel(allow, 1) != TAKEN || ask_kernel(nonsense, 1) != REFUSED) {
		print_message("no seccomp filters here\n");
		skip();
	}
	for (unsigned n = 0; n < PROGRAMS; n++) {
		struct filter_insn insns[LENGTH];
		uint32_t count = 1 + draw(&seed, LENGTH);
		int kernel, reader;

		for (uint32_t i = 0; i < count; i++)
			insns[i] = draw_insn(&seed, count - 1 - i);
		if (draw(&seed, 8))
			insns[count - 1] = allow[0];
		kernel = ask_kernel(insns, count);
		reader = ask_reader(insns, count);
		if (reader != kernel && (reader == TAKEN || all_ours(insns, count)))
			fail_msg("program %u of seed 1: the kernel says %d", n, kernel);
		taken += reader == TAKEN;
		alone += reader != kernel;
	}
	/* Both answers were seen often enough to mean something. */
	assert_in_range(taken, PROGRAMS / 20, PROGRAMS - PROGRAMS / 20);
	assert_in_range(alone, PROGRAMS / 40, PROGRAMS);
	print_message("%u of %u programs taken, %u by the kernel alone\n", taken, PROGRAMS, alone);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_within_kernel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
