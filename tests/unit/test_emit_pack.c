/* SPDX-License-Identifier: Apache-2.0 */
/* The whole of emit on a small model: what it writes is read back by the device's own readers. */
#include "emit_fixture.h"

#include "aapolicy.h"
#include "daemons.h"
#include "filter.h"
#include "manifest.h"
#include "plan.h"
#include "udev.h"

static void reads_back(void **state)
{
	struct fixture *x = *state;
	CLEANUP_FREE void *manifest = NULL;
	struct manifest m;
	struct err e = { 0 };
	size_t size;

	must_emit(x);
	manifest = read_file(x, "pack/MANIFEST", &size);
	assert_int_equal(manifest_read(manifest, size, &m, &e), 0);
	assert_int_equal(manifest_count(&m, MANIFEST_TABLE_PROFILES), 3);
	assert_int_equal(manifest_count(&m, MANIFEST_TABLE_SNAPS), 2);
	assert_int_equal(manifest_count(&m, MANIFEST_TABLE_SETIDS), 1);
	for (uint32_t i = 0; i < manifest_count(&m, MANIFEST_TABLE_FILES); i++) {
		CLEANUP_FREE void *data = NULL;
		uint8_t digest[SHA256_SIZE];
		char path[256];

		snprintf(path, sizeof(path), "pack/%s", manifest_text(&m, m.files[i].path));
		data = read_file(x, path, &size);
		assert_int_equal(size, m.files[i].size);
		sha256_of(data, size, digest);
		assert_memory_equal(digest, m.files[i].digest, SHA256_SIZE);
	}
}

static void plan_says_what_policy_says(void **state)
{
	struct fixture *x = *state;
	CLEANUP_FREE void *data = NULL;
	struct plan p;
	struct err e = { 0 };
	size_t size;

	must_emit(x);
	data = read_file(x, "pack/plans/snap.sensord.sensord.plan", &size);
	assert_int_equal(plan_read(data, size, &p, &e), 0);
	assert_int_equal(p.header->uid, 10001);
	assert_int_equal(p.header->flags, PLAN_FLAG_NETWORK_OWN);
	assert_int_equal(p.header->layers, PLAN_LAYERS_ALL);
	assert_int_equal(p.header->pass, PLAN_PASS_NOTIFY_SOCKET | PLAN_PASS_WATCHDOG);
	assert_int_equal(p.header->caps, 0);
	assert_string_equal(plan_text(&p, p.argv[0]), "/snap/sensord/x1/bin/sensord");
	assert_string_equal(plan_text(&p, p.argv[1]), "/var/snap/sensord/x1/readings");
	assert_int_equal(plan_count(&p, PLAN_TABLE_SLOTS), 1);
	assert_string_equal(plan_text(&p, p.slots[0].tag), "snap_sensord_dsensord_suart");
	assert_int_equal(p.slots[0].access, PLAN_ACCESS_READ | PLAN_ACCESS_WRITE);
	assert_int_equal(p.slots[0].devices, 1);
	assert_int_equal(p.slots[0].flags, PLAN_SLOT_ONE);
	assert_string_equal(plan_text(&p, p.mounts[0].source), "usr/bin");
	assert_int_equal(p.mounts[0].op, PLAN_MOUNT_SYMLINK);
}

static void daemons_are_in_order(void **state)
{
	struct fixture *x = *state;
	CLEANUP_FREE void *data = NULL;
	struct daemons d;
	struct err e = { 0 };
	size_t size;

	must_emit(x);
	data = read_file(x, "pack/daemons", &size);
	assert_int_equal(daemons_read(data, size, &d, &e), 0);
	assert_int_equal(d.header->rows_count, 2);
	assert_string_equal(daemons_text(&d, d.rows[0].label), "snap.sensord.sensord");
	assert_string_equal(daemons_text(&d, d.rows[1].label), "snap.web.web");
	assert_int_equal(d.header->after_count, 1);
	assert_int_equal(d.after[0].row, 1);
	assert_int_equal(d.after[0].after, 0);
	assert_int_equal(d.rows[1].restart, DAEMONS_RESTART_ALWAYS);
}

