/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The supervisor itself on this machine's kernel, as root, in a mount namespace with a /run and a
 * cgroup2 of its own, over a script in the launcher's place. Skipped where that is impossible.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "build.h"
#include "mem.h"
#include "native.h"

#define CGROUPS "/sys/fs/cgroup/bulkhead"
#define TEXT	65536
#define WAIT_MS 20000

/* What the launcher would do for "LABEL [--started]"; the apps say what they are by their names. */
static const char script[] =
	"#!/bin/sh\n"
	"case \"$2 $1\" in\n"
	"'--started '*) echo seen; : >/run/seen.$1; case $1 in *.bad) exit 1 ;; esac ;;\n"
	"*.good|*.hard) trap 'echo asked; exit 0' TERM; echo up; while :; do sleep 0.1; done ;;\n"
	"*.deaf) trap '' TERM; echo deaf; while :; do sleep 0.1; done ;;\n"
	"*.crash) echo falls; exit 3 ;;\n"
	"*.bad) echo loose; while :; do sleep 0.1; done ;;\n"
	"esac\n";

static const char *const apps[] = { "good", "deaf", "crash", "bad", "hard" };

#define HARD	 4
#define SLOT	 RUN "/slots/snap_ab_db_sleft"
#define WAITS	 ".hard: waiting for hardware: slot left\n"
#define COMES	 ".hard: up\n"
#define IS_ASKED ".hard: asked\n"

static void label_of(size_t i, char label[64])
{
	/* Cgroups are one tree for the whole machine. */
	snprintf(label, 64, "snap.unit%d.%s", (int)getppid(), apps[i]);
}

static int put_daemons(void)
{
	struct build_daemons d = { 0 };
	char label[64], path[128];
	size_t size;
	void *bytes;

	build_daemons_start(&d);
	for (size_t i = 0; i < ARRAY_SIZE(apps); i++) {
		struct daemons_row row;

		label_of(i, label);
		snprintf(path, sizeof(path), CGROUPS "/%s", label);
		if (mkdir(path, 0755))
			return -1;
		row = build_daemons_row(&d, label);
		row.restart_delay_ms = 100;
		row.stop_timeout_ms = 500;
		build_daemons_add(&d, &row);
	}
	build_daemons_need(&d, HARD, "left", 0);
	bytes = build_daemons_end(&d, &size);
	native_put(RUN "/pack/daemons", bytes, size, 0400);
	free(bytes);
	return 0;
}

/* -1 where this machine has no such thing. */
static int make_world(void)
{
	if (geteuid() != 0 || unshare(CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("t", "/run", "tmpfs", 0, "mode=0755") || mkdir(RUN, 0700) ||
	    mkdir(RUN "/pack", 0700) || mkdir(RUN "/slots", 0700) || mkdir("/run/lib", 0755) ||
	    mkdir("/run/lib/bulkhead", 0755))
		return -1;
	native_put("/run/lib/bulkhead/bulkhead-run", script, sizeof(script) - 1, 0755);
	/* What is mounted there already cannot be so over itself. */
	(void)!umount2("/sys/fs/cgroup", MNT_DETACH);
	if (mount("o", "/usr/lib", "overlay", MS_RDONLY, "lowerdir=/run/lib:/usr/lib") ||
	    mount("c", "/sys/fs/cgroup", "cgroup2", 0, NULL) ||
	    (mkdir(CGROUPS, 0755) && errno != EEXIST))
		return -1;
	native_put(RUN "/booted", "", 0, 0400);
	return put_daemons();
}

/* What a supervisor left that had to be killed goes too. */
static void remove_cgroups(void)
{
	char label[64], path[128];

	for (size_t i = 0; i < ARRAY_SIZE(apps); i++) {
		label_of(i, label);
		snprintf(path, sizeof(path), CGROUPS "/%s/cgroup.kill", label);
		if (access(path, F_OK) == 0)
			native_put(path, "1", 1, 0);
		*strrchr(path, '/') = '\0';
		for (int n = 0; rmdir(path) && errno == EBUSY && n < 100; n++)
			poll(NULL, 0, 10);
	}
	rmdir(CGROUPS);
}

/* The program built beside this test. */
static pid_t start(int out)
{
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 64);
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	self[n < 0 ? 0 : n] = '\0';
	strcpy(strstr(self, "/tests/unit/"), "/bin/bulkhead-supervise");
	dup2(out, 1);
	dup2(out, 2);
	/* Its table of processes lives as long as the program does. */
	setenv("ASAN_OPTIONS", "detect_leaks=0", 1);
	execl(self, self, (char *)NULL);
	_exit(99);
}

