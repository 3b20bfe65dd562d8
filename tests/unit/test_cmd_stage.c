/* SPDX-License-Identifier: Apache-2.0 */
/* The temporary folder of a build: published whole, or gone. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "cmd.h"
#include "fd.h"
#include "files.h"

struct fixture {
	struct mem_arena a;
	char dir[64];
	int ready[2]; /* the work says that it has begun */
	const char *stage;
};

static int set_up(void **state)
{
	static struct fixture f;

	f = (struct fixture){ .dir = "/tmp/bulkhead-test-XXXXXX" };
	*state = &f;
	return mkdtemp(f.dir) && pipe(f.ready) == 0 ? 0 : -1;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	close(f->ready[0]);
	close(f->ready[1]);
	cmd_stage_remove(f->dir);
	mem_free(&f->a);
	return access(f->dir, F_OK) == 0 ? -1 : 0;
}

static void put_file(struct fixture *f, const char *path, const char *text)
{
	char *full = mem_printf(&f->a, "%s/%s", f->dir, path);
	char *slash = strrchr(full, '/');
	struct err e = { 0 };

	*slash = '\0';
	assert_int_equal(fd_mkdirs(full, 0755, &e), 0);
	*slash = '/';
	assert_int_equal(fd_write_file(full, text, strlen(text), 0644, &e), 0);
}

static bool exists(struct fixture *f, const char *path)
{
	return access(mem_printf(&f->a, "%s/%s", f->dir, path), F_OK) == 0;
}

/* A build that never ends: it writes, starts another process, says so and waits. */
static enum cmd_status endless(void *arg)
{
	struct fixture *f = arg;
	struct err e = { 0 };
	const char *file = mem_printf(&f->a, "%s/half", f->stage);
	pid_t below = fork();

	if (below == 0) {
		pause();
		_exit(0);
	}
	if (fd_write_file(file, "x", 1, 0644, &e) ||
	    write(f->ready[1], &below, sizeof(below)) != sizeof(below))
		return CMD_ENVIRONMENT;
	pause();
	return CMD_DONE;
}

static void interrupted_by(struct fixture *f, int sig)
{
	struct err e = { 0 };
	pid_t below;
	pid_t pid;
	int status;

	f->stage = cmd_stage_make(&f->a, mem_printf(&f->a, "%s/out", f->dir), &e);
	assert_non_null(f->stage);
	pid = fork();
	if (pid == 0)
		_exit(cmd_stage_run(f->stage, endless, f));
	assert_int_equal(read(f->ready[0], &below, sizeof(below)), sizeof(below));
	assert_int_equal(access(f->stage, F_OK), 0);
	assert_int_equal(kill(pid, sig), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), sig);
	assert_int_equal(access(f->stage, F_OK), -1);
	/* What the build had started ends with it; whoever reaps it may take a moment. */
	for (int i = 0; i < 200 && kill(below, 0) == 0; i++) {
		char *stat = mem_printf(&f->a, "/proc/%d/status", (int)below);
		size_t len = 0;
		char *text = fd_read_kernel(AT_FDCWD, stat, 65536, &len, &e);
		bool dead = !text || strstr(text, "State:\tZ");

		free(text);
		if (dead)
			return;
		usleep(10000);
	}
	assert_int_equal(kill(below, 0), -1);
}

static void interrupted(void **state)
{
	interrupted_by(*state, SIGTERM);
	interrupted_by(*state, SIGINT);
	interrupted_by(*state, SIGHUP);
}

static enum cmd_status refuse(void *arg)
{
	(void)arg;
	return CMD_REFUSED;
}

static enum cmd_status crash(void *arg)
{
	(void)arg;
	signal(SIGABRT, SIG_DFL);
	raise(SIGKILL);
	return CMD_DONE;
}

