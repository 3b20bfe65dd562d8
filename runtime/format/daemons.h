/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The daemons table: what bulkhead-supervise starts, in this order (after/before are resolved by
 * the builder into a sorted order, and kept as references for readiness).
 *
 * Bytes: struct daemons_header, rows_count struct daemons_row, after_count struct daemons_after,
 * needs_count struct daemons_need, then the strings; rules of plan.h.
 */
#ifndef FORMAT_DAEMONS_H
#define FORMAT_DAEMONS_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"

#define DAEMONS_MAGIC	 "BHDAEM\0"
#define DAEMONS_VERSION	 4u
#define DAEMONS_SIZE_MAX (1024u * 1024u)

/* Most daemons of one image, and most pairs. */
#define DAEMONS_COUNT_MAX 1024u

enum daemons_kind { DAEMONS_SIMPLE = 1, DAEMONS_ONESHOT, DAEMONS_FORKING, DAEMONS_NOTIFY };

/* How a run ends, a bit each. */
enum daemons_end {
	DAEMONS_END_CLEAN = 1 << 0,
	DAEMONS_END_STATUS = 1 << 1,
	DAEMONS_END_SIGNAL = 1 << 2,
	DAEMONS_END_TIMEOUT = 1 << 3,
};

/* The ends that are followed by a new start: the table of systemd.service(5) under Restart=. */
enum daemons_restart {
	DAEMONS_RESTART_NEVER = 0,
	DAEMONS_RESTART_ON_SUCCESS = DAEMONS_END_CLEAN,
	DAEMONS_RESTART_ON_FAILURE = DAEMONS_END_STATUS | DAEMONS_END_SIGNAL | DAEMONS_END_TIMEOUT,
	DAEMONS_RESTART_ON_ABNORMAL = DAEMONS_END_SIGNAL | DAEMONS_END_TIMEOUT,
	DAEMONS_RESTART_ON_ABORT = DAEMONS_END_SIGNAL,
	DAEMONS_RESTART_ALWAYS = DAEMONS_RESTART_ON_SUCCESS | DAEMONS_RESTART_ON_FAILURE,
};

struct daemons_row {
	uint32_t label;
	uint32_t kind;
	uint32_t restart; /* enum daemons_end mask */
	uint32_t restart_delay_ms;
	uint32_t start_timeout_ms;
	uint32_t stop_timeout_ms;
	uint32_t stop_signal;
};

/* Rows by number: the first starts when the other is ready, or has ended. */
struct daemons_after {
	uint32_t row;
	uint32_t after; /* smaller */
};

#define DAEMONS_WAIT_MAX 3600000u

/* Hardware that a row waits for: there while PLAN_SLOTS_THERE has a file of the tag's name. */
struct daemons_need {
	uint32_t tag;  /* of plan.h's slots */
	uint32_t slot; /* its name, for messages */
	uint32_t row;
	uint32_t wait_ms; /* no longer, and at the first start only; 0: it is required */
};

struct daemons_header {
	char magic[8];
	uint32_t version;
	uint32_t size;
	uint32_t rows_offset;
	uint32_t rows_count;
	uint32_t after_offset;
	uint32_t after_count;
	uint32_t needs_offset;
	uint32_t needs_count;
	uint32_t strings_offset;
	uint32_t strings_size;
};

_Static_assert(sizeof(struct daemons_header) == 48, "daemons header layout");

struct daemons {
	const struct daemons_header *header;
	const struct daemons_row *rows;
	const struct daemons_after *after;
	const struct daemons_need *needs;
	const char *strings;
};

/*
 * Checks the whole file, buf 8-byte aligned: layout, references, enums, ranges, labels valid and
 * unique, every row after earlier rows only, needs of rows that are there.
 */
int daemons_read(const void *buf, size_t size, struct daemons *d, struct err *e) BASE_WARN_UNUSED;

/* Text of a string reference of an accepted table. */
static inline const char *daemons_text(const struct daemons *d, uint32_t ref)
{
	return d->strings + ref;
}

#endif
