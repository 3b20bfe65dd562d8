/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

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
	return s->name ? s->name : s->type;
}

/* In the order written: after the one before, the first after the first MiB. */
static int give_offsets(const struct reader *r, struct model_volume *v)
{
	uint64_t end = 0;

	for (size_t i = 0; i < v->structure_count; i++) {
		struct model_structure *s = &v->structures[i];

		if (s->offset == UINT64_MAX)
			s->offset = end < FIRST_OFFSET ? FIRST_OFFSET : end;
		end = s->offset + s->size; /* both at most SIZE_MOST */
		if (end > SIZE_MOST)
			return meta_error(r->d, &s->loc,
					  "cannot place structure \"%s\": the volume is too large",
					  name_of(s));
	}
	return 0;
}

static int by_offset(const void *pa, const void *pb)
{
	const struct model_structure *a = pa;
	const struct model_structure *b = pb;

	if (a->offset != b->offset)
		return a->offset < b->offset ? -1 : 1;
	return (a->loc.line > b->loc.line) - (a->loc.line < b->loc.line);
}

static int check_overlaps(const struct reader *r, const struct model_volume *v)
{
	for (size_t i = 0; i < v->structure_count; i++) {
		const struct model_structure *s = &v->structures[i];
		const struct model_structure *before = i ? &v->structures[i - 1] : NULL;

		if (before && before->offset + before->size > s->offset)
			return meta_error(r->d, &s->loc,
					  "cannot place structure \"%s\": overlaps with \"%s\"",
					  name_of(s), name_of(before));
		if (v->schema == MODEL_SCHEMA_GPT && s->offset < GPT_END &&
		    s->offset + s->size > GPT_START)
			meta_warn(r->d, &s->loc,
				  "cannot keep structure \"%s\" off the partition table: it lies "
				  "within the first 34 sectors",
				  name_of(s));
	}
	return 0;
}

/* Labels and names are how boot code and initramfs find partitions; vfat knows no case. */
static int check_unique(const struct reader *r, const struct model_volume *v)
{
	for (size_t i = 0; i < v->structure_count; i++) {
		for (size_t k = 0; k < i; k++) {
			const struct model_structure *a = &v->structures[k];
			const struct model_structure *b = &v->structures[i];

			if (a->name && b->name && str_eq(a->name, b->name))
				return meta_error(r->d, &b->loc,
						  "cannot use name \"%s\": already used in line %u",
						  b->name, a->loc.line);
			if (a->label && b->label && strcasecmp(a->label, b->label) == 0)
				return meta_error(r->d, &b->loc,
						  "cannot use filesystem-label \"%s\": already "
						  "used in line %u",
						  b->label, a->loc.line);
		}
	}
	return 0;
}

static int check_offset_write(const struct reader *r, const struct model_volume *v,
			      const struct model_structure *s)
{
	const struct model_structure *first = &v->structures[0];
	const struct model_structure *last = &v->structures[v->structure_count - 1];

	if (!s->has_offset_write)
		return 0;
	if (!s->offset_write_to && s->offset_write + 4 > last->offset + last->size)
		return meta_error(r->d, &s->loc,
				  "cannot use offset-write: it lies outside of the volume");
	if (!s->offset_write_to)
		return 0;
	if (!first->name || !str_eq(first->name, s->offset_write_to) || first->offset)
		return meta_error(r->d, &s->loc,
				  "cannot use offset-write: \"%s\" is not the structure at offset "
				  "0",
				  s->offset_write_to);
	if (s->offset_write + 4 > first->size)
		return meta_error(r->d, &s->loc,
				  "cannot use offset-write: it lies outside of \"%s\"",
				  s->offset_write_to);
	return 0;
}

int model_layout_volume(const struct reader *r, struct model_volume *v)
{
	if (v->structure_count == 0)
		return 0;
	if (give_offsets(r, v))
		return -1;
	qsort(v->structures, v->structure_count, sizeof(*v->structures), by_offset);
	if (check_overlaps(r, v) || check_unique(r, v))
		return -1;
	for (size_t i = 0; i < v->structure_count; i++)
		if (check_offset_write(r, v, &v->structures[i]))
			return -1;
	return 0;
}
