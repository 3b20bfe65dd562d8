/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_launch ROOT CASES times ROUNDS ISOLATED|rate SECONDS: as the first process of a pid
 * namespace makes ROOT, a mount, the root, mounts /proc, runs /usr/bin/bulkhead-boot there once,
 * then the commands of CASES. ROOT "/" is a device that has booted, as it is. A line of CASES is
 * fields with a tabulator between: a name, the label whose cgroup the process starts in or "-", the
 * snap whose kept namespaces are released before each start or "-", a command run before each start
 * (words with blanks between) or "-", and the words of the command: first NAME=VALUE for its
 * environment and <FILE for what it finds open as descriptor 9.
 *
 * times: every command once in each round, shuffled, back to back, then ISOLATED
 * rounds with 150 ms of idleness before each start. Prints "MODE NAME NANOSECONDS KIB" for each
 * start: fork to reaped, and the peak of resident memory. rate: all commands in turn for SECONDS,
 * then the last one alone; prints "MODE STARTS NANOSECONDS SLOW SLOW_NANOSECONDS", slow being the
 * starts of more than 5 ms: those have waited. A command that fails ends it all.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define IDLE_NS	  150000000L
#define SLOW_NS	  5000000L
#define WORDS_MAX 64
#define INPUT_FD  9
#define OUT_FD	  7 /* the bench's own 1 and 2; the commands have /dev/null there */
#define ERR_FD	  8
#define CASES_MAX 512
#define TEXT_MAX  (1024 * 1024)

struct bench_case {
	const char *name, *reset;
	int cgroup_fd; /* -1: the bench's own */
	char *before[WORDS_MAX], *words[WORDS_MAX];
	char *envp[WORDS_MAX], **argv;
	const char *input; /* for descriptor 9, or NULL */
};

static __attribute__((noreturn, format(printf, 1, 2))) void die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	dprintf(ERR_FD, "bench_launch: cannot ");
	vdprintf(ERR_FD, format, args);
	dprintf(ERR_FD, "\n");
	va_end(args);
	exit(1);
}

static long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000L + t.tv_nsec;
}

/* --- one start ------------------------------------------------------------------------------- */

static pid_t start(const struct bench_case *c)
{
	struct clone_args args = { .exit_signal = SIGCHLD };
	pid_t pid;
	int fd;

	if (c->cgroup_fd >= 0) {
		args.flags = CLONE_INTO_CGROUP;
		args.cgroup = (uint64_t)c->cgroup_fd;
	}
	pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
	if (pid)
		return pid;
	if (c->input) {
		fd = open(c->input, O_RDONLY);
		if (fd < 0 || dup2(fd, INPUT_FD) < 0 || close(fd))
			_exit(126);
	}
	execve(c->argv[0], c->argv, c->envp);
	_exit(127);
}

/* Returns nanoseconds from fork to reaped. */
static long run(const struct bench_case *c, long *rss)
{
	struct rusage usage;
	long begun = now();
	pid_t pid = start(c);
	int status;

	if (pid < 0 || wait4(pid, &status, 0, &usage) != pid)
		die("start %s: %s", c->argv[0], strerror(errno));
	begun = now() - begun;
	if (status != 0)
		die("use %s: %s ended with status %#x", c->name, c->argv[0], (unsigned)status);
	*rss = usage.ru_maxrss;
	return begun;
}

static long run_plain(const char *name, char *const argv[])
{
	struct bench_case c = { .name = name, .cgroup_fd = -1, .argv = (char **)argv };
	long unused;

	return run(&c, &unused);
}

/* As a launcher finds it whose snap has not been started since boot. */
static void release(const char *snap)
{
	static const char *const kinds[] = { "info", "mnt", "ipc" };
	char path[256];

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		snprintf(path, sizeof(path), "/run/snapd/ns/%s.%s", snap, kinds[i]);
		if (i && umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW) && errno != ENOENT)
			die("release %s: %s", path, strerror(errno));
		if (unlink(path) && errno != ENOENT)
			die("remove %s: %s", path, strerror(errno));
	}
}

static long run_case(const struct bench_case *c, bool isolated, long *rss)
{
	const struct timespec idle = { .tv_nsec = IDLE_NS };

	if (c->reset)
		release(c->reset);
	if (c->before[0])
		run_plain(c->name, c->before);
	if (isolated)
		nanosleep(&idle, NULL);
	return run(c, rss);
}

/* --- the cases ------------------------------------------------------------------------------- */

static void split(char *text, const char *between, char *words[WORDS_MAX])
{
	size_t n = 0;
	char *save = NULL;

	for (char *w = strtok_r(text, between, &save); w; w = strtok_r(NULL, between, &save)) {
		if (n + 1 == WORDS_MAX)
			die("use a command of more than %d words", WORDS_MAX - 1);
		words[n++] = w;
	}
	words[n] = NULL;
}

static void read_case(char *line, struct bench_case *c)
{
	char *name = strsep(&line, "\t"), *label = strsep(&line, "\t");
	char *reset = strsep(&line, "\t"), *before = strsep(&line, "\t");
	char path[256];
	size_t n = 0;

	if (!line)
		die("use the case %s: it has no command", name);
	c->name = name;
	c->cgroup_fd = -1;
	c->reset = strcmp(reset, "-") != 0 ? reset : NULL;
	split(strcmp(before, "-") != 0 ? before : before + 1, " ", c->before);
	split(line, "\t", c->words);
	c->argv = c->words;
	for (; *c->argv && (strchr(*c->argv, '=') || **c->argv == '<'); c->argv++)
		if (**c->argv == '<')
			c->input = *c->argv + 1;
		else
			c->envp[n++] = *c->argv;
	if (strcmp(label, "-") == 0)
		return;
	snprintf(path, sizeof(path), "/sys/fs/cgroup/bulkhead/%s", label);
	c->cgroup_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (c->cgroup_fd < 0)
		die("open %s: %s", path, strerror(errno));
}

