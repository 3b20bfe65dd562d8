/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include "cmd.h"
#include "emit.h"
#include "image.h"
#include "json_check.h"
#include "policy.h"

static void print_json(const struct model_checks *checks, struct meta_diag *d)
{
	struct json j = { 0 };

	json_checks(&j, checks, d);
	fputs(str_text(&j.text), stdout);
	str_free(&j.text);
}

/* A folder of its own below scratch. */
static int make_scratch(struct mem_arena *a, const struct model_options *o, const char **out,
			struct meta_diag *d)
{
	char *dir = mem_printf(a, "%s/one-XXXXXX", o->scratch);
	struct err e = { 0 };

	*out = dir;
	if (mkdtemp(dir))
		return 0;
	(void)err_sys(&e, "cannot make a temporary folder");
	return meta_fail(d, NULL, &e);
}

/*
 * What build would refuse of an image's connections: it derives the policy, and compiles it where
 * nothing else is wrong.
 */
static int check_policy(struct mem_arena *a, const struct model *m, const struct model_options *o,
			bool ok, struct meta_diag *d)
{
	const char *templates = mem_printf(a, "%s/gadget/templates", o->data);
	struct emit_options eo = { .features = m->board.features };
	struct policy_templates t = { 0 };
	struct policy p = { 0 };

	if (make_scratch(a, o, &eo.out, d) || policy_load_templates(a, templates, &t, d) ||
	    policy_build(a, m, &t, &p, d))
		return -1;
	return ok ? emit_check(a, m, &p, &eo, d) : emit_check_part(a, m, &p, &eo, d);
}

/* What the texts of an interface say: only the floors above its reader know their languages. */
static int check_iface(struct mem_arena *a, const char *data, const struct model_iface *f,
		       struct meta_diag *d)
{
	const char *dir = mem_printf(a, "%s/gadget/templates", data);
	struct policy_templates templates = { 0 };
	struct policy_app rules;
	int status;

	if (policy_load_templates(a, dir, &templates, d))
		return -1;
	status = policy_sample(a, f, &templates, &rules, d);
	return status | emit_check_texts(a, &rules, d);
}

static int check_one(struct mem_arena *a, const char *path, const struct model_options *o,
		     struct model_checks *checks, struct meta_diag *d)
{
	size_t first = checks->count;
	size_t before = d->errors;
	struct model_options own = *o;
	int status;

	/* What one operand unpacks is in no other's way. */
	if (make_scratch(a, o, &own.scratch, d))
		return -1;
	status = model_check(a, path, &own, checks, d);
	for (size_t i = first; i < checks->count; i++) {
		struct model_checked *c = &checks->items[i];

		if (c->kind == MODEL_FILE_IMAGE && c->model && c->model->gadget.sound)
			c->ok = image_check_gadget(a, c->model, d) == 0 && c->ok;
		if (c->kind == MODEL_FILE_IMAGE && c->model && c->model->judged)
			c->ok = check_policy(a, c->model, &own, c->ok, d) == 0 && c->ok;
		if (!c->ok)
			continue;
		if (c->kind == MODEL_FILE_IFACE)
			c->ok = check_iface(a, o->data, c->iface, d) == 0;
		status |= c->ok ? 0 : -1;
	}
	return d->errors == before ? status : -1;
}

static enum cmd_status check_all(struct mem_arena *a, const struct cmd_args *args,
				 const struct model_options *o)
{
	struct meta_diag d = { 0 };
	struct model_checks checks = { 0 };

	for (size_t i = 0; i < args->count; i++) {
		if (check_one(a, args->operands[i], o, &checks, &d) == 0 && !args->json)
			printf("%s: ok\n", args->operands[i]);
	}
	if (args->json)
		print_json(&checks, &d);
	return cmd_report(&d);
}

enum cmd_status cmd_check(struct mem_arena *a, const struct cmd_args *args)
{
	struct model_options o = { .checking = true, .kind = args->kind };
	struct err e = { 0 };
	enum model_kind kind;
	enum cmd_status status;

	if (args->kind && model_kind_find(args->kind, &kind)) {
		fprintf(stderr,
			"bulkhead: cannot use --model \"%.64s\": expected one of %s. Try 'bulkhead "
			"check --help'\n",
			args->kind, model_kind_list(a));
		return CMD_USAGE;
	}
	o.data = cmd_data_dir(a, args, &e);
	if (!o.data)
		return cmd_fail(&e);
	o.scratch = cmd_stage_scratch(a, &e);
	if (!o.scratch)
		return cmd_fail(&e);
	status = check_all(a, args, &o);
	cmd_stage_remove(o.scratch);
	return status;
}
