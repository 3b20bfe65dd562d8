/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The main of a fuzz target where there is no libFuzzer: feeds each file named on the command line
 * and each file of a folder named there, in the order of their names.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "err.h"
#include "fd.h"
#include "fuzz.h"
#include "path.h"
#include "str.h"

#define INPUT_MAX (64u * 1024u * 1024u)

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

static int feed_folder(const char *path, unsigned *count, struct err *e)
{
	struct dirent **entries = NULL;
	int n = scandir(path, &entries, NULL, alphasort);
	int status = n < 0 ? err_sys(e, "cannot read %s", path) : 0;

	for (int i = 0; i < n; i++) {
		CLEANUP_STR struct str file = { 0 };

		str_printf(&file, "%s/%s", path, entries[i]->d_name);
		if (status == 0 && entries[i]->d_name[0] != '.') {
			status = feed(str_text(&file), e);
			++*count;
		}
		free(entries[i]);
	}
	free(entries);
	return status;
}

/* Feeds one file, or each file of one folder; adds to *count. */
static int feed_path(const char *path, unsigned *count, struct err *e)
{
	struct stat st;

	if (stat(path, &st))
		return err_sys(e, "cannot read %s", path);
	if (S_ISDIR(st.st_mode))
		return feed_folder(path, count, e);
	++*count;
	return feed(path, e);
}

int main(int argc, char *argv[])
{
	struct err e = { 0 };
	unsigned count = 0;

	for (int i = 1; i < argc; i++) {
		if (feed_path(argv[i], &count, &e)) {
			fprintf(stderr, "%s: %s\n", program_invocation_short_name, e.text);
			return 1;
		}
	}
	printf("%s: %u inputs\n", program_invocation_short_name, count);
	return count ? 0 : 1;
}
