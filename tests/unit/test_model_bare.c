/* SPDX-License-Identifier: Apache-2.0 */
/* Snaps as files alone, in a temporary folder. */

#include "bare.h"

#define FOLDER_PARTS struct model m;
#include "folder_fixture.h"

static int set_up_files(void **state)
{
	struct fixture *f;

	assert_int_equal(set_up_folder(state), 0);
	f = *state;
	put_file(f, "data/gadget/interfaces/net.yaml",
		 "interface: net\nsummary: s\nslots: {offered-by: [system]}\nconnect: auto\n"
		 "variants:\n  - {name: v, apparmor: 'one r,'}\n");
	put_file(f, "data/gadget/interfaces/uart.yaml",
		 "interface: uart\nsummary: s\nslots: {offered-by: [gadget]}\nsuper-privileged: "
		 "plug\n"
		 "variants:\n  - name: by-node\n    attrs: {path: {type: dev-node}}\n");
	/* What an image would refuse: no program, hooks, a layout, a daemon of another user. */
	put_file(f, "aa/meta/snap.yaml",
		 "name: aa\nversion: 1\nlayout: {/opt/x: {bind: $SNAP/x}}\nassumes: [snapd2.66]\n"
		 "plugs: {net: , port: uart, odd: }\napps:\n  one: {plugs: [port]}\n  two: {}\n"
		 "hooks:\n  configure: {plugs: [port]}\n");
	put_file(f, "aa/meta/hooks/install", "");
	put_file(f, "gadget.yaml",
		 "name: gg\nversion: 1\ntype: gadget\nslots: {u1: {interface: uart, path: "
		 "/dev/x}}\n");
	return 0;
}

static int load(struct fixture *f, const char *const *connections, size_t count)
{
	const char *const snaps[] = { path_of(f, "gadget.yaml"), path_of(f, "aa") };
	const struct model_bare bare = { snaps, 2, connections, count };
	const struct model_options o = { .data = path_of(f, "data"), .scratch = f->dir };

	return model_load_bare(&f->a, &bare, &o, &f->m, &f->d);
}

/* Not what connects by itself, and not what a privileged plug would need. */
static void only_named(void **state)
{
	static const char *const named[] = { "aa:port=gg:u1" };
	struct fixture *f = *state;

	assert_int_equal(load(f, NULL, 0), 0);
	assert_int_equal(f->m.connection_count, 0);
	assert_int_equal(load(f, named, 1), 0);
	assert_int_equal(f->m.connection_count, 1);
	assert_string_equal(f->m.connections[0].slot->snap->instance, "gg");
	assert_string_equal(f->m.connections[0].loc.file, "--connect aa:port=gg:u1");
}

static void hooks(void **state)
{
	struct fixture *f = *state;
	const struct model_snap *s;

	assert_int_equal(load(f, NULL, 0), 0);
	s = &f->m.snaps[0];
	assert_int_equal(s->hook_count, 2);
	assert_string_equal(s->hooks[0].label, "snap.aa.hook.configure");
	assert_true(s->hooks[0].hook);
	assert_false(s->apps[0].hook);
	assert_ptr_equal(s->hooks[0].snap, s);
	/* Plugs that nobody names are everybody's: net and odd; configure names port as well. */
	assert_int_equal(s->hooks[0].plug_count, 3);
	assert_int_equal(s->hooks[1].plug_count, 2);
	assert_int_equal(s->apps[1].plug_count, 2);
}

/* Of what runs the snap nothing is said, of an interface that is not known it is. */
static void quiet(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(load(f, NULL, 0), 0);
	assert_int_equal(f->d.count, 1);
	assert_non_null(strstr(f->d.messages[0].text, "no interface \"odd\""));
}

static void all_errors(void **state)
{
	static const char *const named[] = { "aa:port", "aa:port=board:u1", "aa:net=system:nett" };
	struct fixture *f = *state;

	assert_int_equal(load(f, named, 3), -1);
	assert_int_equal(f->d.errors, 3);
	assert_non_null(strstr(f->d.messages[1].text, "expected SNAP:PLUG=SNAP:SLOT"));
	assert_non_null(strstr(f->d.messages[2].text, "no snap \"board\" is given"));
	assert_string_equal(f->d.messages[3].hint, "did you mean \"net\"?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(only_named, set_up_files, tear_down_folder),
		cmocka_unit_test_setup_teardown(hooks, set_up_files, tear_down_folder),
		cmocka_unit_test_setup_teardown(quiet, set_up_files, tear_down_folder),
		cmocka_unit_test_setup_teardown(all_errors, set_up_files, tear_down_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
