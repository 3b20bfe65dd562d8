/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <linux/filter.h>

#include "bpfsim.h"
#include "mem.h"

#define INSN(c, t, f, v)                                                                           \
	{                                                                                          \
		.code = (c), .jt = (t), .jf = (f), .k = (v)                                        \
	}
#define RETURN_A INSN(BPF_RET | BPF_A, 0, 0, 0)
#define IMM(v)	 INSN(BPF_LD | BPF_IMM, 0, 0, v)
#define IMMX(v)	 INSN(BPF_LDX | BPF_IMM, 0, 0, v)

static const struct bpfsim_data sample = {
	.nr = 57,
	.arch = 0xc00000b7,
	.instruction_pointer = 0x1122334455667788,
	.args = { 0x0102030405060708, 1, 2, 3, 4, 0xfffffffffffffff0 },
};

static struct bpfsim_result run(const struct filter_insn *insns, uint32_t count)
{
	struct bpfsim_result r;
	struct err e = { 0 };

	assert_int_equal(bpfsim_run(insns, count, &sample, &r, &e), 0);
	return r;
}

static void refused(const struct filter_insn *insns, uint32_t count, const char *why)
{
	struct bpfsim_result r;
	struct err e = { 0 };

	assert_int_equal(bpfsim_run(insns, count, &sample, &r, &e), -1);
	assert_non_null(strstr(e.text, why));
}

