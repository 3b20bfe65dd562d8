/* SPDX-License-Identifier: Apache-2.0 */
/* Copies of disk images: a run must not change what was built. */
#ifndef RIG_DISK_H
#define RIG_DISK_H

#include "err.h"

/* Copies a regular file, its holes kept as holes. The copy must not exist yet. */
int disk_copy(const char *from, const char *to, struct err *e) BASE_WARN_UNUSED;

#endif
