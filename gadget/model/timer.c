/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The language of timers: event sets divided by ",,", each of days and times divided by ",". A day
 * is "mon", or "mon2" for the second of a month; days have spans "mon-fri". Times have spans with
 * "-", or "~" for some moment in it, and "/N" for so many in it.
 */
#include <string.h>

#include "app.h"
#include "mem.h"

#define DAY_LENGTH  3
#define WEEKS_MAX   5
#define MINUTES_MAX (24 * 60)
#define PARTS_MAX   10000

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* At most four digits. */
static bool read_number(const char **p, unsigned *out)
{
	const char *start = *p;

	for (*out = 0; is_digit(**p); (*p)++) {
		if (*p - start >= 4)
			return false;
		*out = *out * 10 + (unsigned)(**p - '0');
	}
	return *p > start;
}

/* "mon", "mon1" to "mon5"; *week is 0 for the former. */
static bool read_day(const char **p, unsigned *week)
{
	static const char *const days[] = { "sun", "mon", "tue", "wed", "thu", "fri", "sat" };
	bool found = false;

	for (size_t i = 0; i < ARRAY_SIZE(days) && !found; i++)
		found = strncmp(*p, days[i], DAY_LENGTH) == 0;
	if (!found)
		return false;
	*p += DAY_LENGTH;
	*week = 0;
	if (is_digit(**p))
		*week = (unsigned)(*(*p)++ - '0');
	return *week <= WEEKS_MAX && ((*p)[-1] != '0');
}

/* A span of weeks has one number, that of its first day. */
static bool read_days(const char **p)
{
	unsigned first, last;

	if (!read_day(p, &first))
		return false;
	if (**p != '-')
		return true;
	(*p)++;
	return read_day(p, &last) && (last == 0 || last == first);
}

static bool read_time(const char **p)
{
	const char *start = *p;
	unsigned hours, minutes;

	if (!read_number(p, &hours) || *p - start > 2 || **p != ':')
		return false;
	start = ++(*p);
	if (!read_number(p, &minutes) || *p - start != 2 || minutes > 59)
		return false;
	return hours * 60 + minutes <= MINUTES_MAX;
}

static bool read_times(const char **p)
{
	unsigned parts = 1;

	if (!read_time(p))
		return false;
	if (**p == '-' || **p == '~') {
		(*p)++;
		if (!read_time(p))
			return false;
	}
	if (**p != '/')
		return true;
	(*p)++;
	return read_number(p, &parts) && parts > 0 && parts < PARTS_MAX;
}

/* Days, then times. */
static bool read_set(const char **p)
{
	bool times = false;

	for (;;) {
		times = times || is_digit(**p);
		if (times ? !read_times(p) : !read_days(p))
			return false;
		if (**p != ',' || (*p)[1] == ',')
			return true;
		(*p)++;
	}
}

bool model_timer_is_schedule(const char *text)
{
	for (;;) {
		if (!read_set(&text))
			return false;
		if (!*text)
			return true;
		if (strncmp(text, ",,", 2) != 0)
			return false;
		text += 2;
	}
}
