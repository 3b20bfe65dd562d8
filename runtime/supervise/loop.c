/* SPDX-License-Identifier: Apache-2.0 */
#include "loop.h"

#include <limits.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>

#include "process.h"
#include "signals.h"
#include "sys.h"

static uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

/* The kernel joins equal signals: every child that has ended is asked for each time. */
static void take_signals(int fd, struct supervise *s)
{
	struct signalfd_siginfo info;
	bool stop = false;
	int status;
	pid_t pid;

	while (read(fd, &info, sizeof(info)) == (ssize_t)sizeof(info))
		stop |= info.ssi_signo != SIGCHLD;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		supervise_exited(s, pid, status, now_ms());
	if (stop && !s->stopping)
		supervise_stop(s, now_ms());
}

static int timeout_of(const struct supervise *s)
{
	uint64_t now = now_ms();
	uint64_t due = supervise_due(s, now);

	if (due == UINT64_MAX)
		return -1;
	due = due > now ? due - now : 0;
	return due > INT_MAX ? INT_MAX : (int)due;
}

static int watch(struct supervise *s, struct processes *p, int signal_fd, struct err *e)
{
	size_t n = 2 + p->count;
	CLEANUP_FREE struct pollfd *fds = mem_must(calloc(n, sizeof(*fds)));
	char events[4096];

	fds[0] = (struct pollfd){ .fd = signal_fd, .events = POLLIN };
	for (size_t i = 0; i < p->count; i++)
		fds[1 + i] = (struct pollfd){ .fd = p->items[i].out_read, .events = POLLIN };
	fds[n - 1] = (struct pollfd){ .fd = p->watch_fd, .events = POLLIN };
	for (;;) {
		supervise_tick(s, now_ms());
		/* Asked after the tick: with everything ended, nothing would wake poll any more. */
		if (s->stopping && supervise_finished(s))
			return 0;
		if (poll(fds, n, timeout_of(s)) < 0 && errno != EINTR)
			return err_sys(e, "cannot wait for daemons");
		for (size_t i = 0; i < p->count; i++)
			if (fds[1 + i].revents & POLLIN)
				process_output(&p->items[i]);
		/* What changed is not asked: how things are then is. */
		while (read(p->watch_fd, events, sizeof(events)) > 0)
			;
		take_signals(signal_fd, s);
	}
}

int loop_run(const struct daemons *table, struct err *e)
{
	CLEANUP_FREE struct daemon *daemons =
		mem_must(calloc(table->header->rows_count + 1, sizeof(*daemons)));
	CLEANUP_FD int signal_fd =
		sys_signals_open((const int[]){ SIGCHLD, SIGTERM, SIGINT, 0 }, e);
	struct processes p;
	struct supervise s = { .processes = &p };

	if (signal_fd < 0)
		return -1;
	/* What forking daemons leave behind becomes our child, so that its end is told to us. */
	if (sys_prctl(PR_SET_CHILD_SUBREAPER, 1, 0))
		return err_sys(e, "cannot become subreaper");
	if (processes_open(&p, table, e) || supervise_begin(&s, table, daemons, now_ms(), e))
		return -1;
	return watch(&s, &p, signal_fd, e);
}
