/* SPDX-License-Identifier: Apache-2.0 */
/* A running app on a real kernel: identity, namespaces, terminal. */
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>

#include <cmocka.h>

#include "mem.h"
#include "native.h"

static void test_confined_user(void **state)
{
	struct native t = { .script = "grep -E '^(Uid|Gid|Groups|Cap|NoNewPrivs|Seccomp:)' "
				      "/proc/self/status; umask; ulimit -n; nice; pwd; env; "
				      "chmod 0700 /tmp; ls /proc/self/fd; echo status $0 $#; "
				      "cat /proc/self/attr/current; touch /tmp/kept-out; true",
			    .env = { "LD_PRELOAD=/tmp/evil.so", "PATH=/evil", "SECRET=1", NULL },
			    .uid = 4321,
			    .arg = "word" };
	char out[ROOM];

	(void)state;
	NEEDS_KERNEL();
	native_expect_start(&t, out);
	if (native_profile()) {
		native_expect_line(out, "development plan without devices\n");
		native_expect_line(out, "\n" LABEL " (enforce)\n");
		native_expect_line(out, "cannot touch '/tmp/kept-out': Permission denied\n");
	} else {
		native_expect_line(out, "development plan without apparmor devices\n");
	}
	native_expect_line(out, "Uid:\t4321\t4321\t4321\t4321\n");
	native_expect_line(out, "Gid:\t4321\t4321\t4321\t4321\n");
	native_expect_line(out, "Groups:\t1234");
	native_expect_line(out, "CapInh:\t0000000000000000\nCapPrm:\t0000000000000000\n"
				"CapEff:\t0000000000000000\nCapBnd:\t0000000000000000\n"
				"CapAmb:\t0000000000000000\nNoNewPrivs:\t1\nSeccomp:\t2\n");
	native_expect_line(out, "0027\n99\n5\n/tmp\n");
	native_expect_line(out, "Numerical argument out of domain");
	native_expect_line(out, "status word 0\n");
	assert_null(strstr(out, "LD_PRELOAD="));
	assert_null(strstr(out, "PATH=/evil"));
	assert_null(strstr(out, "SECRET"));
}

/* uid 0 has nothing but what the plan grants, also with the bounding set as its only bound. */
static void test_confined_root(void **state)
{
	struct native none = { .script = "grep ^Cap /proc/self/status; touch /x /usr/x; "
					 "mount -t tmpfs t /tmp; chown 1 /tmp" };
	struct native one = { .script = "grep ^Cap /proc/self/status; chown 1 /tmp && echo chowned",
			      .caps = 1 };
	char out[ROOM];

	(void)state;
	NEEDS_KERNEL();
	native_launch(&none, out);
	native_expect_line(out, "CapInh:\t0000000000000000\nCapPrm:\t0000000000000000\n"
				"CapEff:\t0000000000000000\nCapBnd:\t0000000000000000\n");
	native_expect_line(out, "touch: cannot touch '/x': Read-only file system\n");
	native_expect_line(out, "touch: cannot touch '/usr/x': Read-only file system\n");
	native_expect_line(out, "changing ownership of '/tmp': Operation not permitted\n");
	native_expect_start(&one, out);
	native_expect_line(out, "CapInh:\t0000000000000000\nCapPrm:\t0000000000000001\n"
				"CapEff:\t0000000000000001\nCapBnd:\t0000000000000001\n"
				"CapAmb:\t0000000000000000\n");
	native_expect_line(out, "chowned\n");
}

static void test_ambient(void **state)
{
	struct native t = { .script = "grep ^Cap /proc/self/status",
			    .uid = 4321,
			    .caps = 1 << 10 | 1,
			    .ambient = 1 << 10 };
	char out[ROOM];

	(void)state;
	NEEDS_KERNEL();
	native_expect_start(&t, out);
	native_expect_line(out, "CapInh:\t0000000000000400\nCapPrm:\t0000000000000400\n"
				"CapEff:\t0000000000000400\nCapBnd:\t0000000000000401\n"
				"CapAmb:\t0000000000000400\n");
}

static void test_root_tree(void **state)
{
	struct native t = { .script = "cat /one; ls /; ls /run; stat -c '%u %a' /owned /tmp; "
				      "ls /dev/pts; cat /proc/self/mountinfo; echo x >/one" };
	char out[ROOM];

	(void)state;
	NEEDS_KERNEL();
	native_launch(&t, out);
	native_expect_line(out, "seen\nbin\ndev\nlib\nlib64\none\nowned\nproc\ntmp\nusr\n");
	native_expect_line(out, "cannot access '/run'");
	native_expect_line(out, "0 700\n0 1777\nptmx\n");
	native_expect_line(out, " / / ro,nosuid,nodev,relatime master:");
	native_expect_line(out, " /usr ro,nosuid,nodev");
	native_expect_line(out, " /dev rw,nosuid,noexec");
	native_expect_line(out, " /dev/ptmx rw,nosuid,noexec");
	native_expect_line(out, "/one: Read-only file system\n");
	assert_null(strstr(out, "hidden"));
}

