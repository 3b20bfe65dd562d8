/* SPDX-License-Identifier: Apache-2.0 */
/* Ordinary users: which of them may start the app, and what they keep for it in their homes. */
#include "launch.h"

#include "mounting.h"

int launch_choose(struct launch *l, uid_t uid, struct err *e)
{
	const char *snap = plan_text(&l->plan, l->plan.header->snap);

	l->uid = l->plan.header->uid;
	l->gid = l->plan.header->gid;
	str_join(l->kept, sizeof(l->kept), snap, NULL);
	for (uint32_t i = 0; uid && i < plan_count(&l->plan, PLAN_TABLE_USERS); i++) {
		if (l->plan.users[i].uid != uid)
			continue;
		l->uid = l->gid = uid;
		l->home = plan_text(&l->plan, l->plan.users[i].home);
		if (GUARD(launch_user_kept))
			snprintf(l->kept, sizeof(l->kept), "%s.%u", snap, uid);
		return 0;
	}
	return uid && GUARD(launch_user)
		       ? err_env(e, "cannot start it as user %u: the image lets others", uid)
		       : 0;
}

/* With the user's rights and no others. No link is followed; the last folder stays. */
static int open_folders(const struct launch *l, int *fd, struct err *e)
{
	CLEANUP_FD int home = sys_look_open(l->root_fd, l->home + 1, O_PATH | O_DIRECTORY, e);

	for (uint32_t i = 0; i < plan_count(&l->plan, PLAN_TABLE_HOME) && home >= 0; i++) {
		const char *path = plan_text(&l->plan, l->plan.folders[i]);

		if (sys_mkdirat(home, path, 0700) && errno != EEXIST)
			return err_sys(e, "cannot make %s in %s", path, l->home);
		cleanup_fd(fd);
		*fd = sys_look_open(home, path, O_PATH | O_DIRECTORY, e);
		if (*fd < 0)
			return err_prefix(e, "in %s", l->home);
	}
	return home < 0 ? -1 : 0;
}

int launch_home(struct launch *l, struct err *e)
{
	CLEANUP_FD int fd = -1;
	int done;

	/* The kernel takes the effective capabilities away with uid 0, and gives them back with it.
	 */
	if (GUARD(launch_home_user) &&
	    (sys_setresgid(-1U, l->gid, -1U) || sys_setresuid(-1U, l->uid, -1U)))
		return err_sys(e, "cannot become user %u", l->uid);
	done = open_folders(l, &fd, e);
	if (sys_setresuid(-1U, 0, -1U) || sys_setresgid(-1U, 0, -1U))
		return err_sys(e, "cannot become root again");
	/* A mount of its own as long as the host's are in sight: those are not the app's to clone.
	 */
	if (done == 0)
		l->home_fd = sys_mounting_clone(fd, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, 0, e);
	return l->home_fd < 0 ? -1 : 0;
}
