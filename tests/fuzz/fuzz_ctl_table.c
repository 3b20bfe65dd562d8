/* SPDX-License-Identifier: Apache-2.0 */
/* A hardware table, and a draft by it of a device that answers with a text of its own. */
#include "ctl.h"

#include <string.h>

#include "fuzz.h"

static const char *answer(void *device, const struct ctl_ask *ask)
{
	return ask->level < 2 ? device : NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	void *copy = fuzz_copy(data, size);
	const struct ctl_node nodes[] = { { "a0", "p", (void *)"tty" },
					  { "b", NULL, (void *)"0403" } };
	struct ctl_table t;
	struct ctl_world w = { &t, answer, nodes, 2 };
	struct str out = { 0 };
	struct err e = { 0 };

	if (ctl_table_read(copy, size, &t, &e) == 0 && t.row_count <= 512) {
		ctl_draft(&w, &out);
		for (const char *p = str_text(&out); *p; p++)
			if (*p == '\x1b')
				abort();
	}
	str_free(&out);
	free(copy);
	return 0;
}
