/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The real launcher on this machine's kernel, as root, in a mount namespace with a /run of its own:
 * namespaces, capabilities and seccomp, with development plans that lack AppArmor and the device
 * cgroup. Skipped where that is impossible (no root, another architecture under emulation).
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
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
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "build.h"
#include "mem.h"
#include "sha256.h"
#include "str.h"

#define LABEL "snap.demo.app"
#define RUN   "/run/bulkhead"
#define ROOM  65536

/* A launch: what the plan says beyond the common ground, and how it is started. */
struct trial {
	const char *script;
	const char *env[4];
	const char *arg; /* one of "-- ARG" */
	uint32_t uid, flags, pass, passed_fds;
	uint64_t caps, ambient;
	const char *program; /* in the place of /bin/sh */
	const struct plan_mount_text *mounts;
	int (*before)(void);	 /* in the world, before the start */
	bool again;		 /* started twice; the output is the second's */
	int (*between)(void);	 /* between the two */
	const char *const *argv; /* in the place of LABEL [-- arg] */
};

struct plan_mount_text {
	uint32_t op, flags;
	const char *source, *target;
	uint32_t mode, size_kib;
};

static const struct plan_mount_text common[] = {
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
	{ PLAN_MOUNT_BIND, PLAN_MOUNT_READONLY, "/run/shown", "one", 0, 0 },
};

static void add_mount(struct build_plan *p, const struct plan_mount_text *t)
{
	struct plan_mount m = { .op = t->op,
				.flags = t->flags,
				.source = build_text(&p->b, t->source),
				.target = build_text(&p->b, t->target),
				.mode = t->mode,
				.size_kib = t->size_kib };

	build_plan_row(p, PLAN_TABLE_MOUNTS, &m);
}

static void put(const char *path, const void *data, size_t len, mode_t mode)
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
	put(RUN "/pack/filters/" LABEL ".bpf", bytes, size, 0400);
	free(bytes);
}

static void put_plan(const struct trial *t)
{
	struct build_plan p = { 0 };
	size_t size;
	void *bytes;

	build_plan_start(&p);
	p.header.flags = PLAN_FLAG_DEVELOPMENT | t->flags;
	p.header.layers = PLAN_LAYER_SECCOMP | PLAN_LAYER_CAPABILITIES | PLAN_LAYER_NAMESPACES;
	p.header.uid = p.header.gid = t->uid;
	p.header.caps = t->caps;
	p.header.ambient = t->ambient;
	p.header.nice = 5;
	p.header.umask_bits = 027;
	p.header.pass = t->pass;
	p.header.passed_fds = t->passed_fds;
	p.header.cwd = build_text(&p.b, "/tmp");
	memset(&p.b.tables[PLAN_TABLE_ARGV], 0, sizeof(p.b.tables[0]));
	build_plan_text(&p, PLAN_TABLE_ARGV, t->program ? t->program : "/usr/bin/sh");
	build_plan_text(&p, PLAN_TABLE_ARGV, "-c");
	build_plan_text(&p, PLAN_TABLE_ARGV, t->script);
	build_plan_text(&p, PLAN_TABLE_ENV, "PATH=/usr/bin");
	build_plan_row(&p, PLAN_TABLE_GROUPS, &(uint32_t){ 1234 });
	build_plan_row(&p, PLAN_TABLE_RLIMITS, &(struct plan_rlimit){ RLIMIT_NOFILE, 0, 99, 99 });
	for (size_t i = 0; i < ARRAY_SIZE(common); i++)
		add_mount(&p, &common[i]);
	for (const struct plan_mount_text *m = t->mounts; m && m->op; m++)
		add_mount(&p, m);
	put_filter(p.header.filter_digest);
	bytes = build_plan_end(&p, &size);
	put(RUN "/pack/plans/" LABEL ".plan", bytes, size, 0400);
	free(bytes);
}

/* What boot leaves behind, on a /run that nobody else sees. */
static void make_world(const struct trial *t)
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
	assert_int_equal(mkdir(RUN "/pack/filters", 0700), 0);
	put("/run/shown", "seen\n", 5, 0644);
	put("/run/hidden", "hidden\n", 7, 0644);
	put(RUN "/booted", "", 0, 0400);
	put_plan(t);
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

