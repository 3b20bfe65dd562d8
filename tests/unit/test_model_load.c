/* SPDX-License-Identifier: Apache-2.0 */
/* Whole images, written into a temporary folder. */
#include <unistd.h>

#include "fit.h"
#include "mem.h"
#include "model.h"

#define FOLDER_PARTS struct model m;
#include "folder_fixture.h"

static void put_snap(struct fixture *f, const char *name, const char *rest)
{
	put_file(f, mem_printf(&f->a, "snaps/%s/meta/snap.yaml", name),
		 mem_printf(&f->a, "name: %s\nversion: 1\napps:\n  run:\n    command: bin/run\n%s",
			    name, rest));
	put_file(f, mem_printf(&f->a, "snaps/%s/bin/run", name), "#!/bin/sh\n");
}

static int set_up_files(void **state)
{
	struct fixture *f;

	assert_int_equal(set_up_folder(state), 0);
	f = *state;
	put_file(f, "data/gadget/interfaces/net.yaml",
		 "interface: net\nsummary: s\nslots: {offered-by: [system]}\nconnect: auto\n"
		 "variants:\n  - name: v\n    apparmor: |\n      # comment\n\n        one r,\n"
		 "      two r,\n");
	put_file(f, "data/gadget/interfaces/uart.yaml",
		 "interface: uart\nsummary: s\nslots: {offered-by: [gadget]}\nvariants:\n"
		 "  - name: by-node\n    attrs: {path: {type: dev-node}}\n"
		 "  - name: by-id\n    attrs: {id: {type: int, range: [1, 9]}}\n");
	put_file(f, "data/boards/b1/board.yaml",
		 "board: b1\narch: arm64\nconsole: ttyS0\nkernel: vmlinuz\n");
	put_file(f, "data/boards/b1/gadget/meta/gadget.yaml",
		 "volumes:\n  disk:\n    bootloader: u-boot\nconnections:\n"
		 "  - {plug: 'bb:port', slot: 'board:u1'}\n"
		 "  - {plug: 'absent:port', slot: 'board:u2'}\n");
	put_file(f, "data/boards/b1/gadget/meta/snap.yaml",
		 "name: b1\nversion: 1\ntype: gadget\nslots:\n"
		 "  u1: {interface: uart, path: /dev/ttyS1}\n"
		 "  u2: {interface: uart, id: 3, shared: true}\n");
	put_file(f, "base/etc/group", "root:x:0:\n");
	/* No architecture is every architecture. */
	put_snap(f, "aa", "    plugs: [net, port]\nplugs: {port: uart}\narchitectures: []\n");
	put_snap(f, "bb", "    plugs: [net, port]\nplugs: {port: uart}\n");
	return 0;
}

static int load_as(struct fixture *f, struct model_options o, const char *more)
{
	const char *head = "image: demo\nboard: b1\nbase: ./base\n"
			   "snaps: [./snaps/bb, ./snaps/aa, {snap: ./snaps/aa, instance: two}]\n";

	o.data = mem_printf(&f->a, "%s/data", f->dir);
	o.scratch = f->dir;
	put_file(f, "image.yaml", mem_printf(&f->a, "%s%s", head, more));
	return model_load(&f->a, mem_printf(&f->a, "%s/image.yaml", f->dir), &o, &f->m, &f->d);
}

static int load(struct fixture *f, const char *more)
{
	return load_as(f, (struct model_options){ 0 }, more);
}

static const char *connection(struct fixture *f, size_t i)
{
	const struct model_connection *c = &f->m.connections[i];

	return mem_printf(&f->a, "%s:%s %s:%s", c->plug->snap->instance, c->plug->name,
			  c->slot->snap ? c->slot->snap->instance : "system", c->slot->name);
}

