/* SPDX-License-Identifier: Apache-2.0 */
#include "sys.h"

#include <grp.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <sched.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

/* A wrapper around the C library's function of the same name. */
#define LIBC(type, name, parameters, arguments)                                                    \
	type sys_##name parameters                                                                 \
	{                                                                                          \
		return name arguments;                                                             \
	}

/* One around the kernel's call of the same name: what the C library, or an older one, has not. */
#define KERNEL(name, parameters, ...)                                                              \
	int sys_##name parameters                                                                  \
	{                                                                                          \
		return (int)syscall(SYS_##name, __VA_ARGS__);                                      \
	}

/* --- files -------------------------------------------------------------------------------- */

LIBC(int, openat, (int dirfd, const char *path, int flags, mode_t mode), (dirfd, path, flags, mode))
KERNEL(openat2, (int dirfd, const char *path, const struct open_how *how), dirfd, path, how,
       sizeof(*how))
LIBC(ssize_t, read, (int fd, void *buf, size_t size), (fd, buf, size))
LIBC(ssize_t, write, (int fd, const void *buf, size_t size), (fd, buf, size))
LIBC(ssize_t, pread, (int fd, void *buf, size_t size, off_t offset), (fd, buf, size, offset))
LIBC(int, fstat, (int fd, struct stat *st), (fd, st))
LIBC(int, fstatfs, (int fd, struct statfs *st), (fd, st))
LIBC(int, flock, (int fd, int operation), (fd, operation))
LIBC(int, mkdirat, (int dirfd, const char *path, mode_t mode), (dirfd, path, mode))
LIBC(int, symlinkat, (const char *text, int dirfd, const char *path), (text, dirfd, path))
LIBC(int, unlinkat, (int dirfd, const char *path, int flags), (dirfd, path, flags))
LIBC(int, renameat, (int from_fd, const char *from, int to_fd, const char *to),
     (from_fd, from, to_fd, to))
LIBC(int, fchown, (int fd, uid_t uid, gid_t gid), (fd, uid, gid))
LIBC(int, fchmod, (int fd, mode_t mode), (fd, mode))
LIBC(int, fchdir, (int fd), (fd))
LIBC(int, dup3, (int from, int to, int flags), (from, to, flags))
LIBC(int, fcntl, (int fd, int command, int arg), (fd, command, arg))
LIBC(int, ioctl, (int fd, unsigned long request, void *arg), (fd, request, arg))
KERNEL(close_range, (unsigned first, unsigned last, unsigned flags), first, last, flags)
LIBC(mode_t, umask, (mode_t mask), (mask))

/* --- mounts and namespaces ---------------------------------------------------------------- */

KERNEL(mount,
       (const char *source, const char *target, const char *type, unsigned long flags,
	const char *data),
       source, target, type, flags, data)
KERNEL(umount2, (const char *target, int flags), target, flags)
KERNEL(open_tree, (int dirfd, const char *path, unsigned flags), dirfd, path, flags)
KERNEL(move_mount, (int from_fd, const char *from, int to_fd, const char *to, unsigned flags),
       from_fd, from, to_fd, to, flags)
KERNEL(mount_setattr, (int dirfd, const char *path, unsigned flags, const struct mount_attr *attr),
       dirfd, path, flags, attr, sizeof(*attr))
KERNEL(fsopen, (const char *type, unsigned flags), type, flags)
KERNEL(fsconfig, (int fs_fd, unsigned command, const char *key, const char *value), fs_fd, command,
       key, value, 0)
KERNEL(fsmount, (int fs_fd, unsigned flags, unsigned attrs), fs_fd, flags, attrs)
KERNEL(pivot_root, (const char *new_root, const char *put_old), new_root, put_old)
LIBC(int, unshare, (int flags), (flags))
LIBC(int, setns, (int fd, int type), (fd, type))

/* --- identity and privilege ---------------------------------------------------------------- */

LIBC(int, setresuid, (uid_t real, uid_t effective, uid_t saved), (real, effective, saved))
LIBC(int, setresgid, (gid_t real, gid_t effective, gid_t saved), (real, effective, saved))
LIBC(int, setgroups, (size_t count, const gid_t *groups), (count, groups))
LIBC(int, prctl, (int op, unsigned long a, unsigned long b), (op, a, b, 0UL, 0UL))
KERNEL(seccomp, (unsigned op, unsigned flags, void *args), op, flags, args)

int sys_capget(struct sys_caps *caps)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };

	if (syscall(SYS_capget, &header, data))
		return -1;
	caps->effective = data[0].effective | (uint64_t)data[1].effective << 32;
	caps->permitted = data[0].permitted | (uint64_t)data[1].permitted << 32;
	caps->inheritable = data[0].inheritable | (uint64_t)data[1].inheritable << 32;
	return 0;
}

int sys_capset(const struct sys_caps *caps)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {
		{ (uint32_t)caps->effective, (uint32_t)caps->permitted,
		  (uint32_t)caps->inheritable },
		{ (uint32_t)(caps->effective >> 32), (uint32_t)(caps->permitted >> 32),
		  (uint32_t)(caps->inheritable >> 32) },
	};

	return (int)syscall(SYS_capset, &header, data);
}

/* --- processes ----------------------------------------------------------------------------- */

LIBC(pid_t, waitpid, (pid_t pid, int *status, int flags), (pid, status, flags))
LIBC(int, kill, (pid_t pid, int sig), (pid, sig))
KERNEL(pidfd_open, (pid_t pid, unsigned flags), pid, flags)
KERNEL(pidfd_send_signal, (int fd, int sig, siginfo_t *info, unsigned flags), fd, sig, info, flags)
LIBC(int, setpriority, (int which, id_t who, int value), ((__priority_which_t)which, who, value))
LIBC(int, setrlimit, (int resource, const struct rlimit *limit),
     ((__rlimit_resource_t)resource, limit))
LIBC(int, sigaction, (int sig, const struct sigaction *act), (sig, act, NULL))
LIBC(int, setitimer, (int which, const struct itimerval *value), (which, value, NULL))
LIBC(int, sigprocmask, (int how, const sigset_t *set), (how, set, NULL))
LIBC(pid_t, setsid, (void), ())
LIBC(pid_t, getsid, (void), (0))
LIBC(pid_t, getpgrp, (void), ())
LIBC(pid_t, getpid, (void), ())
LIBC(uid_t, getuid, (void), ())
LIBC(uid_t, geteuid, (void), ())
LIBC(pid_t, fork, (void), ())
LIBC(int, socketpair, (int type, int fds[2]), (AF_UNIX, type, 0, fds))
LIBC(ssize_t, sendmsg, (int fd, const struct msghdr *msg), (fd, msg, MSG_NOSIGNAL))
LIBC(ssize_t, recvmsg, (int fd, struct msghdr *msg, int flags), (fd, msg, flags))
LIBC(int, execve, (const char *path, char *const argv[], char *const envp[]), (path, argv, envp))
KERNEL(bpf, (int command, union bpf_attr *attr, size_t size), command, attr, size)

pid_t sys_clone3(uint64_t flags, int cgroup_fd)
{
	struct clone_args args = {
		.flags = flags,
		.exit_signal = SIGCHLD,
		.cgroup = (uint64_t)cgroup_fd,
	};

	return (pid_t)syscall(SYS_clone3, &args, sizeof(args));
}

int sys_nanosleep_ms(unsigned ms)
{
	struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000 };

	return nanosleep(&t, NULL);
}
