/* SPDX-License-Identifier: Apache-2.0 */
/* Points in time, in milliseconds of the monotonic clock. */
#ifndef RIG_CLOCK_H
#define RIG_CLOCK_H

#include <limits.h>
#include <stdint.h>
#include <time.h>

static inline int64_t clock_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* What poll(2) is to wait for until then: 0 when it is past. */
static inline int clock_left(int64_t deadline)
{
	int64_t left = deadline - clock_ms();

	return left <= 0 ? 0 : left > INT_MAX ? INT_MAX : (int)left;
}

#endif
