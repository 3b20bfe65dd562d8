/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include "cmd.h"

enum cmd_status cmd_check(struct mem_arena *a, const struct cmd_args *args)
{
	struct meta_diag d = { 0 };
	struct model_options o = { .checking = true };
	struct err e = { 0 };
	char scratch[] = "/tmp/bulkhead-check-XXXXXX";

	o.data = cmd_data_dir(a, args, &e);
	if (!o.data)
		return cmd_fail(&e);
	o.scratch = mkdtemp(scratch);
	if (!o.scratch) {
		(void)err_sys(&e, "cannot make a temporary folder");
		return cmd_fail(&e);
	}
	for (size_t i = 0; i < args->count; i++) {
		size_t before = d.errors;

		if (model_check(a, args->operands[i], &o, &d) == 0 && d.errors == before)
			printf("%s: ok\n", args->operands[i]);
	}
	cmd_stage_remove(scratch);
	return cmd_report(&d);
}
