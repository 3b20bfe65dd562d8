/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "build.h"
#include "cleanup.h"
#include "mem.h"
#include "plan_damage.h"

#define READ  PLAN_ACCESS_READ
#define WRITE PLAN_ACCESS_WRITE

static struct build_plan start(void)
{
	struct build_plan p = { 0 };

	build_plan_start(&p);
	return p;
}

static void refuses(struct build_plan p, const char *expected)
{
	plan_refused(&p, expected);
}

static void accepts(struct build_plan p)
{
	struct plan plan;

	free(plan_accepted(&p, &plan));
}

static struct build_plan with_mount(struct plan_mount m, const char *source, const char *target)
{
	struct build_plan p = start();

	m.source = build_text(&p.b, source);
	m.target = build_text(&p.b, target);
	build_plan_row(&p, PLAN_TABLE_MOUNTS, &m);
	return p;
}

static struct build_plan with_slot(const char *tag, uint32_t access)
{
	struct build_plan p = start();
	struct plan_slot s = { build_text(&p.b, tag), access, 1, 0 };

	build_plan_row(&p, PLAN_TABLE_SLOTS, &s);
	return p;
}

static struct build_plan with_row(enum plan_table t, const void *row)
{
	struct build_plan p = start();

	build_plan_row(&p, t, row);
	return p;
}

static struct build_plan with_text(enum plan_table t, const char *text)
{
	struct build_plan p = start();

	build_plan_text(&p, t, text);
	return p;
}

