/* SPDX-License-Identifier: Apache-2.0 */
#include "meta.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "cleanup.h"
#include "fd.h"
#include "num.h"
#include "str.h"

const struct meta_node *meta_load(struct mem_arena *a, const char *path, const char *name,
				  struct meta_diag *d)
{
	/* O_NONBLOCK: a FIFO in the place of the file must not hang the reader. */
	CLEANUP_FD int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	CLEANUP_FREE char *text = NULL;
	struct meta_loc loc = { .file = name };
	struct err e = { 0 };
	size_t len = 0;

	if (fd < 0 && errno == ELOOP)
		(void)err_input(&e, "cannot open %s: it is a symbolic link", name);
	else if (fd < 0)
		(void)err_sys(&e, "cannot open %s", name);
	else
		text = fd_read_all(fd, name, META_SIZE_MAX, &len, &e);
	if (!text) {
		(void)meta_fail_file(d, &loc, &e);
		return NULL;
	}
	return meta_parse(a, text, len, name, d);
}

const struct meta_node *meta_get(const struct meta_node *n, const char *key)
{
	if (!n || n->kind != META_MAP)
		return NULL;
	for (size_t i = 0; i < n->count; i++)
		if (str_eq(n->keys[i]->text, key))
			return n->items[i];
	return NULL;
}

const char *meta_kind_name(const struct meta_node *n)
{
	static const char *const names[] = {
		[META_NULL] = "nothing",
		[META_SCALAR] = "text",
		[META_LIST] = "a list",
		[META_MAP] = "a map",
	};

	return n ? names[n->kind] : names[META_NULL];
}

/* "cannot use KEY: expected WANT, got ...", with the text itself where there is one. */
static int refuse(const struct meta_node *n, const char *key, const char *want, struct meta_diag *d)
{
	if (n->kind == META_SCALAR)
		return meta_error(d, &n->loc, "cannot use %s: expected %s, got %s\"%.200s\"", key,
				  want, n->plain ? "" : "quoted ", n->text);
	return meta_error(d, &n->loc, "cannot use %s: expected %s, got %s", key, want,
			  meta_kind_name(n));
}

int meta_text(const struct meta_node *n, const char *key, const char **out, struct meta_diag *d)
{
	if (n->kind != META_SCALAR)
		return refuse(n, key, "text", d);
	*out = n->text;
	return 0;
}

int meta_bool(const struct meta_node *n, const char *key, bool *out, struct meta_diag *d)
{
	static const struct {
		const char *text;
		bool value;
	} words[] = {
		{ "true", true },   { "True", true },	{ "TRUE", true },
		{ "false", false }, { "False", false }, { "FALSE", false },
	};

	for (size_t i = 0; n->kind == META_SCALAR && n->plain && i < ARRAY_SIZE(words); i++) {
		if (str_eq(n->text, words[i].text)) {
			*out = words[i].value;
			return 0;
		}
	}
	return refuse(n, key, "true or false", d);
}

/* Octal as YAML 1.2 writes it; num.h has no base 8 since nothing else needs it. */
static int parse_octal(const char *text, uint64_t *out)
{
	uint64_t value = 0;

	if (!*text)
		return -1;
	for (; *text; text++) {
		if (*text < '0' || *text > '7' || value > UINT64_MAX >> 3)
			return -1;
		value = value << 3 | (uint64_t)(*text - '0');
	}
	*out = value;
	return 0;
}

static int parse_int(const char *text, int64_t *out)
{
	bool negative = *text == '-';
	uint64_t value = 0;
	int status;

	if (str_starts(text, "0x"))
		status = num_parse_hex(text + 2, 0, INT64_MAX, &value, NULL);
	else if (str_starts(text, "0o"))
		status = parse_octal(text + 2, &value);
	else
		status = num_parse(text + (negative || *text == '+'), 0, INT64_MAX, &value, NULL);
	if (status || value > INT64_MAX)
		return -1;
	*out = negative ? -(int64_t)value : (int64_t)value;
	return 0;
}

int meta_int(const struct meta_node *n, const char *key, struct meta_range range, int64_t *out,
	     struct meta_diag *d)
{
	int64_t value;

	if (n->kind != META_SCALAR || !n->plain || parse_int(n->text, &value))
		return refuse(n, key, "a number", d);
	if (value < range.min || value > range.max)
		return meta_error(d, &n->loc, "cannot use %s: %s is not in %jd..%jd", key, n->text,
				  (intmax_t)range.min, (intmax_t)range.max);
	*out = value;
	return 0;
}

static bool in_list(const char *name, const char *const *names)
{
	for (; *names; names++)
		if (str_eq(*names, name))
			return true;
	return false;
}

#define DISTANCE_MAX 64

static unsigned min3(unsigned a, unsigned b, unsigned c)
{
	unsigned m = a < b ? a : b;

	return m < c ? m : c;
}

/*
 * Edit distance of two names (insert, delete, replace, swap of neighbours), cut at limit + 1. Names
 * longer than DISTANCE_MAX bytes answer limit + 1.
 */
static unsigned distance_of(const char *a, const char *b, unsigned limit)
{
	unsigned d[DISTANCE_MAX + 1][DISTANCE_MAX + 1];
	size_t n = strlen(a), m = strlen(b);

	if (n > DISTANCE_MAX || m > DISTANCE_MAX)
		return limit + 1;
	for (size_t i = 0; i <= n; i++)
		d[i][0] = (unsigned)i;
	for (size_t j = 0; j <= m; j++)
		d[0][j] = (unsigned)j;
	for (size_t i = 1; i <= n; i++) {
		for (size_t j = 1; j <= m; j++) {
			unsigned cost = a[i - 1] != b[j - 1];

			d[i][j] = min3(d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + cost);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				d[i][j] = min3(d[i][j], d[i - 2][j - 2] + 1, d[i][j]);
		}
	}
	return d[n][m] <= limit ? d[n][m] : limit + 1;
}

/* In a short name two edits make any other. */
static unsigned edits_allowed(size_t len)
{
	if (len <= 4)
		return len > 1 ? 1 : 0;
	return len <= 8 ? 2 : 3;
}

const char *meta_nearest(const char *name, const char *const *names)
{
	unsigned limit = edits_allowed(strlen(name));
	unsigned least = limit + 1;
	const char *best = NULL;

	for (; *names; names++) {
		unsigned distance = distance_of(name, *names, limit);

		if (distance < least) {
			least = distance;
			best = *names;
		}
	}
	return best;
}

int meta_known_keys(const struct meta_node *n, const char *const *known, bool strict,
		    struct meta_diag *d)
{
	int status = 0;

	for (size_t i = 0; n->kind == META_MAP && i < n->count; i++) {
		const struct meta_node *key = n->keys[i];
		const char *nearest;

		if (in_list(key->text, known))
			continue;
		if (strict)
			status = meta_error(d, &key->loc, "cannot use key \"%s\": unknown",
					    key->text);
		else
			meta_warn(d, &key->loc, "cannot use key \"%s\": unknown", key->text);
		nearest = meta_nearest(key->text, known);
		if (nearest)
			meta_hint(d, "did you mean \"%s\"?", nearest);
	}
	return status;
}