static void udev_rules_tag_and_run(void **state)
{
	struct fixture *x = *state;
	CLEANUP_FREE char *text = NULL;
	size_t size;

	must_emit(x);
	text = read_file(x, "pack/rules.d/70-snap.sensord.rules", &size);
	assert_string_equal(text, "# Hardware of snap sensord, written by bulkhead.\n"
				  "\n# snap.sensord.sensord: port:uart (serial)\n"
				  "IMPORT{db}=\"snap_sensord_dsensord_suart\"\n"
				  "ACTION!=\"remove\", SUBSYSTEM==\"tty\", KERNEL==\"ttyS3\", "
				  "TAG+=\"snap_sensord_dsensord_suart\", GROUP=\"10001\", "
				  "MODE=\"0660\", SYMLINK+=\"slot/uart\"\n"
				  "ACTION==\"unbind\", ENV{snap_sensord_dsensord_suart}==\"?*\", "
				  "TAG+=\"snap_sensord_dsensord_suart\", "
				  "SYMLINK+=\"slot/uart\"\n"
				  "TAG==\"snap_sensord_dsensord_suart\", "
				  "ENV{snap_sensord_dsensord_suart}=\"$devpath\", "
				  "ENV{BULKHEAD_APPS}+=\"!snap.sensord.sensord\"\n"
				  "ENV{snap_sensord_dsensord_suart}==\"?*\", "
				  "RUN+=\"/usr/lib/bulkhead/bulkhead-device "
				  "snap.sensord.sensord\"\n"
				  "TAG!=\"snap_sensord_dsensord_suart\", "
				  "ENV{snap_sensord_dsensord_suart}=\"\"\n");
}

/* Equal input, equal bytes: everything but the folder's name. */
static void twice_is_equal(void **state)
{
	static const char *const files[] = { "pack/MANIFEST", "twins/report.txt",
					     "twins/MANIFEST.txt", "twins/apparmor/snap.web.web" };
	struct fixture *x = *state;
	char *first[ARRAY_SIZE(files)];
	size_t sizes[ARRAY_SIZE(files)];

	must_emit(x);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		first[i] = read_file(x, files[i], &sizes[i]);
	must_emit(x);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		size_t size;
		CLEANUP_FREE char *second = read_file(x, files[i], &size);

		assert_int_equal(size, sizes[i]);
		assert_memory_equal(first[i], second, size);
		free(first[i]);
	}
}

static void unmediated_is_refused(void **state)
{
	struct fixture *x = *state;

	x->f.m.image.accept_count = 0;
	assert_int_equal(emit(x, FEATURES), -1);
	assert_string_equal(fixture_message(&x->f),
			    "cannot compile profile snap.sensord.sensord: this kernel does not "
			    "mediate unix");
	assert_string_equal(x->f.d.messages[0].loc.file, "templates/default.apparmor");
	assert_string_equal(x->f.d.messages[0].hint,
			    "\"accept-unmediated: [unix]\" in image.yaml accepts that");
}

/* accept-unmediated: [unix] accepts unix, not dbus. */
static void accepting_one_is_not_accepting_all(void **state)
{
	struct fixture *x = *state;

	x->f.serial_rules[1] =
		(struct model_line){ "dbus (send) bus=system,", FIXTURE_LOC("serial.yaml", 11) };
	x->f.serial_variant.group.apparmor.count = 2;
	assert_int_equal(emit(x, FEATURES), -1);
	assert_string_equal(fixture_message(&x->f),
			    "cannot compile profile snap.sensord.sensord: this kernel does not "
			    "mediate dbus");
	assert_int_equal(x->f.d.messages[0].loc.line, 11);
}

/* Policy of the fixture, to be added to before emit_changed(). */
static struct policy_app *first_app(struct fixture *x)
{
	assert_int_equal(policy_load_templates(&x->f.a, TEMPLATES, &x->templates, &x->f.d), 0);
	assert_int_equal(policy_build(&x->f.a, &x->f.m, &x->templates, &x->policy, &x->f.d), 0);
	return &x->policy.apps[0];
}

static int emit_changed(struct fixture *x)
{
	const struct emit_options o = { .out = x->dir, .features = FEATURES };

	return emit_pack(&x->f.a, &x->f.m, &x->policy, &o, &x->f.d);
}

static void expect_file(struct fixture *x, const char *path, const char *text)
{
	size_t size;
	CLEANUP_FREE char *data = read_file(x, path, &size);

	assert_string_equal(data, text);
}

#define HERE FIXTURE_LOC("can.yaml", 3)

