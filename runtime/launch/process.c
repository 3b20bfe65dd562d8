/* SPDX-License-Identifier: Apache-2.0 */
/* What a process carries through exec: lock, session, directory, limits, signals, identity. */
#include "launch.h"

#include <linux/magic.h>
#include <sys/file.h>
#include <sys/prctl.h>

#include "terminal.h"

#define LOCK_TRY_MS 50u
#define LOCK_TRIES  (30000u / LOCK_TRY_MS)

int launch_proc(struct launch *l, struct err *e)
{
	struct open_how how = {
		.flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
		/* thread-self is a link, but not a magic one. */
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS,
	};

	/* Nobody but root looks into this process from now to exec. */
	if (GUARD(launch_dumpable) && sys_prctl(PR_SET_DUMPABLE, 0, 0))
		return err_sys(e, "cannot become undumpable");
	l->self_fd = sys_openat2(l->proc_fd, "thread-self", &how);
	return l->self_fd < 0 ? err_sys(e, "cannot open /proc/thread-self") : 0;
}

int launch_lock(struct launch *l, struct err *e)
{
	CLEANUP_FD int dir = sys_look_trusted(l->root_fd, LAUNCH_LOCK_DIR, O_RDONLY | O_DIRECTORY,
					      TMPFS_MAGIC, e);
	char name[sizeof(l->kept) + 8];

	if (dir < 0)
		return -1;
	/* The caller's would reach the modes of what is made from here on. */
	(void)(GUARD(launch_umask) && sys_umask(0));
	/* Of a user's own start it is the user's own: nobody else waits for what a user stops. */
	str_join(name, sizeof(name), l->kept, ".lock", NULL);
	l->lock_fd = sys_look_open(dir, name, O_RDWR | O_CREAT, e);
	if (l->lock_fd < 0)
		return -1;
	for (unsigned i = 0; i < LOCK_TRIES; i++) {
		if (!GUARD(launch_lock) || sys_flock(l->lock_fd, LOCK_EX | LOCK_NB) == 0)
			return 0;
		if (errno != EWOULDBLOCK && errno != EINTR)
			return err_sys(e, "cannot lock %s", name);
		sys_nanosleep_ms(LOCK_TRY_MS);
	}
	return err_env(e, "cannot lock %s: another has it for 30 seconds", name);
}

int launch_devices(struct launch *l, struct err *e)
{
	int in = SYS_CGROUP_NONE;

	if (sys_device_open(l->label, &l->device, e))
		return -1;
	if (GUARD(launch_join))
		in = sys_device_join(&l->device, l->label, l->self_fd, e);
	if (in >= 0 && launch_delegates(l) && GUARD(launch_nest) &&
	    sys_cgroup_nest(l->device.cgroup_fd, e))
		return err_prefix(e, "cannot give it cgroups to divide, which takes version 2");
	return in < 0 ? -1 : sys_device_verify(&l->device, l->label, in, e);
}

/* The app's own terminal in the place of the caller's, which like_fd is one of; the parent relays.
 */
static int own_terminal(struct launch *l, int like_fd, struct err *e)
{
	CLEANUP_FD int root = sys_look_root(e);
	CLEANUP_FD int master =
		root < 0 ? -1 : sys_look_open(root, "dev/ptmx", O_RDWR | O_NOCTTY, e);
	CLEANUP_FD int slave = master < 0 ? -1 : sys_terminal_make(master, like_fd, l->uid, e);

	if (slave < 0 || sys_terminal_send(l->relay_fd, master, e))
		return -1;
	for (int fd = 0; fd <= 2; fd++) {
		int terminal = sys_look_terminal(fd, e);

		if (terminal < 0)
			return -1;
		if (terminal && sys_dup3(slave, fd, 0) < 0)
			return err_sys(e, "cannot replace descriptor %d", fd);
	}
	return 0;
}

int launch_session(struct launch *l, struct err *e)
{
	int terminal = sys_look_terminals(e);

	if (terminal < 0)
		return -1;
	/* A session leader without a terminal (launch_app() saw to that) has what setsid gives. */
	if (sys_getsid() != sys_getpid() && sys_setsid() < 0)
		return err_sys(e, "cannot make a session");
	if (terminal < 3 && GUARD(launch_terminal)) {
		if (own_terminal(l, terminal, e))
			return -1;
	} else if (l->relay_fd >= 0 && sys_write(l->relay_fd, "", 1) != 1) {
		return err_sys(e, "cannot tell that there is no terminal");
	}
	cleanup_fd(&l->relay_fd);
	return 0;
}

int launch_cwd(struct launch *l, struct err *e)
{
	const char *path = plan_text(&l->plan, l->plan.header->cwd);
	const char *below = path[1] ? path + 1 : ".";
	CLEANUP_FD int root = sys_look_root(e);
	CLEANUP_FD int dir = root < 0 ? -1 : sys_look_open(root, below, O_PATH | O_DIRECTORY, e);

	if (dir >= 0 && sys_fchdir(dir))
		return err_sys(e, "cannot enter %s", path);
	return dir < 0 ? -1 : 0;
}

int launch_limits(struct launch *l, struct err *e)
{
	if (sys_setpriority(PRIO_PROCESS, 0, l->plan.header->nice))
		return err_sys(e, "cannot set nice to %d", l->plan.header->nice);
	for (uint32_t i = 0; i < plan_count(&l->plan, PLAN_TABLE_RLIMITS); i++) {
		const struct plan_rlimit *r = &l->plan.rlimits[i];
		struct rlimit limit = { .rlim_cur = r->soft, .rlim_max = r->hard };

		if (sys_setrlimit((int)r->resource, &limit))
			return err_sys(e, "cannot set resource limit %u", r->resource);
	}
	return 0;
}

/* Ignored signals, a mask and interval timers survive exec: the app starts as after a boot. */
int launch_signals(struct launch *l, struct err *e)
{
	struct sigaction act = { .sa_handler = SIG_DFL };
	sigset_t none;

	sys_umask(l->plan.header->umask_bits);
	for (int timer = ITIMER_REAL; timer <= ITIMER_PROF && GUARD(launch_timers); timer++)
		if (sys_setitimer(timer, &(struct itimerval){ 0 }))
			return err_sys(e, "cannot stop timer %d of the caller", timer);
	for (int sig = 1; sig <= SIGRTMAX; sig++) {
		/* The numbers between are the C library's own, which it lets nobody touch. */
		if (sig == SIGKILL || sig == SIGSTOP || (sig > SIGSYS && sig < SIGRTMIN))
			continue;
		if (sys_sigaction(sig, &act))
			return err_sys(e, "cannot reset signal %d", sig);
	}
	sigemptyset(&none);
	return sys_sigprocmask(SIG_SETMASK, &none) ? err_sys(e, "cannot unblock signals") : 0;
}

int launch_identity(struct launch *l, struct err *e)
{
	/* Without it leaving uid 0 empties the permitted set; exec clears the flag again. */
	if (sys_prctl(PR_SET_KEEPCAPS, 1, 0))
		return err_sys(e, "cannot keep capabilities over the change of user");
	if (sys_setgroups(plan_count(&l->plan, PLAN_TABLE_GROUPS), l->plan.groups) ||
	    sys_setresgid(l->gid, l->gid, l->gid) || sys_setresuid(l->uid, l->uid, l->uid))
		return err_sys(e, "cannot become user %u, group %u", l->uid, l->gid);
	return 0;
}
