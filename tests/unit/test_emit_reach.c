/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Questions to compiled AppArmor rules: the walk that compares two profiles, what the common ground
 * of every app reaches, and what mount rules allow in the kernel's terms.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sys/mount.h>
#include <unistd.h>

#include "iface_reach.h"
#include "iface_rows.h"

#define FEATURES "boards/qemu-arm64/features/apparmor"

#define CLASS_MOUNT 7u /* AA_CLASS_MOUNT, AA_MAY_MOUNT, AA_MAY_UMOUNT, AA_MNT_CONT_MATCH */
#define MAY_MOUNT   0x02u
#define MAY_UMOUNT  0x04u
#define MOUNT_DATA  0x40u
#define MAY_READ    0x04u

struct profile {
	struct parser_job job;
	struct str text;
	struct aa_loaded loaded;
};

static char empty[64];

static int set_up(void **state)
{
	(void)state;
	snprintf(empty, sizeof(empty), "/tmp/bulkhead-test-XXXXXX");
	return mkdtemp(empty) ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	return rmdir(empty);
}

static void compile(struct profile *p, const char *rules)
{
	struct err e = { 0 };

	*p = (struct profile){ .job = { .features = FEATURES, .empty = empty, .tolerant = true } };
	str_printf(&p->text, "profile \"x\" {\n%s\n}\n", rules);
	p->job.text = str_text(&p->text);
	if (emit_parser_start(&p->job, &e) || emit_parser_wait(&p->job, &e))
		fail_msg("%s", e.text);
	if (p->job.status)
		fail_msg("%s: %s", rules, p->job.messages);
	if (aa_load(p->job.output, p->job.output_size, 0, &p->loaded, &e))
		fail_msg("%s: %s", rules, e.text);
}

static void release(struct profile *p)
{
	emit_parser_free(&p->job);
	str_free(&p->text);
}

/* --- the comparison -------------------------------------------------------------------------- */

static const struct {
	enum aa_question question;
	const char *a, *b;
	const char *found; /* a line each */
} comparisons[] = {
	{ AA_SURPLUS, "/a/** rw,", "/a/** rw,", "" },
	{ AA_SURPLUS, "/a/b r,", "/a/** r,", "" },
	{ AA_SURPLUS, "/a/** r,", "/a/* r,", "file: r: /a/a/\n" },
	{ AA_SURPLUS, "/a/{b,c} r,", "/a/b r,\n/a/[c-d] r,", "" },
	{ AA_SURPLUS, "/a rwk,", "/a r,", "file: wak: /a\n" },
	{ AA_SURPLUS, "/a a,", "/a w,", "" },
	{ AA_SURPLUS, "/a w,", "/a a,", "file: w: /a\n" },
	{ AA_SURPLUS, "/a r,", "owner /a r,", "file: r: /a\n" },
	{ AA_SURPLUS, "owner /a rw,", "/a r,", "file: owner wa: /a\n" },
	{ AA_SURPLUS, "/a r,", "/** r,\ndeny /a r,", "file: r: /a\n" },
	{ AA_SURPLUS, "/** r,\ndeny /b r,", "/{,[^b]**,b/**,b/,b?**} r,", "" },
	{ AA_SURPLUS, "/a ix,", "/a ux,", "file: xm: /a\n" },
	{ AA_SURPLUS, "/a ix,", "/* ix,", "" },
	{ AA_SURPLUS, "/a l,", "/a w,", "file: l: /a\\x00/a\n" },
	{ AA_SURPLUS, "link /a -> /b,", "/a l,", "" },
	{ AA_SURPLUS, "/a l,", "link /a -> /b,", "file: l: /a\\x00/a\n" },
	/* A deny rule leaves the bit of the first name where it was. */
	{ AA_COMMON, "/a l,\ndeny /a l,", "/a l,", "" },
	{ AA_SURPLUS, "capability net_admin,\ncapability kill,", "capability kill,",
	  "capability: 0xc\n" },
	{ AA_SURPLUS, "capability wake_alarm,", "", "capability: 0x23\n" },
	{ AA_SURPLUS, "network inet stream,", "network inet,", "" },
	{ AA_SURPLUS, "network inet stream,", "network inet dgram,",
	  "network: 0x1fc076: \\x00\\x02\\x00\\x01\n" },
	{ AA_SURPLUS, "signal (send) peer=b,", "signal peer=b,", "" },
	{ AA_SURPLUS, "signal (send) peer=b,", "signal (receive),",
	  "signal: 0x2: ab\nlabel: 0x2: \\x0ab\n" },
	{ AA_SURPLUS, "ptrace (read),", "ptrace (read) peer=b,",
	  "ptrace: 0x4: a\nlabel: 0x4: \\x09a\n" },
	{ AA_SURPLUS, "mount options=(ro,bind) /a/ -> /b/,", "mount options=(bind) -> /b/,",
	  "mount: 0x2: /b/\\x00/a/\\x00\\x00\\x01\n" },
	{ AA_SURPLUS, "umount /a/,", "umount /a/**,", "mount: 0x4: /a/\n" },
	{ AA_COMMON, "/a/** rw,", "/*/b w,", "file: wa: /a/b\n" },
	{ AA_COMMON, "/a/** r,", "/a/** w,", "" },
};

