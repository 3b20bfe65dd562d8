/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The floor of a launch: the launcher's own table of phases, each phase reduced to the system calls
 * that do its work. What the launcher asks in order to trust, to decide or to prove is left out,
 * and what it computes, too: the plan and the filter are part of the program (FLOOR_PLAN,
 * FLOOR_FILTER name the files), COLD says that the kept namespaces are made, BY_HAND that the
 * cgroup is joined by a write, UNLABELLED that AppArmor is left out. No library is called; with
 * FLOOR_ALONE there is none at all.
 */
#include "phases.c"

#include <linux/sched.h>
#include <linux/seccomp.h>
#include <linux/securebits.h>
#include <sys/file.h>

#include "floor_calls.h"
#include "kept.h"

BYTES(plan_bytes, FLOOR_PLAN);
BYTES(filter_bytes, FLOOR_FILTER);

#ifndef COLD
#define COLD 0
#endif
#ifndef BY_HAND
#define BY_HAND 0
#endif
#ifndef UNLABELLED
#define UNLABELLED 0
#endif

/* --- mounts ---------------------------------------------------------------------------------- */

static void make_name(const struct plan *p, const struct plan_mount *m, int root)
{
	const char *target = plan_text(p, m->target), *name = target;
	char parent[256] = ".";
	int dir;

	for (size_t i = 0; target[i]; i++)
		if (target[i] == '/')
			name = target + i + 1;
	for (size_t i = 0; target + i + 1 < name; i++) {
		parent[i] = target[i];
		parent[i + 1] = '\0';
	}
	dir = open_at(root, parent, O_PATH | O_DIRECTORY);
	if (m->op == PLAN_MOUNT_DIR)
		CALL(mkdirat, dir, name, m->mode, 0);
	else if (m->op == PLAN_MOUNT_SYMLINK)
		CALL(symlinkat, plan_text(p, m->source), dir, name, 0);
	else
		shut(open_at(dir, name, O_RDONLY | O_CREAT | O_EXCL));
	shut(dir);
}

static void make_mount(const struct plan *p, const struct plan_mount *m, int host, int root)
{
	static const uint64_t bits[] = { MOUNT_ATTR_RDONLY, MOUNT_ATTR_NOSUID, MOUNT_ATTR_NODEV,
					 MOUNT_ATTR_NOEXEC };
	const uint32_t none[2] = { 0 }, owner[2] = { p->header->uid, p->header->gid };
	const char *source = plan_text(p, m->source);
	uint64_t attrs = 0;
	int mount, place;

	for (size_t i = 0; i < ARRAY_SIZE(bits); i++)
		attrs |= m->flags >> i & 1 ? bits[i] : 0;
	if (m->op == PLAN_MOUNT_TMPFS) {
		mount = make_tmpfs(attrs, (uint64_t)m->size_kib * 1024, m->mode,
				   m->flags & PLAN_MOUNT_OWNED ? owner : none);
	} else {
		int from = open_at(host, source[1] ? source + 1 : ".", O_PATH);

		mount = clone_mount(from, attrs);
		shut(from);
	}
	place = open_at(root, plan_text(p, m->target), O_PATH);
	move(mount, place);
	shut(place);
	shut(mount);
}

static void make_tree(const struct plan *p)
{
	const uint32_t none[2] = { 0 };
	int host = open_root(), run, place, root;

	set_mount(host, AT_RECURSIVE, 0, MS_SLAVE);
	run = open_at(host, LAUNCH_RUN_DIR, O_PATH | O_DIRECTORY);
	(void)call6(SYS_mkdirat, run, W("root"), 0700, (long[3]){ 0 });
	place = open_at(run, "root", O_PATH | O_DIRECTORY);
	root = make_tmpfs(MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, 1024 * 1024, 0755, none);
	move(root, place);
	shut(place);
	shut(run);
	for (uint32_t i = 0; i < plan_count(p, PLAN_TABLE_MOUNTS); i++) {
		const struct plan_mount *m = &p->mounts[i];

		if (m->op == PLAN_MOUNT_BIND || m->op == PLAN_MOUNT_TMPFS)
			make_mount(p, m, host, root);
		else
			make_name(p, m, root);
	}
	CALL(fchdir, root, 0, 0, 0);
	CALL(pivot_root, ".", ".", 0, 0);
	CALL(umount2, ".", MNT_DETACH, 0, 0);
	set_mount(root, 0, MOUNT_ATTR_RDONLY, 0);
	set_mount(root, AT_RECURSIVE, 0, MS_SHARED);
	shut(root);
	shut(host);
}

