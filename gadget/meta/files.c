/* SPDX-License-Identifier: Apache-2.0 */
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "fd.h"
#include "mem.h"

const char *path_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

bool path_is_below(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	if (n == 1 && dir[0] == '/')
		return path[0] == '/';
	return strncmp(path, dir, n) == 0 && (path[n] == '\0' || path[n] == '/');
}

int fd_write_file(const char *path, const void *data, size_t len, mode_t mode, struct err *e)
{
	CLEANUP_FREE char *tmp = NULL;
	CLEANUP_FD int fd = -1;
	struct stat st;

	if (lstat(path, &st) == 0 && !S_ISREG(st.st_mode))
		return err_env(e, "cannot write %s: something else has that name", path);
	if (asprintf(&tmp, "%s.XXXXXX", path) < 0)
		tmp = mem_must(NULL);
	fd = mkostemp(tmp, O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, "cannot write %s", path);
	if (fd_write_all(fd, data, len, path, e)) {
		unlink(tmp);
		return -1;
	}
	if (fchmod(fd, mode) || fsync(fd) || rename(tmp, path)) {
		(void)err_sys(e, "cannot write %s", path);
		unlink(tmp);
		return -1;
	}
	return 0;
}

int fd_mkdirs(const char *path, mode_t mode, struct err *e)
{
	CLEANUP_FREE char *copy = mem_must(strdup(path));
	struct stat st;

	for (char *p = copy + 1; *p; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		if (mkdir(copy, mode) && errno != EEXIST)
			return err_sys(e, "cannot make directory %s", copy);
		*p = '/';
	}
	if (mkdir(copy, mode) && errno != EEXIST)
		return err_sys(e, "cannot make directory %s", path);
	if (stat(copy, &st) || !S_ISDIR(st.st_mode))
		return err_env(e, "cannot make directory %s: something else has that name", path);
	return 0;
}
