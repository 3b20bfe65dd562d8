/* SPDX-License-Identifier: Apache-2.0 */
/* libudev as the helper's tests see it. What is defined here is not taken from the library. */
#ifndef SYS_FAKE_UDEV_H
#define SYS_FAKE_UDEV_H

#include <stddef.h>

/* How a device that udev lists under a tag looks when it is asked for. */
enum sys_fake_tagged {
	TAGGED_NOW,
	TAGGED_ONCE,  /* a rule that has gone: still listed, no current tag */
	TAGGED_GONE,  /* pulled between listing and looking */
	TAGGED_BARE,  /* on its way out: no subsystem any more */
	TAGGED_LATER, /* another has got the number; what udev knows is of the one before */
};

/* Nothing is tagged, no call fails. */
void sys_fake_udev_reset(void);

/* id: "c188:0", "b8:0"; "c0:0" for one without a node. Aborts where the table is full. */
void sys_fake_udev_tag(const char *tag, const char *id, enum sys_fake_tagged how);
void sys_fake_udev_untag(const char *tag, const char *id);

/* What rules wrote of all that is tagged with the number: BULKHEAD_APPS, a string constant, and its
 * parent, the number of another tagged one or NULL. */
void sys_fake_udev_apps(const char *id, const char *apps, const char *parent);

/* Below it a device's folder of sysfs has the number as its name; borrowed. */
void sys_fake_udev_sysfs(const char *folder);

/* How many devices have been asked for. */
size_t sys_fake_udev_looks(void);

/* The function of libudev that fails from now on, a string constant. */
void sys_fake_udev_fail(const char *function);

#endif
