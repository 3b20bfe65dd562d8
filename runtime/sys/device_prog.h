/* SPDX-License-Identifier: Apache-2.0 */
/* The device program's instructions. */
#ifndef SYS_DEVICE_PROG_H
#define SYS_DEVICE_PROG_H

#include <linux/bpf.h>

#define DEVICE_PROG_LEN 30

/* Writes the program over the map of that descriptor. */
void device_prog_build(int map_fd, struct bpf_insn insns[DEVICE_PROG_LEN]);

#endif
