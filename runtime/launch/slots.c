/* SPDX-License-Identifier: Apache-2.0 */
/* Late binding: files of sysfs whose place only this board knows, bound below /run/slot, and nodes
 * of devices that the kernel made for a slot. */
#include "launch.h"

#include <linux/magic.h>

#include "mounting.h"

#define ATTRS (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC)

/* Of the row r of the plan that l has. */
#define TEXT(field) plan_text(&l->plan, r->field)

/*
 * By udev's link, which the device cgroup does not trust: it has the number by udev's tag. The
 * app's /dev is the image's: what is no node there must not come under the name of one.
 */
static int open_node(int root, const char *link, struct err *e)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC,
				.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS };
	CLEANUP_FD int fd = sys_openat2(root, link, &how);
	struct stat st;

	if (fd < 0 || sys_fstat(fd, &st))
		return err_sys(e, "cannot open /%s, the kernel's log may say why", link);
	return S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode) || !GUARD(launch_node)
		       ? steal_fd(&fd)
		       : err_env(e, "cannot use /%s: it leads to no device", link);
}

/* Below root, "/" as the app has it: there files can be bound, but /sys is read-only. */
static int open_file(const struct launch *l, const struct plan_late *r, int root, struct err *e)
{
	CLEANUP_FD int within =
		sys_look_trusted(root, TEXT(prefix) + 1, O_PATH | O_DIRECTORY, SYSFS_MAGIC, e);
	CLEANUP_FD int dir = -1;

	dir = within < 0 ? -1 : sys_look_below(root, TEXT(link) + 1, within, e);
	if (dir >= 0 && r->flags & PLAN_LATE_NODE)
		return open_node(root, TEXT(file), e);
	return dir < 0 ? -1 : sys_look_open(dir, TEXT(file), O_PATH, e);
}

/* What makes the kernel show the file: "4" to /sys/class/gpio/export, in the host's /sys. */
static int export(const struct launch *l, const struct plan_late *r, struct err *e)
{
	const char *file = TEXT(export_file), *value = TEXT(export_value);
	CLEANUP_FD int fd = sys_openat(l->root_fd, file + 1, O_WRONLY | O_CLOEXEC, 0);

	if (fd < 0 || sys_write(fd, value, strlen(value)) < 0)
		return err_sys(e, "cannot write %s to %s", value, file);
	return 0;
}

static int find_file(const struct launch *l, const struct plan_late *r, int root, struct err *e)
{
	int fd = open_file(l, r, root, e);

	if (fd >= 0 || errno != ENOENT || !(r->flags & PLAN_LATE_EXPORT))
		return fd;
	/* Also after a failure: another's launcher may have been faster. */
	return open_file(l, r, root, export(l, r, e) ? NULL : e);
}

static int bind_onto(const struct plan_late *r, int file, int place, struct err *e)
{
	uint64_t readonly = r->access & PLAN_ACCESS_WRITE ? 0 : MOUNT_ATTR_RDONLY;
	uint64_t attrs = r->flags & PLAN_LATE_NODE ? ATTRS ^ MOUNT_ATTR_NODEV : ATTRS;
	CLEANUP_FD int mount = sys_mounting_clone(file, attrs | readonly, MOUNT_ATTR_RDONLY, e);

	return mount < 0 ? -1 : sys_mounting_onto(mount, place, e);
}

static int bind_row(const struct launch *l, const struct plan_late *r, int root, struct err *e)
{
	CLEANUP_FD int file = find_file(l, r, root, e);
	CLEANUP_FD int place = -1, ours = -1;

	if (file < 0)
		return errno == ENOENT && r->flags & PLAN_LATE_OPTIONAL ? 0 : -1;
	place = sys_look_open(root, TEXT(place), O_PATH, e);
	if (place < 0 || bind_onto(r, file, place, e) ||
	    (r->flags & PLAN_LATE_IN_PLACE && bind_onto(r, file, file, e)))
		return -1;
	/* Through the app's mount of it: as the nodes of a slot, root's and its users' group's. */
	ours = r->gid ? sys_look_open(root, TEXT(place), O_WRONLY | O_NONBLOCK, e) : -1;
	if (r->gid && (ours < 0 || sys_fchown(ours, 0, r->gid) || sys_fchmod(ours, 0660)))
		return err_sys(e, "cannot give it to group %u", r->gid);
	return 0;
}

int launch_slots(struct launch *l, struct err *e)
{
	for (uint32_t i = 0; i < plan_count(&l->plan, PLAN_TABLE_LATE); i++) {
		const struct plan_late *r = &l->plan.late[i];
		CLEANUP_FD int root = sys_look_root(e);

		if (root < 0 || bind_row(l, r, root, e))
			return err_prefix(e, "cannot bind /%s", TEXT(place));
	}
	return 0;
}
