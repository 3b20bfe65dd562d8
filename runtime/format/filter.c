/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules of seccomp_check_filter() (kernel/seccomp.c) and bpf_check_classic() with its check of
 * scratch memory (net/core/filter.c) of Linux 6.1, plus those of our header.
 */
#include "filter.h"

#include <inttypes.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <string.h>

#include "bytes.h"
#include "mem.h"

_Static_assert(FILTER_COUNT_MAX == BPF_MAXINSNS, "the kernel's limit");

static const struct bytes_format format = { "filter", FILTER_MAGIC, FILTER_VERSION,
					    sizeof(struct filter_header),
					    sizeof(struct filter_header) +
						    FILTER_COUNT_MAX * sizeof(struct filter_insn) };

static const uint32_t arches[] = { AUDIT_ARCH_AARCH64, AUDIT_ARCH_ARM, AUDIT_ARCH_X86_64,
				   AUDIT_ARCH_I386 };

/* What the operand of an instruction must satisfy. */
enum operand { ANY, DATA, SHIFT, DIVISOR, SCRATCH_READ, SCRATCH_WRITE, JUMP, BRANCH, END };

static const char *const faults[] = {
	[DATA] = "loads outside of the system call's data, or across its words",
	[SHIFT] = "shifts by 32 bits or more",
	[DIVISOR] = "divides by zero",
	[SCRATCH_READ] = "uses scratch memory out of bounds",
	[SCRATCH_WRITE] = "uses scratch memory out of bounds",
	[JUMP] = "jumps behind the end",
	[BRANCH] = "jumps behind the end",
};

/* The whole of what seccomp(2) takes: BPF_MOD and loads of packets are not among it. */
static const struct known {
	uint16_t code;
	enum operand operand;
} known[] = {
	{ BPF_LD | BPF_W | BPF_ABS, DATA },
	{ BPF_LD | BPF_W | BPF_LEN, ANY },
	{ BPF_LDX | BPF_W | BPF_LEN, ANY },
	{ BPF_LD | BPF_IMM, ANY },
	{ BPF_LDX | BPF_IMM, ANY },
	{ BPF_LD | BPF_MEM, SCRATCH_READ },
	{ BPF_LDX | BPF_MEM, SCRATCH_READ },
	{ BPF_ST, SCRATCH_WRITE },
	{ BPF_STX, SCRATCH_WRITE },
	{ BPF_MISC | BPF_TAX, ANY },
	{ BPF_MISC | BPF_TXA, ANY },
	{ BPF_ALU | BPF_ADD | BPF_K, ANY },
	{ BPF_ALU | BPF_ADD | BPF_X, ANY },
	{ BPF_ALU | BPF_SUB | BPF_K, ANY },
	{ BPF_ALU | BPF_SUB | BPF_X, ANY },
	{ BPF_ALU | BPF_MUL | BPF_K, ANY },
	{ BPF_ALU | BPF_MUL | BPF_X, ANY },
	{ BPF_ALU | BPF_DIV | BPF_K, DIVISOR },
	{ BPF_ALU | BPF_DIV | BPF_X, ANY },
	{ BPF_ALU | BPF_AND | BPF_K, ANY },
	{ BPF_ALU | BPF_AND | BPF_X, ANY },
	{ BPF_ALU | BPF_OR | BPF_K, ANY },
	{ BPF_ALU | BPF_OR | BPF_X, ANY },
	{ BPF_ALU | BPF_XOR | BPF_K, ANY },
	{ BPF_ALU | BPF_XOR | BPF_X, ANY },
	{ BPF_ALU | BPF_LSH | BPF_K, SHIFT },
	{ BPF_ALU | BPF_LSH | BPF_X, ANY },
	{ BPF_ALU | BPF_RSH | BPF_K, SHIFT },
	{ BPF_ALU | BPF_RSH | BPF_X, ANY },
	{ BPF_ALU | BPF_NEG, ANY },
	{ BPF_JMP | BPF_JA, JUMP },
	{ BPF_JMP | BPF_JEQ | BPF_K, BRANCH },
	{ BPF_JMP | BPF_JEQ | BPF_X, BRANCH },
	{ BPF_JMP | BPF_JGE | BPF_K, BRANCH },
	{ BPF_JMP | BPF_JGE | BPF_X, BRANCH },
	{ BPF_JMP | BPF_JGT | BPF_K, BRANCH },
	{ BPF_JMP | BPF_JGT | BPF_X, BRANCH },
	{ BPF_JMP | BPF_JSET | BPF_K, BRANCH },
	{ BPF_JMP | BPF_JSET | BPF_X, BRANCH },
	{ BPF_RET | BPF_K, END },
	{ BPF_RET | BPF_A, END },
};

