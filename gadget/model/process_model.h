/* SPDX-License-Identifier: Apache-2.0 */
/* What image.yaml says of an app's processes; part of model.h. */
#ifndef MODEL_PROCESS_MODEL_H
#define MODEL_PROCESS_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What an app has for itself, beyond what its snap has. */
enum model_namespace { MODEL_NAMESPACE_PID = 1, MODEL_NAMESPACE_IPC = 2 };

/* A resource limit, soft and hard alike. */
struct model_limit {
	const char *name;
	uint32_t resource; /* RLIMIT_* */
	uint64_t value;	   /* UINT64_MAX: none */
};

struct model_process {
	int nice;
	bool umask_given;
	uint32_t umask_bits;
	struct model_limit *limits; /* ascending */
	size_t limit_count;
};

#endif