static void add_line(void *ctx, const struct aa_finding *f)
{
	aa_describe(ctx, f);
	str_add(ctx, "\n");
}

static void comparison_is_exact(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(comparisons); i++) {
		CLEANUP_STR struct str found = { 0 };
		struct profile a, b;

		compile(&a, comparisons[i].a);
		compile(&b, comparisons[i].b);
		aa_compare(&a.loaded, &b.loaded, comparisons[i].question, add_line, &found);
		if (!str_eq(str_text(&found), comparisons[i].found))
			fail_msg("%s\n%s\nfound: %s", comparisons[i].a, comparisons[i].b,
				 str_text(&found));
		release(&a);
		release(&b);
	}
}

/* --- every app ------------------------------------------------------------------------------- */

static const char plain[] = "name: app\nversion: '1'\napps: {app: {command: bin/app}}\n";

/* The profile of an app without plugs. */
static void compile_plain(struct row *r, struct profile *p)
{
	CLEANUP_STR struct str rules = { 0 };
	struct policy_templates t;

	assert_int_equal(policy_load_templates(&r->a, "gadget/templates", &t, &r->d), 0);
	r->m.snaps = r->snaps;
	r->m.snap_count = 1;
	r->snaps[0].layers = SNAP_LAYERS_ALL;
	assert_int_equal(model_read_snap(&r->a, row_parse(r, plain), &r->m, &r->snaps[0], &r->d),
			 0);
	model_snap_settle(&r->snaps[0]);
	assert_int_equal(policy_build(&r->a, &r->m, &t, &r->p, &r->d), 0);
	for (size_t i = 0; i < r->p.apps[0].apparmor.count; i++)
		str_printf(&rules, "%s\n", r->p.apps[0].apparmor.items[i].text);
	assert_true(rules.len > 1000);
	compile(p, str_text(&rules));
}

static void base_reaches_nothing_trusted(void **state)
{
	struct row r = { 0 };
	struct reach never;
	struct profile p;
	CLEANUP_STR struct str found = { 0 };
	struct err e = { 0 };

	(void)state;
	compile_plain(&r, &p);
	assert_int_equal(reach_load(&never, FEATURES, empty, &e), 0);
	if (reach_check(&never, &p.job, 0, "super", &found))
		fail_msg("an app without plugs writes to:%s", str_text(&found));
	reach_free(&never);
	release(&p);
	row_free(&r);
}

/* What tells of the kernel's memory, of its log, of hardware and firmware, of users and of others.
 */
