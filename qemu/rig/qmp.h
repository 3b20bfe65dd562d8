/* SPDX-License-Identifier: Apache-2.0 */
/* QEMU's machine protocol (docs/interop/qmp-spec.txt of QEMU): commands and their answers. */
#ifndef RIG_QMP_H
#define RIG_QMP_H

#include <stdint.h>

#include "err.h"
#include "str.h"

struct qmp {
	int fd;		/* -1: none */
	struct str buf; /* bytes of lines not taken yet */
};

struct qmp_request {
	const char *command;
	const char *arguments; /* JSON object, or NULL */
	/* Also wait for this event about this device; it may come before the answer. Or NULL. */
	const char *event;
	const char *device;
};

/* Takes the greeting and leaves the negotiation. Takes fd. */
int qmp_open(struct qmp *q, int fd, int64_t deadline, struct err *e) BASE_WARN_UNUSED;

/*
 * Sends one command and waits for its answer, which is appended to answer (may be NULL) as JSON.
 * QEMU's own refusal is an ERR_INPUT with its words.
 */
int qmp_call(struct qmp *q, const struct qmp_request *request, struct str *answer, int64_t deadline,
	     struct err *e) BASE_WARN_UNUSED;

/*
 * 1 when an event of that name is among those that have come and were not taken yet, which are
 * taken by this; 0 when not, -1 when QEMU has ended. Does not wait.
 */
int qmp_take_event(struct qmp *q, const char *event, struct err *e) BASE_WARN_UNUSED;

void qmp_close(struct qmp *q);

#endif
