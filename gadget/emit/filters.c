/* SPDX-License-Identifier: Apache-2.0 */
/* Each app's filter, compiled by seccomp.h, with both twins. */
#include <string.h>

#include "filter.h"
#include "pack.h"
#include "plan.h"
#include "seccomp.h"

static int write_source(struct pack *k, const struct policy_app *app)
{
	CLEANUP_STR struct str s = { 0 };

	for (size_t i = 0; i < app->seccomp.count; i++) {
		const struct policy_rule *r = &app->seccomp.items[i];

		str_add(&s, r->text);
		emit_pack_provenance(&s, &r->loc, r->reason);
		str_add(&s, "\n");
	}
	if (emit_pack_is_devmode(app))
		str_add(&s, "@complain\n");
	return emit_pack_twin(k, mem_printf(k->a, "seccomp/%s.txt", app->app->label), str_text(&s));
}

int emit_pack_filter(struct pack *k, const struct policy_app *app, struct seccomp_program *out)
{
	const struct policy_rules *rules = &app->seccomp;
	struct seccomp_line *lines = mem_array(k->a, rules->count + 1, sizeof(*lines));
	struct seccomp_request rq = { .lines = lines,
				      .count = rules->count,
				      .arch = k->m->board.arch,
				      .compat = k->m->board.compat,
				      .development = emit_pack_is_devmode(app) };

	for (size_t i = 0; i < rules->count; i++)
		lines[i] = (struct seccomp_line){ rules->items[i].text, rules->items[i].loc,
						  rules->items[i].made };
	if (emit_pack_is_devmode(app))
		lines[rq.count++] = (struct seccomp_line){ "@complain", app->app->loc, true };
	return seccomp_compile(k->a, &rq, out, k->d);
}

static int write_filter(struct pack *k, struct pack_app *app)
{
	const char *label = app->p->app->label;
	struct seccomp_program program;
	struct filter found;
	struct err e = { 0 };
	const void *data;
	size_t size;

	if (write_source(k, app->p) || emit_pack_filter(k, app->p, &program))
		return -1;
	data = seccomp_file(k->a, &program, &size);
	if (filter_read(data, size, &found, &e))
		return meta_error(k->d, &app->p->app->loc, "cannot write filter of %s: %s", label,
				  e.text);
	sha256_of(data, size, app->filter_digest);
	app->filter_count = program.count;
	if (emit_pack_twin(k, mem_printf(k->a, "seccomp/%s.bpf.txt", label),
			   seccomp_twin(k->a, &program)))
		return -1;
	return emit_pack_write(k, MANIFEST_KIND_FILTER, mem_printf(k->a, "filters/%s.bpf", label),
			       data, size);
}

int emit_pack_seccomp(struct pack *k)
{
	int rc = 0;

	for (size_t i = 0; i < k->policy->app_count; i++)
		if (emit_pack_has_layer(k->apps[i].p, PLAN_LAYER_SECCOMP))
			rc |= write_filter(k, &k->apps[i]);
	return rc;
}
