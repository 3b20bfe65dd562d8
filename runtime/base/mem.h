/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory. Running out of it ends the process with status 3 and one line on stderr: no caller could
 * do better.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

#include "err.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* malloc and realloc that end the process as described above. Returns owned; free with free(). */
void *mem_must(void *p) BASE_WARN_UNUSED;

#endif
