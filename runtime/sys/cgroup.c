/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/vfs.h>

#include "fd.h"
#include "look.h"
#include "mem.h"
#include "num.h"
#include "str.h"
#include "sys.h"

#define PROCS_TEXT_MAX (4u * 1024u * 1024u)
#define SIGNAL_MAX     4096u
#define LINE_SIZE      256u

/* The line is controllers, ":/", and the path below the mount. */
static const struct place {
	const char *mount, *controllers, *before, *after;
	uint32_t magic;
} places[] = {
	[SYS_CGROUP_OWN] = { "/sys/fs/cgroup", "", "bulkhead/", "", CGROUP2_SUPER_MAGIC },
	/* Units of the system have no slice but this, see the builder's gadget/emit/units.c. */
	[SYS_CGROUP_UNIT] = { "/sys/fs/cgroup", "", "system.slice/", ".service",
			      CGROUP2_SUPER_MAGIC },
	[SYS_CGROUP_V1] = { "/sys/fs/cgroup/devices", "devices", "bulkhead/", "",
			    CGROUP_SUPER_MAGIC },
};

enum sys_cgroup sys_cgroup_made(void)
{
	struct statfs fs;

	return statfs(places[SYS_CGROUP_V1].mount, &fs) == 0 &&
			       (uint32_t)fs.f_type == CGROUP_SUPER_MAGIC
		       ? SYS_CGROUP_V1
		       : SYS_CGROUP_OWN;
}

/*
 * The line of /proc/PID/cgroup for a process in it, from behind the hierarchy's number (0 is v2,
 * which has no controllers there): for sys_look_in_cgroup().
 */
static void line_of(enum sys_cgroup which, const char *label, char out[LINE_SIZE])
{
	const struct place *p = &places[which];

	str_join(out, LINE_SIZE, p->controllers, ":/", p->before, label, p->after, NULL);
}

int sys_cgroup_open(enum sys_cgroup which, const char *label, struct err *e)
{
	const char *mount = places[which].mount;
	CLEANUP_FD int root = fd_open_folder(AT_FDCWD, mount, e);
	char line[LINE_SIZE];
	int fd = -1;

	if (root < 0)
		return -1;
	line_of(which, label, line);
	if (sys_look_trust(root, mount + 1, places[which].magic, e) == 0)
		fd = fd_open_beneath(root, strchr(line, '/') + 1, O_RDONLY | O_DIRECTORY, 0, e);
	return fd < 0 ? err_prefix(e, "cannot open the cgroup of %s", label) : fd;
}

int sys_cgroup_populated(int cgroup_fd, struct err *e)
{
	size_t len;
	CLEANUP_FREE char *text = fd_read_kernel(cgroup_fd, "cgroup.events", 4096, &len, e);

	if (!text)
		return -1;
	if (sys_look_has_line(text, "populated 1"))
		return 1;
	if (sys_look_has_line(text, "populated 0"))
		return 0;
	return err_env(e, "cannot read cgroup.events: it has no \"populated\" line");
}

int sys_cgroup_has(int dirfd, const char *path, const char *label, struct err *e)
{
	CLEANUP_FREE char *text = NULL;
	char want[LINE_SIZE];
	size_t len;

	text = fd_read_kernel(dirfd, path, 64 * 1024, &len, e);
	for (unsigned which = SYS_CGROUP_OWN; text && which <= SYS_CGROUP_V1; which++) {
		line_of(which, label, want);
		if (sys_look_in_cgroup(text, want))
			return (int)which;
	}
	return text ? SYS_CGROUP_NONE : -1;
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

int sys_cgroup_signal(int cgroup_fd, const char *label, int sig, struct err *e)
{
	CLEANUP_FREE pid_t *pids = mem_must(calloc(SIGNAL_MAX, sizeof(*pids)));
	int n = sys_cgroup_processes(cgroup_fd, pids, SIGNAL_MAX, e);

	if (n < 0)
		return -1;
	for (int i = 0; i < n; i++) {
		CLEANUP_FD int fd = sys_pidfd_open(pids[i], 0);
		char path[64];

		if (fd < 0 && errno != ESRCH)
			return err_sys(e, "cannot signal process %d", (int)pids[i]);
		snprintf(path, sizeof(path), "/proc/%d/cgroup", (int)pids[i]);
		if (fd < 0 || sys_cgroup_has(AT_FDCWD, path, label, NULL) != SYS_CGROUP_OWN)
			continue;
		if (sys_pidfd_send_signal(fd, sig, NULL, 0) && errno != ESRCH)
			return err_sys(e, "cannot signal process %d", (int)pids[i]);
	}
	return 0;
}

int sys_cgroup_kill(int cgroup_fd, struct err *e)
{
	return fd_write_kernel(cgroup_fd, "cgroup.kill", "1", 1, e);
}
