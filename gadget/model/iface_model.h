/* SPDX-License-Identifier: Apache-2.0 */
/* What an interface file says, and the identities beside it: a part of model.h. */
#ifndef MODEL_IFACE_MODEL_H
#define MODEL_IFACE_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "meta.h"

/* --- attributes ------------------------------------------------------------------------------ */

/* The closed alphabets of interface attributes: no value can escape from a template. */
enum model_attr_type {
	MODEL_ATTR_NAME,	/* [a-zA-Z0-9][a-zA-Z0-9_.-]*, at most 64 bytes */
	MODEL_ATTR_DEV_NODE,	/* /dev/..., clean */
	MODEL_ATTR_SYSFS_PATH,	/* /sys/..., clean */
	MODEL_ATTR_ABS_PATH,	/* clean absolute path */
	MODEL_ATTR_MATCH,	/* value of a udev match: printable, none of the bytes below */
	MODEL_ATTR_GLOB_PATH,	/* as abs-path, with AppArmor's "*", "?", "[]" and "{}" */
	MODEL_ATTR_GLOB_SOURCE, /* glob-path, or "none" */
	MODEL_ATTR_GLOB_NAME,	/* one name of a path, with those globs */
	MODEL_ATTR_SNAP_GLOB,	/* glob-path, or below $SNAP_DATA or $SNAP_COMMON */
	MODEL_ATTR_SNAP_PATH,	/* $SNAP, $SNAP_DATA or $SNAP_COMMON of the snap that says it */
	MODEL_ATTR_DBUS_NAME,	/* well-known bus name */
	MODEL_ATTR_RANGES,	/* "0-3,7" */
	MODEL_ATTR_COMPAT,	/* labels of content's compatibility */
	MODEL_ATTR_WORD,	/* printable without blank, quote, comma, glob, brace or "#" */
	MODEL_ATTR_WORDS,	/* such words with blanks between */
	MODEL_ATTR_OF_PATH,	/* a node of the device tree: "/soc/i2c@1c2b000" */
	MODEL_ATTR_INT,
	MODEL_ATTR_BOOL,
	MODEL_ATTR_ENUM,
	MODEL_ATTR_MAP,	  /* fields */
	MODEL_ATTR_TABLE, /* free keys to values of udev matches */
};

/* As interface files write it. */
const char *model_attr_type_name(enum model_attr_type type);

struct model_attr_def {
	const char *name;
	enum model_attr_type type;
	const char *match;	   /* anchored POSIX extended expression, or NULL */
	int64_t min, max;	   /* MODEL_ATTR_INT, MODEL_ATTR_RANGES */
	const char *const *values; /* MODEL_ATTR_ENUM, NULL-terminated */
	bool optional;
	bool list;		       /* a list of such values; templates map over it */
	bool unique;		       /* of such a list: each is there once */
	const char *fallback;	       /* the value when absent; or NULL */
	bool own_name;		       /* the name of the plug or slot is the value when absent */
	const char *is;		       /* the variant fits this value only; or NULL */
	struct model_attr_def *fields; /* MODEL_ATTR_MAP */
	size_t field_count;
	const char *const *refers_to; /* lists, one item of which this value names, or its base */
	const char *unless;	      /* refers_to does not hold when this field is there */
	struct meta_loc loc;
};

/* --- interfaces ------------------------------------------------------------------------------ */

/* A line of template text with the place it came from. */
struct model_line {
	const char *text;
	struct meta_loc loc;
};

struct model_lines {
	struct model_line *items;
	size_t count;
};

struct model_iface_device {
	struct model_line node; /* template of a device path whose numbers the kernel's ABI fixes */
	unsigned access;	/* 2 read, 4 write, as in plan.h */
	struct meta_loc loc;
};

/* A property of a device that udev has to be told to find out before a rule can compare it. */
struct model_import {
	const char *property; /* "ID_PATH": not asked for where it is there */
	const char *builtin;  /* "path_id"; or NULL: it is the parent's */
	const char *with;     /* only when this attribute is there; or NULL */
};

/* What tells one device from all others of its kind, and is not a number that moves. */
struct model_identity {
	const char *name; /* "of-path" */
	struct model_attr_def *attrs;
	size_t attr_count;
	struct model_lines udev; /* parts of a match */
	struct model_import *imports;
	size_t import_count;
	struct meta_loc loc;
};

/* A match of udev's: its parts are joined; a part that names an absent attribute is left out. */
struct model_udev {
	struct model_lines parts;
	const struct model_identity *identity; /* whose parts are the last ones; or NULL */
	unsigned access;		       /* of devices it finds */
	struct meta_loc loc;
};

/* A folder of the slot's snap, mounted in the plug's. */
struct model_iface_mount {
	struct model_line from, to;
	bool writable;
	bool below; /* at TO/BASE-OF-FROM instead of at TO */
	struct meta_loc loc;
};

struct model_module {
	struct model_line name;
	struct model_line load;	   /* "on-boot" when text is NULL */
	struct model_line options; /* text may be NULL */
	struct model_line config;  /* of a kernel that has it, else no image is built; or NULL */
	struct meta_loc loc;
};

