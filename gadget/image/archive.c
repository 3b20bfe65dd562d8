/* SPDX-License-Identifier: Apache-2.0 */
/* Writers of tar (pax) and cpio (newc). */
#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "mem.h"
#include "str.h"
#include "tool.h"
#include "tree.h"

#define CHUNK (128u * 1024u)

/* POSIX.1-2001 pax interchange format, "ustar Header Block". */
struct tar_header {
	char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8];
	char type, link[100], magic[6], version[2], user[32], group[32], major[8], minor[8];
	char prefix[155], padding[12];
};

_Static_assert(sizeof(struct tar_header) == 512, "tar header layout");

static int put_padding(int fd, uint64_t len, unsigned unit, struct err *err)
{
	static const char zeros[512];

	return image_put(fd, zeros, (size_t)((unit - len % unit) % unit), err);
}

/* The content of a file entry: exactly e->size bytes, or an error. */
static int put_content(const struct image_entry *e, int fd, struct err *err)
{
	CLEANUP_FREE char *buf = mem_must(malloc(CHUNK));
	CLEANUP_FD int in = -1;
	uint64_t whole;

	if (!e->source)
		return image_put(fd, e->bytes, (size_t)e->size, err);
	in = image_open(e->source, &whole, err);
	if (in < 0)
		return -1;
	if (whole < e->offset || whole - e->offset < e->size)
		return err_input(err,
				 "cannot read %s: %llu bytes at %llu are asked for, it has %llu",
				 e->source, (unsigned long long)e->size,
				 (unsigned long long)e->offset, (unsigned long long)whole);
	for (uint64_t done = 0; done < e->size;) {
		size_t want = e->size - done < CHUNK ? (size_t)(e->size - done) : CHUNK;
		ssize_t n = pread(in, buf, want, (off_t)(e->offset + done));

		if (n < 0)
			return err_sys(err, "cannot read %s", e->source);
		if (n == 0)
			return err_env(err, "cannot read %s: it became shorter", e->source);
		if (image_put(fd, buf, (size_t)n, err) < 0)
			return -1;
		done += (uint64_t)n;
	}
	return 0;
}

static void fill_header(struct tar_header *h, const struct image_entry *e)
{
	unsigned sum = 0;

	snprintf(h->mode, sizeof(h->mode), "%07o", e->mode & 07777);
	snprintf(h->uid, sizeof(h->uid), "%07o", e->uid & 07777777);
	snprintf(h->gid, sizeof(h->gid), "%07o", e->gid & 07777777);
	snprintf(h->size, sizeof(h->size), "%011llo",
		 e->type == '0' || e->type == 'x' ? (unsigned long long)e->size & 077777777777ull
						  : 0);
	snprintf(h->mtime, sizeof(h->mtime), "%011o", IMAGE_EPOCH);
	h->type = e->type;
	memcpy(h->magic, "ustar", 6);
	memcpy(h->version, "00", 2);
	memset(h->checksum, ' ', sizeof(h->checksum));
	for (size_t i = 0; i < sizeof(*h); i++)
		sum += ((unsigned char *)h)[i];
	snprintf(h->checksum, sizeof(h->checksum), "%06o", sum);
}

/* "LEN KEY=VALUE\n", LEN counting itself. */
static void add_bytes(struct str *s, const char *key, const char *value, size_t size)
{
	size_t rest = strlen(key) + size + 3, len = rest + 1, digits;

	for (;;) {
		digits = (size_t)snprintf(NULL, 0, "%zu", len);
		if (rest + digits == len)
			break;
		len = rest + digits;
	}
	str_printf(s, "%zu %s=", len, key);
	str_add_bytes(s, value, size);
	str_add(s, "\n");
}

static void add_record(struct str *s, const char *key, const char *value)
{
	add_bytes(s, key, value, strlen(value));
}

/* struct vfs_cap_data, include/uapi/linux/capability.h: little-endian, the low half first. */
static void add_caps(struct str *s, uint64_t caps)
{
	const uint32_t words[] = { VFS_CAP_REVISION_2, (uint32_t)caps, 0, (uint32_t)(caps >> 32),
				   0 };
	char bytes[sizeof(words)];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(words[i / 4] >> i % 4 * 8);
	if (caps)
		add_bytes(s, "SCHILY.xattr.security.capability", bytes, sizeof(bytes));
}

static void add_number(struct str *s, const char *key, uint64_t value, uint64_t above)
{
	char text[24];

	if (value <= above)
		return;
	snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
	add_record(s, key, text);
}

/* What the plain header has no room for goes into an extended header before it. */
static int put_extended(const struct image_entry *e, const char *name, int fd, struct err *err)
{
	struct image_entry x = { .path = "pax", .type = 'x', .mode = 0644 };
	struct tar_header h = { 0 };
	CLEANUP_STR struct str s = { 0 };

	if (strlen(name) >= sizeof(h.name))
		add_record(&s, "path", name);
	if (e->type == '2' && strlen(e->link) >= sizeof(h.link))
		add_record(&s, "linkpath", e->link);
	add_number(&s, "size", e->type == '0' ? e->size : 0, 077777777777ull);
	add_number(&s, "uid", e->uid, 07777777);
	add_number(&s, "gid", e->gid, 07777777);
	add_caps(&s, e->caps);
	if (!s.len)
		return 0;
	x.size = s.len;
	memcpy(h.name, "pax", 4);
	fill_header(&h, &x);
	if (image_put(fd, &h, sizeof(h), err) < 0 || image_put(fd, s.text, s.len, err) < 0)
		return -1;
	return put_padding(fd, s.len, 512, err);
}

