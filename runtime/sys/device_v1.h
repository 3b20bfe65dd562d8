/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Devices by the controller "devices" of cgroup v1, for kernels and images without v2: a list in
 * the kernel of what a cgroup may use (Documentation/admin-guide/cgroup-v1/devices.rst). Private to
 * this floor.
 */
#ifndef SYS_DEVICE_V1_H
#define SYS_DEVICE_V1_H

#include "device_key.h"
#include "err.h"

/* From here on the cgroup may use nothing. */
int device_v1_shut(int cgroup_fd, struct err *e) BASE_WARN_UNUSED;

/* 0 for a cgroup that may use everything, as a new one may, 1 for another, -1 on failure. */
int device_v1_lists(int cgroup_fd, struct err *e) BASE_WARN_UNUSED;

/* As sys_device_set() and sys_device_keys(). What stays allowed is allowed at every moment. */
int device_v1_set(int cgroup_fd, const struct sys_device_key *key, uint32_t access,
		  struct err *e) BASE_WARN_UNUSED;
int device_v1_keys(int cgroup_fd, struct sys_device_key *keys, size_t max,
		   struct err *e) BASE_WARN_UNUSED;

#endif
