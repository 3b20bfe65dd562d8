/* SPDX-License-Identifier: Apache-2.0 */
#include "supervise.h"

#include <signal.h>
#include <sys/wait.h>

#include "mem.h"

static const int clean_signals[] = { SIGHUP, SIGINT, SIGTERM, SIGPIPE };

enum outcome outcome_of(int wait_status, bool oneshot)
{
	if (WIFEXITED(wait_status))
		return WEXITSTATUS(wait_status) == 0 ? OUTCOME_CLEAN : OUTCOME_STATUS;
	for (size_t i = 0; i < ARRAY_SIZE(clean_signals) && !oneshot; i++)
		if (WTERMSIG(wait_status) == clean_signals[i])
			return OUTCOME_CLEAN;
	return OUTCOME_SIGNAL;
}

static const bool restarts[][OUTCOMES] = {
	/*				    clean  status signal timeout */
	[DAEMONS_RESTART_NEVER] = { false, false, false, false },
	[DAEMONS_RESTART_ON_SUCCESS] = { true, false, false, false },
	[DAEMONS_RESTART_ON_FAILURE] = { false, true, true, true },
	[DAEMONS_RESTART_ON_ABNORMAL] = { false, false, true, true },
	[DAEMONS_RESTART_ON_ABORT] = { false, false, true, false },
	[DAEMONS_RESTART_ALWAYS] = { true, true, true, true },
};

bool outcome_restarts(enum daemons_restart restart, enum outcome outcome)
{
	return restarts[restart][outcome];
}
