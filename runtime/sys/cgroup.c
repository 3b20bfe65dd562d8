/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cleanup.h"
#include "device.h"
#include "fd.h"
#include "mem.h"
#include "num.h"
#include "sys.h"

#define PROCS_TEXT_MAX (4u * 1024u * 1024u)
#define SIGNAL_MAX     4096u

int sys_cgroup_open(const char *label, struct err *e)
{
	CLEANUP_FD int root =
		open(SYS_DEVICE_CGROUP_ROOT, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	CLEANUP_FD int fd = -1;
	struct statfs fs;

	if (root < 0)
		return err_sys(e, "cannot open %s", SYS_DEVICE_CGROUP_ROOT);
	if (fstatfs(root, &fs))
		return err_sys(e, "cannot open %s", SYS_DEVICE_CGROUP_ROOT);
	if ((uint32_t)fs.f_type != (uint32_t)CGROUP2_SUPER_MAGIC)
		return err_env(e, "cannot open %s: not in a cgroup2 file system",
			       SYS_DEVICE_CGROUP_ROOT);
	fd = fd_open_beneath(root, label, O_RDONLY | O_DIRECTORY, 0, e);
	if (fd < 0)
		return err_prefix(e, "cannot open the cgroup of %s", label);
	return steal_fd(&fd);
}

int sys_cgroup_events(int cgroup_fd, struct err *e)
{
	return fd_open_beneath(cgroup_fd, "cgroup.events", O_RDONLY, 0, e);
}

int sys_cgroup_populated(int events_fd, struct err *e)
{
	char text[256];
	ssize_t n = pread(events_fd, text, sizeof(text) - 1, 0);

	if (n < 0)
		return err_sys(e, "cannot read cgroup.events");
	text[n] = '\0';
	if (strstr(text, "populated 1"))
		return 1;
	if (strstr(text, "populated 0"))
		return 0;
	return err_env(e, "cannot read cgroup.events: it has no \"populated\" line");
}

int sys_cgroup_processes(int cgroup_fd, pid_t *pids, size_t max, struct err *e)
{
	CLEANUP_FREE char *text = NULL;
	size_t len, n = 0;

	text = fd_read_kernel(cgroup_fd, "cgroup.procs", PROCS_TEXT_MAX, &len, e);
	if (!text)
		return -1;
	for (char *save = NULL, *line = strtok_r(text, "\n", &save); line && n < max;
	     line = strtok_r(NULL, "\n", &save)) {
		uint64_t pid;

		if (num_parse(line, 1, INT32_MAX, &pid, e))
			return err_prefix(e, "cannot read cgroup.procs");
		pids[n++] = (pid_t)pid;
	}
	return (int)n;
}

static bool is_member(pid_t pid, const char *label)
{
	CLEANUP_FREE char *text = NULL;
	char path[64], want[256];
	size_t len;

	snprintf(path, sizeof(path), "/proc/%d/cgroup", (int)pid);
	snprintf(want, sizeof(want), "0::/bulkhead/%s\n", label);
	text = fd_read_kernel(AT_FDCWD, path, 64 * 1024, &len, NULL);
	for (char *at = text ? strstr(text, want) : NULL; at; at = strstr(at + 1, want))
		if (at == text || at[-1] == '\n')
			return true;
	return false;
}

int sys_cgroup_signal(int cgroup_fd, const char *label, int sig, struct err *e)
{
	CLEANUP_FREE pid_t *pids = mem_must(calloc(SIGNAL_MAX, sizeof(*pids)));
	int n = sys_cgroup_processes(cgroup_fd, pids, SIGNAL_MAX, e);

	if (n < 0)
		return -1;
	for (int i = 0; i < n; i++) {
		CLEANUP_FD int fd = (int)syscall(SYS_pidfd_open, pids[i], 0);

		if (fd < 0 && errno == ESRCH)
			continue;
		if (fd < 0)
			return err_sys(e, "cannot signal process %d", (int)pids[i]);
		if (!is_member(pids[i], label))
			continue;
		if (syscall(SYS_pidfd_send_signal, fd, sig, NULL, 0) && errno != ESRCH)
			return err_sys(e, "cannot signal process %d", (int)pids[i]);
	}
	return 0;
}

int sys_cgroup_kill(int cgroup_fd, struct err *e)
{
	CLEANUP_FD int fd = fd_open_beneath(cgroup_fd, "cgroup.kill", O_WRONLY, 0, e);

	if (fd < 0)
		return -1;
	return fd_write_once(fd, "1", 1, "cgroup.kill", e);
}
