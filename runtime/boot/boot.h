/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bulkhead-boot: proves the policy pack against the running kernel, loads it, and prepares what the
 * launcher relies on. A table of steps; the first that fails ends it all and nothing starts.
 */
#ifndef BOOT_BOOT_H
#define BOOT_BOOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "aapolicy.h"
#include "cleanup.h"
#include "err.h"
#include "fd.h"
#include "guard.h"
#include "manifest.h"
#include "mem.h"
#include "plan.h"
#include "str.h"

#define BOOT_PACK   "usr/lib/bulkhead/pack"
#define BOOT_RUN    "run/bulkhead"
#define BOOT_DONE   "run/bulkhead/booted"
#define BOOT_FAILED "run/bulkhead/failed"

/* A file of the pack: read once, hashed, checked, used from this one buffer. Owned by the boot. */
struct boot_file {
	void *data;
	size_t size;
	bool logs; /* a filter that logs what it should refuse: devmode */
};

/* Everything of one run. Zero it, set root_fd; release with boot_free(). */
struct boot {
	int root_fd;	 /* "/", or a test's tree; borrowed */
	int pack_fd;	 /* -1 until the pack is open */
	int apparmor_fd; /* -1 without AppArmor policy */
	bool claimed;	 /* /run/bulkhead is ours: the reason of a failure may be left there */
	struct boot_file manifest_file;
	struct manifest manifest;
	struct boot_file *files; /* parallel to manifest.files */
	struct plan *plans;	 /* parallel to manifest.files; only rows of kind plan are filled */
	struct aapolicy policy;
	const uint8_t *policy_data; /* the buffer of policy.aa, NULL when the pack has none */
	size_t policy_size;
};

/* The program bulkhead-boot; its exit status. */
int boot_main(void);

/*
 * Runs the steps in order. On a failure the message is kept in /run/bulkhead/failed, unless an
 * earlier run owns that place.
 */
int boot_run(struct boot *b, struct err *e) BASE_WARN_UNUSED;
void boot_free(struct boot *b);

static inline bool boot_is_development(const struct boot *b)
{
	return b->manifest.header->flags & MANIFEST_FLAG_DEVELOPMENT;
}

/* Text of a string of the MANIFEST. */
static inline const char *boot_text(const struct boot *b, uint32_t ref)
{
	return manifest_text(&b->manifest, ref);
}

/* A tmpfs on a new folder, path relative to the root; nosuid, nodev and noexec. errno is kept. */
int boot_tmpfs(const struct boot *b, const char *path, const char *options,
	       struct err *e) BASE_WARN_UNUSED;

/* The steps, in order; each is one row of the table in run.c. */
int boot_mounts_check(struct boot *b, struct err *e) BASE_WARN_UNUSED;
int boot_claim(struct boot *b, struct err *e) BASE_WARN_UNUSED;
int boot_manifest_open(struct boot *b, struct err *e) BASE_WARN_UNUSED;
int boot_apparmor_check(struct boot *b, struct err *e) BASE_WARN_UNUSED;
int boot_files_read(struct boot *b, struct err *e) BASE_WARN_UNUSED;
int boot_features_check(struct boot *b, struct err *e) BASE_WARN_UNUSED;
int boot_policy_check(struct boot *b, struct err *e) BASE_WARN_UNUSED;
int boot_plans_check(struct boot *b, struct err *e) BASE_WARN_UNUSED;
int boot_daemons_check(struct boot *b, struct err *e) BASE_WARN_UNUSED;
int boot_policy_load(struct boot *b, struct err *e) BASE_WARN_UNUSED;
int boot_pack_copy(struct boot *b, struct err *e) BASE_WARN_UNUSED;
int boot_sysctls_write(struct boot *b, struct err *e) BASE_WARN_UNUSED;
int boot_snaps_mount(struct boot *b, struct err *e) BASE_WARN_UNUSED;
int boot_data_make(struct boot *b, struct err *e) BASE_WARN_UNUSED;
int boot_snapd_make(struct boot *b, struct err *e) BASE_WARN_UNUSED;
int boot_slots_make(struct boot *b, struct err *e) BASE_WARN_UNUSED;
int boot_devices_make(struct boot *b, struct err *e) BASE_WARN_UNUSED;
int boot_made_ask(struct boot *b, struct err *e) BASE_WARN_UNUSED;
int boot_policy_lock(struct boot *b, struct err *e) BASE_WARN_UNUSED;
int boot_done(struct boot *b, struct err *e) BASE_WARN_UNUSED;

#endif
