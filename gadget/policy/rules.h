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

/* Adds a rule unless its text is there already: the first one keeps its provenance. */
void policy_rules_add(struct mem_arena *a, struct policy_rules *to, const struct policy_rule *rule);

/* Expands template lines into rules. */
int policy_rules_expand(const struct expand *x, const struct model_lines *lines,
			enum expand_layer layer, const char *reason,
			struct policy_rules *to) BASE_WARN_UNUSED;

/* Starts a scope with the predefined names: snap, instance, revision, app, label. */
void policy_rules_scope(const struct rules_build *b, const struct model_app *app, struct expand *x);

/* env, argv and cwd of an app. */
int policy_rules_process(const struct rules_build *b, struct policy_app *app) BASE_WARN_UNUSED;

/* The template's mounts, with the image's own base. */
int policy_rules_mounts(const struct rules_build *b, const struct expand *x,
			struct policy_app *app) BASE_WARN_UNUSED;

/* One bind of an interface: "PATH dir|file ro|rw". */
int policy_rules_bind(const struct rules_build *b, const struct model_line *line,
		      const char *reason, struct policy_app *app) BASE_WARN_UNUSED;

/* All that the connections of the app's plugs add. */
int policy_rules_connect(const struct rules_build *b, struct policy_app *app) BASE_WARN_UNUSED;

/*
 * Who owns the nodes of a slot: udev makes them root's, 0600, and an app that is not root has no
 * capability to open them. One user's slot goes to that user's group, a slot of several to a group
 * of its own that all of them are in.
 */
void policy_rules_groups(const struct rules_build *b, struct policy *p);

#endif
