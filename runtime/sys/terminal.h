/* SPDX-License-Identifier: Apache-2.0 */
/* A terminal of its own for a process that must not get its caller's. */
#ifndef SYS_TERMINAL_H
#define SYS_TERMINAL_H

#include <sys/types.h>

#include "err.h"

/*
 * Makes the slave of an open ptmx the controlling terminal of the calling session leader, owned by
 * uid, as large as the terminal that like_fd is. Returns an owned descriptor of the slave.
 */
int sys_terminal_make(int ptmx_fd, int like_fd, uid_t uid, struct err *e) BASE_WARN_UNUSED;

/* One descriptor over a socket; take returns an owned one, or -1 when the other end closed. */
int sys_terminal_send(int socket_fd, int fd, struct err *e) BASE_WARN_UNUSED;
int sys_terminal_take(int socket_fd) BASE_WARN_UNUSED;

/*
 * Carries bytes between the caller's terminal and master until child ends; with master -1 only
 * waits. What is typed comes from 0 where that is a terminal, which is raw meanwhile; what the app
 * writes goes to the first of 1, 2, 0 that is one. Signals to end it go to the child. Returns
 * the child's exit status, 128+N when signal N ended it, or -1.
 */
int sys_terminal_relay(int master, pid_t child, struct err *e) BASE_WARN_UNUSED;

#endif
