/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What compiled rules of interfaces must not reach: tests/lib/profiles/never.aa. Exact: the places
 * that both DFAs let somebody write to, whatever globs they were written with.
 */
#ifndef TESTS_IFACE_REACH_H
#define TESTS_IFACE_REACH_H

#include "aa_compare.h"
#include "cleanup.h"
#include "fd.h"
#include "parser.h"
#include "files.h"
#include "policy.h"

#define REACH_NEVER	"tests/lib/profiles/never.aa"
#define REACH_TEXT_MAX	65536
#define REACH_MAY_WRITE 0x1au /* write, append, link */
#define REACH_HALF	14

struct reach {
	struct parser_job job;
	char *text;
	struct aa_loaded kernel, trusted; /* see there */
};

static inline int reach_load(struct reach *r, const char *features, const char *empty,
			     struct err *e)
{
	size_t size;

	r->text = fd_read_file(REACH_NEVER, REACH_TEXT_MAX, &size, e);
	r->job = (struct parser_job){ .text = r->text, .features = features, .empty = empty };
	if (!r->text || emit_parser_start(&r->job, e) || emit_parser_wait(&r->job, e))
		return -1;
	if (r->job.status)
		return err_input(e, "%s", r->job.messages);
	return aa_load(r->job.output, r->job.output_size, 0, &r->kernel, e) ||
			       aa_load(r->job.output, r->job.output_size, 1, &r->trusted, e)
		       ? -1
		       : 0;
}

static inline void reach_free(struct reach *r)
{
	emit_parser_free(&r->job);
	free(r->text);
}

static inline void reach_found(void *ctx, const struct aa_finding *f)
{
	struct aa_finding write = *f;

	write.bits &= REACH_MAY_WRITE | REACH_MAY_WRITE << REACH_HALF;
	if (!str_eq(f->class, "file") || !write.bits)
		return;
	str_add(ctx, "\n  ");
	aa_describe(ctx, &write);
}

/*
 * Adds a line to out for each place that profile number index of a set reaches. Profiles whose name
 * begins with super are let into the second kind.
 */
static inline int reach_check(const struct reach *r, const struct parser_job *set, uint32_t index,
			      const char *super, struct str *out)
{
	struct aa_loaded p;
	struct err e = { 0 };

	if (aa_load(set->output, set->output_size, index, &p, &e)) {
		str_add(out, e.text);
		return -1;
	}
	aa_compare(&p, &r->kernel, AA_COMMON, reach_found, out);
	if (!str_starts(p.name, super))
		aa_compare(&p, &r->trusted, AA_COMMON, reach_found, out);
	return out->len ? -1 : 0;
}

/* A path that rules grant writing to, up to its first glob; length 0 when there is none. */
static inline size_t reach_write(const char *rule, const char **path)
{
	const char *perms = strrchr(rule, ' ');

	*path = strchr(rule, '/');
	if (!*path || !perms || strstr(rule, "deny ") || !strpbrk(perms, "wal") ||
	    (*path != rule && !str_starts(rule, "owner ")))
		return 0;
	return strcspn(*path, "*?[{ ");
}

/*
 * True when the app's namespace lets the rule's writing happen: below /sys, /proc/sys and /etc all
 * is read only but for what a bind makes writable.
 */
static inline bool reach_is_writable(const struct policy_app *app, const char *rule)
{
	static const char *const readonly[] = { "/sys/", "/proc/sys/", "/etc/" };
	const char *path;
	size_t len = reach_write(rule, &path);
	bool needed = false;

	if (app->missing.count) /* no image has it yet */
		return true;
	/* The launcher mounts them. */
	if (app->delegate && path && str_starts(path, "/sys/fs/cgroup/"))
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(readonly); i++)
		needed = needed || (len && str_starts(path, readonly[i]));
	for (size_t i = 0; needed && i < app->mounts.count; i++) {
		const struct policy_mount *m = &app->mounts.items[i];
		size_t n = strlen(m->source);

		if (m->op == POLICY_MOUNT_BIND && !(m->flags & POLICY_MOUNT_READONLY) && n <= len &&
		    !strncmp(m->source, path, n))
			needed = false;
	}
	/* The launcher binds such files over themselves. */
	for (size_t i = 0; needed && i < app->late.count; i++)
		needed = !app->late.items[i].in_place ||
			 !path_is_below(path, app->late.items[i].prefix);
	return !needed;
}

#endif
