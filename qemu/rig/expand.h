/* SPDX-License-Identifier: Apache-2.0 */
/* %{NAME} in the values of a scenario. */
#ifndef RIG_EXPAND_H
#define RIG_EXPAND_H

#include <stdbool.h>

#include "scenario.h"

/*
 * The text of a scalar with every %{NAME} replaced, in the arena; NULL after recording an error at
 * the scalar: an unknown name, or a "%{" without its end. "%%{" stands for "%{".
 */
const char *expand_text(struct mem_arena *a, const struct scenario_vars *vars,
			const struct meta_node *n, struct meta_diag *d) BASE_WARN_UNUSED;

/*
 * A node as JSON, values expanded. Plain scalars that read as a JSON number, true, false or null
 * are that; every other one is a string. NULL after recording an error.
 */
const char *expand_json(struct mem_arena *a, const struct scenario_vars *vars,
			const struct meta_node *n, struct meta_diag *d) BASE_WARN_UNUSED;

/* True for NAME=VALUE with a NAME of [A-Za-z][A-Za-z0-9_]*. */
bool expand_is_var(const char *text);

#endif
