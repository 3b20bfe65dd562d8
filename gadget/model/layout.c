/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "size.h"
#include "str.h"
#include "volume.h"

/* Where the first structure begins that neither says where nor is the master boot record. */
#define FIRST_OFFSET (UINT64_C(1) << 20)
/* Sectors 1 to 33 hold the GPT's header and table. */
#define GPT_START 512
#define GPT_END	  (512 * 34)

static const char *name_of(const struct model_structure *s)
{
	if (s->name)
		return s->name;
	return s->type ? s->type : "";
}

static uint64_t first_offset(uint64_t end)
{
	return end < FIRST_OFFSET ? FIRST_OFFSET : end;
}

/* Is where it lies to be told, when end is where the one before ends? */
static bool can_place(const struct model_structure *s, bool end_known)
{
	if (s->unread & MODEL_UNREAD_OFFSET)
		return false;
	if (s->offset != UINT64_MAX)
		return true;
	/* "type: mbr" is a role too, and one that has its place. */
	if ((s->unread & MODEL_UNREAD_ROLE) ||
	    ((s->unread & MODEL_UNREAD_TYPE) && s->role == MODEL_ROLE_NONE))
		return false;
	return end_known || s->role == MODEL_ROLE_MBR;
}

/*
 * In the order written: after the one before, the first after the first MiB. Behind a structure
 * whose size is not fixed there is a least offset, and one with its whole size.
 */
static int give_offsets(const struct reader *r, struct model_volume *v)
{
	uint64_t end = 0;
	uint64_t least = 0;
	bool open = false;
	bool known = true; /* end and least are where the one before ends */
	int status = 0;

	for (size_t i = 0; i < v->structure_count; i++) {
		struct model_structure *s = &v->structures[i];
		bool given = s->offset != UINT64_MAX;

		s->unplaced = !can_place(s, known);
		known = !s->unplaced && !(s->unread & MODEL_UNREAD_SIZE);
		if (s->unplaced) {
			s->offset = s->least_offset = UINT64_MAX;
			continue;
		}
		if (!given && s->role == MODEL_ROLE_MBR) {
			s->offset = 0;
			given = true;
		}
		s->floating = !given && open;
		s->least_offset = given ? s->offset : first_offset(least);
		if (!given)
			s->offset = first_offset(end);
		/* All at most SIZE_MOST. A size that is open may still be 0. */
		end = s->offset + (s->size > s->min_size ? s->size : s->min_size);
		least = s->least_offset + s->min_size;
		open = s->floating || s->size != s->min_size || s->size == 0;
		if (end <= SIZE_MOST && least <= SIZE_MOST)
			continue;
		status = meta_error(r->d, model_gadget_place(s->node, "size"),
				    "cannot place structure \"%s\": the volume is too large",
				    name_of(s));
		s->unplaced = true;
		s->offset = s->least_offset = UINT64_MAX;
		known = false;
	}
	return status;
}

static int by_offset(const void *pa, const void *pb)
{
	const struct model_structure *a = pa;
	const struct model_structure *b = pb;

	if (a->least_offset != b->least_offset)
		return a->least_offset < b->least_offset ? -1 : 1;
	return (a->index > b->index) - (a->index < b->index);
}

static int check_overlaps(const struct reader *r, const struct model_volume *v)
{
	int status = 0;

	for (size_t i = 0; i < v->structure_count; i++) {
		const struct model_structure *s = &v->structures[i];
		const struct model_structure *before = i ? &v->structures[i - 1] : NULL;

		/* They are the last. */
		if (s->unplaced)
			break;
		if (before && before->least_offset + before->min_size > s->least_offset)
			status = meta_error(
				r->d, model_gadget_place(s->node, "offset"),
				"cannot place structure \"%s\" at offset %ju: overlaps with \"%s\"",
				name_of(s), (uintmax_t)s->least_offset, name_of(before));
		if (v->schema == MODEL_SCHEMA_GPT && !(v->unread & MODEL_UNREAD_SCHEMA) &&
		    s->least_offset < GPT_END && s->least_offset + s->min_size > GPT_START)
			meta_warn(r->d, &s->loc,
				  "cannot keep structure \"%s\" off the partition table: it lies "
				  "within the first 34 sectors",
				  name_of(s));
	}
	return status;
}

/* Names are how boot code finds partitions. */
static int check_names(const struct reader *r, const struct model_volume *v)
{
	int status = 0;

	for (size_t i = 0; i < v->structure_count; i++) {
		const struct model_structure *b = &v->structures[i];
		const struct model_structure *first = b;

		for (size_t k = 0; b->name && k < v->structure_count; k++) {
			const struct model_structure *a = &v->structures[k];

			if (a->index < first->index && a->name && str_eq(a->name, b->name))
				first = a;
		}
		if (first != b)
			status = meta_error(r->d, model_gadget_place(b->node, "name"),
					    "cannot use name \"%s\": already used in line %u",
					    b->name, first->loc.line);
	}
	return status;
}

/* Every structure has its place and size. */
static bool is_whole(const struct model_volume *v)
{
	for (size_t i = 0; i < v->structure_count; i++)
		if (v->structures[i].unplaced || (v->structures[i].unread & MODEL_UNREAD_SIZE))
			return false;
	return true;
}

static uint64_t least_end(const struct model_volume *v)
{
	uint64_t end = 0;

	for (size_t i = 0; i < v->structure_count; i++)
		if (v->structures[i].least_offset + v->structures[i].min_size > end)
			end = v->structures[i].least_offset + v->structures[i].min_size;
	return end;
}

static int check_offset_write(const struct reader *r, const struct model_volume *v,
			      const struct model_structure *s)
{
	const struct model_structure *first = &v->structures[0];
	const struct meta_loc *loc = model_gadget_place(s->node, "offset-write");

	if (!s->has_offset_write)
		return 0;
	if (!s->offset_write_to && s->offset_write + 4 > least_end(v))
		return meta_error(r->d, loc,
				  "cannot use offset-write: it lies outside of the volume");
	if (!s->offset_write_to)
		return 0;
	if (!first->name || !str_eq(first->name, s->offset_write_to) || first->offset)
		return meta_error(r->d, loc,
				  "cannot use offset-write: \"%.64s\" is not the structure at "
				  "offset 0",
				  s->offset_write_to);
	if (s->offset_write + 4 > first->min_size)
		return meta_error(r->d, loc,
				  "cannot use offset-write: it lies outside of \"%.64s\"",
				  s->offset_write_to);
	return 0;
}

int model_layout_volume(const struct reader *r, struct model_volume *v)
{
	int status = 0;

	for (size_t i = 0; i < v->structure_count; i++)
		v->structures[i].index = i;
	if (v->structure_count == 0)
		return 0;
	/* Each of its structures is a device of its own. */
	if (v->schema == MODEL_SCHEMA_EMMC) {
		for (size_t i = 0; i < v->structure_count; i++)
			v->structures[i].offset = 0;
		return check_names(r, v);
	}
	status = give_offsets(r, v);
	qsort(v->structures, v->structure_count, sizeof(*v->structures), by_offset);
	status |= check_overlaps(r, v) | check_names(r, v);
	for (size_t i = 0; i < v->structure_count && is_whole(v); i++)
		status |= check_offset_write(r, v, &v->structures[i]);
	return status;
}
