/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bulkhead-device LABEL, run by udevd for each event of a device that carries a tag of one of the
 * app's connections: makes the app's device map equal to the plan's fixed devices and the devices
 * tagged now. What happened to which device is not asked: only how things are.
 */
#ifndef HELPER_HELPER_H
#define HELPER_HELPER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cleanup.h"
#include "device.h"
#include "err.h"
#include "guard.h"
#include "plan.h"
#include "str.h"

/* A device and the access to it; the unit of the map. */
struct helper_device {
	struct sys_device_key key;
	uint32_t access;
};

/* The map as it should be: keys unique, their accesses united. Zero-initialised is empty. */
struct helper_map {
	struct helper_device items[SYS_DEVICE_MAP_ENTRIES];
	size_t count;
	bool overflow; /* more devices than a map holds: the later ones were left out */
};

void helper_map_add(struct helper_map *m, const struct sys_device_key *key, uint32_t access);

/*
 * Adds the devices that carry the tag now, as libudev lists them (libudev(3)): those with a node,
 * tagged currently and not of old. None is no failure. udevd has written its database before it
 * runs us for a device that came, and has removed the device's tags from it before it runs us for
 * one that went (udevd's event_execute_rules_on_remove()).
 */
int helper_udev_add(const char *tag, uint32_t access, struct helper_map *m,
		    struct err *e) BASE_WARN_UNUSED;

/*
 * One event for one app, relative to root_fd. Does nothing before boot has finished (coldplug
 * follows). Otherwise, under the app's lock, changes only what differs in the app's map.
 */
int helper_handle(int root_fd, const char *label, struct err *e) BASE_WARN_UNUSED;

/* Makes the open map equal to want: first what goes, then what comes. Never rebuilds. */
int helper_map_apply(const struct sys_device *d, const struct helper_map *want,
		     struct err *e) BASE_WARN_UNUSED;

#endif
