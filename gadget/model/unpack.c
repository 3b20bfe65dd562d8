/* SPDX-License-Identifier: Apache-2.0 */
/* .snap files, by unsquashfs: a squashfs made by somebody else is never mounted. */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "fd.h"
#include "str.h"
#include "tree.h"

#define LISTING_MAX ((size_t)64 * 1024 * 1024)

/* Runs unsquashfs; its output goes to the descriptor out. Returns its exit status, or -1. */
static int run(const char *const argv[], int out)
{
	static const char *const env[] = { "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", NULL };
	posix_spawn_file_actions_t actions;
	pid_t pid;
	int status = 0;
	int failed;

	if (posix_spawn_file_actions_init(&actions))
		return -1;
	failed = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY,
						  0) ||
		 posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO) ||
		 posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY,
						  0) ||
		 posix_spawnp(&pid, argv[0], &actions, NULL, (char *const *)argv,
			      (char *const *)env);
	posix_spawn_file_actions_destroy(&actions);
	if (failed)
		return -1;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static int refuse(const struct reader *r, const char *name, const char *why)
{
	struct meta_loc loc = { .file = name };

	return meta_error(r->d, &loc, "cannot unpack snap: %s", why);
}

/* One line of "unsquashfs -lln": type and mode first, as ls -l has them. */
static int check_line(const struct reader *r, const char *name, const char *line, size_t len)
{
	/* Lines of text before the listing begin with no type. */
	if (len < 10 || !strchr("-dlcbps", line[0]) || line[10] != ' ')
		return 0;
	if (strchr("cb", line[0]))
		return refuse(r, name, "it holds a device node");
	if (strchr("ps", line[0]))
		return refuse(r, name, "it holds a FIFO or a socket");
	if (line[0] == '-' && (strchr("sS", line[3]) || strchr("sS", line[6])))
		return refuse(r, name, "it holds a file with set-id bits");
	return 0;
}

/* Before a file is written: as root, unsquashfs would make device nodes and set-id files. */
static int check_listing(const struct reader *r, const char *file, const char *name)
{
	const char *const argv[] = { "unsquashfs", "-lln", file, NULL };
	CLEANUP_FD int out = memfd_create("listing", MFD_CLOEXEC);
	CLEANUP_FREE char *text = NULL;
	struct err e = { 0 };
	size_t len = 0;
	int status;

	if (out < 0)
		return refuse(r, name, strerror(errno));
	status = run(argv, out);
	if (status < 0)
		return refuse(r, name, "cannot run unsquashfs");
	if (status)
		return refuse(r, name, "not a squashfs file");
	if (lseek(out, 0, SEEK_SET) < 0)
		return refuse(r, name, strerror(errno));
	text = fd_read_all(out, "listing", LISTING_MAX, &len, &e);
	if (!text)
		return refuse(r, name, e.text);
	for (const char *at = text; *at;) {
		size_t n = strcspn(at, "\n");

		if (check_line(r, name, at, n))
			return -1;
		at += n + (at[n] == '\n');
	}
	return 0;
}

int model_tree_unpack(const struct reader *r, const char *file, const char *name, const char *to)
{
	const char *const argv[] = { "unsquashfs", "-n", "-q", "-d", to, file, NULL };
	CLEANUP_FD int out = open("/dev/null", O_WRONLY | O_CLOEXEC);
	int status;

	if (out < 0)
		return refuse(r, name, strerror(errno));
	if (check_listing(r, file, name))
		return -1;
	status = run(argv, out);
	if (status < 0)
		return refuse(r, name, "cannot run unsquashfs");
	/* 2: it could not restore something, as file capabilities without root. */
	if (status == 2)
		return refuse(r, name, "it holds attributes that cannot be kept");
	if (status)
		return refuse(r, name, "unsquashfs failed");
	return 0;
}
