/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A rule of ours is within theirs when one of their rules asks for no more: each comparison of
 * theirs follows from one of ours of the same key. Patterns are compared as languages.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "compare.h"
#include "fd.h"
#include "mem.h"
#include "str.h"

#define FILE_MAX    (1u << 20)
#define MATCHES_MAX 16u
#define RULES_MAX   4096u
#define PLACES_MAX  64u
#define PAIRS_MAX   65536u

/* KEY=="pattern" or, not: KEY!="pattern". */
struct match {
	const char *key, *pattern;
	bool not ;
};

struct rule {
	struct match matches[MATCHES_MAX];
	size_t count;
};

struct rules {
	char *text;
	struct rule items[RULES_MAX];
	size_t count;
};

/* --- patterns -------------------------------------------------------------------------------- */

/* A pattern's places: at each a set of bytes that lead to the next one. Bits of sets are places. */
struct pattern {
	bool bytes[PLACES_MAX][256];
	bool star[PLACES_MAX]; /* any bytes, and the next place without one */
	bool last[PLACES_MAX]; /* an alternative ends here */
	unsigned count;
	uint64_t starts;
};

static const char *read_set(const char *p, bool bytes[256])
{
	bool not = *p == '!' || *p == '^';
	const char *first = p + not ;

	memset(bytes, not, 256);
	for (p = first; *p && (*p != ']' || p == first); p++) {
		unsigned low = (unsigned char)*p, high = low;

		if (p[1] == '-' && p[2] && p[2] != ']') {
			high = (unsigned char)p[2];
			p += 2;
		}
		for (; low <= high; low++)
			bytes[low] = !not ;
	}
	return *p ? p + 1 : p;
}

static int read_pattern(const char *text, struct pattern *out)
{
	memset(out, 0, sizeof(*out));
	out->starts = 1;
	for (const char *p = text;; out->count++) {
		unsigned at = out->count;

		if (at + 1 >= PLACES_MAX)
			return -1;
		if (*p == '\0' || *p == '|') {
			out->last[at] = true;
			if (*p == '\0')
				break;
			out->starts |= UINT64_C(1) << (at + 1);
			p++;
		} else if (*p == '*') {
			out->star[at] = true;
			p++;
		} else if (*p == '?') {
			memset(out->bytes[at], true, 256);
			p++;
		} else if (*p == '[') {
			p = read_set(p + 1, out->bytes[at]);
		} else {
			out->bytes[at][(unsigned char)*p++] = true;
		}
	}
	out->count++;
	return 0;
}

/* Places that need no byte more: behind each star. */
static uint64_t settle(const struct pattern *p, uint64_t set)
{
	for (unsigned i = 0; i < p->count; i++)
		if (p->star[i] && set >> i & 1)
			set |= UINT64_C(1) << (i + 1);
	return set;
}

static uint64_t step(const struct pattern *p, uint64_t set, unsigned byte)
{
	uint64_t next = 0;

	for (unsigned i = 0; i < p->count; i++) {
		if (!(set >> i & 1))
			continue;
		if (p->star[i])
			next |= UINT64_C(1) << i;
		else if (p->bytes[i][byte])
			next |= UINT64_C(1) << (i + 1);
	}
	return settle(p, next);
}

static bool accepts(const struct pattern *p, uint64_t set)
{
	for (unsigned i = 0; i < p->count; i++)
		if (p->last[i] && set >> i & 1)
			return true;
	return false;
}

struct pairs {
	uint64_t items[PAIRS_MAX][2];
	size_t count;
};

static void add_pair(struct pairs *all, uint64_t a, uint64_t b)
{
	for (size_t i = 0; i < all->count; i++)
		if (all->items[i][0] == a && all->items[i][1] == b)
			return;
	if (all->count < PAIRS_MAX) {
		all->items[all->count][0] = a;
		all->items[all->count++][1] = b;
	}
}

