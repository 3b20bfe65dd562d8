/* SPDX-License-Identifier: Apache-2.0 */
/* bulkhead-boot after the pack was accepted: what kernel and data partition answer. */
#include "boot_fixture.h"
#include "place.h"

static void after_load(const char *name, const char *mode, const char *sha1, const char *want)
{
	static struct fixture f;

	make(&f, &(struct wish){ 0 });
	if (name)
		f.loaded.name = name;
	if (mode)
		f.loaded.mode = mode;
	if (sha1)
		f.loaded.sha1 = sha1;
	assert_int_equal(boot_run(&f.b, &f.e), -1);
	if (!strstr(f.e.text, want))
		fail_msg("%s", f.e.text);
	assert_false(there(&f, BOOT_DONE));
	assert_false(there(&f, "run/bulkhead/pack/plans"));
	done(&f);
}

static void test_read_back(void **state)
{
	struct sys_apparmor_profile twice[2];
	static struct fixture f;

	(void)state;
	after_load("snap.demo.other", NULL, NULL,
		   "cannot use AppArmor profile " LABEL ": the kernel lists none");
	after_load(NULL, "complain", NULL, ": loaded as complain, not enforce");
	after_load(
		NULL, NULL, "0000000000000000000000000000000000000000",
		": the kernel holds 0000000000000000000000000000000000000000, MANIFEST says " SHA1);
	make(&f, &(struct wish){ 0 });
	twice[0] = f.loaded;
	twice[1] = f.loaded;
	sys_fake_apparmor_profiles(twice, 2);
	assert_int_equal(boot_run(&f.b, &f.e), -1);
	assert_string_equal(f.e.text, "cannot use AppArmor profile " LABEL ": loaded twice");
	done(&f);
}

static void test_sysctl(void **state)
{
	static struct fixture f;

	(void)state;
	make(&f, &(struct wish){ 0 });
	put_text(&f, "proc/sys/user/max_user_namespaces", "15000\n");
	expect_refused(&f, "cannot set sysctl user/max_user_namespaces: it reads \"05000\", not "
			   "\"0\"");
}

/* Whatever lies in the place of a data directory is not entered. */
static void hostile_data(const char *path, bool link, const char *want)
{
	static struct fixture f;
	char full[192], parent[192];

	make(&f, &(struct wish){ 0 });
	snprintf(full, sizeof(full), "%s/%s", f.root, path);
	snprintf(parent, sizeof(parent), "%.*s", (int)(strrchr(full, '/') - full), full);
	place_folder(parent, 0755);
	if (link)
		assert_int_equal(symlink("/etc", full), 0);
	else
		put_text(&f, path, "");
	assert_int_equal(boot_run(&f.b, &f.e), -1);
	if (!strstr(f.e.text, want))
		fail_msg("%s", f.e.text);
	assert_false(there(&f, BOOT_DONE));
	done(&f);
}

static void test_hostile_data(void **state)
{
	static const char *const paths[] = { "var/snap", "var/snap/demo", "var/snap/demo/x1",
					     "var/snap/demo/common" };

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		hostile_data(paths[i], true, "symbolic links");
		hostile_data(paths[i], false, "Not a directory");
	}
}

static void test_foreign_data(void **state)
{
	static struct fixture f;
	char path[192];

	(void)state;
	if (geteuid() != 0) {
		print_message("skip: only root makes directories of others\n");
		skip();
	}
	make(&f, &(struct wish){ 0 });
	snprintf(path, sizeof(path), "%s/var/snap/demo/common", f.root);
	place_folder(path, 0755);
	assert_int_equal(chown(path, 4242, 4242), 0);
	assert_int_equal(boot_run(&f.b, &f.e), -1);
	assert_string_equal(
		f.e.text, "cannot prepare /var/snap/demo/common: it belongs to uid 4242 gid 4242, "
			  "not 1001 and 1001");
	done(&f);
}

/* An app may give its folders to any group that it is in: they are its own again, and boot goes on.
 */
