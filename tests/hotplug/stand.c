/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stand add|remove NUMBER...     loop devices, by the kernel's control device
 * stand enter ROOT PROGRAM...    in a mount namespace whose root that mount is
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

static int enter(const char *root, char *argv[])
{
	/* pivot_root(2), "pivot_root(".", ".")" */
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    chdir(root) || syscall(SYS_pivot_root, ".", ".") || umount2(".", MNT_DETACH) ||
	    chdir("/") || mount("proc", "/proc", "proc", 0, NULL))
		fprintf(stderr, "stand enter %s: %s\n", root, strerror(errno));
	else
		execv(argv[0], argv);
	return 1;
}

int main(int argc, char *argv[])
{
	int fd = open("/dev/loop-control", O_RDWR | O_CLOEXEC), failed = fd < 0 || argc < 3;
	unsigned long request;

	if (failed || strcmp(argv[1], "enter") == 0)
		return failed ? 2 : enter(argv[2], argv + 3);
	request = strcmp(argv[1], "add") == 0 ? LOOP_CTL_ADD : LOOP_CTL_REMOVE;
	for (int i = 2, tries = 0; i < argc; i++) {
		/* Whoever opens the node of one that is gone has the kernel make it. */
		if (ioctl(fd, request, strtoul(argv[i], NULL, 10)) >= 0 || errno == EEXIST)
			continue;
		/* Somebody, udevd perhaps, has it open just now. */
		if (errno == EBUSY && tries++ < 1000 && usleep(10000) == 0) {
			i--;
			continue;
		}
		fprintf(stderr, "stand %s %s: %s\n", argv[1], argv[i], strerror(errno));
		failed = 1;
	}
	return failed;
}
