/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base.h"
#include "cleanup.h"
#include "num.h"
#include "path.h"
#include "str.h"

#define BLOCK	   512u
#define PAX_MAX	   (1u << 20)
#define PAX_DIGITS 20

/* POSIX.1-2017, pax, "ustar Interchange Format". */
struct header {
	char name[100];
	char mode[8];
	char uid[8];
	char gid[8];
	char size[12];
	char mtime[12];
	char checksum[8];
	char type;
	char link[100];
	char magic[8];
	char uname[32];
	char gname[32];
	char major[8];
	char minor[8];
	char prefix[155];
	char pad[12];
};
_Static_assert(sizeof(struct header) == BLOCK, "one block");

struct tar {
	struct base_scan *s;
	int fd;
	uint64_t size;
	uint64_t at;
	/* From extended headers, for the next member only. */
	const char *path, *link;
	uint64_t pax_size, pax_uid, pax_gid;
	bool has_size, has_uid, has_gid;
};

static int refuse(struct tar *t, const char *why)
{
	return model_base_refuse(
		t->s, mem_printf(t->s->a, "at byte %llu", (unsigned long long)t->at), why);
}

static int read_at(struct tar *t, void *buf, size_t len)
{
	size_t used = 0;

	if (len > t->size - t->at)
		return refuse(t, "the archive is cut off");
	while (used < len) {
		ssize_t n = pread(t->fd, (char *)buf + used, len - used, (off_t)(t->at + used));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return refuse(t, n ? strerror(errno) : "the archive is cut off");
		used += (size_t)n;
	}
	return 0;
}

/* Octal digits, ended by blank or NUL; or, with the first bit set, a binary number (GNU). */
static int number(const char *field, size_t len, uint64_t *out)
{
	const unsigned char *p = (const unsigned char *)field;
	uint64_t value = 0;
	size_t i = 0;

	if (p[0] == 0x80) {
		for (i = 1; i < len; i++) {
			if (value >> 55)
				return -1;
			value = value << 8 | p[i];
		}
		*out = value;
		return 0;
	}
	while (i < len && p[i] == ' ')
		i++;
	for (; i < len && p[i] >= '0' && p[i] <= '7'; i++)
		value = value << 3 | (uint64_t)(p[i] - '0'); /* 12 digits at most */
	if (i < len && p[i] != ' ' && p[i] != '\0')
		return -1;
	*out = value;
	return 0;
}

static bool checksum_fits(const struct header *h)
{
	const unsigned char *p = (const unsigned char *)h;
	uint64_t sum = 0;
	uint64_t said;

	for (size_t i = 0; i < BLOCK; i++) {
		bool own = i >= offsetof(struct header, checksum) &&
			   i < offsetof(struct header, checksum) + sizeof(h->checksum);

		sum += own ? ' ' : p[i];
	}
	return number(h->checksum, sizeof(h->checksum), &said) == 0 && sum == said;
}

static uint64_t blocks(uint64_t size)
{
	return (size + BLOCK - 1) / BLOCK * BLOCK;
}

/* Content of an extended header, NUL-terminated, in the arena. */
static char *read_text(struct tar *t, uint64_t size)
{
	char *text;

	if (size > PAX_MAX) {
		(void)refuse(t, "an extended header is too large");
		return NULL;
	}
	text = mem_alloc(t->s->a, (size_t)size + 1);
	return read_at(t, text, (size_t)size) ? NULL : text;
}

static int pax_value(struct tar *t, const char *key, const char *value)
{
	const struct {
		const char *key;
		uint64_t *out;
		bool *has;
	} numbers[] = {
		{ "size", &t->pax_size, &t->has_size },
		{ "uid", &t->pax_uid, &t->has_uid },
		{ "gid", &t->pax_gid, &t->has_gid },
	};

	if (str_eq(key, "path"))
		t->path = value;
	if (str_eq(key, "linkpath"))
		t->link = value;
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		if (!str_eq(key, numbers[i].key))
			continue;
		if (num_parse(value, 0, INT64_MAX, numbers[i].out, NULL))
			return refuse(t, "a number of an extended header is wrong");
		*numbers[i].has = true;
	}
	/* Sparse members would have another layout than the size says. */
	return str_starts(key, "GNU.sparse") ? refuse(t, "a sparse file") : 0;
}

/* Records "LENGTH KEY=VALUE\n", the length counting itself. */
static int read_pax(struct tar *t, uint64_t size)
{
	char *text = read_text(t, size);
	char *end = text ? text + size : NULL;

	while (text && text < end) {
		char digits[PAX_DIGITS + 1] = "";
		size_t n = strspn(text, "0123456789");
		uint64_t len;
		char *equals;

		if (n == 0 || n > PAX_DIGITS || text[n] != ' ')
			return refuse(t, "an extended header is wrong");
		memcpy(digits, text, n);
		if (num_parse(digits, n + 3, (uint64_t)(end - text), &len, NULL) ||
		    text[len - 1] != '\n')
			return refuse(t, "an extended header is wrong");
		text[len - 1] = '\0';
		equals = strchr(text + n + 1, '=');
		if (!equals || strlen(text) != len - 1)
			return refuse(t, "an extended header is wrong");
		*equals = '\0';
		if (pax_value(t, text + n + 1, equals + 1))
			return -1;
		text += len;
	}
	return text ? 0 : -1;
}

