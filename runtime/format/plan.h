/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The launch plan: everything bulkhead-run does for one app, decided at build time.
 *
 * Bytes: struct plan_header, then the tables in the order of enum plan_table, each directly after
 * the one before it, then the strings, NUL-terminated, to the end of the file. Little-endian. A
 * string is referred to by the offset of its first byte in the strings. There is exactly one valid
 * layout, so tables cannot overlap: any other offset is refused. The strings begin with an empty
 * string: offset 0 is "".
 */
#ifndef FORMAT_PLAN_H
#define FORMAT_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "sha256.h"

#define PLAN_MAGIC    "BHPLAN\0"
#define PLAN_VERSION  5u
#define PLAN_SIZE_MAX (1024u * 1024u)

/* Most rows of one table. */
#define PLAN_COUNT_MAX 1024u

/*
 * What bulkhead-run needs of root's privilege, bit n is capability n: its file's capabilities where
 * users start apps. chown, dac_read_search, kill, setgid, setuid, setpcap, net_admin, sys_chroot,
 * sys_admin, sys_nice, sys_resource, bpf.
 */
#define PLAN_LAUNCHER_CAPS 0x8001a411e5ull

/* Layers of confinement. A plan of a production image has all of them. */
enum plan_layer {
	PLAN_LAYER_APPARMOR = 1 << 0,
	PLAN_LAYER_SECCOMP = 1 << 1,
	PLAN_LAYER_DEVICES = 1 << 2,	  /* device cgroup */
	PLAN_LAYER_CAPABILITIES = 1 << 3, /* masks, securebits, no_new_privs */
	PLAN_LAYER_NAMESPACES = 1 << 4,	  /* mount, IPC, network; private /tmp, devpts */
};
#define PLAN_LAYERS	5u
#define PLAN_LAYERS_ALL 0x1fu

enum plan_flag {
	PLAN_FLAG_DEVELOPMENT =
		1 << 0, /* may lack layers; refused unless the MANIFEST is one too */
	PLAN_FLAG_NETWORK_OWN =
		1 << 1,		     /* an empty network namespace: no plug reaches the network */
	PLAN_FLAG_COMPLAIN = 1 << 2, /* devmode: AppArmor and seccomp log what they would refuse;
					only with PLAN_FLAG_DEVELOPMENT */
	PLAN_FLAG_PID_OWN = 1 << 3,  /* a PID namespace, with the /proc of it */
	PLAN_FLAG_IPC_OWN = 1 << 4,  /* an IPC namespace beside the one of the snap */
	PLAN_FLAG_DELEGATE = 1 << 5, /* a cgroup below the one with its device program, which it
					sees as the root of all, and may divide */
};
#define PLAN_FLAGS_ALL 0x3fu

/* Environment variables that may pass from the caller, one bit each. */
enum plan_pass {
	PLAN_PASS_LISTEN_FDS = 1 << 0, /* with LISTEN_FDNAMES; LISTEN_PID is rewritten */
	PLAN_PASS_NOTIFY_SOCKET = 1 << 1,
	PLAN_PASS_WATCHDOG = 1 << 2, /* WATCHDOG_USEC; WATCHDOG_PID is rewritten */
	PLAN_PASS_TERM = 1 << 3,
};
#define PLAN_PASS_ALL 0xfu

enum plan_table {
	PLAN_TABLE_RLIMITS, /* struct plan_rlimit; first, for the alignment of its 64-bit fields */
	PLAN_TABLE_ARGV,    /* uint32_t string; argv[0] is the path executed, absolute and clean */
	PLAN_TABLE_ENV,	    /* uint32_t string "NAME=value"; names unique */
	PLAN_TABLE_MOUNTS,  /* struct plan_mount, executed in this order */
	PLAN_TABLE_DEVICES, /* struct plan_device: always in the app's device map */
	PLAN_TABLE_SLOTS,   /* struct plan_slot: filled from udev's tags */
	PLAN_TABLE_GROUPS,  /* uint32_t supplementary gid, ascending */
	PLAN_TABLE_LATE,    /* struct plan_late: files that are found when the app starts */
	PLAN_TABLE_USERS,   /* struct plan_user: who but root may start it, each uid once */
	PLAN_TABLE_HOME,    /* uint32_t string: a folder below the user's home, made in this order
			       where it is missing, as the user and with mode 0700; the last is
			       bound at /home/user of the app */
	PLAN_TABLES,
};

