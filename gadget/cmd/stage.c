/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "cmd.h"
#include "str.h"

const char *cmd_stage_make(struct mem_arena *a, const char *name, struct err *e)
{
	size_t len = strlen(name);
	char *dir;

	while (len > 1 && name[len - 1] == '/')
		len--;
	/* Tools are given paths in it: none may look like an option. */
	dir = mem_printf(a, "%s%.*s.tmp-XXXXXX", *name == '-' ? "./" : "", (int)len, name);
	if (mkdtemp(dir))
		return dir;
	(void)err_sys(e, "cannot make a folder beside %s", name);
	return NULL;
}

const char *cmd_stage_scratch(struct mem_arena *a, struct err *e)
{
	char *dir = mem_strdup(a, "/tmp/bulkhead-check-XXXXXX");

	if (mkdtemp(dir))
		return dir;
	(void)err_sys(e, "cannot make a temporary folder");
	return NULL;
}

/* Takes fd. Best effort: what stays is a temporary folder. */
static void empty(int fd, unsigned depth)
{
	CLEANUP_DIR DIR *dir = fdopendir(fd);
	const struct dirent *e;

	if (!dir) {
		close(fd);
		return;
	}
	/* Unpacked snaps may hold folders without write permission. */
	(void)fchmod(fd, 0700);
	while ((e = readdir(dir))) {
		int below;

		if (str_eq(e->d_name, ".") || str_eq(e->d_name, ".."))
			continue;
		if (unlinkat(fd, e->d_name, 0) == 0 || depth == 0)
			continue;
		if (fchmodat(fd, e->d_name, 0700, AT_SYMLINK_NOFOLLOW))
			continue;
		below = openat(fd, e->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (below < 0)
			continue;
		empty(below, depth - 1);
		(void)unlinkat(fd, e->d_name, AT_REMOVEDIR);
	}
}

void cmd_stage_remove(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return;
	empty(fd, 256);
	(void)rmdir(dir);
}

static bool is_build(const char *out)
{
	CLEANUP_FD int fd = open(out, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	return fd >= 0 && fstatat(fd, "pack/MANIFEST", &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISREG(st.st_mode);
}

static bool is_empty(const char *out)
{
	int fd = open(out, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	CLEANUP_DIR DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *e;

	if (!dir)
		return false;
	while ((e = readdir(dir)))
		if (!str_eq(e->d_name, ".") && !str_eq(e->d_name, ".."))
			return false;
	return true;
}

int cmd_stage_check(const char *out, struct err *e)
{
	struct stat st;

	if (lstat(out, &st) == 0 && !is_build(out) && !is_empty(out))
		return err_input(e, "cannot replace %s: not the folder of an earlier build", out);
	return 0;
}

int cmd_stage_check_empty(const char *out, struct err *e)
{
	struct stat st;

	if (lstat(out, &st) == 0 && !is_empty(out))
		return err_input(e, "cannot write to %s: not an empty folder", out);
	return 0;
}

int cmd_stage_publish(const char *new, const char *out, struct err *e)
{
	struct stat st;

	if (lstat(out, &st)) {
		if (rename(new, out))
			return err_sys(e, "cannot write %s", out);
		return 0;
	}
	if (cmd_stage_check(out, e))
		return -1;
	if (renameat2(AT_FDCWD, new, AT_FDCWD, out, RENAME_EXCHANGE))
		return err_sys(e, "cannot replace %s", out);
	return 0;
}

/* The signals that ask to end, and the end of the child. */
static void wanted(sigset_t *set)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGCHLD };

	sigemptyset(set);
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		sigaddset(set, signals[i]);
}

_Noreturn static void be_child(const sigset_t *old, enum cmd_status (*work)(void *arg), void *arg)
{
	enum cmd_status status;

	/* A group of its own: with it end the programs that it starts. */
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigprocmask(SIG_SETMASK, old, NULL);
	status = work(arg);
	fflush(NULL);
	_exit(status);
}

_Noreturn static void end_by(int sig, pid_t child, const char *dir)
{
	sigset_t set;

	kill(-child, SIGKILL);
	while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
		;
	cmd_stage_remove(dir);
	/* End as the signal would have ended us, so that the caller knows. */
	signal(sig, SIG_DFL);
	sigemptyset(&set);
	sigaddset(&set, sig);
	raise(sig);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	_exit(128 + sig);
}

static enum cmd_status child_status(int status)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) <= CMD_ENVIRONMENT)
		return (enum cmd_status)WEXITSTATUS(status);
	fprintf(stderr, "bulkhead: cannot go on: the build ended by %s %d\n",
		WIFSIGNALED(status) ? "signal" : "status",
		WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	return CMD_ENVIRONMENT;
}

enum cmd_status cmd_stage_run(const char *dir, enum cmd_status (*work)(void *arg), void *arg)
{
	sigset_t set, old;
	pid_t child;
	int status;

	wanted(&set);
	/* Blocked before the child is there: none of them is lost. */
	sigprocmask(SIG_BLOCK, &set, &old);
	fflush(NULL);
	child = fork();
	if (child < 0) {
		sigprocmask(SIG_SETMASK, &old, NULL);
		fprintf(stderr, "bulkhead: cannot start the build: %s\n", strerror(errno));
		return CMD_ENVIRONMENT;
	}
	if (child == 0)
		be_child(&old, work, arg);
	setpgid(child, child);
	for (;;) {
		int sig = sigwaitinfo(&set, NULL);

		if (sig > 0 && sig != SIGCHLD)
			end_by(sig, child, dir);
		if (waitpid(child, &status, WNOHANG) == child)
			break;
	}
	return child_status(status);
}

void cmd_stage_end(const char *dir)
{
	sigset_t set;

	cmd_stage_remove(dir);
	wanted(&set);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}
