/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP GET over loopback. */
#ifndef RIG_FETCH_H
#define RIG_FETCH_H

#include <stdint.h>

#include "err.h"
#include "str.h"

#define FETCH_SIZE_MAX (4u * 1024u * 1024u)

struct fetch_request {
	unsigned port; /* of 127.0.0.1 */
	const char *path;
	int64_t deadline;
};

/*
 * Asks again until there is an answer or the time is over: QEMU accepts a connection before the
 * guest listens, and drops it. Appends the body.
 */
int fetch_get(const struct fetch_request *request, int *status, struct str *body,
	      struct err *e) BASE_WARN_UNUSED;

/* Takes an answer apart; -1 when it is none. Pure. */
int fetch_parse(const struct str *answer, int *status, struct str *body) BASE_WARN_UNUSED;

#endif