/* --- the phases ------------------------------------------------------------------------------ */

int launch_proc(struct launch *l, struct err *e)
{
	struct open_how how = { .flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
				.resolve =
					RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS };

	(void)e;
	CALL(prctl, PR_SET_DUMPABLE, 0, 0, 0, 0);
	CALL(umask, 0, 0, 0, 0);
	l->proc_fd = open_at(l->root_fd, "proc", O_PATH | O_DIRECTORY);
	l->self_fd = (int)CALL(openat2, l->proc_fd, "thread-self", &how, sizeof(how));
	return 0;
}

int launch_lock(struct launch *l, struct err *e)
{
	int dir = open_at(l->root_fd, LAUNCH_LOCK_DIR, O_RDONLY | O_DIRECTORY);
	char name[LABEL_MAX + 8] = "";

	(void)e;
	add(name, plan_text(&l->plan, l->plan.header->snap));
	add(name, ".lock");
	l->lock_fd = open_at(dir, name, O_RDWR | O_CREAT);
	CALL(flock, l->lock_fd, LOCK_EX | LOCK_NB, 0, 0);
	shut(dir);
	return 0;
}

/* A process that its supervisor made in the cgroup has nothing to do here. */
int launch_devices(struct launch *l, struct err *e)
{
	char path[LABEL_MAX + 64] = "sys/fs/cgroup/bulkhead/";
	int fd;

	(void)e;
	if (!BY_HAND)
		return 0;
	add(path, l->label);
	add(path, "/cgroup.procs");
	fd = open_at(l->root_fd, path, O_WRONLY);
	CALL(write, fd, "0", 1, 0);
	shut(fd);
	return 0;
}

static const struct {
	const char *suffix, *path;
	int type;
} kinds[] = { { ".mnt", "ns/mnt", CLONE_NEWNS }, { ".ipc", "ns/ipc", CLONE_NEWIPC } };

static void make_kept(struct launch *l, int dir, const char *snap, int fds[2])
{
	static const struct sys_kept_record record;
	int host = (int)CALL(openat, l->self_fd, "ns/mnt", O_RDONLY | O_CLOEXEC, 0);
	char name[LABEL_MAX + 8];
	int fd;

	CALL(unshare, SYS_KEPT_FLAGS, 0, 0, 0);
	make_tree(&l->plan);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		fds[i] = (int)CALL(openat, l->self_fd, kinds[i].path, O_RDONLY | O_CLOEXEC, 0);
	CALL(setns, host, CLONE_NEWNS, 0, 0);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		int file, tree = clone_mount(fds[i], 0);

		name[0] = '\0';
		add(name, snap);
		add(name, kinds[i].suffix);
		file = open_at(dir, name, O_RDONLY | O_CREAT | O_EXCL);
		move(tree, file);
		shut(tree);
		shut(file);
	}
	name[0] = '\0';
	add(name, snap);
	add(name, ".info");
	fd = open_at(dir, name, O_WRONLY | O_CREAT | O_EXCL);
	CALL(write, fd, &record, sizeof(record), 0);
	shut(fd);
	shut(host);
}

int launch_kept(struct launch *l, struct err *e)
{
	const char *snap = plan_text(&l->plan, l->plan.header->snap);
	int dir = open_at(l->root_fd, LAUNCH_NS_DIR, O_RDONLY | O_DIRECTORY);
	int fds[2];

	(void)e;
	if (COLD) {
		make_kept(l, dir, snap, fds);
	} else {
		for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
			char name[LABEL_MAX + 8] = "";

			add(name, snap);
			add(name, kinds[i].suffix);
			fds[i] = open_at(dir, name, O_RDONLY | O_NONBLOCK);
		}
	}
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		CALL(setns, fds[i], kinds[i].type, 0, 0);
		shut(fds[i]);
	}
	shut(dir);
	return 0;
}

