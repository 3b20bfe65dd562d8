/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model_fixture.h"
#include "policy.h"

struct fixture {
	struct model_fixture f;
	struct policy_templates t;
	struct policy p;
};

static int set_up(void **state)
{
	struct fixture *x = calloc(1, sizeof(*x));

	fixture_make(&x->f);
	*state = x;
	return policy_load_templates(&x->f.a, "gadget/templates", &x->t, &x->f.d);
}

static int tear_down(void **state)
{
	struct fixture *x = *state;

	fixture_free(&x->f);
	free(x);
	return 0;
}

static int build(struct fixture *x)
{
	return policy_build(&x->f.a, &x->f.m, &x->t, &x->p, &x->f.d);
}

static struct policy_app *app(struct fixture *x, const char *label)
{
	for (size_t i = 0; i < x->p.app_count; i++)
		if (str_eq(x->p.apps[i].app->label, label))
			return &x->p.apps[i];
	fail_msg("no app %s", label);
	return NULL;
}

static const struct policy_rule *rule(const struct policy_rules *rules, const char *text)
{
	for (size_t i = 0; i < rules->count; i++)
		if (str_eq(rules->items[i].text, text))
			return &rules->items[i];
	return NULL;
}

static const char *env(const struct policy_app *a, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < a->env_count; i++)
		if (strncmp(a->env[i], name, len) == 0 && a->env[i][len] == '=')
			return a->env[i] + len + 1;
	return NULL;
}

static void connections_add_rules(void **state)
{
	struct fixture *x = *state;
	const struct policy_app *s;
	const struct policy_rule *r;

	assert_int_equal(build(x), 0);
	s = app(x, "snap.sensord.sensord");
	r = rule(&s->apparmor, "/dev/ttyS3 rwk,");
	assert_non_null(r);
	assert_string_equal(r->reason, "port:uart (serial)");
	assert_string_equal(r->loc.file, "serial.yaml");
	assert_int_equal(r->loc.line, 10);
	assert_int_equal(s->slots.count, 1);
	assert_string_equal(s->slots.items[0].name, "uart");
	assert_string_equal(s->slots.items[0].link, "slot/uart");
	assert_int_equal(s->slots.items[0].access, POLICY_ACCESS_READ | POLICY_ACCESS_WRITE);
	assert_non_null(rule(&s->slots.items[0].matches, "SUBSYSTEM==\"tty\", KERNEL==\"ttyS3\""));
	assert_false(s->network);
}

/* What one app is given, no other has. */
static void connections_are_the_apps_own(void **state)
{
	struct fixture *x = *state;

	assert_int_equal(build(x), 0);
	assert_null(rule(&app(x, "snap.web.web")->apparmor, "/dev/ttyS3 rwk,"));
	assert_non_null(rule(&app(x, "snap.web.web")->seccomp, "socket AF_INET 15|SOCK_STREAM"));
	assert_true(app(x, "snap.web.web")->network);
	assert_null(rule(&app(x, "snap.web.tool")->seccomp, "socket AF_INET 15|SOCK_STREAM"));
	assert_false(app(x, "snap.web.tool")->network);
	assert_int_equal(app(x, "snap.web.tool")->slots.count, 0);
}

/* The template gives no capability, no network, no mount, no change of profile, no other /proc. */
static void template_grants_little(void **state)
{
	static const char *const words[] = { "capability", "network",	 "mount",  "change_profile",
					     "dbus",	   "pivot_root", " ux,",   " px,",
					     "/proc/**",   "/sys/**",	 "/dev/**" };
	struct fixture *x = *state;
	const struct policy_app *a;

	assert_int_equal(build(x), 0);
	a = app(x, "snap.web.tool");
	for (size_t i = 0; i < a->apparmor.count; i++)
		for (size_t j = 0; j < ARRAY_SIZE(words); j++)
			if (strstr(a->apparmor.items[i].text, words[j]))
				fail_msg("%s in %s", words[j], a->apparmor.items[i].text);
	assert_int_equal(a->caps, 0);
	assert_int_equal(a->ambient, 0);
}

