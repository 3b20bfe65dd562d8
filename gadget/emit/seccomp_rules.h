/* SPDX-License-Identifier: Apache-2.0 */
/* Between the filter compiler's own files; emit's other files include seccomp.h only. */
#ifndef EMIT_SECCOMP_RULES_H
#define EMIT_SECCOMP_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "bpfsim.h"
#include "filter.h"
#include "meta.h"

#define SECCOMP_ARGS_MAX 6u
#define SECCOMP_COLUMNS	 2u /* constants differ between x86 and the two ARMs only */

/* Actions of <linux/seccomp.h> and errnos of asm-generic/errno{-base,}.h: the target's, not libc's
 */
#define SECCOMP_DO_KILL	 0x80000000u /* SECCOMP_RET_KILL_PROCESS */
#define SECCOMP_DO_ERRNO 0x00050000u /* SECCOMP_RET_ERRNO, the errno in the low half */
#define SECCOMP_DO_LOG	 0x7ffc0000u /* SECCOMP_RET_LOG: recorded, and allowed */
#define SECCOMP_DO_ALLOW 0x7fff0000u /* SECCOMP_RET_ALLOW */
#define SECCOMP_EPERM	 1u
#define SECCOMP_EACCES	 13u
#define SECCOMP_ENOSYS	 38u

/* --- the language: seccomp_parse.c ------------------------------------------------------------ */

enum seccomp_op {
	SECCOMP_ANY,
	SECCOMP_EQ,
	SECCOMP_NE,
	SECCOMP_GT,
	SECCOMP_GE,
	SECCOMP_LT,
	SECCOMP_LE,
	SECCOMP_MASKED, /* (argument & mask) == value */
};

struct seccomp_cond {
	enum seccomp_op op;
	bool negative; /* value was written with a minus: for user and group ids only */
	uint32_t mask[SECCOMP_COLUMNS];
	uint32_t value[SECCOMP_COLUMNS];
	unsigned col; /* of the word, for messages */
};

/* Of so many mistakes "did you mean" is looked for: a list of 65,536 wrong names ends soon too. */
#define SECCOMP_HINTS_MAX 20u

/* Words about the whole list; bits. */
enum seccomp_word {
	SECCOMP_COMPLAIN = 1 << 0,     /* what no line allows is logged, not refused */
	SECCOMP_UNRESTRICTED = 1 << 1, /* all is allowed, whatever the lines say */
};

/* One line that says something. */
struct seccomp_rule {
	enum seccomp_word word; /* not 0: nothing else is meant */
	const char *name;
	bool deny;
	uint32_t errnum; /* of a deny line */
	struct seccomp_cond args[SECCOMP_ARGS_MAX];
	unsigned argc;
	struct meta_loc loc; /* of the name */
	bool wrong;	     /* an error of it is recorded: no other is looked for */
};

/*
 * Parses one line. *out becomes NULL for an empty line or a comment. Knows no system call names:
 * only the words. Returns -1 after recording the error.
 */
int seccomp_parse(struct mem_arena *a, const char *text, const struct meta_loc *loc,
		  struct seccomp_rule **out, struct meta_diag *d) BASE_WARN_UNUSED;

/* --- tables: seccomp_consts.c, seccomp_widths.c ----------------------------------------------- */

/* The SECCOMP_COLUMNS values of a constant; NULL when there is none of that name. */
const uint32_t *seccomp_constant(const char *name);
/* Name of row i of the table, NULL after the last. */
const char *seccomp_constant_row(size_t i);
/* The number of a user or group with the same number everywhere; -1 when it is not one. */
int seccomp_id(const char *name, uint32_t *out);

/* Where prototypes differ. */
enum seccomp_abi { SECCOMP_ABI_64, SECCOMP_ABI_ARM, SECCOMP_ABI_X86 };

/* The widths of a system call's arguments, one letter each (see there); NULL when not known. */
const char *seccomp_widths(const char *name, enum seccomp_abi abi);
const char *seccomp_widths_row(size_t i);

/* --- architectures: seccomp_target.c ---------------------------------------------------------- */

struct seccomp_target {
	const char *name;      /* "arm64" */
	const char *compat_of; /* whose kernel may run its programs too, or NULL */
	uint32_t audit;	       /* AUDIT_ARCH_* */
	uint32_t resolver;     /* libseccomp's token */
	unsigned bits;
	enum seccomp_abi abi;
	unsigned column;    /* of constants */
	uint32_t range[2];  /* numbers that system calls have: first and end, */
	uint32_t range2[2]; /* and those of the private ones; 0, 0 without any */
};

