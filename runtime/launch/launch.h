/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bulkhead-run: one app, confined. main() fills struct launch from its arguments, launch_run()
 * executes the table of phases in phases.c and does not return on success.
 */
#ifndef LAUNCH_LAUNCH_H
#define LAUNCH_LAUNCH_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "device.h"
#include "err.h"
#include "filter.h"
#include "label.h"
#include "look.h"
#include "plan.h"
#include "str.h"

/* Exit statuses of our own; anything else is the app's. */
enum launch_exit {
	LAUNCH_FAILED = 125,
	LAUNCH_NOT_EXECUTABLE = 126,
	LAUNCH_NOT_FOUND = 127,
};

#define LAUNCH_HOME	"home/user"    /* in the app's root, whoever the user is */
#define LAUNCH_SHELL	"/bin/sh"      /* of the app's root: the image's own */
#define LAUNCH_RUN_DIR	"run/bulkhead" /* its directory "root" is the scaffold of a new root */
#define LAUNCH_LOCK_DIR "run/snapd/lock"
#define LAUNCH_NS_DIR	"run/snapd/ns"

/* The caller's variables that may pass, hostile until the phase "environment" has checked them. */
enum launch_var {
	LAUNCH_LISTEN_FDS,
	LAUNCH_LISTEN_FDNAMES,
	LAUNCH_LISTEN_PID,
	LAUNCH_NOTIFY_SOCKET,
	LAUNCH_WATCHDOG_USEC,
	LAUNCH_WATCHDOG_PID,
	LAUNCH_TERM,
	LAUNCH_VARS,
};

struct launch_caller {
	const char *var[LAUNCH_VARS]; /* value, NULL when absent; borrowed from the environment */
	bool twice[LAUNCH_VARS];
	unsigned fds; /* descriptors 3 .. 3 + fds - 1 are the caller's to pass, and are open */
};

/* A phase, and what to do when it has failed, where the reason alone does not say it. */
struct launch_step {
	const char *name, *hint;
};

#define LAUNCH_HINT_BOOT   "boot again, and see what bulkhead-boot says"
#define LAUNCH_HINT_PACK   "see what bulkhead-boot says, and whom the image lets start it"
#define LAUNCH_HINT_KERNEL "boot the kernel that the image was built for"
#define LAUNCH_HINT_PLAN   "see that all is there that the app's plan names"
#define LAUNCH_HINT_CALLER "start it with another terminal, other variables, descriptors or limits"
#define LAUNCH_HINT_USER   "start it as root, or as a user whom the image lets"

/* Everything of one launch. Descriptors are -1 when closed. Start from LAUNCH_INIT. */
struct launch {
	const char *label;
	char *const *args; /* after "--", NULL-terminated; appended to the plan's argv */
	bool shell;	   /* LAUNCH_SHELL in the place of the plan's argv */
	struct launch_caller caller;
	uid_t user; /* an ordinary user whose start this is, or 0 */
	uid_t uid;  /* who the app becomes */
	gid_t gid;
	int home_fd;		   /* detached mount of what the user keeps for the app, or -1 */
	const char *home;	   /* of the user */
	char kept[LABEL_MAX + 16]; /* name of lock and namespaces: SNAP, of users SNAP.UID */
	void *plan_bytes;
	void *filter_bytes;
	struct plan plan;
	struct filter filter;
	int root_fd; /* "/" of the host */
	int proc_fd; /* the host's /proc */
	int self_fd; /* /proc/thread-self */
	int lock_fd;
	int profiles_fd; /* AppArmor's list of loaded profiles */
	int relay_fd;	 /* to the parent that holds the caller's terminal, or -1 */
	struct sys_device device;
	uint64_t permitted; /* capabilities it may raise */
	char **argv, **envp;
	struct launch_step step; /* of which a failure is */
	int status;		 /* what main() exits with when a phase has failed */
};

#define LAUNCH_INIT                                                                                \
	{                                                                                          \
		.args = (char *const[]){ NULL }, .root_fd = -1, .proc_fd = -1, .self_fd = -1,      \
		.lock_fd = -1, .profiles_fd = -1, .relay_fd = -1, .home_fd = -1,                   \
		.device = SYS_DEVICE_NONE, .status = LAUNCH_FAILED,                                \
		.step = { "privilege", LAUNCH_HINT_USER },                                         \
	}

static inline bool launch_has(const struct launch *l, enum plan_layer layer)
{
	return (l->plan.header->layers & (uint32_t)layer) != 0;
}

/* Whether it may make cgroups itself. Without the layer it is in no cgroup of its own. */
static inline bool launch_delegates(const struct launch *l)
{
	return l->plan.header->flags & PLAN_FLAG_DELEGATE && launch_has(l, PLAN_LAYER_DEVICES) &&
	       launch_has(l, PLAN_LAYER_NAMESPACES);
}

