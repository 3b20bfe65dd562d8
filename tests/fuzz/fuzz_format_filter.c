/* SPDX-License-Identifier: Apache-2.0 */
#include "filter.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	void *copy = fuzz_copy(data, size);
	struct filter f;
	struct err e = { 0 };

	if (filter_read(copy, size, &f, &e) == 0 && f.count > FILTER_COUNT_MAX)
		abort();
	free(copy);
	return 0;
}
