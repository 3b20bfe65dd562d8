/* SPDX-License-Identifier: Apache-2.0 */
#include "disk.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"

static int copy_range(int in, int out, off_t start, off_t end)
{
	off_t from = start, to = start;

	while (from < end) {
		ssize_t n = copy_file_range(in, &from, out, &to, (size_t)(end - from), 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
	}
	return 0;
}

/* ENXIO says that only a hole is left. A file system that knows no holes shows one range. */
static int copy_data(int in, int out, off_t size)
{
	off_t at = 0;

	while (at < size) {
		off_t start = lseek(in, at, SEEK_DATA);
		off_t end;

		if (start < 0)
			return errno == ENXIO ? 0 : -1;
		end = lseek(in, start, SEEK_HOLE);
		if (end < 0 || copy_range(in, out, start, end) < 0)
			return -1;
		at = end;
	}
	return 0;
}

int disk_copy(const char *from, const char *to, struct err *e)
{
	CLEANUP_FD int in = open(from, O_RDONLY | O_CLOEXEC);
	CLEANUP_FD int out = -1;
	struct stat st;

	if (in < 0 || fstat(in, &st) < 0)
		return err_sys(e, "cannot open disk %s", from);
	if (!S_ISREG(st.st_mode))
		return err_input(e, "cannot use disk %s: not a regular file", from);
	out = open(to, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (out < 0)
		return err_sys(e, "cannot create %s", to);
	if (ftruncate(out, st.st_size) < 0 || copy_data(in, out, st.st_size) < 0)
		return err_sys(e, "cannot copy %s to %s", from, to);
	return 0;
}
