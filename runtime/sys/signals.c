/* SPDX-License-Identifier: Apache-2.0 */
#include "signals.h"

#include <sys/signalfd.h>

#include "sys.h"

int sys_signals_open(const int *signals, struct err *e)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	for (; *signals; signals++)
		sigaddset(&set, *signals);
	if (sys_sigprocmask(SIG_BLOCK, &set))
		return err_sys(e, "cannot block signals");
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? err_sys(e, "cannot wait for signals") : fd;
}
