/* SPDX-License-Identifier: Apache-2.0 */
/* board.yaml to the model: in what is accepted no path leads out of where it belongs. */
#include <stdlib.h>
#include <string.h>

#include "fuzz_yaml.h"
#include "model.h"
#include "files.h"
#include "path.h"

#define DIR "boards/x"

static void check_board(const struct model_board *b)
{
	if (strncmp(b->features, DIR "/", strlen(DIR "/")) != 0 ||
	    !path_is_clean_relative(b->features + strlen(DIR "/")))
		abort();
	if (!b->name || strpbrk(b->name, "/ \n") || !b->arch)
		abort();
	for (size_t i = 0; i < b->prefix_count; i++)
		if (!path_is_clean(b->prefixes[i].path) ||
		    !path_is_below(b->prefixes[i].path, "/sys/devices"))
			abort();
}

static void look(struct mem_arena *a, const struct meta_node *root, struct meta_diag *d)
{
	struct model_board board = { 0 };
	size_t before = d->errors;
	int status = model_read_board(a, root, DIR, &board, d);

	fuzz_told(status, d, before);
	if (!status)
		check_board(&board);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_yaml(data, size, "board.yaml", look);
	return 0;
}
