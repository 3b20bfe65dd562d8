/* SPDX-License-Identifier: Apache-2.0 */
/* AppArmor's files in a tree of our own: each answer that must not be taken for "on". */
#include "apparmor.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "place.h"
#include "str.h"

struct tree {
	char root[64];
	int fd;
	struct err e;
};

static void put(struct tree *t, const char *path, const char *text)
{
	char full[256];

	snprintf(full, sizeof(full), "%s/%s", t->root, path);
	place_file(full, text, strlen(text), 0600);
}

static void make(struct tree *t)
{
	memset(t, 0, sizeof(*t));
	strcpy(t->root, "/tmp/test-apparmor-XXXXXX");
	assert_non_null(mkdtemp(t->root));
	t->fd = open(t->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void done(struct tree *t)
{
	close(t->fd);
	place_remove(t->root);
}

static void refused(struct tree *t, const char *want)
{
	assert_int_equal(sys_apparmor_open(t->fd, &t->e), -1);
	if (!strstr(t->e.text, want))
		fail_msg("%s", t->e.text);
}

static void test_off(void **state)
{
	struct tree t;

	(void)state;
	make(&t);
	refused(&t, "cannot start apps: AppArmor is not enabled in this kernel: cannot open "
		    "sys/module/apparmor/parameters/enabled: No such file");
	put(&t, SYS_APPARMOR_PARAMS "/enabled", "N\n");
	refused(&t, "AppArmor is not enabled in this kernel: /sys/module/apparmor/parameters/"
		    "enabled is \"N\", not \"Y\"");
	put(&t, SYS_APPARMOR_PARAMS "/enabled", "Y\n");
	refused(&t, "enforces nothing: cannot open sys/module/apparmor/parameters/mode");
	put(&t, SYS_APPARMOR_PARAMS "/mode", "complain\n");
	refused(&t,
		"nothing: /sys/module/apparmor/parameters/mode is \"complain\", not \"enforce\"");
	put(&t, SYS_APPARMOR_PARAMS "/mode", "enforce\n");
	refused(&t, "or securityfs is not mounted");
	put(&t, SYS_APPARMOR_DIR "/features/a", "yes\n");
	refused(&t, "cannot start apps: cannot trust /sys/kernel/security/apparmor: ");
	done(&t);
}

static void test_replace(void **state)
{
	struct tree t;
	char got[8] = { 0 };
	int fd;

	(void)state;
	make(&t);
	assert_int_equal(sys_apparmor_replace(t.fd, "abc", 3, &t.e), -1);
	assert_string_equal(
		t.e.text,
		"cannot load AppArmor policy: cannot write .replace: No such file or directory");
	put(&t, ".replace", "");
	assert_int_equal(sys_apparmor_replace(t.fd, "abc", 3, &t.e), 0);
	fd = openat(t.fd, ".replace", O_RDONLY | O_CLOEXEC);
	assert_int_equal(read(fd, got, sizeof(got)), 3);
	assert_string_equal(got, "abc");
	close(fd);
	done(&t);
}

static int count(void *ctx, const struct sys_apparmor_profile *p, struct err *e)
{
	if (str_eq(p->name, "snap.bad.one"))
		return err_env(e, "seen");
	assert_string_equal(p->name, "snap.demo.app");
	assert_string_equal(p->mode, "enforce");
	assert_string_equal(p->sha1, "00ff");
	(*(int *)ctx)++;
	return 0;
}

static void test_profiles(void **state)
{
	struct tree t;
	int n = 0;

	(void)state;
	make(&t);
	assert_int_equal(sys_apparmor_profiles(t.fd, count, &n, &t.e), -1);
	put(&t, "policy/profiles/snap.demo.app.1/name", "snap.demo.app\n");
	put(&t, "policy/profiles/snap.demo.app.1/mode", "enforce\n");
	assert_int_equal(sys_apparmor_profiles(t.fd, count, &n, &t.e), -1);
	assert_non_null(strstr(t.e.text, "cannot read AppArmor profile snap.demo.app.1"));
	put(&t, "policy/profiles/snap.demo.app.1/sha1", "00ff\n");
	assert_int_equal(sys_apparmor_profiles(t.fd, count, &n, &t.e), 0);
	assert_int_equal(n, 1);
	put(&t, "policy/profiles/snap.demo.app.1/name", "snap.bad.one\n");
	assert_int_equal(sys_apparmor_profiles(t.fd, count, &n, &t.e), -1);
	assert_string_equal(t.e.text, "seen");
	put(&t, "policy/profiles/snap.demo.app.1/name", "snap.demo.app\n");
	put(&t, "policy/profiles/file", "");
	assert_int_equal(sys_apparmor_profiles(t.fd, count, &n, &t.e), -1);
	assert_string_equal(t.e.text, "cannot read AppArmor profile file: cannot open folder file: "
				      "Not a directory");
	done(&t);
}

/* A plain file reads back what was written, "1"; the kernel's reads "Y". */
static void test_lock(void **state)
{
	struct tree t;

	(void)state;
	make(&t);
	assert_int_equal(sys_apparmor_lock(t.fd, &t.e), -1);
	put(&t, SYS_APPARMOR_PARAMS "/lock_policy", "N\n");
	assert_int_equal(sys_apparmor_lock(t.fd, &t.e), -1);
	assert_string_equal(t.e.text, "cannot lock AppArmor policy: /sys/module/apparmor/"
				      "parameters/lock_policy is \"1\", not \"Y\"");
	done(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_off),
		cmocka_unit_test(test_replace),
		cmocka_unit_test(test_profiles),
		cmocka_unit_test(test_lock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
