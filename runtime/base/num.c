/* SPDX-License-Identifier: Apache-2.0 */
#include "num.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

static bool parse_digits(const char *text, unsigned base, uint64_t *out)
{
	static const char digits[] = "0123456789abcdef";
	uint64_t value = 0;

	if (!*text)
		return false;
	for (; *text; text++) {
		const char *at = memchr(digits, tolower((unsigned char)*text), base);

		if (!at || __builtin_mul_overflow(value, base, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(at - digits), &value))
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
