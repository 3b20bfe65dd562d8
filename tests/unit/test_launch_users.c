/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Starts by ordinary users, through the capabilities of the launcher's file: what they get, and
 * what of theirs the launcher takes (N-04, N-05, N-08, N-10, N-16, N-36, N-37, N-68).
 */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "mem.h"
#include "native.h"

#define HOME  NATIVE_HOMES "/4301"
#define OTHER (NATIVE_USER + 1)

/* The app is the user, with nothing of root's, on data of its own below the home. */
static void test_user(void **state)
{
	static const struct native t = {
		.script = "id -u; id -g; id -G; grep -E '^(Cap|NoNew)' /proc/self/status; umask; "
			  "pwd; ls -ldn /home/user /home/user/x1 | cut -d' ' -f1,3,4; ls -dn /tmp "
			  "/owned | "
			  "cut -d' ' -f3; echo $PATH $LD_PRELOAD $HOME; ls /proc/self/fd; "
			  "touch /home/user/x1/kept /tmp/kept && echo written; nice",
		.as = NATIVE_USER,
		.env = { "LD_PRELOAD=/tmp/x.so", "PATH=::", "HOME=/root" },
	};
	char out[ROOM];

	(void)state;
	NEEDS_KERNEL();
	native_expect_start(&t, out);
	native_expect_line(out, "4301\n4301\n4301 1234\n"
				"CapInh:\t0000000000000000\nCapPrm:\t0000000000000000\n"
				"CapEff:\t0000000000000000\nCapBnd:\t0000000000000000\n"
				"CapAmb:\t0000000000000000\nNoNewPrivs:\t1\n0027\n/tmp\n"
				"drwx------ 4301 4301\ndrwx------ 4301 4301\n");
	native_expect_line(out, "\n/usr/bin\n0\n1\n2\n3\nwritten\n5\n");
}

/* What one has in /tmp, in memory and in its home another does not have. */
static void test_two_users(void **state)
{
	static const struct native two = {
		.script = "ls -A /tmp /home/user/x1; readlink /proc/self/ns/ipc >/tmp/ns; "
			  "stat -c %u /tmp /owned; touch /home/user/x1/kept; echo end",
		.as = NATIVE_USER,
		.as_then = OTHER,
		.again = true,
	};
	struct native one = two;
	char out[ROOM];

	(void)state;
	NEEDS_KERNEL();
	native_expect_start(&two, out);
	native_expect_line(out, "\n/home/user/x1:\n\n/tmp:\n0\n4302\nend\n");
	one.as_then = NATIVE_USER;
	native_expect_start(&one, out);
	native_expect_line(out, "\n/home/user/x1:\nkept\n\n/tmp:\nns\n0\n4301\nend\n");
}

static int bad_caller(void)
{
	sigset_t all;

	umask(0777);
	sigfillset(&all);
	signal(SIGTERM, SIG_IGN);
	if (chdir("/proc/self") || open("/", O_RDONLY) < 0 || open("/etc/passwd", O_RDONLY) < 0)
		return -1;
	return sigprocmask(SIG_BLOCK, &all, NULL) |
	       setrlimit(RLIMIT_FSIZE, &(struct rlimit){ 4096, 4096 });
}

static void test_bad_caller(void **state)
{
	static const struct native t = {
		.script = "umask; ls /proc/self/fd; "
			  "sed -n '/^Sig[BI]/s/.*\\(.......\\)$/\\1/p' /proc/self/status; "
			  "ls -ldn /home/user/x1 | cut -d' ' -f1; pwd",
		.as = NATIVE_USER,
		.before = bad_caller,
	};
	char out[ROOM];

	(void)state;
	NEEDS_KERNEL();
	native_expect_start(&t, out);
	native_expect_line(out, "0027\n0\n1\n2\n3\n0000000\n0000000\ndrwx------\n/tmp\n");
}

/* --- what the home may hold ------------------------------------------------------------------ */

static int snap_is_link(void)
{
	return mkdir("/run/elsewhere", 0777) | chmod("/run/elsewhere", 0777) |
	       symlink("/run/elsewhere", HOME "/snap");
}

