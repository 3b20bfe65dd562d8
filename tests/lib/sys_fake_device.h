/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The other implementation of the sys floor's device.h, apparmor.h, loop.h and cgroup.h: device
 * maps and loaded profiles in memory, calls noted through sys_fake_call() of sys_fake.h.
 */
#ifndef TESTS_SYS_FAKE_DEVICE_H
#define TESTS_SYS_FAKE_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "apparmor.h"
#include "device.h"

/* Forgets maps, profiles and settings. */
void sys_fake_device_reset(void);

/* The entry of a label's map, 0 when there is none. */
uint32_t sys_fake_device_access(const char *label, uint32_t type, uint32_t major, uint32_t minor);
size_t sys_fake_device_count(const char *label);

/* AppArmor's directory is found at this path in place of the kernel's; NULL: not enabled. */
void sys_fake_apparmor_dir(const char *path);

/* What the kernel lists after a load. Borrowed. */
void sys_fake_apparmor_profiles(const struct sys_apparmor_profile *profiles, size_t count);

/* What was given to .replace. Borrowed. */
const void *sys_fake_apparmor_loaded(size_t *size);

#endif
