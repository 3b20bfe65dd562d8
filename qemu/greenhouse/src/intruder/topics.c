/* SPDX-License-Identifier: Apache-2.0 */
#include "attempt.h"

const struct attempt *const attempt_topics[] = {
	attempts_files, attempts_processes, attempts_ipc, attempts_kernel, attempts_privilege, NULL,
};
