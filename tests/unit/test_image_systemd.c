/* SPDX-License-Identifier: Apache-2.0 */
/* An image whose base has systemd and D-Bus: units, no bulkhead-supervise, users with names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "image_world.h"

#define PASSWD "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534::/:/bin/false"
#define GROUP  "root:x:0:\n"

static void systemd_base(struct world *w, const char *passwd)
{
	const struct model_base_entry entries[] = {
		{ .path = "/etc", .type = '5', .mode = 0755 },
		{ .path = "/etc/group", .type = '0', .mode = 0644, .size = strlen(GROUP) },
		{ .path = "/etc/passwd", .type = '0', .mode = 0644, .size = strlen(passwd) },
		{ .path = "/usr/bin", .type = '5', .mode = 0755 },
		{ .path = "/usr/bin/dbus-daemon", .type = '0', .mode = 0755, .size = 1 },
		{ .path = "/usr/sbin", .type = '5', .mode = 0755 },
		{ .path = "/usr/sbin/init", .type = '2', .link = "/lib/systemd/systemd" },
	};

	put(w, "base/etc/passwd", passwd);
	put(w, "base/etc/group", GROUP);
	put(w, "base/usr/bin/dbus-daemon", "x");
	for (size_t i = 0; i < ARRAY_SIZE(entries); i++)
		w->base[i] = entries[i];
	w->m.image.base.count = ARRAY_SIZE(entries);
	w->snap.uid = w->snap.gid = 60000;
}

static void unpack(struct world *w)
{
	const char *const argv[] = { "unsquashfs",
				     "-q",
				     "-n",
				     "-f",
				     "-d",
				     at(w, "root"),
				     mem_printf(&w->a, "%s/root.squashfs", w->o.work),
				     NULL };
	struct err e = { 0 };

	assert_int_equal(image_run(argv, &e), 0);
}

static void expect_file(struct world *w, const char *path, const char *text)
{
	struct err e = { 0 };
	size_t len;
	CLEANUP_FREE char *have =
		fd_read_file(at(w, mem_printf(&w->a, "root/%s", path)), 64 * 1024, &len, &e);

	assert_non_null(have);
	assert_string_equal(have, text);
}

static void expect_link(struct world *w, const char *path, const char *target)
{
	char have[256] = "";

	assert_true(readlink(at(w, mem_printf(&w->a, "root/%s", path)), have, sizeof(have) - 1) >
		    0);
	assert_string_equal(have, target);
}

static void units_and_users(void **state)
{
	static const char unit[] = "etc/systemd/system/snap.app.d.service";
	struct world *w = *state;

	add_pack_file(w, "units/snap.app.d.service", MANIFEST_KIND_UNIT, "[Service]\n");
	end_pack(w);
	systemd_base(w, PASSWD);
	assert_int_equal(run(w), 0);
	unpack(w);
	expect_file(w, "etc/passwd",
		    PASSWD "\nsnap.app:x:60000:60000::/nonexistent:/usr/sbin/nologin\n");
	expect_file(w, "etc/group", GROUP "snap.app:x:60000:\n");
	expect_link(w, unit, "/usr/lib/bulkhead/pack/units/snap.app.d.service");
	expect_link(w, "etc/systemd/system/multi-user.target.wants/snap.app.d.service",
		    "../snap.app.d.service");
	expect_link(w, "etc/systemd/system/sysinit.target.wants/bulkhead-boot.service",
		    "../bulkhead-boot.service");
	/* What udevd runs opens files by openat2(2). */
	expect_file(w, "etc/systemd/system/systemd-udevd.service.d/bulkhead.conf",
		    "# Written by bulkhead.\n[Service]\nRestrictSUIDSGID=no\n");
	/* Hardware that is not there holds up nothing, and starts what requires it when it comes.
	 */
	expect_file(w, "etc/systemd/system/dev-slot-.device.d/bulkhead.conf",
		    "# Written by bulkhead.\n[Unit]\nAfter=bulkhead-hardware.service\n"
		    "JobRunningTimeoutSec=200ms\n");
	assert_int_equal(access(at(w, "root/etc/systemd/system/bulkhead-start@.service"), F_OK), 0);
	assert_int_equal(access(at(w, "root/etc/systemd/system/multi-user.target.wants/"
				      "bulkhead-start@.service"),
				F_OK),
			 -1);
	assert_int_equal(access(at(w, "root/usr/lib/bulkhead/bulkhead-run"), F_OK), 0);
	assert_int_equal(access(at(w, "root/usr/lib/bulkhead/bulkhead-supervise"), F_OK), -1);
}

static void refuses_users_that_the_base_has(void **state)
{
	static const char *const bad[] = { "root:x:0:0::/:/bin/sh\nother:x:60000:1::/:/bin/sh\n",
					   "snap.app:x:7:7::/:/bin/sh\n" };
	struct world *w = *state;

	end_pack(w);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		systemd_base(w, bad[i]);
		expect_refused(w, "image.yaml", 0,
			       "cannot name user 60000 of snap \"app\": /etc/passwd of the base "
			       "has that number or snap.app");
		w->d.count = w->d.errors = 0;
	}
	systemd_base(w, PASSWD);
	w->base[2].size = 300 * 1024;
	expect_refused(w, "image.yaml", 0,
		       "cannot use /etc/passwd of the base: more than 262144 bytes");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(units_and_users),
		TEST(refuses_users_that_the_base_has),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
