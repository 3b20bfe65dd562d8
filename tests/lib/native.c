/* SPDX-License-Identifier: Apache-2.0 */
#include "native.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <libgen.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cmocka.h>

#include "build.h"
#include "cleanup.h"
#include "fd.h"
#include "mem.h"
#include "sha256.h"
#include "str.h"

static const struct native_mount common[] = {
	{ PLAN_MOUNT_DIR, 0, "", "usr", 0755, 0 },
	{ PLAN_MOUNT_BIND, PLAN_MOUNT_READONLY | PLAN_MOUNT_NOSUID | PLAN_MOUNT_NODEV, "/usr",
	  "usr", 0, 0 },
	{ PLAN_MOUNT_SYMLINK, 0, "usr/bin", "bin", 0, 0 },
	{ PLAN_MOUNT_SYMLINK, 0, "usr/lib", "lib", 0, 0 },
	{ PLAN_MOUNT_SYMLINK, 0, "usr/lib64", "lib64", 0, 0 },
	{ PLAN_MOUNT_DIR, 0, "", "proc", 0555, 0 },
	{ PLAN_MOUNT_BIND, PLAN_MOUNT_NOSUID | PLAN_MOUNT_NODEV | PLAN_MOUNT_NOEXEC, "/proc",
	  "proc", 0, 0 },
	{ PLAN_MOUNT_DIR, 0, "", "dev", 0755, 0 },
	{ PLAN_MOUNT_BIND, PLAN_MOUNT_NOSUID | PLAN_MOUNT_NOEXEC, "/dev", "dev", 0, 0 },
	{ PLAN_MOUNT_DIR, 0, "", "tmp", 01777, 0 },
	{ PLAN_MOUNT_TMPFS, PLAN_MOUNT_NOSUID | PLAN_MOUNT_NODEV, "", "tmp", 01777, 1024 },
	{ PLAN_MOUNT_DIR, 0, "", "owned", 0755, 0 },
	{ PLAN_MOUNT_TMPFS, PLAN_MOUNT_NOEXEC | PLAN_MOUNT_OWNED, "", "owned", 0700, 64 },
	{ PLAN_MOUNT_FILE, 0, "", "one", 0, 0 },
	{ PLAN_MOUNT_BIND, PLAN_MOUNT_READONLY | PLAN_MOUNT_OPTIONAL, "/run/shown", "one", 0, 0 },
	{ PLAN_MOUNT_BIND, PLAN_MOUNT_OPTIONAL, "/run/absent", "owned", 0, 0 },
};

static void add_mount(struct build_plan *p, const struct native_mount *t)
{
	struct plan_mount m = { .op = t->op,
				.flags = t->flags,
				.source = build_text(&p->b, t->source),
				.target = build_text(&p->b, t->target),
				.mode = t->mode,
				.size_kib = t->size_kib };

	build_plan_row(p, PLAN_TABLE_MOUNTS, &m);
}

void native_put(const char *path, const void *data, size_t len, uint32_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, mode);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, len), len);
	close(fd);
}

/* Lets all pass but chmod and its kin, which answer EDOM: an errno nobody else gives. */
static void put_filter(uint8_t digest[SHA256_SIZE])
{
	const struct filter_insn insns[] = {
		{ BPF_LD | BPF_W | BPF_ABS, 0, 0, 0 },
		{ BPF_JMP | BPF_JEQ | BPF_K, 1, 0, SYS_fchmodat },
#ifdef SYS_chmod
		{ BPF_JMP | BPF_JEQ | BPF_K, 0, 1, SYS_chmod },
#else
		{ BPF_JMP | BPF_JEQ | BPF_K, 0, 1, SYS_fchmodat },
#endif
		{ BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | EDOM },
		{ BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW },
	};
	size_t size;
	void *bytes = build_filter(insns, ARRAY_SIZE(insns), &size);

	sha256_of(bytes, size, digest);
	native_put(RUN "/pack/filters/" LABEL ".bpf", bytes, size, 0400);
	free(bytes);
}

static void add_users(struct build_plan *p)
{
	static const struct native_mount above = { PLAN_MOUNT_DIR, 0, "", "home", 0755, 0 };
	static const struct native_mount place = { PLAN_MOUNT_DIR, 0, "", "home/user", 0755, 0 };

	add_mount(p, &above);
	add_mount(p, &place);
	for (uint32_t uid = NATIVE_USER; uid < NATIVE_USER + 2; uid++) {
		char home[64];

		snprintf(home, sizeof(home), NATIVE_HOMES "/%u", uid);
		build_plan_row(p, PLAN_TABLE_USERS,
			       &(struct plan_user){ uid, build_text(&p->b, home) });
	}
	build_plan_text(p, PLAN_TABLE_HOME, "snap");
	build_plan_text(p, PLAN_TABLE_HOME, "snap/demo");
	build_plan_text(p, PLAN_TABLE_HOME, "snap/demo/x1");
	build_plan_text(p, PLAN_TABLE_HOME, "snap/demo");
}