static void loads(void **state)
{
	static const struct {
		uint32_t offset, value;
		bool args;
	} rows[] = {
		{ 0, 57, false },	  { 4, 0xc00000b7, false }, { 8, 0x55667788, true },
		{ 12, 0x11223344, true }, { 16, 0x05060708, true }, { 20, 0x01020304, true },
		{ 56, 0xfffffff0, true }, { 60, 0xffffffff, true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct filter_insn p[] = {
			INSN(BPF_LD | BPF_W | BPF_ABS, 0, 0, rows[i].offset), RETURN_A
		};
		struct bpfsim_result r = run(p, 2);

		assert_int_equal(r.action, rows[i].value);
		assert_int_equal(r.args_read, rows[i].args);
		assert_int_equal(r.steps, 2);
	}
}

static void arithmetic(void **state)
{
	static const struct {
		uint16_t op;
		uint32_t a, v, result;
	} rows[] = {
		{ BPF_ADD, 0xffffffff, 2, 1 },	{ BPF_SUB, 1, 2, 0xffffffff },
		{ BPF_MUL, 7, 6, 42 },		{ BPF_DIV, 43, 6, 7 },
		{ BPF_OR, 0x10, 0x01, 0x11 },	{ BPF_AND, 0x1ff, 0x0f, 0x0f },
		{ BPF_XOR, 0xff, 0x0f, 0xf0 },	{ BPF_LSH, 1, 31, 0x80000000 },
		{ BPF_RSH, 0x80000000, 31, 1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct filter_insn by_k[] = {
			IMM(rows[i].a), INSN(BPF_ALU | rows[i].op | BPF_K, 0, 0, rows[i].v),
			RETURN_A
		};
		const struct filter_insn by_x[] = { IMM(rows[i].a), IMMX(rows[i].v),
						    INSN(BPF_ALU | rows[i].op | BPF_X, 0, 0, 0),
						    RETURN_A };

		assert_int_equal(run(by_k, 3).action, rows[i].result);
		assert_int_equal(run(by_x, 4).action, rows[i].result);
	}
	assert_int_equal(run((const struct filter_insn[]){ IMM(1), INSN(BPF_ALU | BPF_NEG, 0, 0, 0),
							   RETURN_A },
			     3)
				 .action,
			 0xffffffff);
}

static void jumps(void **state)
{
	static const struct {
		uint16_t op;
		uint32_t a, v;
		bool taken;
	} rows[] = {
		{ BPF_JEQ, 5, 5, true },	  { BPF_JEQ, 5, 6, false },
		{ BPF_JGT, 6, 5, true },	  { BPF_JGT, 5, 5, false },
		{ BPF_JGT, 0xffffffff, 5, true }, /* unsigned */
		{ BPF_JGE, 5, 5, true },	  { BPF_JGE, 4, 5, false },
		{ BPF_JSET, 6, 2, true },	  { BPF_JSET, 5, 2, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct filter_insn p[] = {
			IMM(rows[i].a),
			IMMX(rows[i].v),
			INSN(BPF_JMP | rows[i].op | BPF_K, 1, 0, rows[i].v),
			INSN(BPF_RET | BPF_K, 0, 0, 10), /* K not taken */
			INSN(BPF_JMP | rows[i].op | BPF_X, 0, 1, 0),
			INSN(BPF_RET | BPF_K, 0, 0, 20), /* both taken */
			INSN(BPF_RET | BPF_K, 0, 0, 30),
		};

		assert_int_equal(run(p, 7).action, rows[i].taken ? 20 : 10);
	}
	assert_int_equal(run((const struct filter_insn[]){ INSN(BPF_JMP | BPF_JA, 0, 0, 1),
							   INSN(BPF_RET | BPF_K, 0, 0, 1),
							   INSN(BPF_RET | BPF_K, 0, 0, 2) },
			     3)
				 .action,
			 2);
}

static void memory(void **state)
{
	static const struct filter_insn p[] = {
		IMM(7),
		INSN(BPF_ST, 0, 0, 3),
		IMMX(9),
		INSN(BPF_STX, 0, 0, 15),
		INSN(BPF_LD | BPF_MEM, 0, 0, 15),
		INSN(BPF_LDX | BPF_MEM, 0, 0, 3),
		INSN(BPF_ALU | BPF_SUB | BPF_X, 0, 0, 0), /* 9 - 7 */
		INSN(BPF_MISC | BPF_TAX, 0, 0, 0),
		INSN(BPF_LD | BPF_W | BPF_LEN, 0, 0, 0), /* 64 */
		INSN(BPF_ALU | BPF_ADD | BPF_X, 0, 0, 0),
		RETURN_A,
	};
	static const struct filter_insn q[] = { IMMX(5), INSN(BPF_MISC | BPF_TXA, 0, 0, 0),
						RETURN_A };

	(void)state;
	assert_int_equal(run(p, ARRAY_SIZE(p)).action, 66);
	assert_int_equal(run(q, ARRAY_SIZE(q)).action, 5);
}

static void refusals(void **state)
{
	static const struct {
		struct filter_insn insn;
		const char *why;
	} rows[] = {
		{ INSN(BPF_LD | BPF_W | BPF_ABS, 0, 0, 64), "outside of the data" },
		{ INSN(BPF_LD | BPF_W | BPF_ABS, 0, 0, 2), "outside of the data" },
		{ INSN(BPF_LD | BPF_H | BPF_ABS, 0, 0, 0), "only words" },
		{ INSN(BPF_LDX | BPF_W | BPF_ABS, 0, 0, 0), "outside of the data" },
		{ INSN(BPF_LD | BPF_W | BPF_IND, 0, 0, 0), "unknown load" },
		{ INSN(BPF_LD | BPF_MEM, 0, 0, 16), "scratch word 16" },
		{ INSN(BPF_ST, 0, 0, 16), "scratch word 16" },
		{ INSN(BPF_STX, 0, 0, 0xffffffff), "scratch word" },
		{ INSN(BPF_ALU | BPF_DIV | BPF_K, 0, 0, 0), "divide by zero" },
		{ INSN(BPF_ALU | BPF_DIV | BPF_X, 0, 0, 0), "divide by zero" },
		{ INSN(BPF_ALU | 0xf0, 0, 0, 0), "unknown arithmetic" },
		{ INSN(BPF_JMP | 0xf0, 0, 0, 0), "unknown jump" },
		{ INSN(BPF_JMP | BPF_JA, 0, 0, 0xffffffff), "runs off its end" },
		{ INSN(BPF_JMP | BPF_JEQ | BPF_K, 255, 255, 0), "runs off its end" },
		{ IMM(0), "runs off its end" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		refused(&rows[i].insn, 1, rows[i].why);
	refused(NULL, 0, "runs off its end");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(loads),  cmocka_unit_test(arithmetic), cmocka_unit_test(jumps),
		cmocka_unit_test(memory), cmocka_unit_test(refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
