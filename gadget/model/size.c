/* SPDX-License-Identifier: Apache-2.0 */
#include "size.h"

#include <string.h>

#include "num.h"

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
		return meta_error(r->d, &v->loc,
				  "cannot use %s \"%.64s\": expected a number of bytes, or one "
				  "with suffix M or G",
				  key, text);
	if (has)
		*has = true;
	return 0;
}
