/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Launches of other plans and on other devices than tests/golden-launch/first.txt: what each does
 * otherwise is compared with tests/golden-launch/NAME.diff, line by line ("-": not done, "+": done
 * in addition). Each of their calls fails once too: the app must never be reached then.
 */
#include "launch_world.h"

#include <sys/ioctl.h>

#include "cgroup.h"

#define LINES 512

static char term[] = "TERM=vt100", fds[] = "LISTEN_FDS=1", pid[] = "LISTEN_PID=4242";
static char *const environ_plain[] = { term, NULL };
static char *const environ_fds[] = { term, fds, pid, NULL };

/* What the kernel shows of a process that is as the plan says. */
static void give_status(const struct variant *v)
{
	CLEANUP_STR struct str s = { 0 };

	str_printf(&s, "Uid:\t%u\t%u\t%u\t%u\nGid:\t%u\t%u\t%u\t%u\nGroups:\t29 \nNoNewPrivs:\t1\n",
		   v->uid, v->uid, v->uid, v->uid, v->uid, v->uid, v->uid, v->uid);
	str_printf(&s, "CapInh:\t%016llx\nCapPrm:\t%016llx\nCapEff:\t%016llx\n",
		   (unsigned long long)v->ambient, (unsigned long long)v->caps,
		   (unsigned long long)v->caps);
	str_printf(&s, "CapBnd:\t%016llx\nCapAmb:\t%016llx\n", (unsigned long long)v->caps,
		   (unsigned long long)v->ambient);
	give_text("status", str_text(&s));
}

static void start_before(void)
{
	struct launch l = LAUNCH_INIT;
	struct err e = { 0 };
	size_t from;

	assert_int_equal(launch(&l, environ_plain, &from, &e), -1);
	assert_int_equal(l.status, LAUNCH_NOT_FOUND);
}

static void kept(const struct variant *v)
{
	(void)v;
	start_before();
}

/* Kept with other mounts. */
static void stale_mounts(const struct variant *v)
{
	static const char *const none[] = { NULL };
	struct variant other = *v;

	other.shares = none;
	give_plan(&other);
	start_before();
	give_plan(v);
}

/* A crash has left a file on which nothing is mounted, and no record. */
static void left_over(const struct variant *v)
{
	(void)v;
	sys_fake_file("demo.info", "half", 4);
}

static void one_share_absent(const struct variant *v)
{
	(void)v;
	sys_fake_missing("var/snap/lender/absent", ENOENT);
}

static void devmode(const struct variant *v)
{
	(void)v;
	give_text("attr/apparmor/exec", LABEL " (complain)\n");
	give_text("profiles", LABEL " (complain)\n");
}

static void terminal(const struct variant *v)
{
	(void)v;
	sys_fake_value("isatty", 1);
}

/* What belongs to the user is to be the user's. */
static void user(const struct variant *v)
{
	struct variant shown = *v;

	shown.uid = USER;
	give_status(&shown);
	sys_fake_owner("snap", USER, S_IFDIR | 0700);
	sys_fake_owner("snap/x1", USER, S_IFDIR | 0700);
	sys_fake_missing("demo.1001.info", ENOENT);
	sys_fake_fs("demo.1001.mnt", NSFS_MAGIC);
	sys_fake_fs("demo.1001.ipc", NSFS_MAGIC);
	sys_fake_value("getuid", USER);
	sys_fake_value("geteuid", USER);
}

#define HOOK "snap.demo.hook.configure"

/* A base snap's folders in the place of the image's, and what a layout shows of the app's. */
static void add_base(struct build_plan *p)
{
	static const char *const folders[] = { "opt", "srv" };

	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		char source[32];

		snprintf(source, sizeof(source), "/snap/core/x1/%s", folders[i]);
		add_mount(p, PLAN_MOUNT_DIR, "", folders[i]);
		add_mount(p, PLAN_MOUNT_BIND, source, folders[i]);
	}
}

static void add_layouts(struct build_plan *p)
{
	add_mount(p, PLAN_MOUNT_DIR, "", "etc");
	add_mount(p, PLAN_MOUNT_TMPFS, "", "etc");
	add_mount(p, PLAN_MOUNT_DIR, "", "etc/demo");
	add_mount(p, PLAN_MOUNT_BIND, "/snap/demo/x1/etc", "etc/demo");
	add_mount(p, PLAN_MOUNT_FILE, "", "etc/demo.conf");
	add_mount(p, PLAN_MOUNT_BIND, "/var/snap/demo/x1/demo.conf", "etc/demo.conf");
	add_mount(p, PLAN_MOUNT_SYMLINK, "/snap/demo/x1/link", "etc/link");
}

static void base_snap(const struct variant *v)
{
	give_plan_as(LABEL, v, add_base);
}

static void layouts(const struct variant *v)
{
	give_plan_as(LABEL, v, add_layouts);
}

