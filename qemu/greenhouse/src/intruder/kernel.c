/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's own doors: mounts, namespaces, modules, rings, its files. */
#include "attempt.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/io_uring.h>
#include <linux/perf_event.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* A module of the target's kernel that nothing else loads; it lies beside bin/. */
#define MODULE_NAME "crc7"

static enum result try_mount(const struct victims *v, const char **fact)
{
	int rc = mount("intruder", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);

	(void)v;
	(void)fact;
	if (rc == 0)
		umount2("/tmp", MNT_DETACH);
	return attempt_result(rc);
}

static enum result cgroup_mount(const struct victims *v, const char **fact)
{
	int rc = mount("intruder", "/tmp", "cgroup2", 0, NULL);

	(void)v;
	(void)fact;
	if (rc == 0)
		umount2("/tmp", MNT_DETACH);
	return attempt_result(rc);
}

static enum result userns_unshare(const struct victims *v, const char **fact)
{
	(void)v;
	(void)fact;
	return attempt_result(syscall(SYS_unshare, CLONE_NEWUSER));
}

/* Of the child of a raw clone, which must not touch this process' state. */
static enum result reap(long pid)
{
	if (pid == 0)
		_exit(0);
	if (pid > 0)
		waitpid((pid_t)pid, NULL, 0);
	return attempt_result(pid);
}

static enum result userns_clone(const struct victims *v, const char **fact)
{
	(void)v;
	(void)fact;
	return reap(syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0));
}

static enum result userns_clone3(const struct victims *v, const char **fact)
{
	struct clone_args args = { .flags = CLONE_NEWUSER, .exit_signal = SIGCHLD };

	(void)v;
	(void)fact;
	return reap(syscall(SYS_clone3, &args, sizeof(args)));
}

static enum result io_uring(const struct victims *v, const char **fact)
{
	struct io_uring_params p = { 0 };

	(void)v;
	(void)fact;
	return attempt_result(syscall(SYS_io_uring_setup, 1, &p));
}

static enum result module_load(const struct victims *v, const char **fact)
{
	const char *self = (const char *)getauxval(AT_EXECFN);
	const char *slash = self ? strrchr(self, '/') : NULL;
	char path[512];
	long rc;
	int fd;

	(void)v;
	if (!slash) {
		*fact = "the program's own path is not known";
		return BROKEN;
	}
	snprintf(path, sizeof(path), "%.*s/../" MODULE_NAME ".ko", (int)(slash - self), self);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		*fact = "the module cannot be read from the snap";
		return BROKEN;
	}
	rc = syscall(SYS_finit_module, fd, "", 0);
	if (rc == 0)
		syscall(SYS_delete_module, MODULE_NAME, O_NONBLOCK);
	return attempt_result(rc);
}

static enum result try_bpf(const struct victims *v, const char **fact)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1
	};

	(void)v;
	(void)fact;
	return attempt_result(syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof(attr)));
}

/* Counts what every process of a processor does. */
static enum result perf_event(const struct victims *v, const char **fact)
{
	struct perf_event_attr attr = { .type = PERF_TYPE_SOFTWARE,
					.size = sizeof(attr),
					.config = PERF_COUNT_SW_CPU_CLOCK };

	(void)v;
	(void)fact;
	return attempt_result(syscall(SYS_perf_event_open, &attr, -1, 0, -1, 0));
}

static enum result write_file(const char *path, const void *data, size_t len)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	long rc = fd < 0 ? -1 : write(fd, data, len);
	int saved = errno;

	if (fd >= 0)
		close(fd);
	errno = saved;
	return attempt_result(rc);
}

/* A query: it changes nothing, and every process may write one that can reach the file. */
static enum result securityfs_write(const struct victims *v, const char **fact)
{
	static const char query[] = "label\0unconfined\0\2/etc/passwd";

	(void)v;
	(void)fact;
	return write_file("/sys/kernel/security/apparmor/.access", query, sizeof(query) - 1);
}

/* "0" is the writing process: it would leave its cgroup, and the device program on it. */
static enum result cgroup_write(const struct victims *v, const char **fact)
{
	(void)v;
	(void)fact;
	return write_file("/sys/fs/cgroup/cgroup.procs", "0", 1);
}

static enum result mem_open(const struct victims *v, const char **fact)
{
	(void)v;
	(void)fact;
	return attempt_result(open("/dev/mem", O_RDONLY | O_CLOEXEC));
}

static enum result kcore_open(const struct victims *v, const char **fact)
{
	struct stat st;

	(void)v;
	if (sizeof(long) == 4 && stat("/proc/kcore", &st) < 0 && errno == ENOENT) {
		*fact = "no such file: this architecture's kernel has no /proc/kcore";
		return ABSENT;
	}
	return attempt_result(open("/proc/kcore", O_RDONLY | O_CLOEXEC));
}

const struct attempt attempts_kernel[] = {
	{ "mount", try_mount },
	{ "cgroup-mount", cgroup_mount },
	{ "userns-unshare", userns_unshare },
	{ "userns-clone", userns_clone },
	{ "userns-clone3", userns_clone3 },
	{ "io-uring", io_uring },
	{ "module-load", module_load },
	{ "bpf", try_bpf },
	{ "perf-event", perf_event },
	{ "securityfs-write", securityfs_write },
	{ "cgroup-write", cgroup_write },
	{ "mem-open", mem_open },
	{ "kcore-open", kcore_open },
	{ NULL, NULL },
};
