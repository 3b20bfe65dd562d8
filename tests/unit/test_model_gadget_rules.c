/* SPDX-License-Identifier: Apache-2.0 */

#include "volume.h"

#define FIXTURE_PARTS struct model_gadget g;
#include "yaml_fixture.h"

#define MIB (UINT64_C(1) << 20)

#define VOLUME "volumes:\n  pc:\n    bootloader: grub\n    structure:\n"
#define GUID   "0FC63DAF-8483-4772-8E79-3D69D8477DE4"

static int read_gadget(struct fixture *f, const char *text, enum model_kind kind)
{
	struct reader r = { .a = &f->a, .d = &f->d };

	return model_gadget_read(&r, yaml(f, "gadget.yaml", text), kind, &f->g);
}

/* Behind a structure whose size is not fixed there is no fixed offset, but an order. */
static void floating(void **state)
{
	struct fixture *f = *state;
	const struct model_structure *s;

	assert_int_equal(read_gadget(f,
				     VOLUME
				     "      - {name: a, type: bare, size: 4M, min-size: 1M}\n"
				     "      - {name: b, type: bare, size: 1M}\n"
				     "      - {name: c, type: bare, offset: 64M, size: 1M}\n"
				     "      - {name: d, type: bare, size: 1M}\n",
				     MODEL_KIND_NONE),
			 0);
	s = f->g.volumes[0].structures;
	assert_false(s[0].floating);
	assert_true(s[1].floating);
	assert_int_equal(s[1].least_offset, 2 * MIB);
	assert_int_equal(s[1].offset, 5 * MIB);
	assert_false(s[2].floating);
	assert_false(s[3].floating);
	assert_int_equal(s[3].offset, 65 * MIB);
}

/* Written in another order than they lie. */
static void sorted(void **state)
{
	struct fixture *f = *state;
	const struct model_structure *s;

	assert_int_equal(read_gadget(f,
				     VOLUME
				     "      - {name: late, type: bare, offset: 8M, size: 1M}\n"
				     "      - {name: early, type: bare, offset: 2M, size: 1M}\n",
				     MODEL_KIND_NONE),
			 0);
	s = f->g.volumes[0].structures;
	assert_string_equal(s[0].name, "early");
	assert_int_equal(s[0].index, 1);
	assert_int_equal(s[1].index, 0);
}

