/* SPDX-License-Identifier: Apache-2.0 */
#include "process.h"

#include <linux/sched.h>
#include <sys/inotify.h>

#include "cgroup.h"
#include "look.h"
#include "plan.h"
#include "sys.h"

#define LAUNCH_FAIL 125

/* --- opening ------------------------------------------------------------------------------ */

static int open_one(struct process *p, const char *label, struct err *e)
{
	int out[2];

	p->label = label;
	p->cgroup_fd = sys_cgroup_open(SYS_CGROUP_OWN, label, e);
	if (p->cgroup_fd < 0)
		return -1;
	/* Only our end does not block: the daemon's is another open file. */
	if (pipe2(out, O_CLOEXEC) || fcntl(out[0], F_SETFL, O_RDONLY | O_NONBLOCK))
		return err_sys(e, "cannot make the pipe of %s", label);
	p->out_read = out[0];
	p->out_write = out[1];
	return 0;
}

int processes_open(struct processes *p, const struct daemons *table, struct err *e)
{
	if (sys_cgroup_made() == SYS_CGROUP_V1)
		return err_env(e, "cannot start daemons on cgroup v1: not in this version");
	p->slots_fd = -1;
	p->count = table->header->rows_count;
	p->items = mem_must(calloc(p->count + 1, sizeof(*p->items)));
	p->proc_fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	/* Opened here: the child is in its device cgroup from birth. */
	p->null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (p->proc_fd < 0 || p->null_fd < 0 || fstatat(p->proc_fd, "self/exe", &p->self, 0) ||
	    stat(PROCESS_RUN, &p->run))
		return err_sys(e, "cannot find /proc, /dev/null and " PROCESS_RUN);
	/* Without it no daemon whose hardware is required is started: the others are. */
	p->watch_fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (inotify_add_watch(p->watch_fd, "/" PLAN_SLOTS_THERE, IN_CREATE | IN_DELETE) >= 0)
		p->slots_fd = open("/" PLAN_SLOTS_THERE, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (p->slots_fd < 0)
		fprintf(stderr, "bulkhead-supervise: cannot watch /" PLAN_SLOTS_THERE ": %m\n");
	for (size_t i = 0; i < p->count; i++)
		if (open_one(&p->items[i], daemons_text(table, table->rows[i].label), e))
			return -1;
	return 0;
}

/* --- operations --------------------------------------------------------------------------- */

/* In the child: nothing of ours but out_fd, in a session of its own, then the launcher. */
static _Noreturn void become_launcher(const struct processes *all, const char *label,
				      const char *option, int out_fd)
{
	char *argv[] = { (char *)PROCESS_RUN, (char *)label, (char *)option, NULL };
	char *envp[] = { NULL };
	sigset_t none;

	sigemptyset(&none);
	if (sys_sigprocmask(SIG_SETMASK, &none) == 0 && sys_setsid() >= 0 &&
	    dup2(all->null_fd, 0) == 0 && dup2(out_fd, 1) == 1 && dup2(out_fd, 2) == 2 &&
	    sys_close_range(3, ~0u, 0) == 0 && sys_execve(PROCESS_RUN, argv, envp) < 0)
		dprintf(2, "cannot execute " PROCESS_RUN ": %s\n", strerror(errno));
	_exit(LAUNCH_FAIL);
}

pid_t process_start(struct processes *all, size_t n, struct err *e)
{
	struct process *p = &all->items[n];
	pid_t pid = sys_clone3(CLONE_INTO_CGROUP, p->cgroup_fd);

	if (pid == 0)
		become_launcher(all, p->label, NULL, p->out_write);
	return pid < 0 ? err_sys(e, "cannot make a process in its cgroup") : pid;
}

static bool has_executed(const struct processes *all, pid_t pid)
{
	const struct stat ours[] = { all->self, all->run };
	char text[16];

	snprintf(text, sizeof(text), "%d", (int)pid);
	return sys_look_executed(all->proc_fd, text, ours, ARRAY_SIZE(ours));
}

/* The lowest number is the oldest, but for a wrap: then any of them serves as well. */
pid_t process_survivor(struct processes *all, size_t n)
{
	pid_t pids[64];
	int count = sys_cgroup_processes(all->items[n].cgroup_fd, pids, ARRAY_SIZE(pids), NULL);
	pid_t best = 0;

	for (int i = 0; i < count; i++)
		if (!best || pids[i] < best)
			best = pids[i];
	return best;
}

/*
 * Waits for it: it reads a few files of procfs. What differs it says on the console itself, opened
 * once more and non-blocking: one that takes nothing holds up no verdict.
 */
enum verdict process_verify(struct processes *all, size_t n, pid_t pid, struct err *e)
{
	int status = -1, console;
	pid_t child;

	/* With PIDs of its own the app is not our child, but the only one in its cgroup. */
	if (!has_executed(all, pid))
		pid = process_survivor(all, n);
	if (!has_executed(all, pid))
		return VERDICT_NOT_YET;
	child = sys_fork();
	if (child == 0) {
		console = openat(all->proc_fd, "self/fd/1", O_WRONLY | O_NONBLOCK | O_NOCTTY);
		become_launcher(all, all->items[n].label, "--started",
				console < 0 ? all->null_fd : console);
	}
	if (child < 0 || sys_waitpid(child, &status, 0) != child)
		status = -1;
	if (status == 0 || !GUARD(supervise_verified))
		return VERDICT_GOOD;
	(void)err_env(e, "it is not seen confined as its plan says");
	/* Gone meanwhile: its exit is told by SIGCHLD. */
	return has_executed(all, pid) ? VERDICT_BAD : VERDICT_NOT_YET;
}

uint64_t process_there(struct processes *all, const char *tag)
{
	struct stat st;

	return fstatat(all->slots_fd, tag, &st, 0) ? 0 : st.st_ino;
}

bool process_populated(struct processes *all, size_t n)
{
	return sys_cgroup_populated(all->items[n].cgroup_fd, NULL) != 0;
}

void process_say(struct processes *all, const char *line)
{
	CLEANUP_STR struct str text = { 0 };

	(void)all;
	str_printf(&text, "bulkhead-supervise: %s\n", line);
	(void)lines_write(STDOUT_FILENO, text.text, text.len);
}

void process_signal(struct processes *all, size_t n, int sig)
{
	const struct process *p = &all->items[n];
	struct err e = { 0 };

	/* Any other may be lost: SIGKILL by the cgroup follows at the time limit in any case. */
	if (sig == SIGKILL ? sys_cgroup_kill(p->cgroup_fd, &e)
			   : sys_cgroup_signal(p->cgroup_fd, p->label, sig, &e))
		process_say(all, e.text);
}

/* One read waits for a console that takes nothing once: the rest of it is lost too. */
static void emit(void *ctx, const char *text, size_t len)
{
	bool *takes = ctx;

	*takes = *takes && lines_write(STDOUT_FILENO, text, len);
}

void process_output(struct process *p)
{
	bool takes = true;
	const struct lines_to to = { .label = p->label, .emit = emit, .ctx = &takes };
	/* Not more: bytes become lines, and a serial line is slow. */
	char buf[LINES_MAX];
	ssize_t n = read(p->out_read, buf, sizeof(buf));

	if (n > 0)
		lines_add(&p->lines, &to, buf, (size_t)n);
}
