/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "build.h"
#include "cleanup.h"
#include "mem.h"
#include "sweep.h"

#define SHA1 "0123456789abcdef0123456789abcdef01234567"

static struct build_manifest start(void)
{
	struct build_manifest m = { 0 };

	build_manifest_start(&m);
	return m;
}

static void refuses(struct build_manifest m, const char *expected)
{
	CLEANUP_FREE void *bytes = NULL;
	struct manifest manifest;
	struct err e = { 0 };
	char text[256];
	size_t size;

	bytes = build_manifest_end(&m, &size);
	assert_int_equal(manifest_read(bytes, size, &manifest, &e), -1);
	snprintf(text, sizeof(text), "cannot use manifest: field %s", expected);
	assert_string_equal(e.text, text);
}

static struct build_manifest with_file(const char *path, unsigned kind)
{
	struct build_manifest m = start();

	build_manifest_file(&m, path, (enum manifest_kind)kind);
	return m;
}

static void add_snap(struct build_manifest *m, const char *name, const char *revision,
		     const char *file)
{
	struct manifest_snap s = { .name = build_text(&m->b, name),
				   .revision = build_text(&m->b, revision),
				   .file = build_text(&m->b, file) };

	build_manifest_row(m, MANIFEST_TABLE_SNAPS, &s);
}

static struct build_manifest with_snap(const char *name, const char *revision, const char *file)
{
	struct build_manifest m = start();

	add_snap(&m, name, revision, file);
	return m;
}

static void add_profile(struct build_manifest *m, const char *name)
{
	struct manifest_profile p = { build_text(&m->b, name), build_text(&m->b, SHA1) };

	build_manifest_row(m, MANIFEST_TABLE_PROFILES, &p);
}

static void add_setid(struct build_manifest *m, const char *path, uint32_t mode, uint32_t kept)
{
	struct manifest_setid s = { build_text(&m->b, path), mode, kept };

	build_manifest_row(m, MANIFEST_TABLE_SETIDS, &s);
}

static void add_sysctl(struct build_manifest *m, const char *name, const char *value)
{
	struct manifest_sysctl s = { build_text(&m->b, name), build_text(&m->b, value) };

	build_manifest_row(m, MANIFEST_TABLE_SYSCTLS, &s);
}

static void add_folder(struct build_manifest *m, const char *path, uint32_t mode, uint32_t shared)
{
	struct manifest_folder f = { build_text(&m->b, path), 1001, 1001, mode, shared, 0 };

	build_manifest_row(m, MANIFEST_TABLE_FOLDERS, &f);
}

static struct build_manifest rich(void)
{
	struct build_manifest m = start();

	build_manifest_file(&m, "bus.d/snap.demo.conf", MANIFEST_KIND_BUS);
	build_manifest_file(&m, "daemons", MANIFEST_KIND_DAEMONS);
	build_manifest_file(&m, "filters/snap.demo.app.bpf", MANIFEST_KIND_FILTER);
	build_manifest_file(&m, "modprobe.d/bulkhead.conf", MANIFEST_KIND_MODPROBE);
	build_manifest_file(&m, "modules-load.d/bulkhead.conf", MANIFEST_KIND_MODULES);
	build_manifest_file(&m, "plans/snap.demo.app.plan", MANIFEST_KIND_PLAN);
	build_manifest_file(&m, "policy.aa", MANIFEST_KIND_POLICY);
	build_manifest_file(&m, "rules.d/70-snap.demo.rules", MANIFEST_KIND_UDEV);
	build_manifest_file(&m, "units/snap.demo.app.service", MANIFEST_KIND_UNIT);
	add_snap(&m, "demo", "x1", "/usr/lib/bulkhead/snaps/demo_x1.snap");
	add_snap(&m, "demo_b", "120", "/usr/lib/bulkhead/snaps/demo_120.snap");
	add_profile(&m, "snap.demo.app");
	add_profile(&m, "snap.demo_b.app");
	add_setid(&m, "/bin/mount", 04755, 0);
	add_setid(&m, "/bin/su", 02755, 1);
	add_sysctl(&m, "kernel/dmesg_restrict", "1");
	add_sysctl(&m, "user/max_user_namespaces", "0");
	add_folder(&m, "snap", 0755, 0);
	add_folder(&m, "snap/demo", 0711, 1);
	build_manifest_feature(&m, "caps/mask", "chown kill");
	build_manifest_feature(&m, "empty", "");
	m.header.flags = MANIFEST_FLAG_DEVELOPMENT;
	return m;
}

