/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compare apparmor OURS THEIRS     two compiled profiles
 * compare seccomp ARCH OURS THEIRS two filters' lines
 * compare udev OURS THEIRS         two files of udev rules
 * Prints what OURS allows beyond THEIRS. Exit status 0: nothing; 1: something; 2: a file is wrong.
 *
 * compare end plugs|slots NAME INTERFACE gadget|app FILE: a snap.yaml of that end of FILE's alone
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

static int compare_apparmor(const char *ours, const char *theirs, struct err *e)
{
	CLEANUP_FREE void *a = NULL;
	CLEANUP_FREE void *b = NULL;
	struct aa_loaded loaded_a, loaded_b;
	size_t size_a, size_b;

	a = fd_read_file(ours, PROFILE_MAX, &size_a, e);
	b = a ? fd_read_file(theirs, PROFILE_MAX, &size_b, e) : NULL;
	if (!b || aa_load(a, size_a, 0, &loaded_a, e) || aa_load(b, size_b, 0, &loaded_b, e))
		return -1;
	return (int)aa_compare(&loaded_a, &loaded_b, AA_SURPLUS, print_finding, NULL);
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
	else
		err_input(&e, "expected apparmor, seccomp ARCH or udev and two files, or end");
	if (n < 0)
		fprintf(stderr, "compare: %s\n", e.text);
	return n < 0 ? 2 : n > 0;
}
