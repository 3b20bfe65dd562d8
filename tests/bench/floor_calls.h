/* SPDX-License-Identifier: Apache-2.0 */
/* System calls of the floor programs, without a library. A call that fails ends the program. */
#ifndef BENCH_FLOOR_CALLS_H
#define BENCH_FLOOR_CALLS_H

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/openat2.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mount.h>
#include <sys/syscall.h>

#if defined(__x86_64__)
static long call6(long nr, long a, long b, long c, const long rest[3])
{
	register long r10 __asm__("r10") = rest[0];
	register long r8 __asm__("r8") = rest[1];
	register long r9 __asm__("r9") = rest[2];
	long out;

	__asm__ volatile("syscall"
			 : "=a"(out)
			 : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return out;
}
#elif defined(__aarch64__)
static long call6(long nr, long a, long b, long c, const long rest[3])
{
	register long x8 __asm__("x8") = nr;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = rest[0];
	register long x4 __asm__("x4") = rest[1];
	register long x5 __asm__("x5") = rest[2];

	__asm__ volatile("svc 0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
			 : "memory");
	return x0;
}
#else
#error "the floor has no system calls for this architecture"
#endif

#define W(x) ((long)(x))
/* A call that fails ends the program: a floor that did not do its work is no floor. */
#define CALL(name, a, b, c, ...)                                                                   \
	must(call6(SYS_##name, W(a), W(b), W(c), (long[3]){ __VA_ARGS__ }), __LINE__)

static __attribute__((noreturn)) void leave(int status)
{
	for (;;)
		(void)call6(SYS_exit_group, status, 0, 0, (long[3]){ 0 });
}

/* The status is the line, cut to what a status holds; LAUNCH_FAILED is the launcher's. */
static long must(long got, int line)
{
	if (got < 0)
		leave(line % 251 + 1);
	return got;
}

static size_t length(const char *s)
{
	size_t n = 0;

	while (s[n])
		n++;
	return n;
}

static void add(char *text, const char *more)
{
	size_t n = length(text);

	for (size_t i = 0; i <= length(more); i++)
		text[n + i] = more[i];
}

static int open_at(int dir, const char *path, int flags)
{
	struct open_how how = {
		.flags = (uint64_t)flags | O_CLOEXEC,
		.mode = flags & O_CREAT ? 0600 : 0,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};

	return (int)CALL(openat2, dir, path, &how, sizeof(how));
}

static void shut(int fd)
{
	CALL(close, fd, 0, 0, 0);
}

static int open_root(void)
{
	return (int)CALL(openat, AT_FDCWD, "/", O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
}

static void set_caps(uint64_t effective, uint64_t permitted, uint64_t inheritable)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = {
		{ (uint32_t)effective, (uint32_t)permitted, (uint32_t)inheritable },
		{ (uint32_t)(effective >> 32), (uint32_t)(permitted >> 32),
		  (uint32_t)(inheritable >> 32) },
	};

	CALL(capset, &header, data, 0, 0);
}

/* What a root has that lacks some. */
static uint64_t get_caps(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	CALL(capget, &header, data, 0, 0);
	return data[0].permitted | (uint64_t)data[1].permitted << 32;
}

/* --- mounts ---------------------------------------------------------------------------------- */

static void set_mount(int fd, unsigned flags, uint64_t attrs, uint64_t propagation)
{
	struct mount_attr attr = { .attr_set = attrs, .propagation = propagation };

	CALL(mount_setattr, fd, "", flags | AT_EMPTY_PATH, W(&attr), sizeof(attr));
}

static void move(int mount, int place)
{
	CALL(move_mount, mount, "", place, W(""),
	     MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}

static int clone_mount(int fd, uint64_t attrs)
{
	int tree = (int)CALL(open_tree, fd, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH,
			     0);

	set_mount(tree, 0, attrs, MS_PRIVATE);
	return tree;
}

/* Options in pairs; a value of NULL is a flag. */
static int make_fs(const char *type, const char *const *options, uint64_t attrs)
{
	int fs = (int)CALL(fsopen, type, FSOPEN_CLOEXEC, 0, 0);
	int fd;

	for (; options[0]; options += 2)
		CALL(fsconfig, fs, options[1] ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG, options[0],
		     W(options[1]), 0);
	CALL(fsconfig, fs, FSCONFIG_CMD_CREATE, 0, 0, 0);
	fd = (int)CALL(fsmount, fs, FSMOUNT_CLOEXEC, attrs, 0);
	shut(fs);
	return fd;
}

static const char *number(char text[24], uint64_t n, unsigned base)
{
	char *p = text + 23;

	*p = '\0';
	do
		*--p = (char)('0' + n % base);
	while (n /= base);
	return p;
}

/*
 * The bytes of a file as a variable, from name to name_end, with a NUL behind. Global: what arm64
 * finds by its table of offsets loses the place of a local name in its section (binutils 2.40).
 */
#define BYTES(name, file)                                                                          \
	__asm__(".globl " #name ", " #name "_end\n.section .data\n.balign 8\n" #name               \
		":\n.incbin \"" file "\"\n" #name "_end:\n.byte 0\n.text");                        \
	extern char name[], name##_end[]

static int make_tmpfs(uint64_t attrs, uint64_t size, uint32_t mode, const uint32_t ids[2])
{
	char text[4][24];
	const char *const options[] = { "mode", number(text[0], mode, 8),
					"size", number(text[1], size, 10),
					"uid",	number(text[2], ids[0], 10),
					"gid",	number(text[3], ids[1], 10),
					NULL };

	return make_fs("tmpfs", options, attrs);
}

#endif
