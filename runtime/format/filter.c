/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the builder writes, and no more: of all that seccomp_check_filter() (kernel/seccomp.c of
 * Linux 6.1) takes, eight instructions with the rules it has for them, plus those of our header.
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

static const struct bytes_field header_fields[] =
	BYTES_FIELDS(BYTES_NUMBER(filter_header, count, 1, FILTER_COUNT_MAX),
		     BYTES_NUMBER(filter_header, arch_count, 1, FILTER_ARCH_MAX));

static const uint32_t arches[] = { AUDIT_ARCH_AARCH64, AUDIT_ARCH_ARM, AUDIT_ARCH_X86_64,
				   AUDIT_ARCH_I386 };

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
	uint32_t count = f->header->count;
	enum operand operand = NONE;

	b->table = "insns";
	for (b->row = 0; b->row < count; b->row++) {
		const struct filter_insn *in = &f->insns[b->row];
		const char *fault;

		operand = operand_of(in->code);
		if (!operand && GUARD(filter_known))
			return bytes_fail(b, "code", "0x%02x is none that the builder writes",
					  in->code);
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

static bool arch_known(uint32_t arch)
{
	for (size_t i = 0; i < ARRAY_SIZE(arches); i++)
		if (arches[i] == arch)
			return true;
	return false;
}

static int check_header(const struct filter_header *h, struct bytes *b)
{
	if (bytes_fields(b, h, header_fields))
		return -1;
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
	return check_insns(f, &b);
}
