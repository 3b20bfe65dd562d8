/* SPDX-License-Identifier: Apache-2.0 */
#include "rig.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "clock.h"
#include "fd.h"
#include "files.h"

#define BOOT_MS 20000

int rig_open(struct mem_arena *a, struct rig *r, const struct scenario *s, const char *log_dir,
	     struct err *e)
{
	const struct machine_options o = { .image = s->image,
					   .log_dir = log_dir,
					   .forward_host = s->forward_host,
					   .forward_guest = s->forward_guest };
	const char *log = mem_printf(a, "%s/console.log", log_dir);
	int signals = r->signals;

	*r = (struct rig){ .scenario = s,
			   .log_dir = log_dir,
			   .log = -1,
			   .signals = signals,
			   .machine = { .console = -1, .qmp.fd = -1 },
			   .deadline = clock_ms() + s->timeout_ms,
			   .until = clock_ms() + BOOT_MS };
	if (fd_mkdirs(log_dir, 0755, e) < 0)
		return -1;
	r->log = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (r->log < 0)
		return err_sys(e, "cannot open %s", log);
	if (machine_open(a, &r->machine, &o, e) < 0)
		return -1;
	return rig_boot(r, e);
}

void rig_close(struct rig *r)
{
	machine_close(&r->machine);
	console_free(&r->console);
	if (r->log >= 0)
		close(r->log);
	r->log = -1;
}

int rig_mark_boot(struct rig *r, struct err *e)
{
	CLEANUP_STR struct str line = { 0 };

	str_printf(&line, "%s=== boot %u ===\n", r->boots ? "\n" : "", r->boots + 1);
	r->boots++;
	if (fd_write_all(r->log, line.text, line.len, "console.log", e) < 0)
		return -1;
	console_feed(&r->console, line.text, line.len);
	r->boot = r->mark = r->scanned = console_lines(&r->console);
	r->shell = false;
	return 0;
}

int rig_boot(struct rig *r, struct err *e)
{
	return rig_mark_boot(r, e) < 0 ? -1 : machine_start(&r->machine, r->until, e);
}

static size_t minus(size_t a, size_t b)
{
	return a > b ? a - b : 0;
}

/* Bytes that are there now. 1 when there were some, 0 for none, -1 when the log cannot be written.
 */
static int take_bytes(struct rig *r, struct err *e)
{
	char buf[8192];
	ssize_t n = read(r->machine.console, buf, sizeof(buf));
	size_t dropped;

	if (n <= 0)
		return 0;
	if (fd_write_all(r->log, buf, (size_t)n, "console.log", e) < 0)
		return -1;
	dropped = console_feed(&r->console, buf, (size_t)n);
	r->boot = minus(r->boot, dropped);
	r->mark = minus(r->mark, dropped);
	r->scanned = minus(r->scanned, dropped);
	return 1;
}

int rig_pump(struct rig *r, int64_t deadline, struct err *e)
{
	struct pollfd p[2] = { { .fd = r->signals, .events = POLLIN },
			       { .fd = r->machine.console, .events = POLLIN } };
	struct signalfd_siginfo info;
	int got;

	if (deadline > r->until)
		deadline = r->until;
	if (r->machine.console < 0)
		return RIG_PUMP_ENDED;
	if (poll(p, 2, clock_left(deadline)) < 0 && errno != EINTR)
		return err_sys(e, "cannot wait for the console");
	if ((p[0].revents & POLLIN) && read(r->signals, &info, sizeof(info)) == sizeof(info))
		return err_env(e, "cannot go on: interrupted by signal %u", info.ssi_signo);
	got = p[1].revents ? take_bytes(r, e) : 0;
	if (got != 0)
		return got < 0 ? -1 : RIG_PUMP_DATA;
	if (!p[1].revents)
		return RIG_PUMP_TIMEOUT;
	/* Hung up, with nothing left to read: the process is ending or has ended. */
	while (!machine_check_ended(&r->machine) && clock_left(deadline) > 0)
		(void)poll(NULL, 0, 10);
	return RIG_PUMP_ENDED;
}

int rig_type(struct rig *r, const char *text, struct err *e)
{
	size_t len = strlen(text), done = 0;

	while (done < len) {
		ssize_t n;

		if (r->machine.console < 0)
			return err_input(e, "cannot type: the machine is off");
		n = write(r->machine.console, text + done, len - done);
		if (n > 0) {
			done += (size_t)n;
			continue;
		}
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return err_sys(e, "cannot type on the console");
		if (clock_left(r->until) == 0)
			return err_input(e, "cannot type: the console takes nothing");
		if (rig_pump(r, clock_ms() + 20, e) < 0)
			return -1;
	}
	return 0;
}