bool native_profile(void)
{
	CLEANUP_FREE char *text = NULL;
	struct err e = { 0 };
	size_t len;

	text = fd_read_kernel(AT_FDCWD, "/sys/kernel/security/apparmor/profiles", 1 << 20, &len,
			      &e);
	return text && strstr(text, LABEL " (enforce)\n");
}

unsigned native_rounds(unsigned rounds)
{
	return native_profile() ? rounds / 6 : rounds;
}

static void put_plan(const struct native *t)
{
	struct build_plan p = { 0 };
	size_t size;
	void *bytes;

	build_plan_start(&p);
	p.header.flags = PLAN_FLAG_DEVELOPMENT | t->flags;
	p.header.layers =
		PLAN_LAYER_SECCOMP | PLAN_LAYER_CAPABILITIES | PLAN_LAYER_NAMESPACES | t->layers;
	if (native_profile())
		p.header.layers |= PLAN_LAYER_APPARMOR;
	p.header.uid = p.header.gid = t->uid;
	p.header.caps = t->caps;
	p.header.ambient = t->ambient;
	p.header.nice = 5;
	p.header.umask_bits = 027;
	p.header.pass = t->pass;
	p.header.passed_fds = t->passed_fds;
	p.header.cwd = build_text(&p.b, t->cwd ? t->cwd : "/tmp");
	memset(&p.b.tables[PLAN_TABLE_ARGV], 0, sizeof(p.b.tables[0]));
	build_plan_text(&p, PLAN_TABLE_ARGV, t->program ? t->program : "/usr/bin/sh");
	build_plan_text(&p, PLAN_TABLE_ARGV, "-c");
	build_plan_text(&p, PLAN_TABLE_ARGV, t->script);
	build_plan_text(&p, PLAN_TABLE_ENV, "PATH=/usr/bin");
	build_plan_row(&p, PLAN_TABLE_GROUPS, &(uint32_t){ 1234 });
	build_plan_row(&p, PLAN_TABLE_RLIMITS, &(struct plan_rlimit){ RLIMIT_NOFILE, 0, 99, 99 });
	for (size_t i = 0; i < ARRAY_SIZE(common); i++)
		add_mount(&p, &common[i]);
	for (const struct native_mount *m = t->mounts; m && m->op; m++)
		add_mount(&p, m);
	if (t->as)
		add_users(&p);
	put_filter(p.header.filter_digest);
	bytes = build_plan_end(&p, &size);
	native_put(RUN "/pack/plans/" LABEL ".plan", bytes, size, 0400);
	free(bytes);
}

static void launcher_path(char path[PATH_MAX])
{
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	assert_true(n > 0);
	self[n] = '\0';
	for (int i = 0; i < 3; i++)
		*strrchr(self, '/') = '\0';
	assert_true(snprintf(path, PATH_MAX, "%s/bin/bulkhead-run", self) < PATH_MAX);
}

/* A launcher whose file has what the image gives it, and homes of those who may call it. */
static void make_users(const char *launcher)
{
	const uint64_t caps = PLAN_LAUNCHER_CAPS;
	const struct vfs_cap_data data = {
		VFS_CAP_REVISION_2, { { (uint32_t)caps, 0 }, { (uint32_t)(caps >> 32), 0 } }
	};
	struct err e = { 0 };
	size_t len;
	void *bytes = fd_read_file(launcher, 64 << 20, &len, &e);

	assert_non_null(bytes);
	assert_int_equal(mkdir("/run/lib", 0755) | mkdir(NATIVE_HOMES, 0755), 0);
	native_put(NATIVE_LENT, bytes, len, 0755);
	free(bytes);
	assert_int_equal(setxattr(NATIVE_LENT, "security.capability", &data, sizeof(data), 0), 0);
	for (uid_t uid = NATIVE_USER; uid < NATIVE_USER + 3; uid++) {
		char home[64];

		snprintf(home, sizeof(home), NATIVE_HOMES "/%u", uid);
		assert_int_equal(mkdir(home, 0700) | chown(home, uid, uid), 0);
	}
}

/* What boot leaves behind, on a /run that nobody else sees. */
static void make_world(const struct native *t)
{
	static const char *const dirs[] = { "/run/snapd", "/run/snapd/lock", "/run/snapd/ns", RUN };

	cpu_set_t one;

	/*
	 * A kernel refuses to bind a mount namespace that is not younger than the own one.
	 * Linux 6.18 tells age by numbers handed out per processor, so all of them come from one
	 * here; on a device the own one is the first of all.
	 */
	CPU_ZERO(&one);
	CPU_SET(0, &one);
	assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
	assert_int_equal(unshare(CLONE_NEWNS), 0);
	assert_int_equal(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	assert_int_equal(mount("t", "/run", "tmpfs", 0, "mode=0755"), 0);
	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++)
		assert_int_equal(mkdir(dirs[i], 0700), 0);
	assert_int_equal(mount("t", "/run/snapd/ns", "tmpfs", 0, "mode=0700"), 0);
	assert_int_equal(mount("t", RUN, "tmpfs", MS_NOEXEC, "mode=0700"), 0);
	assert_int_equal(mkdir(RUN "/pack", 0700), 0);
	assert_int_equal(mkdir(RUN "/pack/plans", 0700), 0);
	assert_int_equal(mkdir(RUN "/verified", 0700), 0);
	assert_int_equal(mkdir(RUN "/pack/filters", 0700), 0);
	native_put("/run/shown", "seen\n", 5, 0644);
	native_put("/run/hidden", "hidden\n", 7, 0644);
	native_put(RUN "/booted", "", 0, 0400);
	if (t->as) {
		char launcher[PATH_MAX];

		launcher_path(launcher);
		make_users(launcher);
	}
	put_plan(t);
}

