/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a squashfs file holds, as unsquashfs lists it, before a byte of it is written: as root,
 * unsquashfs would make device nodes and set-id files, and a small file may unpack to any size.
 */
#include "listing.h"

#include <stdlib.h>
#include <string.h>

#include "guard.h"
#include "num.h"
#include "str.h"

/* The largest snaps that are known have a tenth of either. */
#define ENTRIES_MAX 100000u
#define BYTES_MAX   (UINT64_C(4) << 30)

struct entry {
	const char *path;
	size_t len;
};

struct listing {
	const struct reader *r;
	struct tree *t;
	struct entry *entries;
	size_t count, room;
	uint64_t bytes;
};

int model_listing_refuse(const struct reader *r, const char *name, const char *why)
{
	struct meta_loc loc = { .file = name };

	return meta_error(r->d, &loc, "cannot unpack snap: %s", why);
}

static int refuse(const struct listing *l, const char *why)
{
	return model_listing_refuse(l->r, l->t->name, why);
}

static int check_type(const struct listing *l, const char *line)
{
	if (strchr("cb", line[0]) && GUARD(listing_node))
		return refuse(l, "it holds a device node");
	if (strchr("ps", line[0]) && GUARD(listing_fifo))
		return refuse(l, "it holds a FIFO or a socket");
	return 0;
}

static int add_size(struct listing *l, const char *text, size_t len)
{
	uint64_t size;

	if (num_parse(mem_strndup(l->r->a, text, len), 0, INT64_MAX, &size, NULL))
		return refuse(l, "its listing cannot be read");
	/* Each link of a file counts: this can only be too much. */
	l->bytes += size;
	if ((size > BYTES_MAX || l->bytes > BYTES_MAX) && GUARD(listing_size))
		return refuse(l, "its files are larger than 4 GiB");
	return 0;
}

/* Old unsquashfs went out of its folder through these (CVE-2021-40153). */
static bool has_dots(const char *path, size_t len)
{
	for (size_t at = 0; at < len; at++) {
		size_t n = 0;

		while (at + n < len && path[at + n] != '/')
			n++;
		if ((n == 1 && path[at] == '.') || (n == 2 && strncmp(path + at, "..", 2) == 0))
			return true;
		at += n;
	}
	return false;
}

static int add_path(struct listing *l, const char *path, size_t len)
{
	if (has_dots(path, len) && GUARD(listing_dots))
		return refuse(l, "it holds a name with \".\" or \"..\" in it");
	if (l->count >= ENTRIES_MAX)
		return refuse(l, "it holds more than 100000 files");
	l->entries = mem_grow(l->r->a, l->entries, l->count, &l->room, sizeof(*l->entries));
	l->entries[l->count++] = (struct entry){ path, len };
	return 0;
}

/* As below the snap: unsquashfs calls the folder squashfs-root. */
static void add_set_id(struct listing *l, const char *path, size_t len)
{
	const char *slash = memchr(path, '/', len);
	size_t skip = slash ? (size_t)(slash - path) + 1 : 0;
	const struct tree_lent lent = { mem_strndup(l->r->a, path + skip, len - skip), TREE_SET_ID,
					true };

	model_tree_lend(l->r, l->t, &lent);
}

/* One line of "unsquashfs -lln": "TYPE-AND-MODE UID/GID SIZE DATE TIME PATH", as ls -l has them. */
static int read_line(struct listing *l, const char *line, size_t len)
{
	const char *end = line + len;
	const char *fields[6];
	size_t i = 0;

	/* Lines of text before the listing begin with no type. */
	if (len < 10 || !strchr("-dlcbps", line[0]) || line[10] != ' ')
		return 0;
	if (check_type(l, line))
		return -1;
	for (const char *at = line; i < ARRAY_SIZE(fields) && at < end; i++) {
		fields[i] = at;
		while (at < end && *at != ' ')
			at++;
		while (at < end && *at == ' ')
			at++;
	}
	if (i < ARRAY_SIZE(fields))
		return refuse(l, "its listing cannot be read");
	if (line[0] == '-' && add_size(l, fields[2], strcspn(fields[2], " ")))
		return -1;
	len = (size_t)(end - fields[5]);
	if (line[0] == 'l')
		for (size_t at = 0; at + 4 <= len; at++)
			if (strncmp(fields[5] + at, " -> ", 4) == 0)
				len = at;
	if (line[0] == '-' && (strchr("sS", line[3]) || strchr("sS", line[6])))
		add_set_id(l, fields[5], len);
	return add_path(l, fields[5], len);
}

static int by_path(const void *pa, const void *pb)
{
	const struct entry *a = pa;
	const struct entry *b = pb;
	int order = memcmp(a->path, b->path, a->len < b->len ? a->len : b->len);

	return order ? order : (a->len > b->len) - (a->len < b->len);
}

/* A link and a folder of one name: old unsquashfs wrote through the former (CVE-2021-41072). */
static int check_unique(const struct listing *l)
{
	if (l->count)
		qsort(l->entries, l->count, sizeof(*l->entries), by_path);
	for (size_t i = 1; i < l->count; i++)
		if (by_path(&l->entries[i - 1], &l->entries[i]) == 0 && GUARD(listing_unique))
			return refuse(l, "it holds two files of one name");
	return 0;
}

int model_listing_check(const struct reader *r, struct tree *t, const char *text)
{
	struct listing l = { .r = r, .t = t };

	for (const char *at = text; *at;) {
		size_t n = strcspn(at, "\n");

		if (read_line(&l, at, n))
			return -1;
		at += n + (at[n] == '\n');
	}
	return check_unique(&l);
}
