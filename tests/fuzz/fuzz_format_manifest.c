/* SPDX-License-Identifier: Apache-2.0 */
#include "manifest.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	void *copy = fuzz_copy(data, size);
	struct manifest m;
	struct err e = { 0 };

	/* What was accepted can be used without further checks, and every file is found. */
	if (manifest_read(copy, size, &m, &e) == 0)
		for (uint32_t i = 0; i < manifest_count(&m, MANIFEST_TABLE_FILES); i++)
			if (manifest_find(&m, manifest_text(&m, m.files[i].path)) != &m.files[i])
				abort();
	free(copy);
	return 0;
}
