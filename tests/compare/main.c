/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compare apparmor OURS THEIRS     two sets of compiled profiles, in one order
 * compare seccomp ARCH OURS THEIRS two filters' lines
 * compare udev OURS THEIRS         two files of udev rules
 * Prints what OURS allows beyond THEIRS. Exit status 0: nothing; 1: something; 2: a file is wrong.
 *
 * compare end plugs|slots NAME INTERFACE gadget|app FILE: a snap.yaml of that end of FILE's alone
 * compare rows DIR: DIR/INTERFACE, the profiles of tests/ifaces
 * compare mounts: text of a set, a profile for each rule of tests/lib/aa_mounts.h
 * compare mounts SET: what such a set, compiled, answers otherwise than the rules say, after
 *   "refused" if no interface may have the rule, else after "ours"
 */
#include <stdio.h>
#include <string.h>

#include "aa_compare.h"
#include "cleanup.h"
#include "compare.h"
#include "fd.h"
#include "policy.h"

#define PROFILE_MAX (64u << 20)

static void print_finding(void *ctx, const struct aa_finding *f)
{
	CLEANUP_STR struct str s = { 0 };

	(void)ctx;
	if (str_eq(f->class, "capability"))
		str_printf(&s, "capability: %s", policy_capability_name(f->bits));
	else
		aa_describe(&s, f);
	puts(str_text(&s));
}

/* One profile of each; -1 when they have not the same name. */
static int compare_pair(const struct aa_loaded *ours, const struct aa_loaded *theirs, struct err *e)
{
	if (!str_eq(ours->name, theirs->name))
		return err_input(e, "cannot compare %s with %s", ours->name, theirs->name);
	return (int)aa_compare(ours, theirs, AA_SURPLUS, print_finding, NULL);
}

static int compare_apparmor(const char *ours, const char *theirs, struct err *e)
{
	CLEANUP_FREE void *a = NULL;
	CLEANUP_FREE void *b = NULL;
	struct aa_loaded loaded_a, loaded_b;
	size_t size_a, size_b, at_a = 0, at_b = 0;
	int found = 0;

	a = fd_read_file(ours, PROFILE_MAX, &size_a, e);
	b = a ? fd_read_file(theirs, PROFILE_MAX, &size_b, e) : NULL;
	if (!b)
		return -1;
	while (found >= 0 && at_a < size_a) {
		int n = aa_load_next(a, size_a, &at_a, &loaded_a, e) ||
					aa_load_next(b, size_b, &at_b, &loaded_b, e)
				? -1
				: compare_pair(&loaded_a, &loaded_b, e);

		found = n < 0 ? -1 : found + n;
	}
	return found < 0 || at_b == size_b ? found : err_input(e, "cannot compare: more profiles");
}

int main(int argc, char **argv)
{
	struct err e = { 0 };
	int n = -1;

	if (argc == 4 && str_eq(argv[1], "apparmor"))
		n = compare_apparmor(argv[2], argv[3], &e);
	else if (argc == 5 && str_eq(argv[1], "seccomp"))
		n = compare_seccomp(argv[2], argv[3], argv[4], &e);
	else if (argc == 4 && str_eq(argv[1], "udev"))
		n = compare_udev(argv[2], argv[3], &e);
	else if (argc == 7 && str_eq(argv[1], "end"))
		n = compare_end(
			&(struct compare_end){ argv[2], argv[3], argv[4], argv[5], argv[6] }, &e);
	else if (argc <= 3 && argc > 1 && str_eq(argv[1], "mounts"))
		n = argv[2] ? compare_mounts(argv[2], &e) : compare_mount_rules();
	else if (argc == 3 && str_eq(argv[1], "rows"))
		n = compare_rows(argv[2], &e);
	else
		err_input(&e, "expected apparmor, seccomp ARCH or udev and two files, or end");
	if (n < 0)
		fprintf(stderr, "compare: %s\n", e.text);
	return n < 0 ? 2 : n > 0;
}