/* A shell in the place of the program, and nothing else changes: words are its own. */
static void test_shell(void **state)
{
	static const char *const argv[] = { LABEL,
					    "--shell",
					    "--",
					    "-c",
					    "id -u; echo $0; grep -E 'Cap(Prm|Bnd)|NoNew|Seccomp:' "
					    "/proc/self/status; echo x >/x",
					    NULL };
	struct native t = { .script = "", .program = "/usr/bin/false", .uid = 4321, .argv = argv };
	char out[ROOM];

	(void)state;
	NEEDS_KERNEL();
	assert_int_not_equal(native_launch(&t, out), 125);
	native_expect_line(out, "4321\n/bin/sh\nCapPrm:\t0000000000000000\n"
				"CapBnd:\t0000000000000000\nNoNewPrivs:\t1\nSeccomp:\t2\n");
	native_expect_line(out, "/x: Read-only file system\n");
}

static void test_network(void **state)
{
	struct native own = { .script = "cat /proc/net/dev; echo; ls /proc/net/",
			      .flags = PLAN_FLAG_NETWORK_OWN };
	struct native shared = { .script = "readlink /proc/self/ns/net /proc/self/ns/ipc" };
	char out[ROOM], host[64] = "";

	(void)state;
	NEEDS_KERNEL();
	native_launch(&own, out);
	native_expect_line(out, "lo:");
	assert_null(strstr(out, "eth"));
	native_expect_start(&shared, out);
	assert_true(readlink("/proc/self/ns/net", host, sizeof(host) - 1) > 0);
	native_expect_line(out, host);
	memset(host, 0, sizeof(host));
	assert_true(readlink("/proc/self/ns/ipc", host, sizeof(host) - 1) > 0);
	assert_null(strstr(out, host));
}

/* The snap's commands share one IPC namespace, but for an app that has its own. */
static void test_ipc(void **state)
{
	/* The first one's is kept until the second has come: its number is free for another else.
	 */
	struct native t = { .script =
				    "n=$(readlink /proc/self/ns/ipc); "
				    "test -e /tmp/n && : >/tmp/end; "
				    "test $n = \"$(cat /tmp/n)\" && echo same; echo $n >/tmp/n; "
				    "until test -e /tmp/end; do sleep 0.1; done >/dev/null 2>&1 &",
			    .again = true };
	char out[ROOM];

	(void)state;
	NEEDS_KERNEL();
	native_expect_start(&t, out);
	native_expect_line(out, "same\n");
	t.flags = PLAN_FLAG_IPC_OWN;
	native_expect_start(&t, out);
	assert_null(strstr(out, "same\n"));
}

/* --- the caller's terminal ---------------------------------------------------------------------
 */

static void test_terminal(void **state)
{
	const struct native words = { .script = "tty; ls -1 /dev/pts; stat -c '%u %g' /dev/pts/0; "
						"echo x >/dev/tty; echo '?'; read word; "
						"echo \"got $word\"; exit 7",
				      .uid = 4321 };
	const struct native killed = { .script = "kill -9 $$", .uid = 4321 };
	const struct native broken = { .script = "", .program = "/usr/bin/absent" };
	const struct native interrupted = { .script = "echo '?'; exec sleep 30", .uid = 4321 };
	char out[ROOM];

	(void)state;
	NEEDS_KERNEL();
	assert_int_equal(native_launch_on_terminal(&words, "hello\r", out), 7);
	native_expect_line(out, "/dev/pts/0\r\n0\r\nptmx\r\n4321 5\r\nx\r\n?\r\n");
	native_expect_line(out, "got hello\r\n");
	assert_int_equal(native_launch_on_terminal(&killed, NULL, out), NATIVE_ENDED_BY(SIGKILL));
	assert_int_equal(native_launch_on_terminal(&broken, NULL, out), 127);
	native_expect_line(out, "phase exec: cannot execute /usr/bin/absent: No such file");
	/* The key reaches the app as a signal of its own terminal. */
	assert_int_equal(native_launch_on_terminal(&interrupted, "\003", out),
			 NATIVE_ENDED_BY(SIGINT));
}

static int no_input(void)
{
	return dup2(open("/dev/null", O_RDWR), 0);
}

static int no_output(void)
{
	return dup2(open("/dev/null", O_RDWR), 1) - 1;
}

