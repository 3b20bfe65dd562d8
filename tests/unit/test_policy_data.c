/* SPDX-License-Identifier: Apache-2.0 */
/* The data files: what no interface may grant, and templates that are wrong in one place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "fd.h"
#include "files.h"
#include "policy.h"
#include "str.h"

struct fixture {
	struct mem_arena a;
	struct meta_diag d;
	char dir[64];
};

static const char *const files[] = { "default.apparmor", "default.seccomp", "mounts.yaml",
				     "devices.yaml", "sysctls.yaml" };

static int set_up(void **state)
{
	struct fixture *x = calloc(1, sizeof(*x));

	snprintf(x->dir, sizeof(x->dir), "/tmp/bulkhead-test-XXXXXX");
	*state = x;
	return mkdtemp(x->dir) ? 0 : -1;
}

static int tear_down(void **state)
{
	struct fixture *x = *state;

	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		remove(mem_printf(&x->a, "%s/%s", x->dir, files[i]));
	rmdir(x->dir);
	mem_free(&x->a);
	meta_diag_free(&x->d);
	free(x);
	return 0;
}

static bool is_interface(const struct model *m, const char *name)
{
	for (size_t i = 0; i < m->iface_count; i++)
		if (str_eq(m->ifaces[i].name, name))
			return true;
	return false;
}

/* One that is misspelt would never be in the same image. */
static void conflicts_are_with_interfaces(void **state)
{
	struct fixture *x = *state;
	struct model m = { 0 };
	size_t count = 0;

	assert_int_equal(model_load_ifaces(&x->a, "gadget/interfaces", &m, &x->d), 0);
	for (size_t i = 0; i < m.iface_count; i++)
		for (const char *const *c = m.ifaces[i].conflicts; c && *c; c++, count++)
			if (!is_interface(&m, *c))
				fail_msg("%s conflicts with %s, which is none", m.ifaces[i].name,
					 *c);
	assert_true(count > 0);
}

/* The first comment of each file names what it was written after. */
static void interfaces_name_their_source(void **state)
{
	struct fixture *x = *state;
	struct model m = { 0 };

	assert_int_equal(model_load_ifaces(&x->a, "gadget/interfaces", &m, &x->d), 0);
	for (size_t i = 0; i < m.iface_count; i++) {
		struct err e = { 0 };
		size_t len;
		CLEANUP_FREE char *text = fd_read_file(
			mem_printf(&x->a, "gadget/interfaces/%s.yaml", m.ifaces[i].name), 65536,
			&len, &e);

		assert_non_null(text);
		assert_true(str_starts(text, "# SPDX-License-Identifier: Apache-2.0\n"
					     "# Source of truth: "));
	}
}

static void put(struct fixture *x, const char *name, const char *text)
{
	struct err e = { 0 };

	assert_int_equal(fd_write_file(mem_printf(&x->a, "%s/%s", x->dir, name), text, strlen(text),
				       0644, &e),
			 0);
}

static void put_good(struct fixture *x)
{
	put(x, "default.apparmor", "# no rule\n\n  /a r,\n\t# nor here\n/b r,");
	put(x, "default.seccomp", "# kept\nread\n");
	put(x, "mounts.yaml", "mounts:\n  - { op: dir, target: tmp, mode: \"1777\" }\n");
	put(x, "devices.yaml",
	    "every-app:\n  - { node: /dev/null, type: char, major: 1, minor: 3, access: rw }\n"
	    "fixed: []\n");
	put(x, "sysctls.yaml", "sysctls:\n  - { name: a.b, value: \"1\" }\n");
}

static void templates_are_read(void **state)
{
	struct fixture *x = *state;
	struct policy_templates t;

	put_good(x);
	assert_int_equal(policy_load_templates(&x->a, x->dir, &t, &x->d), 0);
	assert_int_equal(t.apparmor.count, 2);
	assert_string_equal(t.apparmor.items[0].text, "/a r,");
	assert_string_equal(t.apparmor.items[0].loc.file, "templates/default.apparmor");
	assert_int_equal(t.apparmor.items[0].loc.line, 3);
	assert_int_equal(t.apparmor.items[0].loc.col, 3);
	assert_int_equal(t.apparmor.items[1].loc.line, 5);
	assert_int_equal(t.seccomp.count, 2);
	assert_int_equal(t.mounts.items[0].mode, 01777);
	assert_int_equal(t.every_app.items[0].access, 6);
	assert_int_equal(t.fixed.count, 0);
}