static const struct known *find(uint16_t code)
{
	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (known[i].code == code)
			return &known[i];
	return NULL;
}

/* left: instructions behind this one, so that a jump may reach left - 1 of them at most. */
static const char *operand_fault(enum operand operand, const struct filter_insn *in, uint32_t left)
{
	bool fine = true;

	switch (operand) {
	case DATA:
		fine = in->k % 4 == 0 && in->k < sizeof(struct seccomp_data);
		break;
	case SHIFT:
		fine = in->k < 32;
		break;
	case DIVISOR:
		fine = in->k != 0;
		break;
	case SCRATCH_READ:
	case SCRATCH_WRITE:
		fine = in->k < BPF_MEMWORDS;
		break;
	case JUMP:
		fine = in->k < left;
		break;
	case BRANCH:
		fine = in->jt < left && in->jf < left;
		break;
	case ANY:
	case END:
		break;
	}
	return fine ? NULL : faults[operand];
}

static int check_insns(const struct filter *f, struct bytes *b)
{
	uint32_t count = f->header->count;
	const struct known *k = NULL;

	for (uint32_t i = 0; i < count; i++) {
		const struct filter_insn *in = &f->insns[i];
		const char *fault;

		k = find(in->code);
		if (!k)
			return bytes_fail_row(b, i, "insns.code", "0x%02x is unknown to seccomp",
					      in->code);
		fault = operand_fault(k->operand, in, count - 1 - i);
		if (fault)
			return bytes_fail_row(b, i, "insns", "%s", fault);
	}
	if (k->operand != END)
		return bytes_fail_row(b, count - 1, "insns", "the last one must return");
	return 0;
}

/*
 * No way through the program reads a scratch word that it did not write: forward jumps only, so
 * one pass that meets (ands) what the ways into each instruction have written is exact.
 */
static int check_scratch(const struct filter *f, struct bytes *b)
{
	uint16_t written[FILTER_COUNT_MAX];
	uint16_t now = 0;

	memset(written, 0xff, sizeof(written));
	for (uint32_t i = 0; i < f->header->count; i++) {
		const struct filter_insn *in = &f->insns[i];
		enum operand operand = find(in->code)->operand;

		now &= written[i];
		if (operand == SCRATCH_WRITE) {
			now |= (uint16_t)(1u << in->k);
		} else if (operand == SCRATCH_READ && !(now & 1u << in->k)) {
			return bytes_fail_row(b, i, "insns",
					      "reads scratch memory before it is written");
		} else if (operand == JUMP) {
			written[i + 1 + in->k] &= now;
			now = UINT16_MAX;
		} else if (operand == BRANCH) {
			written[i + 1 + in->jt] &= now;
			written[i + 1 + in->jf] &= now;
			now = UINT16_MAX;
		}
	}
	return 0;
}

static bool arch_known(uint32_t arch)
{
	for (size_t i = 0; i < ARRAY_SIZE(arches); i++)
		if (arches[i] == arch)
			return true;
	return false;
}

static int check_header(const struct filter_header *h, struct bytes *b)
{
	if (h->count == 0 || h->count > FILTER_COUNT_MAX)
		return bytes_fail(b, "count", "%" PRIu32 ", expected 1 to %u", h->count,
				  FILTER_COUNT_MAX);
	if (h->arch_count == 0 || h->arch_count > FILTER_ARCH_MAX)
		return bytes_fail(b, "arch_count", "%" PRIu32 ", expected 1 to %u", h->arch_count,
				  FILTER_ARCH_MAX);
	for (uint32_t i = 0; i < FILTER_ARCH_MAX; i++) {
		if (i >= h->arch_count && h->arch[i])
			return bytes_fail_row(b, i, "arch", "expected 0");
		if (i < h->arch_count && !arch_known(h->arch[i]))
			return bytes_fail_row(b, i, "arch",
					      "0x%08" PRIx32
					      " is unknown, expected aarch64, arm, x86_64 or i386",
					      h->arch[i]);
		if (i > 0 && h->arch[i] == h->arch[0])
			return bytes_fail_row(b, i, "arch", "same as arch[0]");
	}
	return 0;
}

int filter_read(const void *buf, size_t size, struct filter *f, struct err *e)
{
	const struct filter_header *h = buf;
	struct bytes b;

	if (bytes_start(&b, &format, buf, size, e) || check_header(h, &b))
		return -1;
	*f = (struct filter){ .header = h };
	f->insns = bytes_table(&b, "insns", sizeof(*h), h->count, sizeof(*f->insns));
	if (!f->insns)
		return -1;
	if (b.at != size)
		return bytes_fail(&b, "insns", "%zu bytes behind the last one", size - b.at);
	return check_insns(f, &b) || check_scratch(f, &b) ? -1 : 0;
}