/* A plan that uses everything. */
static struct build_plan rich(void)
{
	static const struct plan_rlimit rlimits[] = { { 7, 0, 64, 1024 }, { 4, 0, 0, UINT64_MAX } };
	static const struct plan_device devices[] = {
		{ PLAN_DEVICE_CHAR, 1, 3, READ | WRITE },
		{ PLAN_DEVICE_CHAR, 136, PLAN_MINOR_ANY, READ | WRITE },
		{ PLAN_DEVICE_BLOCK, 4095, 0xfffff, READ },
	};
	struct build_plan p = with_slot("snap_demo_dapp_sgpio", READ);
	const struct plan_mount mounts[] = {
		{ PLAN_MOUNT_DIR, 0, 0, build_text(&p.b, "snap"), 01777, 0 },
		{ PLAN_MOUNT_FILE, 0, 0, build_text(&p.b, "dev/ptmx"), 0, 0 },
		{ PLAN_MOUNT_SYMLINK, 0, build_text(&p.b, "../pts/ptmx"), build_text(&p.b, "dev/x"),
		  0, 0 },
		{ PLAN_MOUNT_BIND, PLAN_MOUNT_READONLY | PLAN_MOUNT_NOSUID,
		  build_text(&p.b, "/usr"), build_text(&p.b, "usr"), 0, 0 },
		{ PLAN_MOUNT_TMPFS, 0x1f, 0, build_text(&p.b, "tmp"), 01777, 64 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(mounts); i++)
		build_plan_row(&p, PLAN_TABLE_MOUNTS, &mounts[i]);
	for (size_t i = 0; i < ARRAY_SIZE(devices); i++)
		build_plan_row(&p, PLAN_TABLE_DEVICES, &devices[i]);
	for (size_t i = 0; i < ARRAY_SIZE(rlimits); i++)
		build_plan_row(&p, PLAN_TABLE_RLIMITS, &rlimits[i]);
	build_plan_row(&p, PLAN_TABLE_GROUPS, &(uint32_t){ 20 });
	build_plan_text(&p, PLAN_TABLE_ARGV, "");
	build_plan_text(&p, PLAN_TABLE_ENV, "PATH=/usr/bin:/bin");
	build_plan_text(&p, PLAN_TABLE_ENV, "_=");
	p.header.caps = 1ull << 40 | 1;
	p.header.ambient = 1;
	p.header.pass = PLAN_PASS_ALL;
	p.header.passed_fds = 256;
	p.header.nice = -20;
	return p;
}

static void test_accepts(void **state)
{
	struct build_plan p = rich();
	CLEANUP_FREE void *bytes = NULL;
	struct plan plan;

	(void)state;
	accepts(start());
	bytes = plan_accepted(&p, &plan);
	assert_string_equal(plan_text(&plan, plan.header->label), "snap.demo.app");
	assert_string_equal(plan_text(&plan, plan.argv[0]), "/snap/demo/x1/bin/app");
	assert_string_equal(plan_text(&plan, plan.env[1]), "_=");
	assert_string_equal(plan_text(&plan, plan.mounts[4].target), "tmp");
	assert_string_equal(plan_text(&plan, plan.slots[0].tag), "snap_demo_dapp_sgpio");
	assert_int_equal(plan.devices[2].major, 4095);
	assert_int_equal(plan.rlimits[0].hard, 1024);
	assert_int_equal(plan.groups[0], 20);
	assert_int_equal(plan_count(&plan, PLAN_TABLE_MOUNTS), 5);
	assert_int_equal(plan_count(&plan, PLAN_TABLE_ARGV), 2);
}

static void test_names_of_bits(void **state)
{
	(void)state;
	assert_int_equal(PLAN_LAYERS_ALL, (1u << PLAN_LAYERS) - 1);
	assert_string_equal(plan_layer_names[__builtin_ctz(PLAN_LAYER_APPARMOR)], "apparmor");
	assert_string_equal(plan_layer_names[__builtin_ctz(PLAN_LAYER_SECCOMP)], "seccomp");
	assert_string_equal(plan_layer_names[__builtin_ctz(PLAN_LAYER_DEVICES)], "devices");
	assert_string_equal(plan_layer_names[__builtin_ctz(PLAN_LAYER_CAPABILITIES)],
			    "capabilities");
	assert_string_equal(plan_layer_names[__builtin_ctz(PLAN_LAYER_NAMESPACES)], "namespaces");
}

/* The header's numbers, each set to something wrong. */
static void test_header_numbers(void **state)
{
	static const struct {
		size_t offset, size;
		uint64_t value;
		const char *expected;
	} cases[] = {
#define CASE(field, value, expected)                                                               \
	{ offsetof(struct plan_header, field), sizeof(((struct plan_header *)NULL)->field), value, \
	  "cannot use plan: field " expected }
		CASE(version, 1, "version: 1, expected 5"),
		CASE(magic, 0, "magic: this is no plan"),
		CASE(flags, 4, "flags: devmode, a production plan enforces"),
		CASE(flags, 64, "flags: 64, expected 0 to 63"),
		CASE(layers, 0x3f, "layers: 63, expected 0 to 31"),
		CASE(layers, 0x1e, "layers: 0x1e, a production plan has all (0x1f)"),
		CASE(layers, 0xf, "layers: 0xf, a production plan has all (0x1f)"),
		CASE(uid, UINT32_MAX, "uid: 4294967295, expected 0 to 4294967294"),
		CASE(gid, UINT32_MAX, "gid: 4294967295, expected 0 to 4294967294"),
		CASE(umask_bits, 01000, "umask_bits: 512, expected 0 to 511"),
		CASE(nice, (uint32_t)-21, "nice: -21, expected -20 to 19"),
		CASE(nice, 20, "nice: 20, expected -20 to 19"),
		CASE(pass, 0x10, "pass: 16, expected 0 to 15"),
		CASE(passed_fds, 1, "passed_fds: expected 0 unless LISTEN_FDS passes"),
		CASE(caps, 1ull << 41, "caps: 0x20000000000, known are capabilities 0 to 40"),
		CASE(ambient, 2, "ambient: 0x2 is not within caps 0x0"),
		CASE(label, 1000, "label: 1000 is not the start of a string"),
		CASE(label, 2, "label: 2 is not the start of a string"),
		CASE(label, 0, "label: expected snap.NAME.APP"),
		CASE(snap, 0, "snap: expected the name of a snap"),
		CASE(filter, 0, "filter: expected a file name"),
		CASE(cwd, 0, "cwd: expected a clean absolute path"),
#undef CASE
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		CLEANUP_FREE uint8_t *bytes = NULL;
		struct build_plan p = start();
		struct err e = { 0 };
		struct plan plan;
		size_t size;

		bytes = build_plan_end(&p, &size);
		memcpy(bytes + cases[i].offset, &cases[i].value, cases[i].size);
		assert_int_equal(plan_read(bytes, size, &plan, &e), -1);
		assert_string_equal(e.text, cases[i].expected);
	}
}

static void test_header_agreement(void **state)
{
	struct build_plan p = start();

	(void)state;
	p.header.uid = 0;
	p.header.caps = p.header.ambient = 1;
	refuses(p, "cannot use plan: field ambient: 0x1, expected 0 for uid 0");
	p = start();
	p.header.snap = build_text(&p.b, "other");
	refuses(p, "cannot use plan: field snap: is not the snap of the label");
	p = start();
	p.header.pass = PLAN_PASS_LISTEN_FDS;
	p.header.passed_fds = 257;
	refuses(p, "cannot use plan: field passed_fds: 257, expected 0 to 256");
	p = start();
	p.header.filter = build_text(&p.b, "../x");
	refuses(p, "cannot use plan: field filter: expected a file name");
	p = start();
	p.header.filter = build_text(&p.b, "a/b");
	refuses(p, "cannot use plan: field filter: expected a file name");
	p = start();
	p.header.flags = PLAN_FLAG_DEVELOPMENT;
	p.header.layers = 0;
	refuses(p, "cannot use plan: field filter: expected no text");
	p = start();
	p.header.flags = PLAN_FLAG_DEVELOPMENT;
	p.header.layers = 0;
	p.header.filter = 0;
	p.header.filter_digest[31] = 1;
	refuses(p,
		"cannot use plan: field filter_digest: expected zeros without the seccomp layer");
	p = start();
	p.header.flags = PLAN_FLAG_DEVELOPMENT | PLAN_FLAG_COMPLAIN;
	p.header.layers = 0;
	p.header.filter = 0;
	accepts(p);
}

static void test_argv_env(void **state)
{
	struct build_plan p = { 0 };

	(void)state;
	build_plan_start(&p);
	str_free(&p.b.tables[PLAN_TABLE_ARGV]);
	refuses(p, "cannot use plan: field argv: expected a program");
	p = (struct build_plan){ 0 };
	build_plan_start(&p);
	str_free(&p.b.tables[PLAN_TABLE_ARGV]);
	build_plan_text(&p, PLAN_TABLE_ARGV, "bin/app");
	refuses(p, "cannot use plan: field argv[0].text: expected a clean absolute path");
	refuses(with_row(PLAN_TABLE_ARGV, &(uint32_t){ 9999 }),
		"cannot use plan: field argv[1].text: 9999 is not the start of a string");
	for (size_t i = 0; i < 5; i++) {
		static const char *const bad[] = { "NAME", "=x", "1A=x", "A-B=x", "" };

		refuses(with_text(PLAN_TABLE_ENV, bad[i]),
			"cannot use plan: field env[0].text: expected NAME=value, NAME of "
			"[A-Za-z_][A-Za-z0-9_]*");
	}
	p = with_text(PLAN_TABLE_ENV, "A=1");
	build_plan_text(&p, PLAN_TABLE_ENV, "AB=1");
	build_plan_text(&p, PLAN_TABLE_ENV, "A=2");
	refuses(p, "cannot use plan: field env[2]: same as env[0]");
	refuses(with_row(PLAN_TABLE_ENV, &(uint32_t){ UINT32_MAX }),
		"cannot use plan: field env[0].text: 4294967295 is not the start of a string");
}

static void test_mounts(void **state)
{
	static const struct plan_mount unknown[] = { { 0 }, { 6, 0, 0, 0, 0, 0 } };
	static const struct plan_mount dir = { .op = PLAN_MOUNT_DIR };
	static const struct plan_mount bind = { .op = PLAN_MOUNT_BIND };
	static const struct plan_mount link = { .op = PLAN_MOUNT_SYMLINK };

	(void)state;
	refuses(with_mount(unknown[0], "", "a"),
		"cannot use plan: field mounts[0].op: 0, expected 1 to 5");
	refuses(with_mount(unknown[1], "", "a"),
		"cannot use plan: field mounts[0].op: 6, expected 1 to 5");
	for (size_t i = 0; i < 5; i++) {
		static const char *const bad[] = { "", "/a", "a/../b", "a/", "a//b" };

		refuses(with_mount(dir, "", bad[i]),
			"cannot use plan: field mounts[0].target: expected a clean relative path");
	}
	refuses(with_mount(dir, "x", "a"),
		"cannot use plan: field mounts[0].source: expected no text");
	refuses(with_mount(link, "", "a"),
		"cannot use plan: field mounts[0].source: expected text of a link");
	refuses(with_mount(link, "a\nb", "a"),
		"cannot use plan: field mounts[0].source: expected text of a link");
	for (size_t i = 0; i < 4; i++) {
		static const char *const bad[] = { "", "usr", "/usr/../etc", "/usr/" };

		refuses(with_mount(bind, bad[i], "a"),
			"cannot use plan: field mounts[0].source: expected a clean absolute path");
	}
}

static void test_mount_numbers(void **state)
{
	(void)state;
	refuses(with_mount((struct plan_mount){ .op = PLAN_MOUNT_BIND, .flags = PLAN_MOUNT_OWNED },
			   "/usr", "a"),
		"cannot use plan: field mounts[0].flags: 0x10, this may have 0x2f");
	refuses(with_mount((struct plan_mount){ .op = PLAN_MOUNT_DIR, .flags = 1 }, "", "a"),
		"cannot use plan: field mounts[0].flags: 0x1, this may have 0x20");
	refuses(with_mount(
			(struct plan_mount){ .op = PLAN_MOUNT_TMPFS, .flags = 32, .size_kib = 1 },
			"", "a"),
		"cannot use plan: field mounts[0].flags: 0x20, this may have 0x1f");
	refuses(with_mount((struct plan_mount){ .op = PLAN_MOUNT_DIR, .mode = 02755 }, "", "a"),
		"cannot use plan: field mounts[0].mode: 02755, expected at most 01777");
	refuses(with_mount((struct plan_mount){ .op = PLAN_MOUNT_FILE, .mode = 0644 }, "", "a"),
		"cannot use plan: field mounts[0].mode: 0644, expected at most 00");
	refuses(with_mount((struct plan_mount){ .op = PLAN_MOUNT_TMPFS }, "", "a"),
		"cannot use plan: field mounts[0].size_kib: expected a limit");
	refuses(with_mount((struct plan_mount){ .op = PLAN_MOUNT_DIR, .size_kib = 1 }, "", "a"),
		"cannot use plan: field mounts[0].size_kib: expected 0");
}

static void test_devices(void **state)
{
	static const struct {
		struct plan_device device;
		const char *expected;
	} cases[] = {
		{ { 0, 1, 3, 6 }, "[0].type: 0, expected 1 to 2" },
		{ { 3, 1, 3, 6 }, "[0].type: 3, expected 1 to 2" },
		{ { 2, 4096, 3, 6 }, "[0].major: 4096, expected 0 to 4095" },
		{ { 2, 1, 0x100000, 6 }, "[0].minor: 1048576, expected at most 1048575" },
		{ { 2, 1, 3, 0 }, "[0].access: 0x0, expected 2 (read), 4 (write) or 6" },
		{ { 2, 1, 3, 1 }, "[0].access: 0x1, expected 2 (read), 4 (write) or 6" },
		{ { 2, 1, 3, 3 }, "[0].access: 0x3, expected 2 (read), 4 (write) or 6" },
		{ { 2, 1, 3, 7 }, "[0].access: 0x7, expected 2 (read), 4 (write) or 6" },
	};
	struct build_plan p;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char expected[128];

		snprintf(expected, sizeof(expected), "cannot use plan: field devices%s",
			 cases[i].expected);
		refuses(with_row(PLAN_TABLE_DEVICES, &cases[i].device), expected);
	}
	p = with_row(PLAN_TABLE_DEVICES, &(struct plan_device){ 2, 1, 3, 2 });
	build_plan_row(&p, PLAN_TABLE_DEVICES, &(struct plan_device){ 2, 1, 3, 4 });
	refuses(p, "cannot use plan: field devices[1]: same as devices[0]");
}