/* Known on the running board only: a link of sysfs, resolved below a prefix as the app starts. */
struct model_late {
	struct model_line link;	  /* below /sys/class or /sys/bus */
	struct model_line subdir; /* below what the link leads to; text may be NULL */
	struct model_line prefix; /* below /sys/devices; without a text the board's of that class */
	struct model_lines files;
	unsigned access;
	/* Written when the link is not there; text may be NULL. */
	struct model_line export_file, export_value;
	bool in_place; /* the files can be used below the prefix as well */
	bool optional; /* the app starts without those that are not there */
	struct meta_loc loc;
};

/* A device that the kernel makes when it is asked to, for the slot alone: docs/interfaces.md. */
struct model_made {
	struct model_line file, value; /* what boot writes where */
	struct model_line chip; /* text may be NULL: which of several values the board means */
	struct model_line
		device; /* "NAME" of the platform devices NAME.0, NAME.1... that come of it */
	struct model_line udev; /* of those, or what they hold, the one with the node */
	struct model_line node; /* below /dev: where the app has it */
	struct model_line link; /* below /dev, text may be NULL: another name for node */
	unsigned access;
	struct meta_loc loc;
};

struct model_each;

/* What one connection, or one slot by being there, adds to an app. */
struct model_group {
	struct model_lines apparmor;
	struct model_lines seccomp;
	struct model_lines sockets; /* "inet stream", "netlink raw NETLINK_ROUTE": both layers */
	struct model_lines capabilities; /* "net_admin" */
	struct model_lines binds;	 /* sockets or directories bound into the namespace */
	struct model_lines links;	 /* names below /dev of the devices that udev finds */
	struct model_udev *udev;	 /* each tags, links and runs the helper */
	size_t udev_count;
	struct model_iface_device *devices;
	size_t device_count;
	struct model_iface_mount *mounts;
	size_t mount_count;
	struct model_module *modules;
	size_t module_count;
	struct model_late *late;
	size_t late_count;
	struct model_made *made;
	size_t made_count;
	struct model_each *each;
	size_t each_count;
	bool network;			/* the app keeps the host's network namespace */
	bool delegate;			/* it makes control groups of its own */
	bool attach;			/* files outside its root have names in its profile */
	struct model_lines bus_names;	/* of the system's D-Bus, to own */
	struct model_lines bus_talks;	/* to call */
	struct model_lines bus_calls;	/* interfaces to call: "NAME" or "NAME MEMBER" */
	struct model_lines env;		/* "NAME=value", where the snap says no other */
	struct model_lines places;	/* "shm shared": the image's in place of the snap's own */
	struct model_lines needs;	/* paths of the base without which it cannot be used */
	struct model_lines if_base_has; /* paths without which it is left out, with a remark */
	struct model_lines not_yet;	/* what no image can do for it: it cannot be used */
};

/* A group once for each item of a list attribute, known as %{item} or %{item.FIELD}. */
struct model_each {
	const char *of;
	const char *only;	 /* items that are joined to this list by refers_to; or NULL */
	const char *except;	 /* items that are not; or NULL */
	const char *const *when; /* conditions that the item fulfils; or NULL */
	struct model_group group;
	struct meta_loc loc;
};

enum model_offered { MODEL_OFFERED_SYSTEM = 1, MODEL_OFFERED_GADGET = 2, MODEL_OFFERED_APP = 4 };

/* Values that are each allowed, and not together. */
struct model_refusal {
	const char *of, *because; /* of: an item of this list; NULL: the attributes as a whole */
	const char *const *when;
};

/* One variant of a slot or of a plug: chosen by the attributes that are present. */
struct model_variant {
	const char *name;
	const struct model_identity *identity; /* slots: what its device is found by; or NULL */
	struct model_attr_def *attrs;
	size_t attr_count;
	unsigned offered_by;	     /* slots: only of these, enum model_offered; 0: any */
	const char *const *any_of;   /* at least one of these is there; or NULL */
	const char *const *disjoint; /* lists that share no item; or NULL */
	const char *const *apart; /* slots: ranges, and a list, that two of a snap do not share */
	struct model_refusal *refusals;
	size_t refusal_count;
	struct model_group group; /* of the apps of the plug, for each connection */
	struct model_group slot;  /* slots: of the apps that offer it, always */
	struct model_group peer;  /* slots: of the apps that offer it, for each connection */
	bool super_privileged;
	int auto_connect; /* plugs: -1 as the interface says, else false or true */
	struct meta_loc loc;
};

/* Which ends need a line in image.yaml's privileged:, whatever their variant. */
enum model_super { MODEL_SUPER_PLUG = 1, MODEL_SUPER_SLOT = 2 };

enum model_matching {
	MODEL_MATCH_SAME,	/* both have the same value, or neither has one */
	MODEL_MATCH_COMPATIBLE, /* the labels of content's compatibility have a version in common */
};
extern const char *const model_matching_names[]; /* "same", "compatible" */

struct model_match {
	const char *attr;
	enum model_matching how;
	struct meta_loc loc;
};

struct model_iface {
	const char *name;
	const char *summary;
	unsigned offered_by; /* enum model_offered */
	unsigned super;	     /* enum model_super */
	bool auto_connect;
	bool listens; /* with it an app may have sockets: */
	bool many;    /* a plug is connected to every slot that fits, not to the only one */
	const char *const *conflicts; /* interfaces: no image has connections of both; or NULL */
	struct model_match *matches;
	size_t match_count;
	struct model_variant *plug_variants; /* at least one */
	size_t plug_variant_count;
	struct model_variant *variants; /* of slots, at least one */
	size_t variant_count;
	struct meta_loc loc;
};

#endif
