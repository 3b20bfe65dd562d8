/* SPDX-License-Identifier: Apache-2.0 */
/* Confinement of a running app, read from outside. */
#include "launch.h"

#include <linux/magic.h>

#include "cgroup.h"
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

struct verdicts {
	struct stat ours; /* this program */
	unsigned seen;
	bool differs;
	struct str *state; /* of the first thread, or of the first that differs */
};

static void add_lines(const char *status, struct str *out)
{
	static const char *const names[] = { "Uid",    "Gid",	 "Groups", "NoNewPrivs", "Seccomp",
					     "CapInh", "CapPrm", "CapEff", "CapBnd",	 "CapAmb" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		size_t len = 0;
		const char *text = sys_look_field(status, names[i], &len);

		str_printf(out, "%s:\t%.*s\n", names[i], (int)len, text ? text : "");
	}
}

struct look {
	char status[STATUS_ROOM], label[STATUS_ROOM];
};

/* 1, 0 when it is gone by now, -1. */
static int look_at(const struct launch *l, const char *tid, struct look *out, struct err *e)
{
	CLEANUP_FD int dir = sys_look_open(l->proc_fd, tid, O_PATH | O_DIRECTORY, e);

	str_join(out->label, sizeof(out->label), "\n", NULL);
	if (dir < 0 || sys_look_text(dir, "status", out->status, sizeof(out->status), e) < 0 ||
	    (launch_has(l, PLAN_LAYER_APPARMOR) &&
	     sys_look_text(dir, "attr/apparmor/current", out->label, sizeof(out->label), e) < 0))
		return errno == ENOENT || errno == ESRCH ? 0 : -1;
	return 1;
}

/*
 * What waits for an app with processes of its own numbers, which is in its unit's cgroup: this
 * program as launch_drop() leaves it. No app is without its label, or comes out of its cgroup.
 */
static bool is_behind(const struct launch *l, const struct verdicts *v, const char *tid,
		      const struct look *at)
{
	return l->device.which == SYS_CGROUP_UNIT && l->plan.header->flags & PLAN_FLAG_PID_OWN &&
	       (!sys_look_executed(l->proc_fd, tid, &v->ours, 1) || !GUARD(launch_behind)) &&
	       sys_look_has_line(at->status, "Uid:\t65534\t65534\t65534\t65534") &&
	       sys_look_has_line(at->status, "CapPrm:\t0000000000000020") &&
	       (str_eq(at->label, "unconfined\n") || !launch_has(l, PLAN_LAYER_APPARMOR));
}

static int verify_thread(struct launch *l, const char *tid, struct verdicts *v, struct err *e)
{
	struct look at;
	CLEANUP_STR struct str bad = { 0 };
	bool unit = l->device.which == SYS_CGROUP_UNIT;
	int there = look_at(l, tid, &at, e);

	if (there <= 0 || is_behind(l, v, tid, &at))
		return there < 0 ? -1 : 0;
	expect_user(l, at.status);
	if (launch_has(l, PLAN_LAYER_APPARMOR) && !label_is_planned(l, at.label))
		str_add(&bad, " label");
	launch_compare(l, at.status, true, &bad);
	printf("%s %s: %s%s\n", l->label, tid,
	       bad.len					   ? "differs in"
	       : plan_complains(&l->plan)		   ? "DEVMODE, not confined"
	       : l->plan.header->layers == PLAN_LAYERS_ALL ? "confined"
							   : "as its development plan says",
	       str_text(&bad));
	if (!v->seen++ || (bad.len && !v->differs)) {
		/* The cgroup is the one whose list has named the thread. */
		str_free(v->state);
		str_printf(v->state, "Pid:\t%s\nDiffers:\t%s\nLabel:\t%sCgroup:\t%s%s%s\n", tid,
			   str_text(&bad), at.label, unit ? "system.slice/" : "bulkhead/", l->label,
			   unit ? ".service" : "");
		add_lines(at.status, v->state);
	}
	v->differs |= bad.len && GUARD(launch_verified);
	return 0;
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

static int verify_devices(struct launch *l, struct verdicts *v, struct err *e)
{
	int attached = !launch_has(l, PLAN_LAYER_DEVICES) || !v->seen
			       ? 1
			       : sys_device_attached(&l->device, l->device.cgroup_fd, e);

	if (attached == 0) {
		printf("%s: differs in devices\n", l->label);
		str_add(v->state, "Devices:\tdiffers\n");
	}
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
	     tid = strtok_r(NULL, "\n", &save))
		if (verify_thread(l, tid, v, e))
			return -1;
	return verify_devices(l, v, e);
}

