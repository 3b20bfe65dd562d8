/* SPDX-License-Identifier: Apache-2.0 */
/* A compiled program as bytes and as text. */
#include "seccomp.h"

#include <linux/filter.h>
#include <string.h>

#include "seccomp_rules.h"
#include "str.h"

static void le32(uint8_t *p, uint32_t v)
{
	for (unsigned i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> (8 * i));
}

void *seccomp_file(struct mem_arena *a, const struct seccomp_program *p, size_t *size)
{
	uint8_t *out;

	*size = sizeof(struct filter_header) + p->count * sizeof(struct filter_insn);
	out = mem_alloc(a, *size);
	memcpy(out, FILTER_MAGIC, 8);
	le32(out + offsetof(struct filter_header, version), FILTER_VERSION);
	le32(out + offsetof(struct filter_header, size), (uint32_t)*size);
	for (uint32_t i = 0; i < p->count; i++) {
		uint8_t *at = out + sizeof(struct filter_header) + 8 * i;

		at[0] = (uint8_t)p->insns[i].code;
		at[1] = (uint8_t)(p->insns[i].code >> 8);
		at[2] = p->insns[i].jt;
		at[3] = p->insns[i].jf;
		le32(at + 4, p->insns[i].k);
	}
	return out;
}

static const struct {
	uint16_t code;
	const char *name;
} opcodes[] = {
	{ BPF_JMP | BPF_JEQ | BPF_K, "jeq" }, { BPF_JMP | BPF_JGT | BPF_K, "jgt" },
	{ BPF_JMP | BPF_JGE | BPF_K, "jge" }, { BPF_JMP | BPF_JSET | BPF_K, "jset" },
	{ BPF_ALU | BPF_AND | BPF_K, "and" }, { BPF_LD | BPF_W | BPF_ABS, "ld" },
	{ BPF_JMP | BPF_JA, "ja" },	      { BPF_RET | BPF_K, "ret" },
};

static const char *opcode(uint16_t code)
{
	for (size_t i = 0; i < ARRAY_SIZE(opcodes); i++) {
		if (opcodes[i].code == code)
			return opcodes[i].name;
	}
	return "?";
}

static const struct {
	uint32_t action;
	const char *name;
} actions[] = {
	{ SECCOMP_DO_ALLOW, "ALLOW" },
	{ SECCOMP_DO_LOG, "LOG" },
	{ SECCOMP_DO_KILL, "KILL_PROCESS" },
	{ SECCOMP_DO_ERRNO | SECCOMP_EPERM, "ERRNO EPERM" },
	{ SECCOMP_DO_ERRNO | SECCOMP_EACCES, "ERRNO EACCES" },
	{ SECCOMP_DO_ERRNO | SECCOMP_ENOSYS, "ERRNO ENOSYS" },
	{ SECCOMP_DO_ERRNO | 22, "ERRNO EINVAL" },
};

static const char *action(uint32_t k)
{
	for (size_t i = 0; i < ARRAY_SIZE(actions); i++) {
		if (actions[i].action == k)
			return actions[i].name;
	}
	return "?";
}

static void add_load(struct str *s, uint32_t k)
{
	uint32_t arg = (k - (uint32_t)offsetof(struct bpfsim_data, args)) / 8;

	if (k == offsetof(struct bpfsim_data, nr))
		str_add(s, "nr");
	else if (k == offsetof(struct bpfsim_data, arch))
		str_add(s, "arch");
	else
		str_printf(s, "arg%u.%s", arg, k % 8 ? "high" : "low");
}

static void add_target(struct str *s, const struct seccomp_program *p, uint32_t to)
{
	if (to < p->count && p->insns[to].code == (BPF_RET | BPF_K))
		str_add(s, action(p->insns[to].k));
	else if (to < p->count && p->labels[to])
		str_add(s, p->labels[to]);
	else
		str_printf(s, "%u", to);
}

static void add_jumps(struct str *s, const struct seccomp_program *p, uint32_t i)
{
	const struct filter_insn *in = &p->insns[i];

	str_printf(s, in->k < 0x10000 ? "%u, " : "0x%08x, ", in->k);
	add_target(s, p, i + 1 + in->jt);
	str_add(s, ", ");
	add_target(s, p, i + 1 + in->jf);
}

static void add_insn(struct str *s, const struct seccomp_program *p, uint32_t i)
{
	const struct filter_insn *in = &p->insns[i];

	if (p->labels[i])
		str_printf(s, "%s:\n", p->labels[i]);
	str_printf(s, "%5u  %-5s", i, opcode(in->code));
	if (BPF_CLASS(in->code) == BPF_LD)
		add_load(s, in->k);
	else if (BPF_CLASS(in->code) == BPF_RET)
		str_add(s, action(in->k));
	else if (BPF_CLASS(in->code) == BPF_ALU)
		str_printf(s, "0x%08x", in->k);
	else if (BPF_OP(in->code) == BPF_JA)
		add_target(s, p, i + 1 + in->k);
	else
		add_jumps(s, p, i);
	if (p->notes[i])
		str_printf(s, "\t; %s", p->notes[i]);
	str_add(s, "\n");
}

const char *seccomp_twin(struct mem_arena *a, const struct seccomp_program *p)
{
	CLEANUP_STR struct str s = { 0 };

	str_printf(&s, "%u instructions for", p->count);
	for (uint32_t i = 0; i < p->arch_count; i++)
		str_printf(&s, "%s %s (0x%08x)", i ? "," : "",
			   seccomp_target_audit(p->arch[i])->name, p->arch[i]);
	str_printf(&s, "\n\n%s\n", p->summary);
	for (uint32_t i = 0; i < p->count; i++)
		add_insn(&s, p, i);
	return mem_strdup(a, str_text(&s));
}