static void test_group_of_data(void **state)
{
	static struct fixture f;
	char path[192];
	const char *first;

	(void)state;
	if (geteuid() != 0) {
		print_message("skip: only root makes directories of others\n");
		skip();
	}
	make(&f, &(struct wish){ 0 });
	snprintf(path, sizeof(path), "%s/var/snap/demo/common", f.root);
	place_folder(path, 0700);
	assert_int_equal(chown(path, 1001, 4242), 0);
	if (boot_run(&f.b, &f.e))
		fail_msg("%s", f.e.text);
	/* And the other one, which was made. */
	first = strstr(sys_fake_text(), " 1001 1001\n");
	assert_non_null(first);
	assert_non_null(strstr(first + 1, " 1001 1001\n"));
	done(&f);
}

static void expect_dir(const struct fixture *f, const char *path, mode_t mode)
{
	char full[192];
	struct stat st;

	snprintf(full, sizeof(full), "%s/%s", f->root, path);
	if (lstat(full, &st))
		fail_msg("%s is not there", path);
	assert_true(S_ISDIR(st.st_mode));
	assert_int_equal(st.st_mode & 07777, mode);
}

static const char *const shares[] = { "snap/demo/common/out", "snap/demo/common/out/deep", NULL };

/* What is lent is made; an old mode is widened, not narrowed. */
static void test_shares(void **state)
{
	static const struct wish w = { .shares = shares };
	static struct fixture f;
	char old[192];

	(void)state;
	make(&f, &w);
	snprintf(old, sizeof(old), "%s/var/snap/demo/common/out", f.root);
	place_folder(old, 0711);
	assert_int_equal(chmod(old, 0707), 0);
	if (boot_run(&f.b, &f.e))
		fail_msg("%s", f.e.text);
	expect_dir(&f, "var/snap", 0755);
	expect_dir(&f, "var/snap/demo", 0711);
	expect_dir(&f, "var/snap/demo/x1", 0700);
	expect_dir(&f, "var/snap/demo/common", 0700);
	expect_dir(&f, "var/snap/demo/common/out", 0757);
	expect_dir(&f, "var/snap/demo/common/out/deep", 0750);
	done(&f);
}

/* An app that plants a link there stops nobody's boot, and nothing is made behind it. */
static void test_hostile_shares(void **state)
{
	static const struct wish w = { .shares = shares };
	static struct fixture f;
	char path[192];

	(void)state;
	make(&f, &w);
	snprintf(path, sizeof(path), "%s/var/snap/demo/common", f.root);
	place_folder(path, 0700);
	snprintf(path, sizeof(path), "%s/elsewhere", f.root);
	place_folder(path, 0755);
	snprintf(path, sizeof(path), "%s/var/snap/demo/common/out", f.root);
	assert_int_equal(symlink("../../../../elsewhere", path), 0);
	if (boot_run(&f.b, &f.e))
		fail_msg("%s", f.e.text);
	assert_false(there(&f, "elsewhere/deep"));
	expect_dir(&f, "var/snap/demo/x1", 0700);
	done(&f);
}

static void expect_kept(const struct fixture *f, const char *path, mode_t mode, const char *text)
{
	char full[192], got[16] = "";
	struct stat st;
	FILE *file;

	snprintf(full, sizeof(full), "%s/%s", f->root, path);
	if (lstat(full, &st))
		fail_msg("%s is not there", path);
	assert_true(S_ISREG(st.st_mode));
	assert_int_equal(st.st_mode & 07777, mode);
	file = fopen(full, "r");
	assert_non_null(file);
	assert_true(fread(got, 1, sizeof(got) - 1, file) == strlen(text));
	assert_string_equal(got, text);
	fclose(file);
}

#define CONF "var/snap/demo/common/conf"

