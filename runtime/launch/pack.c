/* SPDX-License-Identifier: Apache-2.0 */
#include "launch.h"

#include <linux/magic.h>

#include "path.h"

#define FILTER_SIZE_MAX                                                                            \
	(sizeof(struct filter_header) + FILTER_COUNT_MAX * sizeof(struct filter_insn))

/* A file that boot left, whole. Returns owned memory, NULL on failure. */
static void *read_packed(int pack_fd, const char *path, size_t max, size_t *len, struct err *e)
{
	CLEANUP_FD int fd = sys_look_trusted(pack_fd, path, O_RDONLY | O_NONBLOCK, TMPFS_MAGIC, e);

	return fd < 0 ? NULL : fd_read_all(fd, path, max, len, e);
}

/* Boot leaves its reason where it could; nothing here depends on what that file says. */
static int say_why(int run, struct err *e)
{
	size_t len = 0;
	CLEANUP_FREE char *why = read_packed(run, "failed", ERR_TEXT_MAX, &len, NULL);

	return err_env(e, "bulkhead-boot has not verified and loaded the policy pack%s%.*s",
		       why ? ": " : "", why ? (int)strcspn(why, "\n") : 0, why ? why : "");
}

static int open_pack(struct launch *l, struct err *e)
{
	CLEANUP_FD int booted = -1;
	CLEANUP_FD int run = sys_look_trusted(l->root_fd, LAUNCH_RUN_DIR, O_RDONLY | O_DIRECTORY,
					      TMPFS_MAGIC, e);

	if (run < 0)
		return -1;
	/* Nothing is read of it, and only root makes a name here. */
	booted = sys_look_open(run, "booted", O_PATH, e);
	if (booted < 0 && errno == ENOENT)
		return say_why(run, e);
	if (booted < 0)
		return -1;
	return sys_look_trusted(run, "pack", O_RDONLY | O_DIRECTORY, TMPFS_MAGIC, e);
}

static int read_plan(struct launch *l, int pack_fd, struct err *e)
{
	char path[LABEL_MAX + 16];
	size_t len = 0;

	str_join(path, sizeof(path), "plans/", l->label, ".plan", NULL);
	l->plan_bytes = read_packed(pack_fd, path, PLAN_SIZE_MAX, &len, e);
	if (!l->plan_bytes)
		return -1;
	if (plan_read(l->plan_bytes, len, &l->plan, e))
		return err_prefix(e, "%s", path);
	if (!str_eq(plan_text(&l->plan, l->plan.header->label), l->label))
		return err_env(e, "cannot use %s: it is the plan of %s", path,
			       plan_text(&l->plan, l->plan.header->label));
	return 0;
}

static int read_filter(struct launch *l, int pack_fd, struct err *e)
{
	char path[sizeof("filters/") + PATH_TEXT_MAX];
	size_t len = 0;

	str_join(path, sizeof(path), "filters/", plan_text(&l->plan, l->plan.header->filter), NULL);
	l->filter_bytes = read_packed(pack_fd, path, FILTER_SIZE_MAX, &len, e);
	if (!l->filter_bytes)
		return -1;
	/* That it is the one the plan was made with boot has compared (check_filter(),
	 * boot/check.c). */
	if (filter_read(l->filter_bytes, len, &l->filter, e))
		return err_prefix(e, "%s", path);
	return 0;
}

int launch_pack(struct launch *l, struct err *e)
{
	CLEANUP_FD int pack = -1;

	l->root_fd = sys_look_root(e);
	l->proc_fd = l->root_fd < 0 ? -1
				    : sys_look_trusted(l->root_fd, "proc", O_PATH | O_DIRECTORY,
						       PROC_SUPER_MAGIC, e);
	if (l->proc_fd < 0)
		return -1;
	pack = open_pack(l, e);
	if (pack < 0 || read_plan(l, pack, e) || launch_choose(l, l->user, e))
		return -1;
	return launch_has(l, PLAN_LAYER_SECCOMP) ? read_filter(l, pack, e) : 0;
}