static void modules_are_listed(void **state)
{
	struct fixture *x = *state;
	struct policy_module modules[] = {
		{ .name = "vcan",
		  .load = "dynamic",
		  .options = "bitrate=5",
		  .reason = "a",
		  .loc = HERE },
		{ .name = "xt_u32", .load = "denied", .options = "", .reason = "b", .loc = HERE },
		{ .name = "i2c-dev", .load = "on-boot", .options = "", .reason = "c", .loc = HERE },
		{ .name = "i2c_dev",
		  .load = "on-boot",
		  .options = "a=1 b=2",
		  .reason = "d",
		  .loc = HERE },
		{ .name = "can", .load = "on-boot", .options = "", .reason = "e", .loc = HERE },
		{ .name = "can", .load = "on-boot", .options = "", .reason = "f", .loc = HERE },
	};

	first_app(x)->modules = (struct policy_modules){ modules, ARRAY_SIZE(modules), 0 };
	assert_int_equal(emit_changed(x), 0);
	expect_file(x, "pack/modules-load.d/bulkhead.conf",
		    "# Of the connections, written by bulkhead.\ncan\ni2c_dev\n");
	expect_file(x, "pack/modprobe.d/bulkhead.conf",
		    "# Of the connections, written by bulkhead.\noptions i2c_dev a=1 b=2\n"
		    "options vcan bitrate=5\nblacklist xt_u32\ninstall xt_u32 /bin/false\n");
}

static void modules_contradict(void **state)
{
	struct fixture *x = *state;
	struct policy_module modules[] = {
		{ .name = "i2c-dev", .load = "on-boot", .options = "", .reason = "a:b (c)" },
		{ .name = "i2c_dev", .load = "denied", .options = "", .reason = "d:e (f)" },
	};

	first_app(x)->modules = (struct policy_modules){ modules, ARRAY_SIZE(modules), 0 };
	assert_int_equal(emit_changed(x), -1);
	assert_string_equal(fixture_message(&x->f),
			    "cannot load module i2c_dev for a:b (c): d:e (f) denies it");
}

static void names_of_the_bus_are_the_users(void **state)
{
	struct fixture *x = *state;
	struct policy_rule name = { .text = "com.v.S" };
	struct policy_rule talk = { .text = "org.bluez" };
	struct policy_rule calls[] = { { .text = "org.bluez.Agent1" }, { .text = "a.B Get" } };
	struct policy_app *app = first_app(x);

	app->bus_names = (struct policy_rules){ &name, 1, 0 };
	app->bus_talks = (struct policy_rules){ &talk, 1, 0 };
	app->bus_calls = (struct policy_rules){ calls, ARRAY_SIZE(calls), 0 };
	assert_int_equal(emit_changed(x), 0);
	expect_file(x, mem_printf(&x->f.a, "pack/bus.d/snap.%s.conf", app->app->snap->instance),
		    "<!DOCTYPE busconfig PUBLIC \"-//freedesktop//DTD D-Bus Bus Configuration "
		    "1.0//EN\"\n"
		    " \"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd\">\n"
		    "<!-- Names of snap sensord, written by bulkhead. -->\n<busconfig>\n"
		    "  <policy user=\"10001\">\n    <allow own=\"com.v.S\"/>\n"
		    "    <allow send_destination=\"org.bluez\"/>\n"
		    "    <allow send_type=\"method_call\" send_interface=\"org.bluez.Agent1\"/>\n"
		    "    <allow send_type=\"method_call\" send_interface=\"a.B\" "
		    "send_member=\"Get\"/>\n"
		    "  </policy>\n</busconfig>\n");
}

static void missing_is_refused(void **state)
{
	struct fixture *x = *state;
	struct policy_rule rule = { .text = "a:b (c): the base has no /d" };

	first_app(x)->missing = (struct policy_rules){ &rule, 1, 0 };
	assert_int_equal(emit_changed(x), -1);
	assert_string_equal(fixture_message(&x->f), "cannot use a:b (c): the base has no /d");
}

/* A syntax error is reported where the rule was written. */
static void parser_errors_are_located(void **state)
{
	struct fixture *x = *state;

	x->f.serial_rules[0].text = "%{path} rwkq,";
	assert_int_equal(emit(x, FEATURES), -1);
	assert_string_equal(x->f.d.messages[0].loc.file, "serial.yaml");
	assert_int_equal(x->f.d.messages[0].loc.line, 10);
	assert_non_null(strstr(fixture_message(&x->f), "cannot compile profile "
						       "snap.sensord.sensord: apparmor_parser: "));
}