/* "PARENT APP ?": waits for the app to end, for whatever reason. */
static pid_t pids_of(const char *out, int *app_fd)
{
	const char *line = strstr(out, " ?");
	int parent, app;

	while (line > out && line[-1] != '\n')
		line--;
	assert_int_equal(sscanf(line, "%d %d ?", &parent, &app), 2);
	*app_fd = (int)syscall(SYS_pidfd_open, app, 0);
	assert_true(*app_fd >= 0);
	return parent;
}

static void ends(int app_fd, const char *why)
{
	struct pollfd p = { .fd = app_fd, .events = POLLIN };
	bool ended = poll(&p, 1, 60000) == 1;

	if (!ended)
		syscall(SYS_pidfd_send_signal, app_fd, SIGKILL, NULL, 0);
	close(app_fd);
	if (!ended)
		fail_msg("the app goes on: %s", why);
}

/* Until the app has filled what there is of buffers: no more of it comes to the terminal. */
static void wait_for_full(int master)
{
	int had = -1, has = 0;

	while (has != had || has == 0) {
		had = has;
		usleep(150000);
		assert_int_equal(ioctl(master, FIONREAD, &has), 0);
	}
}

static void type_unread(const char *out, int master)
{
	int app_fd;

	(void)pids_of(out, &app_fd);
	wait_for_full(master);
	assert_int_equal(write(master, "go\r", 3), 3);
	ends(app_fd, "a key does not reach it past a full screen");
}

static void signal_unread(const char *out, int master)
{
	int app_fd;
	pid_t parent = pids_of(out, &app_fd);

	wait_for_full(master);
	assert_int_equal(kill(parent, SIGTERM), 0);
	ends(app_fd, "a signal does not reach it past a full screen");
}

/* A terminal that takes nothing holds up what is written to it, not keys and signals. */
static void test_stalled_terminal(void **state)
{
	static const struct native keys = {
		.script = "echo $PPID $$ '?'; yes | head -c 400000 & read x; exit 7",
		.uid = 4321,
		.asked = type_unread,
	};
	static const struct native signals = {
		.script = "trap 'exit 8' TERM; echo $PPID $$ '?'; yes | head -c 400000 & wait",
		.uid = 4321,
		.asked = signal_unread,
	};
	char out[ROOM];

	(void)state;
	NEEDS_KERNEL();
	assert_int_equal(native_launch_on_terminal(&keys, NULL, out), 7);
	assert_int_equal(native_launch_on_terminal(&signals, NULL, out), 8);
}

static void kill_parent(const char *out, int master)
{
	int app_fd;
	pid_t parent = pids_of(out, &app_fd);

	(void)master;
	assert_int_equal(kill(parent, SIGKILL), 0);
	ends(app_fd, "nothing of the launcher is left");
}

/* The app does not outlive its parent, even one that ignores the hangup of its terminal. */
static void test_parent_killed(void **state)
{
	static const struct native t = {
		.script = "trap '' HUP TERM; echo $PPID $$ '?'; exec sleep 60",
		.uid = 4321,
		.asked = kill_parent,
	};
	char out[ROOM];

	(void)state;
	NEEDS_KERNEL();
	assert_int_equal(native_launch_on_terminal(&t, NULL, out), NATIVE_ENDED_BY(SIGKILL));
}

/* A shell opens its terminal for both directions: from 1 or 2 an app could read what is typed. */
static void test_terminal_of_some(void **state)
{
	const struct native input = { .script = "tty <&1; tty <&2; tty; exit 9",
				      .before = no_input };
	const struct native output = { .script = "tty; tty >&2; echo end >&2",
				       .before = no_output };
	char out[ROOM];
	char *second;

	(void)state;
	NEEDS_KERNEL();
	assert_int_equal(native_launch_on_terminal(&input, NULL, out), 9);
	second = strstr(out, "/dev/pts/0");
	assert_non_null(second);
	assert_non_null(strstr(second + 1, "/dev/pts/0"));
	native_expect_line(out, "not a tty");
	/* What goes to the terminal comes to it, not into the file that 1 is. */
	assert_int_equal(native_launch_on_terminal(&output, NULL, out), 0);
	native_expect_line(out, "/dev/pts/0\r\nend\r\n");
}

/* --- a PID namespace -------------------------------------------------------------------------- */

#define PIDS PLAN_FLAG_PID_OWN

