/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A device over the kernel that takes notes (sys_fake.h), on which boot has done its work: plans of
 * different kinds, and a whole launch of one.
 */
#ifndef TESTS_LAUNCH_WORLD_H
#define TESTS_LAUNCH_WORLD_H

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/magic.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "build.h"
#include "cleanup.h"
#include "fd.h"
#include "launch.h"
#include "mem.h"
#include "place.h"
#include "sha256.h"
#include "str.h"
#include "sys_fake.h"
#include "sys_fake_device.h"

#define LABEL	    "snap.demo.app"
#define PLAN_PATH   "plans/" LABEL ".plan"
#define FILTER_PATH "filters/" LABEL ".bpf"
#define USER	    1001
#define PROFILES    "other (enforce)\n" LABEL " (enforce)\n"
#define STATUS(caps)                                                                               \
	"Name:\tx\nUid:\t1001\t1001\t1001\t1001\nGid:\t1001\t1001\t1001\t1001\n"                   \
	"Groups:\t29 \nNoNewPrivs:\t1\nCapInh:\t0000000000000400\nCapPrm:\t" caps                  \
	"\nCapEff:\t0000000000000401\nCapBnd:\t0000000000000401\n"                                 \
	"CapAmb:\t0000000000000400\n"

/* What a plan is like; ids and capabilities as the kernel then shows them, too. */
struct variant {
	uint32_t flags, pass, uid, no_layers;
	uint64_t caps, ambient;
	const char *const *shares; /* sources of optional binds, ended by NULL */
	bool users;
};

#define VARIANT_PLAIN                                                                              \
	{                                                                                          \
		PLAN_FLAG_NETWORK_OWN, PLAN_PASS_TERM, 1001, 0, 0x401, 0x400, NULL, false          \
	}

static inline void add_mount(struct build_plan *p, uint32_t op, const char *source,
			     const char *target)
{
	struct plan_mount m = { .op = op,
				.source = build_text(&p->b, source),
				.target = build_text(&p->b, target) };

	if (op == PLAN_MOUNT_TMPFS) {
		m.flags = PLAN_MOUNT_NOSUID | PLAN_MOUNT_OWNED;
		m.size_kib = 64;
		m.mode = 0700;
	} else if (op == PLAN_MOUNT_BIND) {
		m.flags = PLAN_MOUNT_READONLY | PLAN_MOUNT_NODEV;
		if (strchr(target, '-'))
			m.flags = PLAN_MOUNT_OPTIONAL | PLAN_MOUNT_NOSUID;
	} else if (op == PLAN_MOUNT_DIR) {
		m.mode = 0755;
	}
	build_plan_row(p, PLAN_TABLE_MOUNTS, &m);
}

/* Each in a place of its own, whose name has a dash. */
static inline void add_shares(struct build_plan *p, const char *const *sources)
{
	char target[32];

	for (size_t i = 0; sources && sources[i]; i++) {
		snprintf(target, sizeof(target), "share-%zu", i);
		add_mount(p, PLAN_MOUNT_DIR, "", target);
		add_mount(p, PLAN_MOUNT_BIND, sources[i], target);
	}
}

/* One user, with one folder that is shown and one that is made. */
static inline void add_users(struct build_plan *p)
{
	build_plan_row(p, PLAN_TABLE_USERS,
		       &(struct plan_user){ USER, build_text(&p->b, "/home/alice") });
	build_plan_text(p, PLAN_TABLE_HOME, "snap");
	build_plan_text(p, PLAN_TABLE_HOME, "snap/x1");
}

