/* SPDX-License-Identifier: Apache-2.0 */
#include "sys.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int sys_openat(int dirfd, const char *path, int flags, mode_t mode)
{
	return openat(dirfd, path, flags, mode);
}

int sys_openat2(int dirfd, const char *path, const struct open_how *how)
{
	return (int)syscall(SYS_openat2, dirfd, path, how, sizeof(*how));
}

ssize_t sys_read(int fd, void *buf, size_t size)
{
	return read(fd, buf, size);
}

ssize_t sys_write(int fd, const void *buf, size_t size)
{
	return write(fd, buf, size);
}

off_t sys_lseek(int fd, off_t offset, int whence)
{
	return lseek(fd, offset, whence);
}

int sys_fstat(int fd, struct stat *st)
{
	return fstat(fd, st);
}

int sys_fstatfs(int fd, struct statfs *st)
{
	return fstatfs(fd, st);
}

int sys_flock(int fd, int operation)
{
	return flock(fd, operation);
}

int sys_mkdirat(int dirfd, const char *path, mode_t mode)
{
	return mkdirat(dirfd, path, mode);
}

int sys_symlinkat(const char *text, int dirfd, const char *path)
{
	return symlinkat(text, dirfd, path);
}

int sys_unlinkat(int dirfd, const char *path, int flags)
{
	return unlinkat(dirfd, path, flags);
}

int sys_fchown(int fd, uid_t uid, gid_t gid)
{
	return fchown(fd, uid, gid);
}

int sys_fchdir(int fd)
{
	return fchdir(fd);
}

int sys_dup3(int from, int to, int flags)
{
	return dup3(from, to, flags);
}

int sys_fcntl(int fd, int command, int arg)
{
	return fcntl(fd, command, arg);
}

int sys_ioctl(int fd, unsigned long request, void *arg)
{
	return ioctl(fd, request, arg);
}

int sys_close_range(unsigned first, unsigned last, unsigned flags)
{
	return (int)syscall(SYS_close_range, first, last, flags);
}

mode_t sys_umask(mode_t mask)
{
	return umask(mask);
}

pid_t sys_waitpid(pid_t pid, int *status, int flags)
{
	return waitpid(pid, status, flags);
}

int sys_kill(pid_t pid, int sig)
{
	return kill(pid, sig);
}

int sys_setpriority(int which, id_t who, int value)
{
	return setpriority((__priority_which_t)which, who, value);
}

int sys_setrlimit(int resource, const struct rlimit *limit)
{
	return setrlimit((__rlimit_resource_t)resource, limit);
}

int sys_sigaction(int sig, const struct sigaction *act)
{
	return sigaction(sig, act, NULL);
}

int sys_sigprocmask(int how, const sigset_t *set)
{
	return sigprocmask(how, set, NULL);
}

pid_t sys_setsid(void)
{
	return setsid();
}

pid_t sys_getsid(void)
{
	return getsid(0);
}

pid_t sys_getpgrp(void)
{
	return getpgrp();
}

pid_t sys_getpid(void)
{
	return getpid();
}

uid_t sys_geteuid(void)
{
	return geteuid();
}

pid_t sys_fork(void)
{
	return fork();
}

pid_t sys_clone3_into_cgroup(int cgroup_fd)
{
	struct clone_args args = {
		.flags = CLONE_INTO_CGROUP,
		.exit_signal = SIGCHLD,
		.cgroup = (uint64_t)cgroup_fd,
	};

	return (pid_t)syscall(SYS_clone3, &args, sizeof(args));
}

int sys_socketpair(int type, int fds[2])
{
	return socketpair(AF_UNIX, type, 0, fds);
}

ssize_t sys_sendmsg(int fd, const struct msghdr *msg)
{
	return sendmsg(fd, msg, MSG_NOSIGNAL);
}

ssize_t sys_recvmsg(int fd, struct msghdr *msg, int flags)
{
	return recvmsg(fd, msg, flags);
}

int sys_nanosleep_ms(unsigned ms)
{
	struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000 };

	return nanosleep(&t, NULL);
}

int sys_execve(const char *path, char *const argv[], char *const envp[])
{
	return execve(path, argv, envp);
}

int sys_bpf(int command, union bpf_attr *attr, size_t size)
{
	return (int)syscall(SYS_bpf, command, attr, size);
}
