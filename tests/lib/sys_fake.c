/* SPDX-License-Identifier: Apache-2.0 */
#include "sys_fake.h"

#include <asm/termbits.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "mem.h"
#include "str.h"
#include "sys.h"

#define FDS    256
#define PATHS  64
#define VALUES 16

struct path {
	char name[256];
	void *data;
	size_t len;
	int error;
	bool owned, placed;
	ino_t inode;
	uid_t uid;
	mode_t mode;
	uint32_t magic;
};

static struct {
	struct str text;
	unsigned calls, fail_at, act_at;
	void (*act)(void);
	struct path paths[PATHS];
	size_t path_count;
	char fds[FDS][256];
	bool dirs[FDS];
	bool fresh[FDS]; /* created by the caller: what is written can be read */
	struct {
		char call[32];
		long value;
	} values[VALUES];
	size_t value_count;
} fake;

/* --- the test's side ------------------------------------------------------------------------ */

void sys_fake_reset(void)
{
	for (size_t i = 0; i < fake.path_count; i++)
		free(fake.paths[i].data);
	str_free(&fake.text);
	memset(&fake, 0, sizeof(fake));
}

void sys_fake_act_at(unsigned n, void (*act)(void))
{
	fake.act_at = fake.calls + n;
	fake.act = act;
}

void sys_fake_fail_at(unsigned n)
{
	fake.fail_at = n ? fake.calls + n : 0;
}

const char *sys_fake_text(void)
{
	return str_text(&fake.text);
}

unsigned sys_fake_calls(void)
{
	return fake.calls;
}

static struct path *find(const char *path)
{
	for (size_t i = 0; i < fake.path_count; i++)
		if (str_eq(fake.paths[i].name, path))
			return &fake.paths[i];
	return NULL;
}

static struct path *find_or_add(const char *path)
{
	struct path *p = find(path);

	if (p)
		return p;
	if (fake.path_count == PATHS)
		abort();
	p = &fake.paths[fake.path_count++];
	snprintf(p->name, sizeof(p->name), "%s", path);
	return p;
}

void sys_fake_file(const char *path, const void *data, size_t len)
{
	struct path *p = find_or_add(path);

	free(p->data);
	p->data = mem_must(malloc(len + 1));
	memcpy(p->data, data, len);
	p->len = len;
	p->error = 0;
}

void sys_fake_missing(const char *path, int error)
{
	find_or_add(path)->error = error;
}

void sys_fake_owner(const char *path, uid_t uid, mode_t mode)
{
	struct path *p = find_or_add(path);

	p->owned = true;
	p->uid = uid;
	p->mode = mode;
}

void sys_fake_inode(const char *path, ino_t inode)
{
	find_or_add(path)->inode = inode;
}

void sys_fake_fs(const char *path, uint32_t magic)
{
	struct path *p = find_or_add(path);

	p->placed = true;
	p->magic = magic;
}

void sys_fake_value(const char *call, long value)
{
	if (fake.value_count == VALUES)
		abort();
	snprintf(fake.values[fake.value_count].call, sizeof(fake.values[0].call), "%s", call);
	fake.values[fake.value_count++].value = value;
}

long sys_fake_value_of(const char *call, long otherwise)
{
	for (size_t i = fake.value_count; i > 0; i--)
		if (str_eq(fake.values[i - 1].call, call))
			return fake.values[i - 1].value;
	return otherwise;
}

/* --- recording ------------------------------------------------------------------------------- */

static int record(const char *fmt, va_list ap) BASE_PRINTF(1, 0);
static int record(const char *fmt, va_list ap)
{
	char line[2048];

	vsnprintf(line, sizeof(line), fmt, ap);
	str_add(&fake.text, line);
	fake.calls++;
	if (fake.calls == fake.act_at)
		fake.act();
	if (fake.calls == fake.fail_at) {
		str_add(&fake.text, " = EIO\n");
		errno = EIO;
		return -1;
	}
	str_add(&fake.text, "\n");
	return 0;
}

