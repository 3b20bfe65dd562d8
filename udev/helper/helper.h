/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bulkhead-device LABEL, run by udevd for each event of a device that carries a tag of one of the
 * app's connections, or did before: makes the app's device map equal to the plan's fixed devices
 * and the devices tagged now. What happened to which device is not asked: only how things are.
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

/* An event, its texts borrowed from arguments and environment. */
struct helper_event {
	const char *label;
	const char *action; /* some lower case letters */
	bool known;
	bool asks; /* the map may have to change */
};

/*
 * Arguments and environment, NULL-terminated, are hostile: whoever can execute the program gives it
 * any. Refuses what is not one label, and an ACTION that is missing, there twice or no word.
 * Nothing else of the environment is looked at.
 */
int helper_event_read(const char *const argv[], const char *const env[], struct helper_event *out,
		      struct err *e) BASE_WARN_UNUSED;

/* One line to stderr, which udevd shows nobody, and to the kernel's log below root_fd. */
void helper_say(int root_fd, const char *fmt, ...) BASE_PRINTF(2, 3);

/* A device and the access to it; the unit of the map. */
struct helper_device {
	struct sys_device_key key;
	uint32_t access;
};

/* The map as it should be: keys unique, their accesses united. Zero-initialised is empty. */
struct helper_map {
	struct helper_device *items;
	size_t count;
	size_t room;
};

void helper_map_add(struct helper_map *m, const struct sys_device_key *key, uint32_t access);
void helper_map_free(struct helper_map *m);

/*
 * Adds the devices that carry the tag now, as libudev lists them (libudev(3)): those with a node,
 * tagged currently and not of old, and none that has come by the number of one that is gone.
 * Returns how many they are, which may be none. udevd has written its database before it runs us
 * for a device that came, and has removed the device's tags from it before it runs us for one that
 * went (udevd's event_execute_rules_on_remove()).
 */
int helper_udev_add(const char *tag, uint32_t access, struct helper_map *m,
		    struct err *e) BASE_WARN_UNUSED;

/*
 * One event for one app, relative to root_fd. Does nothing before boot has finished (coldplug
 * follows). Otherwise, under the app's lock, changes only what differs in the app's map.
 */
int helper_handle(int root_fd, const char *label, struct err *e) BASE_WARN_UNUSED;

/*
 * Makes the open map, of so many entries, equal to want: first what goes, then what comes. Never
 * rebuilds. What is in it stays before what does not fit any more comes.
 */
int helper_map_apply(const struct sys_device *d, const struct helper_map *want, size_t entries,
		     struct err *e) BASE_WARN_UNUSED;

#endif
