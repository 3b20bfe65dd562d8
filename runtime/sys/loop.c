/* SPDX-License-Identifier: Apache-2.0 */
#include "loop.h"

#include <linux/loop.h>

#include "sys.h"

/* Between asking for a free device and taking it, somebody else may take it. */
#define TRIES 16

int sys_loop_attach(int file_fd, const char *name, char dev[SYS_LOOP_NAME_MAX], struct err *e)
{
	CLEANUP_FD int control = open("/dev/loop-control", O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	struct loop_config config = {
		.fd = (uint32_t)file_fd,
		.info = { .lo_flags = LO_FLAGS_READ_ONLY | LO_FLAGS_AUTOCLEAR },
	};

	if (control < 0)
		return err_sys(e, "cannot mount %s: cannot open /dev/loop-control", name);
	for (int i = 0; i < TRIES; i++) {
		int n = sys_ioctl(control, LOOP_CTL_GET_FREE, NULL);
		CLEANUP_FD int fd = -1;

		if (n < 0)
			return err_sys(e, "cannot mount %s: no free loop device", name);
		snprintf(dev, SYS_LOOP_NAME_MAX, "/dev/loop%d", n);
		fd = open(dev, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0)
			return err_sys(e, "cannot mount %s: cannot open %s", name, dev);
		if (sys_ioctl(fd, LOOP_CONFIGURE, &config) == 0)
			return steal_fd(&fd);
		if (errno != EBUSY)
			return err_sys(e, "cannot mount %s: cannot set up %s", name, dev);
	}
	return err_env(e, "cannot mount %s: every loop device was taken by somebody else", name);
}
