/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The folders that boot makes: below /var each snap's data, and what one snap's lends to another;
 * below /run what slots lend.
 */
#include "pack.h"

#include <stdlib.h>
#include <string.h>

#include "manifest.h"
#include "plan.h"

#define VAR "/var/"

static void add(struct pack *k, const struct manifest_folder *attrs, const char *path)
{
	struct pack_folder *f;

	for (size_t i = 0; i < k->folder_count; i++) {
		f = &k->folders[i];
		if (!str_eq(f->path, path))
			continue;
		f->attrs.mode |= attrs->mode;
		return;
	}
	k->folders =
		mem_grow(k->a, k->folders, k->folder_count, &k->folder_room, sizeof(*k->folders));
	f = &k->folders[k->folder_count++];
	*f = (struct pack_folder){ path, *attrs };
}

static void add_data(struct pack *k, const struct model_snap *s)
{
	const struct manifest_folder top = { .mode = 0711 };
	const struct manifest_folder own = { .uid = s->uid, .gid = s->gid, .mode = 0700 };

	add(k, &top, mem_printf(k->a, "snap/%s", s->instance));
	add(k, &own, mem_printf(k->a, "snap/%s/%s", s->instance, s->revision));
	add(k, &own, mem_printf(k->a, "snap/%s/common", s->instance));
}

static const struct model_snap *find_snap(const struct pack *k, const char *name, size_t len)
{
	for (size_t i = 0; i < k->m->snap_count; i++) {
		const struct model_snap *s = &k->m->snaps[i];

		if (strlen(s->instance) == len && strncmp(s->instance, name, len) == 0)
			return s;
	}
	return NULL;
}

/* path is snap/NAME/REV/... or snap/NAME/common/...: what lies behind is made, as NAME's own. to:
 * whose root shows it. */
static void add_share(struct pack *k, const char *path, const struct policy_mount *m,
		      const struct model_snap *to)
{
	const char *name = path + strlen("snap/");
	size_t len = strcspn(name, "/");
	const struct model_snap *s = str_starts(path, "snap/") ? find_snap(k, name, len) : NULL;
	const char *slash = s && name[len] ? strchr(name + len + 1, '/') : NULL;
	/* What a snap shows itself is for nobody else. */
	unsigned mode = m->flags & POLICY_MOUNT_READONLY || s == to ? 0755 : 0777;
	bool file = m->of_file;

	while (slash) {
		const char *next = strchr(slash + 1, '/');
		const struct manifest_folder f = {
			.uid = s->uid,
			.gid = s->gid,
			.mode = next   ? 0700
				: file ? mode & 0666
				       : mode,
			.shared = file && !next ? MANIFEST_SHARED_FILE : MANIFEST_SHARED,
		};

		add(k, &f, next ? mem_strndup(k->a, path, (size_t)(next - path)) : path);
		slash = next;
	}
}

/* Both ends of a mount, where they lie below /var. */
static void add_ends(struct pack *k, const struct policy_mount *m, const struct model_snap *to)
{
	if (m->op != POLICY_MOUNT_BIND && m->op != POLICY_MOUNT_TMPFS)
		return;
	if (str_starts(m->source, VAR))
		add_share(k, m->source + strlen(VAR), m, to);
	if (str_starts(m->target, &VAR[1]))
		add_share(k, m->target + strlen(VAR) - 1, m, to);
}

/* What an app's slot lends lies in memory. */
static void add_made(struct pack *k, const struct policy_app *app)
{
	const struct manifest_folder f = { .uid = app->app->snap->uid,
					   .gid = app->app->snap->gid,
					   .mode = POLICY_MADE_MODE,
					   .size_kib = POLICY_MADE_KIB };

	for (size_t i = 0; i < app->made.count; i++)
		add(k, &f, app->made.items[i].text + 1);
}

static int by_path(const void *a, const void *b)
{
	const struct pack_folder *x = a, *y = b;

	return strcmp(x->path, y->path);
}

void emit_pack_folders(struct pack *k)
{
	add(k, &(struct manifest_folder){ .mode = 0755 }, "snap");
	for (size_t i = 0; i < k->m->snap_count; i++)
		if (k->m->snaps[i].type != MODEL_SNAP_BASE)
			add_data(k, &k->m->snaps[i]);
	for (size_t i = 0; i < k->policy->app_count; i++) {
		add_made(k, &k->policy->apps[i]);
		for (size_t j = 0; j < k->policy->apps[i].mounts.count; j++)
			add_ends(k, &k->policy->apps[i].mounts.items[j],
				 k->policy->apps[i].app->snap);
	}
	qsort(k->folders, k->folder_count, sizeof(*k->folders), by_path);
}
