/* SPDX-License-Identifier: Apache-2.0 */
/* Around the phases: what must be true before them, and the parent that some apps need. */
#include "launch.h"

#include <linux/capability.h>
#include <linux/sched.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "cgroup.h"
#include "terminal.h"

/* What a start takes at most: no limit of the caller's ends it in the middle of a phase. */
#define MEMORY_KIB 4096u

static bool has_pids(const struct launch *l)
{
	return launch_has(l, PLAN_LAYER_NAMESPACES) && l->plan.header->flags & PLAN_FLAG_PID_OWN &&
	       GUARD(launch_pids);
}

/* What waits for the app is in the app's own cgroup then. */
static bool in_unit(const struct launch *l)
{
	return has_pids(l) && l->device.which == SYS_CGROUP_UNIT;
}

static void print_development(const struct launch *l)
{
	char text[LABEL_MAX + 128], *end, *const behind = text + sizeof(text);

	if (plan_complains(&l->plan))
		fprintf(stderr, "bulkhead-run: %s: DEVMODE, not confined\n", l->label);
	if (l->plan.header->layers == PLAN_LAYERS_ALL)
		return;
	end = str_join(text, sizeof(text), "bulkhead-run: ", l->label, ": development plan without",
		       NULL);
	for (unsigned i = 0; i < PLAN_LAYERS; i++)
		if (!(l->plan.header->layers & 1u << i))
			end = str_join(end, (size_t)(behind - end), " ", plan_layer_names[i], NULL);
	str_join(end, (size_t)(behind - end), "\n", NULL);
	fputs(text, stderr);
}

/*
 * 1 when the app must not take the place of this process: one of 0, 1 and 2 is the caller's
 * terminal, from which it could read what is typed later, whichever of them it is (a shell opens
 * all three for both directions), or setsid(2) would refuse a leader, or the session has a
 * terminal.
 */
