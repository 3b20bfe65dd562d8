/* SPDX-License-Identifier: Apache-2.0 */
#include "arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct mem_block {
	struct mem_block *next;
	size_t used;
	size_t size;
	alignas(max_align_t) char data[];
};

#define BLOCK_SIZE ((size_t)64 * 1024)

void *mem_alloc(struct mem_arena *a, size_t size)
{
	size_t need;
	struct mem_block *b = a->blocks;
	void *p;

	if (size > SIZE_MAX - 2 * BLOCK_SIZE)
		return mem_must(NULL);
	need = (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
	if (!b || b->size - b->used < need) {
		size_t room = need > BLOCK_SIZE ? need : BLOCK_SIZE;

		b = mem_must(malloc(sizeof(*b) + room));
		b->next = a->blocks;
		b->used = 0;
		b->size = room;
		a->blocks = b;
	}
	p = b->data + b->used;
	b->used += need;
	memset(p, 0, need);
	return p;
}

void *mem_array(struct mem_arena *a, size_t n, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(n, size, &total))
		return mem_must(NULL);
	return mem_alloc(a, total);
}

void *mem_grow(struct mem_arena *a, void *old, size_t n, size_t *cap, size_t size)
{
	void *grown;

	if (n < *cap)
		return old;
	*cap = *cap ? *cap * 2 : 8;
	grown = mem_array(a, *cap, size);
	if (n)
		memcpy(grown, old, n * size);
	return grown;
}

char *mem_strndup(struct mem_arena *a, const char *s, size_t n)
{
	char *copy = mem_alloc(a, n + 1);

	memcpy(copy, s, n);
	return copy;
}

char *mem_strdup(struct mem_arena *a, const char *s)
{
	return mem_strndup(a, s, strlen(s));
}

char *mem_printf(struct mem_arena *a, const char *fmt, ...)
{
	va_list ap, again;
	char *text;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	text = mem_alloc(a, n < 0 ? 1 : (size_t)n + 1);
	if (n > 0)
		vsnprintf(text, (size_t)n + 1, fmt, again);
	va_end(again);
	return text;
}

void mem_free(struct mem_arena *a)
{
	while (a->blocks) {
		struct mem_block *next = a->blocks->next;

		free(a->blocks);
		a->blocks = next;
	}
}
