/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gadget.yaml to the model: in what is accepted structures are in order, do not overlap, and no
 * path leaves the gadget.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "model.h"

static void check_path(const char *path)
{
	if (path && (*path == '/' || strcmp(path, "..") == 0 || strncmp(path, "../", 3) == 0 ||
		     strstr(path, "/../")))
		abort();
}

static void check_volume(const struct model_volume *v)
{
	uint64_t end = 0;

	for (size_t i = 0; i < v->structure_count; i++) {
		const struct model_structure *s = &v->structures[i];

		bool open = v->partial & MODEL_PARTIAL_SIZE;

		if (s->least_offset < end || (s->min_size > s->size && !open) ||
		    (s->size == 0 && !open && v->schema != MODEL_SCHEMA_EMMC) ||
		    s->offset + s->size < s->offset || s->least_offset > s->offset)
			abort();
		end = s->least_offset + s->min_size;
		for (size_t k = 0; k < s->content_count; k++) {
			check_path(s->content[k].source);
			check_path(s->content[k].image);
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mem_arena a = { 0 };
	struct meta_diag d = { 0 };
	struct model_gadget gadget = { 0 };
	char *text = fuzz_copy(data, size);
	const struct meta_node *root = meta_parse(&a, text, size, "gadget.yaml", &d);

	size_t before = d.errors;

	free(text);
	if (root && model_read_gadget(&a, root, &gadget, &d) == 0) {
		if (d.errors != before)
			abort();
		for (size_t i = 0; i < gadget.volume_count; i++)
			check_volume(&gadget.volumes[i]);
	} else if (d.errors == before && root) {
		abort();
	}
	mem_free(&a);
	meta_diag_free(&d);
	return 0;
}
