/* SPDX-License-Identifier: Apache-2.0 */
#include "tool.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "fd.h"
#include "mem.h"
#include "str.h"

#define CHUNK	     (128u * 1024u)
#define MESSAGES_MAX 700u

/*
 * Nothing of the caller's environment reaches a tool: mke2fs and mtools would read configuration
 * of the machine or the user, and squashfs-tools take their times from here.
 */
static const char *const child_env[] = {
	"PATH=/usr/sbin:/usr/bin:/sbin:/bin",
	"LC_ALL=C",
	"TZ=UTC",
	"SOURCE_DATE_EPOCH=" IMAGE_EPOCH_TEXT,
	"E2FSPROGS_FAKE_TIME=" IMAGE_EPOCH_TEXT,
	"MKE2FS_CONFIG=/dev/null",
	"MTOOLSRC=/dev/null",
	NULL,
};

static int write_map(const char *path, const char *text)
{
	CLEANUP_FD int fd = open(path, O_WRONLY | O_CLOEXEC);

	return fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text) ? 0 : -1;
}

/* user_namespaces(7): without privileges only the own ids can be mapped, setgroups(2) being off. */
static int become_root(void)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();
	char users[32], groups[32];

	if (uid == 0 && gid == 0)
		return 0;
	snprintf(users, sizeof(users), "0 %u 1", uid);
	snprintf(groups, sizeof(groups), "0 %u 1", gid);
	return unshare(CLONE_NEWUSER) || write_map("/proc/self/setgroups", "deny") ||
			       write_map("/proc/self/uid_map", users) ||
			       write_map("/proc/self/gid_map", groups)
		       ? -1
		       : 0;
}

static _Noreturn void child_exec(const char *const argv[], int in, int messages, bool as_root)
{
	if (dup2(in, 0) < 0 || dup2(messages, 1) < 0 || dup2(messages, 2) < 0)
		_exit(127);
	if (as_root && become_root()) {
		dprintf(2, "as root of a user namespace of its own: %s\n", strerror(errno));
		_exit(127);
	}
	execvpe(argv[0], (char *const *)argv, (char *const *)child_env);
	dprintf(2, "%s\n", strerror(errno));
	_exit(127);
}

/* execvpe() looks where the parent's own PATH says, so that is asked first. */
static int find_program(const char *name, char *path, size_t room, struct err *e)
{
	static const char *const dirs[] = { "/usr/sbin", "/usr/bin", "/sbin", "/bin" };

	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		snprintf(path, room, "%s/%s", dirs[i], name);
		if (access(path, X_OK) == 0)
			return 0;
	}
	return err_env(e, "cannot run %s: it is in none of /usr/sbin /usr/bin /sbin /bin", name);
}

int image_child_start(const char *const argv[], bool pipe_in, struct image_child *c, struct err *e)
{
	CLEANUP_FD int messages = memfd_create("messages", MFD_CLOEXEC);
	CLEANUP_FD int ours = -1;
	CLEANUP_FD int theirs = -1;
	const char *args[64] = { 0 };
	char path[256];
	int pair[2];

	if (find_program(argv[0], path, sizeof(path), e) < 0)
		return -1;
	args[0] = path;
	for (size_t i = 1; argv[i]; i++) {
		if (i + 1 >= ARRAY_SIZE(args))
			return err_env(e, "cannot run %s: too many arguments", argv[0]);
		args[i] = argv[i];
	}
	if (pipe_in) {
		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
			return err_sys(e, "cannot make a socket pair");
		ours = pair[0];
		theirs = pair[1];
	} else {
		theirs = open("/dev/null", O_RDONLY | O_CLOEXEC);
	}
	if (messages < 0 || theirs < 0)
		return err_sys(e, "cannot run %s", argv[0]);
	c->pid = fork();
	if (c->pid < 0)
		return err_sys(e, "cannot run %s", argv[0]);
	if (c->pid == 0)
		child_exec(args, theirs, messages, c->as_root);
	c->name = argv[0];
	c->in = steal_fd(&ours);
	c->messages = steal_fd(&messages);
	return 0;
}

/* The end of what the program said, on one line. */
static void read_messages(int fd, char *text, size_t room)
{
	off_t end = lseek(fd, 0, SEEK_END);
	off_t from = end > (off_t)room - 1 ? end - (off_t)room + 1 : 0;
	ssize_t n = pread(fd, text, room - 1, from);
	size_t len = n > 0 ? (size_t)n : 0;

	while (len && (text[len - 1] == '\n' || text[len - 1] == ' '))
		len--;
	text[len] = 0;
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\n')
			text[i] = ';';
		else if ((unsigned char)text[i] < ' ' || text[i] == 127)
			text[i] = '?';
	}
}

