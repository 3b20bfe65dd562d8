/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The main of a fuzz target where there is no libFuzzer: feeds each file named on the command line
 * and each file below a folder named there, in the order of their names.
 */
#include <fts.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "err.h"
#include "fd.h"
#include "fuzz.h"
#include "path.h"

#define INPUT_MAX (64u * 1024u * 1024u)

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

static int feed(const char *path, struct err *e)
{
	CLEANUP_FREE uint8_t *data = NULL;
	size_t size = 0;

	data = fd_read_file(path, INPUT_MAX, &size, e);
	if (!data)
		return -1;
	LLVMFuzzerTestOneInput(data, size);
	return 0;
}

/* Feeds everything below one path; adds to *count. */
static int feed_tree(char *path, unsigned *count, struct err *e)
{
	char *roots[] = { path, NULL };
	FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
	int status = 0;

	if (!tree)
		return err_sys(e, "cannot open %s", path);
	for (FTSENT *entry; status == 0 && (entry = fts_read(tree));) {
		if (entry->fts_info == FTS_F) {
			status = feed(entry->fts_path, e);
			++*count;
		} else if (entry->fts_info == FTS_NS || entry->fts_info == FTS_ERR ||
			   entry->fts_info == FTS_DNR) {
			status = err_env(e, "cannot read %s", entry->fts_path);
		}
	}
	fts_close(tree);
	return status;
}

int main(int argc, char *argv[])
{
	struct err e = { 0 };
	unsigned count = 0;

	for (int i = 1; i < argc; i++) {
		if (feed_tree(argv[i], &count, &e)) {
			fprintf(stderr, "%s: %s\n", path_base(argv[0]), e.text);
			return 1;
		}
	}
	printf("%s: %u inputs\n", path_base(argv[0]), count);
	return count ? 0 : 1;
}
