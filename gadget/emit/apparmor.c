/* SPDX-License-Identifier: Apache-2.0 */
#include "apparmor.h"

#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "aapolicy.h"
#include "cleanup.h"
#include "guard.h"
#include "parser.h"
#include "plan.h"
#include "sha1.h"

/* Compilations at the same time: the machines that this is built for have two cores. */
#define JOBS 2u

struct compile {
	struct pack *k;
	const char *empty;
	struct pack_app **apps; /* those with the layer, by label */
	size_t count;
	struct parser_job jobs[JOBS]; /* of apps[n] at n % JOBS */
};

static int env_error(struct pack *k, const struct err *e)
{
	struct meta_loc loc = { .file = "apparmor_parser" };

	return meta_fail(k->d, &loc, e);
}

/* Only a class that image.yaml accepts may be downgraded, so most images run strictly. */
static bool tolerant(const struct pack *k)
{
	return emit_apparmor_accepts(k->m, "unix") || emit_apparmor_accepts(k->m, "dbus");
}

static int start(struct compile *c, size_t n, bool plain)
{
	struct parser_job *j = &c->jobs[n % JOBS];
	struct err e = { 0 };

	*j = (struct parser_job){ .text = c->apps[n]->text,
				  .features = c->k->features.dir,
				  .empty = c->empty,
				  .tolerant = tolerant(c->k),
				  .plain = plain };
	if (!emit_parser_start(j, &e))
		return 0;
	emit_parser_free(j);
	return env_error(c->k, &e);
}

/* Out of its budget of time or memory: killed, or its allocator gave up. */
static bool over_budget(const struct parser_job *j)
{
	return WIFSIGNALED(j->status) || strstr(j->messages, "emory");
}

static int take(struct compile *c, struct pack_app *app, const struct parser_job *j)
{
	void *copy = mem_alloc(c->k->a, j->output_size);

	if (emit_apparmor_judge(c->k, app->p, j->messages, j->status))
		return -1;
	memcpy(copy, j->output, j->output_size);
	app->policy = copy;
	app->policy_size = j->output_size;
	app->parser_options = j->plain ? "-O no-expr-simplify" : "";
	return 0;
}

static int finish(struct compile *c, size_t n)
{
	struct parser_job *j = &c->jobs[n % JOBS];
	struct err e = { 0 };
	int rc = emit_parser_wait(j, &e);

	if (rc == 0 && over_budget(j)) {
		emit_parser_free(j);
		if (start(c, n, true))
			return -1;
		rc = emit_parser_wait(j, &e);
	}
	rc = rc ? env_error(c->k, &e) : take(c, c->apps[n], j);
	emit_parser_free(j);
	return rc;
}

/* A window of JOBS; what was started is waited for, also after an error. */
static int compile_all(struct compile *c)
{
	size_t started = 0, done = 0;
	bool able = true; /* programs can be started */
	int rc = 0;

	while (done < started || (able && started < c->count)) {
		if (able && started < c->count && started - done < JOBS) {
			able = start(c, started, false) == 0;
			started += able;
			rc |= able ? 0 : -1;
			continue;
		}
		rc |= finish(c, done++);
	}
	return rc;
}

/* As aa_calc_profile_hash() in security/apparmor/crypto.c: version word, then the profile. */
static const char *kernels_sha1(struct pack *k, const uint8_t *policy,
				const struct aapolicy_profile *p)
{
	const uint8_t version[4] = { (uint8_t)p->version, (uint8_t)(p->version >> 8),
				     (uint8_t)(p->version >> 16), (uint8_t)(p->version >> 24) };
	char sha1[SHA1_HEX_SIZE];

	sha1_of(version, sizeof(version), policy + p->start, p->size, sha1);
	return mem_strdup(k->a, sha1);
}

/* The result must be exactly the profile asked for, in the plan's mode, and sound for the kernel.
 */
