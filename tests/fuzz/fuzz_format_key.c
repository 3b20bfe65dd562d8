/* SPDX-License-Identifier: Apache-2.0 */
#include "key.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	void *copy = fuzz_copy(data, size);
	struct key k;
	struct err e = { 0 };

	/* What was accepted can be used without further checks. */
	if (key_read(copy, size, &k, &e) == 0)
		for (uint32_t i = 0; i < k.header->features_count; i++)
			if (!key_text(&k, k.features[i].path)[0] ||
			    strlen(key_text(&k, k.features[i].value)) > size)
				abort();
	free(copy);
	return 0;
}
