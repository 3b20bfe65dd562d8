/* SPDX-License-Identifier: Apache-2.0 */
/* Signals as something to poll. */
#ifndef SYS_SIGNALS_H
#define SYS_SIGNALS_H

#include "err.h"

/* Blocks the signals, a list that ends with 0, and returns an owned signalfd of them, non-blocking.
 */
int sys_signals_open(const int *signals, struct err *e) BASE_WARN_UNUSED;

#endif
