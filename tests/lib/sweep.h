/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Damages a file in every way of a kind and reads it from memory of exactly its size, so that under
 * AddressSanitizer a reader that looks one byte too far is seen.
 */
#ifndef TESTS_SWEEP_H
#define TESTS_SWEEP_H

#include <stddef.h>

/* Reads size bytes at buf, 8-byte aligned; 0 when the file is accepted. */
typedef int (*sweep_read)(const void *buf, size_t size);

/* Every length from 0 to size - 1, and one byte more. Returns how many were accepted. */
size_t sweep_lengths(sweep_read read, const void *bytes, size_t size);

/* Every bit turned once. Returns how many of the 8 * size files were accepted. */
size_t sweep_bits(sweep_read read, const void *bytes, size_t size);

/* Every byte set to 0x00 and to 0xff. Returns how many of the files were accepted. */
size_t sweep_bytes(sweep_read read, const void *bytes, size_t size);

#endif
