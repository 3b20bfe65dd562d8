/* SPDX-License-Identifier: Apache-2.0 */
/* The second half of sys_fake.c: mounts, identity, processes. */
#include <errno.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "mem.h"
#include "str.h"
#include "sys.h"
#include "sys_fake.h"

#define OWN_PID	 4242
#define LAST_CAP 40

/* --- mounts and namespaces -------------------------------------------------------------------- */

int sys_mount(const char *source, const char *target, const char *type, unsigned long flags,
	      const char *data)
{
	return sys_fake_call("mount %s %s %s %#lx %s", source ? source : "-", target,
			     type ? type : "-", flags, data ? data : "-");
}

int sys_umount2(const char *target, int flags)
{
	return sys_fake_call("umount2 %s %#x", target, (unsigned)flags);
}

int sys_open_tree(int dirfd, const char *path, unsigned flags)
{
	char name[300];

	(void)flags;
	if (sys_fake_call("open_tree <%s>%s%s", sys_fake_name(dirfd), *path ? " " : "", path))
		return -1;
	snprintf(name, sizeof(name), "copy of %s", sys_fake_name(dirfd));
	return sys_fake_fd(name);
}

int sys_move_mount(int from_fd, const char *from, int to_fd, const char *to, unsigned flags)
{
	(void)from;
	(void)to;
	(void)flags;
	return sys_fake_call("move_mount <%s> <%s>", sys_fake_name(from_fd), sys_fake_name(to_fd));
}

int sys_mount_setattr(int dirfd, const char *path, unsigned flags, const struct mount_attr *attr)
{
	(void)path;
	return sys_fake_call("mount_setattr <%s>%s set %#llx%s propagation %#llx",
			     sys_fake_name(dirfd), flags & AT_RECURSIVE ? " recursive" : "",
			     (unsigned long long)attr->attr_set,
			     attr->attr_clr & MOUNT_ATTR_RDONLY ? " not readonly" : "",
			     (unsigned long long)attr->propagation);
}

int sys_fsopen(const char *type, unsigned flags)
{
	(void)flags;
	return sys_fake_call("fsopen %s", type) ? -1 : sys_fake_fd(type);
}

int sys_fsconfig(int fs_fd, unsigned command, const char *key, const char *value)
{
	return sys_fake_call("fsconfig <%s> %s%s%s", sys_fake_name(fs_fd),
			     command == FSCONFIG_CMD_CREATE ? "create" : key, value ? "=" : "",
			     value ? value : "");
}

int sys_fsmount(int fs_fd, unsigned flags, unsigned attrs)
{
	char name[300];

	(void)flags;
	if (sys_fake_call("fsmount <%s> %#x", sys_fake_name(fs_fd), attrs))
		return -1;
	snprintf(name, sizeof(name), "new %s", sys_fake_name(fs_fd));
	return sys_fake_fd(name);
}

int sys_pivot_root(const char *new_root, const char *put_old)
{
	return sys_fake_call("pivot_root %s %s", new_root, put_old);
}

int sys_unshare(int flags)
{
	return sys_fake_call("unshare %#x", (unsigned)flags);
}

int sys_setns(int fd, int type)
{
	return sys_fake_call("setns <%s> %#x", sys_fake_name(fd), (unsigned)type);
}

/* --- identity and privilege --------------------------------------------------------------------
 */

int sys_setresuid(uid_t real, uid_t effective, uid_t saved)
{
	return sys_fake_call("setresuid %u %u %u", real, effective, saved);
}

int sys_setresgid(gid_t real, gid_t effective, gid_t saved)
{
	return sys_fake_call("setresgid %u %u %u", real, effective, saved);
}

int sys_setgroups(size_t count, const gid_t *groups)
{
	CLEANUP_STR struct str text = { 0 };

	for (size_t i = 0; i < count; i++)
		str_printf(&text, " %u", groups[i]);
	return sys_fake_call("setgroups%s", str_text(&text));
}

int sys_capget(struct sys_caps *caps)
{
	*caps = (struct sys_caps){ .permitted = (1ULL << (LAST_CAP + 1)) - 1,
				   .effective = (1ULL << (LAST_CAP + 1)) - 1 };
	return sys_fake_call("capget");
}

int sys_capset(const struct sys_caps *caps)
{
	return sys_fake_call("capset effective %llx permitted %llx inheritable %llx",
			     (unsigned long long)caps->effective,
			     (unsigned long long)caps->permitted,
			     (unsigned long long)caps->inheritable);
}

int sys_prctl(int op, unsigned long a, unsigned long b)
{
	static const struct {
		int op;
		const char *name;
	} names[] = {
		{ PR_SET_DUMPABLE, "dumpable" },      { PR_SET_KEEPCAPS, "keepcaps" },
		{ PR_CAPBSET_DROP, "bounding-drop" }, { PR_SET_SECUREBITS, "securebits" },
		{ PR_CAP_AMBIENT, "ambient" },	      { PR_SET_NO_NEW_PRIVS, "no-new-privs" },
	};
	const char *name = "?";

	if (op == PR_CAPBSET_DROP && a > LAST_CAP) {
		errno = EINVAL;
		return -1;
	}
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i].op == op)
			name = names[i].name;
	return sys_fake_call("prctl %s %lu %lu", name, a, b);
}

