/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bulkhead-boot over a whole pack in a tree of its own: it goes through once as it is, and is then
 * changed in one place per test. Runs from the top of the source tree.
 */
#include "boot.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/magic.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "build.h"
#include "fd.h"
#include "sha1.h"
#include "str.h"
#include "sys_fake.h"
#include "sys_fake_device.h"

#define LABEL "snap.demo.app"
#define PACK  "usr/lib/bulkhead/pack/"

/* What the pack is to be, before it is built. */
struct wish {
	bool development;      /* the MANIFEST's flag */
	bool development_plan; /* the plan's, with the layer taken out */
	uint32_t no_layer;     /* layer that a development plan lacks */
	bool complain;	       /* the profile's mode */
	bool extra_profile;    /* in policy.aa, not in MANIFEST */
	bool extra_listed;     /* in MANIFEST, not in policy.aa */
	bool other_filter;     /* the plan names another digest */
	bool no_policy;
	bool other_snap;	 /* the MANIFEST knows another snap only */
	const char *daemon;	 /* label in the daemons table */
	const char *feature;	 /* value of a/b in the kernel */
	const char *new_feature; /* path of one more in the kernel */
	uint64_t big;		 /* size that MANIFEST gives the plan */
};

struct fixture {
	char root[64];
	struct boot b;
	struct err e;
	struct build_manifest m;
	char aa[96];
	char sha1[SHA1_HEX_SIZE];
	struct sys_apparmor_profile loaded;
};

/* --- building ----------------------------------------------------------------------------- */

static void put(struct fixture *f, const char *path, const void *data, size_t size)
{
	char full[256];
	struct err e = { 0 };
	char *slash;

	snprintf(full, sizeof(full), "%s/%s", f->root, path);
	slash = strrchr(full, '/');
	*slash = '\0';
	assert_int_equal(fd_mkdirs(full, 0755, &e), 0);
	*slash = '/';
	if (fd_write_file(full, data, size, 0644, &e))
		fail_msg("%s", e.text);
}

static void put_text(struct fixture *f, const char *path, const char *text)
{
	put(f, path, text, strlen(text));
}

/* A file of the pack with its row in the MANIFEST. Takes data. */
static void add(struct fixture *f, const char *path, enum manifest_kind kind, void *data,
		size_t size)
{
	struct manifest_file row = { .path = build_text(&f->m.b, path),
				     .kind = kind,
				     .size = size };
	char full[256];

	sha256_of(data, size, row.digest);
	build_manifest_row(&f->m, MANIFEST_TABLE_FILES, &row);
	snprintf(full, sizeof(full), PACK "%s", path);
	put(f, full, data, size);
	free(data);
}

static void *make_filter(size_t *size)
{
	const struct filter_insn allow = { 0x06, 0, 0, 0x7fff0000 };

	return build_filter(&allow, 1, size);
}

static void add_plan(struct fixture *f, const struct wish *w)
{
	struct plan_device null = { PLAN_DEVICE_CHAR, 1, 3, 6 };
	struct plan_device pts = { PLAN_DEVICE_CHAR, 136, PLAN_MINOR_ANY, 6 };
	struct build_plan p = { 0 };
	size_t size;
	void *data = make_filter(&size);

	build_plan_start(&p);
	sha256_of(data, size, p.header.filter_digest);
	free(data);
	if (w->other_filter)
		p.header.filter_digest[0] ^= 1;
	if (w->development_plan)
		p.header.flags |= PLAN_FLAG_DEVELOPMENT;
	p.header.layers &= ~w->no_layer;
	build_plan_row(&p, PLAN_TABLE_DEVICES, &null);
	build_plan_row(&p, PLAN_TABLE_DEVICES, &pts);
	data = build_plan_end(&p, &size);
	add(f, "plans/" LABEL ".plan", MANIFEST_KIND_PLAN, data, size);
	if (w->big) {
		struct str *files = &f->m.b.tables[MANIFEST_TABLE_FILES];

		((struct manifest_file *)(void *)(files->text + files->len))[-1].size = w->big;
	}
}

