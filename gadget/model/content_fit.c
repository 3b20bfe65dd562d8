/* SPDX-License-Identifier: Apache-2.0 */
/* Where raw content lies in its structure. */
#include <stdlib.h>

#include "size.h"
#include "volume.h"

struct span {
	const struct model_content *c;
	uint64_t start, end;
};

static int by_start(const void *pa, const void *pb)
{
	const struct span *a = pa;
	const struct span *b = pb;

	if (a->start != b->start)
		return a->start < b->start ? -1 : 1;
	if (a->end != b->end)
		return a->end < b->end ? -1 : 1;
	return (a->c > b->c) - (a->c < b->c);
}

static int check_overlaps(const struct reader *r, struct span *spans, size_t count)
{
	const struct span *last = spans;
	int status = 0;

	if (count)
		qsort(spans, count, sizeof(*spans), by_start);
	for (size_t i = 1; i < count; i++) {
		if (spans[i].start < last->end)
			status = meta_error(
				r->d, &spans[i].c->loc,
				"cannot place image \"%.200s\" at offset %ju: overlaps with "
				"\"%.200s\"",
				spans[i].c->image, (uintmax_t)spans[i].start, last->c->image);
		if (spans[i].end > last->end)
			last = &spans[i];
	}
	return status;
}

int model_content_fit(const struct reader *r, const struct model_structure *s,
		      const uint64_t *files)
{
	struct span *spans = mem_array(r->a, s->content_count, sizeof(*spans));
	/* One whose size is still open, or the hardware's, holds what can be added up. */
	uint64_t room = s->size ? s->size : SIZE_MOST;
	uint64_t end = 0;
	size_t count = 0;
	bool placed = true; /* end is where the one before ends */
	int status = 0;

	for (size_t i = 0; i < s->content_count; i++) {
		struct model_content *c = &s->content[i];
		uint64_t start = c->has_offset ? c->offset : end;

		/* Those behind it lie somewhere. */
		if (c->unread || c->misplaced || (files && files[i] == MODEL_CONTENT_LOST)) {
			placed = false;
			end = 0;
			continue;
		}
		/* Files of a file system: what holds them is not only they. */
		if (!c->image)
			continue;
		placed |= c->has_offset;
		end = start + (c->size || !files ? c->size : files[i]);
		if (end > room) {
			status = meta_error(r->d, &c->loc,
					    "cannot place image \"%.200s\": it ends at %ju, the "
					    "structure at %ju",
					    c->image, (uintmax_t)end, (uintmax_t)room);
			/* No error of it or of those behind it follows from this one. */
			c->misplaced = true;
			end = 0;
			placed = false;
			continue;
		}
		if (placed)
			spans[count++] = (struct span){ c, start, end };
	}
	/* Without files the reference does not ask either. */
	return files ? status | check_overlaps(r, spans, count) : status;
}
