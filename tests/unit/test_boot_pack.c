/* SPDX-License-Identifier: Apache-2.0 */
/* bulkhead-boot over a pack: whole once, then wrong in one place per test. */
#include "boot_fixture.h"

static void test_whole(void **state)
{
	static const char *const order[] = { "apparmor_open",	  "apparmor_replace",
					     "apparmor_profiles", "loop_attach",
					     "device_create",	  "apparmor_lock" };
	static struct fixture f;
	const char *at;
	struct stat st;
	size_t size;

	(void)state;
	make(&f, &(struct wish){ 0 });
	if (boot_run(&f.b, &f.e))
		fail_msg("%s", f.e.text);
	assert_true(there(&f, BOOT_DONE));
	assert_false(there(&f, BOOT_FAILED));
	at = sys_fake_text();
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		at = strstr(at, order[i]);
		assert_non_null(at);
	}
	assert_non_null(sys_fake_apparmor_loaded(&size));
	assert_true(there(&f, "run/bulkhead/pack/plans/" LABEL ".plan"));
	assert_true(there(&f, "run/bulkhead/pack/filters/" LABEL ".bpf"));
	assert_true(there(&f, "run/bulkhead/pack/daemons"));
	assert_false(there(&f, "run/bulkhead/pack/policy.aa"));
	assert_int_equal(sys_fake_device_access(LABEL, 2, 1, 3), 6);
	assert_int_equal(sys_fake_device_access(LABEL, 2, 136, PLAN_MINOR_ANY), 6);
	assert_int_equal(sys_fake_device_count(LABEL), 2);
	expect_file(&f, "proc/sys/user/max_user_namespaces", "0");
	assert_int_equal(fstatat(f.b.root_fd, "var/snap/demo", &st, AT_SYMLINK_NOFOLLOW), 0);
	assert_int_equal(st.st_mode & 07777, 0711);
	assert_int_equal(fstatat(f.b.root_fd, "var/snap/demo/x1", &st, AT_SYMLINK_NOFOLLOW), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_true(there(&f, "var/snap/demo/common"));
	assert_int_equal(fstatat(f.b.root_fd, "run/snapd/lock", &st, AT_SYMLINK_NOFOLLOW), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	done(&f);
}

static void test_second_run(void **state)
{
	static struct fixture f;
	static struct boot again;

	(void)state;
	make(&f, &(struct wish){ 0 });
	assert_int_equal(boot_run(&f.b, &f.e), 0);
	again.root_fd = f.b.root_fd;
	assert_int_equal(boot_run(&again, &f.e), -1);
	assert_string_equal(f.e.text, "cannot start apps: boot has run already");
	/* The first one stands. */
	assert_true(there(&f, BOOT_DONE));
	assert_false(there(&f, BOOT_FAILED));
	boot_free(&again);
	done(&f);
}

static void test_key(void **state)
{
	(void)state;
	refused(&(struct wish){ .feature = "no\n" },
		"cannot start apps: the policy was built for another kernel: feature a/b differs: "
		"built for \"yes\", this kernel has \"no\"");
	refused(&(struct wish){ .new_feature = "a/a" },
		"cannot start apps: the policy was built for another kernel: feature a/a is new in "
		"this kernel");
	refused(&(struct wish){ .new_feature = "z" },
		"cannot start apps: the policy was built for another kernel: feature z is new in "
		"this kernel");
}

static void test_key_missing(void **state)
{
	static struct fixture f;
	char path[128];

	(void)state;
	make(&f, &(struct wish){ 0 });
	snprintf(path, sizeof(path), "%s/aa/features/a/b", f.root);
	assert_int_equal(unlink(path), 0);
	expect_refused(&f, "cannot start apps: the policy was built for another kernel: feature "
			   "a/b is missing in this kernel");
}

static void test_no_apparmor(void **state)
{
	static struct fixture f;

	(void)state;
	make(&f, &(struct wish){ 0 });
	sys_fake_apparmor_dir(NULL);
	expect_refused(&f, "cannot start apps: AppArmor is not enabled in this kernel");
}

static void test_mounts(void **state)
{
	static struct fixture f;

	(void)state;
	make(&f, &(struct wish){ 0 });
	sys_fake_reset();
	sys_fake_fs("proc", PROC_SUPER_MAGIC);
	assert_int_equal(boot_run(&f.b, &f.e), -1);
	assert_string_equal(
		f.e.text,
		"cannot start apps: cannot trust /sys: file system type 0x1021994, not 0x62656572");
	done(&f);
}

/* Each file of the pack with one byte changed, cut by one, made longer by one, and away. */
static void damage(const char *name, int how, const char *want)
{
	static struct fixture f;
	char path[192];
	struct stat st;
	char c;
	int fd;

	make(&f, &(struct wish){ 0 });
	snprintf(path, sizeof(path), "%s/" PACK "%s", f.root, name);
	fd = open(path, O_RDWR | O_CLOEXEC);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(pread(fd, &c, 1, st.st_size / 2), 1);
	c ^= 1;
	if (how == 0)
		assert_int_equal(pwrite(fd, &c, 1, st.st_size / 2), 1);
	else if (how == 3)
		assert_int_equal(unlink(path), 0);
	else
		assert_int_equal(ftruncate(fd, st.st_size + (how == 1 ? -1 : 1)), 0);
	close(fd);
	assert_int_equal(boot_run(&f.b, &f.e), -1);
	if (!strstr(f.e.text, want))
		fail_msg("%s, way %d: %s", name, how, f.e.text);
	assert_non_null(strstr(f.e.text, name));
	assert_false(there(&f, BOOT_DONE));
	assert_false(there(&f, "run/bulkhead/pack/plans"));
	done(&f);
}

static void test_damage(void **state)
{
	static const char *const names[] = { "daemons", "filters/" LABEL ".bpf",
					     "plans/" LABEL ".plan", "policy.aa" };
	static const char *const wants[] = { "its SHA-256 is not the one in MANIFEST",
					     "MANIFEST says", "MANIFEST says",
					     "No such file or directory" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		for (int how = 0; how < 4; how++)
			damage(names[i], how, wants[how]);
}

/* The MANIFEST itself: its reader has its own tests, here that boot heeds it. */
static void test_manifest_cut(void **state)
{
	static struct fixture f;
	char path[192];
	struct stat st;
	int fd;

	(void)state;
	make(&f, &(struct wish){ 0 });
	snprintf(path, sizeof(path), "%s/" PACK "MANIFEST", f.root);
	fd = open(path, O_RDWR | O_CLOEXEC);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(ftruncate(fd, st.st_size - 1), 0);
	close(fd);
	assert_int_equal(boot_run(&f.b, &f.e), -1);
	assert_false(there(&f, BOOT_DONE));
	done(&f);
}

static void test_link_in_pack(void **state)
{
	static struct fixture f;
	char path[192], aside[192];

	(void)state;
	make(&f, &(struct wish){ 0 });
	snprintf(path, sizeof(path), "%s/" PACK "policy.aa", f.root);
	snprintf(aside, sizeof(aside), "%s/aside", f.root);
	assert_int_equal(rename(path, aside), 0);
	assert_int_equal(symlink(aside, path), 0);
	expect_refused(&f, "cannot use the policy pack: cannot open policy.aa: Too many levels of "
			   "symbolic links");
}

static void test_fifo_in_pack(void **state)
{
	static struct fixture f;
	char path[192];

	(void)state;
	make(&f, &(struct wish){ 0 });
	snprintf(path, sizeof(path), "%s/" PACK "policy.aa", f.root);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	expect_refused(&f, "cannot use the policy pack: cannot read policy.aa: not a regular file");
}

static void test_sizes(void **state)
{
	static const uint64_t sizes[] = { 0x7fffffff, 0x80000000, 0x100000001, UINT64_MAX };
	char want[128];

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		snprintf(want, sizeof(want),
			 "cannot use plans/" LABEL ".plan: MANIFEST gives it %llu bytes",
			 (unsigned long long)sizes[i]);
		refused(&(struct wish){ .big = sizes[i] }, want);
	}
}

static void test_profiles(void **state)
{
	(void)state;
	refused(&(struct wish){ .extra_profile = true },
		"cannot use policy.aa: MANIFEST lists no profile snap.demo.more");
	refused(&(struct wish){ .extra_listed = true },
		"cannot use policy.aa: 1 profiles, MANIFEST lists 2");
	refused(&(struct wish){ .no_policy = true, .extra_listed = true },
		"cannot use MANIFEST: 2 profiles and no policy.aa");
	refused(&(struct wish){ .no_policy = true },
		"cannot use plans/" LABEL ".plan: MANIFEST lists no profile " LABEL);
}

static void test_plans(void **state)
{
	(void)state;
	refused(&(struct wish){ .development_plan = true },
		"cannot use plans/" LABEL
		".plan: a development plan in an image that is not marked development");
	refused(&(struct wish){ .other_filter = true },
		"cannot use plans/" LABEL ".plan: filters/" LABEL ".bpf is not the one it names");
	refused(&(struct wish){ .other_snap = true },
		"cannot use plans/" LABEL ".plan: MANIFEST lists no snap demo");
	refused(&(struct wish){ .other_uid = true },
		"cannot use plans/" LABEL
		".plan: uid 1002 gid 1001, MANIFEST gives snap demo 1001 and 1001");
	refused(&(struct wish){ .other_gid = true },
		"cannot use plans/" LABEL
		".plan: uid 1001 gid 1002, MANIFEST gives snap demo 1001 and 1001");
	refused(&(struct wish){ .daemon = "snap.demo.gone" },
		"cannot use daemons: MANIFEST lists no plan of snap.demo.gone");
}

/* N-66: profile, plan and filter say the same of the mode, and only a development pack complains.
 */
static void test_modes(void **state)
{
	static const char profile[] = "cannot use policy.aa: profile " LABEL
				      " is in complain mode and the image is not marked "
				      "development";
	static const char plan[] = "cannot use plans/" LABEL ".plan: ";
	static const char filter[] =
		"cannot use plans/" LABEL ".plan: it enforces, filters/" LABEL ".bpf only logs";
	char want[256];

	(void)state;
	/* An image that is shipped, altered in one place or in all. */
	refused(&(struct wish){ .complain = true }, profile);
	refused(&(struct wish){ .complain_filter = true }, filter);
	snprintf(want, sizeof(want),
		 "%scannot use plan: field flags: devmode, a production plan enforces", plan);
	refused(&(struct wish){ .complain_plan = true }, want);
	snprintf(want, sizeof(want),
		 "%sa development plan in an image that is not marked development", plan);
	refused(&(struct wish){ .complain_plan = true, .development_plan = true }, want);
	refused(&(struct wish){ .complain = true,
				.complain_plan = true,
				.complain_filter = true,
				.development_plan = true },
		profile);
	/* One in development, where one of them does not know. */
	snprintf(want, sizeof(want), "%sits mode is enforce, and not that of the profile", plan);
	refused(&(struct wish){ .development = true, .development_plan = true, .complain = true },
		want);
	snprintf(want, sizeof(want), "%sits mode is complain, and not that of the profile", plan);
	refused(&(struct wish){ .development = true,
				.development_plan = true,
				.complain_plan = true,
				.complain_filter = true },
		want);
	refused(&(struct wish){ .development = true,
				.development_plan = true,
				.complain_filter = true },
		filter);
}

static void test_development(void **state)
{
	static struct fixture f;

	(void)state;
	make(&f, &(struct wish){ .development = true,
				 .development_plan = true,
				 .complain = true,
				 .complain_plan = true,
				 .complain_filter = true,
				 .no_layer = PLAN_LAYER_DEVICES });
	if (boot_run(&f.b, &f.e))
		fail_msg("%s", f.e.text);
	assert_non_null(strstr(sys_fake_text(), "device_make_cgroup(" LABEL ")"));
	assert_null(strstr(sys_fake_text(), "device_create"));
	assert_null(strstr(sys_fake_text(), "apparmor_lock"));
	done(&f);
}

static void test_development_without_apparmor(void **state)
{
	static struct fixture f;

	(void)state;
	make(&f, &(struct wish){ .development = true,
				 .development_plan = true,
				 .no_policy = true,
				 .no_layer = PLAN_LAYER_APPARMOR });
	sys_fake_apparmor_dir(NULL);
	if (boot_run(&f.b, &f.e))
		fail_msg("%s", f.e.text);
	done(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_second_run),
		cmocka_unit_test(test_key),
		cmocka_unit_test(test_key_missing),
		cmocka_unit_test(test_no_apparmor),
		cmocka_unit_test(test_mounts),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_manifest_cut),
		cmocka_unit_test(test_link_in_pack),
		cmocka_unit_test(test_fifo_in_pack),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_profiles),
		cmocka_unit_test(test_plans),
		cmocka_unit_test(test_modes),
		cmocka_unit_test(test_development),
		cmocka_unit_test(test_development_without_apparmor),
	};

	if (fixture_unable())
		return 0;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