static void environment(void **state)
{
	struct fixture *x = *state;
	const struct policy_app *s;

	assert_int_equal(build(x), 0);
	s = app(x, "snap.sensord.sensord");
	assert_string_equal(env(s, "HOME"), env(s, "SNAP_USER_DATA"));
	assert_string_equal(env(s, "SNAP"), "/snap/sensord/x1");
	assert_string_equal(env(s, "SNAP_DATA"), "/var/snap/sensord/x1");
	assert_string_equal(env(s, "SNAP_ARCH"), "arm64");
	assert_string_equal(env(s, "SNAP_VERSION"), "1.0");
	/* N-08: no empty element, whatever was put together. */
	assert_string_equal(env(s, "LD_LIBRARY_PATH"), "/snap/sensord/x1/lib:/var/lib/snapd/void");
	/* In order, the snap's before the app's; an unknown name is nothing, "$$" stays. */
	assert_string_equal(env(s, "LOG2"), "/var/snap/sensord/common/$/2");
	assert_null(env(app(x, "snap.web.web"), "LOG"));
}

static void every_variable_is_there_once(void **state)
{
	struct fixture *x = *state;
	const struct policy_app *s;

	x->f.env[2] = (struct model_env){ .name = "HOME", .value = "$SNAP_COMMON" };
	assert_int_equal(build(x), 0);
	s = app(x, "snap.sensord.sensord");
	for (size_t i = 0; i < s->env_count; i++)
		for (size_t j = 0; j < i; j++)
			assert_int_not_equal(
				strncmp(s->env[i], s->env[j], strcspn(s->env[i], "=") + 1), 0);
	assert_string_equal(env(s, "HOME"), "/var/snap/sensord/common");
}

static void arguments(void **state)
{
	struct fixture *x = *state;
	const struct policy_app *w;

	assert_int_equal(build(x), 0);
	w = app(x, "snap.web.web");
	assert_int_equal(w->argc, 2);
	assert_string_equal(w->argv[0], "/snap/web/x1/bin/wrap");
	assert_string_equal(w->argv[1], "/snap/web/x1/bin/httpd");
	assert_string_equal(w->cwd, "/var/snap/web/x1");
	assert_string_equal(app(x, "snap.sensord.sensord")->argv[1],
			    "/var/snap/sensord/x1/readings");
}

static void command_is_below_snap(void **state)
{
	struct fixture *x = *state;

	x->f.argv[2][0] = "$SNAP/bin/tool";
	x->f.argv[1][0] = "/bin/wrap";
	assert_int_equal(build(x), 0);
	assert_string_equal(app(x, "snap.web.tool")->argv[0], "/snap/web/x1/bin/tool");
	assert_string_equal(app(x, "snap.web.web")->argv[0], "/snap/web/x1/bin/wrap");
}

static void no_command(void **state)
{
	struct fixture *x = *state;

	x->f.web_apps[0].chain_count = 2;
	assert_int_equal(build(x), -1);
	assert_string_equal(fixture_message(&x->f),
			    "cannot use app \"snap.web.web\": it has no command");
}

/* A check of an image derives the policy of hooks too, which name no command. */
static void a_hook_has_no_process(void **state)
{
	struct fixture *x = *state;
	const struct policy_app *hook;

	x->f.web_apps[0].chain_count = 2;
	x->f.web_apps[0].hook = true;
	assert_int_equal(build(x), 0);
	hook = app(x, "snap.web.web");
	assert_int_equal(hook->argc, 0);
	assert_true(hook->apparmor.count);
	assert_true(hook->seccomp.count);
}

