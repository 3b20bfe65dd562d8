/* SPDX-License-Identifier: Apache-2.0 */
/* A read-only file as a block device: loop(4). */
#ifndef SYS_LOOP_H
#define SYS_LOOP_H

#include "err.h"

#define SYS_LOOP_NAME_MAX 32

/*
 * Binds the open file to a free loop device, read-only, freed by the kernel after its last use.
 * Writes the device's path ("/dev/loop3") to dev and returns an owned descriptor of it, which must
 * stay open until the mount is made; -1 on failure. name is for the message.
 */
int sys_loop_attach(int file_fd, const char *name, char dev[SYS_LOOP_NAME_MAX],
		    struct err *e) BASE_WARN_UNUSED;

#endif