static const char secrets[] =
	"/proc/{kcore,kmem,kallsyms,kmsg,kpage*,vmallocinfo,slabinfo,modules,iomem,ioports} r,\n"
	"/proc/{sched_debug,timer_list,latency_stats,keys,key-users,sysrq-trigger} r,\n"
	"/proc/{acpi,scsi,asound,bus,driver,fs,ide,irq,tty,device-tree}/** r,\n"
	"/proc/sys/{fs/binfmt_misc/**,kernel/{core_pattern,modprobe,hotplug,usermodehelper/**}} "
	"r,\n"
	"/sys/{firmware,fs/{bpf,cgroup,pstore,selinux},kernel/{security,debug,tracing}}/** r,\n"
	"/sys/kernel/{vmcoreinfo,notes,kexec_*,boot_params/**,slab/**} r,\n"
	"/sys/{bus,class,module,power}/** r,\n"
	"/dev/{mem,kmem,port,kmsg,sd*,mmcblk*,vd*,nvme*,loop*,input/**,i2c-*,gpiochip*} r,\n"
	"/etc/{shadow,gshadow,sudoers,ssl/private/**} r,\n"
	"/{root,home,boot,run/udev,run/systemd,run/dbus,var/log,var/lib/dbus}/** r,\n"
	"/run/{bulkhead,snapd/ns,snapd/lock}/{,**} r,\n/{,usr/}lib/bulkhead/{,**} r,\n";

static void add_read(void *ctx, const struct aa_finding *f)
{
	struct aa_finding read = *f;

	read.bits &= MAY_READ | MAY_READ << REACH_HALF;
	if (str_eq(f->class, "file") && read.bits)
		add_line(ctx, &read);
}

static void base_reads_no_secrets(void **state)
{
	struct row r = { 0 };
	struct profile p, never;
	CLEANUP_STR struct str found = { 0 };

	(void)state;
	compile_plain(&r, &p);
	compile(&never, secrets);
	aa_compare(&p.loaded, &never.loaded, AA_COMMON, add_read, &found);
	if (found.len)
		fail_msg("an app without plugs reads:\n%s", str_text(&found));
	release(&never);
	release(&p);
	row_free(&r);
}

/* --- mounts ---------------------------------------------------------------------------------- */

/* What mount(2) or umount2(2) asks; flags are those that the kernel leaves for the kind of call. */
struct mount_query {
	const char *rules;
	const char *target, *source, *type;
	unsigned long flags;
	const char *data;
	bool allowed;
};

/* The flags of each kind that security/apparmor/mount.c of Linux 6.1 keeps. */
#define BIND	(MS_BIND)
#define REMOUNT (MS_REMOUNT)

#define FS_RULE "mount fstype=(ext4) options=(rw,nosuid) /dev/sda1 -> /media/a/,"