static size_t times(const char *text, const char *what)
{
	size_t n = 0;

	for (const char *at = text; (at = strstr(at, what)); at++)
		n++;
	return n;
}

/* Reads until text has what so many times; false at the end or after WAIT_MS. */
static bool wait_for(int fd, char text[TEXT], const char *what, size_t count)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	size_t used = strlen(text);

	while (times(text, what) < count) {
		ssize_t n = poll(&p, 1, WAIT_MS) == 1 ? read(fd, text + used, TEXT - 1 - used) : 0;

		if (n <= 0)
			return false;
		used += (size_t)n;
		text[used] = '\0';
	}
	return true;
}

/* 0 when all is as it should be; else a message stands in text. */
static int body(char text[TEXT])
{
	char label[64], line[128];
	int ends[2], status = -1;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC))
		return 1;
	pid = start(ends[1]);
	close(ends[1]);
	label_of(0, label);
	snprintf(line, sizeof(line), "%s: up\n", label);
	if (!wait_for(ends[0], text, line, 1) || !wait_for(ends[0], text, ": falls\n", 2) ||
	    !wait_for(ends[0], text, "it is not seen confined as its plan says", 1))
		return 2;
	kill(pid, SIGTERM);
	snprintf(line, sizeof(line), "%s: asked\n", label);
	if (!wait_for(ends[0], text, line, 1))
		return 3;
	while (wait_for(ends[0], text, "never said", 1))
		;
	if (waitpid(pid, &status, 0) != pid || status != 0)
		return 4;
	/* Also those that do not listen: their cgroups are empty. */
	for (size_t i = 0; i < ARRAY_SIZE(apps); i++) {
		label_of(i, label);
		snprintf(line, sizeof(line), CGROUPS "/%s", label);
		if (rmdir(line))
			return 5;
	}
	return 0;
}

/* A daemon follows its hardware; where nobody can tell of that, it alone is not started. */
static int hardware(char text[TEXT])
{
	int ends[2], r = 0;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC))
		return 1;
	pid = start(ends[1]);
	if (!wait_for(ends[0], text, WAITS, 1) || times(text, COMES) != 0)
		r = 2;
	for (size_t i = 1; i <= 3 && !r; i++) {
		native_put(SLOT, "", 0, 0400);
		if (!wait_for(ends[0], text, COMES, i))
			r = 3;
		else if (unlink(SLOT) || !wait_for(ends[0], text, IS_ASKED, i) ||
			 !wait_for(ends[0], text, WAITS, i + 1))
			r = 4;
	}
	kill(pid, SIGTERM);
	if (waitpid(pid, NULL, 0) != pid)
		return 5;
	native_put(SLOT, "", 0, 0400);
	if (r || rename(RUN "/slots", RUN "/elsewhere"))
		return r ? r : 6;
	text[0] = '\0';
	pid = start(ends[1]);
	close(ends[1]);
	if (!wait_for(ends[0], text, "cannot watch /run/bulkhead/slots: No such file", 1) ||
	    !wait_for(ends[0], text, ".good: up\n", 1) || !wait_for(ends[0], text, WAITS, 1))
		r = 7;
	kill(pid, SIGTERM);
	while (wait_for(ends[0], text, "never said", 1))
		;
	return waitpid(pid, NULL, 0) != pid || times(text, COMES) ? 8 : r;
}

/* Every 10 ms, until WAIT_MS have gone. */
static bool becomes(bool (*true_now)(pid_t pid), pid_t pid)
{
	for (int ms = 0; ms < WAIT_MS; ms += 10, poll(NULL, 0, 10))
		if (true_now(pid))
			return true;
	return false;
}

static bool all_seen(pid_t pid)
{
	char label[64], path[128];

	(void)pid;
	for (size_t i = 0; i < ARRAY_SIZE(apps); i++) {
		label_of(i, label);
		snprintf(path, sizeof(path), "/run/seen.%s", label);
		/* The one that falls is seldom there when it is looked at, and one waits. */
		if (!strstr(label, ".crash") && !strstr(label, ".hard") && access(path, F_OK))
			return false;
	}
	return true;
}