static void labels(void **state)
{
	static const struct {
		enum model_kind kind;
		const char *data;
	} rows[] = {
		{ MODEL_KIND_NONE, NULL },
		{ MODEL_KIND_UC16_18, "writable" },
		{ MODEL_KIND_CLASSIC, "writable" },
		{ MODEL_KIND_CLASSIC_WITH_MODES, "ubuntu-data" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *label;

		assert_int_equal(read_gadget(f,
					     VOLUME "      - {role: system-data, type: " GUID
						    ", size: 1M}\n"
						    "      - {role: system-boot, type: " GUID
						    ", size: 1M}\n",
					     rows[i].kind),
				 0);
		label = f->g.volumes[0].structures[0].label;
		if (rows[i].data)
			assert_string_equal(label, rows[i].data);
		else
			assert_null(label);
	}
	assert_int_equal(read_gadget(f,
				     VOLUME
				     "      - {role: system-data, type: " GUID ", size: 1M}\n"
				     "      - {role: system-seed, type: " GUID ", size: 1M}\n",
				     MODEL_KIND_UC20PLUS),
			 0);
	assert_string_equal(f->g.volumes[0].structures[1].label, "ubuntu-seed");
}

/* The same gadget: what one kind of model needs, another has no place for. */
static void kinds(void **state)
{
	static const char seed[] = VOLUME "      - {role: system-seed, type: " GUID ", size: 1M}\n"
					  "      - {role: system-data, type: " GUID ", size: 1M}\n";
	static const int verdicts[] = {
		[MODEL_KIND_NONE] = 0,
		[MODEL_KIND_UC16_18] = -1,
		[MODEL_KIND_UC20PLUS] = 0,
		[MODEL_KIND_CLASSIC] = -1,
		[MODEL_KIND_CLASSIC_WITH_MODES] = -1,
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(verdicts); i++)
		assert_int_equal(read_gadget(f, seed, (enum model_kind)i), verdicts[i]);
}

/* Without modes the label alone is the role; a second one is too many. */
static void label_is_role(void **state)
{
	static const char text[] =
		VOLUME "      - {type: " GUID ", size: 1M, filesystem-label: system-boot}\n"
		       "      - {type: " GUID ", size: 1M, role: system-boot}\n";
	struct fixture *f = *state;

	assert_int_equal(read_gadget(f, text, MODEL_KIND_NONE), 0);
	assert_int_equal(f->g.volumes[0].structures[0].role, MODEL_ROLE_NONE);
	assert_int_equal(read_gadget(f, text, MODEL_KIND_UC16_18), -1);
	assert_string_equal(f->d.messages[0].text,
			    "cannot use role system-boot: the structure in line 5 has it");
}

/* FAT knows no case, ext4 does. */
static void label_case(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(read_gadget(f,
				     VOLUME "      - {type: " GUID
					    ", size: 1M, filesystem: ext4, filesystem-label: A}\n"
					    "      - {type: " GUID
					    ", size: 1M, filesystem: ext4, filesystem-label: a}\n",
				     MODEL_KIND_NONE),
			 0);
	assert_int_equal(read_gadget(f,
				     VOLUME "      - {type: " GUID
					    ", size: 1M, filesystem: vfat, filesystem-label: A}\n"
					    "      - {type: " GUID
					    ", size: 1M, filesystem: ext4, filesystem-label: a}\n",
				     MODEL_KIND_NONE),
			 -1);
}

/* Every error of a structure, not its first alone. */
static void all_errors(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(read_gadget(f,
				     VOLUME
				     "      - {type: x, size: 1K, role: y, filesystem: z,\n"
				     "         id: 1, offset-write: +, update: {edition: -1}}\n"
				     "      - {type: bare}\n",
				     MODEL_KIND_NONE),
			 -1);
	assert_int_equal(f->d.errors, 8);
}

/* Nor do errors of the volume hide those of its structures, and none follows from another. */
static void errors_below_errors(void **state)
{
	static const char *const expected[] = {
		"4:13: cannot use schema \"gpx\": expected one of gpt, mbr, emmc",
		"5:15: cannot use partial \"sizes\": expected one of size, filesystem, schema, "
		"structure",
		"5:22: cannot use partial \"x\": expected one of size, filesystem, schema, "
		"structure",
		"7:35: cannot use size \"1K\": expected a number of bytes, or one with suffix M or "
		"G",
		"8:44: cannot use filesystem \"fat\": expected one of none, ext4, vfat, vfat-16, "
		"vfat-32, "
		"squashfs",
	};
	struct fixture *f = *state;

	assert_int_equal(
		read_gadget(
			f,
			"volumes:\n"
			"  pc:\n"
			"    bootloader: grub\n"
			"    schema: gpx\n"
			"    partial: [sizes, x]\n"
			"    structure:\n"
			"      - {type: 0C, name: a, size: 1K}\n"
			"      - {type: bare, size: 1M, filesystem: fat,\n"
			"         content: [{source: a, target: b}], update: {preserve: [b]}}\n",
			MODEL_KIND_NONE),
		-1);
	expect_messages(f, expected, ARRAY_SIZE(expected));
}

/* The reference reads the edition's text. */
static void editions(void **state)
{
	static const struct {
		const char *text;
		int status;
	} rows[] = { { "7", 0 },    { "'7'", 0 }, { "4294967295", 0 }, { "4294967296", -1 },
		     { "0x7", -1 }, { "''", -1 }, { "-1", -1 },	       { "[7]", -1 } };
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *text = mem_printf(&f->a,
					      VOLUME "      - {type: bare, size: 1M, update: "
						     "{edition: %s}}\n",
					      rows[i].text);

		assert_int_equal(read_gadget(f, text, MODEL_KIND_NONE), rows[i].status);
		if (rows[i].status == 0)
			assert_int_equal(f->g.volumes[0].structures[0].edition,
					 i < 2 ? 7 : UINT32_MAX);
	}
}

