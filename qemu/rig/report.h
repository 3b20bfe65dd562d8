/* SPDX-License-Identifier: Apache-2.0 */
/* Results as TAP (version 13) and JUnit. */
#ifndef RIG_REPORT_H
#define RIG_REPORT_H

#include <stdio.h>

#include "err.h"
#include "scenario.h"

enum outcome { OUTCOME_PASSED, OUTCOME_FAILED, OUTCOME_SKIPPED };

struct report_row {
	enum outcome outcome;
	int64_t ms;
	const char *reason; /* OUTCOME_FAILED; borrowed */
};

/* The plan; then each step as it ends, so that a reader sees where it is. */
void report_tap_start(FILE *f, const struct scenario *s);
void report_tap_step(FILE *f, const struct scenario *s, size_t i, const struct report_row *row);

/* One test suite; rows has as many elements as the scenario has steps. */
int report_junit(const char *path, const struct scenario *s, const struct report_row *rows,
		 struct err *e) BASE_WARN_UNUSED;

#endif