/* Processes by their numbers, in a /proc in which the host's cannot be seen; status and signals. */
static void test_pids(void **state)
{
	static const struct native own = {
		.script = "echo $$; cd /proc; echo [0-9]*; cat 1/comm; stat -fc %T /proc; "
			  "kill -9 1; ls 1/fd; kill -9 $$",
		.flags = PIDS,
		.uid = 4321,
	};
	static const struct native host = { .script = "echo $$", .uid = 4321 };
	/* An orphan that ends is waited for by the first process: no zombie is left. */
	static const struct native orphan = {
		.script = "(sh -c 'echo $$ >/tmp/pid' &); i=0; until n=$(cat /tmp/pid) && "
			  "test -n \"$n\" && ! test -d /proc/$n && echo reaped; "
			  "do test $((i += 1)) -lt 300 || break; sleep 0.1; done; exit 5",
		.flags = PIDS,
		.uid = 4321,
	};
	char out[ROOM];

	(void)state;
	NEEDS_KERNEL();
	assert_int_equal(native_launch(&own, out), NATIVE_ENDED_BY(SIGKILL));
	native_expect_line(out, "2\n1 2\nbulkhead-run\nproc\n");
	native_expect_line(out, "Operation not permitted\n");
	native_expect_line(out, "cannot open directory '1/fd': Permission denied\n");
	native_expect_start(&host, out);
	assert_true(strcmp(out, "2\n") != 0);
	assert_int_equal(native_launch(&orphan, out), 5);
	native_expect_line(out, "reaped\n");
}

/* The children of a process, at most 8. */
static size_t children_of(pid_t pid, pid_t pids[8])
{
	char path[64];
	size_t n = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)pid, (int)pid);
	f = fopen(path, "re");
	assert_non_null(f);
	while (n < 8 && fscanf(f, "%d", &pids[n]) == 1)
		n++;
	fclose(f);
	return n;
}

/* The terminal's session is of the child of this test, whose child is the launcher. */
static pid_t launcher_on(int master)
{
	pid_t pids[8];

	assert_int_equal(children_of(tcgetsid(master), pids), 1);
	return pids[0];
}

static void term_launcher(const char *out, int master)
{
	(void)out;
	assert_int_equal(kill(launcher_on(master), SIGTERM), 0);
}

static void user_launcher(const char *out, int master)
{
	(void)out;
	assert_int_equal(kill(launcher_on(master), SIGUSR2), 0);
}

/* All that the first process has got ends, a daemon in a session of its own too. */
static void kill_launcher(const char *out, int master)
{
	pid_t launcher = launcher_on(master), pids[8], apps[8];
	int fds[8];
	size_t n = 0;

	(void)out;
	/* The first process and the guard; the latter has no children. */
	for (size_t i = children_of(launcher, pids); i-- > 0 && n == 0;)
		n = children_of(pids[i], apps);
	assert_int_equal(n, 2);
	for (size_t i = 0; i < n; i++) {
		fds[i] = (int)syscall(SYS_pidfd_open, apps[i], 0);
		assert_true(fds[i] >= 0);
	}
	assert_int_equal(kill(launcher, SIGKILL), 0);
	for (size_t i = 0; i < n; i++)
		ends(fds[i], "nothing of the launcher is left");
}

/* Signals reach the app, also where it has asked for none; with the launcher all of it ends. */
static void test_pids_signals(void **state)
{
	static const struct native plain = {
		.script = "echo '?'; exec sleep 60",
		.flags = PIDS,
		.uid = 4321,
		.asked = term_launcher,
	};
	static const struct native handled = {
		.script = "trap 'exit 8' USR2; echo '?'; sleep 60 & wait",
		.flags = PIDS,
		.uid = 4321,
		.asked = user_launcher,
	};
	static const struct native killed = {
		.script = "setsid -f sleep 60; trap '' HUP TERM; echo '?'; exec sleep 60",
		.flags = PIDS,
		.uid = 4321,
		.asked = kill_launcher,
	};
	char out[ROOM];

	(void)state;
	NEEDS_KERNEL();
	assert_int_equal(native_launch_on_terminal(&plain, NULL, out), NATIVE_ENDED_BY(SIGTERM));
	assert_int_equal(native_launch_on_terminal(&handled, NULL, out), 8);
	assert_int_equal(native_launch_on_terminal(&killed, NULL, out), NATIVE_ENDED_BY(SIGKILL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_confined_user),
		cmocka_unit_test(test_confined_root),
		cmocka_unit_test(test_ambient),
		cmocka_unit_test(test_root_tree),
		cmocka_unit_test(test_shell),
		cmocka_unit_test(test_ipc),
		cmocka_unit_test(test_pids),
		cmocka_unit_test(test_pids_signals),
		cmocka_unit_test(test_network),
		cmocka_unit_test(test_terminal),
		cmocka_unit_test(test_terminal_of_some),
		cmocka_unit_test(test_stalled_terminal),
		cmocka_unit_test(test_parent_killed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