static void test_slots(void **state)
{
	struct build_plan p;

	(void)state;
	refuses(with_slot("", READ), "cannot use plan: field slots[0].tag: expected a udev tag");
	refuses(with_slot("systemd", READ),
		"cannot use plan: field slots[0].tag: expected a udev tag");
	refuses(with_slot("snap_demo/../x", READ),
		"cannot use plan: field slots[0].tag: expected a udev tag");
	refuses(with_slot("snap_demo_dapp_sgpio", 0),
		"cannot use plan: field slots[0].access: 0x0, expected 2 (read), 4 (write) or 6");
	p = with_slot("snap_demo_dapp_sgpio", READ);
	build_plan_row(&p, PLAN_TABLE_SLOTS,
		       &(struct plan_slot){ build_text(&p.b, "snap_demo_dapp_sgpio"), WRITE, 1,
					    PLAN_SLOT_ONE });
	refuses(p, "cannot use plan: field slots[1]: same as slots[0]");
	p = start();
	build_plan_row(&p, PLAN_TABLE_SLOTS,
		       &(struct plan_slot){ build_text(&p.b, "snap_d"), READ, 0, 0 });
	refuses(p, "cannot use plan: field slots[0].devices: 0, expected 1 to 4096");
}

static void test_rlimits_groups(void **state)
{
	struct build_plan p = with_row(PLAN_TABLE_RLIMITS, &(struct plan_rlimit){ 7, 0, 1, 1 });

	(void)state;
	build_plan_row(&p, PLAN_TABLE_RLIMITS, &(struct plan_rlimit){ 7, 0, 2, 2 });
	refuses(p, "cannot use plan: field rlimits[1]: same as rlimits[0]");
	refuses(with_row(PLAN_TABLE_RLIMITS, &(struct plan_rlimit){ 16, 0, 1, 1 }),
		"cannot use plan: field rlimits[0].resource: 16, expected 0 to 15");
	refuses(with_row(PLAN_TABLE_RLIMITS, &(struct plan_rlimit){ 7, 1, 1, 1 }),
		"cannot use plan: field rlimits[0].reserved: 1, expected 0 to 0");
	refuses(with_row(PLAN_TABLE_RLIMITS, &(struct plan_rlimit){ 7, 0, 2, 1 }),
		"cannot use plan: field rlimits[0].soft: is above hard");
	refuses(with_row(PLAN_TABLE_GROUPS, &(uint32_t){ UINT32_MAX }),
		"cannot use plan: field groups[0].gid: 4294967295, expected 0 to 4294967294");
	p = with_row(PLAN_TABLE_GROUPS, &(uint32_t){ 20 });
	build_plan_row(&p, PLAN_TABLE_GROUPS, &(uint32_t){ 20 });
	refuses(p, "cannot use plan: field groups[1].gid: not sorted, or there twice");
}

