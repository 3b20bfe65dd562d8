/* SPDX-License-Identifier: Apache-2.0 */
#include "place.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "fd.h"
#include "mem.h"

static void must(int failed, const char *path)
{
	if (!failed)
		return;
	fprintf(stderr, "cannot place %s: %s\n", path, strerror(errno));
	abort();
}

static void place_above(const char *path, mode_t mode)
{
	const char *slash = strrchr(path, '/');
	CLEANUP_FREE char *above = NULL;

	if (!slash || slash == path)
		return;
	above = mem_must(strndup(path, (size_t)(slash - path)));
	place_folder(above, mode);
}

void place_folder(const char *path, mode_t mode)
{
	place_above(path, mode);
	must(mkdir(path, mode) && errno != EEXIST, path);
}

void place_file(const char *path, const void *data, size_t size, mode_t mode)
{
	int fd;

	place_above(path, 0755);
	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	must(fd < 0 || fd_write_all(fd, data, size, path, NULL) || fchmod(fd, mode) || close(fd),
	     path);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

int place_remove(const char *path)
{
	return nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