static int start(const struct trial *t)
{
	const char *argv[8] = { "bulkhead-run", LABEL };
	char path[PATH_MAX];
	pid_t pid;
	int status;

	for (int i = 0; t->argv && i < 5; i++)
		argv[1 + i] = t->argv[i];
	if (t->arg) {
		argv[2] = "--";
		argv[3] = t->arg;
	}
	launcher_path(path);
	pid = fork();
	if (pid == 0) {
		execve(path, (char **)(uintptr_t)argv, (char **)(uintptr_t)t->env);
		_exit(99);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

/* Runs the trial in a process of its own; out gets what it printed, the exit status is returned. */
static int launch(const struct trial *t, char out[ROOM])
{
	int pipes[2], status;
	size_t used = 0;
	pid_t pid;

	assert_int_equal(pipe(pipes), 0);
	pid = fork();
	if (pid == 0) {
		int null = open("/dev/null", O_RDWR);

		dup2(null, 0);
		dup2(pipes[1], 1);
		dup2(pipes[1], 2);
		make_world(t);
		if (t->before && t->before())
			_exit(98);
		/* The first run's words are not wanted. */
		if (t->again) {
			dup2(null, 1);
			status = start(t);
			if (status)
				_exit(status);
			if (t->between && t->between())
				_exit(97);
			dup2(pipes[1], 1);
		}
		_exit(start(t));
	}
	close(pipes[1]);
	for (ssize_t n; (n = read(pipes[0], out + used, ROOM - 1 - used)) > 0;)
		used += (size_t)n;
	out[used] = '\0';
	close(pipes[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

static bool possible(void)
{
	if (geteuid() != 0 || access("/usr/bin/sh", X_OK))
		return false;
	/* Under emulation the calls of the new mount interface are unknown. */
	return syscall(SYS_fsopen, "tmpfs", 1) >= 0 || errno == EPERM ? geteuid() == 0 : false;
}

#define NEEDS_KERNEL()                                                                             \
	do {                                                                                       \
		if (!possible())                                                                   \
			skip();                                                                    \
	} while (0)

static void expect_start(const struct trial *t, char out[ROOM])
{
	int status = launch(t, out);

	if (status)
		fail_msg("status %d:\n%s", status, out);
}

static void expect_line(const char *out, const char *line)
{
	if (!strstr(out, line))
		fail_msg("\"%s\" is not in:\n%s", line, out);
}

static void test_confined_user(void **state)
{
	struct trial t = { .script = "grep -E '^(Uid|Gid|Groups|Cap|NoNewPrivs|Seccomp:)' "
				     "/proc/self/status; umask; ulimit -n; nice; pwd; env; "
				     "chmod 0700 /tmp; ls /proc/self/fd; echo status $0 $#",
			   .env = { "LD_PRELOAD=/tmp/evil.so", "PATH=/evil", "SECRET=1", NULL },
			   .uid = 4321,
			   .arg = "word" };
	char out[ROOM];

	(void)state;
	NEEDS_KERNEL();
	expect_start(&t, out);
	expect_line(out, "development plan without apparmor devices\n");
	expect_line(out, "Uid:\t4321\t4321\t4321\t4321\n");
	expect_line(out, "Gid:\t4321\t4321\t4321\t4321\n");
	expect_line(out, "Groups:\t1234");
	expect_line(out, "CapInh:\t0000000000000000\nCapPrm:\t0000000000000000\n"
			 "CapEff:\t0000000000000000\nCapBnd:\t0000000000000000\n"
			 "CapAmb:\t0000000000000000\nNoNewPrivs:\t1\nSeccomp:\t2\n");
	expect_line(out, "0027\n99\n5\n/tmp\n");
	expect_line(out, "Numerical argument out of domain");
	expect_line(out, "status word 0\n");
	assert_null(strstr(out, "LD_PRELOAD="));
	assert_null(strstr(out, "PATH=/evil"));
	assert_null(strstr(out, "SECRET"));
}

/* uid 0 has nothing but what the plan grants, also with the bounding set as its only bound. */
static void test_confined_root(void **state)
{
	struct trial none = { .script = "grep ^Cap /proc/self/status; touch /x /usr/x; "
					"mount -t tmpfs t /tmp; chown 1 /tmp" };
	struct trial one = { .script = "grep ^Cap /proc/self/status; chown 1 /tmp && echo chowned",
			     .caps = 1 };
	char out[ROOM];

	(void)state;
	NEEDS_KERNEL();
	launch(&none, out);
	expect_line(out, "CapInh:\t0000000000000000\nCapPrm:\t0000000000000000\n"
			 "CapEff:\t0000000000000000\nCapBnd:\t0000000000000000\n");
	expect_line(out, "touch: cannot touch '/x': Read-only file system\n");
	expect_line(out, "touch: cannot touch '/usr/x': Read-only file system\n");
	expect_line(out, "changing ownership of '/tmp': Operation not permitted\n");
	expect_start(&one, out);
	expect_line(out, "CapInh:\t0000000000000000\nCapPrm:\t0000000000000001\n"
			 "CapEff:\t0000000000000001\nCapBnd:\t0000000000000001\n"
			 "CapAmb:\t0000000000000000\n");
	expect_line(out, "chowned\n");
}

static void test_ambient(void **state)
{
	struct trial t = { .script = "grep ^Cap /proc/self/status",
			   .uid = 4321,
			   .caps = 1 << 10 | 1,
			   .ambient = 1 << 10 };
	char out[ROOM];

	(void)state;
	NEEDS_KERNEL();
	expect_start(&t, out);
	expect_line(out, "CapInh:\t0000000000000400\nCapPrm:\t0000000000000400\n"
			 "CapEff:\t0000000000000400\nCapBnd:\t0000000000000401\n"
			 "CapAmb:\t0000000000000400\n");
}

static void test_root_tree(void **state)
{
	struct trial t = { .script = "cat /one; ls /; ls /run; stat -c '%u %a' /owned /tmp; "
				     "ls /dev/pts; cat /proc/self/mountinfo; echo x >/one" };
	char out[ROOM];

	(void)state;
	NEEDS_KERNEL();
	launch(&t, out);
	expect_line(out, "seen\nbin\ndev\nlib\nlib64\none\nowned\nproc\ntmp\nusr\n");
	expect_line(out, "cannot access '/run'");
	expect_line(out, "0 700\n0 1777\nptmx\n");
	expect_line(out, " / / ro,nosuid,nodev,relatime master:");
	expect_line(out, " /usr ro,nosuid,nodev");
	expect_line(out, " /dev rw,nosuid,noexec");
	expect_line(out, " /dev/ptmx rw,nosuid,noexec");
	expect_line(out, "/one: Read-only file system\n");
	assert_null(strstr(out, "hidden"));
}

static void test_network(void **state)
{
	struct trial own = { .script = "cat /proc/net/dev; echo; ls /proc/net/",
			     .flags = PLAN_FLAG_NETWORK_OWN };
	struct trial shared = { .script = "readlink /proc/self/ns/net /proc/self/ns/ipc" };
	char out[ROOM], host[64] = "";

	(void)state;
	NEEDS_KERNEL();
	launch(&own, out);
	expect_line(out, "lo:");
	assert_null(strstr(out, "eth"));
	expect_start(&shared, out);
	assert_true(readlink("/proc/self/ns/net", host, sizeof(host) - 1) > 0);
	expect_line(out, host);
	memset(host, 0, sizeof(host));
	assert_true(readlink("/proc/self/ns/ipc", host, sizeof(host) - 1) > 0);
	assert_null(strstr(out, host));
}

/* --- the caller's terminal ---------------------------------------------------------------------
 */

/* As launch(), on a terminal of its own, at which typed is typed once the app asks for it. */
static int launch_on_terminal(const struct trial *t, const char *typed, char out[ROOM])
{
	int master = posix_openpt(O_RDWR | O_NOCTTY);
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
		_exit(start(t));
	}
	out[0] = '\0';
	/* Typed at "?": the launcher has made the terminal raw by then. EIO: the last slave closed.
	 */
	for (ssize_t n; (n = read(master, out + used, ROOM - 1 - used)) > 0;) {
		used += (size_t)n;
		out[used] = '\0';
		if (typed && strstr(out, "?")) {
			assert_int_equal(write(master, typed, strlen(typed)), strlen(typed));
			typed = NULL;
		}
	}
	close(master);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

static void test_terminal(void **state)
{
	const struct trial words = { .script = "tty; ls -1 /dev/pts; stat -c '%u %g' /dev/pts/0; "
					       "echo x >/dev/tty; echo '?'; read word; "
					       "echo \"got $word\"; exit 7",
				     .uid = 4321 };
	const struct trial killed = { .script = "kill -9 $$", .uid = 4321 };
	const struct trial broken = { .script = "", .program = "/usr/bin/absent" };
	const struct trial interrupted = { .script = "echo '?'; sleep 30", .uid = 4321 };
	char out[ROOM];

	(void)state;
	NEEDS_KERNEL();
	assert_int_equal(launch_on_terminal(&words, "hello\r", out), 7);
	expect_line(out, "/dev/pts/0\r\n0\r\nptmx\r\n4321 5\r\nx\r\n?\r\n");
	expect_line(out, "got hello\r\n");
	assert_int_equal(launch_on_terminal(&killed, NULL, out), 128 + SIGKILL);
	assert_int_equal(launch_on_terminal(&broken, NULL, out), 127);
	expect_line(out, "phase exec: cannot execute /usr/bin/absent: No such file");
	/* The key reaches the app as a signal of its own terminal. */
	assert_int_equal(launch_on_terminal(&interrupted, "\003", out), 128 + SIGINT);
}

/* --- the kept namespaces -------------------------------------------------------------------- */

#define MARK                                                                                       \
	"test -e /tmp/mark && echo kept; touch /tmp/mark; readlink /proc/self/ns/ipc; "            \
	"ls /dev/pts"

static int damage_record(void)
{
	return truncate("/run/snapd/ns/demo.info", 95);
}

static int leave_half(void)
{
	put("/run/snapd/ns/demo.mnt", "", 0, 0600);
	put("/run/snapd/ns/demo.info", "half", 4, 0600);
	return 0;
}

static int plant_fifo(void)
{
	return mkfifo("/run/snapd/ns/demo.info", 0600);
}

static void test_kept_is_shared(void **state)
{
	struct trial t = { .script = MARK, .again = true };
	char out[ROOM];

	(void)state;
	NEEDS_KERNEL();
	expect_start(&t, out);
	expect_line(out, "kept\nipc:[");
}

static void test_kept_made_anew(void **state)
{
	struct trial t = { .script = MARK, .before = leave_half };
	char out[ROOM];

	(void)state;
	NEEDS_KERNEL();
	expect_start(&t, out);
	assert_null(strstr(out, "kept"));
	t.again = true;
	expect_start(&t, out);
	expect_line(out, "kept\n");
}

static void test_kept_not_trusted(void **state)
{
	struct trial t = { .script = MARK, .again = true, .between = damage_record };
	char out[ROOM];

	(void)state;
	NEEDS_KERNEL();
	expect_start(&t, out);
	assert_null(strstr(out, "kept"));
	expect_line(out, "ipc:[");
}

/* --- refusals ------------------------------------------------------------------------------- */

static int plant_link(void)
{
	return symlink("/run/hidden", "/run/link");
}

static int remove_booted(void)
{
	return unlink(RUN "/booted");
}

static int open_plan_mode(void)
{
	return chmod(RUN "/pack/plans/" LABEL ".plan", 0666);
}

static int give_plan_away(void)
{
	return chown(RUN "/pack/plans/" LABEL ".plan", 1, 1);
}

static int link_plan(void)
{
	if (rename(RUN "/pack/plans/" LABEL ".plan", RUN "/plan"))
		return -1;
	return symlink(RUN "/plan", RUN "/pack/plans/" LABEL ".plan");
}

static int change_filter(void)
{
	int fd = open(RUN "/pack/filters/" LABEL ".bpf", O_RDWR);
	ssize_t n = pwrite(fd, "", 1, 64);

	close(fd);
	return n == 1 ? 0 : -1;
}

static int open_run(void)
{
	return chmod(RUN, 0777);
}

static void test_refusals(void **state)
{
	static const struct plan_mount_text through_link[] = {
		{ PLAN_MOUNT_FILE, 0, "", "got", 0, 0 },
		{ PLAN_MOUNT_BIND, 0, "/run/link", "got", 0, 0 },
		{ 0 }
	};
	static const struct plan_mount_text onto_link[] = {
		{ PLAN_MOUNT_SYMLINK, 0, "/tmp", "away", 0, 0 },
		{ PLAN_MOUNT_TMPFS, 0, "", "away", 0700, 4 },
		{ 0 }
	};
	static const struct plan_mount_text twice[] = { { PLAN_MOUNT_DIR, 0, "", "usr", 0755, 0 },
							{ 0 } };
	const struct {
		struct trial t;
		int status;
		const char *text;
	} rows[] = {
		{ { .before = remove_booted },
		  125,
		  "cannot start snap.demo.app: cannot open /run/bulkhead/booted: bulkhead-boot has "
		  "not" },
		{ { .before = open_plan_mode }, 125, "app.plan: others may write it\n" },
		{ { .before = give_plan_away }, 125, "app.plan: its owner is not root\n" },
		{ { .before = link_plan }, 125, "Too many levels of symbolic links\n" },
		{ { .before = change_filter }, 125, "it is not the filter that the plan names\n" },
		{ { .before = plant_fifo }, 125, "cannot read demo.info: Illegal seek\n" },
		{ { .before = open_run },
		  125,
		  "cannot trust /run/bulkhead: others may write it\n" },
		{ { .before = plant_link, .mounts = through_link },
		  125,
		  "phase namespaces: cannot make /got of the app's root: cannot open run/link: Too "
		  "many levels" },
		{ { .mounts = onto_link },
		  125,
		  "cannot make /away of the app's root: cannot open away: Too many levels" },
		{ { .mounts = twice },
		  125,
		  "cannot make /usr of the app's root: cannot make directory: File exists\n" },
		{ { .program = "/usr/bin/absent" },
		  127,
		  "phase exec: cannot execute /usr/bin/absent: No such file" },
		{ { .program = "/one" },
		  126,
		  "phase exec: cannot execute /one: Permission denied\n" },
		{ { .env = { "NOTIFY_SOCKET=relative" }, .pass = PLAN_PASS_NOTIFY_SOCKET },
		  125,
		  "phase environment: cannot pass NOTIFY_SOCKET: its value is malformed\n" },
		{ { .env = { "TERM=a", "TERM=b" }, .pass = PLAN_PASS_TERM },
		  125,
		  "phase environment: cannot pass TERM: it is there twice\n" },
	};
	char out[ROOM];

	(void)state;
	NEEDS_KERNEL();
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct trial t = rows[i].t;

		t.script = "echo started";
		int status = launch(&t, out);

		if (status != rows[i].status)
			fail_msg("row %zu: status %d:\n%s", i, status, out);
		expect_line(out, rows[i].text);
		assert_null(strstr(out, "started"));
	}
}

static void test_arguments(void **state)
{
	static const struct {
		const char *argv[5];
		const char *text;
	} rows[] = {
		{ { NULL }, "expected LABEL [--verify] [-- ARGUMENT...]\n" },
		{ { "" }, "cannot use label \"\": expected snap.NAME.APP\n" },
		{ { "../x" }, "cannot use label \"../x\": expected snap.NAME.APP\n" },
		{ { "-x" }, "cannot use label \"-x\"" },
		{ { "snap.demo.app/../x" }, "cannot use label" },
		{ { "snap.Demo.app" }, "cannot use label" },
		{ { "snap.demo.app", "--shell" }, "cannot use --shell: not in this version\n" },
		{ { "snap.demo.app", "word" }, "cannot use argument \"word\": expected --verify" },
		{ { "snap.demo.app", "--verify", "x" }, "cannot use argument \"x\"" },
		{ { "snap.demo.other" }, "cannot open plans/snap.demo.other.plan: No such file" },
		{ { "snap.demo.app", "--verify" }, "cannot verify snap.demo.app: " },
	};
	char out[ROOM];

	(void)state;
	NEEDS_KERNEL();
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct trial t = { .script = "echo started", .argv = rows[i].argv };

		assert_int_equal(launch(&t, out), 125);
		expect_line(out, rows[i].text);
		assert_null(strstr(out, "started"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_confined_user),	 cmocka_unit_test(test_confined_root),
		cmocka_unit_test(test_ambient),		 cmocka_unit_test(test_root_tree),
		cmocka_unit_test(test_network),		 cmocka_unit_test(test_terminal),
		cmocka_unit_test(test_kept_is_shared),	 cmocka_unit_test(test_kept_made_anew),
		cmocka_unit_test(test_kept_not_trusted), cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_arguments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
