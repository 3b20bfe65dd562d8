/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The programs of the device are one file with several names: the C library, which is most of each,
 * is there once. Which of them it is, the name says that it was started by.
 */
#include <stdio.h>
#include <sys/auxv.h>

#include "boot.h"
#include "launch.h"
#include "supervise.h"

/* Those that take no argument. */
static const struct program {
	const char *name;
	int (*main)(void);
} programs[] = {
	{ "bulkhead-boot", boot_main },
	{ "bulkhead-supervise", supervise_main },
};

static int usage(const char *name)
{
	fprintf(stderr, "usage: %s\n", name);
	return 2;
}

int main(int argc, char *argv[])
{
	const char *slash = argc > 0 ? strrchr(argv[0], '/') : NULL;
	const char *name = slash ? slash + 1 : argc > 0 ? argv[0] : "";

	/*
	 * With more privilege than the caller's the file is the launcher, the one that is made for
	 * it, whatever the caller put into argv[0].
	 */
	if ((getauxval(AT_SECURE) && GUARD(main_secure)) || str_eq(name, "bulkhead-run"))
		return launch_main(argc, argv);
	for (size_t i = 0; i < ARRAY_SIZE(programs); i++)
		if (str_eq(name, programs[i].name))
			return argc == 1 ? programs[i].main() : usage(name);
	fprintf(stderr,
		"bulkhead: cannot run as \"%.64s\": expected bulkhead-run, bulkhead-boot or "
		"bulkhead-supervise\n",
		name);
	return LAUNCH_FAILED;
}
