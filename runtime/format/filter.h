/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The seccomp filter file: struct filter_header, then classic BPF instructions (struct sock_filter
 * of <linux/filter.h>, little-endian), to the exact end of the file. What architectures they are
 * for the instructions themselves say.
 */
#ifndef FORMAT_FILTER_H
#define FORMAT_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

#define FILTER_MAGIC	 "BHFILT\0"
#define FILTER_VERSION	 2u
#define FILTER_COUNT_MAX 4096u /* BPF_MAXINSNS, include/uapi/linux/bpf_common.h */

struct filter_header {
	char magic[8];
	uint32_t version;
	uint32_t size; /* of the whole file */
};

_Static_assert(sizeof(struct filter_header) == 16, "filter header layout");

/* The layout of struct sock_filter, spelt out so that the host needs no target header. */
struct filter_insn {
	uint16_t code;
	uint8_t jt;
	uint8_t jf;
	uint32_t k;
};

_Static_assert(sizeof(struct filter_insn) == 8, "filter instruction layout");

struct filter {
	const struct filter_insn *insns;
	uint32_t count;
	bool logs; /* devmode: it can answer "log, and let it pass" */
};

/*
 * Checks the whole file: sizes, version, and the program: only instructions that the builder writes
 * (loads of the call's data, AND, jumps on constants, RET), jumps forward and inside, loads aligned
 * within struct seccomp_data, RET at the end. The kernel takes whatever passes.
 */
int filter_read(const void *buf, size_t size, struct filter *f, struct err *e) BASE_WARN_UNUSED;

#endif
