/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of policy_build() share. Private to this floor. */
#ifndef POLICY_RULES_H
#define POLICY_RULES_H

#include "expand.h"
#include "policy.h"

/* The build as a whole: borrowed by every part. */
struct rules_build {
	struct mem_arena *a;
	const struct model *m;
	const struct policy_templates *t;
	struct meta_diag *d;
};

/* One group of an interface, for one app. */
struct rules_joint {
	const struct rules_build *b;
	struct policy_app *app;
	const struct model_end *plug; /* NULL: what a slot adds by being there */
	const struct model_end *slot;
	struct meta_loc loc; /* of the connection, or of the slot */
	const char *reason;
	struct expand x;
};

/* Starts j->x with all that templates of this joint may name. */
int policy_rules_joint_scope(struct rules_joint *j) BASE_WARN_UNUSED;

/* Adds the item of a list attribute as %{item}, or its fields as %{item.FIELD}. */
int policy_rules_item_scope(struct rules_joint *j, const struct model_attr_def *def,
			    const struct meta_node *item,
			    const struct model_end *end) BASE_WARN_UNUSED;

/* What the end's variant says of an attribute, or NULL. */
const struct model_attr_def *policy_rules_attr(const struct model_end *end, const char *name);

/* Adds all of the group to the app. */
int policy_rules_group(struct rules_joint *j, const struct model_group *group,
		       const struct model_end *end) BASE_WARN_UNUSED;

/* Devices that are found by udev, and late binding: group_devices.c, group_late.c. */
int policy_rules_group_devices(struct rules_joint *j,
			       const struct model_group *group) BASE_WARN_UNUSED;
int policy_rules_group_late(struct rules_joint *j, const struct model_late *from) BASE_WARN_UNUSED;

/* Devices that the kernel makes: made.c. The second one, when all apps are known, gives each its
 * number, and its match to the app's slot. */
int policy_rules_group_made(struct rules_joint *j, const struct model_made *from) BASE_WARN_UNUSED;
void policy_rules_made(const struct rules_build *b, struct policy *p);

/* A row of the app for devices of j's slot, with a name of its own. Valid until the next one. */
struct policy_slot *policy_rules_slot(struct rules_joint *j, unsigned access);

/* The text of a template that is one path, or word. */
int policy_rules_one(const struct expand *x, const struct model_line *line, enum expand_layer layer,
		     const char **out) BASE_WARN_UNUSED;

/* True for a plug that the app has. */
bool policy_rules_has_plug(const struct model_app *app, const struct model_end *plug);

/* Names the links of the app's slots, when all are known. */
void policy_rules_links(const struct rules_build *b, struct policy_app *app);

/* Refuses a link below /dev that two slots have: links.c. */
int policy_rules_links_apart(const struct rules_build *b, const struct policy *p) BASE_WARN_UNUSED;

/* Adds a rule unless its text is there already: the first one keeps its provenance. */
void policy_rules_add(struct mem_arena *a, struct policy_rules *to, const struct policy_rule *rule);

/* Expands template lines into rules. */
int policy_rules_expand(const struct expand *x, const struct model_lines *lines,
			enum expand_layer layer, const char *reason,
			struct policy_rules *to) BASE_WARN_UNUSED;

/* A row at the end of the list. */
void policy_rules_mount(struct mem_arena *a, struct policy_mounts *to,
			const struct policy_mount *m);

/* The name below /home, in a snap's namespace, of whoever has started its app. */
#define POLICY_USER "user"

/* Where what the app keeps for a user lies: folders of its revision's name and common. */
const char *policy_rules_user_data(const struct rules_build *b, const struct model_app *app);

/* Starts a scope with the predefined names: snap, instance, revision, app, label, user (none in a
 * snap of which users start nothing). */
void policy_rules_scope(const struct rules_build *b, const struct model_app *app, struct expand *x);

/*
 * Which places of the templates' are the image's in the snap's namespace, as connections of its
 * commands say: into out, by name. Refuses a place that another connection keeps private.
 */
int policy_rules_places(const struct rules_build *b, const struct model_snap *snap,
			struct policy_rules *out) BASE_WARN_UNUSED;

/* Adds private-PLACE or shared-PLACE for each place, the other one as absent. */
void policy_rules_place_scope(const struct rules_build *b, const struct policy_rules *shared,
			      struct expand *x);

/* env, argv and cwd of an app. */
int policy_rules_process(const struct rules_build *b, struct policy_app *app) BASE_WARN_UNUSED;

/* The template's mounts, with the image's own base. */
int policy_rules_mounts(const struct rules_build *b, const struct expand *x,
			struct policy_app *app) BASE_WARN_UNUSED;

/* One bind of an interface: "PATH dir|file ro|rw". */
int policy_rules_bind(const struct rules_build *b, const struct model_line *line,
		      const char *reason, struct policy_app *app) BASE_WARN_UNUSED;

/* An empty file, and the folders that it lies in: a place that the launcher binds something on. */
void policy_rules_place(const struct rules_build *b, const struct policy_mount *place,
			struct policy_app *app);

/*
 * A folder or file of another snap: source and target are paths of the device. below: the name of
 * the target is new in its folder.
 */
int policy_rules_share(const struct rules_build *b, const struct policy_mount *share, bool below,
		       struct policy_app *app) BASE_WARN_UNUSED;

/*
 * What a snap's layout: shows elsewhere: mounts for the root that its commands share, rules for
 * each of its apps. Without an image there are rules alone.
 */
int policy_rules_layouts(const struct rules_build *b, const struct model_snap *s,
			 struct policy_mounts *mounts, struct policy_app *apps) BASE_WARN_UNUSED;

/* What the connections of the app's plugs and slots add, and its slots by being there. */
int policy_rules_connect(const struct rules_build *b, struct policy_app *app) BASE_WARN_UNUSED;

/*
 * Refuses apps that are given a node that the board reserves and image.yaml does not name, and
 * names there that no app needs, which only a whole policy can tell: reserved.c.
 */
int policy_rules_reserved(const struct rules_build *b, const struct policy *p,
			  bool whole) BASE_WARN_UNUSED;

/*
 * Refuses apps that are given the hardware of another app's slot under another name: overlap.c.
 * What only the board can tell goes into the slots' doubts.
 */
int policy_rules_overlap(const struct rules_build *b, struct policy *p) BASE_WARN_UNUSED;

/*
 * What daemons do without the hardware of a slot: needs.c. Refuses what image.yaml says so of a
 * connection that gives no device, or several.
 */
int policy_rules_needs(const struct rules_build *b, struct policy *p) BASE_WARN_UNUSED;

/*
 * Who owns the nodes of a slot, and its files of sysfs: they are root's, and an app that is not
 * root has no capability to open them. One user's slot goes to that user's group, a slot of several
 * to a group of its own that all of them are in.
 */
void policy_rules_groups(const struct rules_build *b, struct policy *p);

#endif