static void test_counts(void **state)
{
	struct build_plan p = start(), more = start();

	(void)state;
	for (uint32_t i = 0; i <= PLAN_COUNT_MAX; i++) {
		if (i < PLAN_COUNT_MAX)
			build_plan_row(&p, PLAN_TABLE_GROUPS, &i);
		build_plan_row(&more, PLAN_TABLE_GROUPS, &i);
	}
	accepts(p);
	refuses(more, "cannot use plan: field groups: 1025 elements, at most 1024");
}

/* Offsets and sizes in the header, each shifted. */
static void test_layout(void **state)
{
	struct build_plan p = start();
	CLEANUP_FREE uint8_t *bytes = NULL;
	struct plan_header *h;
	struct err e = { 0 };
	struct plan plan;
	size_t size;

	(void)state;
	bytes = build_plan_end(&p, &size);
	h = (struct plan_header *)bytes;
	for (unsigned t = 0; t < PLAN_TABLES; t++) {
		h->tables[t].offset += 4;
		assert_int_equal(plan_read(bytes, size, &plan, &e), -1);
		h->tables[t].offset -= 4;
		h->tables[t].count += 1;
		assert_int_equal(plan_read(bytes, size, &plan, &e), -1);
		h->tables[t].count -= 1;
	}
	h->strings.offset -= 4;
	assert_int_equal(plan_read(bytes, size, &plan, &e), -1);
	assert_string_equal(e.text, "cannot use plan: field strings: offset 232, expected 236");
	h->strings.offset += 4;
	h->strings.count -= 1;
	assert_int_equal(plan_read(bytes, size, &plan, &e), -1);
	assert_string_equal(e.text, "cannot use plan: field strings: 1 bytes behind the end");
	h->strings.count += 2;
	assert_int_equal(plan_read(bytes, size, &plan, &e), -1);
	assert_string_equal(e.text,
			    "cannot use plan: field strings: 63 elements do not fit the file");
	h->strings.count -= 1;
	h->size += 1;
	assert_int_equal(plan_read(bytes, size, &plan, &e), -1);
	assert_string_equal(e.text, "cannot use plan: field size: 299, but the file has 298 bytes");
	h->size -= 1;
	assert_int_equal(plan_read(bytes, PLAN_SIZE_MAX + 1, &plan, &e), -1);
	assert_string_equal(e.text, "cannot use plan: 1048577 bytes, more than 1048576");
	bytes[size - 1] = 'x';
	assert_int_equal(plan_read(bytes, size, &plan, &e), -1);
	assert_string_equal(e.text,
			    "cannot use plan: field strings: do not begin and end with a NUL");
	bytes[size - 1] = '\0';
	bytes[h->strings.offset] = 'x';
	assert_int_equal(plan_read(bytes, size, &plan, &e), -1);
	bytes[h->strings.offset] = '\0';
	assert_int_equal(plan_read(bytes, size, &plan, &e), 0);
}

static void test_damage(void **state)
{
	struct build_plan p = rich();

	(void)state;
	damage_plan(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accepts),	       cmocka_unit_test(test_names_of_bits),
		cmocka_unit_test(test_header_numbers), cmocka_unit_test(test_header_agreement),
		cmocka_unit_test(test_argv_env),       cmocka_unit_test(test_mounts),
		cmocka_unit_test(test_mount_numbers),  cmocka_unit_test(test_devices),
		cmocka_unit_test(test_slots),	       cmocka_unit_test(test_rlimits_groups),
		cmocka_unit_test(test_counts),	       cmocka_unit_test(test_layout),
		cmocka_unit_test(test_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
