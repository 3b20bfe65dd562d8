/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Offline verifier of AppArmor policy binaries as apparmor_parser 3.0 writes them and
 * security/apparmor/policy_unpack.c and match.c of Linux 6.1 read them. The kernel trusted such
 * blobs too far in the past (CVE-2026-23407, -23409, -23269: default-table bound, endless
 * differential encoding, start state), so nothing reaches it that this code has not walked.
 */
#ifndef FORMAT_AAPOLICY_H
#define FORMAT_AAPOLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

#define AAPOLICY_SIZE_MAX     (64u * 1024u * 1024u)
#define AAPOLICY_PROFILES_MAX 1024u

/* One profile found in a set. Names point into the buffer and are NUL-terminated there. */
struct aapolicy_profile {
	const char *name;
	bool complain;
	/*
	 * What the kernel hashes for policy/profiles/NAME/sha1: the version word as 4 bytes
	 * little-endian (version), then bytes start..start+size of the buffer.
	 */
	uint32_t version;
	size_t start;
	size_t size;
};

struct aapolicy {
	struct aapolicy_profile profiles[AAPOLICY_PROFILES_MAX];
	uint32_t count;
};

/*
 * Walks a set of one or more concatenated profiles whole: type codes and bounds of every field,
 * name and length of every string, version 5 to 8, no namespace, no duplicate name, DFA tables
 * (required tables, sizes, base + 256 within next/check, default and next within the states,
 * differential-encoding chains that end, start states inside), no way out of the profile, trailing
 * bytes. What our builder has no use for is refused: attachments, resource limits, transitions. The
 * message names profile, field and byte offset. buf is borrowed.
 */
int aapolicy_verify(const void *buf, size_t size, struct aapolicy *out,
		    struct err *e) BASE_WARN_UNUSED;

#endif