/* The program bulkhead-run, from its arguments to the exit status. */
int launch_main(int argc, char *argv[]);

/* All from the caller's state to the app: bulkhead-run without its arguments and its printing.
 * Returns -1 with e set, or, when a parent stays behind for the app, 0 with l->status set. */
int launch_app(struct launch *l, char *const environ_[], struct err *e) BASE_WARN_UNUSED;

/* Runs every phase in order. Returns -1 with e set; after a success the app is running instead. */
int launch_run(struct launch *l, struct err *e) BASE_WARN_UNUSED;

/*
 * Who has started this: root, or an ordinary user to whom the file's capabilities lend what the
 * phases need; it is root from here on, to whom the user can send no signal. Nothing that the user
 * has said is looked at before.
 */
int launch_privilege(struct launch *l, struct err *e) BASE_WARN_UNUSED;

/*
 * Becomes nobody, or the caller, with the capabilities in keep and no other. Tries every step even
 * when one fails; 0 when all succeeded.
 */
int launch_drop(const struct launch *l, uint64_t keep);

void launch_release(struct launch *l);

/*
 * The one place that reads the environment (caller.c). Also closes every descriptor but 0, 1, 2
 * and those that LISTEN_FDS passes; each of those must be open, or ours would get their numbers.
 */
int launch_caller_read(char *const environ_[], struct launch_caller *c,
		       struct err *e) BASE_WARN_UNUSED;

/* Opens and checks /proc, /run/bulkhead, the plan and its filter, and that the caller may start it.
 */
int launch_pack(struct launch *l, struct err *e) BASE_WARN_UNUSED;

/*
 * Whom the app becomes, and the name of its lock and namespaces: as uid where that is one of the
 * plan's users, refusing others, and for 0 as the plan says (home.c).
 */
int launch_choose(struct launch *l, uid_t uid, struct err *e) BASE_WARN_UNUSED;

/* Executes the plan's mount operations below a fresh root and makes it the root (mounts.c). */
int launch_mounts(struct launch *l, struct err *e) BASE_WARN_UNUSED;

/* In the app's root: the /proc of the PID namespace of the calling process (mounts.c). */
int launch_mount_proc(struct launch *l, int root, struct err *e) BASE_WARN_UNUSED;

/*
 * Compares /proc/PID/status with the plan and adds the names of the lines that differ, a blank
 * before each (readback.c). running: the filter is there too, and what an app may change itself by
 * what it was given is not held against it.
 */
void launch_compare(const struct launch *l, const char *status, bool running, struct str *bad);

/*
 * bulkhead-run --verify (verify.c): prints one line for each thread in the app's cgroups, and one
 * thread in full beside what was recorded at the start. 0 when all are as the plan says, 1 when not
 * or when there is none, -1 with e set when it cannot tell. started: the one thread is recorded and
 * not printed; of a unit it waits until the app is executed, and none is no fault.
 */
int launch_verify(struct launch *l, bool started, struct err *e) BASE_WARN_UNUSED;

/* Phases, in the order of the table in phases.c. */
int launch_proc(struct launch *l, struct err *e) BASE_WARN_UNUSED;
int launch_lock(struct launch *l, struct err *e) BASE_WARN_UNUSED;
int launch_devices(struct launch *l, struct err *e) BASE_WARN_UNUSED;
int launch_policy(struct launch *l, struct err *e) BASE_WARN_UNUSED;
int launch_home(struct launch *l, struct err *e) BASE_WARN_UNUSED;
int launch_kept(struct launch *l, struct err *e) BASE_WARN_UNUSED;
int launch_own(struct launch *l, struct err *e) BASE_WARN_UNUSED;
int launch_slots(struct launch *l, struct err *e) BASE_WARN_UNUSED;
int launch_session(struct launch *l, struct err *e) BASE_WARN_UNUSED;
int launch_cwd(struct launch *l, struct err *e) BASE_WARN_UNUSED;
int launch_environment(struct launch *l, struct err *e) BASE_WARN_UNUSED;
int launch_descriptors(struct launch *l, struct err *e) BASE_WARN_UNUSED;
int launch_limits(struct launch *l, struct err *e) BASE_WARN_UNUSED;
int launch_signals(struct launch *l, struct err *e) BASE_WARN_UNUSED;
int launch_identity(struct launch *l, struct err *e) BASE_WARN_UNUSED;
int launch_onexec(struct launch *l, struct err *e) BASE_WARN_UNUSED;
int launch_no_new_privs(struct launch *l, struct err *e) BASE_WARN_UNUSED;
int launch_capabilities(struct launch *l, struct err *e) BASE_WARN_UNUSED;
int launch_readback(struct launch *l, struct err *e) BASE_WARN_UNUSED;
int launch_seccomp(struct launch *l, struct err *e) BASE_WARN_UNUSED;
int launch_exec(struct launch *l, struct err *e) BASE_WARN_UNUSED;

#endif