/* The places that no app may see are in no app's namespace. */
static void mounts_show_no_host(void **state)
{
	static const char *const never[] = { "/run",	  "/var",	    "/writable", "/home",
					     "/root",	  "/run/systemd",   "/run/udev", "/",
					     "/run/dbus", "/sys/fs/cgroup", "/boot",	 "/tmp" };
	struct fixture *x = *state;
	const struct policy_mounts *m;

	assert_int_equal(build(x), 0);
	m = &app(x, "snap.web.web")->mounts;
	for (size_t i = 0; i < m->count; i++) {
		const struct policy_mount *one = &m->items[i];

		if (one->op == POLICY_MOUNT_BIND || one->op == POLICY_MOUNT_TMPFS)
			assert_true(one->flags & POLICY_MOUNT_NOSUID);
		for (size_t j = 0; one->op == POLICY_MOUNT_BIND && j < ARRAY_SIZE(never); j++)
			assert_string_not_equal(one->source, never[j]);
		if (one->op == POLICY_MOUNT_BIND && !str_eq(one->source, "/dev"))
			assert_true(one->flags & POLICY_MOUNT_NODEV);
	}
}

static void merged_usr_is_a_link(void **state)
{
	struct fixture *x = *state;
	const struct policy_mounts *m;

	assert_int_equal(build(x), 0);
	m = &app(x, "snap.web.web")->mounts;
	assert_int_equal(m->items[0].op, POLICY_MOUNT_SYMLINK);
	assert_string_equal(m->items[0].target, "bin");
	assert_string_equal(m->items[0].source, "usr/bin");
	assert_int_equal(m->items[1].op, POLICY_MOUNT_DIR);
	assert_string_equal(m->items[1].target, "usr");
	assert_int_equal(m->items[2].op, POLICY_MOUNT_BIND);
	assert_true(m->items[2].flags & POLICY_MOUNT_READONLY);
}

static void one_namespace_one_list(void **state)
{
	struct model_line bind = { "/srv/data/shared dir ro", FIXTURE_LOC("net.yaml", 12) };
	struct fixture *x = *state;
	const struct policy_mounts *web, *tool;
	const struct policy_mount *last;

	x->f.net_variant.group.binds = (struct model_lines){ &bind, 1 };
	assert_int_equal(build(x), 0);
	web = &app(x, "snap.web.web")->mounts;
	tool = &app(x, "snap.web.tool")->mounts;
	assert_int_equal(web->count, tool->count);
	last = &tool->items[tool->count - 1];
	assert_int_equal(last->op, POLICY_MOUNT_BIND);
	assert_string_equal(last->source, "/srv/data/shared");
	assert_int_equal(last->flags, POLICY_MOUNT_READONLY | POLICY_MOUNT_NOSUID |
					      POLICY_MOUNT_NODEV | POLICY_MOUNT_NOEXEC);
	assert_string_equal(last[-1].target, "srv/data/shared");
	assert_string_equal(last[-2].target, "srv/data");
	assert_string_equal(last[-3].target, "srv");
	assert_int_equal(app(x, "snap.sensord.sensord")->mounts.count, tool->count - 4);
}

/* /sys is bound: its names are there, and none can be made in it. */
static void bind_below_a_bind(void **state)
{
	struct model_line bind = { "/sys/devices/virtual dir rw", FIXTURE_LOC("net.yaml", 12) };
	struct fixture *x = *state;
	const struct policy_mounts *m;
	const struct policy_mount *last;

	x->f.net_variant.group.binds = (struct model_lines){ &bind, 1 };
	assert_int_equal(build(x), 0);
	m = &app(x, "snap.web.web")->mounts;
	last = &m->items[m->count - 1];
	assert_int_equal(last->op, POLICY_MOUNT_BIND);
	assert_string_equal(last->target, "sys/devices/virtual");
	assert_int_equal(last->flags & POLICY_MOUNT_READONLY, 0);
	for (size_t i = 0; i + 1 < m->count; i++)
		assert_null(strstr(m->items[i].target, "sys/devices"));
}