static bool ended_well(pid_t pid)
{
	int status;

	return waitpid(pid, &status, WNOHANG) == pid && status == 0;
}

/* With a console that takes nothing, stopped by Control-S, daemons are seen and ended all the same.
 */
static int stopped_console(char text[TEXT])
{
	int ends[2], r = 0;
	pid_t pid;

	(void)text;
	if (pipe2(ends, O_CLOEXEC) || fcntl(ends[1], F_SETFL, O_WRONLY | O_NONBLOCK))
		return 1;
	while (write(ends[1], "", 1) == 1)
		;
	if (fcntl(ends[1], F_SETFL, O_WRONLY))
		return 2;
	pid = start(ends[1]);
	if (!becomes(all_seen, pid))
		r = 3;
	else if (kill(pid, SIGTERM) || !becomes(ended_well, pid))
		r = 4;
	if (r)
		kill(pid, SIGKILL);
	return r;
}

/* What boot left is no reason to start anything: said, and SIGTERM waited for. */
static int refusal(const char *want, char text[TEXT])
{
	int ends[2], status = -1;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC))
		return 1;
	pid = start(ends[1]);
	close(ends[1]);
	if (!wait_for(ends[0], text, want, 1))
		return 2;
	if (waitpid(pid, &status, WNOHANG) != 0 || kill(pid, SIGTERM) ||
	    waitpid(pid, &status, 0) != pid)
		return 3;
	return WIFEXITED(status) && WEXITSTATUS(status) == 1 && times(text, ": up\n") == 0 ? 0 : 4;
}

/* Each in turn in one world. */
static int refusals(char text[TEXT])
{
	static const char reason[] = "cannot start apps: the kernel is another\nmore\n";
	int r;

	/* Below the world's cgroups lie the machine's own. */
	if (umount2("/sys/fs/cgroup", MNT_DETACH))
		return 50;
	if (access("/sys/fs/cgroup/devices/devices.allow", F_OK) == 0) {
		r = refusal("cannot start daemons on cgroup v1: not in this version\n", text);
		if (r)
			return 40 + r;
		text[0] = '\0';
	}
	if (mount("c", "/sys/fs/cgroup", "cgroup2", 0, NULL))
		return 51;
	native_put(RUN "/pack/daemons", "short", 5, 0400);
	r = refusal("bulkhead-supervise: cannot ", text);
	if (r)
		return r;
	unlink(RUN "/pack/daemons");
	r = refusal("bulkhead-supervise: no daemons in this image\n", text);
	if (r)
		return 10 + r;
	unlink(RUN "/booted");
	r = refusal("cannot start daemons: bulkhead-boot has not finished\n", text);
	if (r)
		return 20 + r;
	native_put(RUN "/failed", reason, sizeof(reason) - 1, 0400);
	r = refusal("cannot start daemons: cannot start apps: the kernel is another\n", text);
	return r ? 30 + r : 0;
}

/* In a world of its own; fails with what was printed. */
static void in_world(int (*run)(char text[TEXT]))
{
	static char text[TEXT];
	int ends[2], status;
	pid_t pid;
	ssize_t n;

	NEEDS_KERNEL();
	text[0] = '\0';
	assert_int_equal(pipe(ends), 0);
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		int r = make_world() ? 77 : run(text);

		remove_cgroups();
		(void)!write(ends[1], text, strlen(text) + 1);
		_exit(r);
	}
	close(ends[1]);
	n = read(ends[0], text, sizeof(text) - 1);
	text[n < 0 ? 0 : n] = '\0';
	close(ends[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77) {
		print_message("skip: no root, no cgroup2 or no overlay on this machine\n");
		skip();
	}
	if (WEXITSTATUS(status))
		fail_msg("step %d:\n%s", WEXITSTATUS(status), text);
}

static void test_daemons(void **state)
{
	(void)state;
	in_world(body);
}

static void test_hardware(void **state)
{
	(void)state;
	in_world(hardware);
}

static void test_stopped_console(void **state)
{
	(void)state;
	in_world(stopped_console);
}

static void test_nothing_to_start(void **state)
{
	(void)state;
	in_world(refusals);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_daemons),
		cmocka_unit_test(test_hardware),
		cmocka_unit_test(test_stopped_console),
		cmocka_unit_test(test_nothing_to_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
