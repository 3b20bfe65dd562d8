/* SPDX-License-Identifier: Apache-2.0 */
#include "plan.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	void *copy = fuzz_copy(data, size);
	struct plan p;
	struct err e = { 0 };

	/* What was accepted can be used without further checks. */
	if (plan_read(copy, size, &p, &e) == 0) {
		for (uint32_t i = 0; i < plan_count(&p, PLAN_TABLE_MOUNTS); i++)
			if (!plan_text(&p, p.mounts[i].target)[0])
				abort();
		for (uint32_t i = 0; i < plan_count(&p, PLAN_TABLE_LATE); i++)
			if (strncmp(plan_text(&p, p.late[i].prefix), "/sys/devices/", 13) != 0)
				abort();
	}
	free(copy);
	return 0;
}
