/* SPDX-License-Identifier: Apache-2.0 */

#include "launch.h"

static const char usage[] = "expected LABEL [--shell | --verify | --started] [-- ARGUMENT...]";

enum mode { START, VERIFY, STARTED };

/* Fills label and args; *mode says which of them it is. */
static int read_arguments(int argc, char *argv[], struct launch *l, enum mode *mode, struct err *e)
{
	size_t i = 1;

	l->step = (struct launch_step){ "arguments", "see bulkhead-run(8)" };
	if (argc < 2)
		return err_input(e, "cannot use these arguments: %s", usage);
	if (!label_valid(argv[i]))
		return err_input(e, "cannot use label \"%.200s\": expected snap.NAME.APP", argv[i]);
	l->label = argv[i++];
	if (argv[i])
		*mode = str_eq(argv[i], "--verify")    ? VERIFY
			: str_eq(argv[i], "--started") ? STARTED
						       : START;
	if (*mode != START && l->user)
		return err_env(e, "cannot use %s: only root can", argv[i]);
	l->shell = argv[i] && str_eq(argv[i], "--shell");
	i += *mode != START || l->shell;
	if (argv[i] && *mode == START && str_eq(argv[i], "--"))
		l->args = argv + i + 1;
	else if (argv[i])
		return err_input(e,
				 "cannot use argument \"%.200s\": expected --shell, --verify, "
				 "--started or --",
				 argv[i]);
	return 0;
}

int launch_main(int argc, char *argv[])
{
	struct launch l = LAUNCH_INIT;
	struct err e = { 0 };
	enum mode mode = START;
	int done;

	/* First of all: what a caller may not do, its arguments cannot change. */
	done = launch_privilege(&l, &e);
	if (done == 0)
		done = read_arguments(argc, argv, &l, &mode, &e);
	if (done == 0)
		done = mode == START ? launch_app(&l, environ, &e)
				     : launch_verify(&l, mode == STARTED, &e);
	if (done < 0) {
		(void)(GUARD(launch_dropped) && launch_drop(&l, 0));
		fprintf(stderr, "bulkhead-run: cannot %s %s: phase %s: %s; %s\n",
			mode == START ? "start" : "verify", l.label ? l.label : "an app",
			l.step.name, e.text, l.step.hint);
		done = l.status;
	} else if (mode == START) {
		done = l.status;
	}
	launch_release(&l);
	return done;
}