int image_child_wait(struct image_child *c, struct err *e)
{
	CLEANUP_FD int messages = steal_fd(&c->messages);
	CLEANUP_FD int in = steal_fd(&c->in);
	char text[MESSAGES_MAX];
	int status;

	if (in >= 0)
		shutdown(in, SHUT_WR);
	while (waitpid(c->pid, &status, 0) < 0) {
		if (errno != EINTR)
			return err_sys(e, "cannot wait for %s", c->name);
	}
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	read_messages(messages, text, sizeof(text));
	if (WIFSIGNALED(status))
		return err_env(e, "cannot run %s: it was ended by signal %d (%s): %s", c->name,
			       WTERMSIG(status), strsignal(WTERMSIG(status)), text);
	return err_env(e, "cannot run %s: it ended with status %d: %s", c->name,
		       WEXITSTATUS(status), text);
}

void image_child_abort(struct image_child *c)
{
	CLEANUP_FD int messages = steal_fd(&c->messages);
	CLEANUP_FD int in = steal_fd(&c->in);
	int status;

	kill(c->pid, SIGKILL);
	while (waitpid(c->pid, &status, 0) < 0 && errno == EINTR)
		;
}

int image_run(const char *const argv[], struct err *e)
{
	struct image_child c = { .in = -1, .messages = -1 };

	if (image_child_start(argv, false, &c, e) < 0)
		return -1;
	return image_child_wait(&c, e);
}

int image_put(int fd, const void *data, size_t len, struct err *e)
{
	const char *p = data;

	while (len) {
		ssize_t n = send(fd, p, len, MSG_NOSIGNAL);

		if (n < 0 && errno == ENOTSOCK)
			n = write(fd, p, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(e, "cannot write");
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

int image_open(const char *path, uint64_t *size, struct err *e)
{
	CLEANUP_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_sys(e, "cannot open %s", path);
	if (!S_ISREG(st.st_mode))
		return err_input(e, "cannot use %s: expected a file", path);
	*size = (uint64_t)st.st_size;
	return steal_fd(&fd);
}

int image_create(const char *path, struct err *e)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);

	return fd >= 0 ? fd : err_sys(e, "cannot create %s", path);
}

int image_digest(const char *path, uint64_t *size, uint8_t digest[SHA256_SIZE], struct err *e)
{
	CLEANUP_FD int fd = image_open(path, size, e);
	CLEANUP_FREE char *buf = mem_must(malloc(CHUNK));
	struct sha256 s;
	ssize_t n;

	if (fd < 0)
		return -1;
	sha256_start(&s);
	*size = 0;
	while ((n = read(fd, buf, CHUNK)) > 0) {
		sha256_add(&s, buf, (size_t)n);
		*size += (uint64_t)n;
	}
	if (n < 0)
		return err_sys(e, "cannot read %s", path);
	sha256_end(&s, digest);
	return 0;
}

static bool all_zero(const char *p, size_t n)
{
	return n == 0 || (p[0] == 0 && memcmp(p, p + 1, n - 1) == 0);
}

int image_copy(const char *path, int to, uint64_t offset, struct err *e)
{
	uint64_t size;
	CLEANUP_FD int fd = image_open(path, &size, e);
	CLEANUP_FREE char *buf = mem_must(malloc(CHUNK));

	if (fd < 0)
		return -1;
	for (uint64_t at = 0; at < size;) {
		ssize_t n = pread(fd, buf, CHUNK, (off_t)at);

		if (n < 0)
			return err_sys(e, "cannot read %s", path);
		if (n == 0)
			return err_env(e, "cannot read %s: it became shorter", path);
		if (!all_zero(buf, (size_t)n) &&
		    pwrite(to, buf, (size_t)n, (off_t)(offset + at)) != n)
			return err_sys(e, "cannot write the image");
		at += (uint64_t)n;
	}
	return 0;
}

void image_uuid(const uint8_t seed[SHA256_SIZE], const char *name, char out[IMAGE_UUID_SIZE])
{
	uint8_t d[SHA256_SIZE];
	struct sha256 s;

	sha256_start(&s);
	sha256_add(&s, seed, SHA256_SIZE);
	sha256_add(&s, name, strlen(name));
	sha256_end(&s, d);
	d[6] = (uint8_t)((d[6] & 0x0f) | 0x80);
	d[8] = (uint8_t)((d[8] & 0x3f) | 0x80);
	snprintf(out, IMAGE_UUID_SIZE,
		 "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", d[0], d[1],
		 d[2], d[3], d[4], d[5], d[6], d[7], d[8], d[9], d[10], d[11], d[12], d[13], d[14],
		 d[15]);
}

void image_uuid_disk(const char *uuid, char out[33])
{
	/* Places of the digit pairs in the text, in the order in which the bytes lie on the disk.
	 */
	static const uint8_t order[16] = {
		6, 4, 2, 0, 11, 9, 16, 14, 19, 21, 24, 26, 28, 30, 32, 34
	};

	for (size_t i = 0; i < sizeof(order); i++) {
		char high = uuid[order[i]], low = uuid[order[i] + 1];

		out[2 * i] = high >= 'A' && high <= 'F' ? (char)(high + 32) : high;
		out[2 * i + 1] = low >= 'A' && low <= 'F' ? (char)(low + 32) : low;
	}
	out[32] = 0;
}
