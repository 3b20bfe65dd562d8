/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INTRUDER_PTY_H
#define INTRUDER_PTY_H

/*
 * Runs argv[0] as the leader of a session on a terminal of its own and copies what it prints to
 * standard output. With a bystander, the name of a profile, each enquiry (bystander.h) is answered
 * by a line of input after that bystander's denials. Returns the exit status, 125 when it could not
 * be run.
 */
int pty_run(char **argv, const char *bystander);

#endif
