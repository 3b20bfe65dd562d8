/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SHA-1 (FIPS 180-4): only to compare with what the kernel shows in AppArmor's
 * policy/profiles/NAME/sha1. Nothing of ours is vouched for by it. Tested with that standard's
 * vectors.
 */
#ifndef BASE_SHA1_H
#define BASE_SHA1_H

#include <stddef.h>
#include <stdint.h>

#define SHA1_SIZE     20
#define SHA1_HEX_SIZE 41 /* with the NUL */

struct sha1 {
	uint32_t h[5];
	uint64_t bytes;
	uint8_t block[64];
};

void sha1_start(struct sha1 *s);
void sha1_add(struct sha1 *s, const void *data, size_t len);
void sha1_end(struct sha1 *s, uint8_t digest[SHA1_SIZE]);

/* Lower-case hexadecimal, NUL-terminated. */
void sha1_hex(const uint8_t digest[SHA1_SIZE], char hex[SHA1_HEX_SIZE]);

#endif
