/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "cmd.h"
#include "str.h"

/* One row an option; help and parser read the same table. */
static const struct option {
	unsigned sets; /* commands that have it; 0: all */
	char letter;   /* or 0 */
	const char *name;
	const char *arg; /* or NULL: a switch */
	bool list;	 /* may be there several times */
	size_t field;	 /* in struct cmd_args */
	const char *help;
} options[] = {
#define FIELD(name) offsetof(struct cmd_args, name)
	{ CMD_OPTION_BARE, 0, "snap", "FILE", true, FIELD(snaps),
	  "snap.yaml, folder of a snap, or .snap file" },
	{ CMD_OPTION_BARE, 0, "connect", "PLUG=SLOT", true, FIELD(connections),
	  "connect SNAP:PLUG to SNAP:SLOT or system:NAME" },
	{ CMD_OPTION_OUT, 'o', "out", "DIR", false, FIELD(out),
	  "write to DIR; build replaces what an earlier one wrote" },
	{ CMD_OPTION_FILTER, 'o', "out", "FILE", false, FIELD(out), "write the filter to FILE" },
	{ CMD_OPTION_FILTER, 0, "arch", "ARCH[+COMPAT]", false, FIELD(arch),
	  "compile for amd64, arm64, armhf, i386, arm64+armhf or amd64+i386" },
	{ CMD_OPTION_BUILD | CMD_OPTION_BOARD, 0, "board", "NAME|PATH", false, FIELD(board),
	  "build, or compile, for this board" },
	{ CMD_OPTION_BUILD, 0, "base", "PATH", false, FIELD(base),
	  "base root file system: folder or tar" },
	{ CMD_OPTION_BUILD, 0, "files", "DIR", false, FIELD(files),
	  "fetched kernel, firmware and programs" },
	{ CMD_OPTION_BUILD, 0, "features", "DIR", false, FIELD(features),
	  "what the kernel can mediate" },
	{ CMD_OPTION_BUILD, 0, "runtime", "DIR", false, FIELD(runtime), "programs for the device" },
	{ CMD_OPTION_DRY_RUN, 'n', "dry-run", NULL, false, FIELD(dry_run),
	  "print what would be written" },
	{ CMD_OPTION_DRY_RUN, 0, "pack-only", NULL, false, FIELD(pack_only),
	  "write the policy pack and its twins, no disk image; needs no fetched files" },
	{ CMD_OPTION_MODEL, 0, "model", "KIND", false, FIELD(kind),
	  "rules of gadgets: none, uc16-18, uc20plus, classic, classic-with-modes" },
	{ CMD_OPTION_JSON, 0, "json", NULL, false, FIELD(json),
	  "print what was understood as JSON" },
	{ CMD_OPTION_ATTRS, 0, "attrs", NULL, false, FIELD(attrs), "show attributes" },
	{ CMD_OPTION_DATA, 0, "data", "DIR", false, FIELD(data),
	  "boards, interfaces and templates" },
	{ 0, 'h', "help", NULL, false, FIELD(help), "print this help" },
	{ 0, 0, "version", NULL, false, FIELD(version), "print the version" },
#undef FIELD
};

const struct cmd_command cmd_commands[] = {
	{ "check", "FILE_OR_FOLDER...", 1, SIZE_MAX,
	  CMD_OPTION_DATA | CMD_OPTION_MODEL | CMD_OPTION_JSON,
	  "check metadata: image, board, gadget, snap and interface files", cmd_check },
	{ "build", "image.yaml", 1, 1,
	  CMD_OPTION_DATA | CMD_OPTION_BUILD | CMD_OPTION_OUT | CMD_OPTION_DRY_RUN,
	  "build the image, its policy pack and their readable twins", cmd_build },
	{ "boot", "OUT_DIR|image.yaml", 1, 1, CMD_OPTION_DATA | CMD_OPTION_BUILD | CMD_OPTION_OUT,
	  "run a built image in QEMU as its board says; build it first if need be", cmd_boot },
	{ "policy", "[FILE...]", 0, SIZE_MAX,
	  CMD_OPTION_DATA | CMD_OPTION_BARE | CMD_OPTION_BOARD | CMD_OPTION_OUT,
	  "write the policy of snaps as text, with the connections that are named", cmd_policy },
	{ "interfaces", "[image.yaml]", 0, 1, CMD_OPTION_DATA | CMD_OPTION_BOARD | CMD_OPTION_JSON,
	  "list slots, and the plugs of the image that are connected to them", cmd_interfaces },
	{ "connections", "image.yaml", 1, 1, CMD_OPTION_DATA | CMD_OPTION_BOARD | CMD_OPTION_JSON,
	  "list connections, and why each is there", cmd_connections },
	{ "interface", "[NAME]", 0, 1, CMD_OPTION_DATA | CMD_OPTION_ATTRS | CMD_OPTION_JSON,
	  "show one interface, or the summaries of all", cmd_interface },
	{ "seccomp", "compile LIST | sim FILTER ARCH SYSCALL [ARG...]", 1, SIZE_MAX,
	  CMD_OPTION_FILTER, "compile a list of system calls, ask what a filter answers",
	  cmd_seccomp },
};
const size_t cmd_command_count = ARRAY_SIZE(cmd_commands);

