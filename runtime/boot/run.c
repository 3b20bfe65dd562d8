/* SPDX-License-Identifier: Apache-2.0 */
#include "boot.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mem.h"

static const struct step {
	int (*run)(struct boot *b, struct err *e);
	bool changes; /* left out by --check */
} steps[] = {
	/* Read-only until everything is proved: a refused pack leaves the kernel as it was. */
	{ boot_mounts_check, false },
	{ boot_claim, true },
	{ boot_manifest_open, false },
	/* After the MANIFEST, which may be a development one without any profile. */
	{ boot_apparmor_check, false },
	{ boot_files_read, false },
	{ boot_key_check, false },
	{ boot_policy_check, false },
	{ boot_plans_check, false },
	{ boot_daemons_check, false },
	/* From here on things change. Sysctls first: they close doors for all that follows. */
	{ boot_sysctls_write, true },
	{ boot_policy_load, true },
	{ boot_pack_copy, true },
	{ boot_snaps_mount, true },
	{ boot_data_make, true },
	{ boot_snapd_make, true },
	{ boot_devices_make, true },
	/* One way until the next boot; before "booted", so that no app ever sees it open. */
	{ boot_policy_lock, true },
	{ boot_done, true },
};

static void keep_reason(const struct boot *b, const struct err *e)
{
	char text[ERR_TEXT_MAX + 1];
	size_t n = strnlen(e->text, ERR_TEXT_MAX - 1);
	struct boot_file f = { text, n + 1 };

	int kept;

	memcpy(text, e->text, n);
	text[n] = '\n';
	kept = boot_write_new(b, BOOT_FAILED, &f, 0600, NULL);
	/* The failure is being reported already; without the file the launcher only says less. */
	(void)kept;
}

int boot_run(struct boot *b, enum boot_mode mode, struct err *e)
{
	b->pack_fd = -1;
	b->apparmor_fd = -1;
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		if (mode == BOOT_CHECK_ONLY && steps[i].changes)
			continue;
		if (steps[i].run(b, e) == 0)
			continue;
		if (b->claimed)
			keep_reason(b, e);
		return -1;
	}
	return 0;
}

void boot_free(struct boot *b)
{
	uint32_t n = b->files ? manifest_count(&b->manifest, MANIFEST_TABLE_FILES) : 0;

	for (uint32_t i = 0; i < n; i++)
		free(b->files[i].data);
	free(b->files);
	free(b->plans);
	free(b->manifest_file.data);
	if (b->pack_fd >= 0)
		close(b->pack_fd);
	if (b->apparmor_fd >= 0)
		close(b->apparmor_fd);
}
