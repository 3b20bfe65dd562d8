/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The device cgroup of an app. On cgroup v1 the kernel has a list (device_v1.h); on v2 a
 * BPF_PROG_TYPE_CGROUP_DEVICE program over a hash map, loaded and pinned once by boot, attached
 * with BPF_F_ALLOW_MULTI.
 *
 * Map key {u32 type, u32 major, u32 minor}, value u32 access (PLAN_* of format/plan.h); the
 * program looks up (type, major, minor), then (type, major, any minor), and allows an access whose
 * bits are all in the first value found. mknod (bit 1) is in no value, so it is always refused.
 */
#ifndef SYS_DEVICE_H
#define SYS_DEVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "cgroup.h"
#include "device_key.h"
#include "err.h"

#define SYS_DEVICE_PIN_ROOT    "/sys/fs/bpf/bulkhead"
#define SYS_DEVICE_RECORD_ROOT "/run/bulkhead/devices"
/* Read 2, write 4; mknod, 1, is refused by sys_device_set(). */
#define SYS_DEVICE_ACCESS_ALL 6u

/* What boot made for a label, kept in /run/bulkhead/devices/LABEL (root only). */
struct sys_device_record {
	uint32_t map_id; /* both 0 on cgroup v1 */
	uint32_t prog_id;
	uint64_t cgroup_inode;
};

/* Open handles of one app's device cgroup. Zero is not safe: initialise with SYS_DEVICE_NONE. */
struct sys_device {
	enum sys_cgroup which; /* of the label's groups cgroup_fd is */
	int cgroup_fd;
	int map_fd; /* -1 until sys_device_open_map(): a launch has no use for it */
	struct sys_device_record record;
};

#define SYS_DEVICE_NONE                                                                            \
	{                                                                                          \
		.which = SYS_CGROUP_OWN, .cgroup_fd = -1, .map_fd = -1                             \
	}

/*
 * boot, for a development plan without the layer: the bare cgroup /sys/fs/cgroup/bulkhead/LABEL,
 * so that supervise starts and stops every app alike. Refuses an existing one.
 */
int sys_device_make_cgroup(const char *label, struct err *e) BASE_WARN_UNUSED;

/*
 * boot: makes the cgroup, map (of so many entries) and program of label, attaches, pins, writes the
 * record; on cgroup v1 the cgroup, which may use nothing yet, and the record. On v2 it checks first
 * that /sys/fs/cgroup is cgroup2 and /sys/fs/bpf is bpffs (statfs magic): otherwise "cannot make
 * device cgroup of LABEL: /sys/fs/cgroup is not a cgroup2 file system".
 */
int sys_device_create(const char *label, uint32_t entries, struct err *e) BASE_WARN_UNUSED;

/* Everyone else: reads the record and opens the cgroup, which must be the recorded one. */
int sys_device_open(const char *label, struct sys_device *out, struct err *e) BASE_WARN_UNUSED;

/*
 * For sys_device_set() and sys_device_keys(), after sys_device_open(): opens the map that boot
 * pinned and checks its id, type and sizes against the record. Nothing is opened on v1.
 */
int sys_device_open_map(const char *label, struct sys_device *d, struct err *e) BASE_WARN_UNUSED;
void sys_device_close(struct sys_device *d);

/*
 * Moves the calling process into the cgroup unless it is in it already. In the cgroup of the
 * label's unit it stays, and the program is attached to that one: systemd makes it for each start.
 * Returns where the process then is (enum sys_cgroup), as the kernel says of self_fd, its
 * directory in /proc; -1 on failure.
 */
int sys_device_join(struct sys_device *d, const char *label, int self_fd,
		    struct err *e) BASE_WARN_UNUSED;

/*
 * 1 when the recorded program is attached to that cgroup (BPF_PROG_QUERY), or on v1 its list is not
 * that of everything; 0 when not, -1 on failure.
 */
int sys_device_attached(const struct sys_device *d, int cgroup_fd, struct err *e) BASE_WARN_UNUSED;

/*
 * Refuses a process that is in another place than that cgroup, and a cgroup to which the recorded
 * program is not attached (BPF_PROG_QUERY).
 */
int sys_device_verify(const struct sys_device *d, const char *label, int in,
		      struct err *e) BASE_WARN_UNUSED;

/* Sets the access of one device; 0 removes the entry (absent is success). */
int sys_device_set(const struct sys_device *d, const struct sys_device_key *key, uint32_t access,
		   struct err *e) BASE_WARN_UNUSED;

/* The keys of the map, in no order; returns how many they are, -1 on failure and for more than max.
 */
int sys_device_keys(const struct sys_device *d, struct sys_device_key *keys, size_t max,
		    struct err *e) BASE_WARN_UNUSED;

#endif