int sys_fake_call(const char *fmt, ...)
{
	va_list ap;
	int r;

	va_start(ap, fmt);
	r = record(fmt, ap);
	va_end(ap);
	return r;
}

/* What cannot fail is told, and not counted. */
static void note(const char *fmt, ...) BASE_PRINTF(1, 2);
static void note(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fake.calls--;
	(void)!record(fmt, ap);
	va_end(ap);
}

const char *sys_fake_name(int fd)
{
	if (fd == AT_FDCWD)
		return ".";
	if (fd >= 0 && fd <= 2)
		return fd == 0 ? "stdin" : fd == 1 ? "stdout" : "stderr";
	/* A number that somebody else has got meanwhile is no memory file. */
	if (fd < 0 || fd >= FDS || fcntl(fd, F_GET_SEALS) < 0)
		return "?";
	return fake.fds[fd];
}

/* A real descriptor that is shown by that name. */
static int new_fd(const char *name, const struct path *p, bool dir)
{
	int fd = memfd_create("fake", MFD_CLOEXEC);

	if (fd < 0 || fd >= FDS)
		abort();
	if (p && p->data && (write(fd, p->data, p->len) != (ssize_t)p->len || lseek(fd, 0, 0)))
		abort();
	snprintf(fake.fds[fd], sizeof(fake.fds[0]), "%s", name);
	fake.dirs[fd] = dir;
	return fd;
}

static const char *open_flags(int flags, char text[128])
{
	static const struct {
		int flag;
		const char *name;
	} names[] = {
		{ O_PATH, "path" },    { O_DIRECTORY, "directory" }, { O_CREAT, "create" },
		{ O_EXCL, "new" },     { O_NONBLOCK, "nonblock" },   { O_NOCTTY, "noctty" },
		{ O_WRONLY, "write" }, { O_RDWR, "read-write" },
	};
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if ((flags & names[i].flag) == names[i].flag && names[i].flag)
			used += (size_t)snprintf(text + used, 128 - used, " %s", names[i].name);
	return text;
}

static int open_path(const char *call, int dirfd, const char *path, int flags)
{
	const struct path *p = find(path);
	char text[128];
	int fd;

	if (sys_fake_call("%s <%s> %s%s", call, sys_fake_name(dirfd), path,
			  open_flags(flags, text)))
		return -1;
	if (p && p->error && !(p->error == ENOENT && flags & O_CREAT)) {
		errno = p->error;
		return -1;
	}
	fd = new_fd(path, p, flags & O_DIRECTORY);
	fake.fresh[fd] = flags & O_CREAT;
	return fd;
}

int sys_fake_fd(const char *name)
{
	return new_fd(name, NULL, false);
}

/* --- files ----------------------------------------------------------------------------------- */

int sys_openat(int dirfd, const char *path, int flags, mode_t mode)
{
	(void)mode;
	return open_path("openat", dirfd, path, flags);
}

int sys_openat2(int dirfd, const char *path, const struct open_how *how)
{
	return open_path(how->resolve & RESOLVE_NO_SYMLINKS ? "openat2" : "openat2-links", dirfd,
			 path, (int)how->flags);
}

ssize_t sys_read(int fd, void *buf, size_t size)
{
	return sys_fake_call("read <%s>", sys_fake_name(fd)) ? -1 : read(fd, buf, size);
}

ssize_t sys_write(int fd, const void *buf, size_t size)
{
	const char *bytes = buf;

	if (fake.fresh[fd])
		sys_fake_file(sys_fake_name(fd), buf, size);
	for (size_t i = 0; i < size; i++)
		if (bytes[i] < ' ' || bytes[i] > '~')
			return sys_fake_call("write <%s> %zu bytes", sys_fake_name(fd), size)
				       ? -1
				       : (ssize_t)size;
	if (sys_fake_call("write <%s> \"%.*s\"", sys_fake_name(fd), (int)size, bytes))
		return -1;
	errno = (int)sys_fake_value_of(sys_fake_name(fd), 0);
	return errno ? -1 : (ssize_t)size;
}

