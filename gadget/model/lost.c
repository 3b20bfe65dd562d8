/* SPDX-License-Identifier: Apache-2.0 */
/* Snaps that have an error, beside those that have none. */
#include <stdlib.h>
#include <string.h>

#include "image.h"
#include "snap.h"
#include "str.h"

static int by_instance(const void *pa, const void *pb)
{
	const struct model_snap *a = pa;
	const struct model_snap *b = pb;

	/* One that could not be read has no name. */
	return strcmp(a->instance ? a->instance : "", b->instance ? b->instance : "");
}

static int check_instances(const struct reader *r, const struct model *m, size_t count)
{
	int status = 0;

	for (size_t i = 1; i < count; i++)
		if (by_instance(&m->snaps[i - 1], &m->snaps[i]) == 0 && m->snaps[i].instance &&
		    *m->snaps[i].instance)
			status = meta_error(r->d, &m->snaps[i].loc, "cannot use snap \"%s\": %s",
					    m->snaps[i].instance,
					    m->bare ? "it is given twice"
						    : "it is in the image already");
	return status;
}

void model_lost_snap(struct model_snap *s, bool unnamed)
{
	s->unsound = true;
	if (!s->name)
		s->name = s->version = "";
	if (!s->instance || unnamed)
		s->instance = "";
	s->ends_unread |= !*s->name || !s->plugs;
}

/* Those without an error first; one on a base that has an error is not looked at either. */
static void part(struct model *m, size_t count)
{
	struct model_snap moved;

	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < count && m->snaps[i].base_name; k++)
			m->snaps[i].unsound |= m->snaps[k].unsound &&
					       m->snaps[k].type == MODEL_SNAP_BASE &&
					       str_eq(m->snaps[k].name, m->snaps[i].base_name);
	for (size_t i = 0; i < count; i++) {
		if (m->snaps[i].unsound)
			continue;
		moved = m->snaps[i];
		memmove(&m->snaps[m->snap_count + 1], &m->snaps[m->snap_count],
			(i - m->snap_count) * sizeof(moved));
		m->snaps[m->snap_count++] = moved;
	}
	m->lost_count = count - m->snap_count;
}

int model_lost_part(const struct reader *r, struct model *m, size_t count)
{
	int status;

	if (count)
		qsort(m->snaps, count, sizeof(*m->snaps), by_instance);
	status = check_instances(r, m, count);
	part(m, count);
	for (size_t i = 0; i < count; i++)
		model_snap_settle(&m->snaps[i]);
	return status;
}
