/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "cmd.h"
#include "fd.h"
#include "str.h"

#define ARGS_MAX ((size_t)64 * 1024)
#define OUT	 "%{out}"

/* The line's argument, with OUT for each "%{out}". */
static const char *expand(struct mem_arena *a, const char *line, size_t len, const char *out)
{
	CLEANUP_STR struct str s = { 0 };
	const char *at = mem_strndup(a, line, len);
	const char *hit;

	while ((hit = strstr(at, OUT))) {
		str_add_bytes(&s, at, (size_t)(hit - at));
		str_add(&s, out);
		at = hit + strlen(OUT);
	}
	str_add(&s, at);
	return mem_strdup(a, str_text(&s));
}

static enum cmd_status boot(struct mem_arena *a, const char *out)
{
	const char *path = mem_printf(a, "%s/boot.args", out);
	CLEANUP_FREE char *text = NULL;
	const char **argv;
	struct err e = { 0 };
	size_t count = 0;
	size_t len = 0;

	text = fd_read_file(path, ARGS_MAX, &len, &e);
	if (!text)
		return cmd_fail(&e);
	argv = mem_array(a, len + 1, sizeof(*argv));
	for (const char *at = text; *at;) {
		size_t n = strcspn(at, "\n");

		if (n)
			argv[count++] = expand(a, at, n, out);
		at += n + (at[n] == '\n');
	}
	if (count == 0) {
		(void)err_input(&e, "cannot boot %s: no arguments in it", path);
		return cmd_fail(&e);
	}
	fflush(NULL);
	execvp(argv[0], (char *const *)argv);
	(void)err_sys(&e, "cannot run %s", argv[0]);
	return cmd_fail(&e);
}

enum cmd_status cmd_boot(struct mem_arena *a, const struct cmd_args *args)
{
	enum cmd_status status;
	struct stat st;

	if (stat(args->operands[0], &st) == 0 && S_ISDIR(st.st_mode))
		return boot(a, args->operands[0]);
	status = cmd_build(a, args);
	return status == CMD_DONE ? boot(a, args->out) : status;
}
