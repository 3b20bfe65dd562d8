/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup.h"

#include <linux/magic.h>

#include "look.h"
#include "num.h"

#define LINES_MAX  (4u * 1024u * 1024u)
#define SIGNAL_MAX 4096u
#define LINE_SIZE  256u
#define PATH_SIZE  (LINE_SIZE + 32u)

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
	const struct place *p = &places[which];
	const struct open_how how = { .flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC,
				      .resolve = RESOLVE_NO_SYMLINKS };
	char path[PATH_SIZE];
	CLEANUP_FD int fd = -1;

	str_join(path, sizeof(path), p->mount, "/", p->before, label, p->after, NULL);
	fd = sys_openat2(AT_FDCWD, path, &how);
	if (fd < 0)
		return err_sys(e, "cannot open the cgroup of %s", label);
	return sys_look_trust(fd, path + 1, p->magic, e) ? -1 : steal_fd(&fd);
}

int sys_cgroup_populated(int cgroup_fd, struct err *e)
{
	size_t len;
	CLEANUP_FREE char *text = fd_read_kernel(cgroup_fd, "cgroup.events", 4096, &len, e);

	if (!text)
		return -1;
	if (sys_look_has_line(text, "populated 1") || sys_look_has_line(text, "populated 0"))
		return sys_look_has_line(text, "populated 1");
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

int sys_cgroup_nest(int cgroup_fd, struct err *e)
{
	if (fd_write_kernel(cgroup_fd, "cgroup.max.depth", "16", 2, e) ||
	    fd_write_kernel(cgroup_fd, "cgroup.max.descendants", "1024", 4, e))
		return -1;
	/* Where it could not be made it cannot be entered. */
	(void)!mkdirat(cgroup_fd, SYS_CGROUP_NESTED, 0755);
	return fd_write_kernel(cgroup_fd, SYS_CGROUP_NESTED "/cgroup.procs", "0", 1, e);
}

struct walk {
	const char *file;
	struct str *out;
};

/* What is no group, or is gone by now, adds nothing; nor does a threaded one (EOPNOTSUPP), whose
 * processes its domain lists. Of the group itself what lies in SYS_CGROUP_NESTED alone. */
static int add_lines(void *ctx, int dir_fd, const char *name, struct err *e)
{
	const struct walk *w = ctx;
	CLEANUP_FD int fd = fd_open_folder(dir_fd, name, e);
	size_t len;
	CLEANUP_FREE char *text = fd < 0 ? NULL : fd_read_kernel(fd, w->file, LINES_MAX, &len, e);

	if (!text)
		return errno == ENOTDIR || errno == ENOENT || errno == ENODEV || errno == EOPNOTSUPP
			       ? 0
			       : -1;
	str_add(w->out, text);
	return str_eq(name, ".") ? add_lines(ctx, fd, SYS_CGROUP_NESTED, e)
				 : fd_each(fd, ".", add_lines, ctx, e);
}

int sys_cgroup_lines(int cgroup_fd, const char *file, struct str *out, struct err *e)
{
	return add_lines(&(struct walk){ file, out }, cgroup_fd, ".", e);
}

int sys_cgroup_processes(int cgroup_fd, pid_t *pids, size_t max, struct err *e)
{
	CLEANUP_STR struct str text = { 0 };
	size_t n = 0;

	if (sys_cgroup_lines(cgroup_fd, "cgroup.procs", &text, e))
		return -1;
	for (char *save = NULL, *line = strtok_r(text.text, "\n", &save); line && n < max;
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
		CLEANUP_FD int fd = -1;
		char path[64];

		snprintf(path, sizeof(path), "/proc/%d/cgroup", (int)pids[i]);
		fd = sys_pidfd_open(pids[i], 0);
		if (fd >= 0 && sys_cgroup_has(AT_FDCWD, path, label, NULL) != SYS_CGROUP_OWN)
			continue;
		if ((fd < 0 || sys_pidfd_send_signal(fd, sig, NULL, 0)) && errno != ESRCH)
			return err_sys(e, "cannot signal process %d", (int)pids[i]);
	}
	return 0;
}

int sys_cgroup_kill(int cgroup_fd, struct err *e)
{
	return fd_write_kernel(cgroup_fd, "cgroup.kill", "1", 1, e);
}
