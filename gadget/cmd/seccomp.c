/* SPDX-License-Identifier: Apache-2.0 */
/* bulkhead seccomp: lists to filters, and what filters answer. */
#include "seccomp.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "cmd.h"
#include "fd.h"
#include "files.h"
#include "filter.h"
#include "str.h"

#define LIST_SIZE_MAX	(4u << 20)
#define FILTER_SIZE_MAX (1u << 20)

static enum cmd_status usage(const char *text)
{
	fprintf(stderr, "bulkhead: %s. Try 'bulkhead seccomp --help'\n", text);
	return CMD_USAGE;
}

/* The whole file; O_NONBLOCK, so that a FIFO hangs nobody. */
static void *read_file(const char *path, size_t max, size_t *len, struct meta_diag *d)
{
	CLEANUP_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct err e = { 0 };
	void *data = NULL;

	if (fd < 0)
		(void)err_sys(&e, "cannot open %s", path);
	else
		data = fd_read_all(fd, path, max, len, &e);
	if (!data)
		(void)meta_fail_file(d, NULL, &e);
	return data;
}

/* Cuts text into lines; the last newline begins none. */
static void split(struct mem_arena *a, const char *path, char *text, struct seccomp_request *rq)
{
	struct seccomp_line *lines = NULL;
	size_t room = 0;

	while (text && *text) {
		struct meta_loc loc = { path, (unsigned)rq->count + 1, 1 };

		lines = mem_grow(a, lines, rq->count, &room, sizeof(*lines));
		lines[rq->count++] = (struct seccomp_line){ strsep(&text, "\n"), loc, false };
	}
	rq->lines = lines;
}

static int read_list(struct mem_arena *a, const char *path, struct seccomp_request *rq,
		     struct meta_diag *d)
{
	CLEANUP_FREE char *text = NULL;
	size_t len;

	text = read_file(path, LIST_SIZE_MAX, &len, d);
	if (!text)
		return -1;
	/* A control character as any other, which the line is refused for, and not the text's end.
	 */
	for (size_t i = 0; i < len; i++)
		if (text[i] == '\0')
			text[i] = '\x01';
	split(a, path, mem_strdup(a, text), rq);
	return 0;
}

/* What is no filter is not replaced: "-o" before the list's own name would end it. */
static int check_out(const char *out, struct meta_diag *d)
{
	CLEANUP_FREE char *old = NULL;
	struct stat st;
	size_t len;

	if (lstat(out, &st) != 0)
		return 0;
	if (!S_ISREG(st.st_mode))
		return meta_error(d, NULL, "cannot write %s: what is there is no filter", out);
	old = read_file(out, FILTER_SIZE_MAX, &len, d);
	if (old && len > 0 && (len < 8 || memcmp(old, FILTER_MAGIC, 8) != 0))
		return meta_error(d, NULL, "cannot write %s: what is there is no filter", out);
	return old ? 0 : -1;
}

static int write_filter(struct mem_arena *a, const struct seccomp_program *p, const char *out,
			struct meta_diag *d)
{
	struct err e = { 0 };
	struct filter f;
	size_t size;
	const void *data = seccomp_file(a, p, &size);

	if (filter_read(data, size, &f, &e))
		return meta_error(d, NULL, "cannot write %s: %s", out, e.text);
	return fd_write_file(out, data, size, 0644, &e) ? meta_fail(d, NULL, &e) : 0;
}

static enum cmd_status compile(struct mem_arena *a, const struct cmd_args *args)
{
	struct seccomp_request rq = { .development = true };
	struct seccomp_program program;
	struct meta_diag d = { 0 };
	struct err e = { 0 };

	if (!args->arch)
		return usage("cannot compile filter: --arch names no architecture");
	if (!args->out)
		return usage("cannot compile filter: -o names no file to write to");
	if (seccomp_arch(a, args->arch, &rq, &e))
		return usage(e.text);
	if ((check_out(args->out, &d) || read_list(a, args->operands[1], &rq, &d) ||
	     seccomp_compile(a, &rq, &program, &d) || write_filter(a, &program, args->out, &d)) &&
	    !d.errors)
		(void)meta_error(&d, NULL, "cannot compile filter: no reason was given");
	return cmd_report(&d);
}

static int answer(struct mem_arena *a, const struct cmd_args *args, struct meta_diag *d)
{
	const struct seccomp_question q = { args->operands[2], args->operands[3],
					    args->operands + 4, args->count - 4 };
	CLEANUP_FREE void *data = NULL;
	struct filter f;
	struct err e = { 0 };
	uint32_t action;
	size_t len;

	data = read_file(args->operands[1], FILTER_SIZE_MAX, &len, d);
	if (!data)
		return -1;
	if (filter_read(data, len, &f, &e))
		return meta_error(d, NULL, "cannot read %s: %s", args->operands[1], e.text);
	if (seccomp_ask(a, &f, &q, &action, &e))
		return meta_fail(d, NULL, &e);
	puts(seccomp_answer(a, action));
	return 0;
}

static enum cmd_status sim(struct mem_arena *a, const struct cmd_args *args)
{
	struct meta_diag d = { 0 };

	if (args->arch || args->out)
		return usage("cannot simulate: --arch and --out are for compile");
	if (answer(a, args, &d) && !d.errors)
		(void)meta_error(&d, NULL, "cannot simulate: no reason was given");
	return cmd_report(&d);
}

static const struct {
	const char *name;
	size_t least, most; /* operands, with the name */
	enum cmd_status (*run)(struct mem_arena *a, const struct cmd_args *args);
} verbs[] = {
	{ "compile", 2, 2, compile },
	{ "sim", 4, 4 + 6, sim },
};

enum cmd_status cmd_seccomp(struct mem_arena *a, const struct cmd_args *args)
{
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++) {
		if (!str_eq(verbs[i].name, args->operands[0]))
			continue;
		if (args->count < verbs[i].least)
			return usage("cannot run: an operand is missing");
		if (args->count > verbs[i].most)
			return usage("cannot run: too many operands");
		return verbs[i].run(a, args);
	}
	return usage("cannot run: expected seccomp compile or seccomp sim");
}
