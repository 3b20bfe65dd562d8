/* SPDX-License-Identifier: Apache-2.0 */
/* Snaps as files alone, in a temporary folder. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>
#include <ftw.h>

#include "bare.h"
#include "files.h"

struct fixture {
	struct mem_arena a;
	struct meta_diag d;
	struct model m;
	char dir[64];
};

static const char *path_of(struct fixture *f, const char *path)
{
	return mem_printf(&f->a, "%s/%s", f->dir, path);
}

static void put_file(struct fixture *f, const char *path, const char *text)
{
	char *full = mem_strdup(&f->a, path_of(f, path));
	char *slash = strrchr(full, '/');
	struct err e = { 0 };

	*slash = '\0';
	assert_int_equal(fd_mkdirs(full, 0755, &e), 0);
	*slash = '/';
	assert_int_equal(fd_write_file(full, text, strlen(text), 0644, &e), 0);
}

static int set_up(void **state)
{
	static struct fixture f;

	f = (struct fixture){ .dir = "/tmp/bulkhead-test-XXXXXX" };
	assert_non_null(mkdtemp(f.dir));
	put_file(&f, "data/gadget/interfaces/net.yaml",
		 "interface: net\nsummary: s\nslots: {offered-by: [system]}\nconnect: auto\n"
		 "variants:\n  - {name: v, apparmor: 'one r,'}\n");
	put_file(&f, "data/gadget/interfaces/uart.yaml",
		 "interface: uart\nsummary: s\nslots: {offered-by: [gadget]}\nsuper-privileged: "
		 "plug\n"
		 "variants:\n  - name: by-node\n    attrs: {path: {type: dev-node}}\n");
	/* What an image would refuse: no program, hooks, a layout, a daemon of another user. */
	put_file(&f, "aa/meta/snap.yaml",
		 "name: aa\nversion: 1\nlayout: {/opt/x: {bind: $SNAP/x}}\nassumes: [snapd2.66]\n"
		 "plugs: {net: , port: uart, odd: }\napps:\n  one: {plugs: [port]}\n  two: {}\n"
		 "hooks:\n  configure: {plugs: [port]}\n");
	put_file(&f, "aa/meta/hooks/install", "");
	put_file(&f, "gadget.yaml",
		 "name: gg\nversion: 1\ntype: gadget\nslots: {u1: {interface: uart, path: "
		 "/dev/x}}\n");
	*state = &f;
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	mem_free(&f->a);
	meta_diag_free(&f->d);
	return nftw(f->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
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
		cmocka_unit_test_setup_teardown(only_named, set_up, tear_down),
		cmocka_unit_test_setup_teardown(hooks, set_up, tear_down),
		cmocka_unit_test_setup_teardown(quiet, set_up, tear_down),
		cmocka_unit_test_setup_teardown(all_errors, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