static void status_of_the_work(void **state)
{
	struct fixture *f = *state;
	sigset_t set;

	assert_int_equal(cmd_stage_run(f->dir, refuse, NULL), CMD_REFUSED);
	assert_int_equal(cmd_stage_run(f->dir, crash, NULL), CMD_ENVIRONMENT);
	cmd_stage_end(mem_printf(&f->a, "%s/none", f->dir));
	assert_int_equal(sigprocmask(SIG_SETMASK, NULL, &set), 0);
	assert_int_equal(sigismember(&set, SIGTERM), 0);
	assert_int_equal(sigismember(&set, SIGINT), 0);
}

static int publish(struct fixture *f, struct err *e)
{
	return cmd_stage_publish(mem_printf(&f->a, "%s/new", f->dir),
				 mem_printf(&f->a, "%s/out", f->dir), e);
}

static void published(void **state)
{
	struct fixture *f = *state;
	struct err e = { 0 };

	put_file(f, "new/pack/MANIFEST", "1");
	assert_int_equal(publish(f, &e), 0);
	assert_true(exists(f, "out/pack/MANIFEST"));
	assert_false(exists(f, "new"));
	/* In the place of an earlier build, which is then where the new one was. */
	put_file(f, "new/pack/MANIFEST", "2");
	put_file(f, "out/old", "");
	assert_int_equal(publish(f, &e), 0);
	assert_false(exists(f, "out/old"));
	assert_true(exists(f, "new/old"));
}

static void foreign(void **state)
{
	struct fixture *f = *state;
	struct err e = { 0 };

	put_file(f, "new/pack/MANIFEST", "1");
	put_file(f, "out/letter", "dear");
	assert_int_equal(publish(f, &e), -1);
	assert_int_equal(e.kind, ERR_INPUT);
	assert_true(exists(f, "out/letter"));
	assert_true(exists(f, "new/pack/MANIFEST"));
	assert_int_equal(unlink(mem_printf(&f->a, "%s/out/letter", f->dir)), 0);
	assert_int_equal(publish(f, &e), 0);
}

static void foreign_file_and_link(void **state)
{
	struct fixture *f = *state;
	const char *out = mem_printf(&f->a, "%s/out", f->dir);
	struct err e = { 0 };

	put_file(f, "out", "a file");
	assert_int_equal(cmd_stage_check(out, &e), -1);
	assert_int_equal(unlink(out), 0);
	put_file(f, "empty/x", "");
	assert_int_equal(symlink("empty", out), 0);
	assert_int_equal(cmd_stage_check(out, &e), -1);
	assert_int_equal(cmd_stage_check(mem_printf(&f->a, "%s/none", f->dir), &e), 0);
}

/* Removing follows no link and is not stopped by folders without permissions. */
static void removed(void **state)
{
	struct fixture *f = *state;
	const char *tree = mem_printf(&f->a, "%s/tree", f->dir);

	put_file(f, "kept/file", "");
	put_file(f, "tree/a/b/file", "");
	assert_int_equal(symlink("../kept", mem_printf(&f->a, "%s/link", tree)), 0);
	assert_int_equal(chmod(mem_printf(&f->a, "%s/a/b", tree), 0), 0);
	assert_int_equal(chmod(mem_printf(&f->a, "%s/a", tree), 0555), 0);
	cmd_stage_remove(tree);
	assert_false(exists(f, "tree"));
	assert_true(exists(f, "kept/file"));
}

/* Paths in it are operands of tools: "-x" as a folder's name is no option of theirs. */
static void dash(void **state)
{
	struct fixture *f = *state;
	struct err e = { 0 };
	const char *stage;

	assert_int_equal(chdir(f->dir), 0);
	stage = cmd_stage_make(&f->a, "-x", &e);
	assert_non_null(stage);
	assert_int_equal(strncmp(stage, "./-x.tmp-", strlen("./-x.tmp-")), 0);
	assert_int_equal(chdir("/"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(interrupted, set_up, tear_down),
		cmocka_unit_test_setup_teardown(status_of_the_work, set_up, tear_down),
		cmocka_unit_test_setup_teardown(published, set_up, tear_down),
		cmocka_unit_test_setup_teardown(foreign, set_up, tear_down),
		cmocka_unit_test_setup_teardown(foreign_file_and_link, set_up, tear_down),
		cmocka_unit_test_setup_teardown(removed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(dash, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