static size_t read_cases(char *text, struct bench_case cases[CASES_MAX])
{
	size_t n = 0;
	char *save = NULL;

	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		if (n == CASES_MAX)
			die("use more than %d cases", CASES_MAX);
		read_case(line, &cases[n++]);
	}
	if (n == 0)
		die("use no cases");
	return n;
}

/* --- the world ------------------------------------------------------------------------------- */

static void enter(const char *root)
{
	/* A namespace of its own: pivot_root moves every process of the one it is called in. */
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		die("make a mount namespace: %s", strerror(errno));
	/* pivot_root(2), "pivot_root(".", ".")" */
	if (chdir(root) || syscall(SYS_pivot_root, ".", ".") || umount2(".", MNT_DETACH) ||
	    chdir("/") || mount("proc", "/proc", "proc", 0, NULL))
		die("make %s the root: %s", root, strerror(errno));
}

/*
 * What boot writes below /proc/sys holds for the whole machine; this one is not a device. It writes
 * into plain files, which ROOT has in /sysctl and which are gone before the first start.
 */
static void boot(void)
{
	static char *const argv[] = { "/usr/bin/bulkhead-boot", NULL };

	if (mount("/sysctl", "/proc/sys", NULL, MS_BIND, NULL))
		die("cover /proc/sys: %s", strerror(errno));
	run_plain("boot", argv);
	if (umount2("/proc/sys", 0))
		die("uncover /proc/sys: %s", strerror(errno));
}

/* The commands find no terminal. What they say is seen in the first round alone. */
static void be_quiet(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 || setsid() < 0)
		die("let go of the terminal: %s", strerror(errno));
}

/* firejail takes itself for nested, and does nothing, where no process is the kernel's. */
static void pretend_kernel(void)
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork: %s", strerror(errno));
	if (pid == 0)
		for (prctl(PR_SET_NAME, "kthreadd");;)
			pause();
}

static void silence(void)
{
	if (dup2(0, 2) < 0)
		die("close standard error: %s", strerror(errno));
}

/* --- what is measured ------------------------------------------------------------------------ */

/* Neighbours disturb each other, by namespaces and cgroups that end later: no two stay neighbours.
 */
static void shuffle(size_t order[], size_t n)
{
	for (size_t i = n - 1; i > 0; i--) {
		size_t k = (size_t)random() % (i + 1), kept = order[i];

		order[i] = order[k];
		order[k] = kept;
	}
}

static void measure_times(const struct bench_case *cases, size_t n, const long rounds[2])
{
	static const char *const modes[] = { "together", "isolated" };
	size_t order[CASES_MAX];
	long rss;

	/* The first start of each reads files and makes the kept namespaces. */
	for (size_t i = 0; i < n; i++) {
		order[i] = i;
		run_case(&cases[i], false, &rss);
	}
	silence();
	for (int mode = 0; mode < 2; mode++)
		for (long round = 0; round < rounds[mode]; round++) {
			shuffle(order, n);
			for (size_t i = 0; i < n; i++) {
				const struct bench_case *c = &cases[order[i]];
				long ns = run_case(c, mode == 1, &rss);

				dprintf(OUT_FD, "%s\t%s\t%ld\t%ld\n", modes[mode], c->name, ns,
					rss);
			}
		}
}

static void measure_rate(const struct bench_case *cases, size_t n, long seconds)
{
	long rss;

	for (size_t i = 0; i < n; i++)
		run_case(&cases[i], false, &rss);
	silence();
	for (int alone = 0; alone < 2; alone++) {
		long begun = now(), count = 0, slow = 0, slow_ns = 0;

		for (; now() - begun < seconds * 1000000000L; count++) {
			size_t at = alone ? n - 1 : (size_t)count % n;
			long ns = run_case(&cases[at], false, &rss);

			slow += ns > SLOW_NS;
			slow_ns += ns > SLOW_NS ? ns : 0;
		}
		dprintf(OUT_FD, "%s\t%ld\t%ld\t%ld\t%ld\n", alone ? "one" : "all", count,
			now() - begun, slow, slow_ns);
	}
}

int main(int argc, char *argv[])
{
	static struct bench_case cases[CASES_MAX];
	static char text[TEXT_MAX];
	bool rate = argc == 5 && strcmp(argv[3], "rate") == 0;
	long rounds[2];
	int fd;

	if (!rate && (argc != 6 || strcmp(argv[3], "times") != 0)) {
		fprintf(stderr,
			"usage: bench_launch ROOT CASES times ROUNDS ISOLATED|rate SECONDS\n");
		return 2;
	}
	if (dup3(1, OUT_FD, O_CLOEXEC) < 0 || dup3(2, ERR_FD, O_CLOEXEC) < 0)
		return 1;
	fd = open(argv[2], O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, text, sizeof(text) - 1) < 0)
		die("read %s: %s", argv[2], strerror(errno));
	close(fd);
	be_quiet();
	if (strcmp(argv[1], "/") != 0) {
		enter(argv[1]);
		pretend_kernel();
		boot();
	}
	size_t n = read_cases(text, cases);

	rounds[0] = atol(argv[4]);
	rounds[1] = rate ? 0 : atol(argv[5]);
	if (rate)
		measure_rate(cases, n, rounds[0]);
	else
		measure_times(cases, n, rounds);
	return 0;
}
