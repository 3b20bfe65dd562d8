/* SPDX-License-Identifier: Apache-2.0 */

#include "model.h"
#include "size.h"
#include "str.h"

#define FIXTURE_PARTS struct model_gadget g;
#include "yaml_fixture.h"

#define MIB (UINT64_C(1) << 20)

static int read_gadget(struct fixture *f, const char *text)
{
	return model_read_gadget(&f->a, yaml(f, "gadget.yaml", text), &f->g, &f->d);
}

/* A structure without an offset follows the one before; the first follows the first MiB. */
static void layout(void **state)
{
	struct fixture *f = *state;
	const struct model_structure *s;

	assert_int_equal(
		read_gadget(f,
			    "volumes:\n"
			    "  pc:\n"
			    "    schema: mbr\n"
			    "    bootloader: u-boot\n"
			    "    structure:\n"
			    "      - {name: mbr, type: mbr, size: 440}\n"
			    "      - {name: boot, type: 0C, role: system-boot, filesystem: vfat,\n"
			    "         size: 64M}\n"
			    "      - {name: spl, type: bare, offset: 8192, size: 512,\n"
			    "         offset-write: mbr+92}\n"
			    "      - {name: data, type: '83', offset: 128M, size: 1G,\n"
			    "         min-size: 1M}\n"),
		0);
	assert_int_equal(f->g.volume_count, 1);
	assert_int_equal(f->g.volumes[0].structure_count, 4);
	s = f->g.volumes[0].structures;
	assert_string_equal(s[0].name, "mbr");
	assert_int_equal(s[0].role, MODEL_ROLE_MBR);
	assert_int_equal(s[0].offset, 0);
	assert_string_equal(s[1].name, "spl");
	assert_int_equal(s[1].offset, 8192);
	assert_true(s[1].has_offset_write);
	assert_string_equal(s[1].offset_write_to, "mbr");
	assert_int_equal(s[1].offset_write, 92);
	assert_string_equal(s[2].name, "boot");
	assert_int_equal(s[2].offset, MIB);
	assert_int_equal(s[2].min_size, 64 * MIB);
	assert_int_equal(s[3].offset, 128 * MIB);
	assert_int_equal(s[3].size, 1024 * MIB);
	assert_int_equal(s[3].min_size, MIB);
	assert_int_equal(f->d.count, 0);
}

static void label_gives_role(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(read_gadget(f, "volumes:\n"
					"  pc:\n"
					"    schema: mbr\n"
					"    bootloader: u-boot\n"
					"    structure:\n"
					"      - {type: 0C, filesystem: vfat, size: 64M,\n"
					"         filesystem-label: system-boot}\n"),
			 0);
	assert_int_equal(f->g.volumes[0].structures[0].role, MODEL_ROLE_SYSTEM_BOOT);
}

static void table_warns(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(read_gadget(f,
				     "volumes:\n"
				     "  pc:\n"
				     "    bootloader: u-boot\n"
				     "    structure:\n"
				     "      - {name: spl, type: bare, offset: 8192, size: 1M}\n"),
			 0);
	assert_int_equal(f->d.count, 1);
	assert_int_equal(f->d.errors, 0);
	assert_string_equal(f->d.messages[0].text,
			    "cannot keep structure \"spl\" off the partition table: it lies within "
			    "the first 34 sectors");
}

static void unknown_key_warns(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(read_gadget(f, "volumes:\n"
					"  pc:\n"
					"    bootloader: u-boot\n"
					"    structure:\n"
					"      - {type: bare, fileystem: none, size: 1M}\n"),
			 0);
	assert_int_equal(f->d.count, 1);
	assert_string_equal(f->d.messages[0].hint, "did you mean \"filesystem\"?");
}

/* Keys of the root at each wrong place, and those of snap.yaml: told, with the place to put them.
 */
static void misplaced_keys(void **state)
{
	static const char *const lines[] = {
		"5:51: defaults",   "5:69: slots",   "6:5: kernel-cmdline",
		"7:3: connections", "8:3: defaults", "9:1: plugs",
	};
	struct fixture *f = *state;

	assert_int_equal(
		read_gadget(f,
			    "volumes:\n"
			    "  pc:\n"
			    "    bootloader: u-boot\n"
			    "    structure:\n"
			    "      - {type: bare, offset: 1M, offset-write: 0, defaults: {a: b}, "
			    "slots: , size: 1M}\n"
			    "    kernel-cmdline: {append: [a]}\n"
			    "  connections: {}\n"
			    "  defaults: {system: {a: b}}\n"
			    "plugs:\n"),
		0);
	assert_int_equal(f->d.count, ARRAY_SIZE(lines));
	meta_sort(&f->d);
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		const struct meta_message *m = &f->d.messages[i];
		const char *key = strrchr(lines[i], ' ') + 1;

		assert_string_equal(mem_printf(&f->a, "%u:%u: %s", m->loc.line, m->loc.col, key),
				    lines[i]);
		assert_string_equal(m->text,
				    mem_printf(&f->a, "cannot use %s: not a key here", key));
		assert_non_null(strstr(m->hint, strcmp(key, "slots") && strcmp(key, "plugs")
							? "indent it as volumes"
							: "meta/snap.yaml"));
	}
	meta_diag_free(&f->d);
	assert_int_equal(read_gadget(f, "volumes:\n  connections: [{plug: a:b}]\n"), -1);
	assert_int_equal(f->d.errors, 1);
	assert_string_equal(f->d.messages[0].hint, "it is a key of its own: indent it as volumes");
}

/* Many structures, each of the largest size: the sum must be refused before it overflows. */
static void sum_overflows(void **state)
{
	struct fixture *f = *state;
	const char *text = "volumes:\n  pc:\n    bootloader: u-boot\n    structure:\n";

	for (unsigned i = 0; i < 40; i++)
		text = mem_printf(&f->a, "%s      - {type: bare, size: 1073741824G}\n", text);
	assert_int_equal(read_gadget(f, text), -1);
	assert_int_equal(f->d.errors, 1);
	assert_string_equal(f->d.messages[0].text,
			    "cannot place structure \"bare\": the volume is too large");
}

static void sizes(void **state)
{
	static const struct {
		const char *text;
		uint64_t bytes;
	} good[] = {
		{ "0", 0 },
		{ "446", 446 },
		{ "1M", MIB },
		{ "2G", 2048 * MIB },
		{ "1152921504606846976", SIZE_MOST },
		{ "1073741824G", SIZE_MOST },
	};
	static const char *const bad[] = {
		"",
		"M",
		"1K",
		"1m",
		"1 M",
		"-1",
		"+1",
		"01",
		"0x10",
		"1.5M",
		"1MM",
		"1T",
		"1152921504606846977",
		"1073741825G",
		"17179869185G",
		"99999999999999999999999M",
	};
	uint64_t bytes;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(model_size_parse(good[i].text, &bytes), 0);
		assert_int_equal(bytes, good[i].bytes);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(model_size_parse(bad[i], &bytes), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(layout, set_up, tear_down),
		cmocka_unit_test_setup_teardown(label_gives_role, set_up, tear_down),
		cmocka_unit_test_setup_teardown(table_warns, set_up, tear_down),
		cmocka_unit_test_setup_teardown(unknown_key_warns, set_up, tear_down),
		cmocka_unit_test_setup_teardown(misplaced_keys, set_up, tear_down),
		cmocka_unit_test_setup_teardown(sum_overflows, set_up, tear_down),
		cmocka_unit_test(sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
