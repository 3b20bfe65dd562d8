/* SPDX-License-Identifier: Apache-2.0 */
/* board.yaml to the model: in what is accepted no path leads out of where it belongs. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mem_arena a = { 0 };
	struct meta_diag d = { 0 };
	struct model_board board = { 0 };
	char *text = fuzz_copy(data, size);
	const struct meta_node *root = meta_parse(&a, text, size, "board.yaml", &d);
	size_t before = d.errors;

	free(text);
	if (root && model_read_board(&a, root, DIR, &board, &d) == 0) {
		if (d.errors != before)
			abort();
		check_board(&board);
	} else if (d.errors == before && (root || !before)) {
		abort();
	}
	mem_free(&a);
	meta_diag_free(&d);
	return 0;
}