static int data_is_link(void)
{
	return mkdir(HOME "/snap", 0755) | chown(HOME "/snap", NATIVE_USER, NATIVE_USER) |
	       symlink("/etc", HOME "/snap/demo");
}

static int data_is_file(void)
{
	native_put(HOME "/snap", "", 0, 0666);
	return 0;
}

static int home_is_link(void)
{
	return rename(HOME, NATIVE_HOMES "/moved") | symlink(NATIVE_HOMES "/moved", HOME);
}

static int home_is_shut(void)
{
	return chown(HOME, 0, 0);
}

static void test_homes(void **state)
{
	static const struct {
		int (*before)(void);
		const char *text;
	} rows[] = {
		{ snap_is_link, "phase user-data: in /run/home/4301: cannot open snap: " },
		{ data_is_link, "phase user-data: in /run/home/4301: cannot open snap/demo: " },
		{ data_is_file,
		  "phase user-data: in /run/home/4301: cannot open snap: Not a directory" },
		{ home_is_link, "phase user-data: cannot open run/home/4301: " },
		{ home_is_shut, "phase user-data: " },
	};
	char out[ROOM];

	(void)state;
	NEEDS_KERNEL();
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct native t = { .script = "echo started",
				    .as = NATIVE_USER,
				    .before = rows[i].before };

		assert_int_equal(native_launch(&t, out), 125);
		native_expect_line(out, rows[i].text);
		assert_null(strstr(out, "started"));
	}
}

/* --- who may, and what ----------------------------------------------------------------------- */

static void test_refused(void **state)
{
	static const char *const verify[] = { LABEL, "--verify", NULL };
	static const char *const shell[] = { LABEL, "--shell", "--", "-c", "id -u; echo $0", NULL };
	const struct native stranger = { .script = "echo started", .as = NATIVE_USER + 2 };
	const struct native asked = { .script = "", .as = NATIVE_USER, .argv = verify };
	const struct native typed = { .script = "", .as = NATIVE_USER, .argv = shell };
	const struct native root = { .script = "id -u; ls -dn /home/user | cut -d' ' -f3",
				     .uid = 4321,
				     .as = NATIVE_USER,
				     .again = true };
	char out[ROOM];

	(void)state;
	NEEDS_KERNEL();
	assert_int_equal(native_launch(&stranger, out), 125);
	native_expect_line(out, "cannot start it as user 4303: the image lets others; ");
	assert_null(strstr(out, "started"));
	assert_int_equal(native_launch(&asked, out), 125);
	native_expect_line(out, "cannot use --verify: only root can; ");
	native_expect_start(&typed, out);
	native_expect_line(out, "4301\n/bin/sh\n");
	native_expect_start(&root, out);
	native_expect_line(out, "4301\n4301\n");
}

/* On a terminal the parent that stays is the user, who can end it, and cannot look into it. */
static void end_it(const char *out, int master)
{
	int parent;

	(void)master;
	assert_int_equal(sscanf(strstr(out, "devices\r\n") + 9, "%d", &parent), 1);
	assert_int_equal(kill(parent, SIGTERM), 0);
}

static void test_terminal(void **state)
{
	static const struct native t = {
		.script = "echo $PPID; grep -E '^(Uid|Cap(Eff|Prm))' /proc/$PPID/status; "
			  "cat /proc/$PPID/environ; tty; ls -ln /dev/pts/0 | cut -d' ' -f3; "
			  "echo '?'; exec sleep 30",
		.as = NATIVE_USER,
		.asked = end_it,
	};
	char out[ROOM];

	(void)state;
	NEEDS_KERNEL();
	assert_int_equal(native_launch_on_terminal(&t, NULL, out), NATIVE_ENDED_BY(SIGTERM));
	native_expect_line(out, "Uid:\t4301\t4301\t4301\t4301\r\nCapPrm:\t0000000000000020\r\n"
				"CapEff:\t0000000000000020\r\n");
	native_expect_line(out, "environ: Permission denied\r\n/dev/pts/0\r\n4301\r\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_user),	   cmocka_unit_test(test_two_users),
		cmocka_unit_test(test_bad_caller), cmocka_unit_test(test_homes),
		cmocka_unit_test(test_refused),	   cmocka_unit_test(test_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
