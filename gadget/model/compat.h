/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compatibility labels: words and versions joined by hyphens ("mesa-2404", "gl-1-(2..4)"), and
 * alternatives of them joined by " OR "; not for other floors.
 */
#ifndef MODEL_COMPAT_H
#define MODEL_COMPAT_H

#include <stdbool.h>

bool model_compat_valid(const char *text);

/* Some label of a and some label of b have the same words, and versions in common. Both valid. */
bool model_compat_meet(const char *a, const char *b);

#endif
