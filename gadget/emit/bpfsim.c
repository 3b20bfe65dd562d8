/* SPDX-License-Identifier: Apache-2.0 */
#include "bpfsim.h"

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct machine {
	uint32_t a, x;
	uint32_t mem[BPF_MEMWORDS];
	uint32_t words[sizeof(struct bpfsim_data) / sizeof(uint32_t)];
	bool args_read;
};

/* seccomp_data is in the byte order of the machine; all our targets are little-endian. */
static void fill(struct machine *m, const struct bpfsim_data *d)
{
	m->words[0] = (uint32_t)d->nr;
	m->words[1] = d->arch;
	m->words[2] = (uint32_t)d->instruction_pointer;
	m->words[3] = (uint32_t)(d->instruction_pointer >> 32);
	for (unsigned i = 0; i < 6; i++) {
		m->words[4 + 2 * i] = (uint32_t)d->args[i];
		m->words[5 + 2 * i] = (uint32_t)(d->args[i] >> 32);
	}
}

static int load(struct machine *m, const struct filter_insn *in, uint32_t *to, struct err *e)
{
	switch (BPF_MODE(in->code)) {
	case BPF_IMM:
		*to = in->k;
		return 0;
	case BPF_MEM:
		if (in->k >= BPF_MEMWORDS)
			return err_input(e, "cannot load scratch word %u: there are %u", in->k,
					 BPF_MEMWORDS);
		*to = m->mem[in->k];
		return 0;
	case BPF_LEN:
		*to = sizeof(m->words);
		return 0;
	case BPF_ABS:
		if (BPF_CLASS(in->code) != BPF_LD || in->k % 4 != 0 || in->k >= sizeof(m->words))
			return err_input(e, "cannot load offset %u: outside of the data", in->k);
		m->args_read |= in->k >= offsetof(struct bpfsim_data, instruction_pointer);
		*to = m->words[in->k / 4];
		return 0;
	default:
		return err_input(e, "cannot run instruction 0x%02x: unknown load", in->code);
	}
}

static int store(struct machine *m, const struct filter_insn *in, uint32_t value, struct err *e)
{
	if (in->k >= BPF_MEMWORDS)
		return err_input(e, "cannot store scratch word %u: there are %u", in->k,
				 BPF_MEMWORDS);
	m->mem[in->k] = value;
	return 0;
}

static int alu(struct machine *m, const struct filter_insn *in, struct err *e)
{
	uint32_t v = BPF_SRC(in->code) == BPF_X ? m->x : in->k;

	switch (BPF_OP(in->code)) {
	case BPF_ADD:
		m->a += v;
		return 0;
	case BPF_SUB:
		m->a -= v;
		return 0;
	case BPF_MUL:
		m->a *= v;
		return 0;
	case BPF_DIV:
		if (v == 0)
			return err_input(e, "cannot divide by zero");
		m->a /= v;
		return 0;
	case BPF_OR:
		m->a |= v;
		return 0;
	case BPF_AND:
		m->a &= v;
		return 0;
	case BPF_XOR:
		m->a ^= v;
		return 0;
	case BPF_LSH:
		m->a <<= v & 31;
		return 0;
	case BPF_RSH:
		m->a >>= v & 31;
		return 0;
	case BPF_NEG:
		m->a = -m->a;
		return 0;
	default:
		return err_input(e, "cannot run instruction 0x%02x: unknown arithmetic", in->code);
	}
}

static int jump(const struct machine *m, const struct filter_insn *in, uint64_t *pc, struct err *e)
{
	uint32_t v = BPF_SRC(in->code) == BPF_X ? m->x : in->k;

	switch (BPF_OP(in->code)) {
	case BPF_JA:
		*pc += in->k;
		return 0;
	case BPF_JEQ:
		*pc += m->a == v ? in->jt : in->jf;
		return 0;
	case BPF_JGT:
		*pc += m->a > v ? in->jt : in->jf;
		return 0;
	case BPF_JGE:
		*pc += m->a >= v ? in->jt : in->jf;
		return 0;
	case BPF_JSET:
		*pc += m->a & v ? in->jt : in->jf;
		return 0;
	default:
		return err_input(e, "cannot run instruction 0x%02x: unknown jump", in->code);
	}
}

static void transfer(struct machine *m, const struct filter_insn *in)
{
	if (BPF_MISCOP(in->code) == BPF_TAX)
		m->x = m->a;
	else
		m->a = m->x;
}

/* One instruction other than RET. */
static int step(struct machine *m, const struct filter_insn *in, uint64_t *pc, struct err *e)
{
	switch (BPF_CLASS(in->code)) {
	case BPF_LD:
		if (BPF_SIZE(in->code) != BPF_W)
			return err_input(e, "cannot run instruction 0x%02x: only words are loaded",
					 in->code);
		return load(m, in, &m->a, e);
	case BPF_LDX:
		return load(m, in, &m->x, e);
	case BPF_ST:
		return store(m, in, m->a, e);
	case BPF_STX:
		return store(m, in, m->x, e);
	case BPF_ALU:
		return alu(m, in, e);
	case BPF_JMP:
		return jump(m, in, pc, e);
	default:
		transfer(m, in);
		return 0;
	}
}

int bpfsim_run(const struct filter_insn *insns, uint32_t count, const struct bpfsim_data *data,
	       struct bpfsim_result *out, struct err *e)
{
	struct machine m = { 0 };
	uint64_t pc = 0;

	fill(&m, data);
	*out = (struct bpfsim_result){ 0 };
	/* Jumps only go forward, so that the loop ends whatever the program. */
	while (pc < count) {
		const struct filter_insn *in = &insns[pc++];

		out->steps++;
		if (BPF_CLASS(in->code) == BPF_RET) {
			out->action = BPF_RVAL(in->code) == BPF_A ? m.a : in->k;
			out->args_read = m.args_read;
			return 0;
		}
		if (step(&m, in, &pc, e) < 0)
			return err_prefix(e, "cannot simulate instruction %u",
					  (unsigned)(in - insns));
	}
	return err_input(e, "cannot simulate filter: it runs off its end");
}
