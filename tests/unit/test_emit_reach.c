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
#include <unistd.h>

#include "aa_mounts.h"
#include "apparmor.h"
#include "iface_reach.h"
#include "iface_rows.h"

#define FEATURES "boards/qemu-arm64/features/apparmor"

#define MAY_READ 0x04u

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

static void add_written(void *ctx, const struct aa_finding *f)
{
	struct aa_finding written = *f;

	written.bits &= REACH_MAY_WRITE | REACH_MAY_WRITE << REACH_HALF;
	if (str_eq(f->class, "file") && written.bits)
		add_line(ctx, &written);
}

/* An app may change what lies in its folders, not move them, or give them to somebody else. */
static void base_keeps_its_folders(void **state)
{
	struct row r = { 0 };
	struct profile p, folders;
	CLEANUP_STR struct str found = { 0 };

	(void)state;
	compile_plain(&r, &p);
	compile(&folders, "/var/snap/app/{,*/} w,\n/home/*/{,*/} w,\n");
	aa_compare(&p.loaded, &folders.loaded, AA_COMMON, add_written, &found);
	if (found.len)
		fail_msg("an app changes its folders:\n%s", str_text(&found));
	release(&folders);
	release(&p);
	row_free(&r);
}

/* --- mounts ---------------------------------------------------------------------------------- */

/* What apparmor_parser makes more of than it says, no interface may have: CVE-2016-1585. */
static void mount_rules_say_no_more(void **state)
{
	size_t wider = 0;

	(void)state;
	for (size_t i = 0; i < aa_mount_rule_count; i++) {
		const struct aa_mount_rule *rule = &aa_mount_rules[i];
		CLEANUP_STR struct str found = { 0 };
		struct meta_diag d = { 0 };
		struct profile p;

		compile(&p, rule->text);
		aa_mounts_ask(&p.loaded, rule, &found);
		/* What emit lets through beside its deny rules. */
		if (strstr(rule->text, "deny ") && found.len)
			fail_msg("%s\n%s", rule->text, str_text(&found));
		if (strstr(str_text(&found), "more ")) {
			wider++;
			if (!emit_apparmor_check(&(struct policy_rules){ 0 },
						 &(struct policy_rule){ .text = rule->text }, &d))
				fail_msg("%s\n%s", rule->text, str_text(&found));
		}
		meta_diag_free(&d);
		release(&p);
	}
	assert_true(wider > 0); /* else emit need not refuse them any more */
}

/* A remount with flags goes through beside both of its deny rules, of its place and flags. */
static void what_a_remount_widens_is_denied(void **state)
{
	static const char *const others[][2] = {
		{ "deny mount fstype=?* options=(ro) -> /a/,",
		  "deny mount options=(bind) -> /a/," },
		{ "deny mount fstype=?* options=(ro) -> /a/,", "" },
		{ "", "deny mount options=(bind) -> /a/," },
		{ "deny mount fstype=?* options=(ro) -> /b/,",
		  "deny mount options=(bind) -> /a/," },
		{ "deny mount fstype=?* options=(ro) -> /a/,",
		  "deny mount options=(bind) -> /b/," },
		{ "deny mount fstype=?* options=(nosuid) -> /a/,",
		  "deny mount options=(bind) -> /a/," },
		{ "deny mount fstype=ext4 options=(ro) -> /a/,",
		  "deny mount options=(bind) -> /a/," },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		struct policy_rule rules[] = {
			{ .text = "mount options=(remount,bind,ro) -> /a/," },
			{ .text = others[i][0] },
			{ .text = others[i][1] },
		};
		const struct policy_rules all = { rules, ARRAY_SIZE(rules), 0 };
		struct meta_diag d = { 0 };

		assert_int_equal(emit_apparmor_check(&all, &rules[0], &d), i ? -1 : 0);
		meta_diag_free(&d);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comparison_is_exact),
		cmocka_unit_test(base_reaches_nothing_trusted),
		cmocka_unit_test(base_reads_no_secrets),
		cmocka_unit_test(base_keeps_its_folders),
		cmocka_unit_test(mount_rules_say_no_more),
		cmocka_unit_test(what_a_remount_widens_is_denied),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