static bool applies(const struct option *o, unsigned set)
{
	return !o->sets || (o->sets & set);
}

static void set_field(struct mem_arena *a, struct cmd_args *args, const struct option *o,
		      const char *value)
{
	char *field = (char *)args + o->field;
	struct cmd_list list;

	if (o->list) {
		memcpy(&list, field, sizeof(list));
		list.items = mem_grow(a, list.items, list.count, &list.room, sizeof(*list.items));
		list.items[list.count++] = value;
		memcpy(field, &list, sizeof(list));
	} else if (o->arg)
		memcpy(field, &value, sizeof(value));
	else
		*(bool *)field = true;
}

/* "--NAME", "--NAME=VALUE", "-L" or "-LVALUE"; *value is what is joined to it, or NULL. */
static const struct option *find(const char *word, unsigned set, const char **value)
{
	bool is_long = word[1] == '-';
	const char *name = word + 2;
	size_t len = strcspn(name, "=");

	*value = NULL;
	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		const struct option *o = &options[i];

		if (!applies(o, set))
			continue;
		if (is_long && strlen(o->name) == len && strncmp(o->name, name, len) == 0) {
			*value = name[len] ? name + len + 1 : NULL;
			return o;
		}
		if (!is_long && word[1] && word[1] == o->letter) {
			*value = word[2] ? word + 2 : NULL;
			return o;
		}
	}
	return NULL;
}

/* Takes the option at *argv; *argv is left at the last word used. */
static int take(struct mem_arena *a, char ***argv, unsigned set, struct cmd_args *args,
		struct err *e)
{
	const char *word = **argv;
	const char *value;
	const struct option *o = find(word, set, &value);

	if (!o)
		return err_input(e, "cannot use option %.64s: unknown", word);
	if (!o->arg && value)
		return err_input(e, "cannot use option %.64s: it takes no value", word);
	if (o->arg && !value)
		value = *++*argv;
	if (o->arg && (!value || !*value))
		return err_input(e, "cannot use option --%s: it needs %s", o->name, o->arg);
	set_field(a, args, o, value);
	return 0;
}

int cmd_parse(struct mem_arena *a, char **argv, unsigned set, struct cmd_args *args, struct err *e)
{
	size_t room = 1;
	bool ended = false;

	while (argv[room - 1])
		room++;
	args->operands = mem_array(a, room, sizeof(*args->operands));
	for (; *argv; argv++) {
		if (!ended && str_eq(*argv, "--")) {
			ended = true;
			continue;
		}
		/* No option begins with a digit: -1 is an argument of a system call. */
		if (ended || **argv != '-' || !(*argv)[1] || isdigit((unsigned char)(*argv)[1])) {
			args->operands[args->count++] = *argv;
			continue;
		}
		if (take(a, &argv, set, args, e))
			return -1;
	}
	return 0;
}

static void help_options(unsigned set)
{
	puts("\nOptions:");
	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		const struct option *o = &options[i];
		char name[48];

		if (!applies(o, set))
			continue;
		snprintf(name, sizeof(name), "--%s%s%s", o->name, o->arg ? " " : "",
			 o->arg ? o->arg : "");
		printf("  %c%c%c %-20s %s\n", o->letter ? '-' : ' ', o->letter ? o->letter : ' ',
		       o->letter ? ',' : ' ', name, o->help);
	}
}

void cmd_help(const struct cmd_command *c)
{
	if (c) {
		printf("Usage: bulkhead %s [OPTIONS] %s\n%s\n", c->name, c->operands, c->help);
		help_options(c->options);
	} else {
		puts("Usage: bulkhead COMMAND [OPTIONS] ...\n\nCommands:");
		for (size_t i = 0; i < cmd_command_count; i++)
			printf("  %-12s %-20s %s\n", cmd_commands[i].name, cmd_commands[i].operands,
			       cmd_commands[i].help);
		help_options(~0u);
	}
	puts("\nExit status: 0 done, 1 the input is refused, 2 usage, 3 I/O or a missing program.");
}
