/* SPDX-License-Identifier: Apache-2.0 */
#include "size.h"

#include <string.h>

#include "num.h"
#include "str.h"

int model_size_parse(const char *text, uint64_t *out)
{
	char digits[24];
	size_t len = strlen(text);
	unsigned shift = 0;
	uint64_t value;

	if (len && text[len - 1] == 'M')
		shift = 20;
	else if (len && text[len - 1] == 'G')
		shift = 30;
	len -= shift ? 1 : 0;
	if (len >= sizeof(digits))
		return -1;
	memcpy(digits, text, len);
	digits[len] = '\0';
	/* Most of the unit, so that the shift cannot overflow. */
	if (num_parse(digits, 0, SIZE_MOST >> shift, &value, NULL))
		return -1;
	*out = value << shift;
	return 0;
}

/* "K", "KB", "KiB", likewise for M, G and T, of either case; -1 when it is another. */
static int unit_shift(const char *text)
{
	static const char units[] = "KMGT";
	char upper = *text >= 'a' && *text <= 'z' ? (char)(*text - 'a' + 'A') : *text;
	const char *unit = upper ? strchr(units, upper) : NULL;
	const char *rest = text + 1;

	if (!*text)
		return 0;
	if (!unit)
		return -1;
	rest += *rest == 'i';
	rest += *rest == 'B' || *rest == 'b';
	return *rest ? -1 : 10 * (int)(unit - units + 1);
}

/* Digits at *text, at most 9 of them; *text is left behind them. -1 when there are none. */
static int64_t take_digits(const char **text, uint64_t *scale)
{
	int64_t value = 0;
	const char *start = *text;

	*scale = 1;
	while (**text >= '0' && **text <= '9' && *text - start < 9) {
		value = value * 10 + (**text - '0');
		*scale *= 10;
		(*text)++;
	}
	return *text == start ? -1 : value;
}

/* What was meant by "512K", "1.5G", "64MB": the number of bytes, or 0. */
static uint64_t guess(const char *text)
{
	uint64_t scale = 1;
	int64_t whole = take_digits(&text, &scale);
	int64_t part = 0;
	int shift, coarse;
	uint64_t unit;

	scale = 1;
	if (whole < 0)
		return 0;
	if (*text == '.') {
		text++;
		part = take_digits(&text, &scale);
	}
	shift = unit_shift(text);
	if (part < 0 || shift < 0 || (uint64_t)whole > SIZE_MOST >> shift)
		return 0;
	unit = UINT64_C(1) << shift;
	/* At most 9 digits: their product stays below 2^60. */
	coarse = shift > 30 ? 10 : 0;
	if (part && (shift == 0 || (uint64_t)part * (unit >> coarse) % scale))
		return 0;
	return ((uint64_t)whole << shift) + ((uint64_t)part * (unit >> coarse) / scale << coarse);
}

static int refuse(const struct reader *r, const struct meta_node *v, const char *key,
		  const char *text)
{
	uint64_t meant = guess(text);
	size_t digits = strspn(text, "0123456789");

	/* Well formed, so that only its value can be wrong. */
	if (*text > '0' && *text <= '9' &&
	    (str_eq(text + digits, "") || str_eq(text + digits, "M") || str_eq(text + digits, "G")))
		return meta_error(r->d, &v->loc, "cannot use %s \"%.64s\": more than %juG", key,
				  text, (uintmax_t)(SIZE_MOST >> 30));
	(void)meta_error(r->d, &v->loc,
			 "cannot use %s \"%.64s\": expected a number of bytes, or one with suffix "
			 "M or G",
			 key, text);
	if (meant && meant <= SIZE_MOST && meant % (UINT64_C(1) << 30) == 0)
		meta_hint(r->d, "write %juG", (uintmax_t)(meant >> 30));
	else if (meant && meant <= SIZE_MOST && meant % (UINT64_C(1) << 20) == 0)
		meta_hint(r->d, "write %juM", (uintmax_t)(meant >> 20));
	else if (meant && meant <= SIZE_MOST)
		meta_hint(r->d, "write %ju", (uintmax_t)meant);
	return -1;
}

int model_size_read(const struct reader *r, const struct meta_node *n, const char *key,
		    uint64_t *out, bool *has)
{
	const struct meta_node *v = meta_get(n, key);
	const char *text;

	if (!v)
		return 0;
	if (meta_text(v, key, &text, r->d))
		return -1;
	if (model_size_parse(text, out))
		return refuse(r, v, key, text);
	if (has)
		*has = true;
	return 0;
}
