/* SPDX-License-Identifier: Apache-2.0 */
#include "supervise.h"

#include <signal.h>
#include <sys/wait.h>

static const int clean_signals[] = { SIGHUP, SIGINT, SIGTERM, SIGPIPE };

enum daemons_end outcome_of(int wait_status, bool oneshot)
{
	if (WIFEXITED(wait_status))
		return WEXITSTATUS(wait_status) == 0 ? DAEMONS_END_CLEAN : DAEMONS_END_STATUS;
	for (size_t i = 0; i < ARRAY_SIZE(clean_signals) && !oneshot; i++)
		if (WTERMSIG(wait_status) == clean_signals[i])
			return DAEMONS_END_CLEAN;
	return DAEMONS_END_SIGNAL;
}
