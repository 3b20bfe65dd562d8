/* SPDX-License-Identifier: Apache-2.0 */
#include "launch.h"

#include <linux/capability.h>
#include <sys/auxv.h>
#include <sys/prctl.h>

#define CAP(n)	   (1ULL << (n))
#define NOBODY	   65534 /* the kernel's overflow id, owner of nothing */
#define KEEP_SETS  UINT64_MAX
#define USERS_ONLY UINT32_MAX /* in the place of a layer: where a user has started it */

/* The launcher is root with every capability off; each phase raises its own and no other's. */
static const struct phase {
	const char *name;
	uint32_t layer; /* a plan without it has no such phase; 0: each has */
	uint64_t caps;	/* raised for this phase alone; KEEP_SETS: the sets are the app's already */
	int (*run)(struct launch *l, struct err *e);
	const char *hint;
} phases[] = {
	/* First: every later look at or word to the kernel about ourselves is relative to it. */
	{ "proc", 0, 0, launch_proc, LAUNCH_HINT_BOOT },
	/* Before anything that a second start, the helper or ctl could change meanwhile. */
	{ "lock", 0, 0, launch_lock, "end what holds it, or boot again" },
	/* Before any code of the app's namespace is near: from here on devices are refused. Asking
	 * the kernel for attached programs takes BPF and NET_ADMIN (6.1). */
	{ "devices", PLAN_LAYER_DEVICES, CAP(CAP_BPF) | CAP(CAP_NET_ADMIN), launch_devices,
	  LAUNCH_HINT_BOOT },
	/* While the host's /sys is in sight. */
	{ "policy", PLAN_LAYER_APPARMOR, 0, launch_policy, LAUNCH_HINT_BOOT },
	/* While the host's homes are in sight; in the caller's it is the caller. */
	{ "user-data", USERS_ONLY, CAP(CAP_SETUID) | CAP(CAP_SETGID) | CAP(CAP_SYS_ADMIN),
	  launch_home, "put right that folder of the user's" },
	/* setns to a mount namespace takes SYS_CHROOT too; the scaffold is root's, a source may lie
	 * in another user's data. */
	{ "namespaces", PLAN_LAYER_NAMESPACES,
	  CAP(CAP_SYS_ADMIN) | CAP(CAP_SYS_CHROOT) | CAP(CAP_DAC_READ_SEARCH), launch_kept,
	  LAUNCH_HINT_PLAN },
	{ "own-namespaces", PLAN_LAYER_NAMESPACES, CAP(CAP_SYS_ADMIN), launch_own,
	  LAUNCH_HINT_KERNEL },
	/* In the command's own copy: what hardware is there now is bound for this start alone.
	 * Files of sysfs are given to the group of the slot's users. */
	{ "slots", PLAN_LAYER_NAMESPACES, CAP(CAP_SYS_ADMIN) | CAP(CAP_CHOWN), launch_slots,
	  LAUNCH_HINT_PLAN },
	/* After the app's devpts is there; the slave becomes the app's user's. */
	{ "session", 0, CAP(CAP_CHOWN), launch_session, LAUNCH_HINT_CALLER },
	/* Inside the new root; the directory may be the app's user's alone. */
	{ "cwd", 0, CAP(CAP_DAC_READ_SEARCH), launch_cwd, LAUNCH_HINT_PLAN },
	{ "environment", 0, 0, launch_environment, LAUNCH_HINT_CALLER },
	{ "descriptors", 0, 0, launch_descriptors, LAUNCH_HINT_CALLER },
	/* Before the identity: a lower nice or a higher limit is root's to give. */
	{ "limits", 0, CAP(CAP_SYS_NICE) | CAP(CAP_SYS_RESOURCE), launch_limits, LAUNCH_HINT_PLAN },
	{ "signals", 0, 0, launch_signals, LAUNCH_HINT_KERNEL },
	{ "identity", 0, CAP(CAP_SETUID) | CAP(CAP_SETGID), launch_identity, LAUNCH_HINT_KERNEL },
	/* Before no_new_privs, though an unconfined launcher may do either first. */
	{ "apparmor", PLAN_LAYER_APPARMOR, 0, launch_onexec, LAUNCH_HINT_BOOT },
	{ "no-new-privs", PLAN_LAYER_CAPABILITIES, 0, launch_no_new_privs, LAUNCH_HINT_KERNEL },
	/* After all that needed a capability. */
	{ "capabilities", 0, CAP(CAP_SETPCAP), launch_capabilities, LAUNCH_HINT_KERNEL },
	{ "read-back", 0, KEEP_SETS, launch_readback, LAUNCH_HINT_BOOT },
	/* Last before exec: it may refuse what the phases above use. */
	{ "seccomp", PLAN_LAYER_SECCOMP, KEEP_SETS, launch_seccomp, LAUNCH_HINT_KERNEL },
	{ "exec", 0, KEEP_SETS, launch_exec, LAUNCH_HINT_PLAN },
};

