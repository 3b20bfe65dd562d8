/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the kernel that runs the test answers to system calls under a seccomp filter, without doing
 * any of them: a filter below hands what the tested one lets through to the parent, which answers
 * in the kernel's place.
 */
#ifndef TESTS_ASK_H
#define TESTS_ASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "filter.h"

struct ask_call {
	uint32_t nr;
	uint32_t arch; /* AUDIT_ARCH_*: this machine's; on amd64 i386 as well */
	uint64_t args[6];
	bool oabi;	 /* ARM: enter by "svc 0x900000", as the old ABI's programs do */
	uint32_t action; /* out: SECCOMP_RET_KILL_PROCESS, _ERRNO with it, or _ALLOW for all else */
};

/* AUDIT_ARCH_* of this program. */
extern const uint32_t ask_native;

/*
 * Fills in every call's action. Returns -1 when this machine cannot be asked: no seccomp
 * (qemu-user) or no i386 calls.
 */
int ask_kernel(const struct filter_insn *insns, uint32_t count, struct ask_call *calls,
	       size_t call_count) BASE_WARN_UNUSED;

/* Whether the kernel takes system calls of that architecture from this program at all. */
int ask_has(uint32_t arch);

#endif
