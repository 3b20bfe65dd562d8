/* SPDX-License-Identifier: Apache-2.0 */
/* The folders and files below /var that the MANIFEST lists for boot. */
#include "emit_fixture.h"

#define BIND(s, t) .op = POLICY_MOUNT_BIND, .source = (s), .target = (t), .reason = "test"

/* What one snap's data lend to another, or are shown elsewhere: made by boot, as the owner's; once,
 * with the wider mode. */
static void lent_folders_are_listed(void **state)
{
	static struct policy_mount lent[] = {
		{ BIND("/var/snap/sensord/common/out/deep", "var/snap/web/x1/in") },
		{ BIND("/var/snap/sensord/common/out/deep", "x"), .flags = POLICY_MOUNT_READONLY },
		/* What a snap shows itself is for nobody else. */
		{ BIND("/var/snap/web/common/own", "opt/own") },
		{ BIND("/var/snap/web/common/etc/conf", "etc/conf"), .of_file = true },
		{ .op = POLICY_MOUNT_TMPFS,
		  .source = "",
		  .target = "var/snap/web/x1/tmp",
		  .size_kib = 4,
		  .reason = "test" },
		/* None of these is anybody's to lend, or is made anyhow. */
		{ BIND("/var/snap/sensord/common", "var/snap/sensord/common") },
		{ BIND("/var/snap/nobody/common/out", "usr") },
		{ BIND("/var/lib/x/y/z", "var/snap/sensor/x1/x") },
		{ .op = POLICY_MOUNT_SYMLINK,
		  .source = "/var/snap/sensord/common/link",
		  .target = "y",
		  .reason = "test" },
	};
	struct policy_rule made = { .text = "/run/slot/a.b" };
	struct fixture *x = *state;
	const struct emit_options o = { .out = x->dir, .features = FEATURES };

	assert_int_equal(policy_load_templates(&x->f.a, TEMPLATES, &x->templates, &x->f.d), 0);
	assert_int_equal(policy_build(&x->f.a, &x->f.m, &x->templates, &x->policy, &x->f.d), 0);
	for (size_t i = 0; i < ARRAY_SIZE(lent); i++)
		lent[i].loc.file = "test";
	assert_string_equal(x->policy.apps[1].app->snap->name, "web");
	x->policy.apps[1].made = (struct policy_rules){ &made, 1, 0 };
	x->policy.apps[1].mounts = (struct policy_mounts){ lent, ARRAY_SIZE(lent), 0 };
	assert_int_equal(emit_pack(&x->f.a, &x->f.m, &x->policy, &o, &x->f.d), 0);
	expect_text(x, "twins/MANIFEST.txt",
		    "\nfolders:\n"
		    "  /run/slot/a.b 0755 uid 0 gid 0 tmpfs of 1024 KiB\n"
		    "  snap 0755 uid 0 gid 0\n"
		    "  snap/sensord 0711 uid 0 gid 0\n"
		    "  snap/sensord/common 0700 uid 10001 gid 10001\n"
		    "  snap/sensord/common/out 0700 uid 10001 gid 10001 shared\n"
		    "  snap/sensord/common/out/deep 0777 uid 10001 gid 10001 shared\n"
		    "  snap/sensord/x1 0700 uid 10001 gid 10001\n"
		    "  snap/web 0711 uid 0 gid 0\n"
		    "  snap/web/common 0700 uid 0 gid 0\n"
		    "  snap/web/common/etc 0700 uid 0 gid 0 shared\n"
		    "  snap/web/common/etc/conf 0644 uid 0 gid 0 shared file\n"
		    "  snap/web/common/own 0755 uid 0 gid 0 shared\n"
		    "  snap/web/x1 0700 uid 0 gid 0\n"
		    "  snap/web/x1/in 0755 uid 0 gid 0 shared\n"
		    "  snap/web/x1/tmp 0755 uid 0 gid 0 shared\n");
	/* What it lends is open to the users of others by its mode. */
	expect_text(x, mem_printf(&x->f.a, "twins/plans/%s.txt", x->policy.apps[1].app->label),
		    "umask 0000");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(lent_folders_are_listed, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