static void snaps(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(load(f, ""), 0);
	assert_int_equal(f->m.snap_count, 3);
	assert_string_equal(f->m.snaps[0].instance, "aa");
	assert_string_equal(f->m.snaps[1].instance, "aa_two");
	assert_string_equal(f->m.snaps[1].name, "aa");
	assert_string_equal(f->m.snaps[1].apps[0].label, "snap.aa_two.run");
	assert_string_equal(f->m.snaps[2].instance, "bb");
	for (size_t i = 0; i < 3; i++) {
		assert_ptr_equal(f->m.snaps[i].apps[0].snap, &f->m.snaps[i]);
		assert_ptr_equal(f->m.snaps[i].apps[0].plugs[0]->snap, &f->m.snaps[i]);
		assert_int_equal(f->m.snaps[i].layers, 0x1f);
		assert_int_equal(f->m.snaps[i].uid, 0);
	}
	/* The gadget's connection of a snap that is not there is no error. */
	assert_int_equal(f->d.errors, 0);
	assert_int_equal(f->d.count, 1);
	assert_non_null(strstr(f->d.messages[0].text, "no snap \"absent\" in the image"));
	assert_int_equal(f->m.image.base.count, 2);
	assert_string_equal(f->m.image.base.entries[1].path, "/etc/group");
}

/* Of a checkout where nothing was compiled or fetched yet, the metadata is all there is. */
static void metadata_alone(void **state)
{
	static const struct model_options check = { .checking = true };
	static const struct model_options metadata = { .checking = true, .metadata = true };
	struct fixture *f = *state;

	assert_int_equal(unlink(mem_printf(&f->a, "%s/base/etc/group", f->dir)), 0);
	assert_int_equal(rmdir(mem_printf(&f->a, "%s/base/etc", f->dir)), 0);
	assert_int_equal(rmdir(mem_printf(&f->a, "%s/base", f->dir)), 0);
	assert_int_equal(unlink(mem_printf(&f->a, "%s/snaps/aa/bin/run", f->dir)), 0);
	assert_int_equal(load_as(f, check, ""), -1);
	assert_true(f->d.errors);
	meta_diag_free(&f->d);
	f->d = (struct meta_diag){ 0 };
	assert_int_equal(load_as(f, metadata, ""), 0);
	assert_int_equal(f->d.errors, 0);
	assert_int_equal(f->m.snap_count, 3);
	assert_int_equal(f->m.image.base.count, 0);
	assert_true(f->m.connection_count);
	/* Wrong metadata is refused all the same. */
	assert_int_equal(load_as(f, metadata, "connections: [{plug: 'aa:no', slot: ':net'}]\n"),
			 -1);
	assert_int_equal(load_as(f, metadata, "never: [net]\n"), -1);
	put_snap(f, "bb", "    plugs: net\n");
	assert_int_equal(load_as(f, metadata, ""), -1);
}

static void connections(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(load(f, "connections:\n"
				 "  - {plug: 'aa:port', slot: 'b1:u2'}\n"
				 "  - {plug: 'aa_two:port', slot: 'board:u2'}\n"
				 "  - {plug: 'bb:port', slot: 'board:u1'}\n"
				 "  - plug: bb:net\n"),
			 0);
	/* The gadget's, the image's and the automatic ones, each once. */
	assert_int_equal(f->m.connection_count, 6);
	assert_string_equal(connection(f, 0), "aa:net system:net");
	assert_string_equal(connection(f, 1), "aa:port b1:u2");
	assert_string_equal(connection(f, 2), "aa_two:net system:net");
	assert_string_equal(connection(f, 3), "aa_two:port b1:u2");
	assert_string_equal(connection(f, 4), "bb:net system:net");
	assert_string_equal(connection(f, 5), "bb:port b1:u1");
	/* Where each was asked for. */
	assert_non_null(strstr(f->m.connections[0].loc.file, "net.yaml"));
	assert_non_null(strstr(f->m.connections[1].loc.file, "image.yaml"));
	assert_non_null(strstr(f->m.connections[4].loc.file, "image.yaml"));
	assert_string_equal(f->m.connections[5].loc.file, "boards/b1/gadget/meta/gadget.yaml");
	assert_int_equal(f->m.connections[5].loc.line, 5);
	assert_string_equal(f->m.connections[1].slot->variant->name, "by-id");
	assert_string_equal(f->m.connections[5].slot->variant->name, "by-node");
}

