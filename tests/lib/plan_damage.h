/* SPDX-License-Identifier: Apache-2.0 */
/* A plan that was built, whole and then damaged. */
#ifndef TESTS_PLAN_DAMAGE_H
#define TESTS_PLAN_DAMAGE_H

#include "build.h"
#include "cleanup.h"
#include "sweep.h"

static inline int read_plan(const void *buf, size_t size)
{
	struct plan plan;
	struct err e = { 0 };

	return plan_read(buf, size, &plan, &e);
}

/* Takes p. Every length but its own is refused, and at most half of what other bits and bytes make
 * of it read. */
static inline void damage_plan(struct build_plan *p)
{
	size_t size;
	CLEANUP_FREE void *bytes = build_plan_end(p, &size);

	assert_int_equal(sweep_lengths(read_plan, bytes, size), 0);
	/* Some bits carry values of which many are good; most carry structure. */
	assert_in_range(sweep_bits(read_plan, bytes, size), 1, 8 * size / 2);
	assert_in_range(sweep_bytes(read_plan, bytes, size), 1, 2 * size / 2);
}

#endif
