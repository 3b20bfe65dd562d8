/* SPDX-License-Identifier: Apache-2.0 */
/*
 * udev's database, as systemd-udevd keeps it since version 247 (src/libsystemd/sd-device): an empty
 * file tags/TAG/ID for each device that carries or carried the tag, and data/ID, where a line
 * "Q:TAG" says that it does now. ID is c or b and the numbers of a node. udevd writes both before
 * it runs us for a device that came, and has removed both when it runs us for one that went.
 */
#include "helper.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "fd.h"
#include "guard.h"
#include "look.h"
#include "num.h"

/* MINORBITS is 20 (include/linux/kdev_t.h), which leaves 12 for the major number. */
#define MAJOR_MAX 4095
#define MINOR_MAX 0xfffff
#define ROOM	  512
#define DATA_MAX  (1024u * 1024u)

struct gather {
	int root_fd;
	const char *tag;
	uint32_t access;
	struct helper_map *map;
};

/* False for what has no node: "n3", "+usb:1-1". */
static bool read_id(const char *id, struct sys_device_key *key)
{
	char text[32];
	char *minor = text;
	uint64_t numbers[2];

	if ((id[0] != 'b' && id[0] != 'c') || strlen(id) > sizeof(text))
		return false;
	snprintf(text, sizeof(text), "%s", id + 1);
	strsep(&minor, ":");
	if (!minor || num_parse(text, 1, MAJOR_MAX, &numbers[0], NULL) ||
	    num_parse(minor, 0, MINOR_MAX, &numbers[1], NULL))
		return false;
	*key = (struct sys_device_key){ id[0] == 'b' ? PLAN_DEVICE_BLOCK : PLAN_DEVICE_CHAR,
					(uint32_t)numbers[0], (uint32_t)numbers[1] };
	return true;
}

static int gather(void *ctx, int dir_fd, const char *id, struct err *e)
{
	const struct gather *g = ctx;
	struct sys_device_key key;
	CLEANUP_FREE char *data = NULL;
	char path[ROOM], line[ROOM];
	struct stat st;
	size_t len;

	(void)dir_fd;
	if (!read_id(id, &key))
		return 0;
	/* Gone, and nobody told udevd. */
	snprintf(path, sizeof(path), "sys/dev/%s/%s", id[0] == 'b' ? "block" : "char", id + 1);
	if (fstatat(g->root_fd, path, &st, AT_SYMLINK_NOFOLLOW) && GUARD(helper_gone))
		return 0;
	snprintf(path, sizeof(path), "run/udev/data/%s", id);
	data = fd_read_kernel(g->root_fd, path, DATA_MAX, &len, e);
	if (!data)
		return e->sys == ENOENT ? 0 : -1;
	/* Tags stay in udev's files after a rule has gone; only the current ones count. */
	snprintf(line, sizeof(line), "%s:%s", GUARD(helper_current_tag) ? "Q" : "G", g->tag);
	if (sys_look_has_line(data, line))
		helper_map_add(g->map, &key, g->access);
	return 0;
}

int helper_udev_add(int root_fd, const char *tag, uint32_t access, struct helper_map *m,
		    struct err *e)
{
	struct gather g = { root_fd, tag, access, m };
	char path[ROOM];

	snprintf(path, sizeof(path), "run/udev/tags/%s", tag);
	if (fd_each(root_fd, path, gather, &g, e) == 0 || e->sys == ENOENT)
		return 0;
	return err_prefix(e, "cannot ask udev for the devices tagged %s", tag);
}
