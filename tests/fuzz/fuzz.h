/* SPDX-License-Identifier: Apache-2.0 */
/* What every fuzz target defines: libFuzzer calls it, or replay.c does. */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Returns 0: an input that is refused is no finding, a crash is. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A copy aligned as malloc aligns, of exactly size bytes, so that one byte too far is seen. */
static inline void *fuzz_copy(const uint8_t *data, size_t size)
{
	void *copy = malloc(size ? size : 1);

	if (!copy)
		abort();
	if (size)
		memcpy(copy, data, size);
	return copy;
}

#endif
