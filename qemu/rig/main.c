/* SPDX-License-Identifier: Apache-2.0 */
/* bulkhead-rig: boots an image in QEMU and drives it as a scenario says. */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>

#include "cleanup.h"
#include "clock.h"
#include "expand.h"
#include "report.h"
#include "rig.h"

#define LAST_LINES 20

struct options {
	const char *scenario;
	const char *log; /* NULL: rig-NAME */
	const char *tap; /* NULL: standard output */
	const char *junit;
	struct scenario_vars vars;
};

enum exit_status { EXIT_PASSED = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_ENVIRONMENT = 3 };

static const char usage[] = "usage: bulkhead-rig [--log DIR] [--tap FILE] [--junit FILE] "
			    "SCENARIO.yaml [NAME=VALUE]...\n";

static int parse_options(int argc, char **argv, struct options *o)
{
	static const struct option known[] = { { "log", required_argument, NULL, 'l' },
					       { "tap", required_argument, NULL, 't' },
					       { "junit", required_argument, NULL, 'j' },
					       { NULL, 0, NULL, 0 } };
	int c;

	while ((c = getopt_long(argc, argv, "+", known, NULL)) != -1) {
		if (c == 'l')
			o->log = optarg;
		else if (c == 't')
			o->tap = optarg;
		else if (c == 'j')
			o->junit = optarg;
		else
			return -1;
	}
	if (optind == argc)
		return -1;
	o->scenario = argv[optind];
	o->vars.items = (const char *const *)&argv[optind + 1];
	o->vars.count = (size_t)(argc - optind - 1);
	for (size_t i = 0; i < o->vars.count; i++)
		if (!expand_is_var(o->vars.items[i]))
			return -1;
	return 0;
}

/* The reason, where to look further, and the end of the console. */
static void print_failure(const struct rig *r, const struct scenario_step *step,
			  const struct err *e)
{
	size_t n = console_lines(&r->console);

	fprintf(stderr, "bulkhead-rig: %s:%u:%u: %s\n", step->loc.file, step->loc.line,
		step->loc.col, e->text);
	fprintf(stderr, "bulkhead-rig: console log: %s/console.log, the last lines:\n", r->log_dir);
	for (size_t i = n > LAST_LINES ? n - LAST_LINES : 0; i < n; i++)
		fprintf(stderr, "| %s\n", console_line(&r->console, i));
}

static int exit_of(const struct err *e)
{
	return e->kind == ERR_ENVIRONMENT ? EXIT_ENVIRONMENT : EXIT_FAILED;
}

/* Every step up to the first that fails; a row for each. */
static int run_steps(struct mem_arena *a, struct rig *r, struct report_row *rows, FILE *tap)
{
	const struct scenario *s = r->scenario;
	int status = EXIT_PASSED;

	report_tap_start(tap, s);
	for (size_t i = 0; i < s->count; i++) {
		int64_t start = clock_ms();
		struct err e = { 0 };

		rows[i].outcome = OUTCOME_SKIPPED;
		if (status == EXIT_PASSED) {
			rows[i].outcome = OUTCOME_PASSED;
			if (rig_step(r, &s->steps[i], &e) < 0) {
				rows[i].outcome = OUTCOME_FAILED;
				rows[i].reason = mem_strdup(a, e.text);
				print_failure(r, &s->steps[i], &e);
				status = exit_of(&e);
			}
		}
		rows[i].ms = clock_ms() - start;
		report_tap_step(tap, s, i, &rows[i]);
	}
	return status;
}

static int fail(const struct err *e)
{
	fprintf(stderr, "bulkhead-rig: %s\n", e->text);
	return exit_of(e);
}

static int run(struct mem_arena *a, const struct options *o, const struct scenario *s, FILE *tap)
{
	struct report_row *rows = mem_array(a, s->count, sizeof(*rows));
	const char *log = o->log ? o->log : mem_printf(a, "rig-%s", s->name);
	struct rig r = { 0 };
	struct err e = { 0 };
	sigset_t set;
	int status;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	r.signals = signalfd(-1, &set, SFD_CLOEXEC);
	if (rig_open(a, &r, s, log, &e) < 0) {
		rig_close(&r);
		return fail(&e);
	}
	status = run_steps(a, &r, rows, tap);
	rig_close(&r);
	if (o->junit && report_junit(o->junit, s, rows, &e) < 0)
		return fail(&e);
	return status;
}

int main(int argc, char **argv)
{
	CLEANUP_ARENA struct mem_arena a = { 0 };
	CLEANUP_FILE FILE *tap = NULL;
	struct options o = { 0 };
	struct meta_diag d = { 0 };
	struct scenario s;
	int rc;

	if (parse_options(argc, argv, &o) < 0) {
		fputs(usage, stderr);
		return EXIT_USAGE;
	}
	rc = scenario_load(&a, o.scenario, &o.vars, &s, &d);
	meta_print(&d);
	meta_diag_free(&d);
	if (rc < 0)
		return EXIT_FAILED;
	if (o.tap && !(tap = fopen(o.tap, "we"))) {
		fprintf(stderr, "bulkhead-rig: cannot open %s: %m\n", o.tap);
		return EXIT_ENVIRONMENT;
	}
	return run(&a, &o, &s, tap ? tap : stdout);
}