static void test_accepts(void **state)
{
	struct build_manifest b = rich();
	CLEANUP_FREE void *bytes = NULL;
	struct manifest m;
	struct err e = { 0 };
	size_t size;

	(void)state;
	bytes = build_manifest_end(&b, &size);
	if (manifest_read(bytes, size, &m, &e))
		fail_msg("%s", e.text);
	assert_string_equal(manifest_text(&m, m.header->image), "demo");
	assert_int_equal(manifest_count(&m, MANIFEST_TABLE_FILES), 9);
	for (uint32_t i = 0; i < 9; i++)
		assert_ptr_equal(manifest_find(&m, manifest_text(&m, m.files[i].path)),
				 &m.files[i]);
	assert_null(manifest_find(&m, "A"));
	assert_null(manifest_find(&m, "plans/snap.demo.other.plan"));
	assert_null(manifest_find(&m, "z"));
	assert_string_equal(manifest_text(&m, m.sysctls[1].value), "0");
	assert_string_equal(manifest_text(&m, m.folders[1].path), "snap/demo");
	assert_string_equal(manifest_text(&m, m.features[1].value), "chown kill");
	assert_string_equal(manifest_text(&m, m.features[2].value), "");
	assert_string_equal(manifest_text(&m, m.snaps[1].revision), "120");
	assert_string_equal(manifest_text(&m, m.profiles[1].name), "snap.demo_b.app");
	assert_int_equal(m.setids[1].kept, 1);
}

static void test_header(void **state)
{
	struct build_manifest m;

	(void)state;
	m = start();
	m.header.version = 7;
	refuses(m, "version: 7, expected 6");
	m = start();
	m.header.magic[7] = 'x';
	refuses(m, "magic: this is no manifest");
	m = start();
	m.header.flags = 2;
	refuses(m, "flags: 2, expected 0 to 1");
	m = start();
	m.header.signature_size = 64;
	refuses(m, "signature_size: not in this version");
	m = start();
	m.header.image = 0;
	refuses(m, "image: expected a name");
	m = start();
	m.header.board = build_text(&m.b, "a\tb");
	refuses(m, "board: expected a name");
	m = start();
	m.header.board = 12345;
	refuses(m, "board: 12345 is not the start of a string");
	m = start();
	m.header.parser = 0;
	refuses(m, "parser: expected a parser's version");
	m = start();
	m.header.kernel = build_text(&m.b, "");
	refuses(m, "kernel: expected lower-case hexadecimal digits");
	m = start();
	m.header.kernel = build_text(&m.b, "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz"
					   "zzzzzzzzzz");
	refuses(m, "kernel: expected lower-case hexadecimal digits");
}

