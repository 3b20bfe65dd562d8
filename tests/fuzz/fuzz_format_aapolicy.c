/* SPDX-License-Identifier: Apache-2.0 */
#include "aapolicy.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	void *copy = fuzz_copy(data, size);
	struct aapolicy *a = malloc(sizeof(*a));
	struct err e = { 0 };

	if (!a)
		abort();
	/* What was accepted lies inside the buffer. */
	if (aapolicy_verify(copy, size, a, &e) == 0)
		for (uint32_t i = 0; i < a->count; i++)
			if (!a->profiles[i].name[0] || a->profiles[i].start > size ||
			    a->profiles[i].size > size - a->profiles[i].start)
				abort();
	free(a);
	free(copy);
	return 0;
}
