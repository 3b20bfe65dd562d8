/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one seam to privileged system calls: one wrapper per call, no logic in it. Each returns what
 * the call returns, -1 with errno set on failure. tests/lib/sys_fake.c is the other
 * implementation: it records each call as a line of text and can fail the n-th one, so a launch can
 * be compared with a golden text and broken at every step.
 *
 * A descriptor returned by a wrapper here is owned by the caller and closed with close(2), which
 * CLEANUP_FD does; O_CLOEXEC is the caller's to give.
 */
#ifndef SYS_SYS_H
#define SYS_SYS_H

#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/vfs.h>

#include "cleanup.h"
#include "err.h"
#include "fd.h"
#include "guard.h"
#include "mem.h"
#include "str.h"

/* --- files -------------------------------------------------------------------------------- */

int sys_openat(int dirfd, const char *path, int flags, mode_t mode) BASE_WARN_UNUSED;
int sys_openat2(int dirfd, const char *path, const struct open_how *how) BASE_WARN_UNUSED;
ssize_t sys_read(int fd, void *buf, size_t size) BASE_WARN_UNUSED;
ssize_t sys_write(int fd, const void *buf, size_t size) BASE_WARN_UNUSED;
ssize_t sys_pread(int fd, void *buf, size_t size, off_t offset) BASE_WARN_UNUSED;
int sys_fstat(int fd, struct stat *st) BASE_WARN_UNUSED;
int sys_fstatfs(int fd, struct statfs *st) BASE_WARN_UNUSED;
int sys_flock(int fd, int operation) BASE_WARN_UNUSED;
int sys_mkdirat(int dirfd, const char *path, mode_t mode) BASE_WARN_UNUSED;
int sys_symlinkat(const char *text, int dirfd, const char *path) BASE_WARN_UNUSED;
int sys_unlinkat(int dirfd, const char *path, int flags) BASE_WARN_UNUSED;
int sys_renameat(int from_fd, const char *from, int to_fd, const char *to) BASE_WARN_UNUSED;
int sys_fchown(int fd, uid_t uid, gid_t gid) BASE_WARN_UNUSED;
int sys_fchmod(int fd, mode_t mode) BASE_WARN_UNUSED;
int sys_fchdir(int fd) BASE_WARN_UNUSED;
int sys_dup3(int from, int to, int flags) BASE_WARN_UNUSED;
int sys_fcntl(int fd, int command, int arg) BASE_WARN_UNUSED;
int sys_ioctl(int fd, unsigned long request, void *arg) BASE_WARN_UNUSED;
int sys_close_range(unsigned first, unsigned last, unsigned flags) BASE_WARN_UNUSED;
mode_t sys_umask(mode_t mask); /* cannot fail */

/* --- mounts and namespaces ---------------------------------------------------------------- */

int sys_mount(const char *source, const char *target, const char *type, unsigned long flags,
	      const char *data) BASE_WARN_UNUSED;
int sys_umount2(const char *target, int flags) BASE_WARN_UNUSED;
int sys_open_tree(int dirfd, const char *path, unsigned flags) BASE_WARN_UNUSED;
int sys_move_mount(int from_fd, const char *from, int to_fd, const char *to,
		   unsigned flags) BASE_WARN_UNUSED;
int sys_mount_setattr(int dirfd, const char *path, unsigned flags,
		      const struct mount_attr *attr) BASE_WARN_UNUSED;
int sys_fsopen(const char *type, unsigned flags) BASE_WARN_UNUSED;
int sys_fsconfig(int fs_fd, unsigned command, const char *key, const char *value) BASE_WARN_UNUSED;
int sys_fsmount(int fs_fd, unsigned flags, unsigned attrs) BASE_WARN_UNUSED;
int sys_pivot_root(const char *new_root, const char *put_old) BASE_WARN_UNUSED;
int sys_unshare(int flags) BASE_WARN_UNUSED;
int sys_setns(int fd, int type) BASE_WARN_UNUSED;

/* --- identity and privilege ---------------------------------------------------------------- */

/* Bit n is capability n. */
struct sys_caps {
	uint64_t effective;
	uint64_t permitted;
	uint64_t inheritable;
};

int sys_setresuid(uid_t real, uid_t effective, uid_t saved) BASE_WARN_UNUSED;
int sys_setresgid(gid_t real, gid_t effective, gid_t saved) BASE_WARN_UNUSED;
int sys_setgroups(size_t count, const gid_t *groups) BASE_WARN_UNUSED;
int sys_capget(struct sys_caps *caps) BASE_WARN_UNUSED;
int sys_capset(const struct sys_caps *caps) BASE_WARN_UNUSED;
int sys_prctl(int op, unsigned long a, unsigned long b) BASE_WARN_UNUSED;
int sys_seccomp(unsigned op, unsigned flags, void *args) BASE_WARN_UNUSED;

/* --- processes ----------------------------------------------------------------------------- */

int sys_setpriority(int which, id_t who, int value) BASE_WARN_UNUSED;
int sys_setrlimit(int resource, const struct rlimit *limit) BASE_WARN_UNUSED;
int sys_sigaction(int sig, const struct sigaction *act) BASE_WARN_UNUSED;
int sys_setitimer(int which, const struct itimerval *value) BASE_WARN_UNUSED;
int sys_sigprocmask(int how, const sigset_t *set) BASE_WARN_UNUSED;
pid_t sys_setsid(void) BASE_WARN_UNUSED;
pid_t sys_getsid(void);
pid_t sys_getpgrp(void);
pid_t sys_getpid(void);
uid_t sys_getuid(void);
uid_t sys_geteuid(void);
pid_t sys_fork(void) BASE_WARN_UNUSED;

/* clone3 with SIGCHLD: as fork, with CLONE_* flags. cgroup_fd is for CLONE_INTO_CGROUP, else 0. */
pid_t sys_clone3(uint64_t flags, int cgroup_fd) BASE_WARN_UNUSED;
pid_t sys_waitpid(pid_t pid, int *status, int flags) BASE_WARN_UNUSED;
int sys_kill(pid_t pid, int sig) BASE_WARN_UNUSED;
int sys_pidfd_open(pid_t pid, unsigned flags) BASE_WARN_UNUSED;
int sys_pidfd_send_signal(int fd, int sig, siginfo_t *info, unsigned flags) BASE_WARN_UNUSED;
int sys_socketpair(int type, int fds[2]) BASE_WARN_UNUSED;
ssize_t sys_sendmsg(int fd, const struct msghdr *msg) BASE_WARN_UNUSED;
ssize_t sys_recvmsg(int fd, struct msghdr *msg, int flags) BASE_WARN_UNUSED;
int sys_nanosleep_ms(unsigned ms);

/* Returns only on failure. */
int sys_execve(const char *path, char *const argv[], char *const envp[]);

int sys_bpf(int command, union bpf_attr *attr, size_t size) BASE_WARN_UNUSED;

#endif