static void test_files(void **state)
{
	struct build_manifest m = start();

	(void)state;
	build_manifest_file(&m, "policy.aa", MANIFEST_KIND_POLICY);
	build_manifest_file(&m, "policy.aa", MANIFEST_KIND_POLICY);
	refuses(m, "files[1]: not sorted, or there twice");
	m = start();
	build_manifest_file(&m, "policy.aa", MANIFEST_KIND_POLICY);
	build_manifest_file(&m, "A", MANIFEST_KIND_PLAN);
	refuses(m, "files[1]: not sorted, or there twice");
	refuses(with_file("a/../b", MANIFEST_KIND_PLAN),
		"files[0].path: expected a clean relative path");
	refuses(with_file("/etc/passwd", MANIFEST_KIND_PLAN),
		"files[0].path: expected a clean relative path");
	refuses(with_file("x", 0), "files[0].kind: 0, expected 1 to 9");
	refuses(with_file("x", 10), "files[0].kind: 10, expected 1 to 9");
	refuses(with_file("x", MANIFEST_KIND_POLICY),
		"files[0].path: expected policy.aa for this kind");
	refuses(with_file("daemons2", MANIFEST_KIND_DAEMONS),
		"files[0].path: expected daemons for this kind");
	refuses(with_file("plans/snap.demo.app", MANIFEST_KIND_PLAN),
		"files[0].path: expected plans/snap.*.plan for this kind");
	refuses(with_file("plans/demo.plan", MANIFEST_KIND_PLAN),
		"files[0].path: expected plans/snap.*.plan for this kind");
	refuses(with_file("plans/snap.a/b.plan", MANIFEST_KIND_PLAN),
		"files[0].path: expected plans/snap.*.plan for this kind");
	refuses(with_file("plan", MANIFEST_KIND_PLAN),
		"files[0].path: expected plans/snap.*.plan for this kind");
	refuses(with_file("plans/snap.demo.app.plan", MANIFEST_KIND_FILTER),
		"files[0].path: expected filters/snap.*.bpf for this kind");
	refuses(with_file("rules.d/99-demo.rules", MANIFEST_KIND_UDEV),
		"files[0].path: expected rules.d/70-snap.*.rules for this kind");
	refuses(with_file("modules-load.d/other.conf", MANIFEST_KIND_MODULES),
		"files[0].path: expected modules-load.d/bulkhead.conf for this kind");
	refuses(with_file("modprobe.d/other.conf", MANIFEST_KIND_MODPROBE),
		"files[0].path: expected modprobe.d/bulkhead.conf for this kind");
	refuses(with_file("units/other.service", MANIFEST_KIND_UNIT),
		"files[0].path: expected units/snap.*.service for this kind");
	refuses(with_file("bus.d/demo.conf", MANIFEST_KIND_BUS),
		"files[0].path: expected bus.d/snap.*.conf for this kind");
}

static void test_snaps(void **state)
{
	static const char *const bad[] = { "", "X1", "../x1", "x1/a", "x.1", "-1" };
	struct build_manifest m;

	(void)state;
	refuses(with_snap("Demo", "x1", "/a"), "snaps[0].name: expected the name of a snap");
	refuses(with_snap("demo", "x1", "a"), "snaps[0].file: expected a clean absolute path");
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		refuses(with_snap("demo", bad[i], "/a"), "snaps[0].revision: expected x1 or 1");
	m = with_snap("demo", "x1", "/a");
	add_snap(&m, "demo", "x2", "/b");
	refuses(m, "snaps[1]: not sorted, or there twice");
	for (unsigned i = 0; i < 3; i++) {
		static const struct manifest_snap rows[] = { { .uid = UINT32_MAX },
							     { .gid = UINT32_MAX },
							     { .reserved = 1 } };
		static const char *const expected[] = {
			"snaps[0].uid: 4294967295, expected 0 to 4294967294",
			"snaps[0].gid: 4294967295, expected 0 to 4294967294",
			"snaps[0].reserved: 1, expected 0 to 0"
		};
		struct manifest_snap s = rows[i];

		m = start();
		s.name = build_text(&m.b, "demo");
		s.revision = build_text(&m.b, "x1");
		s.file = build_text(&m.b, "/a");
		build_manifest_row(&m, MANIFEST_TABLE_SNAPS, &s);
		refuses(m, expected[i]);
	}
}

static void test_features(void **state)
{
	struct build_manifest m;

	(void)state;
	m = start();
	str_free(&m.b.tables[MANIFEST_TABLE_FEATURES]);
	refuses(m, "features: expected at least one");
	m = start();
	build_manifest_feature(&m, "a/b", "no");
	refuses(m, "features[1]: not sorted, or there twice");
	m = start();
	build_manifest_feature(&m, "a/a", "no");
	refuses(m, "features[1]: not sorted, or there twice");
	m = start();
	build_manifest_feature(&m, "../x", "no");
	refuses(m, "features[1].path: expected a clean relative path");
	m = start();
	build_manifest_row(&m, MANIFEST_TABLE_FEATURES,
			   &(struct manifest_feature){ build_text(&m.b, "z"), 5000 });
	refuses(m, "features[1].value: 5000 is not the start of a string");
}

static struct build_manifest with_made(const char *value, const char *file, const char *device)
{
	struct build_manifest m = start();
	const struct manifest_made row = { build_text(&m.b, value), build_text(&m.b, file),
					   build_text(&m.b, device) };

	build_manifest_row(&m, MANIFEST_TABLE_MADE, &row);
	return m;
}

