/* SPDX-License-Identifier: Apache-2.0 */
/* Confinement of a running app, read from outside. */
#include "launch.h"

#include "cgroup.h"
#include "mem.h"
#include "num.h"

#define STATUS_ROOM 8192u
#define WAIT_MS	    20u
#define WAIT_TRIES  (30000u / WAIT_MS)
#define WAIT_PIDS   64u

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

/* A thread of one of the plan's users must be as that user's start makes it, others as root's. */
static void expect_user(struct launch *l, const char *status)
{
	size_t len;
	const char *text = sys_look_field(status, "Uid", &len);
	char word[16] = "";
	uint64_t uid;

	if (text)
		snprintf(word, sizeof(word), "%.*s", (int)strcspn(text, "\t"), text);
	if (num_parse(word, 0, UINT32_MAX, &uid, NULL) || launch_choose(l, (uid_t)uid, NULL))
		(void)!launch_choose(l, 0, NULL);
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
	expect_user(l, status);
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

/* The group that boot made, or that of the unit where one is active: l->device then has it. */
static int open_cgroup(struct launch *l, enum sys_cgroup which, struct err *e)
{
	cleanup_fd(&l->device.cgroup_fd);
	l->device.which = which;
	l->device.cgroup_fd = sys_cgroup_open(which, l->label, e);
	if (l->device.cgroup_fd >= 0)
		return 1;
	return which == SYS_CGROUP_UNIT && e->sys == ENOENT ? 0 : -1;
}

struct verdicts {
	unsigned seen;
	bool differs;
};

static int verify_devices(struct launch *l, struct verdicts *v, struct err *e)
{
	int attached = !launch_has(l, PLAN_LAYER_DEVICES) || !v->seen
			       ? 1
			       : sys_device_attached(&l->device, l->device.cgroup_fd, e);

	if (attached == 0)
		printf("%s: differs in devices\n", l->label);
	v->differs |= attached == 0;
	return attached < 0 ? -1 : 0;
}

static int verify_group(struct launch *l, struct verdicts *v, struct err *e)
{
	CLEANUP_STR struct str threads = { 0 };
	const char *name = l->device.which == SYS_CGROUP_V1 ? "tasks" : "cgroup.threads";

	if (sys_cgroup_lines(l->device.cgroup_fd, name, &threads, e))
		return -1;
	for (char *save = NULL, *tid = strtok_r(threads.text, "\n", &save); tid;
	     tid = strtok_r(NULL, "\n", &save)) {
		int verdict = verify_thread(l, tid, e);

		if (verdict < 0)
			return -1;
		v->differs |= verdict == 1;
		v->seen += verdict != 2;
	}
	return verify_devices(l, v, e);
}

/* A unit's first process is the launcher for a while. */
static int wait_for_app(struct launch *l, const struct stat *ours, struct err *e)
{
	for (unsigned i = 0; i < WAIT_TRIES; i++) {
		pid_t pids[WAIT_PIDS];
		int n = sys_cgroup_processes(l->device.cgroup_fd, pids, WAIT_PIDS, e);
		int ready = 0;

		for (int k = 0; k < n; k++) {
			char pid[16];

			snprintf(pid, sizeof(pid), "%d", (int)pids[k]);
			ready += sys_look_executed(l->proc_fd, pid, ours, 1);
		}
		if (n < 0 || ready == n)
			return n < 0 ? -1 : 0;
		sys_nanosleep_ms(WAIT_MS);
	}
	return err_env(e, "the app is not executed after 30 seconds");
}

static int find_launcher(const struct launch *l, struct stat *exe, struct err *e)
{
	CLEANUP_FD int fd = sys_openat(l->proc_fd, "self/exe", O_PATH | O_CLOEXEC, 0);

	return fd < 0 || sys_fstat(fd, exe) ? err_sys(e, "cannot look at this program") : 0;
}

int launch_verify(struct launch *l, bool started, struct err *e)
{
	const enum sys_cgroup groups[] = { sys_cgroup_made(), SYS_CGROUP_UNIT };
	/* Units have groups of version 2 only. */
	size_t count = groups[0] == SYS_CGROUP_V1 ? 1 : ARRAY_SIZE(groups);
	struct verdicts v = { 0 };
	struct stat exe;

	if (launch_pack(l, e) ||
	    (launch_has(l, PLAN_LAYER_DEVICES) && sys_device_open(l->label, &l->device, e)))
		return -1;
	if (find_launcher(l, &exe, e))
		return -1;
	for (size_t i = 0; i < count; i++) {
		int there = open_cgroup(l, groups[i], e);

		if (there < 0 || (there && started && wait_for_app(l, &exe, e)) ||
		    (there && verify_group(l, &v, e)))
			return -1;
	}
	if (!v.seen && !started)
		printf("%s: not running\n", l->label);
	return v.differs || (!v.seen && !started);
}
