/* SPDX-License-Identifier: Apache-2.0 */
/* Confinement of a running app, read from outside. */
#include "launch.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cgroup.h"
#include "cleanup.h"
#include "look.h"
#include "mem.h"
#include "str.h"

#define STATUS_ROOM  8192u
#define THREADS_ROOM (256u * 1024u)

/*
 * The profile in the plan's mode. In complain mode the kernel makes a profile of its own, in that
 * mode too, for each program that no rule lets it execute: LABEL//null-PATH (profile_transition()
 * in security/apparmor/domain.c, Linux 6.1). Under no_new_privs it leaves the label as it is
 * (seen).
 */
static bool label_is_planned(const struct launch *l, const char label[STATUS_ROOM])
{
	const char *rest = label + strlen(l->label); /* not read when label is shorter */
	char mode[16];

	snprintf(mode, sizeof(mode), " (%s)\n", plan_mode(&l->plan));
	return str_starts(label, l->label) && str_ends(rest, mode) &&
	       (str_eq(rest, mode) || (plan_complains(&l->plan) && str_starts(rest, "//null-")));
}

/* 0 printed and as it should be, 1 printed and not, 2 the thread is gone. */
static int verify_thread(struct launch *l, const char *tid, struct err *e)
{
	char status[STATUS_ROOM], label[STATUS_ROOM] = "";
	CLEANUP_FD int dir = sys_look_open(l->proc_fd, tid, O_PATH | O_DIRECTORY, e);
	CLEANUP_STR struct str bad = { 0 };
	bool labelled = launch_has(l, PLAN_LAYER_APPARMOR);

	if (dir < 0 || sys_look_text(dir, "status", status, sizeof(status), e) < 0 ||
	    (labelled && sys_look_text(dir, "attr/apparmor/current", label, sizeof(label), e) < 0))
		return errno == ENOENT || errno == ESRCH ? 2 : -1;
	if (labelled && !label_is_planned(l, label))
		str_add(&bad, " label");
	launch_compare(l, status, true, &bad);
	printf("%s %s: %s%s\n", l->label, tid,
	       bad.len					   ? "differs in"
	       : plan_complains(&l->plan)		   ? "DEVMODE, not confined"
	       : l->plan.header->layers == PLAN_LAYERS_ALL ? "confined"
							   : "as its development plan says",
	       str_text(&bad));
	return bad.len && GUARD(launch_verified) ? 1 : 0;
}

static int open_cgroup(struct launch *l, struct err *e)
{
	if (launch_has(l, PLAN_LAYER_DEVICES))
		return sys_device_open(l->label, &l->device, e);
	/* A development app without that layer has its cgroup all the same. */
	l->device.cgroup_fd = sys_cgroup_open(l->label, e);
	return l->device.cgroup_fd < 0 ? -1 : 0;
}

int launch_verify(struct launch *l, struct err *e)
{
	CLEANUP_FREE char *threads = mem_must(malloc(THREADS_ROOM));
	CLEANUP_FD int fd = -1;
	bool differs = false;
	unsigned seen = 0;

	if (launch_pack(l, e) || open_cgroup(l, e))
		return -1;
	l->proc_fd =
		sys_look_trusted(l->root_fd, "proc", O_PATH | O_DIRECTORY, PROC_SUPER_MAGIC, e);
	fd = l->proc_fd < 0 ? -1
			    : sys_look_open(l->device.cgroup_fd, "cgroup.threads", O_RDONLY, e);
	if (fd < 0 || sys_look_read(fd, "cgroup.threads", threads, THREADS_ROOM, e) < 0)
		return -1;
	for (char *save = NULL, *tid = strtok_r(threads, "\n", &save); tid;
	     tid = strtok_r(NULL, "\n", &save)) {
		int verdict = verify_thread(l, tid, e);

		if (verdict < 0)
			return -1;
		differs |= verdict == 1;
		seen += verdict != 2;
	}
	if (seen == 0)
		printf("%s: not running\n", l->label);
	return differs || seen == 0;
}
