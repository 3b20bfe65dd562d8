/* SPDX-License-Identifier: Apache-2.0 */
/* AppArmor, no_new_privs, capabilities, seccomp, and the exec itself. */
#include "launch.h"

#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <linux/securebits.h>
#include <sys/prctl.h>

#include "apparmor.h"

#define AMBIENT_LOCKED (SECBIT_NO_CAP_AMBIENT_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED)
#define NOROOT_LOCKED  (SECBIT_NOROOT | SECBIT_NOROOT_LOCKED)

_Static_assert(sizeof(struct filter_insn) == sizeof(struct sock_filter), "one layout");

int launch_policy(struct launch *l, struct err *e)
{
	CLEANUP_FD int dir = sys_apparmor_open(l->root_fd, e);

	if (dir < 0)
		return -1;
	/* Held: read again in the read-back, when /sys is out of sight. */
	l->profiles_fd = sys_look_open(dir, "profiles", O_RDONLY, e);
	return l->profiles_fd < 0 ? -1 : 0;
}

int launch_onexec(struct launch *l, struct err *e)
{
	char text[sizeof("exec ") + LABEL_MAX];
	CLEANUP_FD int fd = -1;

	if (!GUARD(launch_profile))
		return 0;
	/* Never attr/exec: with AppArmor off that one is another module's, and takes the write. */
	fd = sys_look_open(l->self_fd, "attr/apparmor/exec", O_WRONLY, e);
	if (fd < 0)
		return -1;
	str_join(text, sizeof(text), "exec ", l->label, NULL);
	if (sys_write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		return err_sys(e, "cannot ask for profile %s", l->label);
	return 0;
}

int launch_no_new_privs(struct launch *l, struct err *e)
{
	(void)l;
	return GUARD(launch_no_new_privs) && sys_prctl(PR_SET_NO_NEW_PRIVS, 1, 0)
		       ? err_sys(e, "cannot set it")
		       : 0;
}

static int drop_bounding(uint64_t keep, struct err *e)
{
	for (unsigned long cap = 0; cap < 64; cap++) {
		if (keep & 1ULL << cap)
			continue;
		if (sys_prctl(PR_CAPBSET_DROP, cap, 0) == 0)
			continue;
		/* EINVAL: this kernel knows fewer; the read-back proves that none is left. */
		if (errno == EINVAL && cap > 0)
			break;
		return err_sys(e, "cannot drop capability %lu from the bounding set", cap);
	}
	return 0;
}

static int raise_ambient(uint64_t ambient, struct err *e)
{
	if (sys_prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0))
		return err_sys(e, "cannot clear the ambient set");
	for (unsigned long cap = 0; cap < 64; cap++)
		if (ambient & 1ULL << cap && sys_prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap))
			return err_sys(e, "cannot raise ambient capability %lu", cap);
	return 0;
}

int launch_capabilities(struct launch *l, struct err *e)
{
	const struct plan_header *h = l->plan.header;
	struct sys_caps caps = { 1ULL << CAP_SETPCAP, l->permitted, h->ambient };
	unsigned long bits = AMBIENT_LOCKED;

	if (!launch_has(l, PLAN_LAYER_CAPABILITIES)) {
		caps = (struct sys_caps){ l->permitted, l->permitted, 0 };
		return sys_capset(&caps) ? err_sys(e, "cannot restore capabilities") : 0;
	}
	/* A root app with capabilities gets them at exec as root does, within the bounding set. */
	if (l->uid != 0 || h->caps == 0)
		bits |= NOROOT_LOCKED;
	if (GUARD(launch_bounding) && drop_bounding(h->caps, e))
		return -1;
	/* An ambient capability must be inheritable first. */
	if (sys_capset(&caps))
		return err_sys(e, "cannot set the inheritable set");
	if (raise_ambient(h->ambient, e))
		return -1;
	if (GUARD(launch_securebits) && sys_prctl(PR_SET_SECUREBITS, bits, 0))
		return err_sys(e, "cannot set securebits");
	caps = (struct sys_caps){ h->caps, h->caps, h->ambient };
	return GUARD(launch_sets) && sys_capset(&caps)
		       ? err_sys(e, "cannot set the capability sets")
		       : 0;
}

int launch_seccomp(struct launch *l, struct err *e)
{
	struct sock_fprog prog;

	if (!GUARD(launch_seccomp))
		return 0;
	prog.len = (unsigned short)l->filter.count;
	prog.filter = (struct sock_filter *)(uintptr_t)l->filter.insns;
	if (sys_seccomp(SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_LOG, &prog))
		return err_sys(e, "cannot load the filter");
	return 0;
}

int launch_exec(struct launch *l, struct err *e)
{
	sys_execve(l->argv[0], l->argv, l->envp);
	l->status = errno == ENOENT || errno == ENOTDIR	  ? LAUNCH_NOT_FOUND
		    : errno == EACCES || errno == ENOEXEC ? LAUNCH_NOT_EXECUTABLE
							  : LAUNCH_FAILED;
	return err_sys(e, "cannot execute %s", l->argv[0]);
}
