/* SPDX-License-Identifier: Apache-2.0 */
/* An app's cgroup as a group of processes: what supervise starts, asks and ends. */
#ifndef SYS_CGROUP_H
#define SYS_CGROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "err.h"
#include "str.h"

#define SYS_CGROUP_ROOT	   "/sys/fs/cgroup/bulkhead"
#define SYS_CGROUP_ROOT_V1 "/sys/fs/cgroup/devices/bulkhead"
/* Below an app's cgroup: where one lives that makes cgroups itself (PLAN_FLAG_DELEGATE). */
#define SYS_CGROUP_NESTED "app"

/*
 * Where an app runs: in the group that boot made, or in that of its unit where systemd starts it;
 * or in the one that boot made below the controller "devices" of cgroup v1.
 */
enum sys_cgroup { SYS_CGROUP_NONE, SYS_CGROUP_OWN, SYS_CGROUP_UNIT, SYS_CGROUP_V1 };

/* Which of them boot makes here: version 1 where that controller is mounted. */
enum sys_cgroup sys_cgroup_made(void);

/*
 * Opens /sys/fs/cgroup/bulkhead/LABEL, which boot made, or system.slice/LABEL.service, which is
 * there while the unit is active. Returns an owned descriptor, or -1.
 */
int sys_cgroup_open(enum sys_cgroup which, const char *label, struct err *e) BASE_WARN_UNUSED;

/* 1 when the group or one below it has processes, 0 when none, -1 on failure. */
int sys_cgroup_populated(int cgroup_fd, struct err *e) BASE_WARN_UNUSED;

/* An enum sys_cgroup: what that /proc/PID/cgroup, below dirfd, is of label's or lies in; -1 on
 * failure. */
int sys_cgroup_has(int dirfd, const char *path, const char *label, struct err *e) BASE_WARN_UNUSED;

/*
 * Moves the calling process into SYS_CGROUP_NESTED of the group, which is made where it is not
 * there. What can be made below has bounds, which the app cannot see: it is walked through. Of
 * version 2 alone: fails in others, where it changes nothing.
 */
int sys_cgroup_nest(int cgroup_fd, struct err *e) BASE_WARN_UNUSED;

/*
 * Adds to out what file has in the group, in SYS_CGROUP_NESTED of it and in all below that: not in
 * others, which systemd makes in a unit's.
 */
int sys_cgroup_lines(int cgroup_fd, const char *file, struct str *out,
		     struct err *e) BASE_WARN_UNUSED;

/* At most max of the processes of the group and those below it. Returns their number, or -1. */
int sys_cgroup_processes(int cgroup_fd, pid_t *pids, size_t max, struct err *e) BASE_WARN_UNUSED;

/*
 * Sends sig to each process of the group and those below it, by pidfd, after seeing that the
 * process behind it is still in the group: a number given to another process meanwhile is not hit.
 */
int sys_cgroup_signal(int cgroup_fd, const char *label, int sig, struct err *e) BASE_WARN_UNUSED;

/* SIGKILL to all of the group and below it at once (cgroup.kill, Linux 5.14). */
int sys_cgroup_kill(int cgroup_fd, struct err *e) BASE_WARN_UNUSED;

#endif
