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
#include "label.h"
#include "mem.h"
#include "plan.h"
#include "str.h"

/* An event, its texts borrowed from arguments and environment. */
struct helper_event {
	const char *label;
	const char *action; /* some lower case letters */
	bool known;
	bool asks;		   /* the map may have to change */
	struct sys_device_key key; /* the number that it is about; type 0: it does not say which */
};

/*
 * Arguments and environment, NULL-terminated, are hostile: whoever can execute the program gives it
 * any. Refuses what is not one label, and an ACTION that is missing, there twice or no word. Of
 * the rest only SUBSYSTEM, MAJOR and MINOR are looked at: which number may have changed, never how.
 * Where they are no number the event is about all of them.
 */
int helper_event_read(const char *const argv[], const char *const env[], struct helper_event *out,
		      struct err *e) BASE_WARN_UNUSED;

/* One line to stderr, which udevd shows nobody, and to the kernel's log below root_fd. */
void helper_say(int root_fd, const char *fmt, ...) BASE_PRINTF(2, 3);

/* A device and the access to it; the unit of the map. */
struct helper_device {
	struct sys_device_key key;
	uint32_t access;
	bool held; /* it is in the app's map already */
};

/* The type of the devices of a subsystem, as maps know it. */
static inline uint32_t helper_type(const char *subsystem)
{
	return str_eq(subsystem, "block") ? PLAN_DEVICE_BLOCK : PLAN_DEVICE_CHAR;
}

/* What is asked: for whom, and of which device alone; NULL: of all. */
struct helper_asked {
	int root_fd;
	const char *label;
	const struct sys_device_key *only;
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
 * tagged currently and not of old, none that has come by the number of one that is gone, and none
 * that another app has by a slot that is nobody else's, which is said; as is what else of the
 * kernel's or of another app's has to do with it. Returns how many they are, which may be none.
 * m NULL: all are counted. udevd has written its database before it runs us
 * for a device that came, and has removed the device's tags from it before it runs us for one that
 * went (udevd's event_execute_rules_on_remove()).
 */
int helper_udev_add(const struct helper_asked *asked, const char *tag, uint32_t access,
		    struct helper_map *m, struct err *e) BASE_WARN_UNUSED;

/*
 * One event for one app, relative to root_fd. Does nothing before boot has finished (coldplug
 * follows). Otherwise, under the app's lock, changes only what differs in the app's map: the entry
 * of the event's number, or all where it has none or where the last one did not end well.
 */
int helper_handle(int root_fd, const struct helper_event *event, struct err *e) BASE_WARN_UNUSED;

/*
 * Makes the open map, of so many entries, equal to want: first what goes, then what comes. Never
 * rebuilds. What is in it stays before what does not fit any more comes. Unless only is NULL, no
 * other entry is touched.
 */
int helper_map_apply(const struct sys_device *d, const struct helper_map *want, size_t entries,
		     const struct sys_device_key *only, struct err *e) BASE_WARN_UNUSED;

#endif