struct plan_span {
	uint32_t offset; /* from the start of the file */
	uint32_t count;	 /* elements; bytes for the strings */
};

struct plan_header {
	char magic[8];
	uint32_t version;
	uint32_t size; /* of the whole file */
	uint32_t flags;
	uint32_t layers;
	uint32_t label;	 /* snap.NAME.APP; also the AppArmor profile's name */
	uint32_t snap;	 /* NAME: lock, kept namespaces */
	uint32_t filter; /* file name under filters/; "", and the digest zeros, without the layer */
	uint32_t cwd;	 /* inside the app's namespace, absolute and clean */
	uint32_t uid;
	uint32_t gid;
	uint32_t umask_bits;
	int32_t nice;
	uint32_t pass;	     /* enum plan_pass */
	uint32_t passed_fds; /* most descriptors above 2 that may pass, 0 without the bit
				PLAN_PASS_LISTEN_FDS, at most 256 */
	uint64_t caps;	     /* permitted, effective, bounding; bit n is capability n */
	uint64_t ambient;    /* subset of caps; only for uid != 0 */
	uint8_t filter_digest[SHA256_SIZE];
	uint8_t origin[SHA256_SIZE]; /* of all that decides what the snap's kept namespace is like:
					plans with equal ones share it */
	struct plan_span tables[PLAN_TABLES];
	struct plan_span strings;
};

_Static_assert(sizeof(struct plan_header) == 232, "plan header layout");

enum plan_mount_op {
	PLAN_MOUNT_DIR = 1, /* directory target with mode, owner root; what an operation does not
			       use of a row is zero */
	PLAN_MOUNT_FILE,    /* empty regular file target: a place to bind a file on */
	PLAN_MOUNT_SYMLINK, /* link target -> text source */
	PLAN_MOUNT_BIND,    /* host path source onto target, not recursive, private */
	PLAN_MOUNT_TMPFS,   /* new tmpfs on target with mode and size; owner uid/gid of the plan if
			       PLAN_MOUNT_OWNED */
};

enum plan_mount_flag {
	PLAN_MOUNT_READONLY = 1 << 0,
	PLAN_MOUNT_NOSUID = 1 << 1,
	PLAN_MOUNT_NODEV = 1 << 2,
	PLAN_MOUNT_NOEXEC = 1 << 3,
	PLAN_MOUNT_OWNED = 1 << 4,
	PLAN_MOUNT_OPTIONAL = 1 << 5, /* BIND: nothing is done where the source is absent; DIR,
					 FILE, SYMLINK: where the target is there */
};
#define PLAN_MOUNT_FLAGS_ALL 0x3fu

/*
 * target is relative to the new root, clean, without a leading slash ("snap/sensord/x1"); source
 * of a bind is an absolute clean host path without links in it.
 */
struct plan_mount {
	uint32_t op;
	uint32_t flags;
	uint32_t source;
	uint32_t target;
	uint32_t mode;	   /* DIR and TMPFS: permission bits, at most 01777 */
	uint32_t size_kib; /* TMPFS, at least 1: 0 would mean no limit */
};

/* As the kernel's cgroup device programs count them: include/uapi/linux/bpf.h, BPF_DEVCG_*. */
enum plan_device_type { PLAN_DEVICE_BLOCK = 1, PLAN_DEVICE_CHAR = 2 };
enum plan_access { PLAN_ACCESS_READ = 2, PLAN_ACCESS_WRITE = 4 }; /* 1 is mknod: never granted */

struct plan_device {
	uint32_t type;
	uint32_t major;
	uint32_t minor;
	uint32_t access;
};

/* Sentinel minor: every minor of that major (the app's own ptys). */
#define PLAN_MINOR_ANY UINT32_MAX

enum plan_slot_flag {
	PLAN_SLOT_ONE = 1 << 0, /* means one device: there is a link to its node */
};
#define PLAN_SLOT_FLAGS_ALL 1u

struct plan_slot {
	uint32_t tag;	  /* udev tag of this connection, a file name: gadget/emit/udev_tag.h */
	uint32_t access;  /* enum plan_access mask */
	uint32_t devices; /* as many as are reckoned with */
	uint32_t flags;	  /* enum plan_slot_flag */
};

