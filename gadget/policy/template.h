/* SPDX-License-Identifier: Apache-2.0 */
/* Readers of the templates that are data: gadget/templates/NAME.yaml. Private to this floor. */
#ifndef POLICY_TEMPLATE_H
#define POLICY_TEMPLATE_H

#include "policy.h"

/* Fills mounts and places. */
int policy_template_load_mounts(struct mem_arena *a, const char *dir, struct policy_templates *out,
				struct meta_diag *d) BASE_WARN_UNUSED;
/* Fills every_app and fixed. */
int policy_template_load_devices(struct mem_arena *a, const char *dir, struct policy_templates *out,
				 struct meta_diag *d) BASE_WARN_UNUSED;
int policy_template_load_sysctls(struct mem_arena *a, const char *dir, struct policy_templates *out,
				 struct meta_diag *d) BASE_WARN_UNUSED;

/* Words of a closed table to their number; *out is unchanged on failure. */
struct template_word {
	const char *word;
	unsigned value;
};

int policy_template_word(const struct template_word *table, size_t count, const char *word,
			 unsigned *out) BASE_WARN_UNUSED;

#endif
