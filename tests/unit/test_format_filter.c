/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

#include "build.h"
#include "cleanup.h"
#include "mem.h"
#include "sweep.h"

#define LOAD(k)                                                                                    \
	{                                                                                          \
		BPF_LD | BPF_W | BPF_ABS, 0, 0, k                                                  \
	}
#define JEQ(k, jt, jf)                                                                             \
	{                                                                                          \
		BPF_JMP | BPF_JEQ | BPF_K, jt, jf, k                                               \
	}
#define JUMP(k)                                                                                    \
	{                                                                                          \
		BPF_JMP | BPF_JA, 0, 0, k                                                          \
	}
#define RET(k)                                                                                     \
	{                                                                                          \
		BPF_RET | BPF_K, 0, 0, k                                                           \
	}
#define AND(k)                                                                                     \
	{                                                                                          \
		BPF_ALU | BPF_AND | BPF_K, 0, 0, k                                                 \
	}
#define INSN(code, k)                                                                              \
	{                                                                                          \
		code, 0, 0, k                                                                      \
	}
#define PROGRAM_MAX 8

struct program {
	const char *expected; /* NULL: accepted */
	uint32_t count;
	struct filter_insn insns[PROGRAM_MAX];
};

static void check(const struct program *p)
{
	CLEANUP_FREE void *bytes = NULL;
	struct err e = { 0 };
	struct filter f;
	char text[256];
	size_t size;
	int status;

	bytes = build_filter(p->insns, p->count, &size);
	status = filter_read(bytes, size, &f, &e);
	if (!p->expected) {
		if (status)
			fail_msg("%s", e.text);
		assert_memory_equal(f.insns, p->insns, p->count * sizeof(*f.insns));
		return;
	}
	assert_int_equal(status, -1);
	snprintf(text, sizeof(text), "cannot use filter: field insns%s", p->expected);
	assert_string_equal(e.text, text);
}

#define BEHIND "[0]: jumps behind the end"
#define OUTSIDE                                                                                    \
	"[0]: loads outside of the system call's data, or across its "                             \
	"words"
#define NONE(code) "[0].code: " code " is none that the builder writes"
static const struct program programs[] = {
	{ NULL, 1, { RET(0) } },
	{ NULL, 2, { LOAD(60), RET(0) } },
	{ NULL, 3, { LOAD(16), AND(0xffff), RET(0) } },
	{ NULL, 3, { JEQ(0, 0, 1), RET(0), RET(1) } },
	{ NULL, 2, { INSN(BPF_JMP | BPF_JGT | BPF_K, 1), RET(0) } },
	{ NULL, 2, { INSN(BPF_JMP | BPF_JGE | BPF_K, 1), RET(0) } },
	{ NULL, 2, { INSN(BPF_JMP | BPF_JSET | BPF_K, 1), RET(0) } },
	{ NULL, 3, { JUMP(1), RET(0), RET(1) } },
	{ "[0]: the last one must return", 1, { LOAD(0) } },
	{ BEHIND, 1, { JUMP(0) } },
	{ BEHIND, 2, { JUMP(1), RET(0) } },
	{ BEHIND, 2, { JUMP(UINT32_MAX), RET(0) } },
	{ BEHIND, 2, { JEQ(0, 1, 0), RET(0) } },
	{ BEHIND, 2, { JEQ(0, 0, 1), RET(0) } },
	{ BEHIND, 2, { JEQ(0, 255, 0), RET(0) } },
	{ OUTSIDE, 2, { LOAD(64), RET(0) } },
	{ OUTSIDE, 2, { LOAD(2), RET(0) } },
	{ OUTSIDE, 2, { LOAD(UINT32_MAX - 3), RET(0) } }, /* SKF_AD_OFF: packet data */
	{ BEHIND, 2, { { BPF_JMP | BPF_JSET | BPF_K, 0, 1, 0 }, RET(0) } },
	/* The kernel would take these, within bounds: nothing of ours needs them. */
	{ NONE("0x16"), 1, { INSN(BPF_RET | BPF_A, 0) } },
	{ NONE("0x02"), 2, { INSN(BPF_ST, 0), RET(0) } },
	{ NONE("0x60"), 2, { INSN(BPF_LD | BPF_MEM, 0), RET(0) } },
	{ NONE("0x80"), 2, { INSN(BPF_LD | BPF_W | BPF_LEN, 0), RET(0) } },
	{ NONE("0x5c"), 2, { INSN(BPF_ALU | BPF_AND | BPF_X, 0), RET(0) } },
	{ NONE("0x34"), 2, { INSN(BPF_ALU | BPF_DIV | BPF_K, 1), RET(0) } },
	{ NONE("0x1d"), 2, { INSN(BPF_JMP | BPF_JEQ | BPF_X, 0), RET(0) } },
	/* And these it would not. */
	{ NONE("0x94"), 2, { INSN(BPF_ALU | BPF_MOD | BPF_K, 1), RET(0) } },
	{ NONE("0x28"), 2, { INSN(BPF_LD | BPF_H | BPF_ABS, 0), RET(0) } },
	{ NONE("0x40"), 2, { INSN(BPF_LD | BPF_W | BPF_IND, 0), RET(0) } },
	{ NONE("0x0e"), 1, { INSN(BPF_RET | BPF_X, 0) } },
	{ "[1].code: 0xffff is none that the builder writes",
	  3,
	  { LOAD(0), INSN(0xffff, 0), RET(0) } },
};

