/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Running apparmor_parser as a pure function: text in, binary and messages out, nothing of this
 * machine's configuration. Private to this floor.
 */
#ifndef EMIT_PARSER_H
#define EMIT_PARSER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "err.h"

/* The arguments as MANIFEST and twins show them; paths of this machine are left out. */
#define PARSER_ARGS_TEXT                                                                           \
	"-QTK --config-file /dev/null -M FEATURES --warn=rule-not-enforced "                       \
	"--warn=rule-downgraded --warn=abi --Werror -b EMPTY_DIR"

#define PARSER_OUTPUT_MAX (16u * 1024u * 1024u)

struct parser_job {
	const char *text;     /* profile text */
	const char *features; /* folder with the target kernel's feature tree */
	const char *empty;    /* an empty folder: where includes would be looked for */
	bool tolerant;	      /* warnings about rules do not fail the run; the caller judges them */
	bool plain;	      /* the cheaper optimisation, for profiles that exceed the budget */

	/* Filled by emit_parser_start() and emit_parser_wait(). Release with emit_parser_free(). */
	pid_t pid;
	int output_fd, message_fd;
	void *output;
	size_t output_size;
	char *messages; /* stdout and stderr, NUL-terminated */
	int status;	/* as wait(2) gives it */
};

/* First line of "apparmor_parser --version"; owned, free with free(). NULL on failure. */
char *emit_parser_version(struct err *e) BASE_WARN_UNUSED;

int emit_parser_start(struct parser_job *j, struct err *e) BASE_WARN_UNUSED;
/* Waits for the end; that the parser refused the text is no failure of this function. */
int emit_parser_wait(struct parser_job *j, struct err *e) BASE_WARN_UNUSED;
void emit_parser_free(struct parser_job *j);

#endif
