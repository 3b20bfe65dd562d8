/* SPDX-License-Identifier: Apache-2.0 */
#include "duration.h"

#include <stdint.h>
#include <string.h>

#include "mem.h"
#include "str.h"

#define DAY_NS (UINT64_C(86400) * 1000000000)

static const struct {
	const char *name;
	uint64_t ns;
} units[] = {
	{ "ns", 1 },
	{ "us", 1000 },
	{ "ms", 1000000 },
	{ "s", 1000000000 },
	{ "m", UINT64_C(60) * 1000000000 },
	{ "h", UINT64_C(3600) * 1000000000 },
};

/* The unit at p that the longest name fits: "ms" before "m". */
static uint64_t read_unit(const char **p)
{
	uint64_t ns = 0;
	size_t longest = 0;

	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		size_t len = strlen(units[i].name);

		if (len <= longest || !str_starts(*p, units[i].name))
			continue;
		longest = len;
		ns = units[i].ns;
	}
	*p += longest;
	return ns;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* One number with its unit. */
static int read_part(const char **p, uint64_t *ns)
{
	uint64_t whole = 0;
	uint64_t fraction = 0;
	uint64_t scale = 1;
	uint64_t unit;

	if (!is_digit(**p))
		return -1;
	for (; is_digit(**p); (*p)++) {
		whole = whole * 10 + (uint64_t)(**p - '0');
		if (whole > DAY_NS)
			return -1;
	}
	if (**p == '.')
		(*p)++;
	for (; is_digit(**p); (*p)++) {
		if (scale >= 1000000)
			continue;
		fraction = fraction * 10 + (uint64_t)(**p - '0');
		scale *= 10;
	}
	unit = read_unit(p);
	if (!unit || whole > DAY_NS / unit)
		return -1;
	*ns += whole * unit + fraction * unit / scale;
	return *ns > DAY_NS ? -1 : 0;
}

int model_duration_parse(const char *text, unsigned *ms)
{
	uint64_t ns = 0;

	if (!str_eq(text, "0")) {
		do {
			if (read_part(&text, &ns))
				return -1;
		} while (*text);
	}
	*ms = (unsigned)(ns / 1000000);
	return 0;
}
