/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "boot.h"
#include "str.h"

enum exit_status { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

int main(int argc, char **argv)
{
	/* struct aapolicy is large, and the process does this one thing: not on the stack. */
	static struct boot b;
	struct err e = { 0 };
	bool check = argc == 2 && str_eq(argv[1], "--check");

	if (argc != 1 && !check) {
		fprintf(stderr, "usage: bulkhead-boot [--check]\n");
		return EXIT_USAGE;
	}
	umask(022);
	b.root_fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (b.root_fd < 0) {
		perror("bulkhead-boot: cannot open /");
		return EXIT_FAILED;
	}
	if (boot_run(&b, check ? BOOT_CHECK_ONLY : BOOT_ALL, &e)) {
		fprintf(stderr, "bulkhead-boot: %s\n", e.text);
		boot_free(&b);
		return EXIT_FAILED;
	}
	boot_free(&b);
	return EXIT_DONE;
}
