/* SPDX-License-Identifier: Apache-2.0 */
#include "pack.h"

#include <string.h>

#include "cleanup.h"
#include "files.h"
#include "guard.h"
#include "parser.h"
#include "plan.h"
#include "seccomp.h"

/* path is below OUT. */
static int write_below(struct pack *k, const char *path, const void *data, size_t size)
{
	const char *full = mem_printf(k->a, "%s/%s", k->out, path);
	const char *folder = mem_strndup(k->a, full, (size_t)(path_base(full) - full - 1));
	struct meta_loc loc = { .file = k->out };
	struct err e = { 0 };

	if (fd_mkdirs(folder, 0755, &e) || fd_write_file(full, data, size, 0644, &e))
		return meta_fail(k->d, &loc, &e);
	return 0;
}

int emit_pack_write(struct pack *k, enum manifest_kind kind, const char *path, const void *data,
		    size_t size)
{
	struct pack_file *f;

	if (write_below(k, mem_printf(k->a, "pack/%s", path), data, size))
		return -1;
	k->files = mem_grow(k->a, k->files, k->file_count, &k->file_room, sizeof(*k->files));
	f = &k->files[k->file_count++];
	*f = (struct pack_file){ .path = path, .kind = kind, .size = size };
	sha256_of(data, size, f->digest);
	return 0;
}

int emit_pack_text(struct pack *k, const char *path, const char *text)
{
	return write_below(k, path, text, strlen(text));
}

int emit_pack_twin(struct pack *k, const char *path, const char *text)
{
	return emit_pack_text(k, mem_printf(k->a, "twins/%s", path), text);
}

bool emit_pack_has_layer(const struct policy_app *app, unsigned layer)
{
	return app->app->snap->layers & layer;
}

void emit_pack_origin(struct str *s, const struct meta_loc *loc, const char *reason)
{
	str_printf(s, "# %s:%u %s", path_base(loc->file), loc->line, reason);
}

bool emit_pack_is_devmode(const struct policy_app *app)
{
	return app->app->snap->confinement == MODEL_DEVMODE;
}

void emit_pack_provenance(struct str *s, const struct meta_loc *loc, const char *reason)
{
	str_add(s, " ");
	emit_pack_origin(s, loc, reason);
}

static int check_layers(struct pack *k)
{
	int rc = 0;

	for (size_t i = 0; i < k->m->snap_count; i++) {
		const struct model_snap *s = &k->m->snaps[i];

		if (k->m->image.development)
			continue;
		if (s->confinement == MODEL_DEVMODE && GUARD(emit_devmode))
			rc = meta_error(k->d, &s->loc,
					"cannot build snap \"%s\" in devmode: only an image with "
					"\"development: true\" may",
					s->instance);
		else if (s->layers != PLAN_LAYERS_ALL && GUARD(emit_layers))
			rc = meta_error(k->d, &s->loc,
					"cannot build snap \"%s\" without all layers: only an "
					"image with \"development: true\" may",
					s->instance);
	}
	return rc;
}

/* A connection that this image can do nothing for is no connection. */
static int check_missing(struct pack *k)
{
	int rc = 0;

	for (size_t i = 0; i < k->policy->app_count; i++) {
		const struct policy_rules *r = &k->policy->apps[i].missing;

		for (size_t j = 0; j < r->count; j++)
			rc = meta_error(k->d, &r->items[j].loc, "cannot use %s", r->items[j].text);
	}
	return rc;
}

/* Without a prefix the launcher could not tell the board's hardware from any other. */
static int check_late(struct pack *k)
{
	int rc = 0;

	for (size_t i = 0; i < k->policy->app_count; i++) {
		const struct policy_app *app = &k->policy->apps[i];

		for (size_t j = 0; j < app->late.count; j++) {
			const struct policy_late *l = &app->late.items[j];

			if (*l->prefix || l->optional)
				continue;
			rc = meta_error(k->d, &l->loc,
					"cannot bind %s: board \"%s\" does not say below what it "
					"must lie (%s)",
					l->link, k->m->board.name, l->reason);
			meta_hint(k->d, "sysfs-prefixes of board.yaml says it for each class");
		}
	}
	return rc;
}

void emit_pack_start(struct pack *k)
{
	k->apps = mem_array(k->a, k->policy->app_count, sizeof(*k->apps));
	for (size_t i = 0; i < k->policy->app_count; i++)
		k->apps[i].p = &k->policy->apps[i];
}

/* Each of these tells its errors, whatever the others found. */
static int check_rules(struct pack *k)
{
	return check_layers(k) | check_missing(k) | check_late(k) | emit_pack_check_maps(k) |
	       emit_pack_check_systemd(k);
}

static int check_filters(struct pack *k)
{
	struct seccomp_program ignored;
	int rc = 0;

	for (size_t i = 0; i < k->policy->app_count; i++)
		if (emit_pack_has_layer(k->apps[i].p, PLAN_LAYER_SECCOMP))
			rc |= emit_pack_filter(k, k->apps[i].p, &ignored);
	return rc;
}

int emit_pack(struct mem_arena *a, const struct model *m, const struct policy *p,
	      const struct emit_options *o, struct meta_diag *d)
{
	struct pack k = { .a = a, .m = m, .policy = p, .out = o->out, .d = d };
	int status = check_rules(&k);

	emit_pack_start(&k);
	if (emit_pack_read_features(&k, o->features) || emit_pack_apparmor(&k))
		status = -1;
	if (status | emit_pack_seccomp(&k))
		return -1;
	status = emit_pack_plans(&k);
	status |= emit_pack_udev(&k) | emit_pack_bus(&k) | emit_pack_modules(&k);
	status |= model_base_has_systemd(&m->image.base) ? emit_pack_units(&k)
							 : emit_pack_daemons(&k);
	if (status || emit_pack_manifest(&k))
		return -1;
	return emit_pack_report(&k);
}

int emit_check(struct mem_arena *a, const struct model *m, const struct policy *p,
	       const struct emit_options *o, struct meta_diag *d)
{
	CLEANUP_FREE char *version = NULL;
	struct err e = { 0 };

	version = emit_parser_version(&e);
	if (version)
		return emit_pack(a, m, p, o, d);
	meta_warn(d, NULL, "cannot compile profiles: %s", e.text);
	return emit_check_part(a, m, p, o, d);
}

int emit_check_part(struct mem_arena *a, const struct model *m, const struct policy *p,
		    const struct emit_options *o, struct meta_diag *d)
{
	struct pack k = { .a = a, .m = m, .policy = p, .out = o->out, .d = d };
	int status = check_rules(&k);

	emit_pack_start(&k);
	status |= emit_pack_read_features(&k, o->features) | emit_pack_profiles(&k);
	return status | check_filters(&k);
}
