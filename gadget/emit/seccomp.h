/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines of the filter language (docs/seccomp.md) to one classic BPF program for a native and
 * perhaps a compat architecture. Pure: no files, no state, same lines and same bytes.
 */
#ifndef EMIT_SECCOMP_H
#define EMIT_SECCOMP_H

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"
#include "filter.h"
#include "meta.h"

#define SECCOMP_LINES_MAX 65536u

/* One line of the language. loc is where its text begins; empty lines and comments are allowed. */
struct seccomp_line {
	const char *text;
	struct meta_loc loc;
	bool made; /* not as written there: messages name loc, and no word's own place */
};

/* Architectures of one program: the native one and its compat. */
#define SECCOMP_ARCH_MAX 2u

struct seccomp_request {
	const struct seccomp_line *lines;
	size_t count;
	const char *arch;   /* "arm64", "armhf", "amd64" or "i386" */
	const char *compat; /* a second architecture in the same program, or NULL */
	bool strict;	    /* an allow line whose name no architecture knows is an error, too */
	bool development;   /* the app is in devmode: @complain and @unrestricted may be said */
};

/* Everything in it lives in the arena that seccomp_compile() got. */
struct seccomp_program {
	const struct filter_insn *insns;
	uint32_t count;
	uint32_t arch[SECCOMP_ARCH_MAX]; /* AUDIT_ARCH_*: native first, then compat or 0 */
	uint32_t arch_count;
	const char *const *notes;  /* for the twin, one per instruction: "read, write" or NULL */
	const char *const *labels; /* for the twin, one per instruction: its label or NULL */
	const char *summary; /* for the twin: what is answered to which calls, per architecture */
};

/*
 * An architecture or a pair, as "arm64" or "arm64+armhf", to arch and compat of rq. Refuses any
 * other word with those that there are.
 */
int seccomp_arch(struct mem_arena *a, const char *word, struct seccomp_request *rq,
		 struct err *e) BASE_WARN_UNUSED;

/*
 * Compiles all lines into one program; the result has been run in the simulator and compared with
 * the lines' own meaning. Records every located error it finds (and warnings: an allow line whose
 * name no architecture knows) and returns -1 when there was one. Columns of messages point at the
 * offending word.
 */
int seccomp_compile(struct mem_arena *a, const struct seccomp_request *rq,
		    struct seccomp_program *out, struct meta_diag *d) BASE_WARN_UNUSED;

/* The file of format/filter.h. Returns memory of the arena, *size bytes. */
void *seccomp_file(struct mem_arena *a, const struct seccomp_program *p,
		   size_t *size) BASE_WARN_UNUSED;

/* The readable twin: a disassembly with labels and system call names, ends in a newline. */
const char *seccomp_twin(struct mem_arena *a, const struct seccomp_program *p) BASE_WARN_UNUSED;

/* One system call, in words. */
struct seccomp_question {
	const char *arch;	 /* as in struct seccomp_request */
	const char *call;	 /* a name that arch has, or a number, with 0x hexadecimal */
	const char *const *args; /* numbers or constants; missing ones are 0 */
	size_t arg_count;
};

/* Runs a filter, as filter_read() took it, in the simulator. *action is SECCOMP_RET_*, with data.
 */
int seccomp_ask(struct mem_arena *a, const struct filter *f, const struct seccomp_question *q,
		uint32_t *action, struct err *e) BASE_WARN_UNUSED;

/* "allow", "log", "kill", "errno 13". */
const char *seccomp_answer(struct mem_arena *a, uint32_t action) BASE_WARN_UNUSED;

#endif
