/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers from text: the whole text or nothing, in a stated range. */
#ifndef BASE_NUM_H
#define BASE_NUM_H

#include <stdint.h>

#include "err.h"

struct num_range {
	uint64_t min;
	uint64_t max;
};

/* What the two below share: digits of that base, 10 or 16. */
int num_parse_base(const char *text, unsigned base, struct num_range r, uint64_t *out,
		   struct err *e) BASE_WARN_UNUSED;

/*
 * Parses decimal digits only: no sign, blank, prefix or suffix, no leading zero but "0" itself.
 * Refuses what lies outside min..max. *out is set on success only.
 */
static inline int num_parse(const char *text, uint64_t min, uint64_t max, uint64_t *out,
			    struct err *e)
{
	return num_parse_base(text, 10, (struct num_range){ min, max }, out, e);
}

/* As num_parse for hexadecimal digits of either case without prefix; leading zeros allowed. */
static inline int num_parse_hex(const char *text, uint64_t min, uint64_t max, uint64_t *out,
				struct err *e)
{
	return num_parse_base(text, 16, (struct num_range){ min, max }, out, e);
}

#endif