int launch_own(struct launch *l, struct err *e)
{
	static const char *const options[] = { "newinstance", NULL,  "ptmxmode", "0666", "mode",
					       "0620",	      "gid", "5",	 NULL };
	bool alone = l->plan.header->flags & PLAN_FLAG_NETWORK_OWN;
	int root, devpts, place;

	(void)e;
	CALL(unshare, CLONE_NEWNS | (alone ? CLONE_NEWNET : 0), 0, 0, 0);
	root = open_root();
	set_mount(root, AT_RECURSIVE, 0, MS_SLAVE);
	devpts = make_fs("devpts", options, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
	place = open_at(root, "dev/pts", O_PATH | O_DIRECTORY);
	move(devpts, place);
	shut(place);
	shut(devpts);
	place = open_at(root, "dev/pts/ptmx", O_PATH);
	devpts = clone_mount(place, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
	shut(place);
	place = open_at(root, "dev/ptmx", O_PATH);
	move(devpts, place);
	shut(place);
	shut(devpts);
	shut(root);
	return 0;
}

/* The bench's apps have no late bindings; a plan that has some is none for this floor. */
int launch_slots(struct launch *l, struct err *e)
{
	(void)e;
	if (plan_count(&l->plan, PLAN_TABLE_LATE))
		leave(LAUNCH_FAILED);
	return 0;
}

int launch_session(struct launch *l, struct err *e)
{
	(void)l;
	(void)e;
	CALL(setsid, 0, 0, 0, 0);
	return 0;
}

int launch_cwd(struct launch *l, struct err *e)
{
	const char *path = plan_text(&l->plan, l->plan.header->cwd);
	int root = open_root();
	int dir = open_at(root, path[1] ? path + 1 : ".", O_PATH | O_DIRECTORY);

	(void)e;
	CALL(fchdir, dir, 0, 0, 0);
	shut(dir);
	shut(root);
	return 0;
}

int launch_environment(struct launch *l, struct err *e)
{
	static char *argv[16], *envp[64];
	const struct plan *p = &l->plan;

	(void)e;
	for (uint32_t i = 0; i < plan_count(p, PLAN_TABLE_ARGV) && i + 1 < ARRAY_SIZE(argv); i++)
		argv[i] = (char *)(uintptr_t)plan_text(p, p->argv[i]);
	for (uint32_t i = 0; i < plan_count(p, PLAN_TABLE_ENV) && i + 1 < ARRAY_SIZE(envp); i++)
		envp[i] = (char *)(uintptr_t)plan_text(p, p->env[i]);
	l->argv = argv;
	l->envp = envp;
	return 0;
}

int launch_descriptors(struct launch *l, struct err *e)
{
	(void)l;
	(void)e;
	CALL(close_range, 3, ~0U, 1 << 2, 0);
	return 0;
}

int launch_limits(struct launch *l, struct err *e)
{
	(void)e;
	CALL(setpriority, PRIO_PROCESS, 0, l->plan.header->nice, 0);
	for (uint32_t i = 0; i < plan_count(&l->plan, PLAN_TABLE_RLIMITS); i++)
		CALL(prlimit64, 0, l->plan.rlimits[i].resource, &l->plan.rlimits[i].soft, 0);
	return 0;
}

int launch_signals(struct launch *l, struct err *e)
{
	static const uint64_t act[4];

	(void)e;
	CALL(umask, l->plan.header->umask_bits, 0, 0, 0);
	for (int sig = 1; sig <= 64; sig++)
		if (sig != SIGKILL && sig != SIGSTOP && (sig <= SIGSYS || sig > SIGSYS + 2))
			CALL(rt_sigaction, sig, act, 0, 8);
	CALL(rt_sigprocmask, SIG_SETMASK, act, 0, 8);
	for (int timer = 0; timer <= 2; timer++)
		CALL(setitimer, timer, act, 0, 0);
	return 0;
}

int launch_identity(struct launch *l, struct err *e)
{
	const struct plan_header *h = l->plan.header;

	(void)e;
	CALL(prctl, PR_SET_KEEPCAPS, 1, 0, 0, 0);
	CALL(setgroups, plan_count(&l->plan, PLAN_TABLE_GROUPS), l->plan.groups, 0, 0);
	CALL(setresgid, h->gid, h->gid, h->gid, 0);
	CALL(setresuid, h->uid, h->uid, h->uid, 0);
	return 0;
}

/* The bench's users are root: the table skips it. */
int launch_home(struct launch *l, struct err *e)
{
	(void)l;
	(void)e;
	leave(LAUNCH_FAILED);
}

/* All of it is proof. */
int launch_policy(struct launch *l, struct err *e)
{
	(void)l;
	(void)e;
	return 0;
}

int launch_onexec(struct launch *l, struct err *e)
{
	char text[LABEL_MAX + 8] = "exec ";
	int fd = open_at(l->self_fd, "attr/apparmor/exec", O_WRONLY);

	(void)e;
	add(text, l->label);
	CALL(write, fd, text, length(text), 0);
	shut(fd);
	return 0;
}

int launch_no_new_privs(struct launch *l, struct err *e)
{
	(void)l;
	(void)e;
	CALL(prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	return 0;
}

int launch_capabilities(struct launch *l, struct err *e)
{
	const struct plan_header *h = l->plan.header;
	unsigned long bits = SECBIT_NO_CAP_AMBIENT_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED;

	(void)e;
	if (h->uid != 0 || h->caps == 0)
		bits |= SECBIT_NOROOT | SECBIT_NOROOT_LOCKED;
	for (unsigned cap = 0; cap <= CAP_LAST_CAP; cap++)
		if (!(h->caps >> cap & 1))
			CALL(prctl, PR_CAPBSET_DROP, cap, 0, 0, 0);
	set_caps(1ULL << CAP_SETPCAP, l->permitted, h->ambient);
	CALL(prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	for (unsigned cap = 0; cap <= CAP_LAST_CAP; cap++)
		if (h->ambient >> cap & 1)
			CALL(prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0);
	CALL(prctl, PR_SET_SECUREBITS, bits, 0, 0, 0);
	set_caps(h->caps, h->caps, h->ambient);
	return 0;
}

/* All of it is proof. */
int launch_readback(struct launch *l, struct err *e)
{
	(void)l;
	(void)e;
	return 0;
}

int launch_seccomp(struct launch *l, struct err *e)
{
	struct {
		unsigned short len;
		const void *filter;
	} prog = { (unsigned short)l->filter.count, l->filter.insns };

	(void)e;
	CALL(seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_LOG, &prog, 0);
	return 0;
}

int launch_exec(struct launch *l, struct err *e)
{
	(void)e;
	CALL(execve, l->argv[0], l->argv, l->envp, 0);
	return 0;
}

/* --- the table ------------------------------------------------------------------------------- */

static void read_plan(struct launch *l)
{
	const struct plan_header *h = (const void *)plan_bytes;
	const void *tables[PLAN_TABLES];
	uint64_t needed = h->caps;

	for (size_t i = 0; i < PLAN_TABLES; i++)
		tables[i] = plan_bytes + h->tables[i].offset;
	l->plan = (struct plan){ .header = h,
				 .argv = tables[PLAN_TABLE_ARGV],
				 .env = tables[PLAN_TABLE_ENV],
				 .groups = tables[PLAN_TABLE_GROUPS],
				 .mounts = tables[PLAN_TABLE_MOUNTS],
				 .rlimits = tables[PLAN_TABLE_RLIMITS],
				 .strings = plan_bytes + h->strings.offset };
	l->filter.insns = (const void *)(filter_bytes + sizeof(struct filter_header));
	l->filter.count = (uint32_t)((size_t)(filter_bytes_end - (const char *)l->filter.insns) /
				     sizeof(struct filter_insn));
	l->label = plan_text(&l->plan, h->label);
	for (size_t i = 0; i < ARRAY_SIZE(phases); i++)
		needed |= phases[i].caps == KEEP_SETS ? 0 : phases[i].caps;
	l->permitted = needed & get_caps();
}

static __attribute__((noreturn)) void floor_run(void)
{
	struct launch l = LAUNCH_INIT;

	read_plan(&l);
	l.root_fd = open_root();
	for (size_t i = 0; i < ARRAY_SIZE(phases); i++) {
		if (!has_phase(&l, &phases[i]) ||
		    (UNLABELLED && phases[i].layer == PLAN_LAYER_APPARMOR))
			continue;
		if (phases[i].caps != KEEP_SETS)
			set_caps(phases[i].caps & l.permitted, l.permitted, 0);
		phases[i].run(&l, NULL);
	}
	leave(LAUNCH_FAILED);
}

#ifdef FLOOR_ALONE
void *memset(void *to, int byte, size_t n);
void *memcpy(void *to, const void *from, size_t n);
void _start(void);

/* What the compiler itself asks for. */
void *memset(void *to, int byte, size_t n)
{
	for (volatile char *p = to; n; n--)
		*p++ = (char)byte;
	return to;
}

void *memcpy(void *to, const void *from, size_t n)
{
	const char *q = from;

	for (volatile char *p = to; n; n--)
		*p++ = *q++;
	return to;
}

__attribute__((force_align_arg_pointer)) void _start(void)
{
	floor_run();
}
#else
int main(void)
{
	floor_run();
}
#endif