/* A file that is shown elsewhere: made empty when it is missing, else left as it is. */
static void test_shared_file(void **state)
{
	static const struct wish w = { .file = "snap/demo/common/conf" };
	static struct fixture f;
	char path[192];

	(void)state;
	make(&f, &w);
	if (boot_run(&f.b, &f.e))
		fail_msg("%s", f.e.text);
	expect_kept(&f, CONF, 0640, "");
	assert_non_null(strstr(sys_fake_text(), "1001 1001\n"));
	done(&f);
	make(&f, &w);
	snprintf(path, sizeof(path), "%s/var/snap/demo/common", f.root);
	place_folder(path, 0700);
	put_text(&f, CONF, "mine");
	if (boot_run(&f.b, &f.e))
		fail_msg("%s", f.e.text);
	expect_kept(&f, CONF, 0644, "mine");
	done(&f);
}

/* Root's file under a second name, as an app can make one: it stays as it is. */
static void test_hostile_file(void **state)
{
	static const struct wish w = { .file = "snap/demo/common/conf" };
	static struct fixture f;
	char path[192], other[192];

	(void)state;
	make(&f, &w);
	snprintf(path, sizeof(path), "%s/var/snap/demo/common", f.root);
	place_folder(path, 0700);
	put_text(&f, "secret", "root's");
	snprintf(other, sizeof(other), "%s/secret", f.root);
	assert_int_equal(chmod(other, 0600), 0);
	snprintf(path, sizeof(path), "%s/" CONF, f.root);
	assert_int_equal(link(other, path), 0);
	if (boot_run(&f.b, &f.e))
		fail_msg("%s", f.e.text);
	expect_kept(&f, CONF, 0600, "root's");
	done(&f);
}

/* What a slot lends lies on a tmpfs of the app's own, below a folder that nobody made before. */
static void test_slots(void **state)
{
	static const struct wish w = { .slot = "run/slot/demo.way" };
	static struct fixture f;

	(void)state;
	make(&f, &w);
	if (boot_run(&f.b, &f.e))
		fail_msg("%s", f.e.text);
	expect_dir(&f, "run/slot", 0700);
	expect_dir(&f, "run/slot/demo.way", 0700);
	assert_non_null(strstr(sys_fake_text(),
			       "mount bulkhead /run/slot/demo.way tmpfs 0xe "
			       "mode=755,uid=1001,gid=1001,size=64k,nr_inodes=1024"));
	done(&f);
	make(&f, &w);
	put_text(&f, "run/slot/demo.way/wayland-0", "");
	assert_int_equal(boot_run(&f.b, &f.e), -1);
	assert_string_equal(f.e.text, "cannot make /run/slot: File exists");
	assert_false(there(&f, BOOT_DONE));
	done(&f);
}

/* Whichever call of the kernel fails: boot fails, says so, and "booted" is not there. */
static void test_every_failure(void **state)
{
	static const struct wish w = { .slot = "run/slot/demo.way" };
	static struct fixture f;
	unsigned calls;

	(void)state;
	make(&f, &w);
	assert_int_equal(boot_run(&f.b, &f.e), 0);
	calls = sys_fake_calls();
	done(&f);
	assert_true(calls > 10);
	for (unsigned n = 1; n <= calls; n++) {
		make(&f, &w);
		sys_fake_fail_at(n);
		if (boot_run(&f.b, &f.e) == 0)
			fail_msg("call %u failed unseen", n);
		assert_true(str_starts(f.e.text, "cannot "));
		assert_false(there(&f, BOOT_DONE));
		done(&f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read_back),      cmocka_unit_test(test_sysctl),
		cmocka_unit_test(test_hostile_data),   cmocka_unit_test(test_foreign_data),
		cmocka_unit_test(test_group_of_data),  cmocka_unit_test(test_shares),
		cmocka_unit_test(test_hostile_shares), cmocka_unit_test(test_shared_file),
		cmocka_unit_test(test_hostile_file),   cmocka_unit_test(test_every_failure),
		cmocka_unit_test(test_slots),
	};

	if (fixture_unable())
		return 0;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
