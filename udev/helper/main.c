/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "helper.h"

enum exit_status { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

int main(int argc, char **argv, char **envp)
{
	CLEANUP_FD int root_fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct helper_event ev;
	struct err e = { 0 };

	if (argc != 2) {
		fprintf(stderr, "usage: bulkhead-device TAG (run by udevd)\n");
		return EXIT_USAGE;
	}
	umask(077);
	if (root_fd < 0) {
		perror("bulkhead-device: cannot open /");
		return EXIT_FAILED;
	}
	if (helper_event_read(envp, &ev, &e) ||
	    helper_handle(root_fd, argv[1], &ev, &helper_udev, &e)) {
		fprintf(stderr, "bulkhead-device: %s\n", e.text);
		return EXIT_FAILED;
	}
	if (ev.verb == HELPER_UNKNOWN)
		fprintf(stderr, "bulkhead-device: unknown action ignored\n");
	return EXIT_DONE;
}
