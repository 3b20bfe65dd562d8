/* SPDX-License-Identifier: Apache-2.0 */
#include "mounting.h"

#include "look.h"
#include "sys.h"

struct option {
	const char *key;
	const char *value; /* NULL: a flag */
};

static int make(const char *type, const struct option *options, size_t count, uint64_t attrs,
		struct err *e)
{
	CLEANUP_FD int fs = sys_fsopen(type, FSOPEN_CLOEXEC);
	int fd;

	if (fs < 0)
		return err_sys(e, "cannot make a %s", type);
	for (size_t i = 0; i < count; i++)
		if (sys_fsconfig(fs, options[i].value ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG,
				 options[i].key, options[i].value))
			return err_sys(e, "cannot set %s of a %s", options[i].key, type);
	if (sys_fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL))
		return err_sys(e, "cannot make a %s", type);
	fd = sys_fsmount(fs, FSMOUNT_CLOEXEC, (unsigned)attrs);
	return fd < 0 ? err_sys(e, "cannot make a %s", type) : fd;
}

int sys_mounting_tmpfs(const struct sys_tmpfs *t, struct err *e)
{
	char mode[16], size[32], uid[16], gid[16];
	const struct option options[] = {
		{ "mode", mode }, { "size", size }, { "uid", uid }, { "gid", gid }
	};

	snprintf(mode, sizeof(mode), "%o", t->mode);
	snprintf(size, sizeof(size), "%llu", (unsigned long long)t->size);
	snprintf(uid, sizeof(uid), "%u", t->uid);
	snprintf(gid, sizeof(gid), "%u", t->gid);
	return make("tmpfs", options, ARRAY_SIZE(options), t->attrs, e);
}

int sys_mounting_devpts(struct err *e)
{
	static const struct option options[] = {
		{ "newinstance", NULL }, { "ptmxmode", "0666" }, { "mode", "0620" }, { "gid", "5" }
	};

	return make("devpts", options, ARRAY_SIZE(options), MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC,
		    e);
}

int sys_mounting_kernel(const char *type, struct err *e)
{
	return make(type, NULL, 0, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, e);
}

static int set(int fd, unsigned flags, struct mount_attr attr, struct err *e)
{
	return sys_mount_setattr(fd, "", AT_EMPTY_PATH | flags, &attr)
		       ? err_sys(e, "cannot set attributes of a mount")
		       : 0;
}

int sys_mounting_clone(int fd, uint64_t more, uint64_t less, struct err *e)
{
	struct mount_attr attr = { .attr_set = more, .attr_clr = less, .propagation = MS_PRIVATE };
	/* That mount alone: what lies on it is not asked for. */
	CLEANUP_FD int tree = sys_open_tree(fd, "",
					    OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH |
						    (GUARD(mounting_flat) ? 0 : AT_RECURSIVE));

	if (tree < 0)
		return err_sys(e, "cannot copy a mount");
	return set(tree, 0, attr, e) ? -1 : steal_fd(&tree);
}

int sys_mounting_onto(int mount, int place, struct err *e)
{
	if (sys_move_mount(mount, "", place, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH))
		return err_sys(e, "cannot mount");
	return 0;
}

int sys_mounting_at(int mount, int root, const char *path, struct err *e)
{
	CLEANUP_FD int place = mount < 0 ? -1 : sys_look_open(root, path, O_PATH, e);

	return place < 0 ? -1 : sys_mounting_onto(mount, place, e);
}

int sys_mounting_propagate(int fd, uint64_t propagation, struct err *e)
{
	return set(fd, AT_RECURSIVE, (struct mount_attr){ .propagation = propagation }, e);
}

int sys_mounting_shut(int fd, struct err *e)
{
	return set(fd, 0, (struct mount_attr){ .attr_set = MOUNT_ATTR_RDONLY }, e);
}
