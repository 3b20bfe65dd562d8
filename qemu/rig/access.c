/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an app may do with a node, asked of the kernel: a shell enters the app's cgroup and then its
 * profile, and opens the node. It needs no program of the app and starts none, since few profiles
 * would let it. Of the shell's own it has the user, root without any capability, and the name
 * space.
 */
#include "rig.h"

#include <stdio.h>
#include <string.h>

#include "cleanup.h"

enum script_end { END_NODE = 31, END_CGROUP = 32, END_PROFILE = 33 };

/* $1 is the label, $2 the node. The cgroups are those of docs/architecture.md, an app's that
 * divides its own first. */
static const char script[] =
	"sh -c '[ -c $2 ] || [ -b $2 ] || exit 31; f=/sys/fs/cgroup; for c in $f/bulkhead/$1 "
	"$f/system.slice/$1.service $f/devices/bulkhead/$1; do for d in $c/app $c; do "
	"[ -e $d/cgroup.procs ] && echo $$ >$d/cgroup.procs && break 2; done; done || exit 32; "
	"echo changeprofile $1 >/proc/self/attr/apparmor/current || exit 33; "
	"for w in \"read <\" \"write >\"; do a=$( { eval \": ${w#* }$2\"; } 2>&1) && a=done; "
	"echo \"${w% *}: $a\"; done; exit 0' access";

static const char *reason(int status)
{
	switch (status) {
	case END_NODE:
		return "there is no such node";
	case END_CGROUP:
		return "the app has no cgroup that a process can enter";
	case END_PROFILE:
		return "the app's profile is not loaded";
	default:
		return "no shell could ask";
	}
}

/* 1 done, 0 refused by device cgroup or profile, -1 neither. */
static int answer_of(const char *output, const char *way)
{
	static const char *const refusals[] = { "Operation not permitted", "Permission denied" };
	const char *line = strstr(output, way);
	char text[256];

	if (!line)
		return -1;
	snprintf(text, sizeof(text), "%.*s", (int)strcspn(line, "\n"), line);
	if (str_eq(text + strlen(way), "done"))
		return 1;
	for (size_t i = 0; i < ARRAY_SIZE(refusals); i++)
		if (str_ends(text, refusals[i]))
			return 0;
	return -1;
}

static bool as_said(const struct scenario_step *step, const char *output)
{
	return answer_of(output, "read: ") == !!(step->allows & SCENARIO_READ) &&
	       answer_of(output, "write: ") == !!(step->allows & SCENARIO_WRITE);
}

int rig_access(struct rig *r, const struct scenario_step *step, struct err *e)
{
	static const char *const words[] = { "none", "r", "w", "rw" };
	CLEANUP_STR struct str output = { 0 };
	CLEANUP_STR struct str command = { 0 };
	struct scenario_step ask = *step;
	int status = 0;

	str_printf(&command, "%s %s %s", script, step->text, step->node);
	ask.text = str_text(&command);
	if (rig_run(r, &ask, &status, &output, e) < 0)
		return err_prefix(e, "cannot ask for the access of %s to %s", step->text,
				  step->node);
	if (status != 0)
		return err_input(e, "cannot ask for the access of %s to %s: %s", step->text,
				 step->node, reason(status));
	if (!as_said(step, str_text(&output)))
		return err_input(e, "cannot pass \"%.200s\": expected %s, got \"%.300s\"",
				 step->title, words[step->allows], str_text(&output));
	return 0;
}
