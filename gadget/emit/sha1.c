/* SPDX-License-Identifier: Apache-2.0 */
#include "sha1.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define BLOCK 64u

struct sha1 {
	uint32_t h[5];
	uint64_t bytes;
	uint8_t block[BLOCK];
};

static uint32_t rol(uint32_t x, unsigned n)
{
	return x << n | x >> (32 - n);
}

/* FIPS 180-4 section 4.1.1: the function of each quarter of the rounds. */
static uint32_t mix(unsigned quarter, uint32_t b, uint32_t c, uint32_t d)
{
	if (quarter == 0)
		return (b & c) | (~b & d);
	return quarter == 2 ? (b & c) | (b & d) | (c & d) : b ^ c ^ d;
}

static void compress(uint32_t h[5], const uint8_t *p)
{
	/* Section 4.2.1. */
	static const uint32_t round[4] = { 0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6 };
	uint32_t w[80], v[5];

	for (unsigned i = 0; i < 16; i++, p += 4)
		w[i] = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
	for (unsigned i = 16; i < 80; i++)
		w[i] = rol(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
	memcpy(v, h, sizeof(v));
	for (unsigned i = 0; i < 80; i++) {
		uint32_t t =
			rol(v[0], 5) + mix(i / 20, v[1], v[2], v[3]) + v[4] + round[i / 20] + w[i];

		v[4] = v[3];
		v[3] = v[2];
		v[2] = rol(v[1], 30);
		v[1] = v[0];
		v[0] = t;
	}
	for (unsigned i = 0; i < 5; i++)
		h[i] += v[i];
}

static void add(struct sha1 *s, const void *data, size_t len)
{
	for (const uint8_t *p = data; len > 0; p++, len--) {
		s->block[s->bytes++ % BLOCK] = *p;
		if (s->bytes % BLOCK == 0)
			compress(s->h, s->block);
	}
}

void sha1_of(const void *head, size_t head_size, const void *data, size_t size,
	     char hex[SHA1_HEX_SIZE])
{
	/* Section 5.3.1. */
	struct sha1 s = { .h = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0 } };
	uint64_t bits;
	uint8_t byte;

	add(&s, head, head_size);
	add(&s, data, size);
	bits = s.bytes * 8;
	add(&s, "\x80", 1);
	while (s.bytes % BLOCK != BLOCK - sizeof(bits))
		add(&s, "", 1);
	for (unsigned i = 0; i < sizeof(bits); i++) {
		byte = (uint8_t)(bits >> (56 - 8 * i));
		add(&s, &byte, 1);
	}
	for (unsigned i = 0; i < 5; i++)
		snprintf(hex + 8 * i, 9, "%08x", s.h[i]);
}
