/* SPDX-License-Identifier: Apache-2.0 */
/* A plan that was built: read, refused, and damaged. */
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

/* Takes p. Its bytes, which plan is read from and points into: free(). */
static inline void *plan_accepted(struct build_plan *p, struct plan *plan)
{
	size_t size;
	void *bytes = build_plan_end(p, &size);
	struct err e = { 0 };

	if (plan_read(bytes, size, plan, &e))
		fail_msg("%s", e.text);
	return bytes;
}

/* Takes p, which is refused with these words. */
static inline void plan_refused(struct build_plan *p, const char *expected)
{
	size_t size;
	CLEANUP_FREE void *bytes = build_plan_end(p, &size);
	struct err e = { 0 };
	struct plan plan;

	assert_int_equal(plan_read(bytes, size, &plan, &e), -1);
	assert_string_equal(e.text, expected);
	assert_int_equal(e.kind, ERR_INPUT);
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
