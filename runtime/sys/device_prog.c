/* SPDX-License-Identifier: Apache-2.0 */
#include "device_prog.h"

#include <stddef.h>
#include <string.h>

#include "guard.h"

/* struct bpf_insn by place: opcode, destination, source, offset, constant. */
#define INSN(c, d, s, o, i)                                                                        \
	{                                                                                          \
		.code = (c), .dst_reg = (d), .src_reg = (s), .off = (o), .imm = (i)                \
	}
#define R(n)		  BPF_REG_##n
#define MOV(d, s)	  INSN(BPF_ALU64 | BPF_MOV | BPF_X, d, s, 0, 0)
#define MOV_IMM(d, i)	  INSN(BPF_ALU64 | BPF_MOV | BPF_K, d, 0, 0, i)
#define ADD_IMM(d, i)	  INSN(BPF_ALU64 | BPF_ADD | BPF_K, d, 0, 0, i)
#define AND_IMM(d, i)	  INSN(BPF_ALU64 | BPF_AND | BPF_K, d, 0, 0, i)
#define AND(d, s)	  INSN(BPF_ALU64 | BPF_AND | BPF_X, d, s, 0, 0)
#define SHR_IMM(d, i)	  INSN(BPF_ALU64 | BPF_RSH | BPF_K, d, 0, 0, i)
#define LOAD(d, s, o)	  INSN(BPF_LDX | BPF_MEM | BPF_W, d, s, o, 0)
#define KEEP(d, o, s)	  INSN(BPF_STX | BPF_MEM | BPF_W, d, s, o, 0)
#define KEEP_IMM(d, o, i) INSN(BPF_ST | BPF_MEM | BPF_W, d, 0, o, i)
/* Two instructions: a 64-bit constant that the kernel replaces by the map's address. */
#define LOAD_MAP(d)                                                                                \
	INSN(BPF_LD | BPF_DW | BPF_IMM, d, BPF_PSEUDO_MAP_FD, 0, map_fd), INSN(0, 0, 0, 0, 0)
#define CALL(f)		 INSN(BPF_JMP | BPF_CALL, 0, 0, 0, f)
#define JNE_IMM(d, i, o) INSN(BPF_JMP | BPF_JNE | BPF_K, d, 0, o, i)
#define JEQ_IMM(d, i, o) INSN(BPF_JMP | BPF_JEQ | BPF_K, d, 0, o, i)
#define JEQ(d, s, o)	 INSN(BPF_JMP | BPF_JEQ | BPF_X, d, s, o, 0)
#define EXIT		 INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)

#define CTX(field) ((short)offsetof(struct bpf_cgroup_dev_ctx, field))

void device_prog_build(int map_fd, struct bpf_insn insns[DEVICE_PROG_LEN])
{
	/*
	 * The key is stored from the top down (fp-4, fp-8, fp-12): in the other order a loader
	 * without CAP_PERFMON is refused with "attempt to corrupt spilled pointer on stack".
	 */
	const struct bpf_insn program[] = {
		MOV(R(6), R(1)),
		LOAD(R(7), R(6), CTX(access_type)),
		LOAD(R(1), R(6), CTX(minor)),
		KEEP(R(10), -4, R(1)),
		LOAD(R(1), R(6), CTX(major)),
		KEEP(R(10), -8, R(1)),
		MOV(R(1), R(7)),
		AND_IMM(R(1), 0xffff), /* type: block 1, char 2 */
		KEEP(R(10), -12, R(1)),
		SHR_IMM(R(7), 16), /* access: mknod 1, read 2, write 4 */
		LOAD_MAP(R(1)),
		MOV(R(2), R(10)),
		ADD_IMM(R(2), -12),
		CALL(BPF_FUNC_map_lookup_elem),
		JNE_IMM(R(0), 0, 7),	 /* found: to the value */
		KEEP_IMM(R(10), -4, -1), /* minor any */
		LOAD_MAP(R(1)),
		MOV(R(2), R(10)),
		ADD_IMM(R(2), -12),
		CALL(BPF_FUNC_map_lookup_elem),
		JEQ_IMM(R(0), 0, 3), /* neither: deny */
		LOAD(R(1), R(0), 0), /* the value */
		AND(R(1), R(7)),
		JEQ(R(1), R(7), 2), /* every bit asked for is there: allow */
		MOV_IMM(R(0), GUARD(device_deny) ? 0 : 1),
		EXIT,
		MOV_IMM(R(0), 1),
		EXIT,
	};

	_Static_assert(sizeof(program) == DEVICE_PROG_LEN * sizeof(struct bpf_insn),
		       "length of the device program");
	memcpy(insns, program, sizeof(program));
}