/* The plan of label, with what more adds to it; more may be NULL. */
static inline void give_plan_as(const char *label, const struct variant *v,
				void (*more)(struct build_plan *p))
{
	static const struct filter_insn insns[] = { { BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW } };
	struct build_plan p = { 0 };
	CLEANUP_FREE void *filter = NULL;
	CLEANUP_FREE void *plan = NULL;
	size_t size;

	char path[128];

	build_plan_start(&p);
	p.header.label = build_text(&p.b, label);
	p.header.flags = v->flags;
	p.header.layers &= ~v->no_layers;
	p.header.uid = p.header.gid = v->uid;
	p.header.caps = v->caps;
	p.header.ambient = v->ambient;
	p.header.nice = -3;
	p.header.cwd = build_text(&p.b, "/var/snap/demo/x1");
	p.header.pass = v->pass;
	p.header.passed_fds = v->pass & PLAN_PASS_LISTEN_FDS ? 1 : 0;
	build_plan_text(&p, PLAN_TABLE_ARGV, "-v");
	build_plan_text(&p, PLAN_TABLE_ENV, "SNAP=/snap/demo/x1");
	build_plan_row(&p, PLAN_TABLE_GROUPS, &(uint32_t){ 29 });
	build_plan_row(&p, PLAN_TABLE_RLIMITS, &(struct plan_rlimit){ RLIMIT_CORE, 0, 0, 0 });
	add_mount(&p, PLAN_MOUNT_DIR, "", "usr");
	add_mount(&p, PLAN_MOUNT_BIND, "/usr", "usr");
	add_mount(&p, PLAN_MOUNT_SYMLINK, "usr/bin", "bin");
	add_mount(&p, PLAN_MOUNT_TMPFS, "", "usr/lib/bulkhead");
	add_mount(&p, PLAN_MOUNT_FILE, "", "one");
	if (v->flags & PLAN_FLAG_PID_OWN) {
		add_mount(&p, PLAN_MOUNT_DIR, "", "proc");
		add_mount(&p, PLAN_MOUNT_BIND, "/proc", "proc");
		add_mount(&p, PLAN_MOUNT_BIND, "/proc/sys", "proc/sys");
	}
	add_shares(&p, v->shares);
	if (v->users)
		add_users(&p);
	if (more)
		more(&p);
	filter = build_filter(insns, ARRAY_SIZE(insns), &size);
	sys_fake_file(FILTER_PATH, filter, size);
	if (v->no_layers & PLAN_LAYER_SECCOMP)
		p.header.filter = 0;
	else
		sha256_of(filter, size, p.header.filter_digest);
	plan = build_plan_end(&p, &size);
	snprintf(path, sizeof(path), "plans/%s.plan", label);
	sys_fake_file(path, plan, size);
}

static inline void give_plan(const struct variant *v)
{
	give_plan_as(LABEL, v, NULL);
}

static inline void give_text(const char *path, const char *text)
{
	sys_fake_file(path, text, strlen(text));
}

/* A device on which boot has done its work and no app has run. */
static inline int world(void **state)
{
	(void)state;
	sys_fake_reset();
	sys_fake_device_reset();
	sys_fake_apparmor_dir("/");
	if (sys_device_create(LABEL, 256, NULL))
		return -1;
	give_plan(&(struct variant)VARIANT_PLAIN);
	give_text("status", STATUS("0000000000000401"));
	give_text("attr/apparmor/exec", LABEL " (enforce)\n");
	give_text("profiles", PROFILES);
	sys_fake_fs("proc", PROC_SUPER_MAGIC);
	sys_fake_fs("sys/fs/cgroup", CGROUP2_SUPER_MAGIC);
	sys_fake_missing("demo.info", ENOENT);
	sys_fake_fs("demo.mnt", NSFS_MAGIC);
	sys_fake_fs("demo.ipc", NSFS_MAGIC);
	return 0;
}

static inline int done(void **state)
{
	(void)state;
	sys_fake_reset();
	sys_fake_device_reset();
	return 0;
}

/* One launch; what it noted is the text from *from on. Returns launch_app's answer; e with the
 * phase, as main() prints it. */
static inline int launch(struct launch *l, char *const environ_[], size_t *from, struct err *e)
{
	static char one[] = "one", two[] = "two words";
	static char *const args[] = { one, two, NULL };
	int r;

	*from = strlen(sys_fake_text());
	l->label = l->label ? l->label : LABEL;
	l->args = args;
	r = launch_app(l, environ_, e);
	if (r < 0)
		(void)err_prefix(e, "phase %s", l->step.name);
	launch_release(l);
	return r;
}

static inline void compare_file(const char *name, const char *suffix, const char *text)
{
	char path[128];
	CLEANUP_FREE char *want = NULL;
	struct err e = { 0 };
	size_t len;

	snprintf(path, sizeof(path), "tests/golden-launch/%s%s", name, suffix);
	if (getenv("UPDATE"))
		place_file(path, text, strlen(text), 0644);
	want = fd_read_file(path, 1 << 20, &len, &e);
	if (!want)
		fail_msg("%s", e.text);
	if (!str_eq(text, want))
		fail_msg("not as %s:\n%s", path, text);
}

/* Whether exec was called, but for a call that failed and with which the text ends. */
static inline bool reached(const char *text)
{
	const char *exec = strstr(text, "\nexecve ");

	return exec && !str_eq(strchr(exec + 1, '\n') - strlen(" = EIO"), " = EIO\n");
}

#endif
