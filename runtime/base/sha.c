/* SPDX-License-Identifier: Apache-2.0 */
/* Both hashes cut their input into blocks and end it alike; SHA-1 uses five of the eight words. */
#include "sha256.h"

#include <string.h>

#include "sha1.h"

typedef void compress_block(uint32_t h[8], const uint8_t *p);

static uint32_t ror(uint32_t x, unsigned n)
{
	return x >> n | x << (32 - n);
}

static void load(uint32_t w[16], const uint8_t *p)
{
	for (unsigned i = 0; i < 16; i++)
		w[i] = (uint32_t)p[4 * i] << 24 | (uint32_t)p[4 * i + 1] << 16 |
		       (uint32_t)p[4 * i + 2] << 8 | p[4 * i + 3];
}

static void add(struct sha256 *s, compress_block *compress, const void *data, size_t len)
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
			compress(s->h, s->block);
	}
}

static void end(struct sha256 *s, compress_block *compress, uint8_t *digest, unsigned size)
{
	uint64_t bits = s->bytes * 8;
	uint8_t length[8];

	add(s, compress, "\x80", 1);
	while (s->bytes % 64 != 56)
		add(s, compress, "", 1);
	for (unsigned i = 0; i < 8; i++)
		length[i] = (uint8_t)(bits >> (56 - 8 * i));
	add(s, compress, length, sizeof(length));
	for (unsigned i = 0; i < size; i++)
		digest[i] = (uint8_t)(s->h[i / 4] >> (24 - 8 * (i % 4)));
}

static void to_hex(const uint8_t *digest, unsigned size, char *hex)
{
	static const char digits[] = "0123456789abcdef";

	for (unsigned i = 0; i < size; i++) {
		hex[2 * i] = digits[digest[i] >> 4];
		hex[2 * i + 1] = digits[digest[i] & 15];
	}
	hex[2 * size] = '\0';
}

/* --- SHA-256 ------------------------------------------------------------------------------- */

/* FIPS 180-4 section 4.2.2: fractional parts of the cube roots of the first 64 primes. */
static const uint32_t k[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4,
	0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe,
	0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f,
	0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7,
	0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc,
	0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
	0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116,
	0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
	0xc67178f2,
};

/* Word n of the eight in round i: the words stay where they are, their names move on. */
#define V(n) v[((n)-i) % 8]

static void compress256(uint32_t h[8], const uint8_t *p)
{
	uint32_t w[64], v[8];

	load(w, p);
	for (unsigned i = 16; i < 64; i++)
		w[i] = w[i - 16] + w[i - 7] +
		       (ror(w[i - 15], 7) ^ ror(w[i - 15], 18) ^ w[i - 15] >> 3) +
		       (ror(w[i - 2], 17) ^ ror(w[i - 2], 19) ^ w[i - 2] >> 10);
	memcpy(v, h, sizeof(v));
	/* Unrolled by as many rounds as there are words, v lives in registers. */
#pragma GCC unroll 8
	for (unsigned i = 0; i < 64; i++) {
		uint32_t t1 = V(7) + (ror(V(4), 6) ^ ror(V(4), 11) ^ ror(V(4), 25)) +
			      ((V(4) & V(5)) ^ (~V(4) & V(6))) + k[i] + w[i];

		V(3) += t1;
		V(7) = t1 + (ror(V(0), 2) ^ ror(V(0), 13) ^ ror(V(0), 22)) +
		       ((V(0) & V(1)) ^ (V(0) & V(2)) ^ (V(1) & V(2)));
	}
	for (unsigned i = 0; i < 8; i++)
		h[i] += v[i];
}

void sha256_start(struct sha256 *s)
{
	/* Section 5.3.3: fractional parts of the square roots of the first eight primes. */
	static const uint32_t start[8] = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
					   0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19 };

	memcpy(s->h, start, sizeof(start));
	s->bytes = 0;
}

void sha256_add(struct sha256 *s, const void *data, size_t len)
{
	add(s, compress256, data, len);
}

void sha256_end(struct sha256 *s, uint8_t digest[SHA256_SIZE])
{
	end(s, compress256, digest, SHA256_SIZE);
}

void sha256_of(const void *data, size_t len, uint8_t digest[SHA256_SIZE])
{
	struct sha256 s;

	sha256_start(&s);
	sha256_add(&s, data, len);
	sha256_end(&s, digest);
}

void sha256_hex(const uint8_t digest[SHA256_SIZE], char hex[SHA256_HEX_SIZE])
{
	to_hex(digest, SHA256_SIZE, hex);
}

/* --- SHA-1 --------------------------------------------------------------------------------- */

/* FIPS 180-4 section 4.1.1: the function of each quarter of the rounds. */
static uint32_t mix(unsigned quarter, uint32_t b, uint32_t c, uint32_t d)
{
	if (quarter == 0)
		return (b & c) | (~b & d);
	return quarter == 2 ? (b & c) | (b & d) | (c & d) : b ^ c ^ d;
}

static void compress1(uint32_t h[8], const uint8_t *p)
{
	/* Section 4.2.1. */
	static const uint32_t round[4] = { 0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6 };
	uint32_t w[80], v[5];

	load(w, p);
	for (unsigned i = 16; i < 80; i++)
		w[i] = ror(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 31);
	memcpy(v, h, sizeof(v));
	for (unsigned i = 0; i < 80; i++) {
		uint32_t t =
			ror(v[0], 27) + mix(i / 20, v[1], v[2], v[3]) + v[4] + round[i / 20] + w[i];

		v[4] = v[3];
		v[3] = v[2];
		v[2] = ror(v[1], 2);
		v[1] = v[0];
		v[0] = t;
	}
	for (unsigned i = 0; i < 5; i++)
		h[i] += v[i];
}

void sha1_of(const void *head, size_t head_size, const void *data, size_t size,
	     char hex[SHA1_HEX_SIZE])
{
	/* Section 5.3.1. */
	struct sha256 s = { .h = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0 } };
	uint8_t digest[SHA1_SIZE];

	add(&s, compress1, head, head_size);
	add(&s, compress1, data, size);
	end(&s, compress1, digest, SHA1_SIZE);
	to_hex(digest, SHA1_SIZE, hex);
}
