/* SPDX-License-Identifier: Apache-2.0 */
/* A snap's file as a block device, and what is said where the kernel has none to give. */
#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "loop.h"

#define SIZE 8192

static int attach_text(const char *text, char dev[SYS_LOOP_NAME_MAX], struct err *e)
{
	int file = memfd_create("snap", MFD_CLOEXEC), fd;
	char bytes[SIZE] = "";

	snprintf(bytes, sizeof(bytes), "%s", text);
	assert_int_equal(write(file, bytes, sizeof(bytes)), sizeof(bytes));
	fd = sys_loop_attach(file, "snap", dev, e);
	close(file);
	return fd;
}

/* Emulation in user mode does not know all requests of loop devices, nor this call. */
static void needs_kernel(void)
{
	int fd = geteuid() ? -1 : (int)syscall(SYS_fsopen, "tmpfs", 1);

	if (fd < 0) {
		print_message("skip: no root, or no fsopen\n");
		skip();
	}
	close(fd);
}

static void needs_loop(void)
{
	int fd = open("/dev/loop-control", O_RDWR | O_CLOEXEC);

	if (fd < 0 || ioctl(fd, LOOP_CTL_GET_FREE) < 0) {
		print_message("skip: no loop devices on this machine\n");
		skip();
	}
	close(fd);
}

/* Two at once are two devices, each with its file's bytes, and nobody can write to them. */
static void test_attached(void **state)
{
	char dev[SYS_LOOP_NAME_MAX], other[SYS_LOOP_NAME_MAX], text[16] = "";
	struct loop_info64 info = { 0 };
	struct err e = { 0 };
	int fd, fd2, out;

	(void)state;
	needs_kernel();
	needs_loop();
	fd = attach_text("first", dev, &e);
	if (fd < 0)
		fail_msg("%s", e.text);
	fd2 = attach_text("second", other, &e);
	assert_true(fd2 >= 0);
	assert_string_not_equal(dev, other);
	assert_int_equal(pread(fd, text, 6, 0), 6);
	assert_string_equal(text, "first");
	assert_int_equal(pread(fd2, text, 7, 0), 7);
	assert_string_equal(text, "second");
	assert_int_equal(ioctl(fd, LOOP_GET_STATUS64, &info), 0);
	assert_int_equal(info.lo_flags, LO_FLAGS_READ_ONLY | LO_FLAGS_AUTOCLEAR);
	out = open(dev, O_WRONLY | O_CLOEXEC);
	assert_int_equal(out < 0 ? -1 : pwrite(out, text, 1, 0), -1);
	close(fd);
	close(fd2);
	if (out >= 0)
		close(out);
}

/* In a /dev of its own, which is empty or has a file of that name. */
static void test_refused(void **state)
{
	static const char *const said[] = {
		"cannot mount snap: cannot open /dev/loop-control: No such file or directory",
		"cannot mount snap: no free loop device: Inappropriate ioctl for device",
	};

	(void)state;
	needs_kernel();
	for (int i = 0; i < 2; i++) {
		pid_t pid = fork();
		int status;

		if (pid == 0) {
			char dev[SYS_LOOP_NAME_MAX];
			struct err e = { 0 };

			if (unshare(CLONE_NEWNS) ||
			    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
			    mount("t", "/dev", "tmpfs", 0, NULL) ||
			    (i && mknod("/dev/loop-control", S_IFREG | 0600, 0)))
				exit(2);
			exit(attach_text("x", dev, &e) != -1 || strcmp(e.text, said[i]) != 0);
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(status, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_attached),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
