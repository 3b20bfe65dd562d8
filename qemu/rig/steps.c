/* SPDX-License-Identifier: Apache-2.0 */
#include "rig.h"

#include <stdio.h>
#include <sys/wait.h>

#include "clock.h"
#include "fetch.h"
#include "files.h"

/* Seconds of a step, for messages. */
static long long seconds(const struct scenario_step *step)
{
	return (long long)step->timeout_ms / 1000;
}

/* Why waiting ended without what was waited for. */
static int refuse_end(const struct rig *r, int got, const struct scenario_step *step, struct err *e)
{
	if (got == RIG_PUMP_ENDED && r->machine.ended && WIFEXITED(r->machine.end_status))
		return err_input(e, "the machine has ended with status %d",
				 WEXITSTATUS(r->machine.end_status));
	if (got == RIG_PUMP_ENDED)
		return err_input(e, "the machine is off");
	if (clock_left(r->deadline) == 0)
		return err_input(e, "the scenario's %lld s are over",
				 (long long)r->scenario->timeout_ms / 1000);
	return err_input(e, "not within %lld s", seconds(step));
}

/* Index of the first line that matches, from "from" on; waits for it as long as the step may. */
static long await_line(struct rig *r, const struct scenario_step *step, size_t from, struct err *e)
{
	regex_t re;
	bool open = false;
	int got = RIG_PUMP_DATA;
	long at;

	if (regcomp(&re, step->text, REG_EXTENDED | REG_NOSUB) != 0)
		return err_env(e, "cannot compile \"%s\"", step->text);
	r->scanned = from;
	while ((at = console_find(&r->console, &re, r->scanned, &open)) < 0 &&
	       got == RIG_PUMP_DATA) {
		r->scanned = r->console.count;
		got = rig_pump(r, r->until, e);
	}
	regfree(&re);
	if (at >= 0 || got < 0)
		return at;
	(void)refuse_end(r, got, step, e);
	return err_prefix(e, "cannot find a line \"%s\"", step->text);
}

static int step_wait(struct rig *r, const struct scenario_step *step, struct err *e)
{
	long at = await_line(r, step, r->mark, e);

	if (at < 0)
		return -1;
	r->mark = (size_t)at + 1;
	return 0;
}

static int step_seen(struct rig *r, const struct scenario_step *step, struct err *e)
{
	return await_line(r, step, r->boot, e) < 0 ? -1 : 0;
}

static int step_absent(struct rig *r, const struct scenario_step *step, struct err *e)
{
	regex_t re;
	bool open;
	int got;
	long at;

	do {
		got = rig_pump(r, r->until, e);
	} while (got == RIG_PUMP_DATA);
	if (got < 0)
		return -1;
	if (regcomp(&re, step->text, REG_EXTENDED | REG_NOSUB) != 0)
		return err_env(e, "cannot compile \"%s\"", step->text);
	at = console_find(&r->console, &re, r->boot, &open);
	regfree(&re);
	if (at >= 0)
		return err_input(e, "cannot pass absent \"%s\": the console says \"%.200s\"",
				 step->text, console_line(&r->console, (size_t)at));
	return 0;
}

/* Keeps the output, then holds it against what the step expects. */
static int judge(struct rig *r, const struct scenario_step *step, int status,
		 const struct str *output, struct err *e)
{
	CLEANUP_STR struct str path = { 0 };
	regex_t re;
	int rc;

	if (step->save) {
		str_printf(&path, "%s/%s", r->log_dir, step->save);
		if (fd_write_file(path.text, str_text(output), output->len, 0644, e) < 0)
			return -1;
	}
	if (step->status != SCENARIO_STATUS_ANY && status != step->status)
		return err_input(e, "cannot pass \"%.200s\": status %d, expected %d", step->title,
				 status, step->status);
	if (!step->expect)
		return 0;
	if (regcomp(&re, step->expect, REG_EXTENDED | REG_NOSUB | REG_NEWLINE) != 0)
		return err_env(e, "cannot compile \"%s\"", step->expect);
	rc = regexec(&re, str_text(output), 0, NULL, 0);
	regfree(&re);
	if (rc != 0)
		return err_input(e, "cannot pass \"%.200s\": no \"%s\" in \"%.200s\"", step->title,
				 step->expect, str_text(output));
	return 0;
}

static int step_run(struct rig *r, const struct scenario_step *step, struct err *e)
{
	CLEANUP_STR struct str output = { 0 };
	int status = 0;

	if (rig_run(r, step, &status, &output, e) < 0)
		return err_prefix(e, "cannot run \"%.200s\"", step->text);
	return judge(r, step, status, &output, e);
}

static int step_send(struct rig *r, const struct scenario_step *step, struct err *e)
{
	CLEANUP_STR struct str line = { 0 };

	str_printf(&line, "%s\n", step->text);
	return rig_type(r, line.text, e);
}

static int step_fetch(struct rig *r, const struct scenario_step *step, struct err *e)
{
	const struct fetch_request request = { .port = r->machine.host_port,
					       .path = step->text,
					       .deadline = r->until };
	CLEANUP_STR struct str body = { 0 };
	int status = 0;

	if (machine_check_ended(&r->machine))
		return err_input(e, "cannot fetch %s: the machine is off", step->text);
	if (fetch_get(&request, &status, &body, e) < 0)
		return -1;
	return judge(r, step, status, &body, e);
}