static int verify(struct pack *k, struct pack_app *app, struct aapolicy *found)
{
	const struct model_app *a = app->p->app;
	struct err e = { 0 };

	if (aapolicy_verify(app->policy, app->policy_size, found, &e))
		return meta_error(k->d, &a->loc, "cannot use compiled profile %s: %s", a->label,
				  e.text);
	if (found->count != 1 || !str_eq(found->profiles[0].name, a->label))
		return meta_error(k->d, &a->loc,
				  "cannot use compiled profile %s: it holds %u profiles, the first "
				  "\"%s\"",
				  a->label, found->count, found->profiles[0].name);
	if (found->profiles[0].complain != emit_pack_is_devmode(app->p) && GUARD(emit_mode))
		return meta_error(k->d, &a->loc,
				  "cannot use compiled profile %s: its mode is not the plan's",
				  a->label);
	app->sha1 = kernels_sha1(k, app->policy, &found->profiles[0]);
	return 0;
}

/* policy.aa: all binaries by label, once more verified as the set that boot will load. */
static int write_policy(struct pack *k)
{
	struct aapolicy *found = mem_alloc(k->a, sizeof(*found));
	CLEANUP_STR struct str all = { 0 };
	struct err e = { 0 };
	size_t count = 0;

	for (size_t i = 0; i < k->policy->app_count; i++) {
		str_add_bytes(&all, k->apps[i].policy, k->apps[i].policy_size);
		count += k->apps[i].text != NULL;
	}
	if (count == 0)
		return 0;
	if (aapolicy_verify(all.text, all.len, found, &e) || found->count != count)
		return meta_error(k->d, &k->m->image.loc, "cannot use policy.aa: %s",
				  e.text[0] ? e.text : "profiles are missing");
	return emit_pack_write(k, MANIFEST_KIND_POLICY, "policy.aa", all.text, all.len);
}

int emit_pack_profiles(struct pack *k)
{
	int rc = 0;

	for (size_t i = 0; i < k->policy->app_count; i++) {
		struct pack_app *app = &k->apps[i];

		if (emit_pack_has_layer(app->p, PLAN_LAYER_APPARMOR) &&
		    emit_apparmor_text(k, app->p, &app->text))
			rc = -1;
	}
	return rc;
}

static int write_texts(struct pack *k)
{
	for (size_t i = 0; i < k->policy->app_count; i++) {
		const struct pack_app *app = &k->apps[i];
		const char *path = mem_printf(k->a, "apparmor/%s", app->p->app->label);

		if (app->text && emit_pack_twin(k, path, app->text))
			return -1;
	}
	return 0;
}

static int read_version(struct pack *k)
{
	CLEANUP_FREE char *version = NULL;
	struct err e = { 0 };

	version = emit_parser_version(&e);
	if (!version)
		return env_error(k, &e);
	k->parser = mem_printf(k->a, "%s; %s", version, PARSER_ARGS_TEXT);
	return 0;
}

static int verify_all(struct compile *c)
{
	struct aapolicy *found = mem_alloc(c->k->a, sizeof(*found));

	int rc = 0;

	for (size_t i = 0; i < c->count; i++)
		rc |= verify(c->k, c->apps[i], found);
	return rc;
}

int emit_pack_compile(struct pack *k)
{
	struct compile c = { .k = k, .empty = mem_printf(k->a, "%s/.empty", k->out) };
	struct meta_loc loc = { .file = k->out };
	struct err e = { 0 };
	int rc;

	c.apps = mem_array(k->a, k->policy->app_count, sizeof(struct pack_app *));
	for (size_t i = 0; i < k->policy->app_count; i++)
		if (k->apps[i].text)
			c.apps[c.count++] = &k->apps[i];
	if (read_version(k))
		return -1;
	if (mkdir(c.empty, 0700)) {
		(void)err_sys(&e, "cannot make folder .empty");
		return meta_fail(k->d, &loc, &e);
	}
	rc = compile_all(&c);
	if (rmdir(c.empty)) {
		(void)err_sys(&e, "cannot remove folder .empty");
		rc = meta_fail(k->d, &loc, &e);
	}
	return rc ? -1 : verify_all(&c);
}

int emit_pack_apparmor(struct pack *k)
{
	return emit_pack_profiles(k) || write_texts(k) || emit_pack_compile(k) || write_policy(k)
		       ? -1
		       : 0;
}
