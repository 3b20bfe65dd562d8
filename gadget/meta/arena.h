/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One arena per stage of the compiler: everything a stage makes is released at once. Running out
 * of memory ends the process as mem_must() does; the half-written output is removed by its atomic
 * writer. The device programs have no arena: they end with their process.
 */
#ifndef META_ARENA_H
#define META_ARENA_H

#include <stddef.h>

#include "err.h"
#include "mem.h"

struct mem_block;

/* Zero-initialised is an empty arena. */
struct mem_arena {
	struct mem_block *blocks;
};

/* Zeroed memory that lives as long as the arena; aligned for any type. size 0 is allowed. */
void *mem_alloc(struct mem_arena *a, size_t size) BASE_WARN_UNUSED;

/* Zeroed array; an overflow of n * size ends the process as running out of memory does. */
void *mem_array(struct mem_arena *a, size_t n, size_t size) BASE_WARN_UNUSED;

/*
 * Grows an array kept in an arena: returns room for at least n + 1 elements holding the first n.
 * *cap is the room known so far, 0 at first. The old array stays valid until the arena goes.
 */
void *mem_grow(struct mem_arena *a, void *old, size_t n, size_t *cap, size_t size) BASE_WARN_UNUSED;

char *mem_strdup(struct mem_arena *a, const char *s) BASE_WARN_UNUSED;
char *mem_strndup(struct mem_arena *a, const char *s, size_t n) BASE_WARN_UNUSED;
char *mem_printf(struct mem_arena *a, const char *fmt, ...) BASE_PRINTF(2, 3) BASE_WARN_UNUSED;

/* Releases everything; the arena is empty and usable again. */
void mem_free(struct mem_arena *a);

static inline void cleanup_arena(struct mem_arena *a)
{
	mem_free(a);
}

#define CLEANUP_ARENA __attribute__((cleanup(cleanup_arena)))

#endif
