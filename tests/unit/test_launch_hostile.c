/* SPDX-License-Identifier: Apache-2.0 */
/* Attacks on a start, on a real kernel: links, races, loose modes, descriptors, the launcher
 * itself. */
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "mem.h"
#include "native.h"

#define ROUNDS 60

static void expect_refusal(const struct native *t, const char *text)
{
	struct native started = *t;
	char out[ROOM];
	int status;

	started.script = "echo started";
	status = native_launch(&started, out);
	if (status != 125)
		fail_msg("status %d:\n%s", status, out);
	native_expect_line(out, text);
	assert_null(strstr(out, "started"));
}

/* --- links ------------------------------------------------------------------------------------ */

#define AWAY                                                                                       \
	{                                                                                          \
		PLAN_MOUNT_SYMLINK, 0, "tmp", "away", 0, 0                                         \
	}

static void test_cwd_is_a_link(void **state)
{
	static const struct native_mount mounts[] = { AWAY, { 0 } };

	(void)state;
	NEEDS_KERNEL();
	expect_refusal(&(struct native){ .mounts = mounts, .cwd = "/away" },
		       "phase cwd: cannot open away: Too many levels of symbolic links; ");
	expect_refusal(&(struct native){ .mounts = mounts, .cwd = "/away/deep" },
		       "phase cwd: cannot open away/deep: Too many levels of symbolic links; ");
}

/* What is made or mounted through a link of the tree so far, whatever it is. */
static void test_places_behind_a_link(void **state)
{
	static const struct native_mount places[] = {
		{ PLAN_MOUNT_FILE, 0, "", "away/made", 0, 0 },
		{ PLAN_MOUNT_DIR, 0, "", "away/made", 0755, 0 },
		{ PLAN_MOUNT_SYMLINK, 0, "x", "away/made", 0, 0 },
		{ PLAN_MOUNT_TMPFS, 0, "", "away", 0700, 4 },
		{ PLAN_MOUNT_BIND, 0, "/run/snapd", "away", 0, 0 },
	};

	(void)state;
	NEEDS_KERNEL();
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		const struct native_mount mounts[] = { AWAY, places[i], { 0 } };

		expect_refusal(&(struct native){ .mounts = mounts },
			       "of the app's root: cannot open away");
	}
}

static int link_scaffold(void)
{
	return symlink("../hidden", RUN "/root");
}

static int file_for_scaffold(void)
{
	native_put(RUN "/root", "", 0, 0600);
	return 0;
}

/* As if somebody had been there first. */
static int others_scaffold(void)
{
	if (mkdir(RUN "/root", 0777) || chmod(RUN "/root", 0777))
		return -1;
	native_put(RUN "/root/planted", "", 0, 0666);
	return chown(RUN "/root", 1000, 1000);
}

static void test_scaffold(void **state)
{
	const struct native t = { .script = "ls /", .before = others_scaffold };
	char out[ROOM];

	(void)state;
	NEEDS_KERNEL();
	expect_refusal(&(struct native){ .before = link_scaffold },
		       "phase namespaces: cannot make the scaffold: cannot open root: ");
	expect_refusal(&(struct native){ .before = file_for_scaffold },
		       "phase namespaces: cannot make the scaffold: cannot mount: Invalid "
		       "argument; ");
	native_expect_start(&t, out);
	native_expect_line(out, "owned\n");
	assert_null(strstr(out, "planted"));
}

/* --- a race ----------------------------------------------------------------------------------- */

/* A folder and a link are exchanged again and again, as an app can do in its data. */
static int start_racer(void)
{
	cpu_set_t all;
	pid_t pid;

	memset(&all, 0xff, sizeof(all));
	if (mkdir("/run/data", 0777) || mkdir("/run/data/lent", 0777) ||
	    mkdir("/run/other", 0700) || symlink("../other", "/run/data/link"))
		return -1;
	native_put("/run/data/lent/word", "inside\n", 7, 0644);
	native_put("/run/other/word", "outside\n", 8, 0644);
	pid = fork();
	if (pid != 0)
		return pid < 0 ? -1 : 0;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sched_setaffinity(0, sizeof(all), &all);
	close_range(0, ~0U, 0);
	for (;;)
		syscall(SYS_renameat2, AT_FDCWD, "/run/data/lent", AT_FDCWD, "/run/data/link",
			RENAME_EXCHANGE);
}

