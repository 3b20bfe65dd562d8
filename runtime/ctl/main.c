/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>

#include "cleanup.h"
#include "ctl.h"
#include "fd.h"
#include "mem.h"

enum exit_status { EXIT_DONE = 0, EXIT_REFUSED = 1, EXIT_USAGE = 2, EXIT_ENVIRONMENT = 3 };

static const char help[] =
	"usage: bulkheadctl probe [--all]\n"
	"       bulkheadctl --help\n"
	"\n"
	"Commands:\n"
	"  probe   list the device nodes and draft slots of a gadget that find them\n"
	"\n"
	"Options:\n"
	"  --all   of probe: nodes that are no hardware, too\n"
	"  --help  this text\n";

/* Verbs of a later version. */
static const char *const later[] = {
	"connect",    "connections", "disconnect", "doctor",  "interface",
	"interfaces", "logs",	     "reload",	   "restart", "run",
	"scanlog",    "services",    "start",	   "status",  "stop",
};

static int probe(bool all, struct err *e)
{
	CLEANUP_FREE void *buf = NULL;
	CLEANUP_STR struct str out = { 0 };
	struct ctl_table table;
	size_t len;

	buf = fd_read_file(CTL_HARDWARE, HARDWARE_SIZE_MAX, &len, e);
	if (!buf && e->sys == ENOENT)
		return err_env(e, "cannot probe: there is no " CTL_HARDWARE
				  ", which an image built by bulkhead has");
	if (!buf || ctl_table_read(buf, len, &table, e) || ctl_probe(&table, all, &out, e))
		return -1;
	if (fputs(str_text(&out), stdout) < 0 || fflush(stdout))
		return err_sys(e, "cannot write");
	return 0;
}

static int usage(const struct err *e)
{
	fprintf(stderr, "bulkheadctl: %s. Try 'bulkheadctl --help'\n", e->text);
	return EXIT_USAGE;
}

static int refuse(const char *verb)
{
	CLEANUP_STR struct str shown = { 0 };
	struct err e = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(later); i++)
		if (str_eq(later[i], verb))
			err_input(&e, "cannot use %s: not in this version", verb);
	ctl_quote(verb, &shown);
	if (!e.kind)
		err_input(&e, "cannot use %.200s: expected probe", str_text(&shown));
	return usage(&e);
}

int main(int argc, char *argv[])
{
	struct err e = { 0 };
	bool all = argc == 3 && str_eq(argv[2], "--all");

	if (argc == 2 && str_eq(argv[1], "--help"))
		return fputs(help, stdout) < 0 || fflush(stdout) ? EXIT_ENVIRONMENT : EXIT_DONE;
	if (argc < 2) {
		err_input(&e, "cannot use no command: expected probe");
		return usage(&e);
	}
	if (!str_eq(argv[1], "probe"))
		return refuse(argv[1]);
	if (argc > 2 && !all) {
		err_input(&e, "cannot use these arguments: expected probe [--all]");
		return usage(&e);
	}
	if (probe(all, &e)) {
		fprintf(stderr, "bulkheadctl: %s\n", e.text);
		return e.kind == ERR_INPUT ? EXIT_REFUSED : EXIT_ENVIRONMENT;
	}
	return EXIT_DONE;
}
