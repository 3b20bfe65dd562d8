/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers from text: the whole text or nothing, in a stated range. */
#ifndef BASE_NUM_H
#define BASE_NUM_H

#include <stdint.h>

#include "err.h"

/*
 * Parses decimal digits only: no sign, blank, prefix or suffix, no leading zero but "0" itself.
 * Refuses what lies outside min..max. *out is set on success only.
 */
int num_parse(const char *text, uint64_t min, uint64_t max, uint64_t *out,
	      struct err *e) BASE_WARN_UNUSED;

/* As num_parse for hexadecimal digits of either case without prefix; leading zeros allowed. */
int num_parse_hex(const char *text, uint64_t min, uint64_t max, uint64_t *out,
		  struct err *e) BASE_WARN_UNUSED;

#endif
