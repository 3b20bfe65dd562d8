/* SPDX-License-Identifier: Apache-2.0 */
/* .snap files, by unsquashfs: a squashfs made by somebody else is never mounted. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "fd.h"
#include "guard.h"
#include "listing.h"
#include "str.h"
#include "tree.h"

#define LISTING_MAX ((size_t)64 * 1024 * 1024)

/*
 * A squashfs that unsquashfs chokes on must not hold the build for ever, nor fill memory and disk.
 * Set on the running child: it cannot do much before.
 */
static int limit(pid_t pid)
{
	static const struct {
		enum __rlimit_resource what;
		rlim_t most;
	} limits[] = {
		{ RLIMIT_CPU, 600 },
		{ RLIMIT_FSIZE, (rlim_t)4 << 30 },
		{ RLIMIT_CORE, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
		const struct rlimit most = { limits[i].most, limits[i].most };

		if (prlimit(pid, limits[i].what, &most, NULL))
			return -1;
	}
	return 0;
}

/* Runs unsquashfs; its output goes to the descriptor out. Returns its exit status, or -1. */
static int run(const char *const argv[], int out)
{
	static const char *const env[] = { "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", NULL };
	posix_spawn_file_actions_t actions;
	pid_t pid = -1;
	int status = 0;
	int failed = posix_spawn_file_actions_init(&actions);

	if (failed) {
		errno = failed;
		return -1;
	}
	failed = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	if (!failed)
		failed = posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	if (!failed)
		failed = posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null",
							  O_WRONLY, 0);
	if (!failed)
		failed = posix_spawnp(&pid, argv[0], &actions, NULL, (char *const *)argv,
				      (char *const *)env);
	posix_spawn_file_actions_destroy(&actions);
	if (failed) {
		errno = failed;
		return -1;
	}
	if (limit(pid))
		(void)kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

/* Not the snap's fault. */
static int fail(const struct reader *r, const char *name, const char *what)
{
	struct meta_loc loc = { .file = name };
	struct err e = { 0 };

	(void)err_sys(&e, "cannot unpack snap: cannot %s", what);
	return meta_fail(r->d, &loc, &e);
}

static int check_listing(const struct reader *r, const char *file, struct tree *t)
{
	const char *name = t->name;
	const char *const argv[] = { "unsquashfs", "-lln", file, NULL };
	CLEANUP_FD int out = memfd_create("listing", MFD_CLOEXEC);
	CLEANUP_FREE char *text = NULL;
	struct err e = { 0 };
	size_t len = 0;
	int status;

	if (out < 0)
		return fail(r, name, "make a file in memory");
	status = run(argv, out);
	if (status < 0)
		return fail(r, name, "run unsquashfs");
	if (status)
		return model_listing_refuse(r, name, "not a squashfs file, or a damaged one");
	if (lseek(out, 0, SEEK_SET) < 0)
		return fail(r, name, "read the listing");
	text = fd_read_all(out, "listing", LISTING_MAX, &len, &e);
	if (!text)
		return model_listing_refuse(r, name, e.text);
	if (strlen(text) != len)
		return model_listing_refuse(r, name, "a name holds a NUL byte");
	return model_listing_check(r, t, text);
}

bool model_tree_is_squashfs(const char *path)
{
	CLEANUP_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char magic[4];

	return fd >= 0 && read(fd, magic, sizeof(magic)) == sizeof(magic) &&
	       memcmp(magic, "hsqs", sizeof(magic)) == 0;
}

int model_tree_unpack(const struct reader *r, const char *given, struct tree *t)
{
	static const struct tree_lent lost = { "", "it holds attributes that cannot be kept",
					       false };
	const char *name = t->name;
	/* A name that begins with a dash would be an option of unsquashfs. */
	const char *file =
		*given == '-' && GUARD(unpack_dash) ? mem_printf(r->a, "./%s", given) : given;
	const char *const argv[] = { "unsquashfs", "-n", "-q", "-d", t->dir, file, NULL };
	CLEANUP_FD int out = open("/dev/null", O_WRONLY | O_CLOEXEC);
	int status;

	if (out < 0)
		return fail(r, name, "open /dev/null");
	if (check_listing(r, file, t))
		return -1;
	status = run(argv, out);
	if (status < 0)
		return fail(r, name, "run unsquashfs");
	/* 2: it could not restore something, as file capabilities without root. */
	if (status == 2)
		model_tree_lend(r, t, &lost);
	else if (status)
		return model_listing_refuse(r, name, "unsquashfs failed");
	return 0;
}
