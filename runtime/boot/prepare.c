/* SPDX-License-Identifier: Apache-2.0 */
/* /run/bulkhead, sysctls, device cgroups: what the launcher and the helper rely on. */
#include "boot.h"

#include <limits.h>
#include <sys/mount.h>
#include <unistd.h>

#include "device.h"
#include "sys.h"

#define PACK_COPY BOOT_RUN "/pack"
#define RUN_FLAGS (MS_NOSUID | MS_NODEV | MS_NOEXEC)

/* Makes a directory of ours alone that must not exist, relative to the root. */
static int make_dir(const struct boot *b, const char *path, struct err *e)
{
	return mkdirat(b->root_fd, path, 0700) ? err_sys(e, "cannot make /%s", path) : 0;
}

int boot_tmpfs(const struct boot *b, const char *path, const char *options, struct err *e)
{
	CLEANUP_STR struct str target = { 0 };

	str_printf(&target, "/%s", path);
	if (make_dir(b, path, e))
		return -1;
	if (sys_mount("bulkhead", target.text, "tmpfs", RUN_FLAGS, options))
		return err_sys(e, "cannot mount a tmpfs on /%s", path);
	return 0;
}

int boot_claim(struct boot *b, struct err *e)
{
	if (boot_tmpfs(b, BOOT_RUN, "mode=0700,size=8m", e))
		return errno == EEXIST ? err_env(e, "cannot start apps: boot has run already") : -1;
	b->claimed = true;
	return make_dir(b, BOOT_RUN "/devices", e) || make_dir(b, BOOT_RUN "/verified", e) ? -1 : 0;
}

int boot_pack_copy(struct boot *b, struct err *e)
{
	if (boot_tmpfs(b, PACK_COPY, "mode=0700,size=64m", e) ||
	    make_dir(b, PACK_COPY "/plans", e) || make_dir(b, PACK_COPY "/filters", e))
		return -1;
	for (uint32_t i = 0; i < manifest_count(&b->manifest, MANIFEST_TABLE_FILES); i++) {
		uint32_t kind = b->manifest.files[i].kind;
		char path[PATH_MAX];

		if (kind != MANIFEST_KIND_PLAN && kind != MANIFEST_KIND_FILTER &&
		    kind != MANIFEST_KIND_DAEMONS)
			continue;
		snprintf(path, sizeof(path), "%s/%s", PACK_COPY,
			 boot_text(b, b->manifest.files[i].path));
		if (fd_write_new(b->root_fd, path, b->files[i].data, b->files[i].size, e))
			return -1;
	}
	if (sys_mount(NULL, "/" PACK_COPY, NULL, MS_REMOUNT | MS_RDONLY | RUN_FLAGS, NULL))
		return err_sys(e, "cannot make /%s read-only", PACK_COPY);
	return 0;
}

static int write_sysctl(int proc_fd, const char *name, const char *value, struct err *e)
{
	CLEANUP_FREE char *have = NULL;

	if (fd_write_kernel(proc_fd, name, value, strlen(value), e) == 0)
		have = fd_read_line(proc_fd, name, e);
	if (!have)
		return err_prefix(e, "cannot set sysctl %s", name);
	if (!str_eq(have, value) && GUARD(boot_sysctl))
		return err_env(e, "cannot set sysctl %s: it reads \"%.64s\", not \"%.64s\"", name,
			       have, value);
	return 0;
}

int boot_sysctls_write(struct boot *b, struct err *e)
{
	CLEANUP_FD int fd = fd_open_folder(b->root_fd, "proc/sys", e);

	if (fd < 0)
		return -1;
	for (uint32_t i = 0; i < manifest_count(&b->manifest, MANIFEST_TABLE_SYSCTLS); i++) {
		const struct manifest_sysctl *s = &b->manifest.sysctls[i];

		if (write_sysctl(fd, boot_text(b, s->name), boot_text(b, s->value), e))
			return -1;
	}
	return 0;
}

int boot_snapd_make(struct boot *b, struct err *e)
{
	/* The base may have made /run/snapd; what lies below it must be ours. */
	if (mkdirat(b->root_fd, "run/snapd", 0755) && errno != EEXIST)
		return err_sys(e, "cannot make /run/snapd");
	if (make_dir(b, "run/snapd/lock", e) ||
	    boot_tmpfs(b, "run/snapd/ns", "mode=0700,size=1m", e))
		return -1;
	/* A mount namespace is kept only on a private mount: elsewhere EINVAL (fs/namespace.c). */
	if (sys_mount(NULL, "/run/snapd/ns", NULL, MS_PRIVATE, NULL))
		return err_sys(e, "cannot make /run/snapd/ns private");
	return 0;
}

static int fill_device_map(const struct plan *p, const char *label, struct err *e)
{
	struct sys_device d = SYS_DEVICE_NONE;
	int rc = sys_device_open(label, &d, e) ? -1 : sys_device_open_map(label, &d, e);

	for (uint32_t i = 0; i < plan_count(p, PLAN_TABLE_DEVICES) && rc == 0; i++) {
		const struct plan_device *dev = &p->devices[i];
		struct sys_device_key key = { dev->type, dev->major, dev->minor };

		rc = sys_device_set(&d, &key, dev->access, e);
	}
	sys_device_close(&d);
	return rc ? err_prefix(e, "cannot fill the device map of %s", label) : 0;
}

int boot_devices_make(struct boot *b, struct err *e)
{
	if (make_dir(b, PLAN_SLOTS_THERE, e))
		return -1;
	for (uint32_t i = 0; i < manifest_count(&b->manifest, MANIFEST_TABLE_FILES); i++) {
		const struct plan *p = &b->plans[i];
		const char *label;

		if (b->manifest.files[i].kind != MANIFEST_KIND_PLAN)
			continue;
		label = plan_text(p, p->header->label);
		if (!(p->header->layers & PLAN_LAYER_DEVICES)) {
			if (sys_device_make_cgroup(label, e))
				return -1;
			continue;
		}
		if (sys_device_create(label, plan_map_entries(p), e) ||
		    fill_device_map(p, label, e))
			return -1;
	}
	return 0;
}

/* The kernel numbers them in the order of asking: one more, by somebody else, and each slot after
 * it would have another's. Whether the device comes to work is the matter of the app that needs it.
 */
int boot_made_ask(struct boot *b, struct err *e)
{
	for (uint32_t i = 0; i < manifest_count(&b->manifest, MANIFEST_TABLE_MADE); i++) {
		const struct manifest_made *m = &b->manifest.made[i];
		const char *device = boot_text(b, m->device), *value = boot_text(b, m->value);

		if (faccessat(b->root_fd, device, F_OK, 0) == 0 && GUARD(boot_made))
			return err_env(e, "cannot make /%s: it is there already", device);
		if (fd_write_kernel(b->root_fd, boot_text(b, m->file), value, strlen(value), e))
			return err_prefix(e, "cannot make /%s by \"%s\"", device, value);
		if (faccessat(b->root_fd, device, F_OK, 0) && GUARD(boot_made_after))
			return err_sys(e, "cannot make /%s by \"%s\"", device, value);
	}
	return 0;
}

int boot_done(struct boot *b, struct err *e)
{
	uint8_t digest[SHA256_SIZE];
	char text[SHA256_HEX_SIZE];

	sha256_of(b->manifest_file.data, b->manifest_file.size, digest);
	sha256_hex(digest, text);
	text[sizeof(text) - 1] = '\n';
	return fd_write_new(b->root_fd, BOOT_DONE, text, sizeof(text), e);
}
