/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the builder writes, and no more: of all that seccomp_check_filter() (kernel/seccomp.c of
 * Linux 6.1) takes, eight instructions with the rules it has for them, no others.
 */
#include "filter.h"

#include <linux/filter.h>
#include <linux/seccomp.h>

#include "bytes.h"

_Static_assert(FILTER_COUNT_MAX == BPF_MAXINSNS, "the kernel's limit");

static const struct bytes_format format = {
	.what = "filter",
	.magic = FILTER_MAGIC,
	.version = FILTER_VERSION,
	.header_size = sizeof(struct filter_header),
	.size_max = sizeof(struct filter_header) + FILTER_COUNT_MAX * sizeof(struct filter_insn),
};

/* What the operand of an instruction must satisfy. */
enum operand { NONE, ANY, DATA, JUMP, BRANCH, END };

static const struct known {
	uint16_t code;
	enum operand operand;
} known[] = {
	{ BPF_LD | BPF_W | BPF_ABS, DATA },
	{ BPF_ALU | BPF_AND | BPF_K, ANY },
	{ BPF_JMP | BPF_JA, JUMP },
	{ BPF_JMP | BPF_JEQ | BPF_K, BRANCH },
	{ BPF_JMP | BPF_JGE | BPF_K, BRANCH },
	{ BPF_JMP | BPF_JGT | BPF_K, BRANCH },
	{ BPF_JMP | BPF_JSET | BPF_K, BRANCH },
	{ BPF_RET | BPF_K, END },
};

static enum operand operand_of(uint16_t code)
{
	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (code == known[i].code)
			return known[i].operand;
	return NONE;
}

/* left: instructions behind this one, so that a jump may reach left - 1 of them at most. */
static const char *operand_fault(enum operand operand, const struct filter_insn *in, uint32_t left)
{
	if (operand == DATA && (in->k % 4 || in->k >= sizeof(struct seccomp_data)))
		return "loads outside of the system call's data, or across its words";
	if ((operand == JUMP && in->k >= left) ||
	    (operand == BRANCH && (in->jt >= left || in->jf >= left)))
		return "jumps behind the end";
	return NULL;
}

static int check_insns(struct filter *f, struct bytes *b)
{
	enum operand operand = NONE;

	b->table = "insns";
	for (b->row = 0; b->row < f->count; b->row++) {
		const struct filter_insn *in = &f->insns[b->row];
		const char *fault;

		operand = operand_of(in->code);
		if (!operand && GUARD(filter_known))
			return bytes_fail(b, "code", "0x%02x is none that the builder writes",
					  in->code);
		fault = operand_fault(operand, in, f->count - 1 - b->row);
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

int filter_read(const void *buf, size_t size, struct filter *f, struct err *e)
{
	const size_t header = sizeof(struct filter_header), insn = sizeof(struct filter_insn);
	struct bytes b;

	if (bytes_start(&b, &format, buf, size, e))
		return -1;
	*f = (struct filter){ .insns = (const void *)(b.data + header),
			      .count = (uint32_t)((size - header) / insn) };
	if ((size - header) % insn && GUARD(filter_count))
		return bytes_fail(&b, "insns", "%zu bytes are no whole number of them",
				  size - header);
	if (f->count == 0)
		return bytes_fail(&b, "insns", "expected at least one");
	return check_insns(f, &b);
}