/* Folder of bulkhead-device: a file of a tag's name while the app may open what carries the tag. */
#define PLAN_SLOTS_THERE "run/bulkhead/slots"

#define PLAN_MAP_SPARE 16u
#define PLAN_MAP_MAX   4096u /* the builder gives no app more */

enum plan_late_flag {
	PLAN_LATE_OPTIONAL = 1 << 0, /* the app starts without it */
	PLAN_LATE_IN_PLACE = 1 << 1, /* can be used at the file's own name in /sys too */
	PLAN_LATE_EXPORT = 1 << 2,   /* where it is not there, export_value is written to
				      export_file first; both say nothing without this */
	PLAN_LATE_NODE = 1 << 3, /* file is udev's link to the node of what link leads to, below the
				    root; the node is bound, which is its slot's users' already */
};
#define PLAN_LATE_FLAGS_ALL 0xfu

/*
 * A file of sysfs that only the running board knows the place of: below what link leads to, which
 * must be prefix or lie below it. It is bound onto place in the command's own namespace.
 */
struct plan_late {
	uint32_t place;	      /* clean relative path: run/slot/SLOT/NAME, or below dev */
	uint32_t link;	      /* clean path below /sys/class or /sys/bus */
	uint32_t prefix;      /* clean path below /sys/devices */
	uint32_t file;	      /* clean relative path below what link leads to */
	uint32_t access;      /* enum plan_access mask */
	uint32_t flags;	      /* enum plan_late_flag */
	uint32_t gid;	      /* group that may write it, 0: root's own mode is left */
	uint32_t export_file; /* as link */
	uint32_t export_value;
};

/* Somebody who may start the app, which then runs as that user and group, without any capability.
 */
struct plan_user {
	uint32_t uid;
	uint32_t home; /* clean absolute path of the host, which the user owns */
};

struct plan_rlimit {
	uint32_t resource; /* RLIMIT_*, the same numbers on arm, arm64 and x86 */
	uint32_t reserved; /* 0 */
	uint64_t soft;
	uint64_t hard;
};

/* A checked plan. Everything points into the buffer it was read from, which must outlive it. */
struct plan {
	const struct plan_header *header;
	union {
		const void *rows[PLAN_TABLES];
		struct { /* the same, in the order of enum plan_table */
			const struct plan_rlimit *rlimits;
			const uint32_t *argv, *env;
			const struct plan_mount *mounts;
			const struct plan_device *devices;
			const struct plan_slot *slots;
			const uint32_t *groups;
			const struct plan_late *late;
			const struct plan_user *users;
			const uint32_t *folders;
		};
	};
	const char *strings;
};

/*
 * Checks the whole file, buf 8-byte aligned: magic, version equal, exact size, exact layout, every
 * string reference, every enum, every path's form, the flags' agreement (no missing layer and no
 * devmode without PLAN_FLAG_DEVELOPMENT; ambient within caps). Nothing is used before it is
 * checked.
 */
int plan_read(const void *buf, size_t size, struct plan *p, struct err *e) BASE_WARN_UNUSED;

/* Text of a string reference of a plan that plan_read() accepted. */
static inline const char *plan_text(const struct plan *p, uint32_t ref)
{
	return p->strings + ref;
}

/* Elements of a table of an accepted plan. */
static inline uint32_t plan_count(const struct plan *p, enum plan_table t)
{
	return p->header->tables[t].count;
}

/*
 * Entries of the app's device map: its own devices, twice as many tagged ones as are reckoned with
 * (who is plugged in anew may come before the former is gone), and some more.
 */
static inline uint32_t plan_map_entries(const struct plan *p)
{
	uint32_t n = plan_count(p, PLAN_TABLE_DEVICES) + PLAN_MAP_SPARE;

	for (uint32_t i = 0; i < plan_count(p, PLAN_TABLE_SLOTS); i++)
		n += 2 * p->slots[i].devices;
	return n;
}

/* True in devmode, and what the kernel calls the mode of the AppArmor profile then. */
static inline bool plan_complains(const struct plan *p)
{
	return p->header->flags & PLAN_FLAG_COMPLAIN;
}

static inline const char *plan_mode(const struct plan *p)
{
	return plan_complains(p) ? "complain" : "enforce";
}

/* "apparmor", "seccomp", ...: by the number of the layer's bit. */
extern const char *const plan_layer_names[PLAN_LAYERS];

#endif
