/* SPDX-License-Identifier: Apache-2.0 */
/* Kept namespaces on a real kernel, and what the launcher refuses there. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "mem.h"
#include "native.h"

/* --- the kept namespaces -------------------------------------------------------------------- */

#define MARK                                                                                       \
	"test -e /tmp/mark && echo kept; touch /tmp/mark; readlink /proc/self/ns/ipc; "            \
	"ls /dev/pts"

static int damage_record(void)
{
	return truncate("/run/snapd/ns/demo.info", 55);
}

static int leave_half(void)
{
	native_put("/run/snapd/ns/demo.mnt", "", 0, 0600);
	native_put("/run/snapd/ns/demo.info", "half", 4, 0600);
	return 0;
}

static int plant_fifo(void)
{
	return mkfifo("/run/snapd/ns/demo.info", 0600);
}

static void test_kept_is_shared(void **state)
{
	struct native t = { .script = MARK, .again = true };
	char out[ROOM];

	(void)state;
	NEEDS_KERNEL();
	native_expect_start(&t, out);
	native_expect_line(out, "kept\nipc:[");
}

static void test_kept_made_anew(void **state)
{
	struct native t = { .script = MARK, .before = leave_half };
	char out[ROOM];

	(void)state;
	NEEDS_KERNEL();
	native_expect_start(&t, out);
	assert_null(strstr(out, "kept"));
	t.again = true;
	native_expect_start(&t, out);
	native_expect_line(out, "kept\n");
}

/* One byte of the record: the digest of the mounts, the inodes of the two namespaces. */
static int change_record(off_t at)
{
	int fd = open("/run/snapd/ns/demo.info", O_RDWR);
	char byte;
	ssize_t n = pread(fd, &byte, 1, at);

	byte ^= 1;
	n += pwrite(fd, &byte, 1, at);
	close(fd);
	return n == 2 ? 0 : -1;
}

static int other_mounts(void)
{
	return change_record(8);
}

static int other_inode(void)
{
	return change_record(40);
}

static int other_second_inode(void)
{
	return change_record(48);
}

static int plain_file(void)
{
	return umount2("/run/snapd/ns/demo.mnt", MNT_DETACH);
}

/* The IPC namespace's file in the place of the mount namespace's. */
static int other_kind(void)
{
	if (plain_file())
		return -1;
	return mount("/run/snapd/ns/demo.ipc", "/run/snapd/ns/demo.mnt", NULL, MS_BIND, NULL);
}

static void test_kept_not_trusted(void **state)
{
	static int (*const betweens[])(void) = { damage_record, other_mounts, other_second_inode,
						 other_inode,	plain_file,   other_kind };
	char out[ROOM];

	(void)state;
	NEEDS_KERNEL();
	for (size_t i = 0; i < ARRAY_SIZE(betweens); i++) {
		struct native t = { .script = MARK, .again = true, .between = betweens[i] };

		native_expect_start(&t, out);
		assert_null(strstr(out, "kept"));
		native_expect_line(out, "ipc:[");
	}
}

/* --- refusals ------------------------------------------------------------------------------- */

static int plant_link(void)
{
	return symlink("/run/hidden", "/run/link");
}

static int remove_booted(void)
{
	return unlink(RUN "/booted");
}

static int leave_reason(void)
{
	static const char why[] = "cannot start apps: the kernel is another\n";

	native_put(RUN "/failed", why, sizeof(why) - 1, 0600);
	return remove_booted();
}

static int open_plan_mode(void)
{
	return chmod(RUN "/pack/plans/" LABEL ".plan", 0666);
}

static int give_plan_away(void)
{
	return chown(RUN "/pack/plans/" LABEL ".plan", 1, 1);
}

static int link_plan(void)
{
	if (rename(RUN "/pack/plans/" LABEL ".plan", RUN "/plan"))
		return -1;
	return symlink(RUN "/plan", RUN "/pack/plans/" LABEL ".plan");
}

static int cut_filter(void)
{
	return truncate(RUN "/pack/filters/" LABEL ".bpf", 20);
}

static int open_run(void)
{
	return chmod(RUN, 0777);
}

static const struct native_mount through_link[] = { { PLAN_MOUNT_FILE, 0, "", "got", 0, 0 },
						    { PLAN_MOUNT_BIND, 0, "/run/link", "got", 0,
						      0 },
						    { 0 } };
static const struct native_mount onto_link[] = { { PLAN_MOUNT_SYMLINK, 0, "/tmp", "away", 0, 0 },
						 { PLAN_MOUNT_TMPFS, 0, "", "away", 0700, 4 },
						 { 0 } };
