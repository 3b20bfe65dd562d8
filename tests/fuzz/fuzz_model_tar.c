/* SPDX-License-Identifier: Apache-2.0 */
/* A tar archive to the list of a base: sorted, unique, clean, and within the archive. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "model.h"
#include "path.h"

static void check_entry(const struct model_base_entry *e, const char *before, size_t size)
{
	if (!path_is_clean(e->path) || (before && strcmp(before, e->path) >= 0))
		abort();
	if (e->type < '0' || e->type > '6' || e->mode > 07777)
		abort();
	if ((e->type == '1' || e->type == '2') != (e->link != NULL))
		abort();
	if (e->size > size || e->data > size - e->size)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mem_arena a = { 0 };
	struct meta_diag d = { 0 };
	struct model_base base = { 0 };
	int fd = memfd_create("base.tar", MFD_CLOEXEC);
	const char *path = mem_printf(&a, "/proc/self/fd/%d", fd);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	if (model_scan_base(&a, path, &base, &d) == 0) {
		for (size_t i = 0; i < base.count; i++)
			check_entry(&base.entries[i], i ? base.entries[i - 1].path : NULL, size);
	} else if (!d.errors) {
		abort();
	}
	close(fd);
	mem_free(&a);
	meta_diag_free(&d);
	return 0;
}