static void rules_are_one_rule(void **state)
{
	static const char *const bad[] = { "include <abstractions/base>",
					   "/a r",
					   "/a r, # comment,",
					   "/{a r,",
					   "} profile x { /** rw,",
					   "profile y { /** rw, },",
					   "change_profile,",
					   "abi <abi/3.0>,",
					   "mount options=(ro,bind) /a/ -> /b/,",
					   "mount options = (bind nosuid) /a/ -> /b/,",
					   "audit mount options=bind options=rw /a/ -> /b/,",
					   "allow mount options in (rw,make-slave) -> /b/,",
					   "mount fstype=ext4 options=(noexec,M) /a/ -> /b/,",
					   "remount options=ro /b/,",
					   "audit allow mount options=(ro,bind) /a/ -> /b/,",
					   "priority=1 mount options=(ro,bind) /a/ -> /b/,",
					   "mount fstype=ext4 options in (ro) /a -> /b/,",
					   "mount fstype=ext4 options  in(rw) /a -> /b/,",
					   "/a\tr,",
					   "," };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct fixture *x = *state;

		tear_down(state);
		set_up(state);
		x = *state;
		x->f.serial_rules[0].text = bad[i];
		assert_int_equal(emit(x, FEATURES), -1);
		assert_int_equal(x->f.d.errors, 1);
		assert_non_null(strstr(fixture_message(&x->f), "cannot use rule"));
	}
}

static void mount_kinds_stand_alone(void **state)
{
	static const char *const good[] = { "mount options=(bind) /a/ -> /b/,",
					    "mount options=rbind /a/ -> /b/,",
					    "mount options=make-rslave -> /b/,",
					    "remount /b/,",
					    "umount /b/,",
					    "mount fstype=ext4 options=(rw,nosuid) /a -> /b/,",
					    "mount fstype=ext4 options=(ro) /a -> /optionsin/b/," };

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		struct fixture *x;

		tear_down(state);
		set_up(state);
		x = *state;
		x->f.serial_rules[0].text = good[i];
		if (emit(x, FEATURES))
			fail_msg("%s: %s", good[i], fixture_message(&x->f));
	}
}

static void udev_values_stay_values(void **state)
{
	static const char *const bad[] = { "KERNEL==\"a\", RUN+=\"/bin/sh\"",
					   "KERNEL==\"a\" RUN+=\"x\"",
					   "KERNEL=\"a\"",
					   "KERNEL==\"$env{X}\"",
					   "KERNEL==\"a%k\"",
					   "KERNEL==\"a\\\"",
					   "PROGRAM==\"/bin/sh\"",
					   "IMPORT{program}==\"x\"",
					   "ATTR==\"x\"",
					   "KERNEL==\"a\", ",
					   "KERNEL==\"a",
					   "" };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct fixture *x;

		tear_down(state);
		set_up(state);
		x = *state;
		x->f.serial_udev[0].text = bad[i][0] ? bad[i] : " ";
		assert_int_equal(emit(x, FEATURES), -1);
		assert_non_null(strstr(fixture_message(&x->f), "cannot use udev match"));
	}
}

/* What udev finds out before it matches: matches, and one import of a closed list. */
static void udev_imports_are_one(void **state)
{
	static const struct {
		const char *text;
		int status;
	} rows[] = {
		{ "SUBSYSTEM==\"tty\", ENV{ID_PATH}==\"\", IMPORT{builtin}=\"path_id\"", 0 },
		{ "KERNEL==\"a\", IMPORT{parent}=\"OF_FULLNAME\"", 0 },
		{ "KERNEL==\"a\"", -1 },
		{ "IMPORT{builtin}=\"path_id\"", -1 },
		{ "KERNEL==\"a\", IMPORT{program}=\"path_id\"", -1 },
		{ "KERNEL==\"a\", IMPORT{file}=\"path_id\"", -1 },
		{ "KERNEL==\"a\", IMPORT{builtin}=\"kmod load x\"", -1 },
		{ "KERNEL==\"a\", IMPORT{builtin}=\"path_id\", RUN+=\"x\"", -1 },
		{ "KERNEL==\"a\", IMPORT{builtin}=\"\"", -1 },
		{ "KERNEL==\"a\", IMPORT{parent}=\"*\"", -1 },
		{ "KERNEL==\"$x\", IMPORT{parent}=\"A\"", -1 },
	};
	struct fixture *x = *state;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct policy_rule r = { .text = rows[i].text };

		if (emit_udev_check_import(&r, &x->f.d) != rows[i].status)
			fail_msg("%s", rows[i].text);
	}
}

static void missing_layers_need_development(void **state)
{
	struct fixture *x = *state;

	x->f.snaps[0].layers &= ~(unsigned)PLAN_LAYER_APPARMOR;
	assert_int_equal(emit(x, FEATURES), -1);
	assert_string_equal(fixture_message(&x->f),
			    "cannot build snap \"sensord\" without all layers: only an image with "
			    "\"development: true\" may");
}

