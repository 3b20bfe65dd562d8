/* SPDX-License-Identifier: Apache-2.0 */
#include "daemons.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	void *copy = fuzz_copy(data, size);
	struct daemons d;
	struct err e = { 0 };

	/* What was accepted can be used without further checks. */
	if (daemons_read(copy, size, &d, &e) == 0) {
		for (uint32_t i = 0; i < d.header->rows_count; i++)
			if (!daemons_text(&d, d.rows[i].label)[0])
				abort();
		for (uint32_t i = 0; i < d.header->needs_count; i++)
			if (d.needs[i].row >= d.header->rows_count ||
			    !daemons_text(&d, d.needs[i].slot)[0] ||
			    strchr(daemons_text(&d, d.needs[i].tag), '/'))
				abort();
	}
	free(copy);
	return 0;
}
