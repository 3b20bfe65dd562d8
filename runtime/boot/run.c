/* SPDX-License-Identifier: Apache-2.0 */
#include "boot.h"

static int (*const steps[])(struct boot *b, struct err *e) = {
	/* Read-only until everything is proved: a refused pack leaves the kernel as it was. */
	boot_mounts_check,
	boot_claim,
	boot_manifest_open,
	/* After the MANIFEST, which may be a development one without any profile. */
	boot_apparmor_check,
	boot_files_read,
	boot_features_check,
	boot_policy_check,
	boot_plans_check,
	boot_daemons_check,
	/* From here on things change. Sysctls first: they close doors for all that follows. */
	boot_sysctls_write,
	boot_made_ask,
	boot_policy_load,
	boot_pack_copy,
	boot_snaps_mount,
	boot_data_make,
	boot_snapd_make,
	boot_slots_make,
	boot_devices_make,
	/* One way until the next boot; before "booted", so that no app ever sees it open. */
	boot_policy_lock,
	boot_done,
};

static void keep_reason(const struct boot *b, const struct err *e)
{
	CLEANUP_STR struct str text = { 0 };

	str_printf(&text, "%s\n", e->text);
	/* The failure is being reported already; without the file the launcher only says less. */
	(void)!fd_write_new(b->root_fd, BOOT_FAILED, text.text, text.len, NULL);
}

int boot_run(struct boot *b, struct err *e)
{
	b->pack_fd = -1;
	b->apparmor_fd = -1;
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		if (steps[i](b, e) == 0)
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
	cleanup_fd(&b->pack_fd);
	cleanup_fd(&b->apparmor_fd);
}