/* A plug that no slot fits is told, with who offers such slots; it is no error. */
static void unoffered(void **state)
{
	struct fixture *f = *state;

	put_file(f, "data/boards/b1/gadget/meta/gadget.yaml",
		 "volumes:\n  disk:\n    bootloader: u-boot\n");
	put_file(f, "data/boards/b1/gadget/meta/snap.yaml", "name: b1\nversion: 1\ntype: gadget\n");
	assert_int_equal(load(f, ""), 0);
	assert_int_equal(f->d.errors, 0);
	assert_int_equal(f->d.count, 3);
	assert_string_equal(f->d.messages[0].text,
			    "cannot connect aa:port: no slot in the image fits it");
	assert_string_equal(
		f->d.messages[0].hint,
		"slots of interface uart are offered by gadgets, in their meta/snap.yaml");
	assert_int_equal(f->d.messages[0].loc.line, 7);
}

/* Real gadgets ask the system for slots of their own. */
static void slot_of_the_gadget(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(load(f, "connections: [{plug: 'aa:port', slot: 'system:u2'}]\n"), -1);
	meta_sort(&f->d);
	assert_string_equal(f->d.messages[0].text,
			    "cannot connect system:u2: system has no slot \"u2\"");
	assert_string_equal(f->d.messages[0].hint, "the gadget has one: board:u2");
}

/* Gadgets name snaps by their ids. */
static void store_ids(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(
		load(f, "store-ids: {AAAAbbbbCCCCddddEEEEffffGGGG0123: aa,\n"
			"            00001111222233334444555566667777: system}\n"
			"connections:\n"
			"  - {plug: 'AAAAbbbbCCCCddddEEEEffffGGGG0123:port', slot: 'b1:u2'}\n"
			"  - {plug: 'bb:net', slot: '00001111222233334444555566667777:net'}\n"),
		0);
	assert_int_equal(f->m.connection_count, 5);
	assert_string_equal(connection(f, 1), "aa:port b1:u2");
	assert_string_equal(connection(f, 3), "bb:net system:net");
	assert_non_null(strstr(f->m.connections[3].loc.file, "image.yaml"));
}

/*
 * N-66: what a snap was made for, against what the image says: devmode in a development image only,
 * and jailmode confines anything. "-" is a build that is refused; else mode and layers.
 */
static void modes(void **state)
{
	static const struct {
		const char *made, *mode, *expected; /* in a shipped image, then in development */
		const char *developing;
	} rows[] = {
		{ "strict", "", "strict 1f", "strict 1f" },
		{ "strict", "strict", "strict 1f", "strict 1f" },
		{ "strict", "jailmode", "strict 1f", "strict 1f" },
		{ "strict", "devmode", "-", "devmode 1b" },
		{ "devmode", "", "-", "devmode 1b" },
		{ "devmode", "strict", "-", "-" },
		{ "devmode", "jailmode", "strict 1f", "strict 1f" },
		{ "devmode", "devmode", "-", "devmode 1b" },
		{ "devmode", "devmode, layers: [devices, apparmor]", "-", "devmode 5" },
	};
	static const char *const words[] = {
		[MODEL_STRICT] = "strict", [MODEL_DEVMODE] = "devmode"
	};

	for (size_t i = 0; i < 2 * ARRAY_SIZE(rows); i++) {
		const char *mode = rows[i / 2].mode;
		const char *want = i % 2 ? rows[i / 2].developing : rows[i / 2].expected;
		struct model_options o = { 0 };
		const char *got = "-";
		struct fixture *f;

		if (i)
			assert_int_equal(tear_down_folder(state), 0);
		assert_int_equal(set_up_files(state), 0);
		f = *state;
		o.data = mem_printf(&f->a, "%s/data", f->dir);
		put_snap(f, "app", mem_printf(&f->a, "confinement: %s\n", rows[i / 2].made));
		put_file(f, "image.yaml",
			 mem_printf(&f->a,
				    "image: demo\nboard: b1\nbase: ./base\ndevelopment: %s\n"
				    "snaps: [{snap: ./snaps/app%s%s}]\n",
				    i % 2 ? "true" : "false", *mode ? ", mode: " : "", mode));
		if (!model_load(&f->a, mem_printf(&f->a, "%s/image.yaml", f->dir), &o, &f->m,
				&f->d))
			got = mem_printf(&f->a, "%s %x", words[f->m.snaps[0].confinement],
					 f->m.snaps[0].layers);
		assert_string_equal(got, want);
	}
}