static int needs_parent(struct err *e)
{
	int terminal = sys_look_terminals(e);
	CLEANUP_FD int tty = -1;

	if (terminal < 3)
		return terminal < 0 ? -1 : 1;
	if (sys_getsid() != sys_getpid())
		return sys_getpgrp() == sys_getpid();
	tty = sys_openat(AT_FDCWD, "/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC, 0);
	if (tty >= 0)
		return 1;
	/* ENXIO: no controlling terminal; ENOENT: no such node at all. */
	return errno == ENXIO || errno == ENOENT ? 0 : err_sys(e, "cannot open /dev/tty");
}

/* The caller's terminal for the relay, taken while we are root: in from 0, out to 1, 2 or 0.
 * True when it cannot be had. */
static bool open_terminals(const struct launch *l, struct sys_relay *to, struct err *e)
{
	int out = isatty(1) ? 1 : isatty(2) ? 2 : 0;

	return sys_terminal_again(l->proc_fd, 0, &to->in, e) ||
	       sys_terminal_again(l->proc_fd, out, &to->out, e);
}

/*
 * A process beside the parent, in a session of its own, that ends the app when the parent is gone:
 * killed, it can end nothing itself, and AppArmor clears PR_SET_PDEATHSIG in the exec into a
 * profile (apparmor_bprm_committing_creds(), security/apparmor/lsm.c).
 */
static int start_guard(pid_t app, struct err *e)
{
	CLEANUP_FD int parent_fd = sys_pidfd_open(sys_getpid(), 0);
	CLEANUP_FD int app_fd = sys_pidfd_open(app, 0);
	sigset_t all;
	struct pollfd fds[] = { { .fd = 0, .events = POLLIN }, { .fd = 1, .events = POLLIN } };
	pid_t pid = parent_fd < 0 || app_fd < 0 ? -1 : sys_fork();

	if (pid)
		return pid < 0 ? err_sys(e, "cannot start the guard of the app") : 0;
	/* 0 is the parent, 1 the app; nothing of the caller's stays open here. What ends the app
	 * politely is not for this one. */
	sigfillset(&all);
	if (sys_setsid() < 0 || sys_sigprocmask(SIG_SETMASK, &all) ||
	    sys_dup3(parent_fd, 0, 0) < 0 || sys_dup3(app_fd, 1, 0) < 0 ||
	    sys_close_range(2, ~0U, 0))
		_exit(LAUNCH_FAILED);
	while (poll(fds, ARRAY_SIZE(fds), -1) < 0 && errno == EINTR)
		;
	if (!fds[1].revents && GUARD(launch_guard))
		(void)!sys_pidfd_send_signal(1, SIGKILL, NULL, 0);
	_exit(0);
}

static int exit_status(int ended)
{
	return WIFSIGNALED(ended) ? 128 + WTERMSIG(ended) : WEXITSTATUS(ended);
}

/* By the app's signal too: who waits for us tells it from a status. A first process cannot. */
static void end_as(int ended)
{
	sigset_t set;

	if (!WIFSIGNALED(ended))
		return;
	sigemptyset(&set);
	sigaddset(&set, WTERMSIG(ended));
	(void)!sys_prctl(PR_SET_DUMPABLE, 0, 0);
	(void)!sys_sigaction(WTERMSIG(ended), &(struct sigaction){ 0 });
	(void)!sys_sigprocmask(SIG_UNBLOCK, &set);
	(void)!sys_kill(sys_getpid(), WTERMSIG(ended));
}

/* The parent's whole life: nobody, able to pass on signals, carrying bytes until the app ends. */
static int stay(struct launch *l, int socket_fd, pid_t child, struct err *e)
{
	CLEANUP(sys_relay_close) struct sys_relay to = { -1, -1, -1, child, in_unit(l) };
	int ended;

	if (open_terminals(l, &to, e))
		return -1;
	if (GUARD(launch_parent) && launch_drop(l, 1ULL << CAP_KILL))
		return err_env(e, "cannot give up privileges before waiting for the app");
	/* The app waits for the word: with nobody to end it, it does not begin. */
	if (start_guard(child, e))
		return -1;
	if (sys_write(socket_fd, "", 1) != 1)
		return err_sys(e, "cannot let the app begin");
	to.master = sys_terminal_take(socket_fd);
	ended = sys_terminal_relay(&to, e);
	if (ended < 0)
		return -1;
	/* Of a first process, whose own says less. */
	if (has_pids(l))
		(void)!sys_read(socket_fd, &ended, sizeof(ended));
	l->status = exit_status(ended);
	end_as(ended);
	return 0;
}

/*
 * The first process of a PID namespace, to which the kernel gives every orphan of it and with which
 * all of it ends. Not the app: a first process is sent no signal that it has not asked for, so that
 * SIGTERM would not end a plain program, nor abort(3).
 */
static int stay_first(struct launch *l, pid_t app, struct err *e)
{
	const struct sys_relay to = { -1, -1, -1, app, in_unit(l) };
	int ended;

	if (GUARD(launch_first) && launch_drop(l, 1ULL << CAP_KILL))
		return err_env(e, "cannot give up privileges as the app's first process");
	ended = sys_terminal_relay(&to, e);
	if (ended < 0)
		return -1;
	/* An exit status does not say all of it. */
	(void)!sys_write(l->relay_fd, &ended, sizeof(ended));
	l->status = exit_status(ended);
	return 0;
}

static int begin(struct launch *l, struct err *e)
{
	pid_t app = 0;
	sigset_t all;
	char word;

	if (sys_read(l->relay_fd, &word, 1) != 1)
		return err_env(e, "cannot begin: the process that waits for the app is gone");
	/* What a first process has not asked for is lost, what it has blocked waits: the app may be
	 * there before the relay. launch_signals() unblocks the app's. */
	sigfillset(&all);
	if (has_pids(l) && sys_sigprocmask(SIG_SETMASK, &all))
		return err_sys(e, "cannot block signals");
	if (has_pids(l))
		app = sys_fork();
	if (app < 0)
		return err_sys(e, "cannot fork");
	return app ? stay_first(l, app, e) : launch_run(l, e);
}

/*
 * Out of the cgroup that it was started in: what ends the app there, signal by signal, would reach
 * the app once more through the processes that wait for it.
 */
static int leave_cgroup(struct launch *l, struct err *e)
{
	int in = sys_cgroup_has(AT_FDCWD, "/proc/self/cgroup", l->label, e);
	CLEANUP_FD int procs = -1;

	/* With systemd it stays where its unit is, whose main process it is. */
	if (in == SYS_CGROUP_UNIT)
		l->device.which = SYS_CGROUP_UNIT;
	if (in != SYS_CGROUP_OWN)
		return in < 0 ? -1 : 0;
	procs = sys_openat(AT_FDCWD, "/sys/fs/cgroup/cgroup.procs", O_WRONLY | O_CLOEXEC, 0);
	return procs < 0 || sys_write(procs, "0", 1) != 1
		       ? err_sys(e, "cannot leave the app's cgroup")
		       : 0;
}

/* 1 when a process has to stay behind for the app, 0 when not, -1. */
static int wants_parent(struct launch *l, struct err *e)
{
	if (!has_pids(l))
		return needs_parent(e);
	return launch_has(l, PLAN_LAYER_DEVICES) && leave_cgroup(l, e) ? -1 : 1;
}

int launch_app(struct launch *l, char *const environ_[], struct err *e)
{
	CLEANUP_FD int ours = -1;
	int pair[2];
	int parent;
	pid_t child;
	void *volatile memory = malloc(MEMORY_KIB * 1024); /* or the compiler leaves it out */

	l->step = (struct launch_step){ "caller", LAUNCH_HINT_CALLER };
	if (!memory && GUARD(launch_memory))
		return err_sys(e, "cannot have %u KiB of memory", MEMORY_KIB);
	free(memory);
	if (launch_caller_read(environ_, &l->caller, e))
		return -1;
	l->step = (struct launch_step){ "pack", LAUNCH_HINT_PACK };
	if (launch_pack(l, e))
		return -1;
	print_development(l);
	l->step = (struct launch_step){ "start", LAUNCH_HINT_CALLER };
	parent = wants_parent(l, e);
	if (parent <= 0)
		return parent < 0 ? -1 : launch_run(l, e);
	/* With SIGCHLD ignored the kernel itself would forget the app as it ends, and what we then
	 * send to its number would reach another's process. */
	if (GUARD(launch_reaped) && sys_sigaction(SIGCHLD, &(struct sigaction){ 0 }))
		return err_sys(e, "cannot reset signal %d", SIGCHLD);
	if (sys_socketpair(SOCK_SEQPACKET | SOCK_CLOEXEC, pair))
		return err_sys(e, "cannot make a socket pair");
	ours = pair[0];
	l->relay_fd = pair[1];
	child = has_pids(l) ? sys_clone3(CLONE_NEWPID, 0) : sys_fork();
	if (child < 0)
		return err_sys(e, "cannot fork");
	if (child == 0) {
		cleanup_fd(&ours);
		return begin(l, e);
	}
	cleanup_fd(&l->relay_fd);
	return stay(l, ours, child, e);
}