static const struct {
	const char *file, *text, *message;
} wrong[] = {
	{ "mounts.yaml", "mounts: 3\n", "cannot use mounts: expected a list, got text" },
	{ "mounts.yaml", "mounts:\n  - { op: move, target: a }\n",
	  "cannot use op: \"move\" is not known" },
	{ "mounts.yaml", "mounts:\n  - { op: dir, target: a, mode: \"0888\" }\n",
	  "cannot use mode: \"0888\" is no octal number of at most 1777" },
	{ "mounts.yaml", "mounts:\n  - { op: dir, target: a, mode: \"2000\" }\n",
	  "cannot use mode: \"2000\" is no octal number of at most 1777" },
	{ "mounts.yaml", "mounts:\n  - { op: bind, source: /a, target: a, flags: [suid] }\n",
	  "cannot use flags: expected readonly, nosuid, nodev, noexec or owned" },
	{ "mounts.yaml", "mounts:\n  - { op: bind, source: /a, target: a, flags: nosuid }\n",
	  "cannot use flags: expected a list, got text" },
	{ "mounts.yaml", "mounts:\n  - { op: dir, where: a }\n",
	  "cannot use key \"where\": unknown" },
	{ "mounts.yaml", "mounts:\n  - { op: dir }\n",
	  "cannot use mount: op base, root, over and back have names, over may have except, any "
	  "other has a target" },
	{ "mounts.yaml", "mounts:\n  - { op: base, names: [a], except: [core] }\n",
	  "cannot use mount: op base, root, over and back have names, over may have except, any "
	  "other has a target" },
	{ "mounts.yaml", "mounts:\n  - { op: base, target: a }\n",
	  "cannot use mount: op base, root, over and back have names, over may have except, any "
	  "other has a target" },
	{ "mounts.yaml", "mounts:\n  - dir\n", NULL },
	{ "mounts.yaml", "places: shm\nmounts: []\n",
	  "cannot use places: expected a list, got text" },
	{ "mounts.yaml", "places: [[shm]]\nmounts: []\n", NULL },
	{ "devices.yaml", "every-app: []\n", "cannot use fixed: expected a list, got nothing" },
	{ "devices.yaml",
	  "every-app:\n  - { node: a, type: pipe, major: 1, minor: 3, access: r }\nfixed: "
	  "[]\n",
	  "cannot use type: \"pipe\" is not known" },
	{ "devices.yaml",
	  "every-app:\n  - { node: a, type: char, major: 4096, minor: 3, access: r }\n"
	  "fixed: []\n",
	  "cannot use major: 4096 is not in 0..4095" },
	{ "devices.yaml",
	  "every-app:\n  - { node: a, type: char, major: 1, minor: 3, access: m }\nfixed: "
	  "[]\n",
	  "cannot use access: \"m\" is not known" },
	{ "sysctls.yaml", "sysctls: {}\n", "cannot use sysctls: expected a list, got a map" },
	{ "sysctls.yaml", "sysctls:\n  - { name: a, val: b }\n",
	  "cannot use key \"val\": unknown" },
};

static void templates_are_refused(void **state)
{

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct policy_templates t;
		struct fixture *x;

		tear_down(state);
		set_up(state);
		x = *state;
		put_good(x);
		put(x, wrong[i].file, wrong[i].text);
		if (policy_load_templates(&x->a, x->dir, &t, &x->d) == 0)
			fail_msg("accepted: %s", wrong[i].text);
		assert_true(x->d.errors > 0);
		if (wrong[i].message)
			assert_string_equal(x->d.messages[0].text, wrong[i].message);
		assert_string_equal(x->d.messages[0].loc.file,
				    mem_printf(&x->a, "templates/%s", wrong[i].file));
	}
}

static void a_missing_template(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		struct policy_templates t;
		struct fixture *x;

		tear_down(state);
		set_up(state);
		x = *state;
		put_good(x);
		remove(mem_printf(&x->a, "%s/%s", x->dir, files[i]));
		assert_int_equal(policy_load_templates(&x->a, x->dir, &t, &x->d), -1);
		assert_int_equal(x->d.errors, 1);
	}
}

static void a_template_with_nul(void **state)
{
	struct fixture *x = *state;
	struct policy_templates t;
	struct err e = { 0 };

	put_good(x);
	assert_int_equal(fd_write_file(mem_printf(&x->a, "%s/default.apparmor", x->dir),
				       "/a r,\0/b w,", 11, 0644, &e),
			 0);
	assert_int_equal(policy_load_templates(&x->a, x->dir, &t, &x->d), -1);
	assert_string_equal(x->d.messages[0].text, "cannot read template: it holds a NUL byte");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(interfaces_name_their_source, set_up, tear_down),
		cmocka_unit_test_setup_teardown(conflicts_are_with_interfaces, set_up, tear_down),
		cmocka_unit_test_setup_teardown(templates_are_read, set_up, tear_down),
		cmocka_unit_test_setup_teardown(templates_are_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_missing_template, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_template_with_nul, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