static const struct native_mount twice[] = { { PLAN_MOUNT_DIR, 0, "", "usr", 0755, 0 }, { 0 } };
static const struct {
	struct native t;
	int status;
	const char *text;
} refusals[] = {
	{ { .before = remove_booted },
	  125,
	  "cannot start snap.demo.app: phase pack: bulkhead-boot has not verified and loaded "
	  "the policy pack; " },
	{ { .before = leave_reason },
	  125,
	  "verified and loaded the policy pack: cannot start apps: the kernel is another; " },
	{ { .before = open_plan_mode }, 125, "app.plan: others may write it; " },
	{ { .before = give_plan_away }, 125, "app.plan: its owner is not root; " },
	{ { .before = link_plan }, 125, "Too many levels of symbolic links; " },
	{ { .before = cut_filter }, 125, ", but the file has 20 bytes; " },
	{ { .before = plant_fifo }, 125, "cannot read demo.info: Illegal seek; " },
	{ { .before = open_run }, 125, "cannot trust /run/bulkhead: others may write it; " },
	{ { .before = plant_link, .mounts = through_link },
	  125,
	  "phase namespaces: cannot make /got of the app's root: cannot open run/link: Too "
	  "many levels" },
	{ { .mounts = onto_link },
	  125,
	  "cannot make /away of the app's root: cannot open away: Too many levels" },
	{ { .mounts = twice },
	  125,
	  "cannot make /usr of the app's root: cannot make usr: File exists; " },
	{ { .program = "/usr/bin/absent" },
	  127,
	  "phase exec: cannot execute /usr/bin/absent: No such file" },
	{ { .program = "/one" }, 126, "phase exec: cannot execute /one: Permission denied; " },
	{ { .env = { "NOTIFY_SOCKET=relative" }, .pass = PLAN_PASS_NOTIFY_SOCKET },
	  125,
	  "phase environment: cannot pass NOTIFY_SOCKET: its value is malformed; " },
	{ { .env = { "TERM=a", "TERM=b" }, .pass = PLAN_PASS_TERM },
	  125,
	  "phase environment: cannot pass TERM: it is there twice; " },
};

static void test_refusals(void **state)
{
	char out[ROOM];

	(void)state;
	NEEDS_KERNEL();
	for (size_t i = 0; i < ARRAY_SIZE(refusals); i++) {
		struct native t = refusals[i].t;

		t.script = "echo started";
		int status = native_launch(&t, out);

		if (status != refusals[i].status)
			fail_msg("row %zu: status %d:\n%s", i, status, out);
		native_expect_line(out, refusals[i].text);
		assert_null(strstr(out, "started"));
	}
}

/* Names that several snaps need in one place: whoever comes first makes them, of whatever kind the
 * others find; two rows stand for two starts. */
static void test_names_of_several(void **state)
{
	static const struct native_mount names[] = {
		{ PLAN_MOUNT_DIR, PLAN_MOUNT_OPTIONAL, "", "usr", 0755, 0 },
		{ PLAN_MOUNT_DIR, PLAN_MOUNT_OPTIONAL, "", "many", 0755, 0 },
		{ PLAN_MOUNT_DIR, PLAN_MOUNT_OPTIONAL, "", "many", 0755, 0 },
		{ PLAN_MOUNT_FILE, PLAN_MOUNT_OPTIONAL, "", "many/node", 0, 0 },
		{ PLAN_MOUNT_FILE, PLAN_MOUNT_OPTIONAL, "", "many/node", 0, 0 },
		{ PLAN_MOUNT_SYMLINK, PLAN_MOUNT_OPTIONAL, "node", "many/plug", 0, 0 },
		{ PLAN_MOUNT_SYMLINK, PLAN_MOUNT_OPTIONAL, "node", "many/plug", 0, 0 },
		{ 0 },
	};
	const struct native t = { .mounts = names,
				  .script = "ls /many; readlink /many/plug; echo started" };
	char out[ROOM];

	(void)state;
	NEEDS_KERNEL();
	if (native_launch(&t, out))
		fail_msg("%s", out);
	native_expect_line(out, "node\nplug\nnode\nstarted\n");
}

static void test_arguments(void **state)
{
	static const struct {
		const char *argv[5];
		const char *text;
	} rows[] = {
		{ { NULL }, "expected LABEL [--shell | --verify | --started] [-- ARGUMENT...]; " },
		{ { "" }, "cannot use label \"\": expected snap.NAME.APP; " },
		{ { "../x" }, "cannot use label \"../x\": expected snap.NAME.APP; " },
		{ { "-x" }, "cannot use label \"-x\"" },
		{ { "snap.demo.app/../x" }, "cannot use label" },
		{ { "snap.demo:app" }, "cannot use label" },
		{ { "snap.demo.app", "--shell", "-c" }, "cannot use argument \"-c\"" },
		{ { "snap.demo.app", "--shell", "--verify" }, "cannot use argument \"--verify\"" },
		{ { "snap.demo.app", "word" }, "cannot use argument \"word\": expected --shell" },
		{ { "snap.demo.app", "--verify", "x" }, "cannot use argument \"x\"" },
		{ { "snap.demo.app", "--started", "x" }, "cannot use argument \"x\"" },
		{ { "snap.demo.app", "--started" }, "cannot verify snap.demo.app: " },
		{ { "snap.demo.other" }, "cannot open plans/snap.demo.other.plan: No such file" },
		{ { "snap.demo.app", "--verify" }, "cannot verify snap.demo.app: " },
	};
	char out[ROOM];

	(void)state;
	NEEDS_KERNEL();
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct native t = { .script = "echo begun", .argv = rows[i].argv };

		assert_int_equal(native_launch(&t, out), 125);
		native_expect_line(out, rows[i].text);
		assert_null(strstr(out, "begun"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kept_is_shared),	 cmocka_unit_test(test_kept_made_anew),
		cmocka_unit_test(test_kept_not_trusted), cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_names_of_several), cmocka_unit_test(test_arguments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