static const struct mount_query queries[] = {
	{ FS_RULE, "/media/a/", "/dev/sda1", "ext4", MS_NOSUID, NULL, true },
	{ FS_RULE, "/media/a/", "/dev/sda1", "ext4", 0, NULL, false },
	{ FS_RULE, "/media/a/", "/dev/sda1", "ext4", MS_NOSUID | MS_RDONLY, NULL, false },
	{ FS_RULE, "/media/a/", "/dev/sda1", "vfat", MS_NOSUID, NULL, false },
	{ FS_RULE, "/media/a/", "/dev/sda2", "ext4", MS_NOSUID, NULL, false },
	{ FS_RULE, "/media/b/", "/dev/sda1", "ext4", MS_NOSUID, NULL, false },
	{ FS_RULE, "/media/a/", "/dev/sda1", NULL, MS_BIND, NULL, false },
	{ FS_RULE, "/media/a/", NULL, NULL, MS_NOSUID | MS_REMOUNT, NULL, false },
	/* With no data in the rule, all data are allowed. */
	{ FS_RULE, "/media/a/", "/dev/sda1", "ext4", MS_NOSUID, "commit=5", true },
	{ "mount fstype=(ext4) options in (rw,nosuid,noexec) /d -> /a/,", "/a/", "/d", "ext4",
	  MS_NOEXEC, NULL, true },
	{ "mount fstype=(ext4) options in (rw,nosuid,noexec) /d -> /a/,", "/a/", "/d", "ext4",
	  MS_NODEV, NULL, false },
	{ "mount options=(bind) /a/ -> /b/,", "/b/", "/a/", NULL, MS_BIND, NULL, true },
	{ "mount options=(bind) /a/ -> /b/,", "/b/", "/a/", NULL, MS_BIND | MS_REC, NULL, false },
	{ "mount options=(bind) /a/ -> /b/,", "/b/", "/a/", "tmpfs", 0, NULL, false },
	{ "mount options=(bind) /a/ -> /b/,", "/b/", "/c/", NULL, MS_BIND, NULL, false },
	{ "mount options=(bind) /a/ -> /b/,", "/c/", "/a/", NULL, MS_BIND, NULL, false },
	{ "mount options=(bind) /a/ -> /b/,", "/b/", "/a/", NULL, MS_MOVE, NULL, false },
	{ "mount options=(bind) /a/ -> /b/,", "/b/", NULL, NULL, MS_REMOUNT, NULL, false },
	{ "mount options=(rbind) /a/ -> /b/,", "/b/", "/a/", NULL, MS_BIND | MS_REC, NULL, true },
	{ "mount options=(rbind) /a/ -> /b/,", "/b/", "/a/", NULL, MS_BIND, NULL, false },
	{ "mount options=(make-slave) -> /a/,", "/a/", NULL, NULL, MS_SLAVE, NULL, true },
	{ "mount options=(make-slave) -> /a/,", "/a/", NULL, NULL, MS_SHARED, NULL, false },
	{ "mount options=(make-slave) -> /a/,", "/a/", "none", "tmpfs", 0, NULL, false },
	{ "remount /a/,", "/a/", NULL, NULL, MS_REMOUNT, NULL, true },
	{ "remount /a/,", "/a/", NULL, NULL, MS_REMOUNT | MS_RDONLY, NULL, false },
	{ "remount /a/,", "/a/", "none", "tmpfs", 0, NULL, false },
	{ "umount /media/*/,", "/media/a/", NULL, NULL, 0, "umount", true },
	{ "umount /media/*/,", "/media/a/b/", NULL, NULL, 0, "umount", false },
	{ "umount /media/*/,", "/media/", NULL, NULL, 0, "umount", false },
	{ "umount /media/*/,", "/media/a/", "none", "tmpfs", 0, NULL, false },
	/*
	 * CVE-2016-1585 as apparmor_parser 3.0 still has it: flags beside the kind of a mount make
	 * a rule of their own. That is why emit refuses such a rule (apparmor_text.c); when this
	 * fails with a newer parser, it need not any more.
	 */
	{ "mount options=(rw,bind) /a/ -> /b/,", "/b/", "/a/", "tmpfs", 0, NULL, true },
	{ "mount options=(ro,remount,bind) -> /b/,", "/b/", "/c", "tmpfs", MS_RDONLY, NULL, true },
	{ "mount options=(rw,make-slave) -> /a/,", "/a/", "none", "tmpfs", 0, NULL, true },
};

static uint32_t skip_nul(const struct aa_table *t, uint32_t state)
{
	return state ? aa_walk(t, state, "", 1) : 0;
}

static uint32_t walk_text(const struct aa_table *t, uint32_t state, const char *text)
{
	return text ? aa_walk(t, state, text, strlen(text)) : state;
}

/* do_match_mnt() of security/apparmor/mount.c. */
static bool mount_allowed(const struct aa_table *t, const struct mount_query *q)
{
	const uint8_t class = CLASS_MOUNT;
	uint32_t state = aa_walk(t, t->start, &class, 1), accept;

	state = walk_text(t, state, q->target);
	if (q->data && str_eq(q->data, "umount"))
		return aa_accept(t, state) & MAY_UMOUNT;
	state = walk_text(t, skip_nul(t, state), q->source);
	state = skip_nul(t, walk_text(t, skip_nul(t, state), q->type));
	for (uint8_t i = 0; i < 32; i++)
		if (q->flags >> i & 1)
			state = aa_walk(t, state, &(uint8_t){ (uint8_t)(i + 1) }, 1);
	accept = aa_accept(t, state);
	if (!(accept & MAY_MOUNT) && q->data && (accept & MOUNT_DATA))
		accept = aa_accept(t, walk_text(t, skip_nul(t, state), q->data));
	return accept & MAY_MOUNT;
}

static void mount_rules_say_no_more(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(queries); i++) {
		struct profile p;

		compile(&p, queries[i].rules);
		if (mount_allowed(&p.loaded.rest, &queries[i]) != queries[i].allowed)
			fail_msg("%s: query %zu is %s", queries[i].rules, i,
				 queries[i].allowed ? "refused" : "allowed");
		release(&p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comparison_is_exact),
		cmocka_unit_test(base_reaches_nothing_trusted),
		cmocka_unit_test(base_reads_no_secrets),
		cmocka_unit_test(mount_rules_say_no_more),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