static void bad_binds(void **state)
{
	static const char *const bad[] = { "/home",	   "/home dir",	     "home dir rw",
					   "/ dir ro",	   "/a/../b dir ro", "/a  dir ro",
					   "/a socket ro", "/a dir rx",	     "/a dir ro x" };
	struct model_line bind = { "", FIXTURE_LOC("net.yaml", 12) };
	struct fixture *x = *state;

	x->f.net_variant.group.binds = (struct model_lines){ &bind, 1 };
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		bind.text = bad[i];
		assert_int_equal(build(x), -1);
		assert_non_null(strstr(x->f.d.messages[i].text, "expected PATH dir|file ro|rw"));
	}
}

static void two_apps_on_one_slot(void **state)
{
	struct fixture *x = *state;

	x->f.sensord_app[0].plugs = x->f.sensord_plugs;
	x->f.web_plugs[0] = &x->f.serial_plug;
	assert_int_equal(build(x), -1);
	assert_string_equal(fixture_message(&x->f),
			    "cannot connect slot \"uart\" to two apps: snap.sensord.sensord and "
			    "snap.web.web");
	assert_string_equal(x->f.d.messages[0].hint, "\"shared: true\" on the slot allows it");
	assert_int_equal(x->f.d.messages[0].loc.line, 20);
}

static void shared_slot(void **state)
{
	struct fixture *x = *state;

	x->f.web_plugs[0] = &x->f.serial_plug;
	x->f.serial_slot.attrs = fixture_map(&x->f, "path: /dev/ttyS3\nshared: true\n");
	assert_int_equal(build(x), 0);
	assert_int_equal(app(x, "snap.web.web")->slots.count, 1);
	/* The other user is root, who needs no group. */
	assert_int_equal(app(x, "snap.web.web")->slots.items[0].gid, 10001);
	assert_int_equal(app(x, "snap.web.web")->group_count, 0);
	assert_int_equal(app(x, "snap.sensord.sensord")->group_count, 0);
}

static void shared_slot_of_two_users(void **state)
{
	struct fixture *x = *state;

	x->f.web_plugs[0] = &x->f.serial_plug;
	x->f.serial_slot.attrs = fixture_map(&x->f, "path: /dev/ttyS3\nshared: true\n");
	x->f.snaps[1].uid = x->f.snaps[1].gid = 70000;
	assert_int_equal(build(x), 0);
	assert_int_equal(app(x, "snap.web.web")->slots.items[0].gid, 70001);
	assert_int_equal(app(x, "snap.sensord.sensord")->slots.items[0].gid, 70001);
	assert_int_equal(app(x, "snap.web.web")->group_count, 1);
	assert_int_equal(app(x, "snap.web.web")->groups[0], 70001);
	assert_int_equal(app(x, "snap.sensord.sensord")->groups[0], 70001);
	assert_int_equal(app(x, "snap.web.tool")->group_count, 0);
}

static void slot_of_root_only(void **state)
{
	struct fixture *x = *state;

	x->f.snaps[0].uid = x->f.snaps[0].gid = 0;
	assert_int_equal(build(x), 0);
	assert_int_equal(app(x, "snap.sensord.sensord")->slots.items[0].gid, 0);
}

static void capabilities(void **state)
{
	struct model_line caps[] = { { "net_admin", FIXTURE_LOC("serial.yaml", 14) },
				     { "net_raw", FIXTURE_LOC("serial.yaml", 15) } };
	struct fixture *x = *state;
	const struct policy_app *s;

	x->f.serial_variant.group.capabilities = (struct model_lines){ caps, 2 };
	assert_int_equal(build(x), 0);
	s = app(x, "snap.sensord.sensord");
	assert_int_equal(s->caps, 1u << 12 | 1u << 13);
	assert_int_equal(s->ambient, s->caps);
	assert_non_null(rule(&s->apparmor, "capability net_admin,"));
	caps[1].text = "net_everything";
	assert_int_equal(build(x), -1);
	assert_string_equal(fixture_message(&x->f),
			    "cannot use capability \"net_everything\": Linux 6.1 has none of that "
			    "name");
}