/* Without the capability layer nothing is taken away for good. */
static int begin(struct launch *l, struct err *e)
{
	uint64_t needed = l->plan.header->caps;
	struct sys_caps caps;

	if (sys_capget(&caps))
		return err_sys(e, "cannot read capabilities");
	for (size_t i = 0; i < ARRAY_SIZE(phases); i++)
		if (phases[i].caps != KEEP_SETS)
			needed |= phases[i].caps;
	if (l->plan.header->caps & ~caps.permitted)
		return err_env(e, "cannot begin: capabilities %#llx are not the launcher's to give",
			       (unsigned long long)(l->plan.header->caps & ~caps.permitted));
	/* One that is missing here is missed by the call that needs it. */
	l->permitted = caps.permitted;
	if (launch_has(l, PLAN_LAYER_CAPABILITIES))
		l->permitted &= needed;
	return 0;
}

static bool has_phase(const struct launch *l, const struct phase *p)
{
	return p->layer == USERS_ONLY ? l->user : !p->layer || launch_has(l, p->layer);
}

static int run_phase(struct launch *l, const struct phase *p, struct err *e)
{
	struct sys_caps caps = { .effective = GUARD(launch_effective) ? p->caps & l->permitted
								      : l->permitted,
				 .permitted = l->permitted };

	if (!has_phase(l, p))
		return 0;
	if (p->caps != KEEP_SETS && sys_capset(&caps))
		return err_sys(e, "cannot raise its capabilities");
	return p->run(l, e);
}

int launch_run(struct launch *l, struct err *e)
{
	if (begin(l, e))
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(phases); i++) {
		l->step = (struct launch_step){ phases[i].name, phases[i].hint };
		if (run_phase(l, &phases[i], e))
			return -1;
	}
	return 0;
}

int launch_drop(const struct launch *l, uint64_t keep)
{
	uid_t uid = l->user ? l->user : NOBODY;
	struct sys_caps caps = { 0 };
	int failed = 0;

	failed |= sys_capget(&caps);
	caps.effective = caps.permitted;
	failed |= sys_capset(&caps);
	failed |= keep ? sys_prctl(PR_SET_KEEPCAPS, 1, 0) : 0;
	failed |= sys_setgroups(0, NULL);
	failed |= sys_setresgid(NOBODY, NOBODY, NOBODY);
	failed |= sys_setresuid(uid, uid, uid);
	caps = (struct sys_caps){ .effective = keep, .permitted = keep };
	failed |= sys_capset(&caps);
	return failed ? -1 : 0;
}

int launch_privilege(struct launch *l, struct err *e)
{
	uid_t real = sys_getuid(), effective = sys_geteuid();
	struct sys_caps caps = { 0 };

	/* A set-id bit, or a file's capabilities for root: no image has them. */
	if ((real != effective || (!real && getauxval(AT_SECURE))) && GUARD(launch_secure))
		return err_env(e, "cannot run with more privilege than the caller's");
	l->user = real;
	if (!real)
		return 0;
	/* Root's own files are then open to it, without any capability over others'. */
	caps.effective = caps.permitted = sys_capget(&caps) ? 0 : caps.permitted;
	if (GUARD(launch_privilege) && (sys_capset(&caps) || sys_setgroups(0, NULL) ||
					sys_setresgid(0, 0, 0) || sys_setresuid(0, 0, 0)))
		return err_env(e, "cannot confine an app: only root can");
	return 0;
}

static void free_list(char **list)
{
	for (size_t i = 0; list && list[i]; i++)
		free(list[i]);
	free(list);
}

void launch_release(struct launch *l)
{
	int *fds[] = { &l->root_fd,	&l->proc_fd,  &l->self_fd, &l->lock_fd,
		       &l->profiles_fd, &l->relay_fd, &l->home_fd };

	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		cleanup_fd(fds[i]);
	sys_device_close(&l->device);
	free(l->plan_bytes);
	free(l->filter_bytes);
	free_list(l->envp);
	free(l->argv);
}
