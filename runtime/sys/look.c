/* SPDX-License-Identifier: Apache-2.0 */
#include "look.h"

#include <asm/termbits.h>
#include <sys/ioctl.h>

#define DEPTH_MAX 64

int sys_look_root(struct err *e)
{
	int fd = sys_openat(AT_FDCWD, "/", O_PATH | O_DIRECTORY | O_CLOEXEC, 0);

	return fd < 0 ? err_sys(e, "cannot open /") : fd;
}

int sys_look_open(int dirfd, const char *path, int flags, struct err *e)
{
	struct open_how how = {
		.flags = (uint64_t)flags | O_CLOEXEC,
		.mode = flags & O_CREAT ? 0600 : 0,
		.resolve = RESOLVE_BENEATH | (GUARD(look_links) ? RESOLVE_NO_SYMLINKS : 0) |
			   RESOLVE_NO_MAGICLINKS,
	};
	int fd = sys_openat2(dirfd, path, &how);

	return fd < 0 ? err_sys(e, "cannot open %s", path) : fd;
}

/* The way up goes by parents, not by names. */
static bool lies_below(int dir, const struct stat *want, int depth)
{
	struct stat at = { 0 };
	CLEANUP_FD int up = depth ? sys_openat(dir, "..", O_PATH | O_CLOEXEC, 0) : -1;

	return up >= 0 && !sys_fstat(dir, &at) &&
	       ((at.st_dev == want->st_dev && at.st_ino == want->st_ino) ||
		lies_below(up, want, depth - 1));
}

int sys_look_below(int root_fd, const char *link, int within, struct err *e)
{
	struct open_how how = { .flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
				.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS };
	CLEANUP_FD int dir = sys_openat2(root_fd, link, &how);
	struct stat want;

	if (dir < 0 || sys_fstat(within, &want))
		return err_sys(e, "cannot open %s", link);
	if (lies_below(dir, &want, DEPTH_MAX) || !GUARD(look_prefix))
		return steal_fd(&dir);
	errno = EXDEV;
	return err_sys(e, "cannot use %s: it is not where this board has such", link);
}

int sys_look_trust(int fd, const char *path, uint32_t magic, struct err *e)
{
	struct stat st;
	struct statfs fs;

	if (sys_fstat(fd, &st) || sys_fstatfs(fd, &fs))
		return err_sys(e, "cannot trust /%s", path);
	if (st.st_uid != 0 && GUARD(look_owner))
		return err_env(e, "cannot trust /%s: its owner is not root", path);
	if (st.st_mode & (S_IWGRP | S_IWOTH) && GUARD(look_writable))
		return err_env(e, "cannot trust /%s: others may write it", path);
	/* f_type is a signed word on some architectures. */
	if ((uint32_t)fs.f_type != magic && GUARD(look_magic))
		return err_env(e, "cannot trust /%s: file system type %#x, not %#x", path,
			       (unsigned)(uint32_t)fs.f_type, magic);
	return 0;
}

int sys_look_trusted(int dirfd, const char *path, int flags, uint32_t magic, struct err *e)
{
	CLEANUP_FD int fd = sys_look_open(dirfd, path, flags, e);

	if (fd < 0 || sys_look_trust(fd, path, magic, e))
		return -1;
	return steal_fd(&fd);
}

int sys_look_read(int fd, const char *name, char *buf, size_t size, struct err *e)
{
	ssize_t n = 1;
	size_t used = 0;

	while (n > 0) {
		n = sys_pread(fd, buf + used, size - used, (off_t)used);
		used += n > 0 ? (size_t)n : 0;
		if (used == size)
			return err_env(e, "cannot read %s: larger than %zu bytes", name, size - 1);
	}
	if (n < 0)
		return err_sys(e, "cannot read %s", name);
	buf[used] = '\0';
	return (int)used;
}

int sys_look_text(int dirfd, const char *path, char *buf, size_t size, struct err *e)
{
	CLEANUP_FD int fd = sys_look_open(dirfd, path, O_RDONLY, e);

	return fd < 0 ? -1 : sys_look_read(fd, path, buf, size, e);
}

int sys_look_terminal(int fd, struct err *e)
{
	struct termios t;

	if (sys_ioctl(fd, TCGETS, &t) == 0)
		return 1;
	/* EINVAL: a device whose driver does not know the request. */
	if (errno == ENOTTY || errno == EINVAL)
		return 0;
	return err_sys(e, "cannot tell whether descriptor %d is a terminal", fd);
}

int sys_look_terminals(struct err *e)
{
	int fd = -1, terminal = 0;

	while (!terminal && ++fd <= 2)
		terminal = sys_look_terminal(fd, e);
	return terminal < 0 ? -1 : fd;
}

const char *sys_look_field(const char *lines, const char *name, size_t *len)
{
	size_t n = strlen(name);

	for (const char *line = lines; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (*line == *name && strncmp(line, name, n) == 0 && line[n] == ':') {
			line += n + 1 + strspn(line + n + 1, "\t ");
			*len = strcspn(line, "\n");
			return line;
		}
	}
	return NULL;
}

bool sys_look_has_line(const char *lines, const char *line)
{
	size_t n = strlen(line);
	const char *at = strstr(lines, line);

	while (at && ((at != lines && at[-1] != '\n') || (at[n] != '\n' && at[n] != '\0')))
		at = strstr(at + 1, line);
	return at;
}

static int open_of(int proc_fd, const char *pid, const char *leaf, int flags)
{
	char path[64];

	str_join(path, sizeof(path), pid, "/", leaf, NULL);
	return sys_openat(proc_fd, path, flags | O_CLOEXEC, 0);
}

bool sys_look_executed(int proc_fd, const char *pid, const struct stat *ours, size_t count)
{
	CLEANUP_FD int exe = open_of(proc_fd, pid, "exe", O_PATH);
	CLEANUP_FD int maps = -1;
	struct stat st;

	if (exe < 0 || sys_fstat(exe, &st))
		return false;
	for (size_t i = 0; i < count; i++)
		if (st.st_dev == ours[i].st_dev && st.st_ino == ours[i].st_ino)
			return false;
	maps = open_of(proc_fd, pid, "maps", O_RDONLY);
	return maps >= 0;
}

bool sys_look_in_cgroup(const char *lines, const char *group)
{
	size_t n = strlen(group);

	for (const char *line = lines; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		line += strspn(line, "0123456789");
		if (*line == ':' && strncmp(line + 1, group, n) == 0 && strchr("/\n", line[n + 1]))
			return true;
	}
	return false;
}