/* Root keeps its permitted set over exec by itself: ambient is for the others. */
static void root_has_no_ambient(void **state)
{
	struct model_line cap = { "net_admin", FIXTURE_LOC("net.yaml", 14) };
	struct fixture *x = *state;

	x->f.net_variant.group.capabilities = (struct model_lines){ &cap, 1 };
	assert_int_equal(build(x), 0);
	assert_int_equal(app(x, "snap.web.web")->caps, 1u << 12);
	assert_int_equal(app(x, "snap.web.web")->ambient, 0);
}

static void fixed_devices(void **state)
{
	struct model_iface_device dev = { { "/dev/fuse", FIXTURE_LOC("net.yaml", 16) },
					  POLICY_ACCESS_READ,
					  FIXTURE_LOC("net.yaml", 16) };
	struct fixture *x = *state;
	const struct policy_devices *list;

	x->f.net_variant.group.devices = &dev;
	x->f.net_variant.group.device_count = 1;
	assert_int_equal(build(x), 0);
	list = &app(x, "snap.web.web")->devices;
	assert_int_equal(list->items[list->count - 1].major, 10);
	assert_int_equal(list->items[list->count - 1].minor, 229);
	assert_int_equal(list->items[list->count - 1].access, POLICY_ACCESS_READ);
	assert_int_equal(app(x, "snap.web.tool")->devices.count, list->count - 1);
	dev.node.text = "/dev/gpiochip0";
	assert_int_equal(build(x), -1);
	assert_string_equal(fixture_message(&x->f),
			    "cannot use device \"/dev/gpiochip0\": its numbers are not among the "
			    "fixed ones of templates/devices.yaml");
}

static void lists_make_several_matches(void **state)
{
	struct fixture *x = *state;
	const struct policy_slot *slot;

	x->f.serial_attrs[0].list = true;
	x->f.serial_slot.attrs = fixture_map(&x->f, "path: [/dev/ttyS3, /dev/ttyS1]\n");
	assert_int_equal(build(x), 0);
	slot = &app(x, "snap.sensord.sensord")->slots.items[0];
	assert_int_equal(slot->matches.count, 2);
	assert_null(slot->link);
}

static void sysctls(void **state)
{
	const char *own[] = { "kernel.dmesg_restrict=0", "vm.swappiness=10" };
	struct fixture *x = *state;
	bool userns = false;

	x->f.m.image.sysctls = own;
	x->f.m.image.sysctl_count = 2;
	assert_int_equal(build(x), 0);
	assert_int_equal(x->p.sysctl_count, x->t.sysctl_count + 1);
	for (size_t i = 0; i < x->p.sysctl_count; i++) {
		const struct policy_sysctl *s = &x->p.sysctls[i];

		if (str_eq(s->name, "kernel.dmesg_restrict"))
			assert_string_equal(s->value, "0");
		if (str_eq(s->name, "user.max_user_namespaces"))
			userns = str_eq(s->value, "0");
	}
	assert_true(userns);
	assert_string_equal(x->p.sysctls[x->p.sysctl_count - 1].name, "vm.swappiness");
}

static void unknown_interface(void **state)
{
	struct fixture *x = *state;

	x->f.serial_slot.variant = NULL;
	assert_int_equal(build(x), -1);
	assert_string_equal(
		fixture_message(&x->f),
		"cannot connect \"port\" to \"uart\": interface \"serial\" is not known");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(connections_add_rules),
		TEST(connections_are_the_apps_own),
		TEST(template_grants_little),
		TEST(environment),
		TEST(every_variable_is_there_once),
		TEST(arguments),
		TEST(command_is_below_snap),
		TEST(no_command),
		TEST(a_hook_has_no_process),
		TEST(mounts_show_no_host),
		TEST(merged_usr_is_a_link),
		TEST(one_namespace_one_list),
		TEST(bind_below_a_bind),
		TEST(bad_binds),
		TEST(two_apps_on_one_slot),
		TEST(shared_slot),
		TEST(shared_slot_of_two_users),
		TEST(slot_of_root_only),
		TEST(capabilities),
		TEST(root_has_no_ambient),
		TEST(fixed_devices),
		TEST(lists_make_several_matches),
		TEST(sysctls),
		TEST(unknown_interface),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