static void hook(const struct variant *v)
{
	assert_int_equal(sys_device_create(HOOK, 256, NULL), 0);
	give_plan_as(HOOK, v, NULL);
	give_text("attr/apparmor/exec", HOOK " (enforce)\n");
	give_text("profiles", HOOK " (enforce)\n");
}

static void cgroup_v1(const struct variant *v)
{
	(void)v;
	sys_fake_value("v1", 1);
	sys_fake_value("cgroup", SYS_CGROUP_V1);
}

static const char *const lent[] = { "/var/snap/lender/share", "/var/snap/lender/absent", NULL };

#define OWN   PLAN_FLAG_NETWORK_OWN
#define DEVEL PLAN_FLAG_DEVELOPMENT

/* With nsdelegate nobody may freeze the root that it sees. */
static void delegate(const struct variant *v)
{
	(void)v;
	sys_fake_value("cgroup.freeze", EPERM);
	give_text("cgroup", "0::/\n");
}

static const struct {
	const char *name;
	struct variant v;
	void (*set)(const struct variant *v);
} rows[] = {
	{ "network", { 0, PLAN_PASS_TERM, 1001, 0, 0x401, 0x400, NULL, false }, NULL },
	{ "root", { OWN, PLAN_PASS_TERM, 0, 0, 0, 0, NULL, false }, NULL },
	{ "root-caps", { OWN, PLAN_PASS_TERM, 0, 0, 0x401, 0, NULL, false }, NULL },
	{ "no-caps", { OWN, PLAN_PASS_TERM, 1001, 0, 0, 0, NULL, false }, NULL },
	{ "nothing-passed", { OWN, 0, 1001, 0, 0x401, 0x400, NULL, false }, NULL },
	{ "descriptors",
	  { OWN, PLAN_PASS_TERM | PLAN_PASS_LISTEN_FDS, 1001, 0, 0x401, 0x400, NULL, false },
	  NULL },
	{ "shares", { OWN, PLAN_PASS_TERM, 1001, 0, 0x401, 0x400, lent, false }, one_share_absent },
	{ "kept", { OWN, PLAN_PASS_TERM, 1001, 0, 0x401, 0x400, lent, false }, kept },
	{ "stale-mounts",
	  { OWN, PLAN_PASS_TERM, 1001, 0, 0x401, 0x400, lent, false },
	  stale_mounts },
	{ "left-over", { OWN, PLAN_PASS_TERM, 1001, 0, 0x401, 0x400, NULL, false }, left_over },
	{ "terminal-kept", { 0, PLAN_PASS_TERM, 0, 0, 0, 0, NULL, false }, terminal },
	{ "devmode",
	  { OWN | DEVEL | PLAN_FLAG_COMPLAIN, PLAN_PASS_TERM, 1001, 0, 0x401, 0x400, NULL, false },
	  devmode },
	{ "no-apparmor",
	  { OWN | DEVEL, PLAN_PASS_TERM, 1001, PLAN_LAYER_APPARMOR, 0x401, 0x400, NULL, false },
	  NULL },
	{ "no-seccomp",
	  { OWN | DEVEL, PLAN_PASS_TERM, 1001, PLAN_LAYER_SECCOMP, 0x401, 0x400, NULL, false },
	  NULL },
	{ "no-devices",
	  { OWN | DEVEL, PLAN_PASS_TERM, 1001, PLAN_LAYER_DEVICES, 0x401, 0x400, NULL, false },
	  NULL },
	{ "shell", VARIANT_PLAIN, NULL },
	{ "base-snap", VARIANT_PLAIN, base_snap },
	{ "layouts", VARIANT_PLAIN, layouts },
	{ "hook", VARIANT_PLAIN, hook },
	{ "v1", VARIANT_PLAIN, cgroup_v1 },
	{ "v1-pid",
	  { OWN | PLAN_FLAG_PID_OWN, PLAN_PASS_TERM, 1001, 0, 0x401, 0x400, NULL, false },
	  cgroup_v1 },
	{ "pid",
	  { OWN | PLAN_FLAG_PID_OWN, PLAN_PASS_TERM, 1001, 0, 0x401, 0x400, NULL, false },
	  NULL },
	{ "ipc",
	  { OWN | PLAN_FLAG_IPC_OWN, PLAN_PASS_TERM, 1001, 0, 0x401, 0x400, NULL, false },
	  NULL },
	{ "user", { OWN, PLAN_PASS_TERM, 0, 0, 0, 0, NULL, true }, user },
	{ "delegate",
	  { OWN | PLAN_FLAG_DELEGATE, PLAN_PASS_TERM, 1001, 0, 0x401, 0x400, NULL, false },
	  delegate },
	{ "delegate-no-devices",
	  { OWN | DEVEL | PLAN_FLAG_DELEGATE, PLAN_PASS_TERM, 1001, PLAN_LAYER_DEVICES, 0x401,
	    0x400, NULL, false },
	  NULL },
	{ "no-capabilities",
	  { OWN | DEVEL, PLAN_PASS_TERM, 1001, PLAN_LAYER_CAPABILITIES, 0, 0, NULL, false },
	  NULL },
	{ "no-namespaces",
	  { DEVEL, PLAN_PASS_TERM, 1001, PLAN_LAYER_NAMESPACES, 0x401, 0x400, NULL, false },
	  NULL },
};