/* "./usr/bin/" as "/usr/bin". NULL for the root itself. */
static const char *clean(struct tar *t, const char *path)
{
	size_t len;

	while (*path == '/' || (path[0] == '.' && path[1] == '/'))
		path++;
	len = strlen(path);
	while (len && path[len - 1] == '/')
		len--;
	if (len == 0 || (len == 1 && *path == '.'))
		return NULL;
	return mem_printf(t->s->a, "/%.*s", (int)len, path);
}

static const char *header_path(struct tar *t, const struct header *h)
{
	const char *name = mem_strndup(t->s->a, h->name, strnlen(h->name, sizeof(h->name)));

	if (t->path)
		return t->path;
	/* GNU's old format has other things there, and another magic: "ustar  ". */
	if (memcmp(h->magic, "ustar\0", 6) == 0 && h->prefix[0])
		return mem_printf(t->s->a, "%.*s/%s", (int)sizeof(h->prefix), h->prefix, name);
	return name;
}

static int read_numbers(struct tar *t, const struct header *h, struct model_base_entry *e)
{
	uint64_t mode, uid, gid;
	uint64_t maj = 0;
	uint64_t min = 0;
	bool device = e->type == '3' || e->type == '4';

	if (number(h->mode, sizeof(h->mode), &mode) || number(h->uid, sizeof(h->uid), &uid) ||
	    number(h->gid, sizeof(h->gid), &gid) ||
	    (device && (number(h->major, sizeof(h->major), &maj) ||
			number(h->minor, sizeof(h->minor), &min))))
		return refuse(t, "a number is wrong");
	uid = t->has_uid ? t->pax_uid : uid;
	gid = t->has_gid ? t->pax_gid : gid;
	if (uid > UINT32_MAX - 1 || gid > UINT32_MAX - 1 || maj > 4095 || min > 1048575)
		return refuse(t, "a number is too large");
	e->mode = (unsigned)mode & 07777;
	e->uid = (unsigned)uid;
	e->gid = (unsigned)gid;
	e->major = (unsigned)maj;
	e->minor = (unsigned)min;
	return 0;
}

static int add_member(struct tar *t, const struct header *h, uint64_t size)
{
	struct model_base_entry e = { .type = h->type ? h->type : '0' };
	const char *link = t->link;

	e.path = clean(t, header_path(t, h));
	if (e.type == '7')
		e.type = '0'; /* contiguous: as a regular file */
	if (e.type < '0' || e.type > '6')
		return refuse(t, "a member of unknown type");
	if (!e.path)
		return e.type == '5' ? 0 : refuse(t, "a member without a name");
	if (!link)
		link = mem_strndup(t->s->a, h->link, strnlen(h->link, sizeof(h->link)));
	if (e.type == '1')
		e.link = clean(t, link);
	if (e.type == '2')
		e.link = link;
	if ((e.type == '1' && (!e.link || !path_is_clean(e.link))) || (e.type == '2' && !*e.link))
		return refuse(t, "a link without a target");
	if (read_numbers(t, h, &e))
		return -1;
	e.size = e.type == '0' ? size : 0;
	e.data = t->at;
	return model_base_add(t->s, &e);
}

/* One header and what belongs to it; t->at is behind the header. */
static int read_member(struct tar *t, const struct header *h, uint64_t size)
{
	switch (h->type) {
	case 'x':
		return read_pax(t, size);
	case 'L':
		t->path = read_text(t, size);
		return t->path ? 0 : -1;
	case 'K':
		t->link = read_text(t, size);
		return t->link ? 0 : -1;
	case 'g': /* comments of git and the like; sizes or names for all members make no sense */
		return 0;
	default:
		if (add_member(t, h, size))
			return -1;
		t->path = t->link = NULL;
		t->has_size = t->has_uid = t->has_gid = false;
		return 0;
	}
}

/* Links, devices and folders have no content, whatever their size says. */
static bool has_content(char type)
{
	return !strchr("123456", type) || type == '\0';
}

int model_base_read_tar(struct base_scan *s, int fd, uint64_t size)
{
	static const struct header zero = { 0 };
	struct tar t = { .s = s, .fd = fd, .size = size };
	struct header h;

	for (;;) {
		uint64_t content;

		if (read_at(&t, &h, sizeof(h)))
			return -1;
		if (memcmp(&h, &zero, sizeof(h)) == 0)
			return 0;
		if (memcmp(h.magic, "ustar", 5) != 0 || !checksum_fits(&h))
			return refuse(&t, "not a tar archive, or a compressed one");
		t.at += sizeof(h);
		if (number(h.size, sizeof(h.size), &content))
			return refuse(&t, "a size is wrong");
		if (t.has_size && (!h.type || !strchr("xLKg", h.type)))
			content = t.pax_size;
		if (!has_content(h.type))
			content = 0;
		if (content > t.size - t.at)
			return refuse(&t, "the archive is cut off");
		if (read_member(&t, &h, content))
			return -1;
		t.at += blocks(content) > t.size - t.at ? t.size - t.at : blocks(content);
	}
}