static void test_race_for_a_source(void **state)
{
	static const struct native_mount mounts[] = { { PLAN_MOUNT_DIR, 0, "", "got", 0755, 0 },
						      { PLAN_MOUNT_BIND, 0, "/run/data/lent", "got",
							0, 0 },
						      { 0 } };
	const struct native t = { .script = "cat /got/word",
				  .mounts = mounts,
				  .before = start_racer };
	unsigned mounted = 0, refused = 0, rounds;
	char out[ROOM];

	(void)state;
	NEEDS_KERNEL();
	rounds = native_rounds(ROUNDS);
	for (unsigned i = 0; i < rounds; i++) {
		int status = native_launch(&t, out);

		if (strstr(out, "outside"))
			fail_msg("round %u: the link was followed", i);
		mounted += status == 0 && strstr(out, "inside");
		refused += status == 125 && strstr(out, "Too many levels of symbolic links");
	}
	if (mounted + refused != rounds)
		fail_msg("%u mounted, %u refused of %u:\n%s", mounted, refused, rounds, out);
}

/* --- modes and descriptors -------------------------------------------------------------------- */

#define MODES                                                                                      \
	"stat -c '%n %u %g %a' / /proc /made /made/deep /tmp /owned /dev/pts/ptmx; umask; "        \
	"touch /tmp/x; stat -c %a /tmp/x"
#define MODES_WANTED                                                                               \
	"/ 0 0 755\n/proc 0 0 555\n/made 0 0 751\n/made/deep 0 0 777\n/tmp 0 0 1777\n"             \
	"/owned 4321 4321 700\n/dev/pts/ptmx 0 0 666\n0027\n640\n"

static int loose(void)
{
	umask(0);
	return 0;
}

static int tight(void)
{
	umask(0777);
	return 0;
}

/* What the launcher leaves on the host is root's alone. */
static int kept_modes(void)
{
	static const char *const names[] = { "/run/snapd/ns/demo.info", "/run/snapd/lock/demo.lock",
					     RUN "/root" };
	struct stat st;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (stat(names[i], &st) || st.st_uid || st.st_gid || st.st_mode & 077)
			return -1;
	return 0;
}

static void test_modes(void **state)
{
	static const struct native_mount mounts[] = { { PLAN_MOUNT_DIR, 0, "", "made", 0751, 0 },
						      { PLAN_MOUNT_DIR, 0, "", "made/deep", 0777,
							0 },
						      { 0 } };
	static int (*const masks[])(void) = { loose, tight };
	char out[ROOM];

	(void)state;
	NEEDS_KERNEL();
	for (size_t i = 0; i < ARRAY_SIZE(masks); i++) {
		struct native t = {
			.script = MODES, .mounts = mounts, .uid = 4321, .before = masks[i]
		};

		native_expect_start(&t, out);
		native_expect_line(out, MODES_WANTED);
		t.again = true;
		t.between = kept_modes;
		native_expect_start(&t, out);
		native_expect_line(out, MODES_WANTED);
	}
}

static int leave_descriptors(void)
{
	int fd = open("/etc", O_RDONLY | O_DIRECTORY);

	return fd < 0 || dup2(fd, 7) < 0 || dup2(fd, 63) < 0 || dup2(fd, 98) < 0 || chdir("/etc")
		       ? -1
		       : 0;
}

/* 3 is the folder that ls reads. */
static void test_descriptors(void **state)
{
	const struct native t = { .script = "ls /proc/self/fd; readlink /proc/self/cwd; "
					    "test -e /proc/self/cwd/passwd || echo away",
				  .before = leave_descriptors };
	char out[ROOM];

	(void)state;
	NEEDS_KERNEL();
	native_expect_start(&t, out);
	native_expect_line(out, "\n0\n1\n2\n3\n/tmp\naway\n");
}

/* --- the launcher itself ---------------------------------------------------------------------- */

