/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bulkhead-device TAG, run by udevd for each event of a device that carries a connection's tag:
 * makes the app's device map equal to the plan's fixed devices and the devices tagged now.
 */
#ifndef HELPER_HELPER_H
#define HELPER_HELPER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "device.h"
#include "err.h"
#include "plan.h"

#define HELPER_DEVPATH_MAX 1024

enum helper_verb {
	HELPER_IGNORE, /* known, and nothing follows from it: unbind, offline */
	HELPER_UPDATE,
	HELPER_REMOVE,
	HELPER_UNKNOWN, /* an action no kernel of ours sends: a log line, ignored */
};

/*
 * One uevent, checked. devpath is where the device is (was) below /sys. Its numbers are checked
 * and not kept: what goes into the map is what udev's database says under the lock.
 */
struct helper_event {
	enum helper_verb verb;
	bool has_node;
	char devpath[HELPER_DEVPATH_MAX];
};

/*
 * Reads the environment, hostile: each variable at most once, every value of a closed form. What
 * is not one of ACTION, SUBSYSTEM, DEVNAME, DEVPATH, MAJOR, MINOR is not looked at.
 */
int helper_event_read(char *const *envp, struct helper_event *ev, struct err *e) BASE_WARN_UNUSED;

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

/* A device that carries a tag now. devpath is borrowed for the call. */
typedef int helper_tagged_visit(void *ctx, const char *devpath, const struct sys_device_key *key,
				struct err *e);

/* Where tagged devices come from: libudev, or a test. Zero visits are no failure. */
struct helper_source {
	int (*tagged)(void *source, const char *tag, helper_tagged_visit *visit, void *ctx,
		      struct err *e);
	void *source;
};

/* libudev's answer: devices with a node that carry the tag currently, not of old. */
extern const struct helper_source helper_udev;

/*
 * One event for one tag, relative to root_fd. Does nothing before boot has finished (coldplug
 * follows). Otherwise, under the app's lock, changes only what differs in the app's map.
 */
int helper_handle(int root_fd, const char *tag, const struct helper_event *ev,
		  const struct helper_source *source, struct err *e) BASE_WARN_UNUSED;

/* Makes the open map equal to want: first what goes, then what comes. Never rebuilds. */
int helper_map_apply(const struct sys_device *d, const struct helper_map *want,
		     struct err *e) BASE_WARN_UNUSED;

#endif
