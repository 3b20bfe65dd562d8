/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Simulator of the classic BPF that seccomp(2) runs, over struct seccomp_data of any architecture:
 * what a filter means, found out on the build host.
 */
#ifndef EMIT_BPFSIM_H
#define EMIT_BPFSIM_H

#include <stdbool.h>
#include <stdint.h>

#include "filter.h"

/* struct seccomp_data of <linux/seccomp.h>, spelt out as filter.h does. */
struct bpfsim_data {
	int32_t nr;
	uint32_t arch; /* AUDIT_ARCH_* */
	uint64_t instruction_pointer;
	uint64_t args[6];
};

_Static_assert(sizeof(struct bpfsim_data) == 64, "struct seccomp_data layout");

/* What a run tells beside its action. */
struct bpfsim_result {
	uint32_t action; /* SECCOMP_RET_* with its data */
	uint32_t steps;	 /* instructions executed */
	bool args_read;	 /* an argument was loaded: the kernel's action cache cannot hold it */
};

/*
 * Runs the program. It need not have passed filter_read(): a jump or load outside, an unknown
 * instruction, a division by zero or running off the end is an error, never undefined.
 */
int bpfsim_run(const struct filter_insn *insns, uint32_t count, const struct bpfsim_data *data,
	       struct bpfsim_result *out, struct err *e) BASE_WARN_UNUSED;

#endif
