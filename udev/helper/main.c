/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <sys/stat.h>

#include "helper.h"
#include "label.h"

enum exit_status { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

/* The environment, where udevd puts the event, is not looked at, and libudev finds none: nothing
 * depends on it. */
int main(int argc, char *argv[])
{
	CLEANUP_FD int root_fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct err e = { 0 };

	if (argc != 2 || !label_valid(argv[1])) {
		fprintf(stderr, "usage: bulkhead-device LABEL (run by udevd)\n");
		return EXIT_USAGE;
	}
	clearenv();
	umask(077);
	if (root_fd < 0 ? err_sys(&e, "cannot open /") : helper_handle(root_fd, argv[1], &e)) {
		fprintf(stderr, "bulkhead-device: %s\n", e.text);
		return EXIT_FAILED;
	}
	return EXIT_DONE;
}