int sys_seccomp(unsigned op, unsigned flags, void *args)
{
	return sys_fake_call("seccomp %u flags %u, %u instructions", op, flags,
			     ((const struct sock_fprog *)args)->len);
}

/* --- processes ----------------------------------------------------------------------------------
 */

int sys_setpriority(int which, id_t who, int value)
{
	return sys_fake_call("setpriority %d %u %d", which, who, value);
}

int sys_setrlimit(int resource, const struct rlimit *limit)
{
	return sys_fake_call("setrlimit %d %llu %llu", resource,
			     (unsigned long long)limit->rlim_cur,
			     (unsigned long long)limit->rlim_max);
}

int sys_setitimer(int which, const struct itimerval *value)
{
	return sys_fake_call("setitimer %d %s", which,
			     value->it_value.tv_sec || value->it_value.tv_usec ? "set" : "off");
}

int sys_sigaction(int sig, const struct sigaction *act)
{
	return sys_fake_call("sigaction %d %s", sig,
			     act->sa_handler == SIG_DFL ? "default" : "other");
}

int sys_sigprocmask(int how, const sigset_t *set)
{
	(void)set;
	return sys_fake_call("sigprocmask %d", how);
}

pid_t sys_setsid(void)
{
	return sys_fake_call("setsid") ? -1 : OWN_PID;
}

pid_t sys_getsid(void)
{
	return (pid_t)sys_fake_value_of("getsid", 1);
}

pid_t sys_getpgrp(void)
{
	return (pid_t)sys_fake_value_of("getpgrp", 1);
}

pid_t sys_getpid(void)
{
	return OWN_PID;
}

uid_t sys_getuid(void)
{
	return (uid_t)sys_fake_value_of("getuid", 0);
}

uid_t sys_geteuid(void)
{
	return (uid_t)sys_fake_value_of("geteuid", 0);
}

pid_t sys_fork(void)
{
	return sys_fake_call("fork") ? -1 : (pid_t)sys_fake_value_of("fork", 0);
}

pid_t sys_clone3(uint64_t flags, int cgroup_fd)
{
	if (sys_fake_call("clone3%s%s", flags & CLONE_NEWPID ? " newpid" : "",
			  flags & CLONE_INTO_CGROUP ? " into the cgroup" : ""))
		return -1;
	(void)cgroup_fd;
	return (pid_t)sys_fake_value_of("clone3", 0);
}

pid_t sys_waitpid(pid_t pid, int *status, int flags)
{
	(void)flags;
	*status = (int)sys_fake_value_of("waitpid", 0);
	if (sys_fake_call("waitpid %d", (int)pid))
		return -1;
	if (pid == -1) {
		pid = (pid_t)sys_fake_value_of("fork", 0);
		sys_fake_value("fork", -1);
	}
	return pid;
}

int sys_kill(pid_t pid, int sig)
{
	return sys_fake_call("kill %d %d", (int)pid, sig);
}

int sys_pidfd_open(pid_t pid, unsigned flags)
{
	(void)flags;
	return sys_fake_call("pidfd_open %d", (int)pid) ? -1 : sys_fake_fd("a process");
}

int sys_pidfd_send_signal(int fd, int sig, siginfo_t *info, unsigned flags)
{
	(void)info;
	(void)flags;
	return sys_fake_call("pidfd_send_signal <%s> %d", sys_fake_name(fd), sig);
}

int sys_socketpair(int type, int fds[2])
{
	(void)type;
	if (sys_fake_call("socketpair"))
		return -1;
	fds[0] = sys_fake_fd("parent's end");
	fds[1] = sys_fake_fd("child's end");
	/* The word for which the child waits. */
	if (pwrite(fds[1], "", 1, 0) != 1)
		return -1;
	return 0;
}

ssize_t sys_sendmsg(int fd, const struct msghdr *msg)
{
	return sys_fake_call("sendmsg <%s>%s", sys_fake_name(fd),
			     msg->msg_controllen ? " with a descriptor" : "")
		       ? -1
		       : 1;
}

ssize_t sys_recvmsg(int fd, struct msghdr *msg, int flags)
{
	(void)msg;
	(void)flags;
	return sys_fake_call("recvmsg <%s>", sys_fake_name(fd)) ? -1 : 0;
}

int sys_nanosleep_ms(unsigned ms)
{
	return sys_fake_call("sleep %u ms", ms);
}

int sys_execve(const char *path, char *const argv[], char *const envp[])
{
	CLEANUP_STR struct str text = { 0 };

	for (size_t i = 0; argv[i]; i++)
		str_printf(&text, " \"%s\"", argv[i]);
	str_add(&text, " with");
	for (size_t i = 0; envp[i]; i++)
		str_printf(&text, " %s", envp[i]);
	if (sys_fake_call("execve %s%s", path, str_text(&text)) == 0)
		errno = (int)sys_fake_value_of("execve", ENOENT);
	return -1;
}

int sys_bpf(int command, union bpf_attr *attr, size_t size)
{
	(void)attr;
	(void)size;
	return sys_fake_call("bpf %d", command);
}
