/* SPDX-License-Identifier: Apache-2.0 */
#include "sweep.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"

/* Whether the first n bytes, with extra zeros behind them, are accepted. */
static size_t accepts(sweep_read read, const void *bytes, size_t n, size_t extra)
{
	uint8_t *copy = mem_must(calloc(n + extra ? n + extra : 1, 1));
	int status;

	memcpy(copy, bytes, n);
	status = read(copy, n + extra);
	free(copy);
	return status == 0;
}

size_t sweep_lengths(sweep_read read, const void *bytes, size_t size)
{
	size_t accepted = accepts(read, bytes, size, 1);

	for (size_t n = 0; n < size; n++)
		accepted += accepts(read, bytes, n, 0);
	return accepted;
}

size_t sweep_bits(sweep_read read, const void *bytes, size_t size)
{
	uint8_t *copy = mem_must(malloc(size));
	size_t accepted = 0;

	memcpy(copy, bytes, size);
	for (size_t i = 0; i < 8 * size; i++) {
		copy[i / 8] ^= (uint8_t)(1u << i % 8);
		accepted += read(copy, size) == 0;
		copy[i / 8] ^= (uint8_t)(1u << i % 8);
	}
	free(copy);
	return accepted;
}

size_t sweep_bytes(sweep_read read, const void *bytes, size_t size)
{
	static const uint8_t values[] = { 0x00, 0xff };
	uint8_t *copy = mem_must(malloc(size));
	size_t accepted = 0;

	memcpy(copy, bytes, size);
	for (size_t i = 0; i < size; i++) {
		uint8_t old = copy[i];

		for (size_t v = 0; v < ARRAY_SIZE(values); v++) {
			copy[i] = values[v];
			accepted += values[v] != old && read(copy, size) == 0;
		}
		copy[i] = old;
	}
	free(copy);
	return accepted;
}
