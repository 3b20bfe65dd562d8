/* SPDX-License-Identifier: Apache-2.0 */
/* For targets that read YAML: what is no YAML is refused, and what is one is looked at. */
#ifndef FUZZ_FUZZ_YAML_H
#define FUZZ_FUZZ_YAML_H

#include "fuzz.h"
#include "meta.h"

/* root may be faulty: d has its errors then. */
typedef void fuzz_look(struct mem_arena *a, const struct meta_node *root, struct meta_diag *d);

static inline void fuzz_yaml(const uint8_t *data, size_t size, const char *name, fuzz_look *look)
{
	struct mem_arena a = { 0 };
	struct meta_diag d = { 0 };
	char *text = fuzz_copy(data, size);
	const struct meta_node *root = meta_parse(&a, text, size, name, &d);

	free(text);
	if (root)
		look(&a, root, &d);
	else if (!d.errors)
		abort();
	mem_free(&a);
	meta_diag_free(&d);
}

/* A reader that refuses says why, and one that does not, does not. */
static inline void fuzz_told(int status, const struct meta_diag *d, size_t before)
{
	if ((status != 0) != (d->errors != before))
		abort();
}

#endif
