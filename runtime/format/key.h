/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The KEY: which kernel the AppArmor binaries were compiled for. It holds the kernel's AppArmor
 * feature tree as it was at build (path and value of each file below
 * /sys/kernel/security/apparmor/features, sorted by path), the parser's version and arguments, so
 * that a mismatch can be named: "features/network_v8/af_mask differs".
 *
 * Bytes: struct key_header, count struct key_feature, then the strings; rules of plan.h.
 */
#ifndef FORMAT_KEY_H
#define FORMAT_KEY_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"

#define KEY_MAGIC    "BHAKEY\0"
#define KEY_VERSION  1u
#define KEY_SIZE_MAX (1024u * 1024u)

struct key_header {
	char magic[8];
	uint32_t version;
	uint32_t size;
	uint32_t parser; /* string: version and arguments of apparmor_parser */
	uint32_t kernel; /* string: SHA-256 of the kernel image, hexadecimal */
	uint32_t features_offset;
	uint32_t features_count;
	uint32_t strings_offset;
	uint32_t strings_size;
};

_Static_assert(sizeof(struct key_header) == 40, "key header layout");

struct key_feature {
	uint32_t path;	/* "network_v8/af_mask" */
	uint32_t value; /* file content without its trailing newline */
};

struct key {
	const struct key_header *header;
	const struct key_feature *features;
	const char *strings;
};

/*
 * Checks the whole file, buf 8-byte aligned: layout, references, features sorted by path (bytewise,
 * as strcmp(3) orders) and unique, at least one.
 */
int key_read(const void *buf, size_t size, struct key *k, struct err *e) BASE_WARN_UNUSED;

/* Text of a string reference of an accepted key. */
static inline const char *key_text(const struct key *k, uint32_t ref)
{
	return k->strings + ref;
}

#endif
