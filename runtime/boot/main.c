/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <sys/stat.h>

#include "boot.h"

enum exit_status { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

int boot_main(int argc, char *argv[])
{
	/* struct aapolicy is large, and the process does this one thing: not on the stack. */
	static struct boot b;
	struct err e = { 0 };
	int failed;

	(void)argv;
	if (argc != 1) {
		fprintf(stderr, "usage: bulkhead-boot\n");
		return EXIT_USAGE;
	}
	umask(022);
	b.root_fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (b.root_fd < 0) {
		perror("bulkhead-boot: cannot open /");
		return EXIT_FAILED;
	}
	failed = boot_run(&b, &e);
	if (failed)
		fprintf(stderr, "bulkhead-boot: %s\n", e.text);
	boot_free(&b);
	return failed ? EXIT_FAILED : EXIT_DONE;
}