/* A unit's first process is the launcher for a while, or for ever; then the app comes beside it. */
static int wait_for_app(struct launch *l, const struct verdicts *v, struct err *e)
{
	for (unsigned i = 0; i < WAIT_TRIES; i++) {
		pid_t pids[WAIT_PIDS];
		int n = sys_cgroup_processes(l->device.cgroup_fd, pids, WAIT_PIDS, e);
		int ready = 0, behind = 0;

		for (int k = 0; k < n; k++) {
			struct look at;
			char pid[16];

			snprintf(pid, sizeof(pid), "%d", (int)pids[k]);
			if (sys_look_executed(l->proc_fd, pid, &v->ours, 1))
				ready++;
			else
				behind += look_at(l, pid, &at, NULL) == 1 &&
					  is_behind(l, v, pid, &at);
		}
		if (n < 0 || (ready + behind == n && (ready || !behind)))
			return n < 0 ? -1 : 0;
		sys_nanosleep_ms(WAIT_MS);
	}
	return err_env(e, "the app is not executed after 30 seconds");
}

/*
 * Of a start it is written, empty where nothing was seen, and in one step: whoever reads it finds
 * this or the last. Later it is compared.
 */
static int record(const struct launch *l, bool started, const struct str *state, struct err *e)
{
	char name[LABEL_MAX + 2], had[3 * STATUS_ROOM] = "";
	CLEANUP_FD int dir = sys_look_trusted(l->root_fd, LAUNCH_RUN_DIR "/verified",
					      O_RDONLY | O_DIRECTORY, TMPFS_MAGIC, e);
	CLEANUP_FD int fd = -1;

	if (dir >= 0 && !started) {
		(void)!sys_look_text(dir, l->label, had, sizeof(had), NULL);
		printf("%s%s: %sas recorded at its start\n", state->text, l->label,
		       str_eq(had, state->text) ? "" : "not ");
		return 0;
	}
	snprintf(name, sizeof(name), ".%s", l->label);
	fd = dir < 0 ? -1 : sys_look_open(dir, name, O_WRONLY | O_CREAT | O_TRUNC, e);
	if (fd < 0 || sys_write(fd, str_text(state), state->len) != (ssize_t)state->len ||
	    sys_renameat(dir, name, dir, l->label))
		return err_sys(e, "cannot record what is seen of it");
	return 0;
}

int launch_verify(struct launch *l, bool started, struct err *e)
{
	const enum sys_cgroup groups[] = { sys_cgroup_made(), SYS_CGROUP_UNIT };
	/* Units have groups of version 2 only. */
	size_t count = groups[0] == SYS_CGROUP_V1 ? 1 : ARRAY_SIZE(groups);
	CLEANUP_STR struct str state = { 0 };
	struct verdicts v = { .state = &state };
	CLEANUP_FD int self = -1;
	int there = 0;

	l->step = (struct launch_step){ "verify", LAUNCH_HINT_BOOT };
	if (launch_pack(l, e) ||
	    (launch_has(l, PLAN_LAYER_DEVICES) && sys_device_open(l->label, &l->device, e)))
		return -1;
	self = sys_openat(l->proc_fd, "self/exe", O_PATH | O_CLOEXEC, 0);
	if (self < 0 || sys_fstat(self, &v.ours))
		return err_sys(e, "cannot look at this program");
	for (size_t i = 0; i < count; i++) {
		there = open_cgroup(l, groups[i], e);
		/* Supervise has seen the app; what that app does there must not hold it up. */
		if (there < 0 || (there && started && i && wait_for_app(l, &v, e)) ||
		    (there && verify_group(l, &v, e)))
			return -1;
	}
	if (!v.seen && !started)
		printf("%s: not running\n", l->label);
	else if (record(l, started, &state, e))
		return -1;
	/* A unit's first process may be over already; supervise asks of one that is not. */
	there = there && l->device.which == SYS_CGROUP_UNIT;
	return v.differs || (!v.seen && GUARD(launch_seen) && !(started && there));
}
