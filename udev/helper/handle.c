/* SPDX-License-Identifier: Apache-2.0 */
#include "helper.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "fd.h"
#include "guard.h"
#include "str.h"
#include "sys.h"
#include "tag.h"

#define PLANS "run/bulkhead/pack/plans"
#define DONE  "run/bulkhead/booted"
#define LOCKS "run/snapd/lock"

struct gather {
	struct helper_map *map;
	const struct helper_event *ev;
	uint32_t access;
};

static int gather(void *ctx, const char *devpath, const struct sys_device_key *key, struct err *e)
{
	struct gather *g = ctx;

	(void)e;
	/* The event of a device that went may come while it can still be listed. */
	if (g->ev->verb == HELPER_REMOVE && str_eq(devpath, g->ev->devpath) && GUARD(helper_remove))
		return 0;
	helper_map_add(g->map, key, g->access);
	return 0;
}

/* The plan's own devices come first, so that a flood of tagged ones cannot push them out. */
static int wanted(const struct plan *p, const struct helper_event *ev,
		  const struct helper_source *source, struct helper_map *map, struct err *e)
{
	uint32_t n = plan_count(p, PLAN_TABLE_DEVICES);

	for (uint32_t i = 0; i < n; i++) {
		const struct plan_device *dev = &p->devices[i];
		struct sys_device_key key = { dev->type, dev->major, dev->minor };

		helper_map_add(map, &key, dev->access);
	}
	n = plan_count(p, PLAN_TABLE_SLOTS);
	for (uint32_t i = 0; i < n; i++) {
		struct gather g = { map, ev, p->slots[i].access };

		if (source->tagged(source->source, plan_text(p, p->slots[i].tag), gather, &g, e))
			return -1;
	}
	return 0;
}

/* The lock of the app's snap, which launcher and ctl take too. Held until it is closed. */
static int take_lock(int root_fd, const char *snap, struct err *e)
{
	CLEANUP_FD int dir = fd_open_folder(root_fd, LOCKS, e);
	CLEANUP_FD int fd = -1;
	char name[128];

	snprintf(name, sizeof(name), "%s.lock", snap);
	fd = openat(dir, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0 || sys_flock(fd, LOCK_EX))
		return err_sys(e, "cannot lock /" LOCKS "/%s", name);
	return steal_fd(&fd);
}

static bool has_slot(const struct plan *p, const char *slot, const char *tag)
{
	uint32_t n = plan_count(p, PLAN_TABLE_SLOTS);

	for (uint32_t i = 0; i < n; i++)
		if (str_eq(plan_text(p, p->slots[i].name), slot) &&
		    str_eq(plan_text(p, p->slots[i].tag), tag))
			return true;
	return false;
}

/* Owned buffer of the plan, checked into p; NULL on failure. */
static void *read_plan(int root_fd, const char *label, struct plan *p, struct err *e)
{
	CLEANUP_FD int dir = fd_open_folder(root_fd, PLANS, e);
	CLEANUP_FREE void *buf = NULL;
	char name[LABEL_MAX + 8];
	size_t len;

	snprintf(name, sizeof(name), "%s.plan", label);
	buf = fd_read_beneath(dir, name, PLAN_SIZE_MAX, &len, e);
	if (!buf || plan_read(buf, len, p, e))
		return NULL;
	if (!str_eq(plan_text(p, p->header->label), label) && GUARD(helper_label))
		return err_null(
			err_input(e, "cannot use the plan of %s: it is of another app", label));
	return steal_ptr(&buf);
}

static int update(const char *label, const struct plan *p, const struct helper_event *ev,
		  const struct helper_source *source, struct err *e)
{
	struct sys_device d = SYS_DEVICE_NONE;
	struct helper_map map = { 0 };
	int rc;

	if (wanted(p, ev, source, &map, e) || sys_device_open(label, &d, e))
		return -1;
	rc = helper_map_apply(&d, &map, e);
	sys_device_close(&d);
	return rc;
}

int helper_handle(int root_fd, const char *tag, const struct helper_event *ev,
		  const struct helper_source *source, struct err *e)
{
	CLEANUP_FREE void *buf = NULL;
	CLEANUP_FD int lock = -1;
	char label[LABEL_MAX + 1], slot[64];
	struct plan p;
	struct stat st;

	if (tag_decode(tag, label, slot, e))
		return -1;
	if (!ev->has_node || (ev->verb != HELPER_UPDATE && ev->verb != HELPER_REMOVE))
		return 0;
	/* Before boot has finished there is no map; its coldplug brings every event again. */
	if (fstatat(root_fd, DONE, &st, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT ? 0 : err_sys(e, "cannot read /" DONE);
	buf = read_plan(root_fd, label, &p, e);
	if (!buf)
		return -1;
	if (!has_slot(&p, slot, tag) && GUARD(helper_slot))
		return err_input(e, "cannot use tag %s: the plan of %s has no slot %s", tag, label,
				 slot);
	if (!(p.header->layers & PLAN_LAYER_DEVICES))
		return 0;
	/* Asked for the tagged devices only under the lock: the last to come sees the latest. */
	lock = take_lock(root_fd, plan_text(&p, p.header->snap), e);
	return lock < 0 ? -1 : update(label, &p, ev, source, e);
}
