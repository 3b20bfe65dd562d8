/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Model to rules: what each app may do, every rule with the source line it came from. No I/O but
 * the templates, which are read once by policy_load_templates(). Everything lives in the arena.
 */
#ifndef POLICY_POLICY_H
#define POLICY_POLICY_H

#include "model.h"

/* The numbers of format/plan.h, which this floor does not see; emit asserts that they agree. */
enum policy_mount_op {
	POLICY_MOUNT_DIR = 1,
	POLICY_MOUNT_FILE,
	POLICY_MOUNT_SYMLINK,
	POLICY_MOUNT_BIND,
	POLICY_MOUNT_TMPFS,
	/* Templates only: names become DIR and BIND, or SYMLINK, for each of the base that fits. */
	POLICY_MOUNT_BASE, /* of the snap's base: a snap of the image, or the image's own root */
	POLICY_MOUNT_ROOT, /* of the image's own root */
	POLICY_MOUNT_OVER, /* of a base snap, bound over what the image has at that place */
	POLICY_MOUNT_BACK, /* of the image, bound over what a base snap has at that place */
};

enum policy_mount_flag {
	POLICY_MOUNT_READONLY = 1 << 0,
	POLICY_MOUNT_NOSUID = 1 << 1,
	POLICY_MOUNT_NODEV = 1 << 2,
	POLICY_MOUNT_NOEXEC = 1 << 3,
	POLICY_MOUNT_OWNED = 1 << 4,
	POLICY_MOUNT_OPTIONAL = 1 << 5,
};

#define POLICY_MADE_DIR	 "/run/slot/"
#define POLICY_MADE_MODE 0755u
#define POLICY_MADE_KIB	 1024u /* sockets, and small files beside them */

enum policy_device_type { POLICY_DEVICE_BLOCK = 1, POLICY_DEVICE_CHAR = 2 };
enum policy_access { POLICY_ACCESS_READ = 2, POLICY_ACCESS_WRITE = 4 };
#define POLICY_MINOR_ANY UINT32_MAX

/* A rule in the language of its layer, and where it was written. */
struct policy_rule {
	const char *text;
	struct meta_loc loc; /* template, interface file, gadget.yaml or snap.yaml */
	const char *reason;  /* "template", or "plug:slot (interface)" */
	bool made;	     /* not as written at loc: words of it have no place of their own */
};

struct policy_rules {
	struct policy_rule *items;
	size_t count;
	size_t room;
};

/* Numbers fixed by the kernel's ABI (Documentation/admin-guide/devices.txt). */
struct policy_device {
	const char *node; /* for people and for the devices: key of interfaces */
	unsigned type;	  /* enum policy_device_type */
	unsigned major, minor;
	unsigned access; /* enum policy_access */
	const char *reason;
	struct meta_loc loc;
};

struct policy_devices {
	struct policy_device *items;
	size_t count;
	size_t room;
};

/* A connection that udev has to find devices for. */
struct policy_slot {
	const char *name; /* slot name; with a number when another of the app's has it */
	unsigned access;
	struct policy_rules matches; /* udev match expressions, each for one rule */
	struct policy_rules imports; /* what udev finds out first: a match, and ", IMPORT{...}" */
	struct policy_rules doubts;  /* slots of other apps that may be the same hardware */
	bool alone;	  /* neither the system's nor "shared: true": one app has its devices */
	bool one_layer;	  /* AppArmor grants names that others have too: the device map is exact */
	const char *link; /* "slot/NAME": stable link below /dev; NULL when several matches could
			     claim it */
	struct policy_rules links;   /* more such names, of the interface */
	const struct model_end *end; /* the slot itself */
	uint32_t gid;	      /* group that its nodes are given to; 0: root's own are enough */
	enum model_need need; /* of a daemon; else it is optional */
	unsigned wait_ms;     /* MODEL_NEED_WAIT */
	const char *reason;
	struct meta_loc loc;
};

struct policy_slots {
	struct policy_slot *items;
	size_t count;
	size_t room;
};

struct policy_mount {
	unsigned op;	    /* enum policy_mount_op */
	unsigned flags;	    /* enum policy_mount_flag */
	const char *source; /* "" where the operation has none */
	const char *target;
	unsigned mode, size_kib;
	bool of_file; /* POLICY_MOUNT_BIND: of a file, which boot makes where data lack it */
	const char *reason;
	const char **names; /* POLICY_MOUNT_BASE and ROOT: top-level names, may end in "*"; OVER,
			       BACK: paths */
	size_t name_count;
	const char **except; /* POLICY_MOUNT_OVER: not of these bases */
	size_t except_count;
	struct meta_loc loc;
};

/* As many as a plan has room for. */
#define POLICY_MOUNTS_MAX 1024u

struct policy_mounts {
	struct policy_mount *items;
	size_t count;
	size_t room;
};

/* A kernel module that a connection needs. */
struct policy_module {
	const char *name;
	const char *load;    /* "on-boot", "dynamic" or "denied" */
	const char *options; /* "" or "NAME=VALUE..." */
	const char *config;  /* what a kernel has that knows it; "": an image does without */
	struct meta_loc use; /* of the connection */
	const char *reason;
	struct meta_loc loc;
};

struct policy_modules {
	struct policy_module *items;
	size_t count;
	size_t room;
};

/* Files of sysfs whose place only the running board knows, bound at /run/slot/SLOT. */
struct policy_late {
	const char *slot;
	const char *link, *subdir, *prefix; /* subdir "" when there is none; prefix "" when neither
					       interface nor board says one: it cannot be bound */
	const char **files;
	size_t file_count;
	unsigned access;
	/* A path below /sys/class or /sys/bus; "": none. */
	const char *export_file, *export_value;
	bool in_place;
	bool optional;
	const struct model_late *from; /* what the interface says */
	const struct model_end *end;   /* the slot itself */
	struct policy_rules doubts;    /* slots of other apps that may be the same hardware */
	uint32_t gid; /* group that may write them; 0: root's own users are enough */
	const char *reason;
	struct meta_loc loc; /* of the connection */
};

