/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A whole pack in a tree of its own, as bulkhead-boot finds it: right as it is, or wrong in the one
 * place that a test wishes. Tests run from the top of the source tree (features are read there).
 */
#ifndef TESTS_BOOT_FIXTURE_H
#define TESTS_BOOT_FIXTURE_H

#include "boot.h"

#include <errno.h>
#include <fcntl.h>
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
#include "place.h"
#include "str.h"
#include "sys_fake.h"
#include "sys_fake_device.h"

#define LABEL "snap.demo.app"
/* What the kernel of these tests shows of the profile. */
#define SHA1 "0123456789abcdef0123456789abcdef01234567"
#define PACK "usr/lib/bulkhead/pack/"

/* What the pack is to be, before it is built. */
struct wish {
	bool development;      /* the MANIFEST's flag */
	bool development_plan; /* the plan's, with the layer taken out */
	uint32_t no_layer;     /* layer that a development plan lacks */
	bool complain;	       /* the profile's mode */
	bool complain_plan;    /* the plan's */
	bool complain_filter;  /* the filter logs */
	bool extra_profile;    /* in policy.aa, not in MANIFEST */
	bool extra_listed;     /* in MANIFEST, not in policy.aa */
	bool other_filter;     /* the plan names another digest */
	bool no_policy;
	bool other_snap;	   /* the MANIFEST knows another snap only */
	const char *daemon;	   /* label in the daemons table */
	const char *feature;	   /* value of a/b in the kernel */
	const char *new_feature;   /* path of one more in the kernel */
	uint64_t big;		   /* size that MANIFEST gives the plan */
	const char *const *shares; /* folders below /var that are lent; ended by NULL */
	const char *file;	   /* a file below /var that is shown elsewhere */
	const char *slot;	   /* a folder that a slot lends */
	bool other_uid, other_gid; /* the plan has those of another snap */
	bool made;		   /* two devices are to be made */
};

#define MAKER	    "sys/bus/platform/drivers/maker/new_device"
#define MADE_DEVICE "sys/devices/platform/maker."

struct fixture {
	char root[64];
	struct boot b;
	struct err e;
	struct build_manifest m;
	char aa[96];
	struct sys_apparmor_profile loaded;
};

/* --- building ----------------------------------------------------------------------------- */

static inline void put(struct fixture *f, const char *path, const void *data, size_t size)
{
	char full[1024];

	snprintf(full, sizeof(full), "%s/%s", f->root, path);
	place_file(full, data, size, 0644);
}

static inline void put_text(struct fixture *f, const char *path, const char *text)
{
	put(f, path, text, strlen(text));
}

/* A file of the pack with its row in the MANIFEST. Takes data. */
static inline void add(struct fixture *f, const char *path, enum manifest_kind kind, void *data,
		       size_t size)
{
	struct manifest_file row = { .path = build_text(&f->m.b, path),
				     .kind = kind,
				     .size = size };
	char full[512];

	sha256_of(data, size, row.digest);
	build_manifest_row(&f->m, MANIFEST_TABLE_FILES, &row);
	snprintf(full, sizeof(full), PACK "%s", path);
	put(f, full, data, size);
	free(data);
}

static inline void *make_filter(const struct wish *w, size_t *size)
{
	const struct filter_insn ret = { 0x06, 0, 0, w->complain_filter ? 0x7ffc0000 : 0x7fff0000 };

	return build_filter(&ret, 1, size);
}

