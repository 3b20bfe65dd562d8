/* SPDX-License-Identifier: Apache-2.0 */
/* The pack into memory: each file is read once, and what was hashed is what is used. */
#include "boot.h"

#include <linux/magic.h>

#include "apparmor.h"
#include "look.h"

/* No kind of file is larger than policy.aa may be; the reader of each kind knows its own limit. */
#define FILE_SIZE_MAX AAPOLICY_SIZE_MAX

int boot_mounts_check(struct boot *b, struct err *e)
{
	/* Something mounted over /proc or /sys would answer every question that follows. */
	CLEANUP_FD int proc =
		sys_look_trusted(b->root_fd, "proc", O_RDONLY | O_DIRECTORY, PROC_SUPER_MAGIC, e);
	CLEANUP_FD int sys = proc < 0 ? -1
				      : sys_look_trusted(b->root_fd, "sys", O_RDONLY | O_DIRECTORY,
							 SYSFS_MAGIC, e);

	return sys < 0 ? err_prefix(e, "cannot start apps") : 0;
}

/* A regular file below the pack, at most max bytes. Sets f on success. */
static int read_file(const struct boot *b, const char *path, size_t max, struct boot_file *f,
		     struct err *e)
{
	f->data = fd_read_beneath(b->pack_fd, path, max, &f->size, e);
	return f->data ? 0 : err_prefix(e, "cannot use the policy pack");
}

int boot_manifest_open(struct boot *b, struct err *e)
{
	b->pack_fd = fd_open_folder(b->root_fd, BOOT_PACK, e);
	if (b->pack_fd < 0)
		return err_prefix(e, "cannot use the policy pack");
	if (read_file(b, "MANIFEST", MANIFEST_SIZE_MAX, &b->manifest_file, e))
		return -1;
	return manifest_read(b->manifest_file.data, b->manifest_file.size, &b->manifest, e);
}

int boot_apparmor_check(struct boot *b, struct err *e)
{
	/* Only a development pack may come without profiles; boot_plans_check() holds it to that.
	 */
	if (boot_is_development(b) && !manifest_count(&b->manifest, MANIFEST_TABLE_PROFILES))
		return 0;
	b->apparmor_fd = sys_apparmor_open(b->root_fd, e);
	return b->apparmor_fd < 0 ? -1 : 0;
}

static int read_listed(const struct boot *b, const struct manifest_file *m, struct boot_file *f,
		       struct err *e)
{
	const char *path = boot_text(b, m->path);
	uint8_t digest[SHA256_SIZE];

	if (m->size > FILE_SIZE_MAX)
		return err_input(e, "cannot use %s: MANIFEST gives it %llu bytes", path,
				 (unsigned long long)m->size);
	if (read_file(b, path, FILE_SIZE_MAX, f, e))
		return -1;
	if (f->size != m->size && GUARD(boot_size))
		return err_input(e, "cannot use %s: %zu bytes, MANIFEST says %llu", path, f->size,
				 (unsigned long long)m->size);
	sha256_of(f->data, f->size, digest);
	if (memcmp(digest, m->digest, sizeof(digest)) != 0 && GUARD(boot_digest))
		return err_input(e, "cannot use %s: its SHA-256 is not the one in MANIFEST", path);
	return 0;
}

int boot_files_read(struct boot *b, struct err *e)
{
	uint32_t n = manifest_count(&b->manifest, MANIFEST_TABLE_FILES);

	b->files = mem_must(calloc(n + 1, sizeof(*b->files)));
	b->plans = mem_must(calloc(n + 1, sizeof(*b->plans)));
	for (uint32_t i = 0; i < n; i++) {
		const struct manifest_file *m = &b->manifest.files[i];

		if (read_listed(b, m, &b->files[i], e))
			return -1;
		if (m->kind == MANIFEST_KIND_POLICY) {
			b->policy_data = b->files[i].data;
			b->policy_size = b->files[i].size;
		}
	}
	return 0;
}
