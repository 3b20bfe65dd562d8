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
#include "guard.h"
#include "mem.h"

_Static_assert(FILTER_COUNT_MAX == BPF_MAXINSNS, "the kernel's limit");

static const struct bytes_format format = {
	.what = "filter",
	.magic = FILTER_MAGIC,
	.version = FILTER_VERSION,
	.header_size = sizeof(struct filter_header),
	.size_max = sizeof(struct filter_header) + FILTER_COUNT_MAX * sizeof(struct filter_insn),
};

static const uint32_t arches[] = { AUDIT_ARCH_AARCH64, AUDIT_ARCH_ARM, AUDIT_ARCH_X86_64,
				   AUDIT_ARCH_I386 };

/* What the operand of an instruction must satisfy. */
enum operand { NONE, ANY, DATA, SHIFT, DIVISOR, SCRATCH_READ, SCRATCH_WRITE, JUMP, BRANCH, END };

/* The whole of what seccomp(2) takes: BPF_MOD and loads of packets are not among it. */
static const struct known {
	uint16_t code;
	enum operand k;
	enum operand x; /* with BPF_X; NONE: there is no such instruction */
} known[] = {
	{ BPF_LD | BPF_W | BPF_ABS, DATA, NONE },
	{ BPF_LD | BPF_W | BPF_LEN, ANY, NONE },
	{ BPF_LDX | BPF_W | BPF_LEN, ANY, NONE },
	{ BPF_LD | BPF_IMM, ANY, NONE },
	{ BPF_LDX | BPF_IMM, ANY, NONE },
	{ BPF_LD | BPF_MEM, SCRATCH_READ, NONE },
	{ BPF_LDX | BPF_MEM, SCRATCH_READ, NONE },
	{ BPF_ST, SCRATCH_WRITE, NONE },
	{ BPF_STX, SCRATCH_WRITE, NONE },
	{ BPF_MISC | BPF_TAX, ANY, NONE },
	{ BPF_MISC | BPF_TXA, ANY, NONE },
	{ BPF_ALU | BPF_ADD, ANY, ANY },
	{ BPF_ALU | BPF_SUB, ANY, ANY },
	{ BPF_ALU | BPF_MUL, ANY, ANY },
	{ BPF_ALU | BPF_DIV, DIVISOR, ANY },
	{ BPF_ALU | BPF_AND, ANY, ANY },
	{ BPF_ALU | BPF_OR, ANY, ANY },
	{ BPF_ALU | BPF_XOR, ANY, ANY },
	{ BPF_ALU | BPF_LSH, SHIFT, ANY },
	{ BPF_ALU | BPF_RSH, SHIFT, ANY },
	{ BPF_ALU | BPF_NEG, ANY, NONE },
	{ BPF_JMP | BPF_JA, JUMP, NONE },
	{ BPF_JMP | BPF_JEQ, BRANCH, BRANCH },
	{ BPF_JMP | BPF_JGE, BRANCH, BRANCH },
	{ BPF_JMP | BPF_JGT, BRANCH, BRANCH },
	{ BPF_JMP | BPF_JSET, BRANCH, BRANCH },
	{ BPF_RET | BPF_K, END, NONE },
	{ BPF_RET | BPF_A, END, NONE },
};

static enum operand operand_of(uint16_t code)
{
	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		if (code == known[i].code)
			return known[i].k;
		if (code == (known[i].code | BPF_X) && known[i].x)
			return known[i].x;
	}
	return NONE;
}

/* left: instructions behind this one, so that a jump may reach left - 1 of them at most. */
static const char *operand_fault(enum operand operand, const struct filter_insn *in, uint32_t left)
{
	switch (operand) {
	case DATA:
		return in->k % 4 || in->k >= sizeof(struct seccomp_data)
			       ? "loads outside of the system call's data, or across its words"
			       : NULL;
	case SHIFT:
		return in->k >= 32 ? "shifts by 32 bits or more" : NULL;
	case DIVISOR:
		return in->k == 0 ? "divides by zero" : NULL;
	case SCRATCH_READ:
	case SCRATCH_WRITE:
		return in->k >= BPF_MEMWORDS ? "uses scratch memory out of bounds" : NULL;
	case JUMP:
		return in->k >= left ? "jumps behind the end" : NULL;
	case BRANCH:
		return in->jt >= left || in->jf >= left ? "jumps behind the end" : NULL;
	case NONE:
	case ANY:
	case END:
		break;
	}
	return NULL;
}

static int check_insns(struct filter *f, struct bytes *b)
{
	uint32_t count = f->header->count;
	enum operand operand = NONE;

	b->table = "insns";
	for (b->row = 0; b->row < count; b->row++) {
		const struct filter_insn *in = &f->insns[b->row];
		const char *fault;

		operand = operand_of(in->code);
		if (!operand && GUARD(filter_known))
			return bytes_fail(b, "code", "0x%02x is unknown to seccomp", in->code);
		fault = operand_fault(operand, in, count - 1 - b->row);
		if (fault && GUARD(filter_operand))
			return bytes_fail(b, NULL, "%s", fault);
		f->logs |= in->code == (BPF_RET | BPF_K) &&
			   (in->k & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_LOG;
	}
	b->row--;
	if (operand != END && GUARD(filter_end))
		return bytes_fail(b, NULL, "the last one must return");
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
	for (b->row = 0; b->row < f->header->count; b->row++) {
		const struct filter_insn *in = &f->insns[b->row];
		uint16_t *next = &written[b->row + 1];
		enum operand operand = operand_of(in->code);

		now &= written[b->row];
		if (operand == SCRATCH_WRITE)
			now |= (uint16_t)(1u << in->k);
		else if (operand == SCRATCH_READ && !(now & 1u << in->k) && GUARD(filter_scratch))
			return bytes_fail(b, NULL, "reads scratch memory before it is written");
		if (operand != JUMP && operand != BRANCH)
			continue;
		next[operand == JUMP ? in->k : in->jt] &= now;
		next[operand == JUMP ? in->k : in->jf] &= now;
		now = UINT16_MAX;
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
	if (b->size != sizeof(*h) + h->count * sizeof(struct filter_insn) && GUARD(filter_count))
		return bytes_fail(b, "insns", "%" PRIu32 " do not make a file of %zu bytes",
				  h->count, b->size);
	b->table = "arch";
	for (b->row = 0; b->row < FILTER_ARCH_MAX; b->row++) {
		uint32_t arch = h->arch[b->row];

		if (b->row >= h->arch_count && arch)
			return bytes_fail(b, NULL, "expected 0");
		if (b->row < h->arch_count && !arch_known(arch) && GUARD(filter_known_arch))
			return bytes_fail(b, NULL,
					  "0x%08" PRIx32
					  " is unknown, expected aarch64, arm, x86_64 or i386",
					  arch);
		if (b->row > 0 && arch == h->arch[0])
			return bytes_fail(b, NULL, "same as arch[0]");
	}
	return 0;
}

int filter_read(const void *buf, size_t size, struct filter *f, struct err *e)
{
	struct bytes b;

	if (bytes_start(&b, &format, buf, size, e) || check_header(buf, &b))
		return -1;
	*f = (struct filter){ .header = buf, .insns = (const void *)(b.data + sizeof(*f->header)) };
	return check_insns(f, &b) || check_scratch(f, &b) ? -1 : 0;
}
