/* SPDX-License-Identifier: Apache-2.0 */
#include "helper.h"

#include <sys/file.h>

#include "sys.h"

#define PLANS "run/bulkhead/pack/plans"
#define DONE  "run/bulkhead/booted"
#define LOCKS "run/snapd/lock"
#define MARKS "run/bulkhead/devices/counted."

void helper_say(int root_fd, const char *fmt, ...)
{
	CLEANUP_FD int fd = openat(root_fd, "dev/kmsg", O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
	char text[ERR_TEXT_MAX];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	fprintf(stderr, "bulkhead-device: %s\n", text);
	if (fd >= 0)
		dprintf(fd, "<4>bulkhead-device: %s\n", text);
}

/*
 * Which slots have a device is told under the app's lock, which a start waits for: a daemon that is
 * started because of it finds it in the map.
 */
static int wanted(const struct helper_asked *asked, const struct plan *p, struct helper_map *map,
		  struct err *e)
{
	CLEANUP_FD int dir = fd_open_folder(asked->root_fd, PLAN_SLOTS_THERE, e);

	for (uint32_t i = 0; i < plan_count(p, PLAN_TABLE_DEVICES); i++) {
		const struct plan_device *dev = &p->devices[i];
		struct sys_device_key key = { dev->type, dev->major, dev->minor };

		helper_map_add(map, &key, dev->access);
	}
	for (uint32_t i = 0; i < plan_count(p, PLAN_TABLE_SLOTS); i++) {
		const struct plan_slot *slot = &p->slots[i];
		const char *tag = plan_text(p, slot->tag);
		int n = helper_udev_add(asked, tag, slot->access, map, e), all = n;

		if (n >= 0 && slot->flags & PLAN_SLOT_ONE)
			all = helper_udev_add(asked, tag, 0, NULL, e);
		if (all < 0 || dir < 0)
			return -1;
		if (!(slot->flags & PLAN_SLOT_ONE))
			continue;
		if ((all ? mknodat(dir, tag, S_IFREG | 0400, 0) : unlinkat(dir, tag, 0)) &&
		    errno != EEXIST && errno != ENOENT)
			return err_sys(e, "cannot tell of %s", tag);
		if (n > 0 && all > 1 && GUARD(helper_link))
			helper_say(asked->root_fd, "%d devices claim the one link of %s", all, tag);
	}
	return 0;
}

/* The lock of the app's snap, which launcher and ctl take too. Held until it is closed. */
static int take_lock(int root_fd, const char *snap, struct err *e)
{
	CLEANUP_FD int dir = fd_open_folder(root_fd, LOCKS, e);
	CLEANUP_FD int fd = -1;
	char name[128];

	if (dir < 0)
		return -1;
	snprintf(name, sizeof(name), "%s.lock", snap);
	fd = openat(dir, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0 || sys_flock(fd, LOCK_EX))
		return err_sys(e, "cannot lock /" LOCKS "/%s", name);
	return steal_fd(&fd);
}

/* Owned buffer of the plan, checked into p; NULL on failure. */
static void *read_plan(int root_fd, const char *label, struct plan *p, struct err *e)
{
	CLEANUP_FD int dir = fd_open_folder(root_fd, PLANS, e);
	CLEANUP_FREE void *buf = NULL;
	char name[LABEL_MAX + 8];
	size_t len;

	snprintf(name, sizeof(name), "%s.plan", label);
	buf = dir < 0 ? NULL : fd_read_beneath(dir, name, PLAN_SIZE_MAX, &len, e);
	if (!buf || plan_read(buf, len, p, e))
		return NULL;
	if (!str_eq(plan_text(p, p->header->label), label) && GUARD(helper_label))
		return err_null(
			err_input(e, "cannot use the plan of %s: it is of another app", label));
	return steal_ptr(&buf);
}

/*
 * The mark stands while the map is known to be what it should be. It is taken away before anything
 * is changed: whoever finds none, after boot, a failure or a kill, counts everything.
 */
static int update(int root_fd, const struct helper_event *event, const struct plan *p,
		  struct err *e)
{
	CLEANUP(helper_map_free) struct helper_map map = { 0 };
	struct helper_asked asked = { root_fd, event->label, NULL };
	struct sys_device d = SYS_DEVICE_NONE;
	CLEANUP_FD int mark = -1;
	char path[sizeof(MARKS) + LABEL_MAX];
	int rc;

	str_join(path, sizeof(path), MARKS, event->label, NULL);
	if ((unlinkat(root_fd, path, 0) == 0 || !GUARD(helper_mark)) && event->key.type)
		asked.only = &event->key;
	if (wanted(&asked, p, &map, e))
		return -1;
	if (!(p->header->layers & PLAN_LAYER_DEVICES))
		return 0;
	if (sys_device_open(event->label, &d, e))
		return -1;
	rc = sys_device_open_map(event->label, &d, e)
		     ? -1
		     : helper_map_apply(&d, &map, plan_map_entries(p), asked.only, e);
	sys_device_close(&d);
	if (rc == 0)
		mark = openat(root_fd, path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
	return rc;
}

int helper_handle(int root_fd, const struct helper_event *event, struct err *e)
{
	CLEANUP_FREE void *buf = NULL;
	CLEANUP_FD int lock = -1;
	struct plan p;
	struct stat st;

	/* Before boot has finished there is no map; its coldplug brings every event again. */
	if (fstatat(root_fd, DONE, &st, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT ? 0 : err_sys(e, "cannot read /" DONE);
	buf = read_plan(root_fd, event->label, &p, e);
	if (!buf)
		return -1;
	/* Asked for the tagged devices only under the lock: the last to come sees the latest. */
	lock = take_lock(root_fd, plan_text(&p, p.header->snap), e);
	return lock < 0 ? -1 : update(root_fd, event, &p, e);
}