static void users(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(load(f, "run-as: {bb: auto, aa_two: 60000, aa: auto}\n"), 0);
	/* In the order of names, around the number that is written. */
	assert_int_equal(f->m.snaps[0].uid, 60001);
	assert_int_equal(f->m.snaps[1].uid, 60000);
	assert_int_equal(f->m.snaps[2].uid, 60002);
	assert_int_equal(f->m.snaps[2].gid, 60002);
}

static void lines_keep_their_places(void **state)
{
	struct fixture *f = *state;
	const struct model_lines *lines;

	assert_int_equal(load(f, ""), 0);
	assert_string_equal(f->m.ifaces[0].name, "net");
	lines = &f->m.ifaces[0].variants[0].group.apparmor;
	assert_int_equal(lines->count, 2);
	assert_string_equal(lines->items[0].text, "one r,");
	assert_int_equal(lines->items[0].loc.line, 10);
	assert_int_equal(lines->items[0].loc.col, 9);
	assert_string_equal(lines->items[1].text, "two r,");
	assert_int_equal(lines->items[1].loc.line, 11);
	assert_int_equal(lines->items[1].loc.col, 7);
	assert_string_equal(lines->items[1].loc.file, "gadget/interfaces/net.yaml");
	assert_int_equal(f->m.system_slot_count, 1);
	assert_ptr_equal(f->m.system_slots[0].variant, &f->m.ifaces[0].variants[0]);
}

static void image_keys(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(load(f, "development: true\n"
				 "accept-unmediated: [unix, dbus]\n"
				 "sysctl: {vm.swappiness: 10, kernel.panic: '5'}\n"),
			 0);
	assert_true(f->m.image.development);
	assert_int_equal(f->m.image.accept_count, 2);
	assert_string_equal(f->m.image.accept_unmediated[0], "dbus");
	assert_int_equal(f->m.image.sysctl_count, 2);
	assert_string_equal(f->m.image.sysctls[0], "kernel.panic=5");
	assert_string_equal(f->m.image.sysctls[1], "vm.swappiness=10");
}

/* Thousands of plugs and slots: room for the slots once, not for each pair. */
static void room_for_slots(void **state)
{
	struct fixture *f = *state;
	struct reader r = { .a = &f->a, .d = &f->d };
	struct fit_slots found = { 0 };
	const struct model_end **first;

	assert_int_equal(load(f, ""), 0);
	for (size_t i = 0; i < f->m.snaps[0].plug_count; i++) {
		first = found.items;
		model_fit_find(&r, &f->m, &f->m.snaps[0].plugs[i], &found);
		assert_true(found.count > 0);
		assert_ptr_equal(found.items, first ? first : found.items);
	}
	assert_non_null(first);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(snaps, set_up_files, tear_down_folder),
		cmocka_unit_test_setup_teardown(metadata_alone, set_up_files, tear_down_folder),
		cmocka_unit_test_setup_teardown(connections, set_up_files, tear_down_folder),
		cmocka_unit_test_setup_teardown(store_ids, set_up_files, tear_down_folder),
		cmocka_unit_test_setup_teardown(modes, NULL, tear_down_folder),
		cmocka_unit_test_setup_teardown(users, set_up_files, tear_down_folder),
		cmocka_unit_test_setup_teardown(unoffered, set_up_files, tear_down_folder),
		cmocka_unit_test_setup_teardown(slot_of_the_gadget, set_up_files, tear_down_folder),
		cmocka_unit_test_setup_teardown(lines_keep_their_places, set_up_files,
						tear_down_folder),
		cmocka_unit_test_setup_teardown(image_keys, set_up_files, tear_down_folder),
		cmocka_unit_test_setup_teardown(room_for_slots, set_up_files, tear_down_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
