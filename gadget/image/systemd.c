/* SPDX-License-Identifier: Apache-2.0 */
/* What an image has for systemd: the unit of bulkhead-boot, and daemons that are started at boot.
 */
#include "stage.h"

#define UNITS "/etc/systemd/system"

/*
 * bulkhead-boot comes after every sysctl of the base, so that ours stay, and before coldplug, which
 * fills the device maps that it makes; it needs loop's node, and the data partition, without which
 * nothing of ours starts. Daemons come after the hardware that is there. What such a unit is wanted
 * by nothing for, udev's rules want.
 */
static const struct {
	const char *name, *wanted_by, *text;
} units[] = {
	{ "bulkhead-boot.service", "sysinit.target",
	  "# Written by bulkhead.\n"
	  "[Unit]\n"
	  "Description=Policy, snaps and device cgroups of bulkhead\n"
	  "DefaultDependencies=no\n"
	  "Conflicts=shutdown.target\n"
	  "Before=shutdown.target systemd-udev-trigger.service\n"
	  "AssertPathIsMountPoint=/writable\n"
	  "RequiresMountsFor=/snap /var\n"
	  "After=systemd-tmpfiles-setup-dev.service systemd-sysctl.service\n"
	  "After=systemd-modules-load.service\n"
	  "RefuseManualStop=yes\n"
	  "\n"
	  "[Service]\n"
	  "Type=oneshot\n"
	  "RemainAfterExit=yes\n"
	  "ExecStart=" IMAGE_LIB "/bulkhead-boot\n"
	  "StandardOutput=journal+console\n"
	  "TimeoutStartSec=5min\n" },
	{ "bulkhead-hardware.service", "multi-user.target",
	  "# Written by bulkhead.\n"
	  "[Unit]\n"
	  "Description=Hardware that is there, for daemons of bulkhead\n"
	  "After=bulkhead-boot.service systemd-udevd.service systemd-udev-trigger.service\n"
	  "\n"
	  "[Service]\n"
	  "Type=oneshot\n"
	  "RemainAfterExit=yes\n"
	  "ExecStart=-udevadm settle --timeout=60\n"
	  "StandardOutput=journal+console\n" },
	/* While the hardware of the boot is settled the boot itself starts daemons, in their order.
	 */
	{ "bulkhead-start@.service", NULL,
	  "# Written by bulkhead.\n"
	  "[Unit]\n"
	  "Description=Hardware that %i requires is there\n"
	  "DefaultDependencies=no\n"
	  "Conflicts=shutdown.target\n"
	  "Before=shutdown.target\n"
	  "\n"
	  "[Service]\n"
	  "Type=oneshot\n"
	  "ExecCondition=systemctl is-active --quiet bulkhead-hardware.service\n"
	  "ExecStart=systemctl start --no-block %i.service\n" },
	/* Hardware that is not there when the boot's has settled is not waited for: its coming
	 * starts what requires it. */
	{ "dev-slot-.device.d/bulkhead.conf", NULL,
	  "# Written by bulkhead.\n"
	  "[Unit]\n"
	  "After=bulkhead-hardware.service\n"
	  "JobRunningTimeoutSec=200ms\n" },
};

static void enable(const struct image_build *b, struct image_tree *t, const char *name,
		   const char *wanted_by)
{
	image_tree_link(b->a, t, mem_printf(b->a, UNITS "/%s.wants/%s", wanted_by, name),
			mem_printf(b->a, "../%s", name));
}

void image_systemd_boot(const struct image_build *b, struct image_tree *t)
{
	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		image_tree_text(b->a, t, mem_printf(b->a, UNITS "/%s", units[i].name),
				units[i].text);
		if (units[i].wanted_by)
			enable(b, t, units[i].name, units[i].wanted_by);
	}
	/*
	 * bulkhead-device runs in udevd's sandbox. With RestrictSUIDSGID= openat2(2), whose mode no
	 * filter can see, answers ENOSYS there (systemd's seccomp-util.c), and no node is given.
	 */
	image_tree_text(b->a, t, UNITS "/systemd-udevd.service.d/bulkhead.conf",
			"# Written by bulkhead.\n[Service]\nRestrictSUIDSGID=no\n");
}

void image_systemd_unit(const struct image_build *b, struct image_tree *t, const char *name)
{
	image_tree_link(b->a, t, mem_printf(b->a, UNITS "/%s", name),
			mem_printf(b->a, IMAGE_PACK "/units/%s", name));
	enable(b, t, name, "multi-user.target");
}