/* Without what development plans say on descriptor 2 at every start. */
static int quiet_launch(size_t row, struct launch *l, size_t *from, struct err *e)
{
	CLEANUP_FD int kept_fd = fcntl(2, F_DUPFD_CLOEXEC, 200);
	CLEANUP_FD int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	int r;

	dup2(null, 2);
	l->shell = str_eq(rows[row].name, "shell");
	l->label = str_eq(rows[row].name, "hook") ? HOOK : NULL;
	*from = strlen(sys_fake_text());
	r = launch_privilege(l, e)
		    ? -1
		    : launch(l,
			     rows[row].v.pass & PLAN_PASS_LISTEN_FDS ? environ_fds : environ_plain,
			     from, e);
	dup2(kept_fd, 2);
	return r;
}

static void set_world(size_t i)
{
	void *state = NULL;

	assert_int_equal(world(&state), 0);
	give_plan(&rows[i].v);
	give_status(&rows[i].v);
	if (rows[i].set)
		rows[i].set(&rows[i].v);
}

/* --- what is different ------------------------------------------------------------------------ */

static size_t lines_of(const char *text, const char *lines[LINES])
{
	size_t n = 0;

	for (; *text; text = strchr(text, '\n') + 1) {
		assert_true(n < LINES);
		lines[n++] = text;
	}
	return n;
}

static size_t length(const char *line)
{
	return strcspn(line, "\n") + 1;
}

static bool same(const char *a, const char *b)
{
	return length(a) == length(b) && memcmp(a, b, length(a)) == 0;
}

/* The longest common subsequence; what is not in it, in order. */
static void add_difference(struct str *out, const char *a_text, const char *b_text)
{
	static unsigned short longest[LINES + 1][LINES + 1];
	const char *a[LINES], *b[LINES];
	size_t an = lines_of(a_text, a), bn = lines_of(b_text, b);

	memset(longest, 0, sizeof(longest));
	for (size_t i = an; i-- > 0;)
		for (size_t k = bn; k-- > 0;)
			longest[i][k] = same(a[i], b[k]) ? longest[i + 1][k + 1] + 1
					: longest[i + 1][k] > longest[i][k + 1] ? longest[i + 1][k]
										: longest[i][k + 1];
	for (size_t i = 0, k = 0; i < an || k < bn;) {
		bool take_a = k == bn || (i < an && longest[i + 1][k] >= longest[i][k + 1]);

		if (i < an && k < bn && same(a[i], b[k])) {
			i++;
			k++;
			continue;
		}
		str_add(out, take_a ? "-" : "+");
		str_add_bytes(out, take_a ? a[i] : b[k], length(take_a ? a[i] : b[k]));
		if (take_a)
			i++;
		else
			k++;
	}
}

static void test_differences(void **state)
{
	CLEANUP_FREE char *first = NULL;
	struct err e = { 0 };
	size_t len;

	(void)state;
	first = fd_read_file("tests/golden-launch/first.txt", 1 << 20, &len, &e);
	assert_non_null(first);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		CLEANUP_STR struct str text = { 0 };
		struct launch l = LAUNCH_INIT;
		size_t from;

		set_world(i);
		assert_int_equal(quiet_launch(i, &l, &from, &e), -1);
		if (l.status != LAUNCH_NOT_FOUND)
			fail_msg("%s: %s", rows[i].name, e.text);
		add_difference(&text, first, sys_fake_text() + from);
		compare_file(rows[i].name, ".diff", str_text(&text));
	}
}

/* Every call of each fails once: 125, and exec is not made. */
static void test_every_fault(void **state)
{
	unsigned tried = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		for (unsigned n = 1;; n++) {
			struct launch l = LAUNCH_INIT;
			struct err e = { 0 };
			size_t from;

			set_world(i);
			sys_fake_fail_at(n);
			assert_int_equal(quiet_launch(i, &l, &from, &e), -1);
			if (!strstr(sys_fake_text() + from, " = EIO\n"))
				break;
			tried++;
			if (l.status != LAUNCH_FAILED || reached(sys_fake_text() + from))
				fail_msg("%s: call %u: status %d\n%s", rows[i].name, n, l.status,
					 sys_fake_text() + from);
		}
	assert_true(tried > 2000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_differences, world, done),
		cmocka_unit_test_setup_teardown(test_every_fault, world, done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
