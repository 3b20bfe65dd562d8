/* SPDX-License-Identifier: Apache-2.0 */
/* Sizes and offsets of gadget.yaml; not for other floors. */
#ifndef MODEL_SIZE_H
#define MODEL_SIZE_H

#include <stdint.h>

#include "reader.h"

/* Largest size and offset: far above every disk, far below what sums of them could overflow. */
#define SIZE_MOST (UINT64_C(1) << 60)

/* "N", "NM" or "NG" to bytes, at most SIZE_MOST. -1 when it is not one. */
int model_size_parse(const char *text, uint64_t *out) BASE_WARN_UNUSED;

/* A key of map n; *out and *has are left as they are when it is absent. has may be NULL. */
int model_size_read(const struct reader *r, const struct meta_node *n, const char *key,
		    uint64_t *out, bool *has) BASE_WARN_UNUSED;

#endif