static inline void add_plan(struct fixture *f, const struct wish *w)
{
	struct plan_device null = { PLAN_DEVICE_CHAR, 1, 3, 6 };
	struct plan_device pts = { PLAN_DEVICE_CHAR, 136, PLAN_MINOR_ANY, 6 };
	struct build_plan p = { 0 };
	size_t size;
	void *data = make_filter(w, &size);

	build_plan_start(&p);
	sha256_of(data, size, p.header.filter_digest);
	free(data);
	if (w->other_filter)
		p.header.filter_digest[0] ^= 1;
	p.header.uid += w->other_uid;
	p.header.gid += w->other_gid;
	if (w->development_plan)
		p.header.flags |= PLAN_FLAG_DEVELOPMENT;
	if (w->complain_plan)
		p.header.flags |= PLAN_FLAG_COMPLAIN;
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
static inline void compile(const char *text, const char *out)
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

static inline void add_policy(struct fixture *f, const struct wish *w)
{
	char path[128], text[512];
	struct err e = { 0 };
	size_t size;
	void *data;

	snprintf(path, sizeof(path), "%s/aa.bin", f->root);
	snprintf(text, sizeof(text), "profile " LABEL "%s {\n  /dev/null rw,\n}\n%s",
		 w->complain ? " flags=(complain)" : "",
		 w->extra_profile ? "profile snap.demo.more {\n  /dev/null rw,\n}\n" : "");
	compile(text, path);
	data = fd_read_file(path, AAPOLICY_SIZE_MAX, &size, &e);
	assert_non_null(data);
	add(f, "policy.aa", MANIFEST_KIND_POLICY, data, size);
}

static inline void put_features(struct fixture *f, const struct wish *w)
{
	char path[128];

	snprintf(f->aa, sizeof(f->aa), "%s/aa", f->root);
	put_text(f, "aa/features/a/b", w->feature ? w->feature : "yes\n");
	if (w->new_feature) {
		snprintf(path, sizeof(path), "aa/features/%s", w->new_feature);
		put_text(f, path, "yes\n");
	}
}

static inline void add_daemons(struct fixture *f, const struct wish *w)
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

static inline void add_folder(struct fixture *f, const char *path, uint32_t id, uint32_t mode,
			      uint32_t shared)
{
	struct manifest_folder row = { build_text(&f->m.b, path), id, id, mode, shared, 0 };

	build_manifest_row(&f->m, MANIFEST_TABLE_FOLDERS, &row);
}

static inline void add_folders(struct fixture *f, const struct wish *w)
{
	if (w->slot) {
		struct manifest_folder slot = {
			build_text(&f->m.b, w->slot), 1001, 1001, 0755, 0, 64
		};

		build_manifest_row(&f->m, MANIFEST_TABLE_FOLDERS, &slot);
	}
	add_folder(f, "snap", 0, 0755, 0);
	add_folder(f, "snap/demo", 0, 0711, 0);
	add_folder(f, "snap/demo/common", 1001, 0700, 0);
	for (size_t i = 0; w->shares && w->shares[i]; i++)
		add_folder(f, w->shares[i], 1001, 0750, MANIFEST_SHARED);
	if (w->file)
		add_folder(f, w->file, 1001, 0640, MANIFEST_SHARED_FILE);
	add_folder(f, "snap/demo/x1", 1001, 0700, 0);
}

static inline void add_made(struct fixture *f)
{
	struct build *b = &f->m.b;
	const struct manifest_made rows[] = {
		{ build_text(b, "chip 0-3"), build_text(b, MAKER), build_text(b, MADE_DEVICE "0") },
		{ build_text(b, "chip 4"), build_text(b, MAKER), build_text(b, MADE_DEVICE "1") },
	};

	build_manifest_row(&f->m, MANIFEST_TABLE_MADE, &rows[0]);
	build_manifest_row(&f->m, MANIFEST_TABLE_MADE, &rows[1]);
}

static inline void add_tables(struct fixture *f, const struct wish *w)
{
	struct build *b = &f->m.b;
	const char *snap = w->other_snap ? "other" : "demo";
	struct manifest_snap s = { build_text(b, snap),
				   build_text(b, "x1"),
				   build_text(b, "/usr/lib/bulkhead/snaps/demo_x1.snap"),
				   1001,
				   1001,
				   0 };
	struct manifest_profile p = { build_text(b, LABEL), build_text(b, SHA1) };
	struct manifest_profile more = { build_text(b, "snap.demo.more"), p.sha1 };
	struct manifest_sysctl sysctl = { build_text(b, "user/max_user_namespaces"),
					  build_text(b, "0") };

	build_manifest_row(&f->m, MANIFEST_TABLE_SNAPS, &s);
	build_manifest_row(&f->m, MANIFEST_TABLE_SYSCTLS, &sysctl);
	add_folders(f, w);
	if (w->made)
		add_made(f);
	if (!w->no_policy || w->extra_listed)
		build_manifest_row(&f->m, MANIFEST_TABLE_PROFILES, &p);
	if (w->extra_listed)
		build_manifest_row(&f->m, MANIFEST_TABLE_PROFILES, &more);
}

static inline void make(struct fixture *f, const struct wish *w)
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
	put_features(f, w);
	add_daemons(f, w);
	data = make_filter(w, &size);
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
	f->loaded =
		(struct sys_apparmor_profile){ LABEL, w->complain ? "complain" : "enforce", SHA1 };
	sys_fake_apparmor_profiles(&f->loaded, 1);
	f->b.root_fd = open(f->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(f->b.root_fd >= 0);
}

static inline void done(struct fixture *f)
{
	boot_free(&f->b);
	close(f->b.root_fd);
	place_remove(f->root);
}

/* --- asking ------------------------------------------------------------------------------- */

static inline bool there(const struct fixture *f, const char *path)
{
	struct stat st;

	return fstatat(f->b.root_fd, path, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static inline void expect_file(const struct fixture *f, const char *path, const char *want)
{
	char full[512];
	size_t len;
	char *text;

	snprintf(full, sizeof(full), "%s/%s", f->root, path);
	text = fd_read_file(full, 4096, &len, NULL);
	assert_non_null(text);
	assert_string_equal(text, want);
	free(text);
}

/* Boot fails with that text, leaves the reason, and has touched neither policy nor maps. */
static inline void expect_refused(struct fixture *f, const char *want)
{
	char line[ERR_TEXT_MAX + 2];
	size_t size;

	assert_int_equal(boot_run(&f->b, &f->e), -1);
	assert_string_equal(f->e.text, want);
	assert_false(there(f, BOOT_DONE));
	snprintf(line, sizeof(line), "%s\n", want);
	expect_file(f, BOOT_FAILED, line);
	assert_null(sys_fake_apparmor_loaded(&size));
	assert_null(strstr(sys_fake_text(), "device_create"));
	done(f);
}

static inline void refused(const struct wish *w, const char *want)
{
	static struct fixture f;

	make(&f, w);
	expect_refused(&f, want);
}

/* True, and said, when this emulator cannot run the tests. */
static inline bool fixture_unable(void)
{
	/* Not every user-mode emulator passes openat2(2) on, and fd.c has no way around it. */
	if (syscall(SYS_openat2, AT_FDCWD, "", NULL, 0) == 0 || errno != ENOSYS)
		return false;
	print_message("skip: this emulator has no openat2\n");
	return true;
}

#endif
