/* SPDX-License-Identifier: Apache-2.0 */
#include "sha1.h"

#include <string.h>

static uint32_t rol(uint32_t x, unsigned n)
{
	return x << n | x >> (32 - n);
}

/* FIPS 180-4 section 4.1.1: the function of each quarter of the rounds. */
static uint32_t mix(unsigned quarter, uint32_t b, uint32_t c, uint32_t d)
{
	if (quarter == 0)
		return (b & c) | (~b & d);
	if (quarter == 2)
		return (b & c) | (b & d) | (c & d);
	return b ^ c ^ d;
}

static void compress(struct sha1 *s, const uint8_t *p)
{
	/* Section 4.2.1. */
	static const uint32_t k[4] = { 0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6 };
	uint32_t w[80], v[5];

	for (unsigned i = 0; i < 16; i++)
		w[i] = (uint32_t)p[4 * i] << 24 | (uint32_t)p[4 * i + 1] << 16 |
		       (uint32_t)p[4 * i + 2] << 8 | p[4 * i + 3];
	for (unsigned i = 16; i < 80; i++)
		w[i] = rol(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
	memcpy(v, s->h, sizeof(v));
	for (unsigned i = 0; i < 80; i++) {
		uint32_t t = rol(v[0], 5) + mix(i / 20, v[1], v[2], v[3]) + v[4] + k[i / 20] + w[i];

		v[4] = v[3];
		v[3] = v[2];
		v[2] = rol(v[1], 30);
		v[1] = v[0];
		v[0] = t;
	}
	for (unsigned i = 0; i < 5; i++)
		s->h[i] += v[i];
}

void sha1_start(struct sha1 *s)
{
	/* Section 5.3.1. */
	static const uint32_t start[5] = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476,
					   0xc3d2e1f0 };

	memcpy(s->h, start, sizeof(start));
	s->bytes = 0;
}

void sha1_add(struct sha1 *s, const void *data, size_t len)
{
	const uint8_t *p = data;

	while (len > 0) {
		size_t at = s->bytes % 64;
		size_t n = 64 - at < len ? 64 - at : len;

		memcpy(s->block + at, p, n);
		s->bytes += n;
		p += n;
		len -= n;
		if (s->bytes % 64 == 0)
			compress(s, s->block);
	}
}

void sha1_end(struct sha1 *s, uint8_t digest[SHA1_SIZE])
{
	uint64_t bits = s->bytes * 8;
	uint8_t length[8];

	sha1_add(s, "\x80", 1);
	while (s->bytes % 64 != 56)
		sha1_add(s, "", 1);
	for (unsigned i = 0; i < 8; i++)
		length[i] = (uint8_t)(bits >> (56 - 8 * i));
	sha1_add(s, length, sizeof(length));
	for (unsigned i = 0; i < SHA1_SIZE; i++)
		digest[i] = (uint8_t)(s->h[i / 4] >> (24 - 8 * (i % 4)));
}

void sha1_hex(const uint8_t digest[SHA1_SIZE], char hex[SHA1_HEX_SIZE])
{
	static const char digits[] = "0123456789abcdef";

	for (unsigned i = 0; i < SHA1_SIZE; i++) {
		hex[2 * i] = digits[digest[i] >> 4];
		hex[2 * i + 1] = digits[digest[i] & 15];
	}
	hex[2 * SHA1_SIZE] = '\0';
}
