/* SPDX-License-Identifier: Apache-2.0 */
/* A device as maps and lists know it. */
#ifndef SYS_DEVICE_KEY_H
#define SYS_DEVICE_KEY_H

#include <stdint.h>

/* Sentinel minor: every minor of that major that has no entry of its own. */
#define SYS_DEVICE_MINOR_ANY UINT32_MAX

struct sys_device_key {
	uint32_t type;
	uint32_t major;
	uint32_t minor;
};

#endif
