/* SPDX-License-Identifier: Apache-2.0 */
/* Around the phases: what must be true before them, and the parent that some apps need. */
#include "launch.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>

#include "cleanup.h"
#include "look.h"
#include "sys.h"
#include "terminal.h"

static void print_development(const struct launch *l)
{
	if (plan_complains(&l->plan))
		fprintf(stderr, "bulkhead-run: %s: DEVMODE, not confined\n", l->label);
	if (l->plan.header->layers == PLAN_LAYERS_ALL)
		return;
	fprintf(stderr, "bulkhead-run: %s: development plan without", l->label);
	for (uint32_t bit = 1; bit & PLAN_LAYERS_ALL; bit <<= 1)
		if (!(l->plan.header->layers & bit))
			fprintf(stderr, " %s", plan_layer_name((enum plan_layer)bit));
	fprintf(stderr, "\n");
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

/* The parent's whole life: nobody, able to pass on signals, carrying bytes until the app ends. */
static int stay(struct launch *l, int socket_fd, pid_t child, struct err *e)
{
	CLEANUP_FD int master = -1;

	if (launch_drop(1ULL << CAP_KILL))
		return err_env(e, "cannot give up privileges before waiting for the app");
	master = sys_terminal_take(socket_fd);
	l->status = sys_terminal_relay(master, child, e);
	if (l->status >= 0)
		return 0;
	l->status = LAUNCH_FAILED;
	return -1;
}

int launch_app(struct launch *l, char *const environ_[], struct err *e)
{
	CLEANUP_FD int ours = -1;
	int pair[2];
	int parent;
	pid_t child;

	if (sys_geteuid() != 0)
		return err_env(e, "cannot confine an app: only root can");
	if (launch_caller_read(environ_, &l->caller, e) || launch_pack(l, e))
		return -1;
	print_development(l);
	parent = needs_parent(e);
	if (parent <= 0)
		return parent < 0 ? -1 : launch_run(l, e);
	if (sys_socketpair(SOCK_SEQPACKET | SOCK_CLOEXEC, pair))
		return err_sys(e, "cannot make a socket pair");
	ours = pair[0];
	l->relay_fd = pair[1];
	child = sys_fork();
	if (child < 0)
		return err_sys(e, "cannot fork");
	if (child == 0)
		return launch_run(l, e);
	cleanup_fd(&l->relay_fd);
	return stay(l, ours, child, e);
}