static void test_made(void **state)
{
	struct build_manifest m = with_made("chip 0-3", "sys/new", "sys/devices/x.0");
	CLEANUP_FREE void *bytes = NULL;
	struct manifest read;
	struct err e = { 0 };
	size_t size;

	(void)state;
	bytes = build_manifest_end(&m, &size);
	assert_int_equal(manifest_read(bytes, size, &read, &e), 0);
	assert_string_equal(manifest_text(&read, read.made[0].device), "sys/devices/x.0");
	refuses(with_made("", "sys/new", "sys/x"), "made[0].value: expected text");
	refuses(with_made("a", "proc/sysrq-trigger", "sys/x"),
		"made[0].file: expected a path below sys/");
	refuses(with_made("a", "sys/../etc/x", "sys/x"),
		"made[0].file: expected a path below sys/");
	refuses(with_made("a", "sys/new", "/sys/x"), "made[0].device: expected a path below sys/");
	m = with_made("b", "sys/new", "sys/x");
	build_manifest_row(&m, MANIFEST_TABLE_MADE,
			   &(struct manifest_made){ build_text(&m.b, "a"),
						    build_text(&m.b, "sys/new"),
						    build_text(&m.b, "sys/y") });
	refuses(m, "made[1]: not sorted, or there twice");
}

static void test_folders(void **state)
{
	static const struct {
		const char *path;
		uint32_t size_kib;
		const char *expected;
	} slots[] = {
		{ "run/slot/a.b", 0, "folders[0].path: expected run/slot/NAME with a size only" },
		{ "run/slot/a/b", 1, "folders[0].path: expected run/slot/NAME with a size only" },
		{ "snap", 1, "folders[0].path: expected run/slot/NAME with a size only" },
		{ "run/slot/a.b", 65537, "folders[0].size_kib: 65537, expected 0 to 65536" },
	};
	struct build_manifest m;

	(void)state;
	m = start();
	add_folder(&m, "snap/../x", 0755, 0);
	refuses(m, "folders[0].path: expected a clean relative path");
	m = start();
	add_folder(&m, "snap", 01755, 0);
	refuses(m, "folders[0].mode: 1005, expected 0 to 511");
	m = start();
	add_folder(&m, "snap", 0755, 3);
	refuses(m, "folders[0].shared: 3, expected 0 to 2");
	m = start();
	add_folder(&m, "snap/demo", 0755, 0);
	add_folder(&m, "snap", 0755, 0);
	refuses(m, "folders[1]: not sorted, or there twice");
	m = start();
	build_manifest_row(
		&m, MANIFEST_TABLE_FOLDERS,
		&(struct manifest_folder){ build_text(&m.b, "snap"), UINT32_MAX, 0, 0, 0, 0 });
	refuses(m, "folders[0].uid: 4294967295, expected 0 to 4294967294");
	for (size_t i = 0; i < ARRAY_SIZE(slots); i++) {
		m = start();
		build_manifest_row(&m, MANIFEST_TABLE_FOLDERS,
				   &(struct manifest_folder){ build_text(&m.b, slots[i].path), 0, 0,
							      0755, 0, slots[i].size_kib });
		refuses(m, slots[i].expected);
	}
}