/* Whether some value fits a, and b too (both) or b not (!both). Too many sets count as one. */
static bool some_value(const char *text_a, const char *text_b, bool both)
{
	CLEANUP_FREE struct pattern *a = mem_must(malloc(sizeof(*a)));
	CLEANUP_FREE struct pattern *b = mem_must(malloc(sizeof(*b)));
	CLEANUP_FREE struct pairs *all = mem_must(malloc(sizeof(*all)));

	if (read_pattern(text_a, a) || read_pattern(text_b, b))
		return true;
	all->count = 0;
	add_pair(all, settle(a, a->starts), settle(b, b->starts));
	for (size_t i = 0; i < all->count; i++) {
		uint64_t in_a = all->items[i][0], in_b = all->items[i][1];

		if (accepts(a, in_a) && accepts(b, in_b) == both)
			return true;
		for (unsigned byte = 1; byte < 256 && in_a; byte++)
			add_pair(all, step(a, in_a, byte), step(b, in_b, byte));
	}
	return all->count == PAIRS_MAX;
}

/* --- rules ----------------------------------------------------------------------------------- */

/* Whether ours says what theirs asks for. */
static bool implies(const struct match *ours, const struct match *theirs)
{
	if (!str_eq(ours->key, theirs->key))
		return false;
	if (!ours->not )
		return !some_value(ours->pattern, theirs->pattern, theirs->not );
	return theirs->not &&!some_value(theirs->pattern, ours->pattern, false);
}

static bool within(const struct rule *ours, const struct rule *theirs)
{
	for (size_t i = 0; i < theirs->count; i++) {
		bool said = false;

		for (size_t k = 0; k < ours->count && !said; k++)
			said = implies(&ours->matches[k], &theirs->matches[i]);
		if (!said)
			return false;
	}
	return true;
}

/* One KEY OP "VALUE" at *at; true when it is a match. What assigns is passed over. */
static bool read_match(char **at, struct match *m)
{
	char *key = *at + strspn(*at, " \t,");
	char *op = key + strcspn(key, "=!+-:");
	char *value = strchr(op, '"');
	char *end = value ? strchr(value + 1, '"') : NULL;
	bool is_match;

	if (!end) {
		*at += strlen(*at);
		return false;
	}
	is_match = str_starts(op, "==") || str_starts(op, "!=");
	*m = (struct match){ .key = key, .pattern = value + 1, .not = *op == '!' };
	*op = *end = '\0';
	*at = end + 1;
	return is_match;
}

static bool is_tag(const struct rule *r)
{
	return r->count && str_eq(r->matches[0].key, "TAG");
}

/* Rules that begin with a tag run the helper and give no device to anyone. */
static int read_rules(const char *file, struct rules *out, struct err *e)
{
	size_t size;

	out->count = 0;
	out->text = fd_read_file(file, FILE_MAX, &size, e);
	if (!out->text)
		return -1;
	for (char *next = out->text, *line; (line = strsep(&next, "\n"));) {
		struct rule *r = &out->items[out->count];

		*r = (struct rule){ .count = 0 };
		while (*line && *line != '#' && r->count < MATCHES_MAX)
			r->count += read_match(&line, &r->matches[r->count]);
		if (out->count + 1 < RULES_MAX && r->count && !is_tag(r))
			out->count++;
	}
	return 0;
}

static void print_rule(const struct rule *r)
{
	printf("udev:");
	for (size_t i = 0; i < r->count; i++)
		printf("%s %s%s\"%s\"", i ? "," : "", r->matches[i].key,
		       r->matches[i].not ? "!=" : "==", r->matches[i].pattern);
	puts("");
}

static int compare_rules(const struct rules *ours, const struct rules *theirs)
{
	int surplus = 0;

	for (size_t i = 0; i < ours->count; i++) {
		bool found = false;

		for (size_t k = 0; k < theirs->count && !found; k++)
			found = within(&ours->items[i], &theirs->items[k]);
		if (!found)
			print_rule(&ours->items[i]);
		surplus += !found;
	}
	return surplus;
}

int compare_udev(const char *ours, const char *theirs, struct err *e)
{
	CLEANUP_FREE struct rules *a = mem_must(calloc(1, sizeof(*a)));
	CLEANUP_FREE struct rules *b = mem_must(calloc(1, sizeof(*b)));
	int result = -1;

	if (!read_rules(ours, a, e) && !read_rules(theirs, b, e))
		result = compare_rules(a, b);
	free(a->text);
	free(b->text);
	return result;
}
