/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INTRUDER_CONSOLE_H
#define INTRUDER_CONSOLE_H

/*
 * Runs a command whose input is the first virtual console, in a session that has it as its
 * terminal; then prints "KEYS N", the bytes that wait there for who reads next, and returns its
 * exit status.
 */
int console_run(char **argv);

#endif