const struct seccomp_target *seccomp_target(const char *name);
const struct seccomp_target *seccomp_target_audit(uint32_t audit);
/* "amd64, arm64, armhf, i386" */
const char *seccomp_target_list(struct mem_arena *a);

enum seccomp_known { SECCOMP_UNKNOWN, SECCOMP_ELSEWHERE, SECCOMP_HERE };

/* The number of a name on the target, or that only other architectures have it, or none. */
enum seccomp_known seccomp_number(const struct seccomp_target *t, const char *name, uint32_t *nr);

/* A system call that the target has, and what the lines say about it. */
struct seccomp_call {
	uint32_t nr;
	const char *name;
	const char *widths;
	const struct seccomp_rule **rules; /* deny lines first, each kind in the order written */
	size_t count;
	size_t room;
	uint32_t otherwise; /* the answer when no rule matches */
	bool constant;	    /* the same for all arguments: */
	uint32_t action;
};

/* Every system call of the target, ascending; no rules yet. Returns how many. */
size_t seccomp_calls(struct mem_arena *a, const struct seccomp_target *t,
		     struct seccomp_call **out);

/* --- one target's rules: seccomp_table.c ------------------------------------------------------ */

struct seccomp_rules {
	struct seccomp_rule **items; /* in the order written */
	size_t count;
	unsigned words; /* enum seccomp_word */
};

struct seccomp_table {
	const struct seccomp_target *target;
	struct seccomp_call *calls; /* every known number, ascending */
	size_t count;
	uint32_t unknown; /* the answer to every other number */
};

/*
 * Sorts the rules by system call. Records located errors and warnings and returns -1 when there
 * was an error.
 */
int seccomp_table(struct mem_arena *a, const struct seccomp_target *t,
		  const struct seccomp_rules *rules, struct seccomp_table *out,
		  struct meta_diag *d) BASE_WARN_UNUSED;

/* What of an argument the kernel looks at: all ones for 64, 32 or 16 bits. */
uint64_t seccomp_width_mask(const struct seccomp_target *t, const struct seccomp_call *c,
			    unsigned arg);

/* The meaning of the lines, by plain arithmetic: the action for one call. */
uint32_t seccomp_meaning(const struct seccomp_table *t, uint32_t nr, const uint64_t args[6]);

/* --- code: seccomp_chain.c, seccomp_tree.c ---------------------------------------------------- */

/* A program written from its end to its start, so that every jump's target exists already. */
struct seccomp_code {
	struct mem_arena *arena;
	struct filter_insn *insns; /* the last instruction first */
	const char **notes;
	const char **labels;
	size_t count;
	size_t room, notes_room, labels_room;
	struct {
		uint32_t action;
		size_t at;
	} returns[16]; /* the latest copy of each RET */
	size_t return_count;
};

struct seccomp_branch {
	uint16_t code; /* BPF_JEQ, BPF_JGT, BPF_JGE or BPF_JSET */
	uint32_t k;
	size_t yes, no; /* places of instructions */
};

size_t seccomp_put(struct seccomp_code *c, uint16_t code, uint32_t k, const char *note);
/* A RET of that action within reach of the next instruction. */
size_t seccomp_put_return(struct seccomp_code *c, uint32_t action);
/* A conditional jump; places beyond 255 instructions get a trampoline. */
size_t seccomp_put_branch(struct seccomp_code *c, const struct seccomp_branch *b, const char *note);
/* The tests of a call whose answer depends on its arguments; returns where they begin. */
size_t seccomp_put_chain(struct seccomp_code *c, const struct seccomp_target *t,
			 const struct seccomp_call *call);
/* A target's whole table, from its load of the number on; returns where it begins. */
size_t seccomp_put_tree(struct seccomp_code *c, const struct seccomp_table *t);

/* --- the proof: seccomp_check.c --------------------------------------------------------------- */

struct seccomp_tables {
	const struct seccomp_table *items;
	uint32_t count;
};

/*
 * Runs the program in the simulator over every known number, the gaps between them and arguments
 * on both sides of every comparison, and compares with seccomp_meaning(). A difference is an
 * internal error, recorded at loc; constant answers must not read an argument.
 */
int seccomp_check(const struct filter_insn *insns, uint32_t count,
		  const struct seccomp_tables *tables, const struct meta_loc *loc,
		  struct meta_diag *d) BASE_WARN_UNUSED;

#endif
