/* SPDX-License-Identifier: Apache-2.0 */
/* Text to tree: every node that comes out has a place within the text, whatever the text is. */
#include <stdlib.h>

#include "fuzz.h"
#include "meta.h"

static size_t lines_of(const uint8_t *data, size_t size)
{
	size_t n = 1;

	for (size_t i = 0; i < size; i++)
		n += data[i] == '\n';
	return n;
}

static void walk(const struct meta_node *n, size_t lines, unsigned depth)
{
	/* The end of the text may be where an empty value stands. */
	if (n->loc.line == 0 || n->loc.line > lines + 1 || n->loc.col == 0 ||
	    depth > META_DEPTH_MAX)
		abort();
	if ((n->kind == META_SCALAR) != (n->text != NULL))
		abort();
	for (size_t i = 0; i < n->count; i++) {
		if (n->kind == META_MAP) {
			walk(n->keys[i], lines, depth + 1);
			if (!meta_get(n, n->keys[i]->text))
				abort();
		}
		walk(n->items[i], lines, depth + 1);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mem_arena a = { 0 };
	struct meta_diag d = { 0 };
	char *text = fuzz_copy(data, size);
	const struct meta_node *root = meta_parse(&a, text, size, "f.yaml", &d);

	/* Only a tree that is known to be refused comes with errors, and none at all with some. */
	if (root ? root->faulty != (d.errors > 0) : d.errors == 0)
		abort();
	free(text);
	if (root)
		walk(root, lines_of(data, size), 0);
	mem_free(&a);
	meta_diag_free(&d);
	return 0;
}
