/* SPDX-License-Identifier: Apache-2.0 */
/* Times as snap.yaml writes them; not for other floors. */
#ifndef MODEL_DURATION_H
#define MODEL_DURATION_H

#include "err.h"

/* "1m30s", "1.5h", "500ms", "0": to milliseconds, at most a day. -1 when it is not one. */
int model_duration_parse(const char *text, unsigned *ms) BASE_WARN_UNUSED;

#endif