static void development_says_so(void **state)
{
	struct fixture *x = *state;
	CLEANUP_FREE void *manifest = NULL, *plan = NULL;
	struct manifest m;
	struct plan p;
	struct err e = { 0 };
	size_t size;

	x->f.m.image.development = true;
	x->f.snaps[0].layers = PLAN_LAYER_DEVICES;
	must_emit(x);
	manifest = read_file(x, "pack/MANIFEST", &size);
	assert_int_equal(manifest_read(manifest, size, &m, &e), 0);
	assert_int_equal(m.header->flags, MANIFEST_FLAG_DEVELOPMENT);
	assert_int_equal(manifest_count(&m, MANIFEST_TABLE_PROFILES), 2);
	assert_null(manifest_find(&m, "filters/snap.sensord.sensord.bpf"));
	plan = read_file(x, "pack/plans/snap.sensord.sensord.plan", &size);
	assert_int_equal(plan_read(plan, size, &p, &e), 0);
	assert_int_equal(p.header->layers, PLAN_LAYER_DEVICES);
	assert_int_equal(p.header->flags, PLAN_FLAG_DEVELOPMENT | PLAN_FLAG_NETWORK_OWN);
}

static void copy_features(const char *to)
{
	static const char *const paths[] = { "file",  "network_v8", "signal", "ptrace",
					     "mount", "caps",	    "rlimit", "domain" };
	char path[256];
	FILE *f;

	mkdir(to, 0755);
	snprintf(path, sizeof(path), "%s/apparmor", to);
	mkdir(path, 0755);
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		snprintf(path, sizeof(path), "%s/apparmor/%s", to, paths[i]);
		mkdir(path, 0755);
		snprintf(path, sizeof(path), "%s/apparmor/%s/mask", to, paths[i]);
		f = fopen(path, "w");
		assert_non_null(f);
		fputs("x\n", f);
		fclose(f);
	}
}

/* N-28: a class that the features lack would be unmediated without a word. */
static void features_must_be_whole(void **state)
{
	static const char *const classes[] = { "file",	"network_v8", "signal", "ptrace",
					       "mount", "caps",	      "rlimit", "domain" };
	struct fixture *x = *state;

	for (size_t i = 0; i < ARRAY_SIZE(classes); i++) {
		char folder[128], path[256];

		tear_down(state);
		set_up(state);
		x = *state;
		snprintf(folder, sizeof(folder), "%s/features", x->dir);
		copy_features(folder);
		snprintf(path, sizeof(path), "%s/apparmor/%s/mask", folder, classes[i]);
		assert_int_equal(remove(path), 0);
		assert_int_equal(emit(x, folder), -1);
		assert_int_equal(x->f.d.errors, 1);
		assert_non_null(strstr(fixture_message(&x->f), classes[i]));
		assert_non_null(strstr(fixture_message(&x->f), "would not be mediated"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(reads_back, set_up, tear_down),
		cmocka_unit_test_setup_teardown(plan_says_what_policy_says, set_up, tear_down),
		cmocka_unit_test_setup_teardown(daemons_are_in_order, set_up, tear_down),
		cmocka_unit_test_setup_teardown(udev_rules_tag_and_run, set_up, tear_down),
		cmocka_unit_test_setup_teardown(twice_is_equal, set_up, tear_down),
		cmocka_unit_test_setup_teardown(unmediated_is_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(accepting_one_is_not_accepting_all, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(modules_are_listed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(modules_contradict, set_up, tear_down),
		cmocka_unit_test_setup_teardown(names_of_the_bus_are_the_users, set_up, tear_down),
		cmocka_unit_test_setup_teardown(missing_is_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(parser_errors_are_located, set_up, tear_down),
		cmocka_unit_test_setup_teardown(rules_are_one_rule, set_up, tear_down),
		cmocka_unit_test_setup_teardown(mount_kinds_stand_alone, set_up, tear_down),
		cmocka_unit_test_setup_teardown(udev_values_stay_values, set_up, tear_down),
		cmocka_unit_test_setup_teardown(udev_imports_are_one, set_up, tear_down),
		cmocka_unit_test_setup_teardown(missing_layers_need_development, set_up, tear_down),
		cmocka_unit_test_setup_teardown(development_says_so, set_up, tear_down),
		cmocka_unit_test_setup_teardown(features_must_be_whole, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
