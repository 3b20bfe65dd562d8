/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SHA-1 (FIPS 180-4): only to say what the kernel will show in AppArmor's
 * policy/profiles/NAME/sha1. Nothing of ours is vouched for by it. Tested with that standard's
 * vectors.
 */
#ifndef EMIT_SHA1_H
#define EMIT_SHA1_H

#include <stddef.h>

#define SHA1_SIZE     20
#define SHA1_HEX_SIZE 41 /* with the NUL */

/* Of head and data, one after the other; lower-case hexadecimal, NUL-terminated. */
void sha1_of(const void *head, size_t head_size, const void *data, size_t size,
	     char hex[SHA1_HEX_SIZE]);

#endif