struct policy_lates {
	struct policy_late *items;
	size_t count;
	size_t room;
};

/* A device that the kernel makes when boot asks it to: the only one that the slot's users get. */
struct policy_made {
	const char *file, *value; /* boot writes value to file, an absolute path below /sys */
	const char *device;	  /* the platform device, "NAME.N" when all are numbered */
	const char *chip;	  /* label of the GPIO chip that it is made of; NULL: of none */
	const char *udev;	  /* of what is below it, the match of the one that has a node */
	const char *node;	  /* where the app has it, below /dev */
	const char *slot;	  /* name of the app's policy_slot, which udev fills: its link to
				     the node is /dev/slot/NAME */
	unsigned access;
	const struct model_made *from; /* what the interface says */
	const struct model_end *end;   /* the slot itself */
	const char *reason;
	struct meta_loc loc; /* of the connection */
};

struct policy_mades {
	struct policy_made *items;
	size_t count;
	size_t room;
};

struct policy_app {
	const struct model_app *app;
	struct policy_rules apparmor; /* rules of the profile body, template first, then by
					 connection; one line each */
	struct policy_rules seccomp;  /* lines of the filter language */
	struct policy_devices devices;
	struct policy_slots slots; /* sorted by name */
	struct policy_mounts mounts;
	struct policy_modules modules;
	struct policy_lates late;
	struct policy_mades made_devices;
	struct policy_rules bus_names; /* of the system's D-Bus, to own */
	struct policy_rules bus_talks; /* to call */
	struct policy_rules bus_calls; /* "INTERFACE[ MEMBER]", to call on whoever has it */
	struct policy_rules missing;   /* what the image lacks for a connection: emit refuses it */
	struct policy_rules left_out;  /* what a connection does not give here: remarks */
	struct policy_rules env_more;  /* "NAME=value" of connections and slots */
	struct policy_rules shared;    /* places of the image's that the snap sees, see places.c */
	const char **env;	       /* "NAME=value", expanded, in order, unique */
	size_t env_count;
	const char **argv; /* absolute path first */
	size_t argc;
	const char *cwd;
	uint64_t caps, ambient;
	uint32_t *groups; /* supplementary: of slots shared with other users */
	size_t group_count;
	bool network;		  /* keeps the host's network namespace */
	bool delegate;		  /* makes control groups of its own */
	bool attach;		  /* its profile names files that are outside its root */
	struct policy_rules made; /* folders below /run/slot that boot makes as the app's own: it
				     lends them to other users, so its umask leaves modes alone */
};

struct policy_sysctl {
	const char *name; /* "user.max_user_namespaces" */
	const char *value;
};

struct policy {
	struct policy_app *apps; /* sorted by label */
	size_t app_count;
	struct policy_sysctl *sysctls; /* the template's in its order, then the image's own */
	size_t sysctl_count;
	struct policy_mades made; /* of all apps, each value once and sorted by it, which is the
				     order in which boot asks */
};

/* What holds of a device of which a condition of a udev match does. */
struct policy_fact {
	const char *when; /* pattern of a condition as it is written */
	const char *then; /* condition */
	bool raw;	  /* it is the device itself of what others are nodes of */
};

/* The common ground of every app, read from gadget/templates. */
struct policy_templates {
	struct model_lines apparmor; /* default.apparmor, without comments and empty lines */
	struct model_lines seccomp;  /* default.seccomp, whole */
	struct policy_mounts mounts; /* mounts.yaml */
	const char **places;	     /* names of mounts.yaml: a snap's own unless shared */
	size_t place_count;
	struct policy_devices every_app; /* devices.yaml */
	struct policy_devices fixed;
	struct policy_fact *facts;
	size_t fact_count;
	const char **buses; /* conditions of matches of nodes that reach all that hangs on them */
	size_t bus_count;
	const char *chips;	       /* match of what a label of a GPIO chip is of; or NULL */
	struct policy_sysctl *sysctls; /* sysctls.yaml */
	size_t sysctl_count;
};

int policy_load_templates(struct mem_arena *a, const char *dir, struct policy_templates *out,
			  struct meta_diag *d) BASE_WARN_UNUSED;

/*
 * What is wrong with the texts of an interface file whatever connects to it: placeholders, filters
 * that do not suit a type, parts that no value makes right. Records every error that it finds; out
 * gets the rules, filter lines and udev matches with a sample in place of each value, for emit's
 * checks, whether or not there was an error.
 */
int policy_sample(struct mem_arena *a, const struct model_iface *f,
		  const struct policy_templates *t, struct policy_app *out,
		  struct meta_diag *d) BASE_WARN_UNUSED;

/*
 * The rules of every app of the model. Refuses what no rule can express: a slot of hardware given
 * to two apps without "shared: true", a node that the board reserves, a value that a rule's
 * language could read as more than a value, an interface line with an unknown placeholder.
 */
int policy_build(struct mem_arena *a, const struct model *m, const struct policy_templates *t,
		 struct policy *out, struct meta_diag *d) BASE_WARN_UNUSED;

/* Adds those of from whose text is not there yet. */
void policy_rules_merge(struct mem_arena *a, struct policy_rules *to,
			const struct policy_rules *from);

/* "net_admin" to its number; -1 when there is no such capability. */
int policy_capability(const char *name);
/* The inverse; NULL above the last one known. */
const char *policy_capability_name(unsigned number);

#endif