static int put_tar_entry(const struct image_entry *e, int fd, struct err *err)
{
	struct tar_header h = { 0 };
	const char *name = e->path + 1;

	if (!*name)
		name = "./";
	if (put_extended(e, name, fd, err) < 0)
		return -1;
	memcpy(h.name, name, strnlen(name, sizeof(h.name) - 1));
	if (e->type == '2')
		memcpy(h.link, e->link, strnlen(e->link, sizeof(h.link) - 1));
	fill_header(&h, e);
	if (image_put(fd, &h, sizeof(h), err) < 0)
		return -1;
	if (e->type != '0')
		return 0;
	return put_content(e, fd, err) < 0 ? -1 : put_padding(fd, e->size, 512, err);
}

int image_tar_write(const struct image_tree *t, int fd, struct err *err)
{
	static const char end[1024];

	for (size_t i = 0; i < t->count; i++) {
		if (put_tar_entry(&t->items[i], fd, err) < 0)
			return err_prefix(err, "cannot write %s", t->items[i].path);
	}
	return image_put(fd, end, sizeof(end), err);
}

/* --- cpio: Documentation/driver-api/early-userspace/buffer-format.rst of Linux ---------------- */

static int put_cpio_entry(const struct image_entry *e, const char *name, unsigned ino, int fd,
			  struct err *err)
{
	unsigned type = e->type == '5' ? S_IFDIR : e->type == '2' ? S_IFLNK : S_IFREG;
	uint64_t size = e->type == '0' ? e->size : e->type == '2' ? strlen(e->link) : 0;
	char head[111];

	if (size > UINT32_MAX)
		return err_input(err, "cannot write %s: cpio holds at most 4 GiB", name);
	snprintf(head, sizeof(head), "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X",
		 ino, ino ? type | e->mode : 0, e->uid, e->gid, e->type == '5' ? 2 : 1, 0u,
		 (unsigned)size, 0u, 0u, 0u, 0u, (unsigned)strlen(name) + 1, 0u);
	if (image_put(fd, head, 110, err) < 0 || image_put(fd, name, strlen(name) + 1, err) < 0 ||
	    put_padding(fd, 110 + strlen(name) + 1, 4, err) < 0)
		return -1;
	if (e->type == '2' && image_put(fd, e->link, strlen(e->link), err) < 0)
		return -1;
	if (e->type == '0' && put_content(e, fd, err) < 0)
		return -1;
	return put_padding(fd, size, 4, err);
}

int image_cpio_write(const struct image_tree *t, int fd, struct err *err)
{
	struct image_entry end = { .path = "/", .type = '0', .bytes = "" };

	for (size_t i = 0; i < t->count; i++) {
		const struct image_entry *e = &t->items[i];
		const char *name = str_eq(e->path, "/") ? "." : e->path + 1;

		if (put_cpio_entry(e, name, (unsigned)i + 1, fd, err) < 0)
			return err_prefix(err, "cannot write %s", e->path);
	}
	return put_cpio_entry(&end, "TRAILER!!!", 0, fd, err);
}

static bool has_caps(const struct image_tree *t)
{
	for (size_t i = 0; i < t->count; i++)
		if (t->items[i].caps)
			return true;
	return false;
}

int image_squashfs_write(const struct image_tree *t, const char *path, struct err *err)
{
	const struct image_entry *root = image_tree_find(t, "/");
	/* Of no file but where a tree says so. */
	const char *xattrs = has_caps(t) ? "-xattrs" : "-no-xattrs";
	char mode[8];
	/* The root directory's own entry is not taken from the tar by sqfstar 4.5. */
	const char *const argv[] = { "sqfstar",	     "-comp",
				     "zstd",	     "-b",
				     "128K",	     "-reproducible",
				     xattrs,	     "-quiet",
				     "-no-progress", "-exit-on-error",
				     "-root-mode",   mode,
				     path,	     NULL };
	/* It gives that directory to whoever runs it, -root-uid or not (seen with 4.5.1). */
	struct image_child c = { .in = -1, .messages = -1, .as_root = true };
	struct err first = { 0 };

	snprintf(mode, sizeof(mode), "%o", root->mode & 0777);
	if (image_child_start(argv, true, &c, err) < 0)
		return -1;
	if (image_tar_write(t, c.in, &first) < 0) {
		bool gone = first.sys == EPIPE || first.sys == ECONNRESET;

		/* A reader that died says why; anything else is our own reason. */
		if (gone && image_child_wait(&c, err) < 0)
			return -1;
		if (!gone)
			image_child_abort(&c);
		*err = first;
		return -1;
	}
	return image_child_wait(&c, err);
}