static void size_hints(void **state)
{
	static const struct {
		const char *size, *hint;
	} rows[] = {
		{ "512K", "write 524288" },
		{ "1.5G", "write 1536M" },
		{ "64MB", "write 64M" },
		{ "1024m", "write 1G" },
		{ "2 M", NULL },
		{ "0.3G", NULL },
		{ "1T", "write 1024G" },
		{ "9999999999G", NULL },
		{ "x", NULL },
		{ "1.5K", "write 1536" },
		{ "2KiB", "write 2048" },
		{ "999999999T", NULL },
		{ "1.", NULL },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *hint;

		assert_int_equal(
			read_gadget(f,
				    mem_printf(&f->a, VOLUME "      - {type: bare, size: %s}\n",
					       rows[i].size),
				    MODEL_KIND_NONE),
			-1);
		hint = f->d.messages[f->d.count - 1].hint;
		assert_true(!hint == !rows[i].hint);
		if (hint)
			assert_string_equal(hint, rows[i].hint);
	}
}

static void cmdline(void **state)
{
	struct fixture *f = *state;
	const struct model_kernel_arg *append;

	assert_int_equal(read_gadget(f,
				     "kernel-cmdline:\n"
				     "  allow: [a=*, 'b=\"x*\"', c]\n"
				     "  append: [quiet, k=v, 'n=\"a b\"', '\"p q\"', m=a=b]\n"
				     "  remove: [r=1]\n",
				     MODEL_KIND_NONE),
			 0);
	assert_int_equal(f->g.allow.count, 3);
	assert_string_equal(f->g.allow.items[0].value, "*");
	assert_int_equal(f->g.remove.count, 1);
	append = f->g.append.items;
	assert_int_equal(f->g.append.count, 5);
	assert_string_equal(append[0].param, "quiet");
	assert_string_equal(append[0].value, "");
	assert_string_equal(append[1].value, "v");
	assert_false(append[1].quoted);
	assert_string_equal(append[2].value, "a b");
	assert_true(append[2].quoted);
	assert_string_equal(append[3].param, "p q");
	assert_string_equal(append[4].value, "a=b");
}

static void assignments(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(
		read_gadget(
			f,
			"volumes: {pc: {bootloader: grub}, sd: {}}\n"
			"volume-assignments:\n"
			"  - assignment-name: one\n"
			"    assignment:\n"
			"      sd: {device: /dev/disk/by-path/x}\n"
			"      pc: {device: /dev/disk/by-id/y}\n"
			"defaults: {system: {a: {b: 1}}, abcdefghijklmnopqrstuvwxyz012345: {}}\n",
			MODEL_KIND_NONE),
		0);
	assert_int_equal(f->g.assignment_count, 1);
	assert_string_equal(f->g.assignments[0].disks[0].volume, "pc");
	assert_int_equal(f->g.default_count, 2);
}

/* Keys that mean nothing where they are: the reference passes over them without a word. */
static void misplaced(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(read_gadget(f,
				     "volumes:\n"
				     "  pc:\n"
				     "    bootloader: grub\n"
				     "    defaults: {system: {}}\n"
				     "slots: {x: i2c}\n",
				     MODEL_KIND_NONE),
			 0);
	assert_int_equal(f->d.count, 2);
	meta_sort(&f->d);
	assert_string_equal(f->d.messages[0].text, "cannot use defaults: not a key here");
	assert_string_equal(f->d.messages[0].hint, "it is a key of its own: indent it as volumes");
	assert_string_equal(f->d.messages[1].hint, "slots of a gadget are in its meta/snap.yaml");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(floating, set_up, tear_down),
		cmocka_unit_test_setup_teardown(sorted, set_up, tear_down),
		cmocka_unit_test_setup_teardown(labels, set_up, tear_down),
		cmocka_unit_test_setup_teardown(kinds, set_up, tear_down),
		cmocka_unit_test_setup_teardown(label_is_role, set_up, tear_down),
		cmocka_unit_test_setup_teardown(label_case, set_up, tear_down),
		cmocka_unit_test_setup_teardown(all_errors, set_up, tear_down),
		cmocka_unit_test_setup_teardown(errors_below_errors, set_up, tear_down),
		cmocka_unit_test_setup_teardown(editions, set_up, tear_down),
		cmocka_unit_test_setup_teardown(size_hints, set_up, tear_down),
		cmocka_unit_test_setup_teardown(cmdline, set_up, tear_down),
		cmocka_unit_test_setup_teardown(assignments, set_up, tear_down),
		cmocka_unit_test_setup_teardown(misplaced, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
