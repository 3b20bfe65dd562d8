/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gadget.yaml to the model: in what is accepted structures are in order, do not overlap, and no
 * path leaves the gadget.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz_yaml.h"
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

static void look(struct mem_arena *a, const struct meta_node *root, struct meta_diag *d)
{
	struct model_gadget gadget = { 0 };
	size_t before = d->errors;
	int status = model_read_gadget(a, root, &gadget, d);

	fuzz_told(status, d, before);
	for (size_t i = 0; !status && i < gadget.volume_count; i++)
		check_volume(&gadget.volumes[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_yaml(data, size, "gadget.yaml", look);
	return 0;
}
