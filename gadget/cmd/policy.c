/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "bare.h"
#include "cmd.h"
#include "emit.h"
#include "policy.h"

struct text {
	struct mem_arena *a;
	const struct cmd_args *args;
	const char *data, *stage;
	const char *out; /* below the stage: what becomes DIR */
};

/* What --snap names, and the operands, which are more of it. */
static struct model_bare given(struct mem_arena *a, const struct cmd_args *args)
{
	size_t count = args->snaps.count + args->count;
	const char **snaps = mem_array(a, count, sizeof(*snaps));

	for (size_t i = 0; i < args->snaps.count; i++)
		snaps[i] = args->snaps.items[i];
	for (size_t i = 0; i < args->count; i++)
		snaps[args->snaps.count + i] = args->operands[i];
	return (struct model_bare){ snaps, count, args->connections.items,
				    args->connections.count };
}

static int write_text(const struct text *t, struct meta_diag *d)
{
	const char *templates = mem_printf(t->a, "%s/gadget/templates", t->data);
	const struct model_bare bare = given(t->a, t->args);
	const struct model_options o = { .data = t->data,
					 .board = t->args->board,
					 .scratch = mem_printf(t->a, "%s/snaps", t->stage) };
	struct emit_options eo = { .out = t->out };
	struct policy_templates templates_read = { 0 };
	struct model m = { 0 };
	struct policy p = { 0 };

	if (mkdir(o.scratch, 0755) || mkdir(t->out, 0755)) {
		d->environment++;
		return meta_error(d, NULL, "cannot make a folder in %s: %s", t->stage,
				  strerror(errno));
	}
	if (model_load_bare(t->a, &bare, &o, &m, d) ||
	    policy_load_templates(t->a, templates, &templates_read, d) ||
	    policy_build(t->a, &m, &templates_read, &p, d))
		return -1;
	eo.features = m.board.features;
	return emit_text(t->a, &m, &p, &eo, d);
}

static enum cmd_status work(void *arg)
{
	const struct text *t = arg;
	struct meta_diag d = { 0 };

	if (write_text(t, &d) && !d.errors)
		(void)meta_error(&d, NULL, "cannot write policy: no reason was given");
	return cmd_report(&d);
}

static int check_args(const struct cmd_args *args, struct err *e)
{
	if (!args->out)
		return err_input(e, "cannot write policy: -o names no folder to write to");
	if (!args->snaps.count && !args->count)
		return err_input(e, "cannot write policy: --snap names no snap");
	return 0;
}

enum cmd_status cmd_policy(struct mem_arena *a, const struct cmd_args *args)
{
	struct text t = { .a = a, .args = args };
	struct err e = { 0 };
	enum cmd_status status;

	if (check_args(args, &e)) {
		fprintf(stderr, "bulkhead: %s. Try 'bulkhead policy --help'\n", e.text);
		return CMD_USAGE;
	}
	t.data = cmd_data_dir(a, args, &e);
	if (!t.data || cmd_stage_check_empty(args->out, &e))
		return cmd_fail(&e);
	t.stage = cmd_stage_make(a, args->out, &e);
	if (!t.stage)
		return cmd_fail(&e);
	t.out = mem_printf(a, "%s/out", t.stage);
	status = cmd_stage_run(t.stage, work, &t);
	if (status == CMD_DONE && cmd_stage_publish(t.out, args->out, &e))
		status = cmd_fail(&e);
	cmd_stage_end(t.stage);
	return status;
}
