/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <sys/stat.h>

#include "helper.h"

enum exit_status { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

/* libudev finds no environment: nothing depends on it. */
int main(int argc, char *argv[])
{
	CLEANUP_FD int root_fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct helper_event event;
	struct err e = { 0 };
	int refused = argc < 1 || helper_event_read((const char *const *)argv,
						    (const char *const *)environ, &event, &e);

	if (refused) {
		fprintf(stderr, "bulkhead-device: %s\nusage: bulkhead-device LABEL\n", e.text);
		return EXIT_USAGE;
	}
	clearenv();
	umask(077);
	if (!event.known)
		helper_say(root_fd, "%s: nothing is done for an unknown action %s", event.label,
			   event.action);
	if (!event.asks)
		return EXIT_DONE;
	if (root_fd < 0 ? err_sys(&e, "cannot open /") : helper_handle(root_fd, &event, &e)) {
		helper_say(root_fd, "%s: %s", event.label, e.text);
		return EXIT_FAILED;
	}
	return EXIT_DONE;
}
