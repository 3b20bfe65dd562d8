/* SPDX-License-Identifier: Apache-2.0 */
/* The commands of bulkhead, and what they share. */
#ifndef CMD_CMD_H
#define CMD_CMD_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"
#include "model.h"

enum cmd_status {
	CMD_DONE = 0,
	CMD_REFUSED = 1,     /* the input is refused */
	CMD_USAGE = 2,	     /* the command line is */
	CMD_ENVIRONMENT = 3, /* I/O, a missing program */
};

/* Of an option that may be there several times. */
struct cmd_list {
	const char **items;
	size_t count, room;
};

/* The command line after its options were taken out. Borrows argv. */
struct cmd_args {
	const char *out, *board, *base, *files, *features, *runtime, *data, *kind, *arch;
	struct cmd_list snaps, connections;
	bool attrs;
	bool dry_run, pack_only, json, help, version;
	const char **operands; /* with a NULL behind the last */
	size_t count;
};

enum cmd_option_set {
	CMD_OPTION_DATA = 1 << 0,
	CMD_OPTION_BUILD = 1 << 1, /* what changes what is built */
	CMD_OPTION_OUT = 1 << 2,
	CMD_OPTION_DRY_RUN = 1 << 3,
	CMD_OPTION_MODEL = 1 << 4,
	CMD_OPTION_JSON = 1 << 5,
	CMD_OPTION_BOARD = 1 << 6,
	CMD_OPTION_BARE = 1 << 7,   /* what metadata alone is */
	CMD_OPTION_FILTER = 1 << 8, /* --arch, and -o of a file */
	CMD_OPTION_ATTRS = 1 << 9,
};

struct cmd_command {
	const char *name;
	const char *operands; /* for help: "FILE..." */
	size_t least, most;   /* operands */
	unsigned options;     /* enum cmd_option_set */
	const char *help;
	enum cmd_status (*run)(struct mem_arena *a, const struct cmd_args *args);
};

extern const struct cmd_command cmd_commands[];
extern const size_t cmd_command_count;

enum cmd_status cmd_check(struct mem_arena *a, const struct cmd_args *args);
enum cmd_status cmd_build(struct mem_arena *a, const struct cmd_args *args);
enum cmd_status cmd_boot(struct mem_arena *a, const struct cmd_args *args);
enum cmd_status cmd_policy(struct mem_arena *a, const struct cmd_args *args);
enum cmd_status cmd_interfaces(struct mem_arena *a, const struct cmd_args *args);
enum cmd_status cmd_connections(struct mem_arena *a, const struct cmd_args *args);
enum cmd_status cmd_interface(struct mem_arena *a, const struct cmd_args *args);
enum cmd_status cmd_seccomp(struct mem_arena *a, const struct cmd_args *args);

/*
 * Fills args from argv, which begins behind the command's name. Options may stand between
 * operands; "--" ends them. options is the set of the command.
 */
int cmd_parse(struct mem_arena *a, char **argv, unsigned options, struct cmd_args *args,
	      struct err *e) BASE_WARN_UNUSED;

/* Writes the help of one command, or of all when it is NULL, to stdout. */
void cmd_help(const struct cmd_command *command);

/* Prints "bulkhead: TEXT" of e and returns its status. */
enum cmd_status cmd_fail(const struct err *e);

/* Prints what d holds; done, refused or environment follow from it. */
enum cmd_status cmd_report(struct meta_diag *d);

/*
 * The tool's own data: what --data says, else found from where the program lies: installed, or in
 * a build folder of the source tree.
 */
const char *cmd_data_dir(struct mem_arena *a, const struct cmd_args *args,
			 struct err *e) BASE_WARN_UNUSED;

/* Folder of the running program. */
const char *cmd_program_dir(struct mem_arena *a, struct err *e) BASE_WARN_UNUSED;

/* Makes the folder NAME.tmp-XXXXXX beside name. Returns its path, or NULL. */
const char *cmd_stage_make(struct mem_arena *a, const char *name, struct err *e) BASE_WARN_UNUSED;

/* Refuses an existing out that is not an empty folder. */
int cmd_stage_check_empty(const char *out, struct err *e) BASE_WARN_UNUSED;

/* Removes a folder and what is in it, following no link; does nothing when it is not there. */
void cmd_stage_remove(const char *dir);

/* Makes a folder for what snaps are unpacked to. Returns its path, or NULL. */
const char *cmd_stage_scratch(struct mem_arena *a, struct err *e) BASE_WARN_UNUSED;

/* Refuses an existing out that is neither empty nor written by a build. */
int cmd_stage_check(const char *out, struct err *e) BASE_WARN_UNUSED;

/*
 * Puts the folder new in the place of out, in one step; what out was is at new afterwards.
 * Refuses an out that no build wrote.
 */
int cmd_stage_publish(const char *new, const char *out, struct err *e) BASE_WARN_UNUSED;

/*
 * Runs work(arg) in a child process and returns its status. A signal that asks to end ends the
 * child and all it started, removes dir, and then this process. These signals stay blocked
 * afterwards, until the caller has published what was made and calls cmd_stage_end().
 */
enum cmd_status cmd_stage_run(const char *dir, enum cmd_status (*work)(void *arg), void *arg);

/* Removes the stage and lets signals in again. */
void cmd_stage_end(const char *dir);

#endif
