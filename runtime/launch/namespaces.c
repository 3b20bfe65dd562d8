/* SPDX-License-Identifier: Apache-2.0 */
/* The snap's kept mount and IPC namespaces, shared by its commands, and each command's own copy. */
#include "launch.h"

#include "kept.h"
#include "mounting.h"

static int make(struct launch *l, struct sys_kept *k, struct err *e)
{
	CLEANUP_FD int host = sys_openat(l->self_fd, "ns/mnt", O_RDONLY | O_CLOEXEC, 0);

	if (host < 0)
		return err_sys(e, "cannot open the host's mount namespace");
	if (sys_unshare(GUARD(launch_ipc) ? SYS_KEPT_FLAGS : CLONE_NEWNS))
		return err_sys(e, "cannot make namespaces");
	if (GUARD(launch_root) && launch_mounts(l, e))
		return -1;
	return sys_kept_keep(k, l->self_fd, host, e);
}

int launch_kept(struct launch *l, struct err *e)
{
	CLEANUP(sys_kept_close) struct sys_kept k = SYS_KEPT_NONE;
	int found;

	if (sys_kept_open(&k, l->root_fd, LAUNCH_NS_DIR, l->kept, e))
		return -1;
	sys_kept_want(&k, l->plan.header->origin);
	found = sys_kept_find(&k, e);
	if (found < 0 || (!found && make(l, &k, e)))
		return -1;
	return sys_kept_join(&k, e);
}

/* A devpts of its own: the command sees no other's terminals, and makes its own through it. */
static int mount_terminals(int root, struct err *e)
{
	CLEANUP_FD int devpts = sys_mounting_devpts(e);
	CLEANUP_FD int from = -1, ptmx = -1;

	if (sys_mounting_at(devpts, root, "dev/pts", e))
		return -1;
	from = sys_look_open(root, "dev/pts/ptmx", O_PATH, e);
	ptmx = from < 0 ? -1
			: sys_mounting_clone(from, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, 0, e);
	return sys_mounting_at(ptmx, root, "dev/ptmx", e);
}

/* The cgroup that it lives in as the root of all: what guards it lies above, out of reach. */
static int mount_cgroups(int root, struct err *e)
{
	CLEANUP_FD int cgroups = sys_mounting_kernel("cgroup2", e);
	CLEANUP_FD int freeze =
		cgroups < 0 ? -1 : sys_look_open(cgroups, "cgroup.freeze", O_WRONLY, e);

	/* With nsdelegate that file is for who is above, and processes of others stay where the
	 * device program of theirs is (cgroup_file_write() and cgroup_attach_permissions() in
	 * kernel/cgroup/cgroup.c, Linux 6.1). */
	if (freeze >= 0 && (sys_write(freeze, "0", 1) >= 0 || errno != EPERM))
		return err_env(e, "cannot give it cgroups to divide: mounted without nsdelegate");
	return freeze < 0 ? -1 : sys_mounting_at(cgroups, root, "sys/fs/cgroup", e);
}

int launch_own(struct launch *l, struct err *e)
{
	uint32_t flags = l->plan.header->flags;
	int kinds = CLONE_NEWNS;
	CLEANUP_FD int root = -1, place = -1;

	if (flags & PLAN_FLAG_NETWORK_OWN && GUARD(launch_network))
		kinds |= CLONE_NEWNET;
	if (flags & PLAN_FLAG_IPC_OWN && GUARD(launch_ipc_own))
		kinds |= CLONE_NEWIPC;
	if (launch_delegates(l) && GUARD(launch_delegate))
		kinds |= CLONE_NEWCGROUP;
	if (sys_unshare(kinds))
		return err_sys(e, "cannot make the command's own namespaces");
	root = sys_look_root(e);
	if (root < 0 || sys_mounting_propagate(root, MS_SLAVE, e))
		return -1;
	if ((flags & PLAN_FLAG_PID_OWN && GUARD(launch_proc_own) &&
	     launch_mount_proc(l, root, e)) ||
	    (launch_delegates(l) && mount_cgroups(root, e)))
		return -1;
	place = l->home_fd < 0 ? -1 : sys_look_open(root, LAUNCH_HOME, O_PATH | O_DIRECTORY, e);
	if (l->home_fd >= 0 && (place < 0 || sys_mounting_onto(l->home_fd, place, e)))
		return -1;
	return mount_terminals(root, e);
}
