/* SPDX-License-Identifier: Apache-2.0 */
#include "supervise.h"

#include <signal.h>
#include <sys/stat.h>

#include "fd.h"
#include "loop.h"

#define RUN_DIR "/run/bulkhead"

/* init starts us again at once when we leave: so we stay, doing nothing, until told to go. */
static int stay(const struct err *e)
{
	sigset_t set;
	int sig;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	/* Before a word is said: whoever answers it with a signal gets the status all the same. */
	sigprocmask(SIG_BLOCK, &set, NULL);
	fprintf(stderr, "bulkhead-supervise: %s\n", e->text);
	sigwait(&set, &sig);
	return EXIT_FAILURE;
}

static int check_booted(struct err *e)
{
	CLEANUP_FREE char *reason = NULL;
	struct stat st;
	size_t len;

	if (lstat(RUN_DIR "/booted", &st) == 0)
		return 0;
	reason = fd_read_file(RUN_DIR "/failed", ERR_TEXT_MAX, &len, e);
	return err_env(e, "cannot start daemons: %.*s", reason ? (int)strcspn(reason, "\n") : -1,
		       reason ? reason : "bulkhead-boot has not finished");
}

static int supervise(struct err *e)
{
	CLEANUP_FREE void *buf = NULL;
	struct daemons table;
	struct stat st;
	size_t len;

	if (check_booted(e))
		return -1;
	if (lstat(RUN_DIR "/pack/daemons", &st) && errno == ENOENT)
		return err_env(e, "no daemons in this image");
	buf = fd_read_file(RUN_DIR "/pack/daemons", DAEMONS_SIZE_MAX, &len, e);
	if (!buf || daemons_read(buf, len, &table, e))
		return -1;
	return loop_run(&table, e);
}

int supervise_main(void)
{
	struct err e = { 0 };

	return supervise(&e) ? stay(&e) : EXIT_SUCCESS;
}
