/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Model to rules: what each app may do, every rule with the source line it came from. No I/O but
 * the templates, which are read once by policy_load_templates(). Everything lives in the arena.
 */
#ifndef POLICY_POLICY_H
#define POLICY_POLICY_H

#include "model.h"

/* A rule in the language of its layer, and where it was written. */
struct policy_rule {
	const char *text;
	struct meta_loc loc; /* template, interface file, gadget.yaml or snap.yaml */
	const char *reason;  /* "template", or "plug:slot (interface)" */
};

struct policy_rules {
	struct policy_rule *items;
	size_t count;
	size_t room;
};

/* Numbers fixed by the kernel's ABI (Documentation/admin-guide/devices.txt). */
struct policy_device {
	unsigned type; /* plan.h */
	unsigned major, minor;
	unsigned access;
	const char *reason;
	struct meta_loc loc;
};

/* A connection that udev has to find devices for. */
struct policy_slot {
	const char *name; /* slot name */
	const char
		*tag; /* filled by emit with format/tag.h's encoding: policy does not see format */
	unsigned access;
	struct policy_rules matches; /* udev match expressions, each for one rule */
	const char *link;	     /* "slot/NAME": stable link below /dev */
	struct meta_loc loc;
};

struct policy_mount {
	unsigned op, flags; /* plan.h */
	const char *source, *target;
	unsigned mode, size_kib;
	const char *reason;
};

struct policy_app {
	const struct model_app *app;
	struct policy_rules
		apparmor; /* rules of the profile body, template first, then by connection */
	struct policy_rules seccomp; /* lines of the filter language */
	struct policy_device *devices;
	size_t device_count;
	struct policy_slot *slots;
	size_t slot_count;
	struct policy_mount *mounts;
	size_t mount_count;
	const char **env; /* "NAME=value", expanded, in order, unique */
	size_t env_count;
	const char **argv; /* absolute path first */
	size_t argc;
	const char *cwd;
	uint64_t caps, ambient;
	bool network; /* keeps the host's network namespace */
};

struct policy {
	struct policy_app *apps; /* sorted by label */
	size_t app_count;
};

struct policy_templates {
	struct model_lines apparmor; /* gadget/templates/default.apparmor */
	struct model_lines seccomp;  /* gadget/templates/default.seccomp */
};

int policy_load_templates(struct mem_arena *a, const char *dir, struct policy_templates *out,
			  struct meta_diag *d) BASE_WARN_UNUSED;

/* The rules of every app of the model. */
int policy_build(struct mem_arena *a, const struct model *m, const struct policy_templates *t,
		 struct policy *out, struct meta_diag *d) BASE_WARN_UNUSED;

#endif