ssize_t sys_pread(int fd, void *buf, size_t size, off_t offset)
{
	return sys_fake_call("read <%s>", sys_fake_name(fd)) ? -1 : pread(fd, buf, size, offset);
}

int sys_fstat(int fd, struct stat *st)
{
	const struct path *p = find(sys_fake_name(fd));

	if (sys_fake_call("fstat <%s>", sys_fake_name(fd)))
		return -1;
	memset(st, 0, sizeof(*st));
	st->st_ino = p && p->inode ? p->inode : 7;
	st->st_mode = fake.dirs[fd] ? S_IFDIR | 0700 : S_IFREG | 0600;
	if (p && p->owned) {
		st->st_uid = p->uid;
		st->st_mode = p->mode & S_IFMT ? p->mode : (st->st_mode & S_IFMT) | p->mode;
	}
	return 0;
}

int sys_fstatfs(int fd, struct statfs *st)
{
	const struct path *p = find(sys_fake_name(fd));

	if (sys_fake_call("fstatfs <%s>", sys_fake_name(fd)))
		return -1;
	memset(st, 0, sizeof(*st));
	st->f_type = (__typeof__(st->f_type))(p && p->placed ? p->magic : TMPFS_MAGIC);
	return 0;
}

int sys_flock(int fd, int operation)
{
	long error = sys_fake_value_of("flock", 0);

	(void)operation;
	if (sys_fake_call("flock <%s>", sys_fake_name(fd)))
		return -1;
	errno = (int)error;
	return error ? -1 : 0;
}

int sys_mkdirat(int dirfd, const char *path, mode_t mode)
{
	return sys_fake_call("mkdirat <%s> %s 0%o", sys_fake_name(dirfd), path, mode);
}

int sys_symlinkat(const char *text, int dirfd, const char *path)
{
	return sys_fake_call("symlinkat %s <%s> %s", text, sys_fake_name(dirfd), path);
}

int sys_unlinkat(int dirfd, const char *path, int flags)
{
	(void)flags;
	return sys_fake_call("unlinkat <%s> %s", sys_fake_name(dirfd), path);
}

/* What was written under the old name can be read under the new one. */
int sys_renameat(int from_fd, const char *from, int to_fd, const char *to)
{
	const struct path *p = find(from);

	if (sys_fake_call("renameat <%s> %s <%s> %s", sys_fake_name(from_fd), from,
			  sys_fake_name(to_fd), to))
		return -1;
	if (p)
		sys_fake_file(to, p->data, p->len);
	return 0;
}

int sys_fchown(int fd, uid_t uid, gid_t gid)
{
	return sys_fake_call("fchown <%s> %u %u", sys_fake_name(fd), uid, gid);
}

int sys_fchmod(int fd, mode_t mode)
{
	return sys_fake_call("fchmod <%s> 0%o", sys_fake_name(fd), mode);
}

int sys_fchdir(int fd)
{
	return sys_fake_call("fchdir <%s>", sys_fake_name(fd));
}

int sys_dup3(int from, int to, int flags)
{
	(void)flags;
	return sys_fake_call("dup3 <%s> %d", sys_fake_name(from), to) ? -1 : to;
}

int sys_fcntl(int fd, int command, int arg)
{
	return sys_fake_call("fcntl %d %s %d", fd, command == F_SETFD ? "setfd" : "getfd", arg);
}

int sys_ioctl(int fd, unsigned long request, void *arg)
{
	const char *name = sys_fake_name(fd);

	(void)arg;
	if (sys_fake_call("ioctl <%s> %#lx", fd <= 2 ? "std" : name, request))
		return -1;
	if (request == TCGETS && !sys_fake_value_of("isatty", 0)) {
		errno = ENOTTY;
		return -1;
	}
	if (request == TIOCGPTPEER)
		return new_fd("slave", NULL, false);
	return 0;
}

int sys_close_range(unsigned first, unsigned last, unsigned flags)
{
	return sys_fake_call("close_range %u %s%s", first, last == ~0U ? "end" : "?",
			     flags ? " at exec" : "");
}

mode_t sys_umask(mode_t mask)
{
	note("umask 0%o", mask);
	return 022;
}