void native_exec(const struct native *t)
{
	const char *argv[8] = { "bulkhead-run", LABEL };
	char path[PATH_MAX];

	for (int i = 0; t->argv && i < 5; i++) {
		argv[1 + i] = t->argv[i];
		if (!t->argv[i])
			break;
	}
	if (t->arg) {
		argv[2] = "--";
		argv[3] = t->arg;
	}
	launcher_path(path);
	if (t->as) {
		snprintf(path, sizeof(path), NATIVE_LENT);
		if (setgroups(0, NULL) || setresgid(t->as, t->as, t->as) ||
		    setresuid(t->as, t->as, t->as))
			_exit(96);
	}
	/* As after its login's exec: what it may do to itself, it may do. */
	if (t->last && (prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) || t->last()))
		_exit(95);
	execve(path, (char **)(uintptr_t)argv, (char **)(uintptr_t)t->env);
	_exit(99);
}

int native_start(const struct native *t)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		native_exec(t);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

size_t native_read(int fd, char *out, size_t size)
{
	size_t used = 0;

	for (ssize_t n; (n = read(fd, out + used, size - 1 - used)) > 0;)
		used += (size_t)n;
	out[used] = '\0';
	/* With coverage the C library's complaints can be more: who writes them must not wait. */
	for (char rest[4096]; read(fd, rest, sizeof(rest)) > 0;)
		;
	close(fd);
	return used;
}

/* Runs the trial in a process of its own; out gets what it printed, the exit status is returned. */
int native_launch(const struct native *t, char out[ROOM])
{
	int pipes[2], status;
	pid_t pid;

	assert_int_equal(pipe(pipes), 0);
	pid = fork();
	if (pid == 0) {
		int null = open("/dev/null", O_RDWR);
		struct native last = *t;

		close(pipes[0]);
		dup2(null, 0);
		dup2(pipes[1], 1);
		dup2(pipes[1], 2);
		make_world(t);
		if (t->before && t->before())
			_exit(98);
		/* The first run's words are not wanted. */
		if (t->again) {
			dup2(null, 1);
			status = native_start(t);
			if (!status == t->first_fails)
				_exit(status ? status : 94);
			if (t->between && t->between())
				_exit(97);
			dup2(pipes[1], 1);
			last.as = t->as_then ? t->as_then : t->as;
		}
		_exit(native_start(&last));
	}
	close(pipes[1]);
	native_read(pipes[0], out, ROOM);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

bool native_possible(void)
{
	if (geteuid() != 0 || access("/usr/bin/sh", X_OK))
		return false;
	/* Under emulation the calls of the new mount interface are unknown. */
	return syscall(SYS_fsopen, "tmpfs", 1) >= 0 || errno == EPERM ? geteuid() == 0 : false;
}

void native_expect_start(const struct native *t, char out[ROOM])
{
	int status = native_launch(t, out);

	if (status)
		fail_msg("status %d:\n%s", status, out);
}

void native_expect_line(const char *out, const char *line)
{
	if (!strstr(out, line))
		fail_msg("\"%s\" is not in:\n%s", line, out);
}

/* As native_launch(), on a terminal of its own, at which typed is typed once the app asks for it.
 */
int native_launch_on_terminal(const struct native *t, const char *typed, char out[ROOM])
{
	int master = posix_openpt(O_RDWR | O_NOCTTY);
	bool asked = false;
	size_t used = 0;
	int status;
	pid_t pid;

	assert_true(master >= 0);
	assert_int_equal(grantpt(master) | unlockpt(master), 0);
	pid = fork();
	if (pid == 0) {
		int slave;

		setsid();
		slave = open(ptsname(master), O_RDWR);
		for (int fd = 0; fd <= 2; fd++)
			dup2(slave, fd);
		close(master);
		make_world(t);
		if (t->before && t->before())
			_exit(98);
		_exit(native_start(t));
	}
	out[0] = '\0';
	/* Typed at "?": the launcher has made the terminal raw by then. EIO: the last slave closed.
	 */
	for (ssize_t n; (n = read(master, out + used, ROOM - 1 - used)) > 0;) {
		used += (size_t)n;
		out[used] = '\0';
		/* Of much output the beginning is kept. */
		used = used < ROOM / 2 ? used : ROOM / 2;
		if (asked || !strstr(out, "?"))
			continue;
		asked = true;
		if (typed)
			assert_int_equal(write(master, typed, strlen(typed)), strlen(typed));
		if (t->asked)
			t->asked(out, master);
	}
	close(master);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}