static void test_profiles_setids_sysctls(void **state)
{
	struct build_manifest m;

	(void)state;
	m = start();
	add_profile(&m, "unconfined");
	refuses(m, "profiles[0].name: expected snap.NAME.APP");
	m = start();
	add_profile(&m, "snap.demo.b");
	add_profile(&m, "snap.demo.a");
	refuses(m, "profiles[1]: not sorted, or there twice");
	m = start();
	build_manifest_row(&m, MANIFEST_TABLE_PROFILES,
			   &(struct manifest_profile){ build_text(&m.b, "snap.demo.a"),
						       build_text(&m.b, SHA1 "g") });
	refuses(m, "profiles[0].sha1: expected lower-case hexadecimal digits");
	m = start();
	build_manifest_row(&m, MANIFEST_TABLE_PROFILES,
			   &(struct manifest_profile){
				   build_text(&m.b, "snap.demo.a"),
				   build_text(&m.b, "0123456789ABCDEF0123456789abcdef01234567") });
	refuses(m, "profiles[0].sha1: expected lower-case hexadecimal digits");
	m = start();
	add_setid(&m, "bin/su", 04755, 0);
	refuses(m, "setids[0].path: expected a clean absolute path");
	m = start();
	add_setid(&m, "/bin/su", 01777, 0);
	refuses(m, "setids[0].mode: 1023, expected 1024 to 4095");
	m = start();
	add_setid(&m, "/bin/su", 0755, 0);
	refuses(m, "setids[0].mode: 493, expected 1024 to 4095");
	m = start();
	add_setid(&m, "/bin/su", 0104755, 0);
	refuses(m, "setids[0].mode: 35309, expected 1024 to 4095");
	m = start();
	add_setid(&m, "/bin/su", 04755, 2);
	refuses(m, "setids[0].kept: 2, expected 0 to 1");
	m = start();
	add_setid(&m, "/bin/su", 04755, 0);
	add_setid(&m, "/bin/su", 04755, 0);
	refuses(m, "setids[1]: not sorted, or there twice");
	m = start();
	add_sysctl(&m, "../x", "1");
	refuses(m, "sysctls[0].name: expected a clean relative path");
	m = start();
	add_sysctl(&m, "user/x", "");
	refuses(m, "sysctls[0].value: expected a number");
	m = start();
	add_sysctl(&m, "user/x", "0 1");
	refuses(m, "sysctls[0].value: expected a number");
	m = start();
	add_sysctl(&m, "user/x", "1");
	add_sysctl(&m, "user/x", "2");
	refuses(m, "sysctls[1]: not sorted, or there twice");
}

static int read_manifest(const void *buf, size_t size)
{
	struct manifest m;
	struct err e;

	return manifest_read(buf, size, &m, &e);
}

static void test_damage(void **state)
{
	struct build_manifest b = rich();
	CLEANUP_FREE uint8_t *bytes = NULL;
	struct manifest_header *h;
	size_t size;

	(void)state;
	bytes = build_manifest_end(&b, &size);
	assert_int_equal(sweep_lengths(read_manifest, bytes, size), 0);
	assert_in_range(sweep_bits(read_manifest, bytes, size), 1, 8 * size - 8 * 80);
	assert_in_range(sweep_bytes(read_manifest, bytes, size), 1, 2 * size);
	h = (struct manifest_header *)bytes;
	for (unsigned t = 0; t < MANIFEST_TABLES; t++) {
		h->tables[t].offset += 8;
		assert_int_equal(read_manifest(bytes, size), -1);
		h->tables[t].offset -= 8;
		h->tables[t].count += 1;
		assert_int_equal(read_manifest(bytes, size), -1);
		h->tables[t].count -= 1;
	}
	assert_int_equal(read_manifest(bytes, size), 0);
	h->tables[0].count = UINT32_MAX;
	assert_int_equal(read_manifest(bytes, size), -1);
}

/* What all formats share: alignment and the limits of size. */
static void test_start(void **state)
{
	struct build_manifest b = start();
	CLEANUP_FREE uint8_t *bytes = NULL;
	CLEANUP_FREE uint8_t *shifted = NULL;
	CLEANUP_FREE uint8_t *large = NULL;
	struct manifest m;
	struct err e = { 0 };
	size_t size;

	(void)state;
	bytes = build_manifest_end(&b, &size);
	shifted = malloc(size + 8);
	assert_non_null(shifted);
	memcpy(shifted + 4, bytes, size);
	assert_int_equal(manifest_read(shifted + 4, size, &m, &e), -1);
	assert_string_equal(e.text, "cannot use manifest: its buffer is not aligned to 8 bytes");
	assert_int_equal(manifest_read(bytes, 79, &m, &e), -1);
	assert_string_equal(e.text, "cannot use manifest: 79 bytes, less than its header of 112");
	large = calloc(1, MANIFEST_SIZE_MAX + 1);
	assert_non_null(large);
	assert_int_equal(manifest_read(large, MANIFEST_SIZE_MAX + 1, &m, &e), -1);
	assert_string_equal(e.text, "cannot use manifest: 4194305 bytes, more than 4194304");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accepts),
		cmocka_unit_test(test_header),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_snaps),
		cmocka_unit_test(test_profiles_setids_sysctls),
		cmocka_unit_test(test_made),
		cmocka_unit_test(test_folders),
		cmocka_unit_test(test_features),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
