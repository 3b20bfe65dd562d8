/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd.h"
#include "path.h"

enum cmd_status cmd_fail(const struct err *e)
{
	fprintf(stderr, "bulkhead: %s\n", e->text);
	return e->kind == ERR_ENVIRONMENT ? CMD_ENVIRONMENT : CMD_REFUSED;
}

enum cmd_status cmd_report(struct meta_diag *d)
{
	enum cmd_status status = CMD_DONE;

	if (d->errors)
		status = d->environment == d->errors ? CMD_ENVIRONMENT : CMD_REFUSED;
	meta_print(d);
	meta_diag_free(d);
	return status;
}

const char *cmd_program_dir(struct mem_arena *a, struct err *e)
{
	char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path));

	if (n <= 0 || (size_t)n >= sizeof(path)) {
		(void)err_env(e, "cannot find where this program lies");
		return NULL;
	}
	path[n] = '\0';
	*strrchr(path, '/') = '\0';
	return mem_strdup(a, path);
}

const char *cmd_data_dir(struct mem_arena *a, const struct cmd_args *args, struct err *e)
{
	static const char *const places[] = { "../share/bulkhead", "../../.." };
	const char *dir = args->data ? args->data : cmd_program_dir(a, e);
	size_t count = args->data ? 1 : ARRAY_SIZE(places);

	for (size_t i = 0; dir && i < count; i++) {
		const char *data = args->data ? dir : mem_printf(a, "%s/%s", dir, places[i]);
		struct stat st;

		if (stat(mem_printf(a, "%s/gadget/interfaces", data), &st) == 0 &&
		    S_ISDIR(st.st_mode))
			return data;
	}
	if (dir)
		(void)err_env(e, "cannot find gadget/interfaces %s%s; --data names its folder",
			      args->data ? "below " : "near ", dir);
	return NULL;
}