static void test_programs(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(programs); i++)
		check(&programs[i]);
}

/* Whether any way through it ends in "log, and let it pass", with whatever data beside. */
static void test_logs(void **state)
{
	static const struct {
		bool logs;
		struct filter_insn insns[2];
	} rows[] = {
		{ true, { RET(SECCOMP_RET_LOG), RET(0) } },
		{ true, { RET(0), RET(SECCOMP_RET_LOG | 3) } },
		{ false, { RET(SECCOMP_RET_ALLOW), RET(SECCOMP_RET_ERRNO | 1) } },
		{ false, { LOAD(SECCOMP_RET_LOG & 0x3c), RET(0) } },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		CLEANUP_FREE void *bytes = NULL;
		struct err e = { 0 };
		struct filter f;
		size_t size;

		bytes = build_filter(rows[i].insns, 2, &size);
		assert_int_equal(filter_read(bytes, size, &f, &e), 0);
		assert_int_equal(f.logs, rows[i].logs);
	}
}

static void test_long(void **state)
{
	static struct filter_insn insns[FILTER_COUNT_MAX + 1];
	CLEANUP_FREE void *most = NULL;
	CLEANUP_FREE void *more = NULL;
	struct err e = { 0 };
	struct filter f;
	size_t size;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(insns); i++)
		insns[i] = (struct filter_insn)RET(0);
	most = build_filter(insns, FILTER_COUNT_MAX, &size);
	assert_int_equal(filter_read(most, size, &f, &e), 0);
	more = build_filter(insns, FILTER_COUNT_MAX + 1, &size);
	assert_int_equal(filter_read(more, size, &f, &e), -1);
	assert_string_equal(e.text, "cannot use filter: 32792 bytes, more than 32784");
}

static void test_header(void **state)
{
	static const struct {
		size_t offset;
		uint32_t value;
		const char *expected;
	} cases[] = {
#define CASE(field, value, expected) { offsetof(struct filter_header, field), value, expected }
		CASE(magic, 0, "magic: this is no filter"),
		CASE(version, 1, "version: 1, expected 2"),
		CASE(version, 3, "version: 3, expected 2"),
		CASE(size, 25, "size: 25, but the file has 24 bytes"),
#undef CASE
	};
	static const struct filter_insn ret[] = { RET(0), RET(0) };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		CLEANUP_FREE uint8_t *bytes = NULL;
		struct err e = { 0 };
		struct filter f;
		char text[256];
		size_t size;

		bytes = build_filter(ret, 1, &size);
		memcpy(bytes + cases[i].offset, &cases[i].value, sizeof(uint32_t));
		assert_int_equal(filter_read(bytes, size, &f, &e), -1);
		snprintf(text, sizeof(text), "cannot use filter: field %s", cases[i].expected);
		assert_string_equal(e.text, text);
	}
}

/* The size is the number of instructions: at least one, and none cut short. */
static void test_count(void **state)
{
	static const struct filter_insn ret[] = { RET(0), RET(0) };
	static const struct {
		uint32_t size;
		const char *expected;
	} cases[] = {
		{ 16, "expected at least one" },
		{ 20, "4 bytes are no whole number of them" },
		{ 31, "15 bytes are no whole number of them" },
	};
	CLEANUP_FREE uint8_t *bytes = NULL;
	struct err e = { 0 };
	struct filter f;
	char text[256];
	size_t size;

	(void)state;
	bytes = build_filter(ret, 2, &size);
	assert_int_equal(filter_read(bytes, size, &f, &e), 0);
	assert_int_equal(f.count, 2);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		((struct filter_header *)(void *)bytes)->size = cases[i].size;
		assert_int_equal(filter_read(bytes, cases[i].size, &f, &e), -1);
		snprintf(text, sizeof(text), "cannot use filter: field insns: %s",
			 cases[i].expected);
		assert_string_equal(e.text, text);
	}
}

static int read_filter(const void *buf, size_t size)
{
	struct filter f;
	struct err e;

	return filter_read(buf, size, &f, &e);
}

static void test_damage(void **state)
{
	static const struct filter_insn insns[] = { LOAD(0), JEQ(1, 0, 2), AND(3), JUMP(1),
						    AND(3),  LOAD(4),	   RET(0) };
	CLEANUP_FREE void *bytes = NULL;
	size_t size;

	(void)state;
	bytes = build_filter(insns, ARRAY_SIZE(insns), &size);
	assert_int_equal(sweep_lengths(read_filter, bytes, size), 0);
	assert_in_range(sweep_bits(read_filter, bytes, size), 1,
			8 * (size - sizeof(struct filter_header)));
	assert_in_range(sweep_bytes(read_filter, bytes, size), 1,
			2 * (size - sizeof(struct filter_header)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_programs), cmocka_unit_test(test_long),
		cmocka_unit_test(test_header),	 cmocka_unit_test(test_count),
		cmocka_unit_test(test_damage),	 cmocka_unit_test(test_logs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
