/* SPDX-License-Identifier: Apache-2.0 */
/* How finely the kernel tells the hardware of a connection from other of its kind. */
#ifndef MODEL_GRAIN_H
#define MODEL_GRAIN_H

#include "model.h"

struct model_grain {
	const char *kind;   /* "nodes", "files" or "sockets" */
	const char *layers; /* that tell it, "AppArmor, cgroup" */
	const char *remark; /* what is not told apart, and why; NULL: it is by both layers */
};

/* What the apps of the connection's plug get by it; NULL: no hardware. */
const struct model_grain *model_grain_of(const struct model_connection *c);

#endif