/* apparmor_parser as the builder calls it; text on its stdin. */
static void compile(const char *text, const char *out)
{
	int in[2], status;
	pid_t pid;

	assert_int_equal(pipe(in), 0);
	pid = fork();
	if (pid == 0) {
		dup2(in[0], 0);
		close(in[1]);
		execlp("apparmor_parser", "apparmor_parser", "-QTK", "--config-file", "/dev/null",
		       "-M", "tests/lib/features", "-o", out, NULL);
		_exit(127);
	}
	close(in[0]);
	assert_int_equal(write(in[1], text, strlen(text)), strlen(text));
	close(in[1]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void add_policy(struct fixture *f, const struct wish *w)
{
	char path[128], text[512];
	static struct aapolicy policy;
	struct err e = { 0 };
	size_t size;
	void *data;

	snprintf(path, sizeof(path), "%s/aa.bin", f->root);
	snprintf(text, sizeof(text), "profile " LABEL "%s {\n  /dev/null rw,\n}\n%s",
		 w->complain ? " flags=(complain)" : "",
		 w->extra_profile ? "profile snap.demo.more {\n}\n" : "");
	compile(text, path);
	data = fd_read_file(path, AAPOLICY_SIZE_MAX, &size, &e);
	assert_non_null(data);
	assert_int_equal(aapolicy_verify(data, size, &policy, &e), 0);
	for (uint32_t i = 0; i < policy.count; i++) {
		const struct aapolicy_profile *p = &policy.profiles[i];
		uint8_t digest[SHA1_SIZE];
		struct sha1 s;

		if (!str_eq(p->name, LABEL))
			continue;
		sha1_start(&s);
		/* These tests run on little-endian machines only. */
		sha1_add(&s, &p->version, 4);
		sha1_add(&s, (const char *)data + p->start, p->size);
		sha1_end(&s, digest);
		sha1_hex(digest, f->sha1);
	}
	add(f, "policy.aa", MANIFEST_KIND_POLICY, data, size);
}

static void add_key(struct fixture *f, const struct wish *w)
{
	struct build_key k = { 0 };
	size_t size;
	void *data;
	char path[128];

	build_key_start(&k);
	data = build_key_end(&k, &size);
	add(f, "KEY", MANIFEST_KIND_KEY, data, size);
	snprintf(f->aa, sizeof(f->aa), "%s/aa", f->root);
	put_text(f, "aa/features/a/b", w->feature ? w->feature : "yes\n");
	if (w->new_feature) {
		snprintf(path, sizeof(path), "aa/features/%s", w->new_feature);
		put_text(f, path, "yes\n");
	}
}

static void add_daemons(struct fixture *f, const struct wish *w)
{
	struct build_daemons d = { 0 };
	struct daemons_row row;
	size_t size;
	void *data;

	build_daemons_start(&d);
	row = build_daemons_row(&d, w->daemon ? w->daemon : LABEL);
	build_daemons_add(&d, &row);
	data = build_daemons_end(&d, &size);
	add(f, "daemons", MANIFEST_KIND_DAEMONS, data, size);
}

static void add_tables(struct fixture *f, const struct wish *w)
{
	struct build *b = &f->m.b;
	const char *snap = w->other_snap ? "other" : "demo";
	struct manifest_snap s = { build_text(b, snap),
				   build_text(b, "x1"),
				   build_text(b, "/usr/lib/bulkhead/snaps/demo_x1.snap"),
				   1001,
				   1001,
				   0 };
	struct manifest_profile p = { build_text(b, LABEL), 0 };
	struct manifest_profile more = { build_text(b, "snap.demo.more"), 0 };
	struct manifest_sysctl sysctl = { build_text(b, "user/max_user_namespaces"),
					  build_text(b, "0") };

	build_manifest_row(&f->m, MANIFEST_TABLE_SNAPS, &s);
	build_manifest_row(&f->m, MANIFEST_TABLE_SYSCTLS, &sysctl);
	if (!w->no_policy || w->extra_listed)
		build_manifest_row(&f->m, MANIFEST_TABLE_PROFILES, &p);
	if (w->extra_listed)
		build_manifest_row(&f->m, MANIFEST_TABLE_PROFILES, &more);
}

static void make(struct fixture *f, const struct wish *w)
{
	size_t size;
	void *data;

	memset(f, 0, sizeof(*f));
	sys_fake_reset();
	sys_fake_device_reset();
	sys_fake_fs("proc", PROC_SUPER_MAGIC);
	sys_fake_fs("sys", SYSFS_MAGIC);
	strcpy(f->root, "/tmp/test-boot-XXXXXX");
	assert_non_null(mkdtemp(f->root));
	build_manifest_start(&f->m);
	str_free(&f->m.b.tables[MANIFEST_TABLE_FILES]);
	if (w->development)
		f->m.header.flags |= MANIFEST_FLAG_DEVELOPMENT;
	add_key(f, w);
	add_daemons(f, w);
	data = make_filter(&size);
	add(f, "filters/" LABEL ".bpf", MANIFEST_KIND_FILTER, data, size);
	add_plan(f, w);
	if (!w->no_policy)
		add_policy(f, w);
	add_tables(f, w);
	data = build_manifest_end(&f->m, &size);
	put(f, PACK "MANIFEST", data, size);
	free(data);
	put_text(f, "proc/sys/user/max_user_namespaces", "1");
	put_text(f, "usr/lib/bulkhead/snaps/demo_x1.snap", "hsqs");
	put_text(f, "run/keep", "");
	put_text(f, "var/keep", "");
	sys_fake_apparmor_dir(f->aa);
	f->loaded = (struct sys_apparmor_profile){ LABEL, w->complain ? "complain" : "enforce",
						   f->sha1 };
	sys_fake_apparmor_profiles(&f->loaded, 1);
	f->b.root_fd = open(f->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(f->b.root_fd >= 0);
}

static int drop(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void done(struct fixture *f)
{
	boot_free(&f->b);
	close(f->b.root_fd);
	nftw(f->root, drop, 16, FTW_DEPTH | FTW_PHYS);
}

/* --- asking ------------------------------------------------------------------------------- */

static bool there(const struct fixture *f, const char *path)
{
	struct stat st;

	return fstatat(f->b.root_fd, path, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static void expect_file(const struct fixture *f, const char *path, const char *want)
{
	char full[256];
	size_t len;
	char *text;

	snprintf(full, sizeof(full), "%s/%s", f->root, path);
	text = fd_read_file(full, 4096, &len, NULL);
	assert_non_null(text);
	assert_string_equal(text, want);
	free(text);
}

/* Boot fails with that text, leaves the reason, and has touched neither policy nor maps. */
static void expect_refused(struct fixture *f, const char *want)
{
	char line[ERR_TEXT_MAX + 2];
	size_t size;

	assert_int_equal(boot_run(&f->b, BOOT_ALL, &f->e), -1);
	assert_string_equal(f->e.text, want);
	assert_false(there(f, BOOT_DONE));
	snprintf(line, sizeof(line), "%s\n", want);
	expect_file(f, BOOT_FAILED, line);
	assert_null(sys_fake_apparmor_loaded(&size));
	assert_null(strstr(sys_fake_text(), "device_create"));
	done(f);
}

static void refused(const struct wish *w, const char *want)
{
	static struct fixture f;

	make(&f, w);
	expect_refused(&f, want);
}

/* --- tests -------------------------------------------------------------------------------- */

static void test_whole(void **state)
{
	static const char *const order[] = { "apparmor_open",	  "apparmor_replace",
					     "apparmor_profiles", "loop_attach",
					     "device_create",	  "apparmor_lock" };
	static struct fixture f;
	const char *at;
	struct stat st;
	size_t size;

	(void)state;
	make(&f, &(struct wish){ 0 });
	if (boot_run(&f.b, BOOT_ALL, &f.e))
		fail_msg("%s", f.e.text);
	assert_true(there(&f, BOOT_DONE));
	assert_false(there(&f, BOOT_FAILED));
	at = sys_fake_text();
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		at = strstr(at, order[i]);
		assert_non_null(at);
	}
	assert_non_null(sys_fake_apparmor_loaded(&size));
	assert_true(there(&f, "run/bulkhead/pack/plans/" LABEL ".plan"));
	assert_true(there(&f, "run/bulkhead/pack/filters/" LABEL ".bpf"));
	assert_true(there(&f, "run/bulkhead/pack/daemons"));
	assert_false(there(&f, "run/bulkhead/pack/policy.aa"));
	assert_int_equal(sys_fake_device_access(LABEL, 2, 1, 3), 6);
	assert_int_equal(sys_fake_device_access(LABEL, 2, 136, PLAN_MINOR_ANY), 6);
	assert_int_equal(sys_fake_device_count(LABEL), 2);
	expect_file(&f, "proc/sys/user/max_user_namespaces", "0");
	assert_int_equal(fstatat(f.b.root_fd, "var/snap/demo", &st, AT_SYMLINK_NOFOLLOW), 0);
	assert_int_equal(st.st_mode & 07777, 0711);
	assert_int_equal(fstatat(f.b.root_fd, "var/snap/demo/x1", &st, AT_SYMLINK_NOFOLLOW), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_true(there(&f, "var/snap/demo/common"));
	assert_int_equal(fstatat(f.b.root_fd, "run/snapd/lock", &st, AT_SYMLINK_NOFOLLOW), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	done(&f);
}

static void test_second_run(void **state)
{
	static struct fixture f;
	static struct boot again;

	(void)state;
	make(&f, &(struct wish){ 0 });
	assert_int_equal(boot_run(&f.b, BOOT_ALL, &f.e), 0);
	again.root_fd = f.b.root_fd;
	assert_int_equal(boot_run(&again, BOOT_ALL, &f.e), -1);
	assert_string_equal(f.e.text,
			    "cannot start apps: /run/bulkhead exists, boot has run already");
	/* The first one stands. */
	assert_true(there(&f, BOOT_DONE));
	assert_false(there(&f, BOOT_FAILED));
	boot_free(&again);
	done(&f);
}

static void test_check_only(void **state)
{
	static struct fixture f;
	size_t size;

	(void)state;
	make(&f, &(struct wish){ 0 });
	assert_int_equal(boot_run(&f.b, BOOT_CHECK_ONLY, &f.e), 0);
	assert_false(there(&f, "run/bulkhead"));
	assert_null(sys_fake_apparmor_loaded(&size));
	done(&f);
	make(&f, &(struct wish){ .feature = "no" });
	assert_int_equal(boot_run(&f.b, BOOT_CHECK_ONLY, &f.e), -1);
	assert_false(there(&f, "run/bulkhead"));
	done(&f);
}

static void test_key(void **state)
{
	(void)state;
	refused(&(struct wish){ .feature = "no\n" },
		"cannot start apps: the policy was built for another kernel: feature a/b differs: "
		"built for \"yes\", this kernel has \"no\"");
	refused(&(struct wish){ .new_feature = "a/a" },
		"cannot start apps: the policy was built for another kernel: feature a/a is new in "
		"this kernel");
	refused(&(struct wish){ .new_feature = "z" },
		"cannot start apps: the policy was built for another kernel: feature z is new in "
		"this kernel");
}

static void test_key_missing(void **state)
{
	static struct fixture f;
	char path[128];

	(void)state;
	make(&f, &(struct wish){ 0 });
	snprintf(path, sizeof(path), "%s/aa/features/a/b", f.root);
	assert_int_equal(unlink(path), 0);
	expect_refused(&f, "cannot start apps: the policy was built for another kernel: feature "
			   "a/b is missing in this kernel");
}

static void test_no_apparmor(void **state)
{
	static struct fixture f;

	(void)state;
	make(&f, &(struct wish){ 0 });
	sys_fake_apparmor_dir(NULL);
	expect_refused(&f, "cannot start apps: AppArmor is not enabled in this kernel");
}

static void test_mounts(void **state)
{
	static struct fixture f;

	(void)state;
	make(&f, &(struct wish){ 0 });
	sys_fake_reset();
	sys_fake_fs("proc", PROC_SUPER_MAGIC);
	assert_int_equal(boot_run(&f.b, BOOT_ALL, &f.e), -1);
	assert_string_equal(f.e.text, "cannot start apps: /sys is not a sysfs file system");
	done(&f);
}

/* Each file of the pack with one byte changed, cut by one, made longer by one, and away. */
static void damage(const char *name, int how, const char *want)
{
	static struct fixture f;
	char path[192];
	struct stat st;
	char c;
	int fd;

	make(&f, &(struct wish){ 0 });
	snprintf(path, sizeof(path), "%s/" PACK "%s", f.root, name);
	fd = open(path, O_RDWR | O_CLOEXEC);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(pread(fd, &c, 1, st.st_size / 2), 1);
	c ^= 1;
	if (how == 0)
		assert_int_equal(pwrite(fd, &c, 1, st.st_size / 2), 1);
	else if (how == 3)
		assert_int_equal(unlink(path), 0);
	else
		assert_int_equal(ftruncate(fd, st.st_size + (how == 1 ? -1 : 1)), 0);
	close(fd);
	assert_int_equal(boot_run(&f.b, BOOT_ALL, &f.e), -1);
	if (!strstr(f.e.text, want))
		fail_msg("%s, way %d: %s", name, how, f.e.text);
	assert_non_null(strstr(f.e.text, name));
	assert_false(there(&f, BOOT_DONE));
	assert_false(there(&f, "run/bulkhead/pack/plans"));
	done(&f);
}

static void test_damage(void **state)
{
	static const char *const names[] = { "KEY", "daemons", "filters/" LABEL ".bpf",
					     "plans/" LABEL ".plan", "policy.aa" };
	static const char *const wants[] = { "its SHA-256 is not the one in MANIFEST",
					     "MANIFEST says", "MANIFEST says",
					     "No such file or directory" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		for (int how = 0; how < 4; how++)
			damage(names[i], how, wants[how]);
}

/* The MANIFEST itself: its reader has its own tests, here that boot heeds it. */
static void test_manifest_cut(void **state)
{
	static struct fixture f;
	char path[192];
	struct stat st;
	int fd;

	(void)state;
	make(&f, &(struct wish){ 0 });
	snprintf(path, sizeof(path), "%s/" PACK "MANIFEST", f.root);
	fd = open(path, O_RDWR | O_CLOEXEC);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(ftruncate(fd, st.st_size - 1), 0);
	close(fd);
	assert_int_equal(boot_run(&f.b, BOOT_ALL, &f.e), -1);
	assert_false(there(&f, BOOT_DONE));
	done(&f);
}

static void test_link_in_pack(void **state)
{
	static struct fixture f;
	char path[192], aside[192];

	(void)state;
	make(&f, &(struct wish){ 0 });
	snprintf(path, sizeof(path), "%s/" PACK "policy.aa", f.root);
	snprintf(aside, sizeof(aside), "%s/aside", f.root);
	assert_int_equal(rename(path, aside), 0);
	assert_int_equal(symlink(aside, path), 0);
	expect_refused(&f, "cannot use the policy pack: cannot open policy.aa: Too many levels of "
			   "symbolic links");
}

static void test_fifo_in_pack(void **state)
{
	static struct fixture f;
	char path[192];

	(void)state;
	make(&f, &(struct wish){ 0 });
	snprintf(path, sizeof(path), "%s/" PACK "policy.aa", f.root);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	expect_refused(&f, "cannot use the policy pack: cannot read policy.aa: not a regular file");
}

static void test_sizes(void **state)
{
	static const uint64_t sizes[] = { 0x7fffffff, 0x80000000, 0x100000001, UINT64_MAX };
	char want[128];

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		snprintf(want, sizeof(want),
			 "cannot use plans/" LABEL ".plan: MANIFEST gives it %llu bytes",
			 (unsigned long long)sizes[i]);
		refused(&(struct wish){ .big = sizes[i] }, want);
	}
}

static void test_profiles(void **state)
{
	(void)state;
	refused(&(struct wish){ .extra_profile = true },
		"cannot use policy.aa: MANIFEST lists no profile snap.demo.more");
	refused(&(struct wish){ .extra_listed = true },
		"cannot use policy.aa: 1 profiles, MANIFEST lists 2");
	refused(&(struct wish){ .complain = true },
		"cannot use policy.aa: profile " LABEL
		" is in complain mode and the image is not marked development");
	refused(&(struct wish){ .no_policy = true, .extra_listed = true },
		"cannot use MANIFEST: 2 profiles and no policy.aa");
	refused(&(struct wish){ .no_policy = true },
		"cannot use plans/" LABEL ".plan: MANIFEST lists no profile " LABEL);
}

static void test_plans(void **state)
{
	(void)state;
	refused(&(struct wish){ .development_plan = true },
		"cannot use plans/" LABEL
		".plan: a development plan in an image that is not marked development");
	refused(&(struct wish){ .other_filter = true },
		"cannot use the plan of " LABEL ": filters/" LABEL ".bpf is not the one it names");
	refused(&(struct wish){ .other_snap = true },
		"cannot use plans/" LABEL ".plan: MANIFEST lists no snap demo");
	refused(&(struct wish){ .daemon = "snap.demo.gone" },
		"cannot use daemons: MANIFEST lists no plan of snap.demo.gone");
}

static void test_development(void **state)
{
	static struct fixture f;

	(void)state;
	make(&f, &(struct wish){ .development = true,
				 .development_plan = true,
				 .complain = true,
				 .no_layer = PLAN_LAYER_DEVICES });
	if (boot_run(&f.b, BOOT_ALL, &f.e))
		fail_msg("%s", f.e.text);
	assert_non_null(strstr(sys_fake_text(), "device_make_cgroup(" LABEL ")"));
	assert_null(strstr(sys_fake_text(), "device_create"));
	assert_null(strstr(sys_fake_text(), "apparmor_lock"));
	done(&f);
}

static void test_development_without_apparmor(void **state)
{
	static struct fixture f;

	(void)state;
	make(&f, &(struct wish){ .development = true,
				 .development_plan = true,
				 .no_policy = true,
				 .no_layer = PLAN_LAYER_APPARMOR });
	sys_fake_apparmor_dir(NULL);
	if (boot_run(&f.b, BOOT_ALL, &f.e))
		fail_msg("%s", f.e.text);
	done(&f);
}

static void after_load(const char *name, const char *mode, const char *sha1, const char *want)
{
	static struct fixture f;

	make(&f, &(struct wish){ 0 });
	if (name)
		f.loaded.name = name;
	if (mode)
		f.loaded.mode = mode;
	if (sha1)
		f.loaded.sha1 = sha1;
	assert_int_equal(boot_run(&f.b, BOOT_ALL, &f.e), -1);
	if (!strstr(f.e.text, want))
		fail_msg("%s", f.e.text);
	assert_false(there(&f, BOOT_DONE));
	assert_false(there(&f, "run/bulkhead/pack/plans"));
	done(&f);
}

static void test_read_back(void **state)
{
	struct sys_apparmor_profile twice[2];
	static struct fixture f;

	(void)state;
	after_load("snap.demo.other", NULL, NULL,
		   "cannot use AppArmor profile " LABEL ": the kernel lists none");
	after_load(NULL, "complain", NULL, ": loaded as complain, not enforce");
	after_load(NULL, NULL, "0000000000000000000000000000000000000000",
		   ": the kernel holds 0000000000000000000000000000000000000000, policy.aa has ");
	make(&f, &(struct wish){ 0 });
	twice[0] = f.loaded;
	twice[1] = f.loaded;
	sys_fake_apparmor_profiles(twice, 2);
	assert_int_equal(boot_run(&f.b, BOOT_ALL, &f.e), -1);
	assert_string_equal(f.e.text, "cannot use AppArmor profile " LABEL ": loaded twice");
	done(&f);
}

static void test_sysctl(void **state)
{
	static struct fixture f;

	(void)state;
	make(&f, &(struct wish){ 0 });
	put_text(&f, "proc/sys/user/max_user_namespaces", "15000\n");
	expect_refused(&f, "cannot set sysctl user/max_user_namespaces: it reads \"05000\", not "
			   "\"0\"");
}

/* Whatever lies in the place of a data directory is not entered. */
static void hostile_data(const char *path, bool link, const char *want)
{
	static struct fixture f;
	char full[192], parent[192];

	make(&f, &(struct wish){ 0 });
	snprintf(full, sizeof(full), "%s/%s", f.root, path);
	snprintf(parent, sizeof(parent), "%.*s", (int)(strrchr(full, '/') - full), full);
	assert_int_equal(fd_mkdirs(parent, 0755, NULL), 0);
	if (link)
		assert_int_equal(symlink("/etc", full), 0);
	else
		put_text(&f, path, "");
	assert_int_equal(boot_run(&f.b, BOOT_ALL, &f.e), -1);
	if (!strstr(f.e.text, want))
		fail_msg("%s", f.e.text);
	assert_false(there(&f, BOOT_DONE));
	done(&f);
}

static void test_hostile_data(void **state)
{
	static const char *const paths[] = { "var/snap", "var/snap/demo", "var/snap/demo/x1",
					     "var/snap/demo/common" };

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		hostile_data(paths[i], true, "symbolic links");
		hostile_data(paths[i], false, "Not a directory");
	}
}

static void test_foreign_data(void **state)
{
	static struct fixture f;
	char path[192];

	(void)state;
	if (geteuid() != 0) {
		print_message("skip: only root makes directories of others\n");
		skip();
	}
	make(&f, &(struct wish){ 0 });
	snprintf(path, sizeof(path), "%s/var/snap/demo/common", f.root);
	assert_int_equal(fd_mkdirs(path, 0755, NULL), 0);
	assert_int_equal(chown(path, 4242, 4242), 0);
	assert_int_equal(boot_run(&f.b, BOOT_ALL, &f.e), -1);
	assert_string_equal(f.e.text,
			    "cannot prepare /var/snap/demo: cannot use data directory common: it "
			    "belongs to uid 4242 gid 4242, not 1001 and 1001");
	done(&f);
}

/* Whichever call of the kernel fails: boot fails, says so, and "booted" is not there. */
static void test_every_failure(void **state)
{
	static struct fixture f;
	unsigned calls;

	(void)state;
	make(&f, &(struct wish){ 0 });
	assert_int_equal(boot_run(&f.b, BOOT_ALL, &f.e), 0);
	calls = sys_fake_calls();
	done(&f);
	assert_true(calls > 10);
	for (unsigned n = 1; n <= calls; n++) {
		make(&f, &(struct wish){ 0 });
		sys_fake_fail_at(n);
		if (boot_run(&f.b, BOOT_ALL, &f.e) == 0)
			fail_msg("call %u failed unseen", n);
		assert_true(str_starts(f.e.text, "cannot "));
		assert_false(there(&f, BOOT_DONE));
		done(&f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_second_run),
		cmocka_unit_test(test_check_only),
		cmocka_unit_test(test_key),
		cmocka_unit_test(test_key_missing),
		cmocka_unit_test(test_no_apparmor),
		cmocka_unit_test(test_mounts),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_manifest_cut),
		cmocka_unit_test(test_link_in_pack),
		cmocka_unit_test(test_fifo_in_pack),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_profiles),
		cmocka_unit_test(test_plans),
		cmocka_unit_test(test_development),
		cmocka_unit_test(test_development_without_apparmor),
		cmocka_unit_test(test_read_back),
		cmocka_unit_test(test_sysctl),
		cmocka_unit_test(test_hostile_data),
		cmocka_unit_test(test_foreign_data),
		cmocka_unit_test(test_every_failure),
	};

	/* Not every user-mode emulator passes openat2(2) on, and fd.c has no way around it. */
	if (syscall(SYS_openat2, AT_FDCWD, "", NULL, 0) < 0 && errno == ENOSYS) {
		print_message("skip: this emulator has no openat2\n");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