static int step_qmp(struct rig *r, const struct scenario_step *step, struct err *e)
{
	const struct qmp_request request = { .command = step->text, .arguments = step->arguments };
	CLEANUP_STR struct str answer = { 0 };

	if (qmp_call(&r->machine.qmp, &request, &answer, r->until, e) < 0)
		return -1;
	return judge(r, step, step->status, &answer, e);
}

static int step_plug(struct rig *r, const struct scenario_step *step, struct err *e)
{
	const struct qmp_request request = { .command = "device_add",
					     .arguments = step->arguments };

	return qmp_call(&r->machine.qmp, &request, NULL, r->until, e);
}

static int step_pull(struct rig *r, const struct scenario_step *step, struct err *e)
{
	CLEANUP_STR struct str arguments = { 0 };
	struct qmp_request request = { .command = "device_del",
				       .event = "DEVICE_DELETED",
				       .device = step->text };

	/* The scenario's reader let only names through. */
	str_printf(&arguments, "{\"id\": \"%s\"}", step->text);
	request.arguments = arguments.text;
	return qmp_call(&r->machine.qmp, &request, NULL, r->until, e);
}

static int step_power_cut(struct rig *r, const struct scenario_step *step, struct err *e)
{
	(void)step;
	if (machine_check_ended(&r->machine))
		return err_input(e, "cannot cut the power: the machine is off");
	machine_cut(&r->machine);
	return 0;
}

static int step_boot(struct rig *r, const struct scenario_step *step, struct err *e)
{
	(void)step;
	return rig_boot(r, e);
}

/* Until QEMU says that the guest has reset the machine; what it printed before is of this boot. */
static int await_reset(struct rig *r, const struct scenario_step *step, struct err *e)
{
	int reset = 0, got;

	while (reset == 0) {
		got = rig_pump(r, clock_ms() + 100, e);
		if (got < 0)
			return -1;
		if (got == RIG_PUMP_ENDED || clock_left(r->until) == 0) {
			(void)refuse_end(r, got, step, e);
			return err_prefix(e, "cannot pass %s", step->title);
		}
		reset = qmp_take_event(&r->machine.qmp, "RESET", e);
	}
	if (reset < 0)
		return -1;
	do {
		got = rig_pump(r, clock_ms(), e);
	} while (got == RIG_PUMP_DATA);
	return got < 0 ? -1 : 0;
}

static int step_reboot(struct rig *r, const struct scenario_step *step, struct err *e)
{
	if (machine_check_ended(&r->machine))
		return err_input(e, "cannot reboot: the machine is off");
	/* A reset that nobody waited for is none of this step's. */
	if (qmp_take_event(&r->machine.qmp, "RESET", e) < 0 || rig_type(r, "reboot\n", e) < 0 ||
	    await_reset(r, step, e) < 0)
		return -1;
	return rig_mark_boot(r, e);
}

/* Until the process has ended by itself, with status 0. */
static int step_off(struct rig *r, const struct scenario_step *step, struct err *e)
{
	int got;

	do {
		got = rig_pump(r, r->until, e);
	} while (got == RIG_PUMP_DATA);
	if (got < 0)
		return -1;
	if (got != RIG_PUMP_ENDED || !r->machine.ended) {
		(void)refuse_end(r, got, step, e);
		return err_prefix(e, "cannot pass %s", step->title);
	}
	machine_cut(&r->machine);
	if (!WIFEXITED(r->machine.end_status) || WEXITSTATUS(r->machine.end_status) != 0)
		return err_input(e, "cannot pass %s: QEMU ended with wait status 0x%x, see %s",
				 step->title, (unsigned)r->machine.end_status, r->machine.errors);
	return 0;
}

static int step_quit(struct rig *r, const struct scenario_step *step, struct err *e)
{
	const struct qmp_request request = { .command = "quit" };

	if (qmp_call(&r->machine.qmp, &request, NULL, r->until, e) < 0)
		return -1;
	return step_off(r, step, e);
}

static int (*const actions[])(struct rig *r, const struct scenario_step *step, struct err *e) = {
	[STEP_WAIT] = step_wait,     [STEP_SEEN] = step_seen,
	[STEP_ABSENT] = step_absent, [STEP_RUN] = step_run,
	[STEP_SEND] = step_send,     [STEP_FETCH] = step_fetch,
	[STEP_QMP] = step_qmp,	     [STEP_PLUG] = step_plug,
	[STEP_PULL] = step_pull,     [STEP_POWER_CUT] = step_power_cut,
	[STEP_BOOT] = step_boot,     [STEP_REBOOT] = step_reboot,
	[STEP_ACCESS] = rig_access,  [STEP_OFF] = step_off,
	[STEP_QUIT] = step_quit,
};

int rig_step(struct rig *r, const struct scenario_step *step, struct err *e)
{
	r->until = clock_ms() + step->timeout_ms;
	if (r->until > r->deadline)
		r->until = r->deadline;
	return actions[step->kind](r, step, e);
}
