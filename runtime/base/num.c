/* SPDX-License-Identifier: Apache-2.0 */
#include "num.h"

#include <inttypes.h>
#include <stdbool.h>

static bool parse_digits(const char *text, unsigned base, uint64_t *out)
{
	uint64_t value = 0;

	if (!*text)
		return false;
	for (; *text; text++) {
		bool letter = *text > '9';
		/* What lies below either row wraps around, to more than any base. */
		unsigned digit = letter ? (unsigned)(*text | 0x20) - 'a' : (unsigned)*text - '0';

		if (digit >= (letter ? base - 10 : 10) ||
		    __builtin_mul_overflow(value, base, &value) ||
		    __builtin_add_overflow(value, digit + (letter ? 10 : 0), &value))
			return false;
	}
	*out = value;
	return true;
}

int num_parse_base(const char *text, unsigned base, struct num_range r, uint64_t *out,
		   struct err *e)
{
	uint64_t value;

	if ((base == 10 && text[0] == '0' && text[1]) || !parse_digits(text, base, &value))
		return err_input(e, "cannot parse number \"%.64s\": expected %s digits only", text,
				 base == 10 ? "decimal" : "hexadecimal");
	if (value < r.min || value > r.max)
		return err_input(e, "cannot use number %.64s: expected %" PRIu64 " to %" PRIu64,
				 text, r.min, r.max);
	*out = value;
	return 0;
}
