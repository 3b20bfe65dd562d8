/* SPDX-License-Identifier: Apache-2.0 */
/* A terminal of its own for a process that must not get its caller's. */
#ifndef SYS_TERMINAL_H
#define SYS_TERMINAL_H

#include <stdbool.h>
#include <sys/types.h>

#include "err.h"

/*
 * Makes the slave of an open ptmx the controlling terminal of the calling session leader, owned by
 * uid, as large as the terminal that like_fd is. Returns an owned descriptor of the slave.
 */
int sys_terminal_make(int ptmx_fd, int like_fd, uid_t uid, struct err *e) BASE_WARN_UNUSED;

/*
 * One descriptor over a socket; take returns an owned one, or -1 when the other end closed or what
 * it wrote has none.
 */
int sys_terminal_send(int socket_fd, int fd, struct err *e) BASE_WARN_UNUSED;
int sys_terminal_take(int socket_fd) BASE_WARN_UNUSED;

/*
 * Opens the terminal that descriptor fd of this process is once more, non-blocking: the caller's
 * own descriptor is shared and stays as it is. proc_fd is /proc. *again is owned, and left alone
 * where fd is no terminal.
 */
int sys_terminal_again(int proc_fd, int fd, int *again, struct err *e) BASE_WARN_UNUSED;

/* master, and the caller's terminal from sys_terminal_again(): -1 where there is none. */
struct sys_relay {
	int master;
	int in;	 /* what is typed; raw meanwhile */
	int out; /* what the app writes */
	pid_t child;
	bool group; /* what systemd sends to this process it sends to all of the app's as well */
};

void sys_relay_close(struct sys_relay *to);

/*
 * Carries bytes between the caller's terminal and master until child ends; with master -1 only
 * waits. No side that takes nothing holds up the other direction or a signal. Signals to end it go
 * to the child. Returns the child's status as waitpid(2) gives it, or -1.
 */
int sys_terminal_relay(const struct sys_relay *to, struct err *e) BASE_WARN_UNUSED;

#endif
