/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <sys/stat.h>

#include "boot.h"

int boot_main(void)
{
	/* struct aapolicy is large, and the process does this one thing: not on the stack. */
	static struct boot b = { .pack_fd = -1, .apparmor_fd = -1 };
	struct err e = { 0 };
	int failed;

	umask(022);
	b.root_fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	failed = b.root_fd < 0 ? err_sys(&e, "cannot open /") : boot_run(&b, &e);
	if (failed)
		fprintf(stderr, "bulkhead-boot: %s\n", e.text);
	boot_free(&b);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
