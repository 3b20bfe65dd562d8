/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text to located tree: a closed subset of YAML in which every node knows file, line and column.
 * No meaning here. Anchors, aliases, merge keys, tags, several documents, duplicate keys, NUL and
 * other control bytes, and what is over the limits below are refused. Where libyaml reads on after
 * what is refused, so does this, and gives the tree that was meant: an alias is what it stands for,
 * a merge key what it brings, of a key used twice the first value stays, of several documents the
 * first. A syntax error, a byte that is not YAML's, and what is over a limit end the file.
 */
#ifndef META_META_H
#define META_META_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "err.h"

#define META_SIZE_MAX	 (16u * 1024u * 1024u)
#define META_DEPTH_MAX	 64u
#define META_NODES_MAX	 1000000u
#define META_ENTRIES_MAX 65536u /* of one list or map */

struct meta_loc {
	const char *file; /* as the user named it */
	unsigned line;	  /* from 1; 0: the file as a whole */
	unsigned col;	  /* from 1, in bytes */
};

enum meta_kind { META_NULL, META_SCALAR, META_LIST, META_MAP };

struct meta_node {
	enum meta_kind kind;
	struct meta_loc loc;
	const char *text;   /* META_SCALAR */
	bool plain;	    /* scalar without quotes: may be read as a number, bool or null */
	unsigned block_col; /* literal block scalar ("|"): column of its lines, the first of which
			       is the line after loc.line; else 0 */
	size_t count;	    /* items of a list, pairs of a map, in the order written */
	struct meta_node **items; /* list items, or map values */
	struct meta_node **keys;  /* map keys, scalars, each once */
	bool faulty;		  /* of a root: errors were recorded, it is what could be read; of
				     another: its key has more values, which are not read */
};

enum meta_severity { META_ERROR, META_WARNING };

/* What was found wrong, collected over a run; printed sorted by place. Zero-initialised is empty.
 */
struct meta_message {
	enum meta_severity severity;
	struct meta_loc loc;
	const char *text; /* "cannot ..." */
	const char *hint; /* or NULL */
	bool last_word;	  /* of its place nothing else is said */
};

struct meta_diag {
	struct mem_arena arena;
	struct meta_message *messages;
	size_t count;
	size_t room;
	size_t errors;
	size_t environment; /* of the errors: I/O, a missing program; not the input's fault */
};

/* Records one error and returns -1, so that "return meta_error(d, &n->loc, ...)" is one act. */
int meta_error(struct meta_diag *d, const struct meta_loc *loc, const char *fmt, ...)
	BASE_PRINTF(3, 4);
/* The same for what a lower floor said: an error of the environment stays one. */
int meta_fail(struct meta_diag *d, const struct meta_loc *loc, const struct err *e);
/*
 * The same for a file that was named: that nothing is there, or something of another kind, is a
 * mistake in what was written.
 */
int meta_fail_file(struct meta_diag *d, const struct meta_loc *loc, const struct err *e);
void meta_warn(struct meta_diag *d, const struct meta_loc *loc, const char *fmt, ...)
	BASE_PRINTF(3, 4);
/* Adds a hint to the message recorded last. */
void meta_hint(struct meta_diag *d, const char *fmt, ...) BASE_PRINTF(2, 3);
/*
 * Of the place of the message recorded last nothing else is said: what was read there is not what
 * was written.
 */
void meta_last_word(struct meta_diag *d);
/* Sorts the messages by file, line, column, text; each stays once. */
void meta_sort(struct meta_diag *d);
/*
 * Writes all messages to stderr, sorted by file, line, column, text: "bulkhead: FILE:LINE:COL:
 * TEXT", warnings as "bulkhead: FILE:LINE:COL: warning: TEXT", hints as "bulkhead: hint: ..." below
 * their message, each once. Of each severity the first 1,000, then how many more.
 */
void meta_print(const struct meta_diag *d);
void meta_diag_free(struct meta_diag *d);

/*
 * Reads one file into the arena. name is what messages call it (borrowed for the arena's life);
 * path is what is opened. Returns the root, or NULL after recording why there is none; a root whose
 * "faulty" is set was refused too, and is there for what else is to be said of it.
 */
const struct meta_node *meta_load(struct mem_arena *a, const char *path, const char *name,
				  struct meta_diag *d) BASE_WARN_UNUSED;
/* The same from memory. */
const struct meta_node *meta_parse(struct mem_arena *a, const char *text, size_t len,
				   const char *name, struct meta_diag *d) BASE_WARN_UNUSED;

/* Value of a key of a map; NULL when absent, or when n is not a map. */
const struct meta_node *meta_get(const struct meta_node *n, const char *key);

/*
 * Bytes of the character of UTF-8 that s, which is not empty, begins with: 1 to 4; 0: it begins
 * with none, as where one was cut.
 */
unsigned meta_character(const char *s);

/* "text", "a list", "a map", "nothing": for messages. */
const char *meta_kind_name(const struct meta_node *n);

/* Typed reads: record "cannot use KEY: expected ..., got ..." and return -1 when it is another. */
int meta_text(const struct meta_node *n, const char *key, const char **out,
	      struct meta_diag *d) BASE_WARN_UNUSED;
int meta_bool(const struct meta_node *n, const char *key, bool *out,
	      struct meta_diag *d) BASE_WARN_UNUSED;
/* Both inclusive. */
struct meta_range {
	int64_t min, max;
};
/* Decimal, or 0x and hexadecimal, or 0o and octal, as YAML 1.2 core schema. */
int meta_int(const struct meta_node *n, const char *key, struct meta_range range, int64_t *out,
	     struct meta_diag *d) BASE_WARN_UNUSED;

/*
 * Reports keys of map n that are not in the NULL-terminated list known: as errors when strict (our
 * own formats), else as warnings (the reference's formats), both with "did you mean". Returns -1
 * when it recorded an error.
 */
int meta_known_keys(const struct meta_node *n, const char *const *known, bool strict,
		    struct meta_diag *d) BASE_WARN_UNUSED;

/*
 * The nearest of a NULL-terminated list of names, the first of those equally near; NULL when none
 * is. At most one edit (insert, delete, replace, swap of neighbours) for a name of two to four
 * bytes, two up to eight, three from nine on.
 */
const char *meta_nearest(const char *name, const char *const *names);

#endif
