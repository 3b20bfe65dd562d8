/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SUPERVISE_LOOP_H
#define SUPERVISE_LOOP_H

#include "daemons.h"
#include "err.h"

/* Starts the daemons of the table and watches over them until SIGTERM or SIGINT has ended all. */
int loop_run(const struct daemons *table, struct err *e) BASE_WARN_UNUSED;

#endif
