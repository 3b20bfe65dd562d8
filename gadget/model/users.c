/* SPDX-License-Identifier: Apache-2.0 */
/* run-as: */
#include <string.h>

#include "image.h"
#include "str.h"

#define AUTO_FIRST 60000
/* 65534 is nobody; the kernel keeps 2^32-1 for "unchanged". */
#define AUTO_LAST 65533
#define UID_MOST  (UINT32_MAX - 2)

static struct model_snap *find_snap(struct model *m, const char *instance)
{
	for (size_t i = 0; i < m->snap_count + m->lost_count; i++)
		if (str_eq(m->snaps[i].instance, instance))
			return &m->snaps[i];
	return NULL;
}

static bool taken(const struct model *m, uint32_t uid)
{
	for (size_t i = 0; i < m->snap_count + m->lost_count; i++)
		if (m->snaps[i].uid == uid)
			return true;
	return false;
}

int model_image_no_snap(const struct reader *r, const struct model *m, const struct meta_loc *loc,
			const char *what, const char *name)
{
	const char **names = mem_array(r->a, m->snap_count + 1, sizeof(const char *));

	for (size_t i = 0; i < m->snap_count; i++)
		names[i] = m->snaps[i].instance;
	(void)meta_error(r->d, loc, "cannot use %s: no snap \"%.64s\" in the image", what, name);
	if (meta_nearest(name, names))
		meta_hint(r->d, "did you mean \"%s\"?", meta_nearest(name, names));
	return -1;
}

static int set_number(const struct reader *r, struct model *m, struct model_snap *s,
		      const struct meta_node *n)
{
	int64_t uid;

	if (n->kind != META_SCALAR || !*n->text || strspn(n->text, "0123456789") != strlen(n->text))
		return meta_error(r->d, &n->loc,
				  "cannot use run-as: expected auto, root or a number");
	if (meta_int(n, "run-as", (struct meta_range){ 1, UID_MOST }, &uid, r->d))
		return -1;
	if (taken(m, (uint32_t)uid))
		return meta_error(r->d, &n->loc, "cannot use run-as: another snap has user %jd",
				  (intmax_t)uid);
	s->uid = s->gid = (uint32_t)uid;
	return 0;
}

/* The numbers that are written, then those that are not: these must find the former taken. */
static int set_auto(const struct reader *r, struct model *m, const bool *automatic)
{
	uint32_t next = AUTO_FIRST;

	for (size_t i = 0; i < m->snap_count + m->lost_count; i++) {
		if (!automatic[i])
			continue;
		while (taken(m, next))
			next++;
		if (next > AUTO_LAST)
			return meta_error(r->d, &m->snaps[i].loc,
					  "cannot use run-as: no user number is free");
		m->snaps[i].uid = m->snaps[i].gid = next++;
	}
	return 0;
}

int model_image_users(const struct reader *r, const struct image_file *f, struct model *m)
{
	bool *automatic = mem_array(r->a, m->snap_count + m->lost_count, sizeof(*automatic));
	int status = 0;

	if (!f->run_as)
		return 0;
	if (f->run_as->kind != META_MAP)
		return meta_error(r->d, &f->run_as->loc,
				  "cannot use run-as: expected a map, got %s",
				  meta_kind_name(f->run_as));
	for (size_t i = 0; i < f->run_as->count; i++) {
		const struct meta_node *n = f->run_as->items[i];
		struct model_snap *s = find_snap(m, f->run_as->keys[i]->text);

		if (!s && model_image_has_unnamed(m))
			continue;
		if (!s)
			status = model_image_no_snap(r, m, &f->run_as->keys[i]->loc, "run-as",
						     f->run_as->keys[i]->text);
		else if (n->kind == META_SCALAR && str_eq(n->text, "auto"))
			automatic[s - m->snaps] = true;
		else if (n->kind != META_SCALAR || !str_eq(n->text, "root"))
			status = set_number(r, m, s, n) ? -1 : status;
	}
	return status ? -1 : set_auto(r, m, automatic);
}
