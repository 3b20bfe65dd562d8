/* SPDX-License-Identifier: Apache-2.0 */
/* Rules to profile text, and the parser's complaints back to rules. Private to this floor. */
#ifndef EMIT_APPARMOR_H
#define EMIT_APPARMOR_H

#include "pack.h"

/* Lines of the text before the first rule. */
#define APPARMOR_HEAD_LINES 1u

/*
 * Refuses a text that is more than one rule, or that apparmor_parser would make more of than all,
 * the rules of the same profile, deny again.
 */
int emit_apparmor_check(const struct policy_rules *all, const struct policy_rule *r,
			struct meta_diag *d) BASE_WARN_UNUSED;

/*
 * The profile of one app: one rule a line, each with where it comes from. Refuses a rule that is
 * more than one rule (no comma at its end, braces that do not close, a directive).
 */
int emit_apparmor_text(struct pack *k, const struct policy_app *app,
		       const char **out) BASE_WARN_UNUSED;

/*
 * Judges the parser's messages; status is what wait(2) gave. Nothing said and exit status 0 is
 * good; with accept-unmediated, warnings about the classes named there are, too. Everything else is
 * recorded as an error at the rule that it is about.
 */
int emit_apparmor_judge(struct pack *k, const struct policy_app *app, const char *messages,
			int status) BASE_WARN_UNUSED;

/* True when image.yaml's accept-unmediated names a class, or there is no image.yaml. */
bool emit_apparmor_accepts(const struct model *m, const char *name);

#endif
