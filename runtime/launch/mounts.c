/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The new root: a private tmpfs, filled by the plan's operations. Sources and targets are opened
 * without following a link, and mounts are moved onto descriptors, so nothing that an app planted
 * in a tree it can write redirects them.
 */
#include "launch.h"

#include "mounting.h"

#define ROOT_SIZE (1024u * 1024u)
#define ATTRS	  (PLAN_MOUNT_READONLY | PLAN_MOUNT_NOSUID | PLAN_MOUNT_NODEV | PLAN_MOUNT_NOEXEC)

_Static_assert(PLAN_MOUNT_READONLY == MOUNT_ATTR_RDONLY && PLAN_MOUNT_NOSUID == MOUNT_ATTR_NOSUID &&
		       PLAN_MOUNT_NODEV == MOUNT_ATTR_NODEV &&
		       PLAN_MOUNT_NOEXEC == MOUNT_ATTR_NOEXEC,
	       "the plan has the kernel's bits");

struct build {
	const struct launch *l;
	const struct plan *plan;
	int host; /* "/" of the host, as the new namespace has it */
	int root; /* the new root */
};

/* The directory that holds target, and the name in it. */
static int open_parent(const struct build *b, const char *target, const char **name, struct err *e)
{
	const char *slash = strrchr(target, '/');
	CLEANUP_FREE char *parent = NULL;

	*name = slash ? slash + 1 : target;
	parent = mem_must(slash ? strndup(target, (size_t)(slash - target)) : strdup("."));
	return sys_look_open(b->root, parent, O_PATH | O_DIRECTORY, e);
}

/* DIR, FILE and SYMLINK: a new name in the tree so far; one that is there already is refused, but
 * for what several snaps need in the image's own /dev. */
static int make_name(const struct build *b, const struct plan_mount *m, const char *target,
		     struct err *e)
{
	const char *name;
	CLEANUP_FD int parent = open_parent(b, target, &name, e);
	CLEANUP_FD int file = -1;
	int made;

	if (parent < 0)
		return -1;
	if (m->op == PLAN_MOUNT_DIR)
		made = sys_mkdirat(parent, name, m->mode);
	else if (m->op == PLAN_MOUNT_SYMLINK)
		made = sys_symlinkat(plan_text(b->plan, m->source), parent, name);
	else
		made = file = sys_look_open(parent, name, O_RDONLY | O_CREAT | O_EXCL, NULL);
	return made >= 0 || (errno == EEXIST && m->flags & PLAN_MOUNT_OPTIONAL)
		       ? 0
		       : err_sys(e, "cannot make %s", name);
}

static int make_mount(const struct build *b, const struct plan_mount *m, struct err *e)
{
	bool owned = m->flags & PLAN_MOUNT_OWNED;
	const struct sys_tmpfs t = { .attrs = m->flags & ATTRS,
				     .size = (uint64_t)m->size_kib * 1024,
				     .mode = m->mode,
				     .uid = owned ? b->l->uid : 0,
				     .gid = owned ? b->l->gid : 0 };
	const char *source = plan_text(b->plan, m->source);
	CLEANUP_FD int from = -1;

	if (m->op == PLAN_MOUNT_TMPFS)
		return sys_mounting_tmpfs(&t, e);
	from = sys_look_open(b->host, source[1] ? source + 1 : ".", O_PATH, e);
	return from < 0 ? -1 : sys_mounting_clone(from, t.attrs, 0, e);
}

/* BIND and TMPFS. */
static int mount_on(const struct build *b, const struct plan_mount *m, const char *target,
		    struct err *e)
{
	CLEANUP_FD int mount = make_mount(b, m, e);

	if (mount < 0 && m->flags & PLAN_MOUNT_OPTIONAL && e->sys == ENOENT)
		return 0;
	return sys_mounting_at(mount, b->root, target, e);
}

static int (*const operations[])(const struct build *b, const struct plan_mount *m,
				 const char *target, struct err *e) = {
	[PLAN_MOUNT_DIR] = make_name,	  [PLAN_MOUNT_FILE] = make_name,
	[PLAN_MOUNT_SYMLINK] = make_name, [PLAN_MOUNT_BIND] = mount_on,
	[PLAN_MOUNT_TMPFS] = mount_on,
};

/* An empty tmpfs on the scaffold, of which nothing outside this namespace knows. */
static int make_root(int host, struct err *e)
{
	const struct sys_tmpfs t = { .attrs = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV,
				     .size = ROOT_SIZE,
				     .mode = 0755 };
	CLEANUP_FD int run = sys_look_open(host, LAUNCH_RUN_DIR, O_PATH | O_DIRECTORY, e);
	CLEANUP_FD int mount = -1;

	if (run < 0)
		return -1;
	if (sys_mkdirat(run, "root", 0700) && errno != EEXIST)
		return err_sys(e, "cannot make the scaffold");
	mount = sys_mounting_tmpfs(&t, e);
	if (sys_mounting_at(mount, run, "root", e))
		return err_prefix(e, "cannot make the scaffold");
	return steal_fd(&mount);
}

int launch_mount_proc(struct launch *l, int root, struct err *e)
{
	/* Of the plan's mounts those below /proc come again, from the new one. */
	const struct build b = { .l = l, .plan = &l->plan, .host = root, .root = root };
	CLEANUP_FD int proc = -1;

	if (sys_umount2("/proc", MNT_DETACH | UMOUNT_NOFOLLOW))
		return err_sys(e, "cannot take the host's /proc away");
	proc = sys_mounting_kernel("proc", e);
	if (sys_mounting_at(proc, root, "proc", e))
		return -1;
	for (uint32_t i = 0; i < plan_count(&l->plan, PLAN_TABLE_MOUNTS); i++) {
		const struct plan_mount *m = &l->plan.mounts[i];
		const char *target = plan_text(&l->plan, m->target);

		if (m->op == PLAN_MOUNT_BIND && str_starts(target, "proc/") &&
		    mount_on(&b, m, target, e))
			return err_prefix(e, "cannot make /%s again", target);
	}
	return 0;
}

/* pivot_root(2), "pivot_root(".", ".")": the old root lands on the new one and is dropped. */
static int enter_root(int root, struct err *e)
{
	if (sys_fchdir(root))
		return err_sys(e, "cannot enter the new root");
	if (sys_pivot_root(".", "."))
		return err_sys(e, "cannot make the new root the root");
	if (sys_umount2(".", MNT_DETACH))
		return err_sys(e, "cannot drop the old root");
	/* Shared: the copies that the commands have become its slaves. */
	return sys_mounting_shut(root, e) || sys_mounting_propagate(root, MS_SHARED, e) ? -1 : 0;
}

int launch_mounts(struct launch *l, struct err *e)
{
	CLEANUP_FD int host = sys_look_root(e);
	CLEANUP_FD int root = -1;
	struct build b = { .l = l, .plan = &l->plan, .host = host };

	/* Nothing done here reaches the host; what the host unmounts goes here too. */
	if (host < 0 || sys_mounting_propagate(host, MS_SLAVE, e))
		return -1;
	root = make_root(host, e);
	if (root < 0)
		return -1;
	b.root = root;
	for (uint32_t i = 0; i < plan_count(&l->plan, PLAN_TABLE_MOUNTS); i++) {
		const struct plan_mount *m = &l->plan.mounts[i];
		const char *target = plan_text(&l->plan, m->target);

		if (operations[m->op](&b, m, target, e))
			return err_prefix(e, "cannot make /%s of the app's root", target);
	}
	return enter_root(root, e);
}