/* uid 0 without capabilities, and the process that waits for it. */
static void test_launcher_is_out_of_reach(void **state)
{
	const struct native t = { .script = "for f in exe mem environ fd/0 root cwd; do "
					    "(exec 3<>/proc/$PPID/$f) 2>&1; done; "
					    "readlink /proc/$PPID/exe || echo unreadable; exit 7" };
	unsigned denied = 0;
	char out[ROOM];

	(void)state;
	NEEDS_KERNEL();
	assert_int_equal(native_launch_on_terminal(&t, NULL, out), 7);
	for (const char *at = out; (at = strstr(at, "Permission denied")); at++)
		denied++;
	if (denied != 6 || !strstr(out, "unreadable"))
		fail_msg("%u denied:\n%s", denied, out);
}

/* --- privilege when a failure is told --------------------------------------------------------- */

/* In the pipe: for what a development plan says, not for the line of a failure. */
#define WORDS_ROOM 100

/* The status of the launcher: the child of this process's parent that this one is not. */
static void read_status(char text[4096])
{
	char path[64];
	int child = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)getppid(), (int)getppid());
	f = fopen(path, "re");
	while (f && fscanf(f, "%d", &child) == 1 && child == (int)getpid())
		child = 0;
	if (f)
		fclose(f);
	snprintf(path, sizeof(path), "/proc/%d/status", child);
	f = fopen(path, "re");
	text[f ? fread(text, 1, 4095, f) : 0] = '\0';
	if (f)
		fclose(f);
}

/* Lets the line through once the launcher, which waits for that, is nobody; says who it was. */
static void watch(int line)
{
	char text[4096] = "", *ids;
	ssize_t n;

	for (int i = 0; i < 400 && !strstr(text, "\nUid:\t65534\t65534\t65534\t65534\n"); i++) {
		usleep(50000);
		read_status(text);
	}
	ids = strstr(text, "\nUid:");
	dprintf(1, "when told:%s", ids ? ids : " gone");
	while ((n = read(line, text, sizeof(text))) > 0)
		(void)!write(1, text, (size_t)n);
	_exit(0);
}

/* Standard error is a pipe that a failure's line does not fit into. */
static int hold_line(void)
{
	char filler[4096 - WORDS_ROOM];
	int ends[2];

	memset(filler, '.', sizeof(filler));
	if (pipe(ends) || fcntl(ends[1], F_SETPIPE_SZ, 4096) != 4096 ||
	    write(ends[1], filler, sizeof(filler)) != (ssize_t)sizeof(filler))
		return 1;
	if (fork() == 0) {
		close(ends[1]);
		close(2);
		watch(ends[0]);
	}
	close(ends[0]);
	return dup2(ends[1], 2) != 2 || close(ends[1]);
}

static int hold_line_of_pack(void)
{
	return unlink(RUN "/pack/plans/" LABEL ".plan") || hold_line();
}

/* First the privileges go, then the line is printed: whichever phase it was. */
static void test_dropped_before_told(void **state)
{
	static const struct {
		struct native t;
		const char *line;
	} rows[] = {
		{ { .cwd = "/absent", .before = hold_line }, "phase cwd: cannot open absent: " },
		{ { .env = { "NOTIFY_SOCKET=relative" },
		    .pass = PLAN_PASS_NOTIFY_SOCKET,
		    .before = hold_line },
		  "phase environment: cannot pass NOTIFY_SOCKET: " },
		{ { .before = hold_line_of_pack },
		  "phase pack: cannot open plans/" LABEL ".plan: " },
	};
	char out[ROOM];

	(void)state;
	NEEDS_KERNEL();
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct native t = rows[i].t;

		t.script = "echo started";
		assert_int_equal(native_launch(&t, out), 125);
		native_expect_line(out,
				   "when told:\nUid:\t65534\t65534\t65534\t65534\nGid:\t65534\t");
		native_expect_line(out, "\nGroups:\t \n");
		native_expect_line(out, "\nCapPrm:\t0000000000000000\nCapEff:\t0000000000000000\n");
		native_expect_line(out, rows[i].line);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cwd_is_a_link),
		cmocka_unit_test(test_places_behind_a_link),
		cmocka_unit_test(test_scaffold),
		cmocka_unit_test(test_race_for_a_source),
		cmocka_unit_test(test_modes),
		cmocka_unit_test(test_descriptors),
		cmocka_unit_test(test_launcher_is_out_of_reach),
		cmocka_unit_test(test_dropped_before_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
