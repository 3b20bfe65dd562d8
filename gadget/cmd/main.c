/* SPDX-License-Identifier: Apache-2.0 */
/* bulkhead: checks metadata, builds images, boots them. */
#include <stdio.h>

#include "cmd.h"
#include "str.h"

#define VERSION "0.1"

static enum cmd_status usage(const char *text)
{
	fprintf(stderr, "bulkhead: %s. Try 'bulkhead --help'\n", text);
	return CMD_USAGE;
}

static const struct cmd_command *find(const char *name)
{
	for (size_t i = 0; i < cmd_command_count; i++)
		if (str_eq(cmd_commands[i].name, name))
			return &cmd_commands[i];
	return NULL;
}

static enum cmd_status run(const struct cmd_command *c, char **argv)
{
	CLEANUP_ARENA struct mem_arena a = { 0 };
	struct cmd_args args = { 0 };
	struct err e = { 0 };

	if (cmd_parse(&a, argv, c ? c->options : 0, &args, &e))
		return usage(e.text);
	if (args.version) {
		puts("bulkhead " VERSION);
		return CMD_DONE;
	}
	if (args.help) {
		cmd_help(c);
		return CMD_DONE;
	}
	if (!c)
		return usage("cannot run: no command");
	if (args.count < c->least)
		return usage("cannot run: an operand is missing");
	if (args.count > c->most)
		return usage("cannot run: too many operands");
	return c->run(&a, &args);
}

/* A command whose output went nowhere has not done its work. */
static enum cmd_status flush(enum cmd_status status)
{
	if ((fflush(stdout) || ferror(stdout)) && status == CMD_DONE) {
		fputs("bulkhead: cannot write to standard output\n", stderr);
		return CMD_ENVIRONMENT;
	}
	return status;
}

int main(int argc, char **argv)
{
	const struct cmd_command *c;

	if (argc < 2)
		return usage("cannot run: no command");
	if (argv[1][0] == '-')
		return flush(run(NULL, argv + 1));
	c = find(argv[1]);
	if (!c)
		return usage("cannot run: no such command");
	return flush(run(c, argv + 2));
}
